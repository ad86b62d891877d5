/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dsp/sample.h"

#define PI 3.14159265f

/* R grows with x, G with y. */
static struct avt_image *make_ramp(int width, int height)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(width, height, &image, NULL), AVT_OK);
    for (int y = 0; y < height; y++) {
        uint8_t *p = avt_image_row(image, y);
        for (int x = 0; x < width; x++, p += 4) {
            p[0] = (uint8_t)(2 * x);
            p[1] = (uint8_t)(2 * y);
            p[2] = 9;
            p[3] = 255;
        }
    }
    return image;
}

static void points_of_a_square(void **state)
{
    (void)state;
    static const struct {
        struct avt_square square;
        float u, v, x, y;
    } rows[] = {
        {{10, 20, 8, 0}, .5f, .5f, 10, 20},
        {{10, 20, 8, 0}, 0, 0, 6, 16},
        {{10, 20, 8, 0}, 1, .5f, 14, 20},
        {{10, 20, 8, PI / 2}, 1, .5f, 10, 24}, /* clockwise: right becomes down */
        {{10, 20, 8, PI / 2}, .5f, 1, 6, 20},
        {{10, 20, 8, PI}, 0, 0, 14, 24},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float x, y;
        avt_square_point(&rows[i].square, rows[i].u, rows[i].v, &x, &y);
        assert_float_equal(x, rows[i].x, 1e-4);
        assert_float_equal(y, rows[i].y, 1e-4);
    }
}

static void samples_agree_with_points(void **state)
{
    (void)state;
    enum { SIZE = 16 };
    static const struct avt_square squares[] = {
        {50, 50, 16, 0}, {50, 50, 40, .4f}, {60, 55, 12, -2.1f}, {50, 50, 64, 1.6f}, {48, 52, 5, 3}};
    struct avt_image *image = make_ramp(100, 100);
    float planes[3 * SIZE * SIZE];
    for (size_t i = 0; i < sizeof squares / sizeof squares[0]; i++) {
        avt_sample_square(image, &squares[i], SIZE, .5f, 3, planes);
        for (int row = 0; row < SIZE; row++) {
            for (int column = 0; column < SIZE; column++) {
                float x, y;
                avt_square_point(&squares[i], ((float)column + .5f) / SIZE, ((float)row + .5f) / SIZE, &x,
                                 &y);
                int k = row * SIZE + column;
                assert_float_equal(planes[k], (2 * x - 1) * .5f + 3, 1e-3);
                assert_float_equal(planes[SIZE * SIZE + k], (2 * y - 1) * .5f + 3, 1e-3);
                assert_float_equal(planes[2 * SIZE * SIZE + k], 9 * .5f + 3, 1e-3);
            }
        }
    }
    avt_image_free(image);
}

static void border_repeats(void **state)
{
    (void)state;
    enum { SIZE = 4 };
    struct avt_image *image = make_ramp(20, 20);
    float planes[3 * SIZE * SIZE];
    const struct avt_square far_right = {1000, 10, 8, 0};
    avt_sample_square(image, &far_right, SIZE, 1, 0, planes);
    for (int k = 0; k < SIZE * SIZE; k++)
        assert_float_equal(planes[k], 38, 1e-4);
    const struct avt_square nowhere = {NAN, NAN, 8, NAN};
    avt_sample_square(image, &nowhere, SIZE, 1, 0, planes);
    assert_float_equal(planes[0], 0, 1e-4);
    avt_image_free(image);
}

static void shrinking_does_not_alias(void **state)
{
    (void)state;
    enum { SIZE = 8 };
    struct avt_image *image = make_ramp(64, 64);
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++)
            avt_image_row(image, y)[4 * x] = x % 2 ? 255 : 0;
    }
    float planes[3 * SIZE * SIZE];
    const struct avt_square whole = {32, 32, 64, 0};
    avt_sample_square(image, &whole, SIZE, 1, 0, planes);
    for (int k = 0; k < SIZE * SIZE; k++)
        assert_float_equal(planes[k], 127.5f, 1);
    avt_image_free(image);
}

static void transparency_is_grey(void **state)
{
    (void)state;
    static const struct {
        uint8_t pixel[4];
        float want;
    } rows[] = {{{200, 0, 0, 255}, 200}, {{200, 0, 0, 0}, 128}, {{255, 0, 0, 51}, 153.4f}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_float_equal(avt_pixel_over_grey(rows[i].pixel, 0), rows[i].want, .01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_a_square),       cmocka_unit_test(samples_agree_with_points),
        cmocka_unit_test(border_repeats),           cmocka_unit_test(shrinking_does_not_alias),
        cmocka_unit_test(transparency_is_grey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
