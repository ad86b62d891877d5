/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dsp/draw.h"

enum { SIDE = 40 };
static const struct avt_colour white = {255, 255, 255, 255};

static struct avt_image *make(void)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(SIDE, SIDE, &image, NULL), AVT_OK);
    return image;
}

static int red(const struct avt_image *image, int x, int y)
{
    return avt_image_row(image, y)[4 * x];
}

static long sum(const struct avt_image *image)
{
    long total = 0;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++)
            total += red(image, x, y);
    }
    return total;
}

static void line_covers_its_area(void **state)
{
    (void)state;
    static const float ends[][4] = {{10, 20, 30, 20}, {20, 10, 20, 30}, {12, 12, 26, 28}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct avt_image *image = make();
        const float *e = ends[i];
        avt_draw_line(image, e[0], e[1], e[2], e[3], 4, white);
        float length = hypotf(e[2] - e[0], e[3] - e[1]);
        assert_float_equal((float)sum(image) / 255, length * 4 + 3.14159f * 4, 4);
        assert_int_equal(red(image, (int)(e[0] + e[2]) / 2, (int)(e[1] + e[3]) / 2), 255);
        assert_int_equal(red(image, 2, 2), 0);
        avt_image_free(image);
    }
}

static void nothing_outside_is_touched(void **state)
{
    (void)state;
    struct avt_image *image = make();
    avt_draw_line(image, -5000, 5, 5000, 5, 2, white); /* right across */
    assert_int_equal(red(image, 0, 5), 255);
    assert_int_equal(red(image, SIDE - 1, 4), 255);
    long before = sum(image);
    avt_draw_line(image, NAN, 0, 1, 1, 3, white);
    avt_draw_line(image, 1e30f, 0, 1e31f, 1, 3, white);
    avt_draw_line(image, 0, INFINITY, 1, 1, 3, white);
    avt_draw_line(image, 500, 500, 600, 700, 9, white);
    avt_draw_box(image, -50, -50, 20, 20, white);
    avt_draw_box(image, 2000000000, 0, 2000000000, 5, white);
    avt_draw_text(image, 30, -100, 3, "out", white);
    assert_int_equal(sum(image), before);
    avt_image_free(image);
}

static void box_blends(void **state)
{
    (void)state;
    struct avt_image *image = make();
    avt_draw_box(image, 5, 6, 3, 2, (struct avt_colour){200, 0, 0, 255});
    avt_draw_box(image, 5, 6, 1, 1, (struct avt_colour){0, 0, 0, 128});
    assert_int_equal(red(image, 5, 6), 100);
    assert_int_equal(red(image, 7, 7), 200);
    assert_int_equal(red(image, 8, 7), 0);
    assert_int_equal(red(image, 7, 8), 0);
    avt_image_free(image);
}

static void letters_differ_and_keep_their_cell(void **state)
{
    (void)state;
    /* The number of cells that each takes tells them apart well enough here. */
    static const struct {
        const char *text;
        int cells;
    } rows[] = {{" ", 0}, {".", 1}, {"-", 3}, {"I", 11}, {"i", 11}, {"8", 17}, {"\x80", 20}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_image *image = make();
        avt_draw_text(image, 2, 2, 2, rows[i].text, white);
        assert_int_equal(sum(image), 255L * 4 * rows[i].cells);
        assert_int_equal(red(image, 2 + 2 * 5, 2 + 2 * 3), 0); /* the gap stays free */
        avt_image_free(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_covers_its_area),
        cmocka_unit_test(nothing_outside_is_touched),
        cmocka_unit_test(box_blends),
        cmocka_unit_test(letters_differ_and_keep_their_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
