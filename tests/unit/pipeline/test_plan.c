/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <math.h>

#include "base/mem.h"
#include "pipeline/align.h"
#include "pipeline/estimate.h"
#include "pipeline/plan.h"

static void size__is_source_or_even_sides(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        enum avt_code code;
        int width, height;
    } rows[] = {
        {"source", AVT_OK, 0, 0},       {"1280x720", AVT_OK, 1280, 720},
        {"720X1280", AVT_OK, 720, 1280}, {"1280", AVT_EINVAL, 0, 0},
        {"1281x720", AVT_EINVAL, 0, 0}, {"0x0", AVT_EINVAL, 0, 0},
        {"1280x720x3", AVT_EINVAL, 0, 0}, {"-2x-2", AVT_EINVAL, 0, 0},
        {"99999x720", AVT_EINVAL, 0, 0}, {"", AVT_EINVAL, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int width = -1, height = -1;
        struct avt_error error = {0};
        assert_int_equal(avt_size_parse(rows[i].spec, &width, &height, &error), rows[i].code);
        if (rows[i].code == AVT_OK) {
            assert_int_equal(width, rows[i].width);
            assert_int_equal(height, rows[i].height);
        }
    }
}

static void layout__fits_and_keeps_the_face(void **state)
{
    (void)state;
    struct avt_face face = {.box = {700, 100, 200, 200}};
    struct avt_frame_layout layout;
    avt_frame_layout_make(2000, 1001, &face, 0, 0, 1280, &layout);
    assert_int_equal(layout.out_width, 1280);
    assert_int_equal(layout.out_height, 640);
    assert_true(layout.width == 2000 && layout.height == 1001);
    avt_frame_layout_make(301, 203, &face, 0, 0, 1280, &layout);
    assert_int_equal(layout.out_width % 2, 0);
    assert_int_equal(layout.out_height % 2, 0);

    static const int wants[][2] = {{1280, 720}, {720, 1280}, {512, 512}, {3840, 64}};
    for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++) {
        avt_frame_layout_make(2000, 1000, &face, wants[i][0], wants[i][1], 1280, &layout);
        assert_int_equal(layout.out_width, wants[i][0]);
        assert_true(layout.x >= 0 && layout.x + layout.width <= 2000 + 1e-6);
        assert_true(layout.y >= 0 && layout.y + layout.height <= 1000 + 1e-6);
        /* No bars, no stretching. */
        assert_true(fabs(layout.width / layout.height - (double)wants[i][0] / wants[i][1]) < 1e-6);
    }
    avt_frame_layout_make(2000, 1000, &face, 720, 1280, 1280, &layout);
    assert_true(layout.x <= 700 && layout.x + layout.width >= 900);
}

static void layout__moves_the_landmarks_with_the_picture(void **state)
{
    (void)state;
    struct avt_image *picture = NULL, *out = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_image_new(400, 200, &picture, &error), AVT_OK);
    struct avt_face face = {.box = {150, 50, 40, 40}, .eye_distance = 20}, moved;
    face.mesh[7] = (struct avt_point3){200, 100, -10};
    struct avt_frame_layout layout = {.x = 100, .y = 0, .width = 200, .height = 200,
                                      .out_width = 100, .out_height = 100};
    assert_int_equal(avt_frame_layout_apply(&layout, picture, &face, &out, &moved, &error), AVT_OK);
    assert_int_equal(out->width, 100);
    assert_float_equal(moved.mesh[7].x, 50, 1e-4);
    assert_float_equal(moved.mesh[7].y, 50, 1e-4);
    assert_float_equal(moved.mesh[7].z, -5, 1e-4);
    assert_float_equal(moved.eye_distance, 10, 1e-4);
    assert_float_equal(moved.box.x, 25, 1e-4);
    avt_image_free(picture);
    avt_image_free(out);
}

static void warp__finds_a_stretched_copy(void **state)
{
    (void)state;
    enum { A = 300, B = 450 };
    float a[A], b[B];
    size_t match[A];
    for (int i = 0; i < B; i++)
        b[i] = (float)(sin(i * 0.07) + 0.5 * sin(i * 0.023));
    /* a is b at another pace: slow first, fast later. */
    for (int i = 0; i < A; i++) {
        double x = (double)i / (A - 1);
        a[i] = b[(int)((0.6 * x + 0.4 * x * x) * (B - 1))];
    }
    struct avt_error error = {0};
    assert_int_equal(avt_align_warp(a, A, b, B, 1, match, &error), AVT_OK);
    double off = 0;
    for (int i = 0; i < A; i++) {
        double x = (double)i / (A - 1);
        off += fabs((double)match[i] - (0.6 * x + 0.4 * x * x) * (B - 1)) / A;
        assert_true(i == 0 || match[i] >= match[i - 1]);
    }
    assert_true(off < 4);
    assert_int_equal(avt_align_warp(a, 0, b, B, 1, match, &error), AVT_OK);
}

static void estimate__scales_with_work(void **state)
{
    (void)state;
    struct avt_rates rates;
    avt_rates_load("/no/such/folder", &rates);
    assert_int_equal(rates.runs, 0);
    assert_true(avt_rates_duration(&rates, 300, 1) > avt_rates_duration(&rates, 100, 1));
    assert_true(avt_rates_duration(&rates, 300, 2) < avt_rates_duration(&rates, 300, 1));
    struct avt_plan plan = {.quality = AVT_QUALITY_MEDIUM, .fps_num = 25, .fps_den = 1};
    struct avt_pipeline_estimate small, large;
    avt_rates_estimate(&rates, &plan, 10, 640, 360, &small);
    avt_rates_estimate(&rates, &plan, 10, 1280, 720, &large);
    assert_int_equal(small.frames, 250);
    assert_true(large.total_s > small.total_s);
    assert_true(large.stage_s[AVT_STAGE_ENCODE] > 3.9 * small.stage_s[AVT_STAGE_ENCODE]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size__is_source_or_even_sides),
        cmocka_unit_test(layout__fits_and_keeps_the_face),
        cmocka_unit_test(layout__moves_the_landmarks_with_the_picture),
        cmocka_unit_test(warp__finds_a_stretched_copy),
        cmocka_unit_test(estimate__scales_with_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
