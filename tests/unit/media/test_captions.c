/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <ctype.h>

#include "base/str.h"
#include "dsp/timeline.h"
#include "media/burn.h"
#include "media/captions.h"
#include "media/cues.h"

/* Words of `text` spoken at `letter_s` a letter with pauses at punctuation. */
static struct avt_timeline *speak(const char *text, double letter_s)
{
    struct avt_timeline *timeline = avt_timeline_new();
    avt_free(timeline->text);
    timeline->text = avt_strdup(text);
    double now = .1;
    for (size_t at = 0; text[at] != '\0';) {
        size_t end = at;
        while (isalnum((unsigned char)text[end]) || text[end] == '\'' || (text[end] & 0x80))
            end++;
        if (end == at) {
            /* "Dr." is no end of a sentence. */
            bool full_stop = text[at] == '.' && at > 2 && isalpha((unsigned char)text[at - 3]);
            now += full_stop || strchr("!?", text[at]) ? .5 : strchr(",;:", text[at]) ? .2 : 0;
            at++;
            continue;
        }
        AVT_CLEANUP(avt_freep) char *word = avt_strndup(text + at, end - at);
        struct avt_word entry = {.text = word, .start = now, .text_start = at, .text_end = end};
        entry.end = now += letter_s * (double)(end - at);
        assert_true(avt_timeline_add_word(timeline, &entry));
        at = end;
    }
    timeline->duration = now + .4;
    return timeline;
}

static const char story[] =
    "Be kind, for everyone you meet is fighting a hard battle. Dr. Watson said that the Hound of "
    "the Baskervilles was, in the end, nothing more than a very large dog! Yes. I paid $12.50 for "
    "it in 1984 \u2014 and I have never regretted that for a single moment because the story "
    "stayed "
    "with me through the long winters in the north of the country. Would you?";

/* Every word of the text in order, nothing else: white space is all that may differ. */
static void assert_same_words(const struct avt_cues *cues, const char *text)
{
    for (size_t i = 0; i < cues->count; i++) {
        for (int line = 0; line < AVT_CUE_LINES && cues->items[i].lines[line]; line++) {
            for (const char *c = cues->items[i].lines[line]; *c != '\0'; c++) {
                while (*text == ' ' || *text == '\n')
                    text++;
                if (*c == ' ')
                    continue;
                assert_int_equal(*c, *text);
                text++;
            }
        }
    }
    assert_string_equal(text, "");
}

static size_t columns_of_cue(const struct avt_cue *cue)
{
    size_t columns = avt_utf8_count(cue->lines[0]);
    return columns + (cue->lines[1] ? avt_utf8_count(cue->lines[1]) : 0);
}

/* At the pace that a voice speaks by itself, a subtitler would take them: every cue of a sentence's
 * length can be read at 20 characters a second, and stays a second. */
static void cues__can_be_read(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = speak(story, .062);
    AVT_CLEANUP(avt_cues_freep) struct avt_cues *cues = avt_cues_new(timeline, 42);
    for (size_t i = 0; i < cues->count; i++) {
        const struct avt_cue *cue = &cues->items[i];
        double seconds = cue->end - cue->start;
        if ((double)columns_of_cue(cue) / seconds > 20.0)
            fail_msg("'%s' at %.1f a second", cue->lines[0],
                     (double)columns_of_cue(cue) / seconds);
        assert_true(seconds > 0.99 || i + 1 < cues->count);
    }
}

static void cues__keep_the_rules(void **state)
{
    (void)state;
    static const double paces[] = {.055, .07, .11, .03};
    static const int widths[] = {42, 32, 24, 12};
    for (size_t i = 0; i < 16; i++) {
        AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = speak(story, paces[i % 4]);
        int columns = widths[i / 4];
        AVT_CLEANUP(avt_cues_freep) struct avt_cues *cues = avt_cues_new(timeline, columns);
        assert_true(cues->count >= 5);
        assert_same_words(cues, story);
        for (size_t c = 0; c < cues->count; c++) {
            const struct avt_cue *cue = &cues->items[c];
            for (int line = 0; line < AVT_CUE_LINES && cue->lines[line]; line++)
                assert_true((int)avt_utf8_count(cue->lines[line]) <= columns);
            assert_true(cue->end > cue->start);
            assert_true(cue->end - cue->start <= 7.0001);
            if (c + 1 < cues->count)
                assert_true(cue->end < cues->items[c + 1].start);
            else
                assert_true(cue->end <= timeline->duration);
            /* At a usual pace and width nothing flashes by. */
            if (columns == 42 && paces[i % 4] >= .055 && cue->end - cue->start < 1)
                fail_msg("'%s' stays %.2f s", cue->lines[0], cue->end - cue->start);
        }
    }
}

