/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "dsp/watermark.h"

static struct avt_image *filled(int width, int height, uint8_t r, uint8_t g, uint8_t b, uint8_t a)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(width, height, &image, NULL), AVT_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(avt_image_row(image, y) + 4 * x, (uint8_t[]){r, g, b, a}, 4);
    return image;
}

/* Where frames of one grey are changed; all of it to `colour`. */
static void box_of(const struct avt_image *frame, const uint8_t colour[3], int ret_box[4])
{
    int left = frame->width, top = frame->height, right = -1, bottom = -1;
    for (int y = 0; y < frame->height; y++) {
        for (int x = 0; x < frame->width; x++) {
            const uint8_t *p = avt_image_row(frame, y) + 4 * x;
            assert_int_equal(p[3], 255);
            if (p[0] == 100 && p[1] == 100 && p[2] == 100)
                continue;
            for (int c = 0; c < 3; c++)
                assert_in_range(p[c] + 1, colour[c], colour[c] + 2);
            left = x < left ? x : left;
            right = x > right ? x : right;
            top = y < top ? y : top;
            bottom = y > bottom ? y : bottom;
        }
    }
    ret_box[0] = left;
    ret_box[1] = top;
    ret_box[2] = right + 1 - left;
    ret_box[3] = bottom + 1 - top;
}

static void watermark__has_its_place(void **state)
{
    (void)state;
    static const struct {
        int width, height, frame_width, frame_height; /* of the picture and the frame */
        int x, y, wide, high;
    } rows[] = {
        {600, 300, 1000, 500, 820, 395, 150, 75},   /* as wide as it may be */
        {100, 50, 1000, 500, 870, 420, 100, 50},    /* not enlarged */
        {300, 900, 1000, 500, 929, 345, 41, 125},   /* upright: a quarter of the height */
        {1000, 1000, 400, 800, 328, 728, 60, 60},   /* upright film */
        {5000, 1, 100, 100, 82, 96, 15, 1},         /* nothing vanishes */
        {1, 1, 16, 16, 15, 15, 1, 1},
    };
    static const uint8_t red[3] = {200, 0, 0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_image_freep)
        struct avt_image *picture = filled(rows[i].width, rows[i].height, 200, 0, 0, 255);
        AVT_CLEANUP(avt_image_freep)
        struct avt_image *frame = filled(rows[i].frame_width, rows[i].frame_height, 100, 100, 100, 255);
        AVT_CLEANUP(avt_watermark_freep) struct avt_watermark *mark = NULL;
        assert_int_equal(avt_watermark_new(picture, frame->width, frame->height, &mark, NULL), AVT_OK);
        avt_watermark_draw(mark, frame);
        int box[4];
        box_of(frame, red, box);
        if (box[0] != rows[i].x || box[1] != rows[i].y || box[2] != rows[i].wide || box[3] != rows[i].high)
            fail_msg("row %zu: %d x %d at %d, %d", i, box[2], box[3], box[0], box[1]);
    }
}

static void watermark__keeps_its_alpha(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *picture = filled(400, 400, 200, 0, 0, 128);
    AVT_CLEANUP(avt_image_freep) struct avt_image *frame = filled(400, 400, 100, 100, 100, 255);
    AVT_CLEANUP(avt_watermark_freep) struct avt_watermark *mark = NULL;
    /* The left half is not there, and of a colour that must not show at its border. */
    for (int y = 0; y < 400; y++)
        for (int x = 0; x < 201; x++)
            memcpy(avt_image_row(picture, y) + 4 * x, (uint8_t[]){0, 255, 0, 0}, 4);
    assert_int_equal(avt_watermark_new(picture, 400, 400, &mark, NULL), AVT_OK);
    avt_watermark_draw(mark, frame);
    const uint8_t *row = avt_image_row(frame, 360);
    const uint8_t *shown = row + 4 * (400 - 12 - 10), *hidden = row + 4 * (400 - 12 - 55);
    assert_in_range(shown[0], 149, 151);
    assert_in_range(shown[1], 49, 51);
    assert_int_equal(hidden[0], 100);
    for (int x = 300; x < 400; x++)
        assert_true(row[4 * x + 1] <= 100);
}

static void watermark__is_seen_on_a_transparent_film(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *picture = filled(400, 400, 200, 100, 0, 128);
    AVT_CLEANUP(avt_image_freep) struct avt_image *frame = filled(400, 400, 9, 9, 9, 0);
    AVT_CLEANUP(avt_watermark_freep) struct avt_watermark *mark = NULL;
    assert_int_equal(avt_watermark_new(picture, 400, 400, &mark, NULL), AVT_OK);
    avt_watermark_draw(mark, frame);
    const uint8_t *p = avt_image_row(frame, 360) + 4 * (400 - 12 - 10);
    assert_in_range(p[0], 198, 202);
    assert_in_range(p[1], 98, 102);
    assert_int_equal(p[3], 128);
    assert_int_equal(avt_image_row(frame, 100)[3], 0);
}

static void watermark__that_is_not_seen_is_refused(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *picture = filled(40, 40, 255, 255, 255, 0);
    struct avt_watermark *mark = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_watermark_new(picture, 400, 400, &mark, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "transparent"));
    assert_null(mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watermark__has_its_place),
        cmocka_unit_test(watermark__keeps_its_alpha),
        cmocka_unit_test(watermark__is_seen_on_a_transparent_film),
        cmocka_unit_test(watermark__that_is_not_seen_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
