/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "api/target.h"
#include "base/mem.h"

#define RAW(text) text, sizeof(text) - 1

static void target__paths_are_decoded_once(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        size_t size;
        const char *path;
        size_t segments;
    } rows[] = {
        {RAW("/"), "/", 0},
        {RAW("/jobs"), "/jobs", 1},
        {RAW("/jobs/job-1/result"), "/jobs/job-1/result", 3},
        {RAW("/a%20b"), "/a b", 1},
        {RAW("/a+b"), "/a+b", 1},
        {RAW("/%252e%252e"), "/%2e%2e", 1},
        {RAW("/caf%C3%a9"), "/café", 1},
        {RAW("/..."), "/...", 1},
        {RAW("http://host:80/jobs?x=1"), "/jobs", 1},
        {RAW("*"), "*", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_target target;
        const char *why = NULL;
        assert_true(avt_target_parse(rows[i].raw, rows[i].size, &target, &why));
        assert_null(why);
        assert_string_equal(target.text, rows[i].path);
        assert_int_equal(target.segment_count, rows[i].segments);
        avt_target_done(&target);
    }
}

static void target__what_could_climb_or_confuse_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        size_t size;
    } rows[] = {
        {RAW("")},
        {RAW("jobs")},
        {RAW("//jobs")},
        {RAW("/jobs/")},
        {RAW("/jobs//x")},
        {RAW("/.")},
        {RAW("/../etc/passwd")},
        {RAW("/jobs/..")},
        {RAW("/%2e%2e/x")},
        {RAW("/.%2e")},
        {RAW("/%2E.")},
        {RAW("/a%2fb")},
        {RAW("/a%2Fb")},
        {RAW("/a\\b")},
        {RAW("/a%5cb")},
        {RAW("/a%00b")},
        {RAW("/a\0b")},
        {RAW("/a%0ab")},
        {RAW("/a%7f")},
        {RAW("/a b")},
        {RAW("/a\xc3\xa9")},
        {RAW("/%c0%ae%c0%ae/x")}, /* overlong dots */
        {RAW("/%ff")},
        {RAW("/%")},
        {RAW("/%4")},
        {RAW("/%4g")},
        {RAW("/a#b")},
        {RAW("/a?x=%")},
        {RAW("/a?x=%00")},
        {RAW("/a?%ff=1")},
        {RAW("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17")},
        {RAW("http://host")},
        {RAW("ftp://host/x")},
        {RAW("/a?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17&18&19&20&21&22&23&24&25&26&27&28&29&30&"
             "31&32&33")},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_target target;
        const char *why = NULL;
        if (avt_target_parse(rows[i].raw, rows[i].size, &target, &why))
            fail_msg("'%s' is taken", rows[i].raw);
        assert_non_null(why);
    }
}

static void target__query_parameters_come_in_order(void **state)
{
    (void)state;
    struct avt_target target;
    const char *why = NULL;
    assert_true(
        avt_target_parse(RAW("/jobs?limit=20&&status=a+b%26c&x&limit=%3d=5&=v"), &target, &why));
    static const char *const want[][2] = {
        {"limit", "20"}, {"status", "a b&c"}, {"x", ""}, {"limit", "==5"}, {"", "v"}};
    assert_int_equal(target.query_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(target.query[i].name, want[i][0]);
        assert_string_equal(target.query[i].value, want[i][1]);
    }
    avt_target_done(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target__paths_are_decoded_once),
        cmocka_unit_test(target__what_could_climb_or_confuse_is_refused),
        cmocka_unit_test(target__query_parameters_come_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
