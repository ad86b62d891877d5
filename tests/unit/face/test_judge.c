/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "face/face.h"
#include "face/judge.h"

#include "fixture.h"

static struct avt_image *make(int width, int height)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(width, height, &image, NULL), AVT_OK);
    return image;
}

static void verdict_names_what_is_wrong(void **state)
{
    (void)state;
    enum { OK, FAIR, BAD };
    static const struct {
        float eyes;
        struct avt_head_pose pose;
        float sharpness, x;
        int want, reasons;
        const char *text; /* the first reason begins so */
    } rows[] = {
        {100, {0, 0, 0}, .5f, 500, OK, 0, ""},
        {60, {25, -25, 30}, .15f, 500, OK, 0, ""},
        {40, {0, 0, 0}, .5f, 500, FAIR, 1, "face rather small: 40 px between the eyes, 60 or more"},
        {39.9f, {0, 0, 0}, .5f, 500, BAD, 1, "face too small: 39 px between the eyes, 40 needed"},
        {31, {0, 0, 0}, .5f, 500, BAD, 1, "face too small: 31 px between the eyes, 40 needed"},
        {100, {26, 0, 0}, .5f, 500, FAIR, 1, "head turned by 26 degrees"},
        {100, {-40, 0, 0}, .5f, 500, FAIR, 1, "head turned by 40 degrees"},
        {100, {40.1f, 0, 0}, .5f, 500, BAD, 1, "head turned too far to the side: 41 degrees, at most 40"},
        {100, {-70, 0, 0}, .5f, 500, BAD, 1, "head turned too far to the side: 70 degrees, at most 40"},
        {100, {0, 30, 0}, .5f, 500, FAIR, 1, "head tipped up by 30 degrees"},
        {100, {0, -45, 0}, .5f, 500, BAD, 1, "head tipped too far down: 45 degrees"},
        {100, {0, 0, -90}, .5f, 500, FAIR, 1, "head tilted by 90 degrees"},
        {100, {0, 0, 0}, .14f, 500, FAIR, 1, "face looks blurred: sharpness 0.14, 0.15 or more looks better"},
        {100, {0, 0, 0}, .5f, 60, BAD, 1, "face cut off by the edge of the picture: 14 % of it outside, at most 8"},
        {100, {0, 0, 0}, .5f, 122, FAIR, 1, "face touches the edge of the picture: 1 % of it outside"},
        {20, {-70, 50, 90}, .01f, 10, BAD, 4, "head turned too far to the side: 70"}, /* no room for the rest */
    };
    struct avt_image *image = make(1000, 1000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_face face = {.pose = rows[i].pose,
                                .eye_distance = rows[i].eyes,
                                .sharpness = rows[i].sharpness,
                                .mouth = .14f,
                                .mouth_middle = .14f};
        fixture_mesh((struct avt_head_pose){0, 0, 0}, 100 / FIXTURE_EYES, rows[i].x, 500, face.mesh);
        struct avt_face_verdict verdict;
        memset(&verdict, 0x55, sizeof verdict);
        avt_face_judge(&face, image, &verdict);
        assert_int_equal(verdict.usable, rows[i].want != BAD);
        assert_int_equal(verdict.warning, rows[i].want == FAIR);
        assert_int_equal(verdict.reason_count, rows[i].reasons);
        if (rows[i].reasons > 0)
            assert_memory_equal(verdict.reasons[0], rows[i].text, strlen(rows[i].text));
    }
    avt_image_free(image);
}

/* Stripes whose edges a blur of `width` pixels softens. */
static void paint(struct avt_image *image, int period, int width)
{
    for (int y = 0; y < image->height; y++) {
        uint8_t *p = avt_image_row(image, y);
        for (int x = 0; x < image->width; x++, p += 4) {
            int bright = 0;
            for (int k = 0; k < width; k++)
                bright += (x + k) / period % 2;
            p[0] = p[1] = p[2] = (uint8_t)(60 + 130 * bright / width);
            p[3] = 255;
        }
    }
}

static void paint_box(struct avt_image *image, struct avt_rect box, int r, int g, int b)
{
    for (int y = (int)box.y; y < (int)(box.y + box.height); y++) {
        for (int x = (int)box.x; x < (int)(box.x + box.width); x++) {
            uint8_t *p = avt_image_row(image, y) + 4 * (ptrdiff_t)x;
            p[0] = (uint8_t)r;
            p[1] = (uint8_t)g;
            p[2] = (uint8_t)b;
            p[3] = 255;
        }
    }
}

/* A crisp face with a mouth of these measures. */
static void judge_mouth(struct avt_face *face, const struct avt_image *image, struct avt_face_verdict *ret_verdict)
{
    face->mouth = avt_face_mouth(image, face->mesh, &face->mouth_middle);
    avt_face_judge(face, image, ret_verdict);
}

