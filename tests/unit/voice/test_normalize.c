/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "voice/normalize.h"

/* The words of a text; "*" after what is spelled, "|" where a sentence ends. */
static void words_of(const char *text, size_t size, bool british, struct avt_buf *out)
{
    struct avt_error error = {0};
    struct avt_reading reading = {0};
    assert_int_equal(avt_normalize(text, size, british, &reading, &error), AVT_OK);
    size_t word = 0;
    for (size_t i = 0; i < reading.tokens.count; i++) {
        for (; word < reading.word_count && reading.words[word].token == i; word++) {
            avt_buf_printf(out, "%s%s%s", out->size ? " " : "", reading.words[word].text,
                           reading.words[word].flags & AVT_WORD_SPELL ? "*" : "");
        }
        if (reading.tokens.tokens[i].sentence_end)
            avt_buf_append_char(out, '|');
    }
    avt_reading_done(&reading);
}

static void normalize__written_to_spoken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool british;
        const char *words;
    } ROWS[] = {
        {"0 7 10 11 20 21 99", false, "zero seven ten eleven twenty twenty one ninety nine|"},
        {"100 101 110 1000 1001", false,
         "one hundred one hundred one one hundred ten one thousand one thousand one|"},
        {"101 1,001 1,101", true,
         "one hundred and one one thousand and one one thousand one hundred and one|"},
        {"123,456,789,012,345", false,
         "one hundred twenty three trillion four hundred fifty six billion seven hundred eighty "
         "nine million twelve thousand three hundred forty five|"},
        {"1234567890123456", false,
         "one two three four five six seven eight nine zero one two three four five six|"},
        {"1st 2nd 3rd 4th 12th 20th 21st 100th", false,
         "first second third fourth twelfth twentieth twenty first one hundredth|"},
        {"3.05", false, "three point zero five|"},
        {"3.05", true, "three point nought five|"},
        {"-5 +7 ~9", false, "minus five plus seven about nine|"},
        {"1984 1900 1905 2000 2005 2026", false,
         "nineteen eighty four nineteen hundred nineteen oh five two thousand two thousand five "
         "twenty twenty six|"},
        {"1500 people, 2000 years", false, "one thousand five hundred people two thousand years|"},
        {"$1 $2.50 £0.01 €3", false,
         "one dollar two dollars and fifty cents one penny three euros|"},
        {"$4.2 million won", false, "four point two million dollars won|"},
        {"$5 hundred thousand left", false, "five hundred thousand dollars left|"},
        {"9:05 14:00 12:30pm", false, "nine oh five fourteen hundred twelve thirty PM*|"},
        {"2026-11-23", true, "the twenty third of November twenty twenty six|"},
        {"11/12/2026", false, "November twelfth twenty twenty six|"},
        {"11/12/2026", true, "the eleventh of December twenty twenty six|"},
        {"99/99/2026", false, "ninety nine slash ninety nine slash two thousand twenty six|"},
        {"5 km/h and 1 kg", false, "five kilometers per hour and one kilogram|"},
        {"B2B H2O", false, "B* to B* H* two O*|"},
        {"Henry VIII's", false, "Henry the eighth 's|"},
        {"I think", false, "I think|"},
        {"e.g. this", false, "for example this|"},
        {"etc. The", false, "etc| The|"},
        {"U.S. Army", false, "US* Army|"},
        {"in the U.S. The", false, "in the US*| The|"},
        {"a.b@c.org", false, "a* dot b* at c* dot org|"},
        {"One. Two", false, "One| Two|"},
        {"\"One.\" he said", false, "One he said|"},
        {"One! two", false, "One two|"},
        {"Title\nNext line", false, "Title| Next line|"},
        {"a line that is wrapped by\nits writer", false, "a line that is wrapped by its writer|"},
        {"- one\n- two", false, "one two|"},
        {"10 \xe2\x82\xac", false, "ten|"},
        {"\xf0\x9f\x98\x80", false, ""},
        {"", false, ""},
        {"...", false, "|"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf got = AVT_BUF_INIT(1 << 16);
        words_of(ROWS[i].text, strlen(ROWS[i].text), ROWS[i].british, &got);
        if (strcmp(avt_buf_str(&got), ROWS[i].words) != 0)
            fail_msg("'%s' is '%s', not '%s'", ROWS[i].text, avt_buf_str(&got), ROWS[i].words);
    }
}

