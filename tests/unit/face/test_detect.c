/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "face/detect.h"

static void assert_near(float got, double want, double tolerance)
{
    assert_float_equal(got, (float)want, (float)tolerance);
}

static float boxes[AVT_ANCHORS_MAX * 16];
static float scores[AVT_ANCHORS_MAX];

static void anchors_lie_in_cell_centres(void **state)
{
    (void)state;
    static const struct {
        enum avt_detector detector;
        int index;
        float x, y;
    } rows[] = {
        {AVT_DETECTOR_SHORT, 0, .5f / 16, .5f / 16},
        {AVT_DETECTOR_SHORT, 1, .5f / 16, .5f / 16},
        {AVT_DETECTOR_SHORT, 2, 1.5f / 16, .5f / 16},
        {AVT_DETECTOR_SHORT, 32, .5f / 16, 1.5f / 16},
        {AVT_DETECTOR_SHORT, 511, 15.5f / 16, 15.5f / 16},
        {AVT_DETECTOR_SHORT, 512, .5f / 8, .5f / 8},
        {AVT_DETECTOR_SHORT, 517, .5f / 8, .5f / 8},
        {AVT_DETECTOR_SHORT, 518, 1.5f / 8, .5f / 8},
        {AVT_DETECTOR_SHORT, 895, 7.5f / 8, 7.5f / 8},
        {AVT_DETECTOR_FULL, 0, .5f / 48, .5f / 48},
        {AVT_DETECTOR_FULL, 49, 1.5f / 48, 1.5f / 48},
        {AVT_DETECTOR_FULL, 2303, 47.5f / 48, 47.5f / 48},
    };
    struct avt_point anchors[AVT_ANCHORS_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        avt_detector_anchors(rows[i].detector, anchors);
        assert_near(anchors[rows[i].index].x, rows[i].x, 1e-6);
        assert_near(anchors[rows[i].index].y, rows[i].y, 1e-6);
    }
}

static void set(int index, float score, float x, float y, float w, float h)
{
    scores[index] = score;
    float *box = boxes + (size_t)index * 16;
    box[0] = x;
    box[1] = y;
    box[2] = w;
    box[3] = h;
    for (int k = 0; k < AVT_KEYPOINTS; k++) {
        box[4 + 2 * k] = (float)k;
        box[5 + 2 * k] = (float)-k;
    }
}

static void clear(void)
{
    memset(boxes, 0, sizeof boxes);
    for (size_t i = 0; i < AVT_ANCHORS_MAX; i++)
        scores[i] = -50;
}

static void decodes_boxes_and_drops_bad_ones(void **state)
{
    (void)state;
    clear();
    set(512, 2, 12.8f, -6.4f, 64, 32); /* anchor at 1/16, 1/16 */
    set(0, 4, 0, 0, 12.8f, 12.8f);
    set(100, -.01f, 0, 0, 50, 50);    /* below one half */
    set(101, 9, NAN, 0, 50, 50);
    set(102, INFINITY, 0, 0, 50, -5); /* no height */
    set(103, NAN, 0, 0, 50, 50);
    struct avt_detection found[AVT_DETECTIONS_MAX];
    assert_int_equal(avt_detector_decode(AVT_DETECTOR_SHORT, boxes, scores, found), 2);
    assert_near(found[0].score, 1 / (1 + exp(-4)), 1e-6);
    assert_near(found[0].box.x, .5 / 16 - .05, 1e-6);
    assert_near(found[1].score, 1 / (1 + exp(-2)), 1e-6);
    assert_near(found[1].box.x, .1 + 1. / 16 - .25, 1e-6);
    assert_near(found[1].box.y, -.05 + 1. / 16 - .125, 1e-6);
    assert_near(found[1].box.width, .5, 1e-6);
    assert_near(found[1].box.height, .25, 1e-6);
    assert_near(found[1].keypoints[2].x, 2. / 128 + 1. / 16, 1e-6);
    assert_near(found[1].keypoints[2].y, -2. / 128 + 1. / 16, 1e-6);
}