static void covered_mouths_are_noticed(void **state)
{
    (void)state;
    struct avt_image *image = make(1000, 1000);
    struct avt_face face = {.eye_distance = 100, .sharpness = .5f};
    struct avt_face_verdict verdict;
    fixture_mesh((struct avt_head_pose){0, 0, 0}, 100 / FIXTURE_EYES, 500, 500, face.mesh);
    const struct avt_point3 *m = face.mesh;
    const struct avt_rect all = {0, 0, 1000, 1000};
    const struct avt_rect lips = {m[61].x, m[0].y, m[291].x - m[61].x, m[17].y - m[0].y};
    const struct avt_rect seam = {m[61].x, (m[13].y + m[14].y) / 2 - 2, lips.width, 4};
    const struct avt_rect fold = {0, seam.y, 1000, 4}; /* goes on beside the mouth */
    const struct avt_rect finger = {m[13].x - 20, 0, 40, 1000};
    static const struct {
        int lips, seam, fold; /* grey levels on skin of 180; 0: no fold */
        bool finger, usable, warning;
        const char *text;
    } rows[] = {{180, 180, 0, false, false, false, "mouth covered: it stands out by 0.00, 0.05 needed"},
                {177, 170, 0, false, false, false, "mouth covered"},
                {172, 160, 0, false, true, true, "mouth hardly stands out, by 0.07"},
                {160, 120, 0, false, true, false, ""},
                {180, 120, 0, false, true, false, ""},
                {240, 240, 0, false, true, false, ""},
                {180, 180, 120, false, false, false, "mouth covered"},
                {150, 120, 120, false, true, false, ""},
                {150, 100, 0, true, true, true, "middle of the mouth hardly stands out, by 0.00: if a finger"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        paint_box(image, all, 180, 180, 180);
        paint_box(image, lips, rows[i].lips, rows[i].lips, rows[i].lips);
        paint_box(image, seam, rows[i].seam, rows[i].seam, rows[i].seam);
        if (rows[i].fold)
            paint_box(image, fold, rows[i].fold, rows[i].fold, rows[i].fold);
        if (rows[i].finger)
            paint_box(image, finger, 180, 180, 180);
        judge_mouth(&face, image, &verdict);
        if (verdict.usable != rows[i].usable || verdict.warning != rows[i].warning ||
            strncmp(verdict.reasons[0], rows[i].text, strlen(rows[i].text)) != 0)
            fail_msg("row %zu: %.3f %.3f, %s", i, (double)face.mouth, (double)face.mouth_middle,
                     verdict.reason_count ? verdict.reasons[0] : "fine");
    }
    /* Red alone tells, too; and a face at the edge is looked at without harm. */
    paint_box(image, all, 180, 130, 120);
    paint_box(image, lips, 210, 120, 115);
    judge_mouth(&face, image, &verdict);
    assert_true(face.mouth > .14f && verdict.reason_count == 0);
    fixture_mesh((struct avt_head_pose){0, 0, 0}, 100 / FIXTURE_EYES, 990, 10, face.mesh);
    judge_mouth(&face, image, &verdict);
    assert_false(verdict.usable);
    avt_image_free(image);
}

/* In a blurred face no lips stand out, covered or not: it is not refused for that. From the side nothing is said. */
static void blurred_mouths_are_not_called_covered(void **state)
{
    (void)state;
    struct avt_image *image = make(1000, 1000);
    struct avt_face face = {.eye_distance = 100, .mouth = .01f};
    fixture_mesh((struct avt_head_pose){0, 0, 0}, 100 / FIXTURE_EYES, 500, 500, face.mesh);
    static const struct {
        float sharpness, yaw;
        bool usable;
        const char *reasons;
    } rows[] = {{.1f, 0, true, "face looks blurred: sharpness 0.10, 0.15 or more looks better; mouth hardly stands "
                               "out, by 0.01: if a hand or a mask is before it, use another picture"},
                {.19f, 0, true, "mouth hardly stands out, by 0.01: if a hand or a mask is before it, use another "
                                "picture"},
                {.2f, 0, false, "mouth covered: it stands out by 0.01, 0.05 needed"},
                {.2f, 50, false, "head turned too far to the side: 50 degrees, at most 40"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_face_verdict verdict;
        face.sharpness = rows[i].sharpness;
        face.pose.yaw = rows[i].yaw;
        avt_face_judge(&face, image, &verdict);
        assert_int_equal(verdict.usable, rows[i].usable);
        AVT_CLEANUP(avt_freep) char *reasons = avt_face_reasons(&verdict);
        assert_string_equal(reasons, rows[i].reasons);
    }
    avt_image_free(image);
}

static void blur_lowers_sharpness(void **state)
{
    (void)state;
    struct avt_image *image = make(400, 400);
    struct avt_point3 mesh[AVT_MESH_POINTS];
    fixture_mesh((struct avt_head_pose){0, 0, 0}, 80 / FIXTURE_EYES, 200, 200, mesh);
    float before = 1;
    for (int width = 1; width <= 15; width += 2) {
        paint(image, 16, width);
        float sharp = avt_face_sharpness(image, mesh);
        assert_true(sharp < before && sharp > 0);
        before = sharp;
    }
    paint(image, 500, 1); /* flat */
    assert_true(avt_face_sharpness(image, mesh) < .01f);
    avt_image_free(image);
}

static void sharpness_is_free_of_contrast(void **state)
{
    (void)state;
    struct avt_image *image = make(400, 400);
    struct avt_point3 mesh[AVT_MESH_POINTS];
    fixture_mesh((struct avt_head_pose){0, 0, 0}, 80 / FIXTURE_EYES, 200, 200, mesh);
    paint(image, 16, 3);
    float full = avt_face_sharpness(image, mesh);
    for (int y = 0; y < 400; y++) {
        for (int x = 0; x < 1600; x++)
            avt_image_row(image, y)[x] = (uint8_t)(avt_image_row(image, y)[x] / 2 + 20);
    }
    assert_float_equal(avt_face_sharpness(image, mesh), full, .1 * full);
    avt_image_free(image);
}

static void faces_look_like_faces(void **state)
{
    (void)state;
    static const struct {
        float presence, unrest, squash;
        bool want;
    } rows[] = {{.99f, .01f, 1, true}, {.5f, .06f, 1, true},  {.49f, .01f, 1, false},
                {.99f, .07f, 1, false}, {NAN, .01f, 1, false}, {.99f, NAN, 1, false},
                {.99f, .01f, .2f, false}, {.99f, .01f, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_mesh_fit fit = {.presence = rows[i].presence, .unrest = rows[i].unrest};
        fixture_mesh((struct avt_head_pose){10, -5, 20}, 10, 300, 300, fit.points);
        for (int k = 0; k < AVT_MESH_POINTS; k++)
            fit.points[k].y *= rows[i].squash;
        assert_int_equal(avt_mesh_face_like(&fit), rows[i].want);
    }
}

static void detector_and_mesh_must_agree(void **state)
{
    (void)state;
    static const struct {
        float x, y;
        bool want;
    } rows[] = {{0, 0, true}, {20, 0, true}, {0, 20, true}, {60, 0, false}, {0, -60, false}, {NAN, 0, false}};
    struct avt_mesh_fit fit = {.presence = 1};
    fixture_mesh((struct avt_head_pose){10, -5, 20}, 10, 300, 300, fit.points);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_detection detection = {.score = .9f};
        detection.keypoints[0] = avt_mesh_eye(fit.points, 0);
        detection.keypoints[1] = avt_mesh_eye(fit.points, 1);
        detection.keypoints[3] = (struct avt_point){fit.points[13].x, fit.points[13].y};
        for (int k = 0; k < AVT_KEYPOINTS; k++) {
            detection.keypoints[k].x += rows[i].x;
            detection.keypoints[k].y += rows[i].y;
        }
        assert_int_equal(avt_face_plausible(&detection, &fit), rows[i].want);
    }
}

static void profiles_are_told_from_fronts(void **state)
{
    (void)state;
    static const struct {
        float score, nose, right_ear, left_ear;
        bool want;
    } rows[] = {{.93f, 80, 20, 5, true},   {.93f, 20, 80, 95, true},  {.79f, 80, 20, 5, false},
                {.93f, 50, 5, 95, false},  {.93f, 70, 10, 60, false}, {.93f, NAN, 5, 95, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_detection detection = {.score = rows[i].score, .box = {0, 0, 100, 100}};
        detection.keypoints[2] = (struct avt_point){rows[i].nose, 60};
        detection.keypoints[4] = (struct avt_point){rows[i].right_ear, 45};
        detection.keypoints[5] = (struct avt_point){rows[i].left_ear, 45};
        assert_int_equal(avt_detection_aside(&detection), rows[i].want);
    }
}

static void large_and_central_faces_weigh_more(void **state)
{
    (void)state;
    static const struct {
        float scale, x, y;
    } order[] = {{12, 500, 500}, {12, 700, 600}, {6, 500, 500}, {9, 20, 30}, {3, 500, 480}};
    float before = INFINITY;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        struct avt_face face = {.box = {order[i].x - 50, order[i].y - 50, 100, 100}};
        fixture_mesh((struct avt_head_pose){0, 0, 0}, order[i].scale, order[i].x, order[i].y,
                     face.mesh);
        float weight = avt_face_weight(&face, 1000, 1000);
        assert_true(weight < before);
        before = weight;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_names_what_is_wrong),
        cmocka_unit_test(covered_mouths_are_noticed),
        cmocka_unit_test(blurred_mouths_are_not_called_covered),
        cmocka_unit_test(blur_lowers_sharpness),
        cmocka_unit_test(sharpness_is_free_of_contrast),
        cmocka_unit_test(faces_look_like_faces),
        cmocka_unit_test(detector_and_mesh_must_agree),
        cmocka_unit_test(profiles_are_told_from_fronts),
        cmocka_unit_test(large_and_central_faces_weigh_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
