/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "dsp/timeline.h"

static struct avt_timeline *make(void)
{
    struct avt_timeline *timeline = avt_timeline_new();
    const struct avt_phoneme phonemes[] = {
        {"", 0.0, 0.1, -1, 0, 0},  {"b", 0.1, 0.15, 0, 0, 0.5f}, {"iː", 0.15, 0.31, 0, 1, 1.5f},
        {"", 0.31, 0.4, -1, 0, 0}, {"aɪ", 0.4, 0.6, 1, 1, 1},
    };
    char be[] = "Be", i[] = "I";
    const struct avt_word words[] = {{be, 0.1, 0.31, 0, 2}, {i, 0.4, 0.6, 3, 4}};
    for (size_t k = 0; k < 5; k++)
        assert_true(avt_timeline_add_phoneme(timeline, &phonemes[k]));
    for (size_t k = 0; k < 2; k++)
        assert_true(avt_timeline_add_word(timeline, &words[k]));
    avt_free(timeline->text);
    timeline->text = avt_strdup("Be I");
    timeline->duration = 0.6;
    timeline->sample_rate = 24000;
    timeline->segments = avt_new0(struct avt_timeline_segment, 1);
    timeline->segment_count = 1;
    timeline->segments[0] = (struct avt_timeline_segment){0, 0.6, "af_heart", "en-us"};
    return timeline;
}

static void append__shifts_times_words_and_offsets(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *part = make();
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *whole = avt_timeline_new();
    assert_true(avt_timeline_append(whole, part, 0.0, 0));
    assert_true(avt_timeline_append(whole, part, 0.6, 10));
    assert_int_equal(whole->phoneme_count, 10);
    assert_int_equal(whole->word_count, 4);
    assert_int_equal(whole->sample_rate, 24000);
    assert_true(whole->duration == 1.2);
    assert_int_equal(whole->phonemes[5].word, -1);
    assert_int_equal(whole->phonemes[6].word, 2);
    assert_true(whole->phonemes[6].start > 0.69999 && whole->phonemes[6].start < 0.70001);
    assert_int_equal(whole->words[3].text_start, 13);
    assert_string_equal(whole->words[3].text, "I");
    /* The same voice goes on: one segment. */
    assert_int_equal(whole->segment_count, 1);
    assert_true(whole->segments[0].end == 1.2);
    part->segments[0].voice[0] = 'b';
    assert_true(avt_timeline_append(whole, part, 1.2, 20));
    assert_int_equal(whole->segment_count, 2);
}

static void append__joins_the_silence_of_two_pieces(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *part = make();
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *whole = avt_timeline_new();
    const struct avt_phoneme pause = {"", 0.6, 0.9, -1, 0, 0};
    assert_true(avt_timeline_add_phoneme(part, &pause));
    part->duration = 0.9;
    assert_true(avt_timeline_append(whole, part, 0.0, 0));
    assert_true(avt_timeline_append(whole, part, 0.9, 5));
    assert_int_equal(whole->phoneme_count, 11);
    assert_true(whole->phonemes[5].start == 0.6 && whole->phonemes[5].end > 0.99999);
    assert_string_equal(whole->phonemes[6].ipa, "b");
}

static void file__comes_back_as_it_went(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = make();
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *back = NULL;
    char path[64];
    (void)snprintf(path, sizeof(path), "timeline-%d.json", (int)getpid());
    struct avt_error error = {0};
    assert_int_equal(avt_timeline_write(timeline, path, &error), AVT_OK);
    assert_int_equal(avt_timeline_read(path, &back, &error), AVT_OK);
    (void)unlink(path);
    assert_int_equal(back->phoneme_count, timeline->phoneme_count);
    for (size_t i = 0; i < back->phoneme_count; i++) {
        const struct avt_phoneme *a = &timeline->phonemes[i], *b = &back->phonemes[i];
        assert_string_equal(a->ipa, b->ipa);
        assert_true(a->start - b->start < 1e-6 && b->start - a->start < 1e-6);
        assert_int_equal(a->word, b->word);
        assert_int_equal(a->stress, b->stress);
        assert_true(a->loudness == b->loudness);
    }
    assert_string_equal(back->text, "Be I");
    assert_string_equal(back->segments[0].voice, "af_heart");
    assert_int_equal(back->words[1].text_end, 4);
    assert_int_equal(avt_timeline_read("no/such/file.json", &back, &error), AVT_ENOENT);
}

#define HEAD "{\"version\":1,\"text\":\"a b\",\"duration\":1.0,"

