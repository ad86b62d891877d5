/* SPDX-License-Identifier: Apache-2.0 */
/* The network on the presenter and on an astronaut's portrait of NASA (public domain, from set-up). */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "face/face.h"
#include "face/matte.h"
#include "face/matte_region.h"
#include "media/still.h"
#include "nn/registry.h"
#include "os/paths.h"

/* @param name  Of a file in the asset's folder; NULL: the asset is the file. */
static void load(const char *asset, const char *name, struct avt_image **ret_image, struct avt_face *ret_face)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *place = NULL, *path = NULL;
    AVT_CLEANUP(avt_face_finder_freep) struct avt_face_finder *finder = avt_face_finder_new();
    struct avt_face_verdict verdict;
    if (avt_registry_locate(asset, &place, &error) != AVT_OK)
        fail_msg("%s", error.message);
    path = name ? avt_path_join(place, name) : AVT_TAKE(place);
    if (avt_still_load(path, ret_image, &error) != AVT_OK ||
        avt_face_choose(finder, *ret_image, 0, asset, ret_face, &verdict, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static float at(const struct avt_share *share, double x, double y)
{
    return share->values[(int)(y * (share->height - 1)) * share->width + (int)(x * (share->width - 1))];
}

static void matte__tells_people_from_what_is_behind(void **state)
{
    (void)state;
    static const struct {
        const char *asset, *name;
        double view[4];    /* of the picture */
        double in[4][2];   /* the person, of the view */
        double out[3][2];
        double part[2];    /* of the view that is the person: from, to */
    } rows[] = {
        {"presenter", NULL, {0, 0, 1, 1}, {{.5, .15}, {.5, .45}, {.3, .6}, {.5, .98}}, {{0, 0}, {1, 0}, {.1, .5}},
         {.4, .6}},
        {"test-pictures", "astronaut.png", {0, 0, 1, 1}, {{.43, .25}, {.4, .06}, {.4, .6}, {.8, .85}},
         {{0, 0}, {.75, .2}, {.98, .4}}, {.45, .65}},
        /* Cut and stretched: the same things elsewhere. */
        {"presenter", NULL, {.25, .1, .5, .6}, {{.5, .1}, {.5, .6}, {.1, .8}, {.9, .8}}, {{0, 0}, {1, 0}, {.02, .3}},
         {.8, .95}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
        AVT_CLEANUP(avt_share_done) struct avt_share share = {0};
        AVT_CLEANUP(avt_matte_freep) struct avt_matte *matte = NULL;
        struct avt_face face;
        struct avt_error error = {0};
        load(rows[i].asset, rows[i].name, &image, &face);
        const double *v = rows[i].view;
        const struct avt_matte_view view = {v[0] * image->width, v[1] * image->height, v[2] * image->width,
                                            v[3] * image->height};
        assert_int_equal(avt_share_init(320, 240, &share, &error), AVT_OK);
        assert_int_equal(avt_matte_open(&matte, &error), AVT_OK);
        if (avt_matte_find(matte, image, &face, rows[i].asset, &view, &share, &error) != AVT_OK)
            fail_msg("%s", error.message);
        for (int k = 0; k < 4; k++)
            if (at(&share, rows[i].in[k][0], rows[i].in[k][1]) < .9f)
                fail_msg("row %zu: in %d is %.2f", i, k, (double)at(&share, rows[i].in[k][0], rows[i].in[k][1]));
        for (int k = 0; k < 3; k++)
            if (at(&share, rows[i].out[k][0], rows[i].out[k][1]) > .1f)
                fail_msg("row %zu: out %d is %.2f", i, k, (double)at(&share, rows[i].out[k][0], rows[i].out[k][1]));
        double sum = 0;
        for (int k = 0; k < 320 * 240; k++)
            sum += (double)share.values[k] / (320 * 240);
        if (sum < rows[i].part[0] || sum > rows[i].part[1])
            fail_msg("row %zu: %.2f of it are the person", i, sum);
        assert_true(share.reach >= 1 && share.reach < 8);
    }
}

static void matte__without_a_person_around_the_face(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL, *wall = NULL;
    AVT_CLEANUP(avt_share_done) struct avt_share share = {0};
    AVT_CLEANUP(avt_matte_freep) struct avt_matte *matte = NULL;
    struct avt_face face;
    struct avt_error error = {0};
    assert_int_equal(avt_matte_open(&matte, &error), AVT_OK);
    load("presenter", NULL, &image, &face);
    assert_int_equal(avt_image_new(image->width, image->height, &wall, NULL), AVT_OK);
    for (int y = 0; y < wall->height; y++)
        for (int x = 0; x < wall->width; x++)
            memcpy(avt_image_row(wall, y) + 4 * (size_t)x,
                   (uint8_t[]){(uint8_t)(x / 8), 120, (uint8_t)(y / 8), 255}, 4);
    const struct avt_matte_view view = {0, 0, wall->width, wall->height};
    assert_int_equal(avt_share_init(320, 240, &share, NULL), AVT_OK);
    assert_int_equal(avt_matte_find(matte, wall, &face, "wall.png", &view, &share, &error), AVT_EFACE);
    assert_non_null(strstr(error.message, "wall.png"));
}

/* Picture after picture it says about what it says of one; and when another scene begins, nothing of the one before. */
static void matte__follows(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL, *half = NULL, *wall = NULL;
    AVT_CLEANUP(avt_share_done) struct avt_share one = {0}, share = {0};
    AVT_CLEANUP(avt_matte_freep) struct avt_matte *matte = NULL;
    struct avt_face face;
    load("presenter", NULL, &image, &face);
    assert_int_equal(avt_image_new(image->width / 2, image->height / 2, &half, NULL), AVT_OK);
    assert_int_equal(avt_image_new(half->width, half->height, &wall, NULL), AVT_OK);
    for (int y = 0; y < wall->height; y++)
        memset(avt_image_row(wall, y), 128 + y % 32, 4 * (size_t)wall->width);
    avt_image_halve(image, half);
    assert_int_equal(avt_matte_open(&matte, NULL), AVT_OK);
    assert_int_equal(avt_share_init(320, 240, &one, NULL), AVT_OK);
    assert_int_equal(avt_share_init(320, 240, &share, NULL), AVT_OK);
    const struct avt_matte_view view = {0, 0, image->width, image->height};
    assert_int_equal(avt_matte_find(matte, image, &face, "presenter", &view, &one, NULL), AVT_OK);
    for (int frame = 0; frame < 4; frame++) {
        double off = 0;
        bool gone = frame == 2;
        assert_int_equal(avt_matte_follow(matte, image, gone ? wall : half, gone ? NULL : &face, &share, NULL), AVT_OK);
        for (int i = 0; i < 320 * 240; i++)
            off += fabs((double)(share.values[i] - (gone ? 0 : one.values[i]))) / (320 * 240);
        if (off > .02)
            fail_msg("frame %d: %.3f off", frame, off);
    }
}

/* A face of the middle, an island, what may be one, and holes: small, unsure, sure and large. */
static void region__is_one_and_has_no_holes_but_sure_ones(void **state)
{
    (void)state;
    enum { SIDE = 100 };
    static float values[SIDE * SIDE];
    struct avt_share share = {SIDE, SIDE, values, 1};
    static const struct {
        int x0, y0, x1, y1;
        float value, want;
    } boxes[] = {
        {20, 10, 80, 100, .95f, .95f}, {90, 10, 98, 30, .9f, 0}, /* an island */
        {25, 70, 28, 73, .02f, 1},     /* small */
        {60, 60, 75, 75, .3f, 1},      /* not sure */
        {30, 80, 50, 95, .01f, 0},     /* sure and large */
        {80, 50, 99, 60, .6f, 0},      /* hangs on it, and is in doubt */
        {60, 90, 70, 100, .2f, 1},     /* not sure, open to the border below */
        {45, 30, 55, 40, .1f, 1},      /* in the face */
    };
    enum { BOXES = sizeof(boxes) / sizeof(*boxes) };
    for (int b = 0; b < BOXES; b++)
        for (int y = boxes[b].y0; y < boxes[b].y1; y++)
            for (int x = boxes[b].x0; x < boxes[b].x1; x++)
                values[y * SIDE + x] = boxes[b].value;
    struct avt_point oval[AVT_FACE_OVAL];
    for (int i = 0; i < AVT_FACE_OVAL; i++) {
        double angle = 2 * M_PI * i / AVT_FACE_OVAL;
        oval[i] = (struct avt_point){(float)(50 + 10 * sin(angle)), (float)(35 - 12 * cos(angle))};
    }
    float mean = avt_region_mean(&share, oval);
    assert_true(mean > .6f && mean < .8f);
    assert_int_equal(avt_region_keep(&share, oval, 24, NULL), AVT_OK);
    for (int b = 0; b < BOXES; b++) {
        int x = (boxes[b].x0 + boxes[b].x1) / 2, y = (boxes[b].y0 + boxes[b].y1) / 2;
        if (b > 0 && fabsf(values[y * SIDE + x] - boxes[b].want) > .001f)
            fail_msg("box %d is %.2f", b, (double)values[y * SIDE + x]);
    }
    assert_true(values[50 * SIDE + 30] > .9f && values[0] == 0);
}

/* A network that doubts everything behind the person must not make a person of it. */
static void region__is_not_the_whole_picture(void **state)
{
    (void)state;
    enum { SIDE = 60 };
    static float values[SIDE * SIDE];
    struct avt_share share = {SIDE, SIDE, values, 1};
    for (int i = 0; i < SIDE * SIDE; i++)
        values[i] = i % SIDE > 20 && i % SIDE < 40 && i / SIDE > 10 ? .9f : .4f;
    struct avt_point oval[AVT_FACE_OVAL];
    for (int i = 0; i < AVT_FACE_OVAL; i++)
        oval[i] = (struct avt_point){(float)(30 + 5 * sin(2 * M_PI * i / AVT_FACE_OVAL)),
                                     (float)(25 - 6 * cos(2 * M_PI * i / AVT_FACE_OVAL))};
    assert_int_equal(avt_region_keep(&share, oval, 12, NULL), AVT_OK);
    assert_true(values[30 * SIDE + 5] < .5f && values[30 * SIDE + 55] < .5f && values[2 * SIDE + 30] < .5f);
    assert_true(values[30 * SIDE + 30] > .8f && values[59 * SIDE + 30] > .8f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matte__tells_people_from_what_is_behind),
        cmocka_unit_test(matte__without_a_person_around_the_face),
        cmocka_unit_test(matte__follows),
        cmocka_unit_test(region__is_not_the_whole_picture),
        cmocka_unit_test(region__is_one_and_has_no_holes_but_sure_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
