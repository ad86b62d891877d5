/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>

#include "lipsync/painter_check.h"

static void test_pictures_vary(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        float values[4];
        bool sane;
    } rows[] = {
        {"a picture", {0, .2f, .9f, 1}, true},
        {"barely one", {.5f, .5f, .5f, .5002f}, true},
        {"one value", {.5f, .5f, .5f, .5f}, false},
        {"noise of rounding", {.5f, .50001f, .49999f, .5f}, false},
        {"black", {0, 0, 0, 0}, false},
        {"no number at the end", {0, .2f, .9f, NAN}, false},
        {"no number at the start", {NAN, .2f, .9f, 1}, false},
        {"infinite", {0, INFINITY, .9f, 1}, false},
        {"infinite below", {0, -INFINITY, .9f, 1}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s\n", rows[i].what);
        assert_int_equal(avt_painter_sane(rows[i].values, 4), rows[i].sane);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pictures_vary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
