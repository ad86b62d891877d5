/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of teeth: that there are single teeth, where they end, what is behind them, how bright they may be, and
 * what a turned head does to them. */
#include "../cmocka_all.h"

#include <math.h>

#include "lipsync/teeth.h"

#define PIXEL .005f
#define EDGE  .03f

static struct avt_mouth_light usual_light(void)
{
    return (struct avt_mouth_light){.ambient = .5f,
                                    .toward = {0, -.2f, .5f},
                                    .above = .6f,
                                    .tooth = {.5f, .45f, .38f},
                                    .gum = {.25f, .08f, .08f},
                                    .cap = .55f,
                                    .contrast = 1};
}

static struct avt_teeth *make(const struct avt_mouth_light *light, enum avt_teeth_row row, float turn_x)
{
    struct avt_teeth *teeth = avt_teeth_new(&(struct avt_teeth_plan){.row = row,
                                                                     .edge = EDGE,
                                                                     .scale = 1,
                                                                     .turn_x = turn_x,
                                                                     .softness = .003f,
                                                                     .pixel = PIXEL,
                                                                     .light = light});
    assert_non_null(teeth);
    return teeth;
}

static float light_at(const struct avt_teeth *teeth, float x, float y)
{
    float rgba[4];
    avt_teeth_at(teeth, x, y, rgba);
    return avt_luminance(rgba);
}

static float cover_at(const struct avt_teeth *teeth, float x, float y)
{
    float rgba[4];
    avt_teeth_at(teeth, x, y, rgba);
    return rgba[3];
}

static void row__ends_at_its_edge(void **state)
{
    (void)state;
    struct avt_mouth_light light = usual_light();
    for (int row = 0; row < 2; row++) {
        AVT_CLEANUP(avt_teeth_freep) struct avt_teeth *teeth = make(&light, (enum avt_teeth_row)row, 0);
        float x = row == 0 ? .067f : .042f, to_gum = row == 0 ? -1 : 1; /* middle of a front tooth */
        assert_true(cover_at(teeth, x, EDGE + .02f * to_gum) > .98f);
        assert_true(cover_at(teeth, x, EDGE - .02f * to_gum) < .02f);
        /* Gums over their necks, with no hole between. */
        float rgba[4];
        for (float y = .03f; y < .25f; y += .005f)
            assert_true(cover_at(teeth, 0, EDGE + y * to_gum) > .9f);
        avt_teeth_at(teeth, x, EDGE + .22f * to_gum, rgba);
        assert_true(rgba[0] > 2 * rgba[1]);
        avt_teeth_at(teeth, x, EDGE + .05f * to_gum, rgba);
        assert_true(rgba[0] < 1.3f * rgba[1]);
        /* Nothing beyond the row, nor for places that are no numbers. */
        assert_true(cover_at(teeth, 3, 0) == 0 && cover_at(teeth, 0, -3) == 0 && cover_at(teeth, NAN, 0) == 0);
    }
}

/* Darkest place of the row over x, of the mean of both sides. */
static float line_contrast(const struct avt_mouth_light *light, float between, float half)
{
    AVT_CLEANUP(avt_teeth_freep) struct avt_teeth *teeth = make(light, AVT_TEETH_UPPER, 0);
    float y = EDGE - .06f, tooth = .5f * (light_at(teeth, between - half, y) + light_at(teeth, between + half, y));
    return light_at(teeth, between, y) / tooth;
}

static void row__has_lines_between_its_teeth_unless_drawn(void **state)
{
    (void)state;
    struct avt_mouth_light light = usual_light();
    /* Between the two front teeth, 8.5 mm wide, and beside one of them. */
    assert_true(line_contrast(&light, 0, .067f) < .75f);
    assert_true(line_contrast(&light, .130f, .045f) < .8f);
    float photo = line_contrast(&light, 0, .067f);
    light.contrast = .35f;
    assert_true(line_contrast(&light, 0, .067f) > photo + .12f);
}

