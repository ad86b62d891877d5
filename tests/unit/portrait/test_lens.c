/* SPDX-License-Identifier: Apache-2.0 */
/* A lens spreads what it sees evenly, loses no light, and colours what is not there with nothing. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "portrait/lens.h"

enum { WIDTH = 37, HEIGHT = 35 }; /* no multiple of what is done at once */

struct scene {
    struct avt_crew *crew;
    struct avt_image *sharp, *image;
};

static int begin(void **state)
{
    static struct scene scene;
    scene = (struct scene){.crew = avt_crew_new()};
    assert_int_equal(avt_image_new(WIDTH, HEIGHT, &scene.sharp, NULL), AVT_OK);
    assert_int_equal(avt_image_new(WIDTH, HEIGHT, &scene.image, NULL), AVT_OK);
    *state = &scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;
    avt_image_free(scene->sharp);
    avt_image_free(scene->image);
    avt_crew_free(scene->crew);
    return 0;
}

static void fill(struct avt_image *image, const uint8_t colour[4])
{
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            memcpy(avt_image_row(image, y) + 4 * (size_t)x, colour, 4);
}

static void lens__leaves_a_plain_picture_alone(void **state)
{
    const struct scene *scene = *state;
    const uint8_t colour[4] = {201, 77, 3, 255};
    for (int cut_out = 0; cut_out < 2; cut_out++) {
        fill(scene->sharp, colour);
        avt_lens(scene->sharp, cut_out, scene->crew, scene->image);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++)
                assert_memory_equal(avt_image_row(scene->image, y) + 4 * (size_t)x, colour, 4);
    }
}

static void lens__spreads_a_point_and_loses_nothing(void **state)
{
    const struct scene *scene = *state;
    const struct {
        int x, y;
    } points[] = {{18, 17}, {1, 1}, {WIDTH - 2, HEIGHT - 2}, {15, 16}};
    const uint8_t black[4] = {0, 0, 0, 255};
    for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
        int at_x = points[i].x, at_y = points[i].y, sum = 0, off = 0;
        fill(scene->sharp, black);
        memset(avt_image_row(scene->sharp, at_y) + 4 * (size_t)at_x, 255, 3);
        avt_lens(scene->sharp, false, scene->crew, scene->image);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                int seen = avt_image_row(scene->image, y)[4 * x + 1];
                sum += seen;
                off += seen * ((x - at_x) * (x - at_x) + (y - at_y) * (y - at_y));
                assert_true(seen == 0 || (abs(x - at_x) <= 1 && abs(y - at_y) <= 1));
                assert_int_equal(avt_image_row(scene->image, y)[4 * x + 3], 255);
            }
        assert_in_range(sum, 255 - 5, 255 + 5);
        /* Its variance: .6 pixels each way, squared. */
        assert_true(abs(100 * off / sum - 2 * 37) < 8);
    }
}

static void lens__softens_a_cut_out_without_a_dark_rim(void **state)
{
    const struct scene *scene = *state;
    const uint8_t nothing[4] = {0}, orange[4] = {240, 130, 20, 255};
    fill(scene->sharp, nothing);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH / 2; x++)
            memcpy(avt_image_row(scene->sharp, y) + 4 * (size_t)x, orange, 4);
    avt_lens(scene->sharp, true, scene->crew, scene->image);
    for (int y = 0; y < HEIGHT; y++) {
        const uint8_t *row = avt_image_row(scene->image, y);
        for (int x = 0; x < WIDTH; x++)
            assert_memory_equal(row + 4 * x, row[4 * x + 3] ? orange : nothing, 3);
        int inside = row[4 * (WIDTH / 2 - 1) + 3], outside = row[4 * (WIDTH / 2) + 3];
        assert_in_range(inside, 200, 215);
        assert_in_range(outside, 40, 55);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lens__leaves_a_plain_picture_alone, begin, end),
        cmocka_unit_test_setup_teardown(lens__spreads_a_point_and_loses_nothing, begin, end),
        cmocka_unit_test_setup_teardown(lens__softens_a_cut_out_without_a_dark_rim, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
