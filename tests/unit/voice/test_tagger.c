/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/str.h"
#include "voice/tagger.h"

/* Tag of the word `word` (its last occurrence) in a text. */
static int tag_in(const char *text, const char *word)
{
    struct avt_error error = {0};
    struct avt_reading reading = {0};
    assert_int_equal(avt_normalize(text, strlen(text), false, &reading, &error), AVT_OK);
    avt_tagger_run(&reading);
    int tag = -1;
    for (size_t i = 0; i < reading.word_count; i++)
        if (avt_str_equal(reading.words[i].text, word))
            tag = reading.words[i].tag;
    avt_reading_done(&reading);
    return tag;
}

static void tagger__lists_are_in_order(void **state)
{
    (void)state;
    assert_true(avt_tagger_lists_sorted());
}

static void tagger__context_decides(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
        int tag;
    } ROWS[] = {
        {"to read", "read", AVT_TAG_VB},
        {"He read it.", "read", AVT_TAG_VBD},
        {"She has read it.", "read", AVT_TAG_VBN},
        {"It was read aloud.", "read", AVT_TAG_VBN},
        {"Did you read it?", "read", AVT_TAG_VB},
        {"We read every day.", "read", AVT_TAG_VBP},
        {"Read the book.", "Read", AVT_TAG_VB},
        {"the record", "record", AVT_TAG_NN},
        {"to record", "record", AVT_TAG_VB},
        {"They will record it.", "record", AVT_TAG_VB},
        {"a live show", "live", AVT_TAG_JJ},
        {"We live here.", "live", AVT_TAG_VBP},
        {"She lives here.", "lives", AVT_TAG_VBZ},
        {"their lives", "lives", AVT_TAG_NNS},
        {"a close friend", "close", AVT_TAG_JJ},
        {"Close the door.", "Close", AVT_TAG_VB},
        {"muscles contract", "contract", AVT_TAG_VBP},
        {"NASA flies", "NASA", AVT_TAG_NNP},
        {"I did NOT go", "NOT", AVT_TAG_RB},
        {"five times", "five", AVT_TAG_CD},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (tag_in(ROWS[i].text, ROWS[i].word) != ROWS[i].tag)
            fail_msg("'%s': tag %d, not %d", ROWS[i].text, tag_in(ROWS[i].text, ROWS[i].word),
                     ROWS[i].tag);
}

static void tagger__pauses_follow_punctuation(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool pause; /* between the first two words */
    } ROWS[] = {{"one two", false},  {"one, two", true},     {"one. two", true},
                {"one (two", false}, {"one \"two\"", false}, {"one - two", true},
                {"one\n\ntwo", true}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct avt_error error = {0};
        struct avt_reading reading = {0};
        assert_int_equal(avt_normalize(ROWS[i].text, strlen(ROWS[i].text), false, &reading, &error),
                         AVT_OK);
        assert_int_equal(reading.word_count, 2);
        assert_int_equal(avt_tagger_pause_after(&reading, 0), ROWS[i].pause);
        assert_true(avt_tagger_pause_after(&reading, 1));
        avt_reading_done(&reading);
    }
}

static void tagger__nothing_to_tag(void **state)
{
    (void)state;
    struct avt_reading reading = {0};
    avt_tagger_run(&reading);
    assert_int_equal(reading.word_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tagger__lists_are_in_order),
        cmocka_unit_test(tagger__context_decides),
        cmocka_unit_test(tagger__pauses_follow_punctuation),
        cmocka_unit_test(tagger__nothing_to_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