static void keeps_the_best_of_too_many(void **state)
{
    (void)state;
    clear();
    for (int i = 0; i < 200; i++)
        set(i, .01f * (float)((i * 37) % 200), 0, 0, 20, 20);
    struct avt_detection found[AVT_DETECTIONS_MAX];
    assert_int_equal(avt_detector_decode(AVT_DETECTOR_SHORT, boxes, scores, found),
                     AVT_DETECTIONS_MAX);
    for (int i = 0; i < AVT_DETECTIONS_MAX; i++)
        assert_near(found[i].score, 1 / (1 + exp(-.01 * (199 - i))), 1e-5);
}

static void overlap_of_rectangles(void **state)
{
    (void)state;
    static const struct {
        struct avt_rect a, b;
        float want;
    } rows[] = {
        {{0, 0, 10, 10}, {0, 0, 10, 10}, 1},      {{0, 0, 10, 10}, {5, 0, 10, 10}, 1.f / 3},
        {{0, 0, 10, 10}, {10, 0, 10, 10}, 0},     {{0, 0, 10, 10}, {2, 2, 5, 5}, .25f},
        {{0, 0, 10, 10}, {50, 50, 10, 10}, 0},    {{0, 0, 0, 0}, {0, 0, 0, 0}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_near(avt_rect_overlap(&rows[i].a, &rows[i].b), rows[i].want, 1e-6);
}

static void overlapping_boxes_become_their_weighted_mean(void **state)
{
    (void)state;
    struct avt_detection list[] = {
        {.score = .9f, .box = {0, 0, 10, 10}, .keypoints = {{1, 1}}},
        {.score = .8f, .box = {100, 0, 10, 10}, .keypoints = {{7, 7}}},
        {.score = .6f, .box = {2, 0, 10, 10}, .keypoints = {{4, 1}}}, /* over the first by 2/3 */
        {.score = .5f, .box = {6, 0, 10, 10}},                        /* by 1/4: another face */
    };
    struct avt_detection room[AVT_DETECTIONS_MAX];
    memcpy(room, list, sizeof list);
    assert_int_equal(avt_detections_merge(room, 4), 3);
    assert_near(room[0].score, .9f, 1e-6);
    assert_near(room[0].box.x, 2 * .6 / 1.5, 1e-5);
    assert_near(room[0].box.width, 10, 1e-5);
    assert_near(room[0].keypoints[0].x, (.9 + 4 * .6) / 1.5, 1e-5);
    assert_near(room[1].box.x, 100, 1e-4);
    assert_near(room[1].score, .8f, 1e-6);
    assert_near(room[2].box.x, 6, 1e-5);
    assert_int_equal(avt_detections_merge(room, 0), 0);
}

static void letterbox_is_undone(void **state)
{
    (void)state;
    /* A 200 x 100 picture in the middle of the square: its rows take .25 to .75. */
    static const struct {
        int turns;
        struct avt_point seen, want;
    } rows[] = {
        {0, {.5f, .5f}, {100, 50}},   {0, {0, .25f}, {0, 0}},      {0, {.75f, .75f}, {150, 100}},
        {1, {.75f, 0}, {0, 0}},       {1, {.25f, .75f}, {150, 100}}, {2, {1, .75f}, {0, 0}},
        {2, {.25f, .25f}, {150, 100}}, {3, {.25f, 1}, {0, 0}},      {3, {.75f, .25f}, {150, 100}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct avt_letterbox box = {{0, 0, 200, 100}, 0, .25f, 1, .5f, rows[i].turns};
        struct avt_detection d = {.box = {rows[i].seen.x, rows[i].seen.y, .1f, .05f},
                                  .keypoints = {rows[i].seen}};
        avt_letterbox_restore(&box, &d);
        assert_near(d.keypoints[0].x, rows[i].want.x, 1e-3);
        assert_near(d.keypoints[0].y, rows[i].want.y, 1e-3);
        bool lying = rows[i].turns % 2 == 1;
        assert_near(d.box.width, lying ? 10 : 20, 1e-3);
        assert_near(d.box.height, lying ? 20 : 10, 1e-3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anchors_lie_in_cell_centres),
        cmocka_unit_test(decodes_boxes_and_drops_bad_ones),
        cmocka_unit_test(keeps_the_best_of_too_many),
        cmocka_unit_test(overlap_of_rectangles),
        cmocka_unit_test(overlapping_boxes_become_their_weighted_mean),
        cmocka_unit_test(letterbox_is_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
