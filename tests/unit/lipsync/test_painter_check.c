/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>

#include "lipsync/painter_check.h"

static void painter_check__knows_what_is_no_picture(void **state)
{
    (void)state;
    static const struct {
        float values[4];
        size_t count;
        bool is_sane;
    } rows[] = {
        {{0, 0, 0, 1e-6f}, 4, true},      {{-3, 2, 0, 9}, 4, true},  {{.5f, .5f, .5f, .5f}, 4, false},
        {{0, -0.f, 0, 0}, 4, false},      {{1, 2, 3, NAN}, 4, false}, {{1, 2, 3, INFINITY}, 4, false},
        {{-INFINITY, 2, 3, 4}, 4, false}, {{1, 2, 3, NAN}, 3, true}, {{1, 0, 0, 0}, 1, false},
        {{0, 0, 0, 0}, 0, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (avt_painter_sane(rows[i].values, rows[i].count) != rows[i].is_sane)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(painter_check__knows_what_is_no_picture)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
