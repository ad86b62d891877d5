/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "base/str.h"

static void utf8__decodes_valid_and_refuses_the_rest(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size, length;
        uint32_t codepoint;
    } rows[] = {
        {"a", 1, 1, 'a'},
        {"\xC3\xA9", 2, 2, 0xE9},
        {"\xE2\x82\xAC", 3, 3, 0x20AC},
        {"\xF0\x9F\x98\x80", 4, 4, 0x1F600},
        {"", 0, 0, 0},
        {"\xC3", 1, 0, 0},             /* cut off */
        {"\xC0\x80", 2, 0, 0},         /* overlong */
        {"\xE0\x80\xAF", 3, 0, 0},     /* overlong */
        {"\xED\xA0\x80", 3, 0, 0},     /* surrogate */
        {"\xF4\x90\x80\x80", 4, 0, 0}, /* beyond U+10FFFF */
        {"\x80", 1, 0, 0},             /* lone continuation */
        {"\xFF", 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint32_t cp = 0;
        assert_int_equal(avt_utf8_decode(rows[i].bytes, rows[i].size, &cp), rows[i].length);
        if (rows[i].length) {
            char back[4];
            assert_int_equal(cp, rows[i].codepoint);
            assert_int_equal(avt_utf8_encode(cp, back), rows[i].length);
            assert_memory_equal(back, rows[i].bytes, rows[i].length);
        }
    }
    assert_true(avt_utf8_invalid_at("fine \xE2\x82\xAC", 8) == SIZE_MAX);
    assert_int_equal(avt_utf8_invalid_at("bad \xFF here", 10), 4);
    assert_int_equal(avt_utf8_invalid_at("a\0b", 3), 1);
    assert_int_equal(avt_utf8_count("a\xE2\x82\xAC"), 2);
    char none[4];
    assert_int_equal(avt_utf8_encode(0xD800, none), 0);
    assert_int_equal(avt_utf8_encode(0x110000, none), 0);
}

static void numbers__parse_whole_strings_within_range(void **state)
{
    (void)state;
    int64_t i = 0;
    double d = 0;
    assert_true(avt_parse_int("42", 0, 100, &i) && i == 42);
    assert_true(avt_parse_int("-3", -10, 10, &i) && i == -3);
    assert_true(avt_parse_double("1.25", 0.5, 2, &d) && d == 1.25);
    static const char *const bad[] = {"", " 1", "1 ", "1x", "x", "101", "99999999999999999999", "--1"};
    for (size_t k = 0; k < sizeof(bad) / sizeof(*bad); k++)
        assert_false(avt_parse_int(bad[k], 0, 100, &i));
    static const char *const bad_double[] = {"", "nan", "inf", "1,5", "1e999", "2.1", "0x"};
    for (size_t k = 0; k < sizeof(bad_double) / sizeof(*bad_double); k++)
        assert_false(avt_parse_double(bad_double[k], 0.5, 2, &d));
}

static void names__nearest_is_what_was_meant(void **state)
{
    (void)state;
    static const char *const names[] = {"af_heart", "af_bella", "am_adam", "bf_emma"};
    assert_string_equal(avt_nearest_name("af_hart", names, 4), "af_heart");
    assert_string_equal(avt_nearest_name("heart", names, 4), "af_heart");
    assert_string_equal(avt_nearest_name("am_aadm", names, 4), "am_adam");
    assert_null(avt_nearest_name("zzzzzzzzz", names, 4));
    assert_int_equal(avt_edit_distance("abcd", "abdc"), 1);
    assert_int_equal(avt_edit_distance("", "abc"), 3);
}

static void prefixes_and_case(void **state)
{
    (void)state;
    assert_true(avt_str_starts("abc", "ab"));
    assert_false(avt_str_starts("a", "ab"));
    assert_true(avt_str_ends("film.mp4", ".mp4"));
    assert_false(avt_str_ends("4", ".mp4"));
    static const char *const words[] = {"one", "two"};
    assert_true(AVT_STR_AMONG("two", words));
    assert_false(AVT_STR_AMONG("Two", words));
    assert_false(avt_str_is_one_of("two", words, 1));
    assert_int_equal(avt_str_casecmp("MP4", "mp4"), 0);
    assert_true(avt_str_casecmp("a", "b") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8__decodes_valid_and_refuses_the_rest),
        cmocka_unit_test(numbers__parse_whole_strings_within_range),
        cmocka_unit_test(names__nearest_is_what_was_meant),
        cmocka_unit_test(prefixes_and_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
