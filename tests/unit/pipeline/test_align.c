/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>

#include "pipeline/align.h"

/* Silence, a second, silence, two seconds, silence. */
static struct avt_timeline *heard(void)
{
    static const struct avt_phoneme phonemes[] = {
        {.ipa = "", .start = 0, .end = .5, .word = -1},   {.ipa = "a", .start = .5, .end = 1},
        {.ipa = "m", .start = 1, .end = 1.5},             {.ipa = "", .start = 1.5, .end = 2, .word = -1},
        {.ipa = "o", .start = 2, .end = 4},               {.ipa = "", .start = 4, .end = 5, .word = -1},
    };
    struct avt_timeline *timeline = avt_timeline_new();
    for (size_t i = 0; i < sizeof(phonemes) / sizeof(*phonemes); i++)
        assert_true(avt_timeline_add_phoneme(timeline, &phonemes[i]));
    timeline->duration = 5;
    return timeline;
}

/* By letters, of characters and not of bytes, and one more for each word; silence is nobody's. */
static void spread__by_letters(void **state)
{
    (void)state;
    static const char text[] = " «Ödön», ist - größer! ";
    static const struct {
        const char *text;
        double start, end;
        size_t text_start, text_end;
    } words[] = {{"Ödön", .5, 3 * 5 / 16. + .5, 3, 9}, {"ist", 1.4375, 2.6875, 13, 16}, {"größer", 2.6875, 4, 19, 27}};
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = heard();
    struct avt_error error = {0};
    assert_int_equal(avt_align_spread(timeline, text, &error), AVT_OK);
    assert_int_equal(timeline->word_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct avt_word *word = &timeline->words[i];
        assert_string_equal(word->text, words[i].text);
        assert_int_equal(word->text_start, words[i].text_start);
        assert_int_equal(word->text_end, words[i].text_end);
        assert_true(fabs(word->start - words[i].start) < 1e-9 && fabs(word->end - words[i].end) < 1e-9);
    }
    static const int of[] = {-1, 0, 0, -1, 2, -1};
    for (size_t i = 0; i < timeline->phoneme_count; i++)
        assert_int_equal(timeline->phonemes[i].word, of[i]);
}

static void spread__nothing_said_or_heard(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = heard(), *silent = avt_timeline_new();
    struct avt_error error = {0};
    assert_int_equal(avt_align_spread(timeline, " ... ¿? -", &error), AVT_OK);
    assert_int_equal(timeline->word_count, 0);
    assert_int_equal(timeline->phonemes[1].word, -1);
    assert_int_equal(avt_align_spread(silent, "a b", &error), AVT_OK);
    assert_int_equal(silent->word_count, 2);
    assert_true(silent->words[1].end == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread__by_letters),
        cmocka_unit_test(spread__nothing_said_or_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