static void cues__break_where_a_reader_would(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines[4]; /* of all cues in turn */
    } rows[] = {
        {"Hello.", {"Hello."}},
        {"Be kind, for everyone you meet is fighting a hard battle.",
         {"Be kind, for everyone you meet", "is fighting a hard battle."}},
        {"We walked through the old town and the rain began to fall on us.",
         {"We walked through the old town", "and the rain began to fall on us."}},
        {"Wait! Mr. J. Smith of Leeds is here.", {"Wait! Mr. J. Smith of Leeds is here."}},
        {"He said \u201Cno.\u201D", {"He said \u201Cno.\u201D"}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = speak(rows[i].text, .06);
        AVT_CLEANUP(avt_cues_freep) struct avt_cues *cues = avt_cues_new(timeline, 42);
        size_t at = 0;
        for (size_t c = 0; c < cues->count; c++) {
            for (int line = 0; line < AVT_CUE_LINES && cues->items[c].lines[line]; line++) {
                assert_true(at < 4 && rows[i].lines[at]);
                assert_string_equal(cues->items[c].lines[line], rows[i].lines[at++]);
            }
        }
        assert_true(at == 4 || !rows[i].lines[at]);
    }
}

static void cues__odd_timelines(void **state)
{
    (void)state;
    /* Nothing said, a word wider than a line, wide characters, one word that lasts too long. */
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *empty = speak("", .06);
    AVT_CLEANUP(avt_cues_freep) struct avt_cues *none = avt_cues_new(empty, 42);
    assert_int_equal(none->count, 0);

    static const char address[] = "https://example.org/a/very/long/address/that/no/line/can/hold/"
                                  "whatever/it/does/to/be/short";
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *web = speak(address, .05);
    AVT_CLEANUP(avt_cues_freep) struct avt_cues *parts = avt_cues_new(web, 20);
    assert_same_words(parts, address);

    static const char chinese[] = "\u4E2D\u6587\u5B57\u5E55\u6CA1\u6709\u7A7A\u683C\u6240\u4EE5"
                                  "\u8981\u81EA\u5DF1\u65AD\u884C\u3002";
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *wide = speak(chinese, .05);
    AVT_CLEANUP(avt_cues_freep) struct avt_cues *rows = avt_cues_new(wide, 12);
    assert_same_words(rows, chinese);
    assert_true(avt_utf8_count(rows->items[0].lines[0]) <= 6);

    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *slow = speak("Ooooooh yes", 2);
    AVT_CLEANUP(avt_cues_freep) struct avt_cues *two = avt_cues_new(slow, 42);
    assert_int_equal(two->count, 2);

    /* Words without the text that they came from. */
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *bare = speak("Only words remain", .06);
    bare->text[0] = '\0';
    AVT_CLEANUP(avt_cues_freep) struct avt_cues *words = avt_cues_new(bare, 42);
    assert_int_equal(words->count, 1);
    assert_string_equal(words->items[0].lines[0], "Only words remain");
}

static void documents__are_well_formed(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_timeline_freep)
    struct avt_timeline *timeline = speak("Tom & <b>Jerry</b> {\\pos(1,1)} ran.", .1);
    AVT_CLEANUP(avt_freep) char *srt = avt_captions_srt(timeline);
    AVT_CLEANUP(avt_freep) char *vtt = avt_captions_vtt(timeline);
    AVT_CLEANUP(avt_freep) char *ass = avt_captions_ass(timeline, 1280, 720, 0);
    assert_memory_equal(srt, "1\n00:00:00,100 --> 00:00:0", 26);
    assert_non_null(strstr(srt, "Tom & <b>Jerry</b>"));
    assert_memory_equal(vtt, "WEBVTT\n\n1\n00:00:00.100 --> ", 27);
    assert_non_null(strstr(vtt, "Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;"));
    assert_non_null(strstr(ass, "PlayResX: 1280\nPlayResY: 720\n"));
    assert_non_null(strstr(ass, "Dialogue: 0,0:00:00.10,0:00:0"));
    assert_non_null(strstr(ass, "\\{\\\u2060pos(1,1)\\}"));
}

static void names__parse(void **state)
{
    (void)state;
    enum avt_captions captions = AVT_CAPTIONS_NONE;
    assert_true(avt_captions_parse("burn", &captions));
    assert_int_equal(captions, AVT_CAPTIONS_BURN);
    assert_true(avt_captions_parse("none", &captions));
    assert_int_equal(captions, AVT_CAPTIONS_NONE);
    assert_false(avt_captions_parse("ass", &captions));
    assert_false(avt_captions_parse("", &captions));
}

