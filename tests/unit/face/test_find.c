/* SPDX-License-Identifier: Apache-2.0 */
/* The networks on pictures that every installation has: the presenter and, from set-up, an
 * astronaut's portrait of NASA (public domain). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "face/detect.h"
#include "face/face.h"
#include "media/still.h"
#include "nn/registry.h"
#include "os/paths.h"

static struct avt_face_finder *finder;
static struct avt_image *presenter;
static struct avt_face faces[AVT_FACES_MAX];

static struct avt_image *load(const char *asset)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    struct avt_image *image = NULL;
    if (avt_registry_open(&registry, &error) != AVT_OK ||
        avt_registry_path(registry, asset, &path, &error) != AVT_OK ||
        avt_still_load(path, &image, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return image;
}

static struct avt_image *load_file(const char *asset, const char *name)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *folder = NULL, *path = NULL;
    struct avt_image *image = NULL;
    if (avt_registry_open(&registry, &error) != AVT_OK ||
        avt_registry_path(registry, asset, &folder, &error) != AVT_OK)
        fail_msg("%s", error.message);
    path = avt_path_join(folder, name);
    if (avt_still_load(path, &image, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return image;
}

static struct avt_image *make(int width, int height, uint8_t grey)
{
    struct avt_image *image = NULL;
    assert_int_equal(avt_image_new(width, height, &image, NULL), AVT_OK);
    for (int y = 0; y < height; y++) {
        uint8_t *p = avt_image_row(image, y);
        for (int x = 0; x < width; x++, p += 4) {
            p[0] = p[1] = p[2] = grey;
            p[3] = 255;
        }
    }
    return image;
}

static struct avt_image *scaled(const struct avt_image *image, double scale)
{
    struct avt_image *out = make((int)(image->width * scale), (int)(image->height * scale), 0);
    avt_image_resize(image, 0, 0, image->width, image->height, out);
    return out;
}

static void paste(struct avt_image *image, const struct avt_image *part, int x, int y)
{
    for (int row = 0; row < part->height; row++)
        memcpy(avt_image_row(image, y + row) + 4 * (size_t)x, avt_image_row(part, row),
               4 * (size_t)part->width);
}

/* Clockwise quarter turns. */
static struct avt_image *turned(const struct avt_image *image, int turns)
{
    struct avt_image *out = turns % 2 ? make(image->height, image->width, 0)
                                      : make(image->width, image->height, 0);
    for (int y = 0; y < image->height; y++) {
        for (int x = 0; x < image->width; x++) {
            int tx = turns == 1 ? image->height - 1 - y : turns == 2 ? image->width - 1 - x : y;
            int ty = turns == 1 ? x : turns == 2 ? image->height - 1 - y : image->width - 1 - x;
            memcpy(avt_image_row(out, ty) + 4 * (size_t)tx, avt_image_row(image, y) + 4 * (size_t)x, 4);
        }
    }
    return out;
}

