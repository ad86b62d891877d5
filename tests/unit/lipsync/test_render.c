/* SPDX-License-Identifier: Apache-2.0 */
/* The photo renderer on a drawn face: stillness, closure, blinks, the picture's edge, golden means.
 */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "face_fixture.h"
#include "lipsync/renderer.h"

struct scene {
    struct avt_face face;
    struct avt_image *image, *frame;
    struct avt_renderer *renderer;
};

static struct scene make_scene(int width, int height, const struct avt_face *face)
{
    struct scene scene = {.face = *face, .image = make_picture(width, height, face)};
    struct avt_error error = {0};
    assert_non_null(scene.image);
    assert_int_equal(avt_image_new(width, height, &scene.frame, &error), AVT_OK);
    assert_int_equal(avt_render_photo_new(scene.image, face, &scene.renderer, &error), AVT_OK);
    return scene;
}

static void scene_done(struct scene *scene)
{
    avt_renderer_free(scene->renderer);
    avt_image_free(scene->image);
    avt_image_free(scene->frame);
}

static size_t differing(const struct avt_image *a, const struct avt_image *b)
{
    size_t count = 0;
    for (int y = 0; y < a->height; y++)
        for (int x = 0; x < a->width; x++)
            count += memcmp(avt_image_row(a, y) + 4 * x, avt_image_row(b, y) + 4 * x, 4) != 0;
    return count;
}

static const uint8_t *pixel(const struct avt_image *image, float x, float y)
{
    return avt_image_row(image, (int)(y + .5f)) + 4 * (int)(x + .5f);
}

static struct avt_motion talk(void)
{
    struct avt_motion motion = {
        .pose = {2, -1.5f, 1}, .shift = {.01f, .01f}, .breath = .5f, .tongue_up = .3f};
    motion.arkit[AVT_JAW_OPEN] = .4f;
    motion.arkit[AVT_MOUTH_PUCKER] = .2f;
    motion.arkit[AVT_EYE_BLINK_LEFT] = motion.arkit[AVT_EYE_BLINK_RIGHT] = .6f;
    motion.arkit[AVT_BROW_INNER_UP] = .4f;
    motion.arkit[AVT_EYE_LOOK_IN_LEFT] = motion.arkit[AVT_EYE_LOOK_OUT_RIGHT] = .3f;
    return motion;
}

static void render__stillness_is_the_source(void **state)
{
    (void)state;
    struct avt_face face = make_face(60, 160.4f, 140.7f, 0, 3);
    struct scene scene = make_scene(321, 303, &face);
    struct avt_motion still = {0}, moving = talk();
    avt_render(scene.renderer, &still, scene.frame);
    assert_int_equal(differing(scene.frame, scene.image), 0);
    /* And again after a frame that moved: nothing is carried over. */
    avt_render(scene.renderer, &moving, scene.frame);
    assert_true(differing(scene.frame, scene.image) > 10000);
    avt_render(scene.renderer, &still, scene.frame);
    assert_int_equal(differing(scene.frame, scene.image), 0);
    scene_done(&scene);
}

/* A tongue behind closed lips is not seen. */
static void render__closed_mouth_shows_nothing(void **state)
{
    (void)state;
    struct avt_face face = make_face(60, 160.4f, 140.7f, 0, 3);
    struct scene scene = make_scene(321, 303, &face);
    struct avt_motion motion = {.tongue_up = 1};
    motion.arkit[AVT_TONGUE_OUT] = 1;
    avt_render(scene.renderer, &motion, scene.frame);
    assert_int_equal(differing(scene.frame, scene.image), 0);
    scene_done(&scene);
}

static void render__same_motion_same_bits(void **state)
{
    (void)state;
    struct avt_face face = make_face(60, 160, 140, -10, 0);
    struct scene a = make_scene(320, 320, &face), b = make_scene(320, 320, &face);
    struct avt_motion motion = talk(), other = {.pose = {-3, 2, -2}};
    avt_render(a.renderer, &other, a.frame);
    avt_render(a.renderer, &motion, a.frame);
    avt_render(b.renderer, &motion, b.frame);
    assert_int_equal(differing(a.frame, b.frame), 0);
    scene_done(&a);
    scene_done(&b);
}

static void render__background_and_border_stay(void **state)
{
    (void)state;
    struct avt_face face = make_face(50, 300, 200, 0, 0);
    struct scene scene = make_scene(600, 480, &face);
    struct avt_motion motion = talk();
    motion.pose = (struct avt_head_pose){4, 3, 2};
    avt_render(scene.renderer, &motion, scene.frame);
    for (int y = 0; y < 480; y++) {
        assert_memory_equal(avt_image_row(scene.frame, y), avt_image_row(scene.image, y), 4 * 150);
        assert_memory_equal(avt_image_row(scene.frame, y) + 4 * 450,
                            avt_image_row(scene.image, y) + 4 * 450, 4 * 150);
    }
    for (int y = 400; y < 480; y++)
        assert_memory_equal(avt_image_row(scene.frame, y), avt_image_row(scene.image, y), 4 * 600);
    scene_done(&scene);
}

