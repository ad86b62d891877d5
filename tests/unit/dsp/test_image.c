/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/backdrop.h"
#include "dsp/image.h"

static struct avt_image *make(int width, int height)
{
    struct avt_image *image = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_image_new(width, height, &image, &error), AVT_OK);
    return image;
}

static void put(struct avt_image *image, int x, int y, int r, int g, int b, int a)
{
    uint8_t *p = avt_image_row(image, y) + 4 * (size_t)x;
    p[0] = (uint8_t)r;
    p[1] = (uint8_t)g;
    p[2] = (uint8_t)b;
    p[3] = (uint8_t)a;
}

static const uint8_t *at(const struct avt_image *image, int x, int y)
{
    return avt_image_row(image, y) + 4 * (size_t)x;
}

static struct avt_image *make_ramp(int width, int height)
{
    struct avt_image *image = make(width, height);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++)
            put(image, x, y, 10 + 4 * x, 10 + 4 * y, 77, 255);
    }
    return image;
}

static void new_checks_its_size(void **state)
{
    (void)state;
    static const struct {
        int width, height;
        enum avt_code code;
    } rows[] = {
        {1, 1, AVT_OK},
        {16384, 1, AVT_OK},
        {1, 16384, AVT_OK},
        {0, 5, AVT_EINVAL},
        {5, -1, AVT_EINVAL},
        {16385, 1, AVT_ELIMIT},
        {1, 16385, AVT_ELIMIT},
        {16384, 6104, AVT_ELIMIT}, /* 100,007,936 pixels */
        {30000, 30000, AVT_ELIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_image *image = NULL;
        struct avt_error error = {0};
        assert_int_equal(avt_image_new(rows[i].width, rows[i].height, &image, &error), rows[i].code);
        assert_int_equal(image != NULL, rows[i].code == AVT_OK);
        assert_int_equal(error.message[0] != '\0', rows[i].code != AVT_OK);
        if (image) {
            assert_int_equal(image->stride % 64, 0);
            assert_int_equal((uintptr_t)image->pixels % 64, 0);
            assert_int_equal(at(image, rows[i].width - 1, rows[i].height - 1)[3], 0);
        }
        avt_image_free(image);
    }
    avt_image_free(NULL);
}

static void copy_is_its_own(void **state)
{
    (void)state;
    struct avt_image *image = make_ramp(5, 3);
    struct avt_image *copy = NULL;
    assert_int_equal(avt_image_copy(image, &copy, NULL), AVT_OK);
    put(image, 4, 2, 1, 2, 3, 4);
    const uint8_t want[4] = {26, 18, 77, 255};
    assert_memory_equal(at(copy, 4, 2), want, 4);
    avt_image_free(copy);
    avt_image_free(image);
}

static void resize_to_same_size_changes_nothing(void **state)
{
    (void)state;
    struct avt_image *image = make_ramp(40, 30);
    struct avt_image *out = make(40, 30);
    avt_image_resize(image, 0, 0, 40, 30, out);
    for (int y = 0; y < 30; y++)
        assert_memory_equal(avt_image_row(out, y), avt_image_row(image, y), 160);
    avt_image_free(out);
    avt_image_free(image);
}

static void shrinking_averages(void **state)
{
    (void)state;
    struct avt_image *image = make(6, 4);
    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 6; x++)
            put(image, x, y, x < 3 ? 0 : 90, y < 2 ? 200 : 100, (x + y) % 2 ? 255 : 0, 255);
    }
    struct avt_image *out = make(2, 2);
    avt_image_resize(image, 0, 0, 6, 4, out);
    const uint8_t upper_left[4] = {0, 200, 128, 255};
    const uint8_t lower_right[4] = {90, 100, 128, 255};
    assert_memory_equal(at(out, 0, 0), upper_left, 4);
    assert_memory_equal(at(out, 1, 1), lower_right, 4);

    /* A fractional rectangle: 1.5 of its 3 columns are dark. */
    struct avt_image *one = make(1, 1);
    avt_image_resize(image, 1.5, 0.5, 3, 3, one);
    assert_int_equal(at(one, 0, 0)[0], 45);
    assert_int_equal(at(one, 0, 0)[1], 150);
    avt_image_free(one);
    avt_image_free(out);
    avt_image_free(image);
}

