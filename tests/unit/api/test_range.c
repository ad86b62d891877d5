/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "api/range.h"

static void range__one_range_or_the_whole(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        uint64_t size;
        enum avt_range kind;
        uint64_t offset, length;
    } rows[] = {
        {NULL, 100, AVT_RANGE_WHOLE, 0, 0},
        {"bytes=0-0", 100, AVT_RANGE_PART, 0, 1},
        {"bytes=10-19", 100, AVT_RANGE_PART, 10, 10},
        {"Bytes= 10-19 ", 100, AVT_RANGE_PART, 10, 10},
        {"bytes=90-", 100, AVT_RANGE_PART, 90, 10},
        {"bytes=90-1000", 100, AVT_RANGE_PART, 90, 10},
        {"bytes=90-99999999999999999999999999", 100, AVT_RANGE_PART, 90, 10},
        {"bytes=-10", 100, AVT_RANGE_PART, 90, 10},
        {"bytes=-1000", 100, AVT_RANGE_PART, 0, 100},
        {"bytes=0-18446744073709551615", 100, AVT_RANGE_PART, 0, 100},
        {"bytes=0-", UINT64_MAX, AVT_RANGE_PART, 0, UINT64_MAX},
        {"bytes=100-", 100, AVT_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=99999999999999999999999999-", 100, AVT_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-0", 100, AVT_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=0-", 0, AVT_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=-5", 0, AVT_RANGE_UNSATISFIABLE, 0, 0},
        {"bytes=19-10", 100, AVT_RANGE_WHOLE, 0, 0},
        {"bytes=0-1,3-4", 100, AVT_RANGE_WHOLE, 0, 0},
        {"bytes=-", 100, AVT_RANGE_WHOLE, 0, 0},
        {"bytes=", 100, AVT_RANGE_WHOLE, 0, 0},
        {"bytes=a-b", 100, AVT_RANGE_WHOLE, 0, 0},
        {"bytes=--5", 100, AVT_RANGE_WHOLE, 0, 0},
        {"bytes=+1-5", 100, AVT_RANGE_WHOLE, 0, 0},
        {"lines=0-5", 100, AVT_RANGE_WHOLE, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t offset = 7, length = 7;
        enum avt_range kind = avt_range_parse(rows[i].header, rows[i].size, &offset, &length);
        if (kind != rows[i].kind)
            fail_msg("%s: %d", rows[i].header, (int)kind);
        if (kind != AVT_RANGE_PART)
            continue;
        assert_int_equal(offset, rows[i].offset);
        assert_int_equal(length, rows[i].length);
    }
}

static void etag__lists_and_weakness(void **state)
{
    (void)state;
    static const struct {
        const char *list, *etag;
        bool weak, found;
    } rows[] = {
        {"\"a\"", "\"a\"", false, true},
        {"\"b\", \"a\"", "\"a\"", false, true},
        {"W/\"a\"", "\"a\"", false, false},
        {"W/\"a\"", "\"a\"", true, true},
        {"*", "\"a\"", false, true},
        {" * ", "\"a\"", false, true},
        {"* , \"b\"", "\"a\"", false, false},
        {"\"ab\"", "\"a\"", true, false},
        {"a", "\"a\"", true, false},
        {"\"a", "\"a\"", true, false},
        {"", "\"a\"", true, false},
        {"\"a\"", "", true, false},
        {"\"x,\",\"a\"", "\"a\"", false, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (avt_etag_listed(rows[i].list, rows[i].etag, rows[i].weak) != rows[i].found)
            fail_msg("%s in %s", rows[i].etag, rows[i].list);
}

static void date__there_and_back(void **state)
{
    (void)state;
    char text[AVT_HTTP_DATE_SIZE];
    int64_t s = 0;
    assert_true(avt_http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT", &s));
    assert_int_equal(s, 784111777);
    avt_http_date_format(s, text);
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    static const char *const bad[] = {
        "",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Xxx 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT.",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1904 08:49:37 GMT",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (avt_http_date_parse(bad[i], &s))
            fail_msg("'%s' is taken", bad[i]);
}

static void conditions__in_the_order_of_the_standard(void **state)
{
    (void)state;
    static const char before[] = "Sun, 06 Nov 1994 08:49:36 GMT",
                      at[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    static const struct {
        struct avt_conditions conditions;
        int status;
    } rows[] = {
        {{0}, 200},
        {{.range = "bytes=1-"}, 206},
        {{.range = "bytes=100-"}, 416},
        {{.if_none_match = "\"e\""}, 304},
        {{.if_none_match = "\"x\""}, 200},
        {{.if_none_match = "\"x\"", .if_modified_since = at}, 200},
        {{.if_modified_since = at}, 304},
        {{.if_modified_since = before}, 200},
        {{.if_modified_since = "nonsense"}, 200},
        {{.if_match = "\"e\""}, 200},
        {{.if_match = "\"x\""}, 412},
        {{.if_match = "\"e\"", .if_unmodified_since = before}, 200},
        {{.if_unmodified_since = before}, 412},
        {{.if_unmodified_since = at}, 200},
        {{.range = "bytes=1-", .if_range = "\"e\""}, 206},
        {{.range = "bytes=1-", .if_range = "\"x\""}, 200},
        {{.range = "bytes=1-", .if_range = "W/\"e\""}, 200},
        {{.range = "bytes=1-", .if_range = at}, 206},
        {{.range = "bytes=1-", .if_range = before}, 200},
        {{.range = "bytes=1-", .if_none_match = "\"e\""}, 304},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t offset = 0, length = 0;
        int status =
            avt_conditions_judge(&rows[i].conditions, 100, "\"e\"", 784111777, &offset, &length);
        if (status != rows[i].status)
            fail_msg("row %zu: %d", i, status);
        if (status == 200)
            assert_int_equal(length, 100);
        if (status == 206)
            assert_int_equal(length, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(range__one_range_or_the_whole),
        cmocka_unit_test(etag__lists_and_weakness),
        cmocka_unit_test(date__there_and_back),
        cmocka_unit_test(conditions__in_the_order_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