static size_t find(const struct avt_image *image)
{
    struct avt_error error = {0};
    size_t count = 99;
    if (avt_face_find(finder, image, faces, &count, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return count;
}

static float mean_green(const struct avt_image *image, float x, float y, int radius)
{
    float sum = 0;
    for (int dy = -radius; dy <= radius; dy++) {
        for (int dx = -radius; dx <= radius; dx++)
            sum += avt_image_row(image, (int)y + dy)[4 * ((int)x + dx) + 1];
    }
    return sum / (float)((2 * radius + 1) * (2 * radius + 1));
}

static void presenter_is_found_where_she_is(void **state)
{
    (void)state;
    assert_int_equal(find(presenter), 1);
    const struct avt_face *face = &faces[0];
    assert_true(face->score > .8f && face->presence > .9f);
    assert_true(fabsf(face->pose.yaw) < 8 && fabsf(face->pose.roll) < 4 && fabsf(face->pose.pitch) < 15);
    assert_true(face->sharpness > .15f);
    float eyes = face->eye_distance;
    /* Irises lie between the corners of their eyes, the lip line between the lips. */
    assert_true(face->mesh[468].x > face->mesh[33].x && face->mesh[468].x < face->mesh[133].x);
    assert_true(face->mesh[473].x > face->mesh[362].x && face->mesh[473].x < face->mesh[263].x);
    assert_true(face->mesh[0].y < face->mesh[13].y && face->mesh[14].y < face->mesh[17].y);
    /* Irises are darker than the cheeks below them. */
    for (int eye = 468; eye <= 473; eye += 5) {
        const struct avt_point3 *c = &face->mesh[eye];
        assert_true(1.5f * mean_green(presenter, c->x, c->y, (int)(eyes * .06f)) <
                    mean_green(presenter, c->x, c->y + eyes * .5f, (int)(eyes * .06f)));
    }
    struct avt_face_verdict verdict;
    avt_face_judge(face, presenter, &verdict);
    assert_true(verdict.usable);
}

static void turned_pictures_are_found(void **state)
{
    (void)state;
    struct avt_image *small = scaled(presenter, .5);
    for (int turns = 1; turns < 4; turns++) {
        struct avt_image *image = turned(small, turns);
        assert_int_equal(find(image), 1);
        float want = turns == 3 ? -90 : 90 * (float)turns;
        float off = fabsf(faces[0].pose.roll - want);
        assert_true(fminf(off, 360 - off) < 6);
        avt_image_free(image);
    }
    avt_image_free(small);
}

static void mirroring_changes_the_signs(void **state)
{
    (void)state;
    /* Tilted a little by a shear of rows, so that there is a roll to change. */
    struct avt_image *small = scaled(presenter, .5);
    struct avt_image *image = make(small->width, small->height, 128);
    struct avt_image *mirrored = make(small->width, small->height, 128);
    for (int y = 0; y < small->height; y++) {
        for (int x = 0; x < small->width; x++) {
            int from = y - (x - small->width / 2) / 3;
            if (from < 0 || from >= small->height)
                continue;
            const uint8_t *p = avt_image_row(small, from) + 4 * (size_t)x;
            memcpy(avt_image_row(image, y) + 4 * (size_t)x, p, 4);
            memcpy(avt_image_row(mirrored, y) + 4 * (size_t)(small->width - 1 - x), p, 4);
        }
    }
    assert_int_equal(find(image), 1);
    struct avt_head_pose pose = faces[0].pose;
    assert_int_equal(find(mirrored), 1);
    assert_true(pose.roll > 6 && pose.roll < 16);
    assert_float_equal(faces[0].pose.roll, -pose.roll, 2);
    assert_float_equal(faces[0].pose.yaw, -pose.yaw, 4);
    assert_float_equal(faces[0].pose.pitch, pose.pitch, 3);
    avt_image_free(image);
    avt_image_free(mirrored);
    avt_image_free(small);
}

static void size_decides_the_verdict(void **state)
{
    (void)state;
    find(presenter);
    float full = faces[0].eye_distance;
    static const struct {
        float eyes;
        bool usable;
    } rows[] = {{120, true}, {45, true}, {36, false}, {20, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_image *image = scaled(presenter, (double)(rows[i].eyes / full));
        assert_int_equal(find(image), 1);
        assert_float_equal(faces[0].eye_distance, rows[i].eyes, 1.5);
        struct avt_face_verdict verdict;
        avt_face_judge(&faces[0], image, &verdict);
        assert_int_equal(verdict.usable, rows[i].usable);
        avt_image_free(image);
    }
}

static void choose_explains_itself(void **state)
{
    (void)state;
    struct avt_image *small = scaled(presenter, .2);  /* some 32 px between the eyes */
    struct avt_image *half = scaled(presenter, .4);
    struct avt_image *both = make(1100, 460, 128);
    paste(both, half, 30, 10);
    paste(both, small, 700, 100);
    struct avt_image *empty = make(300, 200, 128);
    struct avt_image *dot = make(1, 1, 7);
    const struct {
        const struct avt_image *image;
        int index;
        enum avt_code code;
        const char *part;
    } rows[] = {
        {both, 0, AVT_OK, ""},
        {both, 1, AVT_OK, ""},
        {both, 2, AVT_EFACE, "px between the eyes, 40 needed"},
        {both, 3, AVT_EINVAL, "has 2 faces, so there is no face number 3"},
        {both, -1, AVT_EINVAL, "count from 1"},
        {small, 0, AVT_EFACE, "face too small"},
        {empty, 0, AVT_ENOFACE, "no face was found in 'a.png'"},
        {dot, 0, AVT_ENOFACE, "no face"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct avt_error error = {0};
        struct avt_face face = {0};
        struct avt_face_verdict verdict = {0};
        assert_int_equal(avt_face_choose(finder, rows[i].image, rows[i].index, "a.png", &face,
                                         &verdict, &error),
                         rows[i].code);
        assert_non_null(strstr(error.message, rows[i].part));
        assert_int_equal(verdict.usable, rows[i].code == AVT_OK);
        if (rows[i].code == AVT_OK)
            assert_true(face.mesh[1].x > 30 && face.mesh[1].x < 462);
    }
    avt_image_free(dot);
    avt_image_free(empty);
    avt_image_free(both);
    avt_image_free(half);
    avt_image_free(small);
}

static size_t detect(enum avt_detector detector, const struct avt_image *image,
                     struct avt_detection found[AVT_DETECTIONS_MAX])
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *path = NULL;
    AVT_CLEANUP(avt_session_freep) struct avt_session *session = NULL;
    const struct avt_session_options options = {.sequential = true};
    const struct avt_rect whole = {0, 0, (float)image->width, (float)image->height};
    size_t count = 99;
    if (avt_registry_open(&registry, &error) != AVT_OK ||
        avt_registry_path(registry, avt_detector_spec(detector)->asset, &path, &error) != AVT_OK ||
        avt_session_open(path, &options, &session, &error) != AVT_OK ||
        avt_detector_run(detector, session, image, &whole, 0, found, &count, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return count;
}

static void small_faces_are_left_to_the_full_range(void **state)
{
    (void)state;
    struct avt_image *small = scaled(presenter, .14);
    struct avt_image *wall = make(1000, 700, 150);
    paste(wall, small, 640, 180);
    struct avt_detection found[AVT_DETECTIONS_MAX];
    assert_int_equal(detect(AVT_DETECTOR_SHORT, wall, found), 0);
    assert_int_equal(detect(AVT_DETECTOR_FULL, wall, found), 1);
    assert_int_equal(find(wall), 1);
    const struct avt_rect *box = &faces[0].box;
    assert_true(box->x > 640 && box->x + box->width < 640 + (float)small->width);
    assert_true(box->y > 180 && box->y + box->height < 180 + (float)small->height);
    avt_image_free(wall);
    avt_image_free(small);
}

static void odd_shapes_do_no_harm(void **state)
{
    (void)state;
    static const int sizes[][2] = {{2, 1}, {16384, 2}, {1, 9000}, {97, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct avt_image *image = make(sizes[i][0], sizes[i][1], 90);
        assert_int_equal(find(image), 0);
        avt_image_free(image);
    }
    struct avt_image *half = scaled(presenter, .3);
    struct avt_image *wide = make(4000, half->height, 90);
    paste(wide, half, 1500, 0);
    assert_int_equal(find(wide), 1);
    avt_image_free(wide);
    avt_image_free(half);
}

static void astronaut_is_found(void **state)
{
    (void)state;
    struct avt_image *image = load_file("test-pictures", "astronaut.png");
    assert_int_equal(find(image), 1);
    /* Where her eyes are, by eye, to a few pixels. */
    assert_float_equal(faces[0].mesh[468].x, 203, 5);
    assert_float_equal(faces[0].mesh[468].y, 102, 5);
    assert_float_equal(faces[0].mesh[473].x, 245, 5);
    assert_float_equal(faces[0].mesh[473].y, 104, 5);
    assert_true(fabsf(faces[0].pose.yaw) < 10);
    avt_image_free(image);
}

static void annotation_marks_only_the_copy_it_was_given(void **state)
{
    (void)state;
    assert_int_equal(find(presenter), 1);
    struct avt_face_verdict verdict;
    avt_face_judge(&faces[0], presenter, &verdict);
    struct avt_image *drawn = NULL;
    assert_int_equal(avt_image_copy(presenter, &drawn, NULL), AVT_OK);
    avt_face_annotate(drawn, &faces[0], &verdict);
    int x = (int)((faces[0].mesh[10].x + faces[0].mesh[338].x) / 2);
    int y = (int)((faces[0].mesh[10].y + faces[0].mesh[338].y) / 2);
    assert_memory_not_equal(avt_image_row(drawn, y) + 4 * x, avt_image_row(presenter, y) + 4 * x, 3);
    size_t row = 4 * (size_t)presenter->width;
    assert_memory_equal(avt_image_row(drawn, presenter->height - 1),
                        avt_image_row(presenter, presenter->height - 1), row);
    avt_image_free(drawn);
    struct avt_image *tiny = make(3, 2, 0); /* everything lies outside */
    avt_face_annotate(tiny, &faces[0], &verdict);
    avt_image_free(tiny);
}

static void models_are_noted_and_can_be_dropped(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_footprints_freep) struct avt_footprints *table = avt_footprints_new();
    struct avt_footprint list[AVT_FOOTPRINTS_MAX];
    avt_face_finder_unload(finder);
    avt_face_finder_watch(finder, table);
    assert_int_equal(find(presenter), 1);
    size_t count = avt_footprints_list(table, list, AVT_FOOTPRINTS_MAX);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++)
        assert_true(list[i].bytes > 100 * 1000); /* the smallest network's file is larger */
    assert_true(avt_face_finder_drop(finder, "face-mesh"));
    assert_false(avt_face_finder_drop(finder, "face-mesh"));
    assert_false(avt_face_finder_drop(finder, "kokoro-82m-int8"));
    assert_int_equal(avt_footprints_list(table, list, AVT_FOOTPRINTS_MAX), count - 1);
    assert_int_equal(find(presenter), 1); /* loaded again */
    avt_face_finder_unload(finder);
    assert_int_equal(avt_footprints_list(table, list, AVT_FOOTPRINTS_MAX), 0);
    avt_face_finder_watch(finder, NULL);
}

static int set_up(void **state)
{
    (void)state;
    finder = avt_face_finder_new();
    presenter = load("presenter");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    avt_face_finder_unload(finder);
    avt_face_finder_free(finder);
    avt_image_free(presenter);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presenter_is_found_where_she_is),
        cmocka_unit_test(turned_pictures_are_found),
        cmocka_unit_test(mirroring_changes_the_signs),
        cmocka_unit_test(size_decides_the_verdict),
        cmocka_unit_test(choose_explains_itself),
        cmocka_unit_test(small_faces_are_left_to_the_full_range),
        cmocka_unit_test(odd_shapes_do_no_harm),
        cmocka_unit_test(astronaut_is_found),
        cmocka_unit_test(annotation_marks_only_the_copy_it_was_given),
        cmocka_unit_test(models_are_noted_and_can_be_dropped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