static void normalize__tokens_keep_their_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *tokens; /* each in brackets */
    } ROWS[] = {
        {"It cost $4.2 million.", "[It][cost][$4.2][million][.]"},
        {"On 12 March 2026, we", "[On][12][March][2026][,][we]"},
        {"a well-known T-shirt", "[a][well-known][T-shirt]"},
        {"5 km at 20\xc2\xb0"
         "C",
         "[5][km][at][20\xc2\xb0"
         "C]"},
        {"Call (555) 123-4567!", "[Call][(555) 123-4567][!]"},
        {"See www.example.com.", "[See][www.example.com][.]"},
        {"\xe2\x80\x9cWell\xe2\x80\x9d\xe2\x80\x94no\xe2\x80\xa6",
         "[\xe2\x80\x9c][Well][\xe2\x80\x9d][\xe2\x80\x94][no][\xe2\x80\xa6]"},
        {"paper, etc. The end", "[paper][,][etc][.][The][end]"},
        {"**bold** _under_", "[bold][under]"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct avt_error error = {0};
        struct avt_reading reading = {0};
        AVT_CLEANUP(avt_buf_done) struct avt_buf got = AVT_BUF_INIT(1 << 16);
        assert_int_equal(avt_normalize(ROWS[i].text, strlen(ROWS[i].text), false, &reading, &error),
                         AVT_OK);
        for (size_t t = 0; t < reading.tokens.count; t++)
            avt_buf_printf(&got, "[%s]", reading.tokens.tokens[t].text);
        assert_string_equal(avt_buf_str(&got), ROWS[i].tokens);
        avt_reading_done(&reading);
    }
}

/* Ranges ascend inside the text, words point at tokens in order. */
static void check_reading(const struct avt_reading *reading, size_t size)
{
    size_t end = 0, token = 0;
    for (size_t i = 0; i < reading->tokens.count; i++) {
        assert_true(reading->tokens.tokens[i].text_start >= end);
        assert_true(reading->tokens.tokens[i].text_end > reading->tokens.tokens[i].text_start);
        end = reading->tokens.tokens[i].text_end;
    }
    assert_true(end <= size);
    for (size_t i = 0; i < reading->word_count; i++) {
        assert_true(reading->words[i].token >= token &&
                    reading->words[i].token < reading->tokens.count);
        assert_true(reading->words[i].text[0] != '\0');
        token = reading->words[i].token;
    }
}

static void normalize__huge_and_odd_input(void **state)
{
    (void)state;
    static const struct {
        const char *piece;
        size_t repeats;
    } ROWS[] = {
        {"a", 1000000},
        {"1", 100000},
        {"A", 100000},
        {"1,", 50000},
        {"1.", 50000},
        {"a.", 50000},
        {"a-", 50000},
        {"(", 50000},
        {"'", 50000},
        {".", 50000},
        {". ", 50000},
        {"-", 50000},
        {"\n", 50000},
        {"\r\n", 50000},
        {"$", 50000},
        {"#", 50000},
        {"@a", 50000},
        {"a@b.c", 20000},
        {"http://a", 20000},
        {"\xcc\x81", 50000},
        {"e\xcc\x81", 50000},
        {"\x01", 50000},
        {"\xff", 50000},
        {"\xe2\x80\x8f", 50000},
        {"\xf0\x9f\x98\x80", 50000},
        {"1/2 ", 50000},
        {"IV ", 50000},
        {"Dr. ", 50000},
        {"+44 20 ", 20000},
        {"a--", 50000},
        {"\xc2\xbd", 50000},
        {"\xe6\xbc\xa2", 50000},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(8 << 20);
        for (size_t n = 0; n < ROWS[i].repeats; n++)
            avt_buf_append_str(&text, ROWS[i].piece);
        assert_false(text.overflowed);
        struct avt_error error = {0};
        struct avt_reading reading = {0};
        assert_int_equal(avt_normalize(text.data, text.size, i % 2, &reading, &error), AVT_OK);
        check_reading(&reading, text.size);
        for (size_t t = 0; t < reading.tokens.count; t++) /* no token outgrows the speech model */
            assert_true(reading.tokens.tokens[t].text_end - reading.tokens.tokens[t].text_start <
                            50000 ||
                        reading.tokens.tokens[t].punctuation);
        avt_reading_done(&reading);
    }
}

static void normalize__random_bytes(void **state)
{
    (void)state;
    static const char *const PIECES[] = {
        "1",   "23",  ".",        ",",        ":",    "/",  "-",        "$", "\xc2\xa3", "%",
        "a",   "St",  "Dr",       "am",       "pm",   "km", "\xc2\xb0", "'", "\"",       " ",
        "\n",  "V",   "I",        "May",      "@",    "#",  "&",        "+", "(",        ")",
        "www", "com", "\xc3\xa9", "\xcc\x81", "\xff", "s",  "th",       "x"};
    struct avt_rng rng;
    avt_rng_init(&rng, 3);
    for (int round = 0; round < 5000; round++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(4096);
        for (int i = 0; i < 40; i++)
            avt_buf_append_str(&text,
                               PIECES[avt_rng_u32(&rng) % (sizeof PIECES / sizeof PIECES[0])]);
        struct avt_error error = {0};
        struct avt_reading reading = {0};
        assert_int_equal(avt_normalize(text.data, text.size, round % 2, &reading, &error), AVT_OK);
        check_reading(&reading, text.size);
        avt_reading_done(&reading);
    }
}

static void normalize__too_long_is_refused(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct avt_reading reading = {0};
    assert_int_equal(
        avt_normalize("x", (size_t)AVT_NORMALIZE_BYTES_MAX + 1, false, &reading, &error),
        AVT_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalize__written_to_spoken),
        cmocka_unit_test(normalize__tokens_keep_their_bytes),
        cmocka_unit_test(normalize__huge_and_odd_input),
        cmocka_unit_test(normalize__random_bytes),
        cmocka_unit_test(normalize__too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
