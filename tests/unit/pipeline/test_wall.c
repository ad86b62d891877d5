/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "pipeline/wall.h"

enum { SIDE = 64, PERSON = 20, SOFT = 2, REACH = 8 };

/* A person of level 200 in the middle, half covered over SOFT pixels, before a wall with stripes. */
static void make(int from, int to, struct avt_image **picture, struct avt_image **cut, struct avt_image **wall)
{
    struct avt_error error = {0};
    assert_int_equal(avt_image_new(SIDE, SIDE, picture, &error), AVT_OK);
    assert_int_equal(avt_image_new(SIDE, SIDE, cut, &error), AVT_OK);
    assert_int_equal(avt_image_new(SIDE, SIDE, wall, &error), AVT_OK);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int off = x < PERSON ? PERSON - x : x >= SIDE - PERSON ? x - SIDE + PERSON + 1 : 0;
            int alpha = off == 0 ? 255 : off <= SOFT ? 128 : 0;
            int behind = x >= from && x < to && x % 2 ? 140 : 100;
            avt_image_row(*wall, y)[4 * x + 1] = (uint8_t)behind;
            avt_image_row(*cut, y)[4 * x + 1] = 200;
            avt_image_row(*cut, y)[4 * x + 3] = (uint8_t)alpha;
            avt_image_row(*picture, y)[4 * x + 1] = (uint8_t)((alpha * 200 + (255 - alpha) * behind) / 255);
        }
}

static struct avt_wall_figures measure(int from, int to, int brighter)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *picture = NULL, *cut = NULL, *wall = NULL;
    make(from, to, &picture, &cut, &wall);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            avt_image_row(picture, y)[4 * x + 1] = (uint8_t)(avt_image_row(picture, y)[4 * x + 1] + brighter);
    struct avt_wall_figures figures;
    avt_wall_measure(picture, cut, wall, REACH, &figures);
    return figures;
}

static void wall__sees_what_is_drawn_beside_the_person(void **state)
{
    (void)state;
    assert_float_equal(measure(0, 0, 0).drawn, 0, 1e-3f);
    assert_float_equal(measure(0, SIDE, 0).drawn, 40, 4);
    /* Nothing drags along what is further off. */
    assert_float_equal(measure(0, PERSON - REACH - 2, 0).drawn, 0, 1e-3f);
    assert_true(measure(0, PERSON - REACH + 3, 0).drawn > 2);
}

static void wall__sees_a_bad_edge(void **state)
{
    (void)state;
    assert_float_equal(measure(0, 0, 0).unlike, 0, 1);
    assert_float_equal(measure(0, 0, 30).unlike, 30, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall__sees_what_is_drawn_beside_the_person),
        cmocka_unit_test(wall__sees_a_bad_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
