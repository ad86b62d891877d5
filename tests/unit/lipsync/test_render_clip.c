/* SPDX-License-Identifier: Apache-2.0 */
/* The clip renderer on drawn faces: what it leaves alone, that lips of the clip are shut, that its own open. */
#include "../cmocka_all.h"

#include <math.h>
#include <string.h>

#include "face_fixture.h"
#include "lipsync/renderer.h"

enum { SIDE = 400 };

struct scene {
    struct avt_face face;
    struct avt_image *picture, *frame;
    struct avt_clip_renderer *renderer;
};

static struct scene make_scene(float gap)
{
    struct scene scene = {.face = make_face(80, 200, 150, 0, 0)};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_image_freep) struct avt_image *shut = make_picture(SIDE, SIDE, &scene.face);
    assert_int_equal(avt_render_clip_new(shut, &scene.face, &scene.renderer, &error), AVT_OK);
    part_lips(&scene.face, gap);
    scene.picture = make_picture(SIDE, SIDE, &scene.face);
    assert_int_equal(avt_image_new(SIDE, SIDE, &scene.frame, &error), AVT_OK);
    return scene;
}

static void scene_done(struct scene *scene)
{
    avt_clip_renderer_free(scene->renderer);
    avt_image_free(scene->picture);
    avt_image_free(scene->frame);
}

static size_t differing(const struct avt_image *a, const struct avt_image *b, int first, int end)
{
    size_t count = 0;
    for (int y = first; y < end; y++)
        for (int x = 0; x < a->width; x++)
            count += memcmp(avt_image_row(a, y) + 4 * x, avt_image_row(b, y) + 4 * x, 4) != 0;
    return count;
}

static struct avt_motion talk(void)
{
    struct avt_motion motion = {.pose = {5, 4, 3}, .shift = {.05f, .05f}, .breath = 1};
    motion.arkit[AVT_JAW_OPEN] = .4f;
    motion.arkit[AVT_EYE_BLINK_LEFT] = motion.arkit[AVT_EYE_BLINK_RIGHT] = 1;
    motion.arkit[AVT_BROW_INNER_UP] = 1;
    return motion;
}

static void clip__without_face_or_strength_is_the_picture(void **state)
{
    (void)state;
    struct scene scene = make_scene(0);
    struct avt_motion motion = talk();
    avt_render_clip(scene.renderer, scene.picture, NULL, 1, &motion, scene.frame);
    assert_int_equal(differing(scene.frame, scene.picture, 0, SIDE), 0);
    avt_render_clip(scene.renderer, scene.picture, &scene.face, 0, &motion, scene.frame);
    assert_int_equal(differing(scene.frame, scene.picture, 0, SIDE), 0);
    struct avt_motion still = {0};
    avt_render_clip(scene.renderer, scene.picture, &scene.face, 1, &still, scene.frame);
    assert_int_equal(differing(scene.frame, scene.picture, 0, SIDE), 0);
    scene_done(&scene);
}

/* Head, eyes and brows are the clip's, whatever the motion says. */
static void clip__only_the_mouth_moves(void **state)
{
    (void)state;
    struct scene scene = make_scene(0);
    struct avt_motion motion = talk();
    avt_render_clip(scene.renderer, scene.picture, &scene.face, 1, &motion, scene.frame);
    assert_int_equal(differing(scene.frame, scene.picture, 0, 160), 0); /* lower lids */
    size_t moved = differing(scene.frame, scene.picture, (int)scene.face.mesh[1].y, SIDE);
    assert_true(moved > 3000);
    /* Half of it moves less. */
    struct avt_motion none = {0};
    avt_render_clip(scene.renderer, scene.picture, &scene.face, .3f, &motion, scene.frame);
    assert_true(differing(scene.frame, scene.picture, 0, SIDE) > 0);
    avt_render_clip(scene.renderer, scene.picture, &scene.face, 1, &none, scene.frame);
    assert_int_equal(differing(scene.frame, scene.picture, 0, SIDE), 0);
    scene_done(&scene);
}