/* First and last column and row that differ from `before`; false if none do. */
static bool changed_box(const struct avt_image *before, const struct avt_image *after, int box[4])
{
    box[0] = before->width, box[1] = before->height, box[2] = box[3] = -1;
    for (int y = 0; y < before->height; y++) {
        for (int x = 0; x < before->width; x++) {
            size_t at = 4 * (size_t)x;
            if (memcmp(avt_image_row(before, y) + at, avt_image_row(after, y) + at, 4) == 0)
                continue;
            box[0] = x < box[0] ? x : box[0];
            box[1] = y < box[1] ? y : box[1];
            box[2] = x > box[2] ? x : box[2];
            box[3] = y > box[3] ? y : box[3];
        }
    }
    return box[2] >= 0;
}

static void burned__inside_the_margins_of_any_picture(void **state)
{
    (void)state;
    static const int sizes[][3] = {{1280, 720, 0}, {720, 720, 0}, {720, 1280, 0}, {320, 180, 0},
                                   {1080, 1920, 0}, /* beside a watermark: */ {1280, 720, 230},
                                   {720, 1280, 130}, {720, 720, 130}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        int width = sizes[i][0], height = sizes[i][1], kept_free = sizes[i][2];
        AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = speak(story, .06);
        AVT_CLEANUP(avt_freep) char *ass = avt_captions_ass(timeline, width, height, kept_free);
        AVT_CLEANUP(avt_burn_freep) struct avt_burn *burn = NULL;
        struct avt_error error = {0};
        if (avt_burn_new(ass, width, height, &burn, &error) != AVT_OK)
            fail_msg("%s", error.message);
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = fixture_image(width, height, 0);
        assert_ptr_equal(avt_burn_draw(burn, image, 0), image);
        int shown = 0;
        for (double t = .2; t < timeline->duration; t += .9) {
            int box[4];
            const struct avt_image *drawn = avt_burn_draw(burn, image, t);
            if (drawn == image || !changed_box(image, drawn, box))
                continue;
            shown++;
            assert_true(box[0] >= width / 25 && box[2] < width - width / 25);
            assert_true(box[0] >= kept_free - 4 && box[2] < width - kept_free + 4); /* outlines */
            /* At most two lines at the bottom, clear of the edge. */
            assert_true(box[3] < height - height / 30);
            int shorter = width < height ? width : height;
            assert_true(box[3] - box[1] < shorter * .15);
        }
        assert_true(shown > 5);
    }
}

static void burned__are_seen_on_a_transparent_film(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = speak("Hello out there.", .1);
    AVT_CLEANUP(avt_freep) char *ass = avt_captions_ass(timeline, 640, 360, 0);
    AVT_CLEANUP(avt_burn_freep) struct avt_burn *burn = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    assert_int_equal(avt_burn_new(ass, 640, 360, &burn, NULL), AVT_OK);
    assert_int_equal(avt_image_new(640, 360, &image, NULL), AVT_OK);
    const struct avt_image *drawn = avt_burn_draw(burn, image, timeline->duration / 2);
    int white = 0, black = 0;
    for (int y = 0; y < 360; y++) {
        for (int x = 0; x < 640; x++) {
            const uint8_t *p = avt_image_row(drawn, y) + 4 * x;
            white += p[3] > 250 && p[0] > 230;
            black += p[3] > 200 && p[0] < 40;
            assert_true(y > 180 || p[3] == 0);
        }
    }
    if (white < 30 || black < 30)
        fail_msg("%d white and %d black pixels", white, black);
}

static void burned__bad_script(void **state)
{
    (void)state;
    struct avt_burn *burn = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_burn_new("this is no script", 64, 64, &burn, &error), AVT_EFORMAT);
    assert_null(burn);
}

static void burned__reach_the_film(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = speak("Hello out there.", .1);
    AVT_CLEANUP(avt_freep) char *ass = avt_captions_ass(timeline, 320, 180, 0);
    AVT_CLEANUP(avt_freep) char *plain = fixture_path("plain.mp4");
    AVT_CLEANUP(avt_freep) char *burned = fixture_path("burned.mp4");
    struct avt_film_options options = fixture_options(320, 180, 25, 24000);
    assert_int_equal(fixture_film(plain, &options, 25, 1, NULL), AVT_OK);
    options.burn_ass = ass;
    assert_int_equal(fixture_film(burned, &options, 25, 1, NULL), AVT_OK);
    struct avt_media_info a, b;
    assert_int_equal(avt_media_probe(plain, &a, NULL), AVT_OK);
    assert_int_equal(avt_media_probe(burned, &b, NULL), AVT_OK);
    assert_true(b.size_bytes > a.size_bytes + 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cues__can_be_read),
        cmocka_unit_test(cues__keep_the_rules),
        cmocka_unit_test(cues__break_where_a_reader_would),
        cmocka_unit_test(cues__odd_timelines),
        cmocka_unit_test(documents__are_well_formed),
        cmocka_unit_test(names__parse),
        cmocka_unit_test(burned__inside_the_margins_of_any_picture),
        cmocka_unit_test(burned__are_seen_on_a_transparent_film),
        cmocka_unit_test(burned__bad_script),
        cmocka_unit_test(burned__reach_the_film),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
