/* SPDX-License-Identifier: Apache-2.0 */
/* Light and palette of a mouth, from pictures whose light is known. */
#include "../cmocka_all.h"

#include <math.h>

#include "face_fixture.h"
#include "lipsync/mouth_light.h"

enum { WIDTH = 400, HEIGHT = 420 };

/* Skin times a light that changes across and down the picture, and white eyes. */
static struct avt_mouth_light measure(float across, float down, float level, int white, int grain)
{
    struct avt_face face = make_face(100, 200, 180, 0, 0);
    struct avt_rig rig;
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = make_picture(WIDTH, HEIGHT, &face);
    assert_non_null(image);
    assert_true(avt_rig_measure(&face, &rig));
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            static const float skin[3] = {200, 150, 120};
            uint8_t *p = avt_image_row(image, y) + 4 * x;
            float light = level + across * ((float)x / WIDTH - .5f) + down * ((float)y / HEIGHT - .5f);
            unsigned hash = (unsigned)x * 2654435761u ^ (unsigned)y * 2656518887u;
            float noise = (float)grain * ((float)(hash >> 13 & 15) - 7.5f) / 8;
            bool eye = p[0] == 30 && p[1] == 30, lips = p[0] > p[1] + 100;
            for (int c = 0; c < 3; c++) {
                float own = eye ? (float)white : lips ? (float)p[c] : skin[c];
                p[c] = (uint8_t)avt_clampf(own * light + noise, 0, 255);
            }
        }
    }
    struct avt_mouth_light light;
    avt_mouth_light_measure(image, &rig, 1, &light);
    return light;
}

static void light__comes_from_where_the_skin_is_bright(void **state)
{
    (void)state;
    struct avt_mouth_light even = measure(0, 0, 1, 30, 4), left = measure(-.6f, 0, .8f, 30, 4);
    struct avt_mouth_light right = measure(.6f, 0, .8f, 30, 4), top = measure(0, -.6f, .8f, 30, 4);
    assert_true(fabsf(even.toward.x) < .05f);
    assert_true(left.toward.x < -.1f && right.toward.x > .1f);
    assert_true(top.toward.y < even.toward.y - .05f);
    assert_true(top.above > even.above - 1e-6f && top.above <= .85f);
    /* A surface that faces the viewer is what all is measured by. */
    assert_float_equal(avt_mouth_light_on(&left, (struct avt_point3){0, 0, 1}), 1, .02f);
    assert_true(avt_mouth_light_on(&left, (struct avt_point3){-.6f, 0, .8f}) >
                1.15f * avt_mouth_light_on(&left, (struct avt_point3){.6f, 0, .8f}));
}

static void palette__stays_below_the_skins_highlight(void **state)
{
    (void)state;
    for (float level = .15f; level <= 1; level += .17f) {
        struct avt_mouth_light light = measure(0, 0, level, 255, 4);
        float skin = avt_luminance(light.skin);
        assert_true(light.cap < .9f * skin && light.cap > .8f * skin); /* flat skin: its highlight is its mean */
        assert_true(avt_luminance(light.tooth) <= light.cap);
        assert_true(avt_luminance(light.tooth) > .5f * light.cap);
        /* Enamel, flesh, darkness. */
        assert_true(light.tooth[0] < 1.7f * light.tooth[1] && light.tooth[2] < light.tooth[1]);
        assert_true(light.tongue[0] > 1.8f * light.tongue[1]);
        assert_true(avt_luminance(light.cavity) < .3f * avt_luminance(light.tongue));
    }
}

static void detail__is_little_in_a_flat_drawing(void **state)
{
    (void)state;
    struct avt_mouth_light photo = measure(0, 0, .9f, 30, 8), flat = measure(0, 0, .9f, 30, 0);
    assert_true(photo.grain > 1 && flat.grain < .3f);
    assert_true(photo.contrast > .95f && flat.contrast < .75f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(light__comes_from_where_the_skin_is_bright),
        cmocka_unit_test(palette__stays_below_the_skins_highlight),
        cmocka_unit_test(detail__is_little_in_a_flat_drawing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