static void parse__takes_good_and_refuses_bad(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum avt_code code;
        const char *part; /* of the message; or NULL */
    } rows[] = {
        {HEAD "\"phonemes\":[]}", AVT_OK, NULL},
        {HEAD "\"phonemes\":[{\"p\":\"a\",\"start\":0,\"end\":1}]}", AVT_OK, NULL},
        {HEAD "\"unknown\":7}", AVT_OK, NULL},
        {"", AVT_EFORMAT, "not JSON"},
        {"[]", AVT_EFORMAT, "not an object"},
        {"{\"version\":2,\"duration\":1}", AVT_EFORMAT, "version"},
        {"{\"version\":1}", AVT_EFORMAT, "duration"},
        {"{\"version\":1,\"duration\":-1}", AVT_EFORMAT, "duration"},
        {"{\"version\":1,\"duration\":1e9}", AVT_EFORMAT, "duration"},
        {HEAD "\"phonemes\":{}}", AVT_EFORMAT, "not a list"},
        {HEAD "\"phonemes\":[1]}", AVT_EFORMAT, "phonemes[0]"},
        {HEAD "\"phonemes\":[{\"p\":\"a\",\"start\":0.5,\"end\":0.4}]}", AVT_EFORMAT,
         "ends before"},
        {HEAD "\"phonemes\":[{\"p\":\"a\",\"start\":0,\"end\":0.5},"
              "{\"p\":\"b\",\"start\":0.4,\"end\":0.6}]}",
         AVT_EFORMAT, "phonemes[1] starts before"},
        {HEAD "\"phonemes\":[{\"p\":\"a\",\"start\":0,\"end\":1.5}]}", AVT_EFORMAT, "after"},
        {HEAD "\"phonemes\":[{\"p\":\"a\",\"start\":-0.1,\"end\":0.5}]}", AVT_EFORMAT, "starts"},
        {HEAD "\"phonemes\":[{\"p\":\"a\",\"start\":0,\"end\":1,\"word\":0}]}", AVT_EFORMAT,
         "word"},
        {HEAD "\"phonemes\":[{\"p\":\"a\",\"start\":0,\"end\":1,\"stress\":3}]}", AVT_EFORMAT,
         "stress"},
        {HEAD "\"phonemes\":[{\"p\":\"0123456789abcdef\",\"start\":0,\"end\":1}]}", AVT_EFORMAT,
         "\"p\""},
        {HEAD "\"phonemes\":[{\"start\":0,\"end\":1}]}", AVT_EFORMAT, "\"p\""},
        {HEAD "\"phonemes\":[{\"p\":\"a\",\"start\":0,\"end\":1,\"loudness\":-2}]}", AVT_EFORMAT,
         "loudness"},
        {HEAD "\"words\":[{\"w\":\"a\",\"start\":0,\"end\":1,\"text_start\":2,\"text_end\":9}]}",
         AVT_EFORMAT, "text_end"},
        {HEAD "\"words\":[{\"w\":\"a\",\"start\":0,\"end\":1,\"text_start\":2,\"text_end\":1}]}",
         AVT_EFORMAT, "text_end"},
        {HEAD "\"segments\":[{\"start\":0,\"end\":1}]}", AVT_EFORMAT, "voice"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = NULL;
        struct avt_error error = {0};
        enum avt_code code =
            avt_timeline_parse(rows[i].json, strlen(rows[i].json), &timeline, &error);
        if (code != rows[i].code || (rows[i].part && !strstr(error.message, rows[i].part)))
            fail_msg("row %zu: code %d, '%s'", i, code, error.message);
        assert_int_equal(timeline != NULL, code == AVT_OK);
    }
}

static void parse__fills_gaps_with_silence(void **state)
{
    (void)state;
    static const char json[] = HEAD
        "\"phonemes\":[{\"p\":\"a\",\"start\":0.2,\"end\":0.4},"
        "{\"p\":\"b\",\"start\":0.400001,\"end\":0.5},{\"p\":\"k\",\"start\":0.7,\"end\":0.8}]}";
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = NULL;
    assert_int_equal(avt_timeline_parse(json, sizeof(json) - 1, &timeline, NULL), AVT_OK);
    static const char *const expected[] = {"", "a", "b", "", "k", ""};
    assert_int_equal(timeline->phoneme_count, 6);
    double clock = 0.0;
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(timeline->phonemes[i].ipa, expected[i]);
        assert_true(timeline->phonemes[i].start == clock);
        clock = timeline->phonemes[i].end;
    }
    assert_true(clock == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(append__shifts_times_words_and_offsets),
        cmocka_unit_test(append__joins_the_silence_of_two_pieces),
        cmocka_unit_test(file__comes_back_as_it_went),
        cmocka_unit_test(parse__takes_good_and_refuses_bad),
        cmocka_unit_test(parse__fills_gaps_with_silence),
    };
    return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