static void enlarging_keeps_ramps_straight(void **state)
{
    (void)state;
    struct avt_image *image = make_ramp(12, 12);
    struct avt_image *out = make(48, 48);
    avt_image_resize(image, 0, 0, 12, 12, out);
    /* Away from the border output x is source (x + .5) / 4, so the value is 10 + 4 * ((x + .5) / 4 - .5). */
    for (int x = 8; x < 40; x++) {
        assert_in_range(at(out, x, 20)[0], 8 + x, 9 + x);
        assert_in_range(at(out, 20, x)[1], 8 + x, 9 + x);
    }
    avt_image_free(out);
    avt_image_free(image);
}

static void extreme_sizes_work(void **state)
{
    (void)state;
    static const int sizes[][4] = {{1, 1, 128, 128}, {1, 1, 1, 1}, {16384, 1, 128, 1},
                                   {1, 5000, 1, 3},  {3, 2, 1, 700}, {2000, 3, 7, 64}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct avt_image *image = make(sizes[i][0], sizes[i][1]);
        for (int y = 0; y < image->height; y++) {
            for (int x = 0; x < image->width; x++)
                put(image, x, y, 200, 100, 50, 255);
        }
        struct avt_image *out = make(sizes[i][2], sizes[i][3]);
        avt_image_resize(image, 0, 0, image->width, image->height, out);
        const uint8_t want[4] = {200, 100, 50, 255};
        assert_memory_equal(at(out, 0, 0), want, 4);
        assert_memory_equal(at(out, out->width - 1, out->height - 1), want, 4);
        avt_image_free(out);
        avt_image_free(image);
    }
}

static void hidden_colour_does_not_bleed(void **state)
{
    (void)state;
    struct avt_image *image = make(2, 1);
    put(image, 0, 0, 255, 0, 0, 0); /* red that nobody sees */
    put(image, 1, 0, 0, 0, 240, 255);
    struct avt_image *out = make(1, 1);
    avt_image_resize(image, 0, 0, 2, 1, out);
    const uint8_t want[4] = {0, 0, 240, 128};
    assert_memory_equal(at(out, 0, 0), want, 4);
    avt_image_free(out);
    avt_image_free(image);
}

static void backdrop__is_the_picture_dark_and_soft(void **state)
{
    (void)state;
    static const int sizes[][2] = {{160, 90}, {90, 160}, {64, 2}, {1, 1}, {200, 200}};
    AVT_CLEANUP(avt_image_freep) struct avt_image *picture = NULL;
    assert_int_equal(avt_image_new(120, 120, &picture, NULL), AVT_OK);
    /* Light above, dark below, in stripes that a blur takes away. */
    for (int y = 0; y < 120; y++)
        for (int x = 0; x < 480; x++)
            avt_image_row(picture, y)[x] = (uint8_t)((y < 60 ? 200 : 60) + (x / 4 % 2 ? 40 : -40));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *out = NULL;
        int wide = sizes[i][0], high = sizes[i][1];
        assert_int_equal(avt_image_new(wide, high, &out, NULL), AVT_OK);
        assert_int_equal(avt_backdrop_draw(picture, out, NULL), AVT_OK);
        for (int y = 0; y < high; y++) {
            const uint8_t *row = avt_image_row(out, y);
            for (int x = 0; x < 4 * wide; x++)
                assert_true(x % 4 == 3 ? row[x] == 255 : row[x] >= 20 && row[x] <= 125);
            for (int x = 4; x < 4 * wide; x++)
                assert_true(abs(row[x] - row[x - 4]) < 8);
        }
        if (high >= 90)
            assert_true(avt_image_row(out, 2)[0] > avt_image_row(out, high - 3)[0] + 30);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backdrop__is_the_picture_dark_and_soft),
        cmocka_unit_test(new_checks_its_size),
        cmocka_unit_test(copy_is_its_own),
        cmocka_unit_test(resize_to_same_size_changes_nothing),
        cmocka_unit_test(shrinking_averages),
        cmocka_unit_test(enlarging_keeps_ramps_straight),
        cmocka_unit_test(extreme_sizes_work),
        cmocka_unit_test(hidden_colour_does_not_bleed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