/* Rows of red lip in the column of the mouth's middle; a gap in the picture is painted green. */
static int green_pixels(const struct avt_image *image)
{
    int count = 0;
    for (int y = 0; y < image->height; y++) {
        for (int x = 0; x < image->width; x++) {
            const uint8_t *p = avt_image_row(image, y) + 4 * (ptrdiff_t)x;
            count += p[1] > p[0] + 60 && p[1] > p[2] + 60;
        }
    }
    return count;
}

static void clip__open_lips_are_shut(void **state)
{
    (void)state;
    struct scene scene = make_scene(.16f);
    const struct avt_point3 *mesh = scene.face.mesh;
    static const short upper[] = {191, 80, 81, 82, 13, 312, 311, 310, 415};
    static const short lower[] = {95, 88, 178, 87, 14, 317, 402, 318, 324};
    for (int i = 0; i < 8; i++) {
        for (int x = (int)mesh[upper[i]].x; x < (int)mesh[upper[i + 1]].x; x++) {
            for (int y = (int)mesh[upper[i]].y + 1; y < (int)mesh[lower[i]].y; y++) {
                uint8_t *p = avt_image_row(scene.picture, y) + 4 * (ptrdiff_t)x;
                p[0] = p[2] = 0;
                p[1] = 255;
            }
        }
    }
    int before = green_pixels(scene.picture);
    assert_true(before > 200);
    struct avt_motion shut = {0};
    avt_render_clip(scene.renderer, scene.picture, &scene.face, 1, &shut, scene.frame);
    int after = green_pixels(scene.frame);
    if (after > before / 10)
        fail_msg("%d of %d pixels of the opening still show", after, before);
    scene_done(&scene);
}

static double mouth_mean(const struct avt_image *image, const struct avt_face *face)
{
    double sum = 0;
    int count = 0;
    for (int y = (int)face->mesh[13].y; y < (int)face->mesh[13].y + 24; y++)
        for (int x = (int)face->mesh[13].x - 12; x < (int)face->mesh[13].x + 12; x++, count++)
            sum += avt_image_row(image, y)[4 * x];
    return sum / count;
}

/* From one picture to the next the opening of the clip's mouth grows a little, and so must what is seen. */
static void clip__parting_lips_do_not_flicker(void **state)
{
    (void)state;
    struct scene scene = make_scene(0);
    struct avt_motion motion = {0};
    motion.arkit[AVT_JAW_OPEN] = .25f;
    double last = 0;
    for (int i = 0; i <= 30; i++) {
        struct avt_face face = make_face(80, 200, 150, 0, 0);
        part_lips(&face, .002f * (float)i);
        avt_render_clip(scene.renderer, scene.picture, &face, 1, &motion, scene.frame);
        double mean = mouth_mean(scene.frame, &scene.face);
        if (i > 0 && fabs(mean - last) > 4)
            fail_msg("%.1f jumps to %.1f at a gap of %.3f", last, mean, .002 * i);
        last = mean;
    }
    scene_done(&scene);
}

static void clip__refuses_and_passes_over_what_is_no_face(void **state)
{
    (void)state;
    struct scene scene = make_scene(0);
    struct avt_motion motion = talk();
    struct avt_face folded = scene.face;
    memset(folded.mesh, 0, sizeof(folded.mesh));
    avt_render_clip(scene.renderer, scene.picture, &folded, 1, &motion, scene.frame);
    assert_int_equal(differing(scene.frame, scene.picture, 0, SIDE), 0);
    struct avt_clip_renderer *none = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_render_clip_new(scene.picture, &folded, &none, &error), AVT_EFACE);
    assert_null(none);
    /* At the edge and beyond it. */
    for (int x = -60; x < SIDE + 60; x += 90) {
        struct avt_face face = make_face(80, (float)x, SIDE - 40, 10, 5);
        avt_render_clip(scene.renderer, scene.picture, &face, 1, &motion, scene.frame);
    }
    scene_done(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clip__without_face_or_strength_is_the_picture),
        cmocka_unit_test(clip__only_the_mouth_moves),
        cmocka_unit_test(clip__open_lips_are_shut),
        cmocka_unit_test(clip__parting_lips_do_not_flicker),
        cmocka_unit_test(clip__refuses_and_passes_over_what_is_no_face),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