static void render__jaw_opens_a_dark_mouth_that_closes_again(void **state)
{
    (void)state;
    static const struct {
        float gap, jaw, close;
        bool open;
    } rows[] = {{0, .5f, 0, true},  {0, .5f, 1, false},  {0, 0, 0, false},
                {.1f, 0, 0, false}, {.1f, .5f, 0, true}, {.1f, .5f, 1, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_face face = make_face(100, 200, 180, 0, 0);
        struct avt_point3 lips = face.mesh[13];
        part_lips(&face, rows[i].gap);
        struct scene scene = make_scene(400, 420, &face);
        struct avt_motion motion = {0};
        motion.arkit[AVT_JAW_OPEN] = rows[i].jaw;
        motion.arkit[AVT_MOUTH_CLOSE] = rows[i].close;
        avt_render(scene.renderer, &motion, scene.frame);
        int dark = 0;
        for (int y = 0; y < 30; y++)
            dark += pixel(scene.frame, lips.x, lips.y - 6 + (float)y)[0] < 110;
        if (rows[i].open != (dark >= 5) || (!rows[i].open && dark > 1))
            fail_msg("row %zu: %d dark pixels down the mouth", i, dark);
        scene_done(&scene);
    }
}

static void render__blink_covers_the_eyes(void **state)
{
    (void)state;
    struct avt_face face = make_face(100, 200, 180, 0, 0);
    struct scene scene = make_scene(400, 420, &face);
    struct avt_motion motion = {0};
    motion.arkit[AVT_EYE_BLINK_RIGHT] = 1;
    avt_render(scene.renderer, &motion, scene.frame);
    struct avt_point3 right = face.mesh[468], left = face.mesh[473];
    assert_true(pixel(scene.image, right.x, right.y)[0] < 60);
    assert_true(pixel(scene.frame, right.x, right.y)[0] > 120); /* skin now */
    assert_true(pixel(scene.frame, left.x, left.y)[0] < 60);    /* the other eye is as it was */
    scene_done(&scene);
}

/* Paints a rectangle around a point. */
static void paint(struct avt_image *image, struct avt_point3 at, int across, int above, int below, int value)
{
    for (int y = (int)at.y - above; y < (int)at.y + below; y++)
        for (int x = (int)at.x - across; x < (int)at.x + across; x++)
            memset(avt_image_row(image, y) + 4 * x, value, 3);
}

/* The lid lines are fitted to the white. The last place of this one was once beyond its end, by rounding. */
static void render__eye_in_a_white_field(void **state)
{
    (void)state;
    struct avt_face face = make_face(200, 400, 360, 0, 0);
    struct scene scene = make_scene(800, 840, &face);
    avt_renderer_free(scene.renderer);
    scene.renderer = NULL;
    paint(scene.image, face.mesh[159], 50, 30, 40, 220);
    paint(scene.image, face.mesh[159], 50, 1, 2, 20);
    struct avt_error error = {0};
    assert_int_equal(avt_render_photo_new(scene.image, &face, &scene.renderer, &error), AVT_OK);
    struct avt_motion motion = {0};
    motion.arkit[AVT_EYE_BLINK_RIGHT] = .5f;
    avt_render(scene.renderer, &motion, scene.frame);
    /* Both eyes are far from the mouth. */
    struct avt_point3 chin = face.mesh[152];
    assert_memory_equal(pixel(scene.frame, chin.x, chin.y), pixel(scene.image, chin.x, chin.y), 4);
    scene_done(&scene);
}

/* The line of the lashes moves with the lid; it must not stay behind on the eye as well. */
static void render__wide_eye_has_one_lash_line(void **state)
{
    (void)state;
    struct avt_face face = make_face(200, 400, 360, 0, 0);
    struct scene scene = make_scene(800, 840, &face);
    avt_renderer_free(scene.renderer);
    scene.renderer = NULL;
    const struct avt_point3 lid = face.mesh[159];
    paint(scene.image, (struct avt_point3){400, 420, 0}, 400, 420, 420, 220); /* grey: no white of the eye */
    paint(scene.image, lid, 50, 2, 2, 20);
    struct avt_error error = {0};
    assert_int_equal(avt_render_photo_new(scene.image, &face, &scene.renderer, &error), AVT_OK);
    struct avt_motion motion = {0};
    motion.arkit[AVT_EYE_WIDE_RIGHT] = 1;
    avt_render(scene.renderer, &motion, scene.frame);
    int lines = 0, first = 0;
    bool dark = false;
    for (int y = -25; y < 30; y++) {
        bool now = pixel(scene.frame, lid.x, lid.y + (float)y)[0] < (dark ? 190 : 120);
        first = now && !lines ? y : first;
        lines += now && !dark;
        dark = now;
    }
    assert_int_equal(lines, 1);
    assert_true(first < -4); /* it was 4 pixels thick about the lid, and has moved up */
    scene_done(&scene);
}

static void render__refuses_what_it_cannot_draw(void **state)
{
    (void)state;
    struct avt_face good = make_face(60, 100, 80, 0, 0), bad = make_face(60, 100, 80, 85, 0);
    struct avt_image *image = make_picture(200, 200, &good);
    struct avt_renderer *renderer = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_render_photo_new(image, &bad, &renderer, &error), AVT_EFACE);
    assert_null(renderer);
    assert_true(strlen(error.message) > 20);
    avt_image_free(image);
}

