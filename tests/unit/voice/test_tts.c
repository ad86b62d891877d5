/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused before a model is loaded, and the whole way with the models of `./dev setup`. */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/tts.h"

static void check__refuses_what_cannot_be_spoken(void **state)
{
    (void)state;
    static const struct {
        const char *text, *voice, *language;
        double speed;
        enum avt_code code;
        const char *part;
    } rows[] = {
        {"Hello", "af_heart", NULL, 1.0, AVT_OK, NULL},
        {"Hello", "af_heart", "en-gb", 0.25, AVT_OK, NULL},
        {"Hello", "bm_george", NULL, 4.0, AVT_OK, NULL},
        {NULL, "af_heart", NULL, 1.0, AVT_ETEXT, "empty"},
        {"", "af_heart", NULL, 1.0, AVT_ETEXT, "empty"},
        {" \t\r\n", "af_heart", NULL, 1.0, AVT_ETEXT, "empty"},
        {"Caf\xE9", "af_heart", NULL, 1.0, AVT_ETEXT, "offset 3 (0xe9)"},
        {"ok \xC3", "af_heart", NULL, 1.0, AVT_ETEXT, "offset 3"},
        {"Hello", "af_hart", NULL, 1.0, AVT_EVOICE, "af_heart"},
        {"Hello", NULL, NULL, 1.0, AVT_EVOICE, "voice list"},
        {"Hello", "af_heart", "tlh", 1.0, AVT_EVOICE, "tlh"},
        {"Hello", "af_heart", NULL, 0.24, AVT_EINVAL, "0.24"},
        {"Hello", "af_heart", NULL, 4.01, AVT_EINVAL, "0.25 to 4"},
        {"Hello", "af_heart", NULL, NAN, AVT_EINVAL, "speed"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct avt_tts_request request = {.text = rows[i].text,
                                                .voice = rows[i].voice,
                                                .language = rows[i].language,
                                                .speed = rows[i].speed};
        struct avt_error error = {0};
        enum avt_code code = avt_tts_check(&request, &error);
        if (code != rows[i].code || (rows[i].part && !strstr(error.message, rows[i].part)))
            fail_msg("row %zu: %d '%s'", i, code, error.message);
    }
}

static void check__refuses_a_book(void **state)
{
    (void)state;
    char *text = avt_new0(char, AVT_TEXT_BYTES_MAX + 2);
    memset(text, 'a', AVT_TEXT_BYTES_MAX);
    struct avt_tts_request request = {.text = text, .voice = "af_heart", .speed = 1.0};
    assert_int_equal(avt_tts_check(&request, NULL), AVT_OK);
    text[AVT_TEXT_BYTES_MAX] = 'a';
    assert_int_equal(avt_tts_check(&request, NULL), AVT_ETEXT);
    avt_free(text);
}

struct heard {
    struct avt_timeline *timeline;
    size_t chunks, samples, refuse_at;
    float peak;
    double fraction;
};

static enum avt_code hear(struct avt_speech_chunk *chunk, void *user, struct avt_error *reterr)
{
    struct heard *heard = user;
    AVT_CLEANUP(avt_speech_chunk_freep) struct avt_speech_chunk *owned = chunk;
    if (heard->chunks == heard->refuse_at)
        return avt_fail(reterr, AVT_EOUTPUT, "refused");
    assert_int_equal(owned->index, heard->chunks);
    assert_true(owned->fraction_done > heard->fraction && owned->fraction_done <= 1.0);
    assert_true(fabs(owned->timeline->duration * AVT_SPEECH_RATE - (double)owned->audio->count) <
                0.5);
    assert_int_equal(owned->timeline->phonemes[owned->timeline->phoneme_count - 1].word, -1);
    assert_true(avt_timeline_append(heard->timeline, owned->timeline,
                                    (double)heard->samples / AVT_SPEECH_RATE, owned->text_start));
    for (size_t i = 0; i < owned->audio->count; i++)
        heard->peak = fmaxf(heard->peak, fabsf(owned->audio->samples[i]));
    heard->fraction = owned->fraction_done;
    heard->samples += owned->audio->count;
    heard->chunks++;
    return AVT_OK;
}

static const char TEXT[] = "The quick brown fox is back. ... Hm, \u201Cyes\u201D: 2 foxes!";

static void synthesize__tells_what_is_said_when(void **state)
{
    struct heard heard = {.timeline = avt_timeline_new(), .refuse_at = SIZE_MAX};
    const struct avt_tts_request request = {.text = TEXT, .voice = "af_heart", .speed = 1.3};
    struct avt_error error = {0};
    if (avt_tts_synthesize(*state, &request, hear, &heard, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(heard.chunks, 2);
    assert_true(heard.fraction == 1.0);
    assert_true(heard.peak <= 0.842f && heard.peak > 0.1f);

    /* Gapless, and words point at what they stand for. */
    static const char *const words[] = {"The",  "quick", "brown", "fox", "is",
                                        "back", "Hm",    "yes",   "2",   "foxes"};
    const struct avt_timeline *timeline = heard.timeline;
    assert_int_equal(timeline->word_count, sizeof(words) / sizeof(*words));
    for (size_t i = 0; i < timeline->word_count; i++) {
        const struct avt_word *word = &timeline->words[i];
        assert_string_equal(word->text, words[i]);
        assert_int_equal(word->text_end - word->text_start, strlen(words[i]));
        assert_memory_equal(TEXT + word->text_start, words[i], strlen(words[i]));
        assert_true(word->end > word->start);
        assert_true(i == 0 || word->start >= timeline->words[i - 1].end);
    }
    double clock = 0.0, longest = 0.0;
    for (size_t i = 0; i < timeline->phoneme_count; i++) {
        const struct avt_phoneme *phoneme = &timeline->phonemes[i];
        assert_true(fabs(phoneme->start - clock) < 1e-9 && phoneme->end >= phoneme->start);
        if (phoneme->word < 0 && i > 0 && i + 1 < timeline->phoneme_count)
            longest = fmax(longest, phoneme->end - phoneme->start);
        clock = phoneme->end;
    }
    assert_true(fabs(clock - timeline->duration) < 1e-9);
    /* "..." asks for 850 ms at normal speed. */
    assert_true(longest > 0.6);
    avt_timeline_free(heard.timeline);
}

static void synthesize__stops_when_told_to(void **state)
{
    struct avt_cancel cancel = {0};
    struct heard heard = {.timeline = avt_timeline_new(), .refuse_at = 0};
    struct avt_tts_request request = {
        .text = "Hi.", .voice = "af_heart", .speed = 1.0, .cancel = &cancel};
    assert_int_equal(avt_tts_synthesize(*state, &request, hear, &heard, NULL), AVT_EOUTPUT);
    avt_cancel_request(&cancel);
    assert_int_equal(avt_tts_synthesize(*state, &request, hear, &heard, NULL), AVT_ECANCELLED);
    assert_int_equal(heard.chunks, 0);
    request.text = "\U0001F600 \u2764";
    request.cancel = NULL;
    assert_int_equal(avt_tts_synthesize(*state, &request, hear, &heard, NULL), AVT_ETEXT);
    avt_timeline_free(heard.timeline);
}

/* Phonemes and words in order, with no silence between them, in parts of two voices; and of a language that is espeak's
 * alone. */
static void expect__words_before_they_are_said(void **state)
{
    static const char text[] = "<speak>Two <voice name='bm_george'>foxes</voice> are back.</speak>";
    static const struct {
        const char *text, *language;
        enum avt_markup_kind markup;
        size_t words, segments;
        const char *last, *ipa; /* its first phoneme */
    } rows[] = {
        {TEXT, NULL, AVT_MARKUP_AUTO, 10, 1, "foxes", "f"},
        {text, NULL, AVT_MARKUP_SSML, 4, 3, "back", "b"},
        {"Schöne Grüße!", "de", AVT_MARKUP_NONE, 2, 1, "Grüße", "ɡ"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = NULL;
        const struct avt_tts_request request = {.text = rows[i].text,
                                                .voice = "af_heart",
                                                .language = rows[i].language,
                                                .speed = 1,
                                                .markup = rows[i].markup};
        struct avt_error error = {0};
        if (avt_tts_expect(*state, &request, &timeline, &error) != AVT_OK)
            fail_msg("row %zu: %s", i, error.message);
        assert_int_equal(timeline->word_count, rows[i].words);
        assert_int_equal(timeline->segment_count, rows[i].segments);
        const struct avt_word *last = &timeline->words[timeline->word_count - 1];
        assert_string_equal(last->text, rows[i].last);
        int32_t word = 0;
        for (size_t k = 0; k < timeline->phoneme_count; k++) {
            const struct avt_phoneme *phoneme = &timeline->phonemes[k];
            assert_true(phoneme->word == word || phoneme->word == word + 1);
            assert_true(*phoneme->ipa && phoneme->end > phoneme->start);
            if (phoneme->word != word && (size_t)phoneme->word + 1 == timeline->word_count)
                assert_string_equal(phoneme->ipa, rows[i].ipa);
            word = phoneme->word;
        }
        assert_int_equal((size_t)word + 1, timeline->word_count);
    }
    struct avt_timeline *none = NULL;
    struct avt_tts_request request = {.text = "... !", .voice = "af_heart", .speed = 1};
    assert_int_equal(avt_tts_expect(*state, &request, &none, NULL), AVT_ETEXT);
    request.language = "xx";
    request.text = "Hallo";
    assert_int_equal(avt_tts_expect(*state, &request, &none, NULL), AVT_EHELPER);
    assert_null(none);
}

static void model__is_noted_and_can_be_dropped(void **state)
{
    struct avt_tts *tts = *state;
    AVT_CLEANUP(avt_footprints_freep) struct avt_footprints *table = avt_footprints_new();
    struct avt_footprint list[2];
    avt_tts_unload(tts);
    avt_tts_watch(tts, table);
    assert_int_equal(avt_tts_load(tts, NULL, NULL), AVT_OK);
    assert_int_equal(avt_footprints_list(table, list, 2), 1);
    assert_string_equal(list[0].name, "kokoro-82m-int8");
    assert_true(list[0].bytes > 50 * 1000 * 1000); /* 92 MB of weights */
    assert_false(avt_tts_drop(tts, "face-mesh"));
    assert_true(avt_tts_drop(tts, "kokoro-82m-int8"));
    assert_false(avt_tts_drop(tts, "kokoro-82m-int8"));
    assert_int_equal(avt_footprints_list(table, list, 2), 0);
    avt_tts_watch(tts, NULL);
}

static int new_tts(void **state)
{
    struct avt_tts *tts = NULL;
    enum avt_code code = avt_tts_new(&tts, NULL);
    *state = tts;
    return code;
}

static int free_tts(void **state)
{
    avt_tts_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__refuses_what_cannot_be_spoken),
        cmocka_unit_test(check__refuses_a_book),
        cmocka_unit_test(synthesize__tells_what_is_said_when),
        cmocka_unit_test(synthesize__stops_when_told_to),
        cmocka_unit_test(expect__words_before_they_are_said),
        cmocka_unit_test(model__is_noted_and_can_be_dropped),
    };
    return cmocka_run_group_tests_name("tts", tests, new_tts, free_tts);
}
