/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an open mouth, asked for point by point: which part stays with the head and which goes
 * with the jaw, what the tongue does, and where it is dark. */
#include "../cmocka_all.h"

#include <math.h>

#include "face_fixture.h"
#include "lipsync/mouth.h"
#include "lipsync/mouth_light.h"

/* Well inside the lips: neither of them throws a shadow. */
#define FAR .3f

/* In the middle of a front tooth of both rows, off the groove of the tongue. */
#define TOOTH_X .045f

struct mouth {
    struct avt_image *image;
    struct avt_rig rig;
    struct avt_mouth *mouth;
};

static int make_mouth(void **state)
{
    static struct mouth made;
    struct avt_face face = make_face(100, 200, 180, 0, 0);
    made.image = make_picture(400, 420, &face);
    if (!made.image || !avt_rig_measure(&face, &made.rig))
        return -1;
    made.mouth = avt_mouth_new(made.image, &made.rig, 1);
    *state = &made;
    return 0;
}

static int free_mouth(void **state)
{
    struct mouth *made = *state;
    avt_mouth_free(made->mouth);
    avt_image_free(made->image);
    return 0;
}

static struct avt_mouth_pose open_by(float jaw)
{
    return (struct avt_mouth_pose){.jaw = jaw, .narrow = 1, .gap = .3f};
}

static float light(const struct mouth *made, const struct avt_mouth_pose *pose, float x, float y)
{
    float rgb[3];
    avt_mouth_colour(made->mouth, pose, x, y, FAR, FAR, rgb);
    return .2126f * rgb[0] + .7152f * rgb[1] + .0722f * rgb[2];
}

/* Blue alone: enamel has it, flesh does not. */
static float enamel(const struct mouth *made, const struct avt_mouth_pose *pose, float x, float y)
{
    float rgb[3];
    avt_mouth_colour(made->mouth, pose, x, y, FAR, FAR, rgb);
    return rgb[2];
}

/* Where enamel begins (or ends) on the way down from y0 to y1; -1 if nowhere. */
static float edge(const struct mouth *made, const struct avt_mouth_pose *pose, float y0, float y1, bool to_dark)
{
    float most = 0;
    for (float y = y0; y < y1; y += .002f)
        most = fmaxf(most, enamel(made, pose, TOOTH_X, y));
    for (float y = y0; y < y1; y += .002f)
        if ((enamel(made, pose, TOOTH_X, y) < most / 2) == to_dark)
            return y;
    return -1;
}

static void teeth__upper_stay_with_the_head(void **state)
{
    const struct mouth *made = *state;
    struct avt_mouth_pose half = open_by(.15f), wide = open_by(.32f);
    float at = edge(made, &half, -.05f, .12f, true);
    assert_true(at > 0 && at < .06f); /* they show below the line of the closed lips */
    assert_float_equal(edge(made, &wide, -.05f, .12f, true), at, 1e-6);
    for (float y = -.08f; y < -.01f; y += .01f)
        for (float x = -.2f; x < .2f; x += .02f)
            assert_float_equal(light(made, &wide, x, y), light(made, &half, x, y), 1e-6);
}

static void teeth__lower_go_with_the_jaw(void **state)
{
    const struct mouth *made = *state;
    struct avt_mouth_pose half = open_by(.20f), wide = open_by(.32f);
    float high = edge(made, &half, .10f, .34f, false), low = edge(made, &wide, .10f, .46f, false);
    assert_true(high > .15f && low > high);
    assert_float_equal(low - high, .12f, .005f);
    /* They lean back and get less light than the upper ones. */
    assert_true(light(made, &half, TOOTH_X, high + .03f) < .8f * light(made, &half, TOOTH_X, 0));
}

static void tongue__rises_and_comes_between_the_teeth(void **state)
{
    const struct mouth *made = *state;
    struct avt_mouth_pose rest = open_by(.3f), up = rest, out = rest;
    up.tongue_up = 1;
    out.tongue_out = 1;
    float y = .2f; /* in the cavity, above a tongue that rests */
    assert_true(light(made, &up, TOOTH_X, y) > 1.5f * light(made, &rest, TOOTH_X, y));
    float flesh[3], teeth[3], y_between = .075f;
    avt_mouth_colour(made->mouth, &up, TOOTH_X, y, FAR, FAR, flesh);
    avt_mouth_colour(made->mouth, &up, TOOTH_X, 0, FAR, FAR, teeth);
    assert_true(flesh[0] / flesh[1] > 1.5f * teeth[0] / teeth[1]); /* red beside enamel */
    assert_true(light(made, &out, TOOTH_X, y_between) > 1.5f * light(made, &rest, TOOTH_X, y_between));
    /* Behind the upper teeth, whatever it does. */
    assert_float_equal(light(made, &out, TOOTH_X, 0), light(made, &rest, TOOTH_X, 0), 1e-6);
}

static void shading__lips_corners_and_slits_are_darker(void **state)
{
    const struct mouth *made = *state;
    struct avt_mouth_pose wide = open_by(.3f), slit = wide, round = wide;
    slit.gap = .02f;
    round.narrow = .6f;
    float y = 0, rgb[3], under_lip[3];
    avt_mouth_colour(made->mouth, &wide, TOOTH_X, y, FAR, FAR, rgb);
    avt_mouth_colour(made->mouth, &wide, TOOTH_X, y, 0, FAR, under_lip);
    assert_true(under_lip[1] < .8f * rgb[1]);
    assert_true(light(made, &slit, 0, .2f) < .6f * light(made, &wide, 0, .2f)); /* the back */
    assert_true(light(made, &round, TOOTH_X, y) < .8f * light(made, &wide, TOOTH_X, y));
    float corner = .9f * made->rig.mouth_half_width;
    assert_true(light(made, &wide, corner, .15f) < .6f * light(made, &wide, 0, .15f));
    assert_true(light(made, &wide, 0, .15f) < .2f * light(made, &wide, TOOTH_X, y)); /* the cavity */
}

/* Whatever the mouth does. */
static void shading__is_never_brighter_than_the_cap(void **state)
{
    const struct mouth *made = *state;
    struct avt_mouth_light known;
    avt_mouth_light_measure(made->image, &made->rig, 1, &known);
    for (int k = 0; k < 32; k++) {
        struct avt_mouth_pose pose = {.jaw = k & 1 ? .3f : .05f,
                                      .narrow = k & 2 ? 1.1f : .6f,
                                      .tongue_up = k & 4 ? 1.f : 0.f,
                                      .tongue_out = k & 8 ? 1.f : 0.f,
                                      .gap = k & 16 ? .35f : .01f};
        for (float y = -.1f; y < .5f; y += .01f) {
            for (float x = -.4f; x < .4f; x += .013f) {
                float at = light(made, &pose, x, y);
                if (!(at >= 0 && at <= known.cap + 1e-4f))
                    fail_msg("pose %d at %.3f %.3f: %.4f, cap %.4f", k, (double)x, (double)y, (double)at,
                             (double)known.cap);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teeth__upper_stay_with_the_head),
        cmocka_unit_test(teeth__lower_go_with_the_jaw),
        cmocka_unit_test(tongue__rises_and_comes_between_the_teeth),
        cmocka_unit_test(shading__lips_corners_and_slits_are_darker),
        cmocka_unit_test(shading__is_never_brighter_than_the_cap),
    };
    return cmocka_run_group_tests(tests, make_mouth, free_mouth);
}