/* Nothing here is compared: the sanitizer build sees every read and write. */
static void render__faces_at_and_beyond_the_edge(void **state)
{
    (void)state;
    static const struct {
        int width, height;
        float unit, x, y, roll;
    } rows[] = {{200, 200, 60, 0, 0, 0},      {200, 200, 60, 200, 200, 30},
                {201, 99, 60, 100, 95, 0},    {64, 64, 300, 32, 32, 0},
                {1, 1, 20, 0, 0, 0},          {2, 301, 40, 1, 150, -20},
                {333, 7, 12, 160, 3, 0},      {200, 200, 40, 1000, 100, 0},
                {200, 200, 40, 100, -900, 0}, {1500, 900, 400, 700, 300, 5}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_face face = make_face(rows[i].unit, rows[i].x, rows[i].y, 0, rows[i].roll);
        struct scene scene = make_scene(rows[i].width, rows[i].height, &face);
        struct avt_motion motion = talk(), still = {0};
        avt_render(scene.renderer, &motion, scene.frame);
        for (int k = 0; k < AVT_ARKIT_COUNT; k++)
            motion.arkit[k] = 1;
        motion.pose = (struct avt_head_pose){-90, 90, 90};
        avt_render(scene.renderer, &motion, scene.frame);
        avt_render(scene.renderer, &still, scene.frame);
        assert_int_equal(differing(scene.frame, scene.image), 0);
        scene_done(&scene);
    }
}

/* Means of 8 x 8 blocks of one frame; the square roots and exponentials of other C libraries may
 * differ in the last bit, which moves single pixels but no mean by one level. */
static void render__golden(void **state)
{
    (void)state;
    static const short golden[8][8] = {
        {1572, 1572, 1571, 1572, 1572, 1572, 1571, 1572},
        {1572, 1572, 1572, 1572, 1572, 1572, 1571, 1572},
        {1572, 1572, 1572, 1571, 1571, 1572, 1571, 1572},
        {1572, 1572, 1572, 1516, 1539, 1552, 1572, 1572},
        {1572, 1572, 1572, 1569, 1511, 1571, 1572, 1572},
        {1572, 1572, 1571, 1514, 1182, 1573, 1572, 1572},
        {1572, 1571, 1571, 1572, 1573, 1571, 1572, 1572},
        {1572, 1572, 1572, 1572, 1572, 1572, 1572, 1572},
    };
    struct avt_face face = make_face(56, 128, 104, 12, -4);
    struct scene scene = make_scene(256, 256, &face);
    struct avt_motion motion = talk();
    avt_render(scene.renderer, &motion, scene.frame);
    for (int by = 0; by < 8; by++) {
        for (int bx = 0; bx < 8; bx++) {
            double sum = 0;
            for (int y = 0; y < 32; y++)
                for (int x = 0; x < 32; x++)
                    for (int c = 0; c < 3; c++)
                        sum += (c + 1) *
                               avt_image_row(scene.frame, by * 32 + y)[4 * (bx * 32 + x) + c];
            double mean = sum / (32 * 32 * 6) * 10;
            if (fabs(mean - golden[by][bx]) > 8)
                fail_msg("block %d %d: %.1f, not %d", bx, by, mean, golden[by][bx]);
        }
    }
    scene_done(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(render__stillness_is_the_source),
        cmocka_unit_test(render__closed_mouth_shows_nothing),
        cmocka_unit_test(render__same_motion_same_bits),
        cmocka_unit_test(render__background_and_border_stay),
        cmocka_unit_test(render__jaw_opens_a_dark_mouth_that_closes_again),
        cmocka_unit_test(render__blink_covers_the_eyes),
        cmocka_unit_test(render__eye_in_a_white_field),
        cmocka_unit_test(render__wide_eye_has_one_lash_line),
        cmocka_unit_test(render__refuses_what_it_cannot_draw),
        cmocka_unit_test(render__faces_at_and_beyond_the_edge),
        cmocka_unit_test(render__golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