static void row__is_never_brighter_than_the_cap(void **state)
{
    (void)state;
    struct avt_mouth_light light = usual_light();
    light.toward = (struct avt_point3){.6f, -.6f, .8f}; /* a hard light from the side and above */
    light.ambient = .2f;
    light.grain = 5;
    AVT_CLEANUP(avt_teeth_freep) struct avt_teeth *teeth = make(&light, AVT_TEETH_UPPER, .2f);
    float most = 0;
    for (int i = 0; i < teeth->width * teeth->height; i++) {
        const float *p = teeth->rgba + 4 * (ptrdiff_t)i;
        assert_true(p[0] >= 0 && p[1] >= 0 && p[2] >= 0 && p[3] >= 0 && p[3] < 1.0001f);
        most = fmaxf(most, avt_luminance(p) - light.cap * p[3]);
    }
    assert_true(most < 1e-3f);
}

/* The head turned to the picture's right: what lies deeper comes to lie further left, and the near side hides
 * less of itself. */
static void row__turns_with_the_head(void **state)
{
    (void)state;
    struct avt_mouth_light light = usual_light();
    AVT_CLEANUP(avt_teeth_freep) struct avt_teeth *front = make(&light, AVT_TEETH_UPPER, 0);
    AVT_CLEANUP(avt_teeth_freep) struct avt_teeth *turned = make(&light, AVT_TEETH_UPPER, .5f);
    float y = EDGE - .06f;
    assert_float_equal(light_at(front, .2f, y), light_at(front, -.2f, y), .02f);
    /* Ends of the row: where its cover ends. */
    float right[2] = {0}, left[2] = {0};
    for (float x = 0; x < 1; x += .005f) {
        const struct avt_teeth *rows[2] = {front, turned};
        for (int i = 0; i < 2; i++) {
            right[i] = cover_at(rows[i], x, y) > .5f ? x : right[i];
            left[i] = cover_at(rows[i], -x, y) > .5f ? x : left[i];
        }
    }
    assert_float_equal(right[0], left[0], .011f);
    assert_true(right[1] < right[0] - .05f && left[1] > left[0] + .1f);
    /* Light from one side only. */
    light.toward.x = .4f;
    AVT_CLEANUP(avt_teeth_freep) struct avt_teeth *lit = make(&light, AVT_TEETH_UPPER, 0);
    assert_true(light_at(lit, .3f, y) > 1.3f * light_at(lit, -.3f, y));
}

static void row__is_as_grainy_and_as_soft_as_the_picture(void **state)
{
    (void)state;
    struct avt_mouth_light light = usual_light();
    float rough[2] = {0}, rise[2] = {0};
    for (int i = 0; i < 2; i++) {
        light.grain = i == 1 ? 4 : 0;
        AVT_CLEANUP(avt_teeth_freep) struct avt_teeth *teeth = make(&light, AVT_TEETH_UPPER, 0);
        for (float x = .04f; x < .09f; x += PIXEL)
            for (float y = -.05f; y < 0; y += PIXEL)
                rough[i] += fabsf(light_at(teeth, x + PIXEL, y) - light_at(teeth, x, y));
        AVT_CLEANUP(avt_teeth_freep) struct avt_teeth *soft =
            avt_teeth_new(&(struct avt_teeth_plan){.row = AVT_TEETH_UPPER,
                                                   .edge = EDGE,
                                                   .scale = 1,
                                                   .softness = i == 1 ? .02f : .003f,
                                                   .pixel = PIXEL,
                                                   .light = &light});
        for (float y = 0; y < .06f; y += .001f)
            rise[i] = fmaxf(rise[i], cover_at(soft, .067f, y) - cover_at(soft, .067f, y + .004f));
    }
    assert_true(rough[1] > 2 * rough[0]);
    assert_true(rise[1] < .5f * rise[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row__ends_at_its_edge),
        cmocka_unit_test(row__has_lines_between_its_teeth_unless_drawn),
        cmocka_unit_test(row__is_never_brighter_than_the_cap),
        cmocka_unit_test(row__turns_with_the_head),
        cmocka_unit_test(row__is_as_grainy_and_as_soft_as_the_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
