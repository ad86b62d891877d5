/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdlib.h>

#include "lipsync/cover.h"

enum { SIZE = 8, POINTS_MAX = 6 };

static void cover__areas(void **state)
{
    (void)state;
    /* Window 8 x 8 at (10, 20); pixel k spans k - .5 .. k + .5. */
    static const struct {
        struct avt_point points[POINTS_MAX];
        int count;
        int x, y;     /* pixel looked at, in the window */
        int expected; /* of 256 */
        int total;    /* pixels x 256 */
    } rows[] = {
        /* one whole pixel */
        {{{11.5f, 21.5f}, {12.5f, 21.5f}, {12.5f, 22.5f}, {11.5f, 22.5f}}, 4, 2, 2, 256, 256},
        /* the same the other way round */
        {{{11.5f, 22.5f}, {12.5f, 22.5f}, {12.5f, 21.5f}, {11.5f, 21.5f}}, 4, 2, 2, 256, 256},
        /* half a pixel to each side */
        {{{12, 21.5f}, {13, 21.5f}, {13, 22.5f}, {12, 22.5f}}, 4, 2, 2, 128, 256},
        /* a quarter in the corner */
        {{{12, 22}, {12.5f, 22}, {12.5f, 22.5f}, {12, 22.5f}}, 4, 2, 2, 64, 64},
        /* a triangle over half of a 4 x 4 square: the diagonal halves a pixel */
        {{{9.5f, 19.5f}, {13.5f, 19.5f}, {13.5f, 23.5f}}, 3, 1, 1, 128, 8 * 256},
        /* reaching far out of the window on all sides */
        {{{-1000, -1000}, {1000, -1000}, {1000, 1000}, {-1000, 1000}}, 4, 7, 7, 256, 64 * 256},
        /* left of the window, right of it, above it, nothing at all */
        {{{-50, 20}, {5, 20}, {5, 30}, {-50, 30}}, 4, 0, 3, 0, 0},
        {{{60, 20}, {90, 20}, {90, 30}, {60, 30}}, 4, 7, 3, 0, 0},
        {{{10, -20}, {18, -20}, {18, 3}, {10, 3}}, 4, 3, 0, 0, 0},
        {{{12, 22}, {13, 22}, {14, 22}}, 3, 3, 2, 0, 0},
    };
    struct avt_cover *cover = avt_cover_new(10, 20, SIZE, SIZE);
    assert_non_null(cover);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        avt_cover_polygon(cover, rows[i].points, rows[i].count);
        int total = 0;
        for (int k = 0; k < SIZE * SIZE; k++)
            total += cover->part[k];
        if (cover->part[rows[i].y * SIZE + rows[i].x] != rows[i].expected ||
            abs(total - rows[i].total) > 2)
            fail_msg("row %zu: %d and in all %d", i, (int)cover->part[rows[i].y * SIZE + rows[i].x],
                     total);
    }
    avt_cover_free(cover);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cover__areas)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
