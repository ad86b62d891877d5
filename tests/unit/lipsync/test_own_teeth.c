/* SPDX-License-Identifier: Apache-2.0 */
/* Teeth taken from a photo whose lips are parted: where they lie, where they end, and when there are none. */
#include "../cmocka_all.h"

#include <math.h>

#include "face_fixture.h"
#include "lipsync/mouth.h"
#include "lipsync/own_teeth.h"

#define UNIT 100.f
#define GAP  .16f /* of the lips in the middle, eye distances */
#define SKIN .5f  /* luminance of the fixture's skin, linear, about */

struct photo {
    struct avt_image *image;
    struct avt_rig rig;
};

/* Teeth (if bright) in the upper `share` of the opening, darkness below; each 8 pixels wide tooth has a shade
 * of its own. */
static struct photo make_photo(float gap, float share, bool bright, float yaw)
{
    struct photo photo = {0};
    struct avt_face face = make_face(UNIT, 200, 180, yaw, 0);
    part_lips(&face, gap);
    photo.image = make_picture(400, 420, &face);
    assert_non_null(photo.image);
    assert_true(avt_rig_measure(&face, &photo.rig));
    const struct avt_rig *rig = &photo.rig;
    for (float x = rig->lip_upper.x0; x < rig->lip_upper.x1; x += .25f / UNIT) {
        float top = avt_curve_at(&rig->lip_upper, x), bottom = avt_curve_at(&rig->lip_lower, x);
        for (float y = top; y < bottom; y += .25f / UNIT) {
            struct avt_point at = avt_rig_project(rig, (struct avt_point3){x, y, avt_curve_at(&rig->lip_depth, x)});
            uint8_t *pixel = avt_image_row(photo.image, (int)at.y) + 4 * (ptrdiff_t)(int)at.x;
            bool tooth = bright && y < avt_mix(top, bottom, share);
            int shade = tooth ? 200 + 20 * (((int)at.x / 8) & 1) : 12;
            pixel[0] = pixel[1] = (uint8_t)shade;
            pixel[2] = (uint8_t)(shade - 10);
        }
    }
    return photo;
}

static void done(struct photo *photo)
{
    avt_image_free(photo->image);
}

static float share_at(const struct avt_own_teeth *teeth, float x, float y)
{
    float rgb[3];
    return avt_own_teeth_at(teeth, x, y, rgb);
}

static void teeth__are_found_only_where_they_show(void **state)
{
    (void)state;
    static const struct {
        float gap, share;
        bool bright, found;
    } rows[] = {{GAP, .6f, true, true}, {GAP, .6f, false, false}, {GAP, .08f, true, false}, {0, .6f, true, false}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct photo photo = make_photo(rows[i].gap, rows[i].share, rows[i].bright, 0);
        AVT_CLEANUP(avt_own_teeth_freep) struct avt_own_teeth *teeth =
            avt_own_teeth_new(photo.image, &photo.rig, SKIN);
        if ((teeth != NULL) != rows[i].found)
            fail_msg("row %zu: teeth %s", i, teeth ? "found" : "not found");
        done(&photo);
    }
}

static void teeth__are_what_lies_between_the_lips(void **state)
{
    (void)state;
    for (float yaw = -20; yaw <= 20; yaw += 20) {
        struct photo photo = make_photo(GAP, .6f, true, yaw);
        AVT_CLEANUP(avt_own_teeth_freep) struct avt_own_teeth *teeth =
            avt_own_teeth_new(photo.image, &photo.rig, SKIN);
        assert_non_null(teeth);
        /* The line of the closed lips lies .35 of the opening below the upper lip. */
        float top = -.35f * GAP, end = (.6f - .35f) * GAP;
        assert_true(share_at(teeth, 0, .5f * (top + end)) > .99f);
        assert_true(share_at(teeth, 0, end + .02f) < .01f);
        assert_true(share_at(teeth, 0, top) == 0 && share_at(teeth, 0, top - .05f) == 0);
        assert_float_equal(avt_own_teeth_edge(teeth, 0), end, .015f);
        /* Among them, and well beside them, where the drawn ones go on. */
        assert_true(avt_own_teeth_beside(teeth, 0) == 0);
        assert_true(avt_own_teeth_beside(teeth, .6f) == 1 && avt_own_teeth_beside(teeth, -.6f) == 1);
        /* Not beside the mouth, nor anywhere near its chin. */
        assert_true(share_at(teeth, 2 * photo.rig.mouth_half_width, 0) == 0);
        assert_true(share_at(teeth, 0, .5f) == 0);
        float mean[3], rgb[3];
        avt_own_teeth_colour(teeth, mean);
        assert_true(avt_own_teeth_at(teeth, 0, 0, rgb) > .99f);
        for (int c = 0; c < 3; c++) {
            assert_true(mean[c] > .4f && mean[c] < .8f);
            assert_float_equal(rgb[c], mean[c], .15f);
        }
        done(&photo);
    }
}

/* As sharp as in the photo: neighbours differ by what they were painted. */
static void teeth__keep_their_own_shades(void **state)
{
    (void)state;
    struct photo photo = make_photo(GAP, .6f, true, 0);
    AVT_CLEANUP(avt_own_teeth_freep) struct avt_own_teeth *teeth = avt_own_teeth_new(photo.image, &photo.rig, SKIN);
    assert_non_null(teeth);
    float least = 1, most = 0;
    for (float x = -.1f; x < .1f; x += .005f) {
        float rgb[3];
        assert_true(avt_own_teeth_at(teeth, x, 0, rgb) > .9f);
        least = fminf(least, rgb[0]);
        most = fmaxf(most, rgb[0]);
    }
    float dark = 200.f / 255, light = 220.f / 255;
    assert_float_equal(least, dark * dark * (.3f * dark + .7f), .01f);
    assert_float_equal(most, light * light * (.3f * light + .7f), .01f);
    done(&photo);
}

/* Beside and above what the photo shows the mouth draws teeth that could be theirs. */
static void teeth__are_continued_by_the_drawn_ones(void **state)
{
    (void)state;
    struct photo photo = make_photo(GAP, .6f, true, 0);
    struct avt_mouth *mouth = avt_mouth_new(photo.image, &photo.rig, 1);
    struct avt_mouth_pose wide = {.jaw = .2f, .narrow = 1, .gap = .3f};
    float top = -.35f * GAP, rgb[3], own[3];
    avt_mouth_colour(mouth, &wide, .06f, .5f * top, .2f, .2f, own);
    for (float y = top - .04f; y < .02f; y += .004f) {
        avt_mouth_colour(mouth, &wide, .06f, y, .2f, .2f, rgb);
        for (int c = 0; c < 3; c++)
            assert_true(rgb[c] > .6f * own[c] && rgb[c] < 1.25f * own[c]);
    }
    /* Their ends lie on one line. */
    float under = (.6f - .35f) * GAP + .025f;
    for (float x = -.2f; x < .2f; x += .01f) {
        avt_mouth_colour(mouth, &wide, x, under, .2f, .2f, rgb);
        assert_true(rgb[1] < .3f * own[1]);
    }
    avt_mouth_free(mouth);
    done(&photo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teeth__are_found_only_where_they_show),
        cmocka_unit_test(teeth__are_what_lies_between_the_lips),
        cmocka_unit_test(teeth__keep_their_own_shades),
        cmocka_unit_test(teeth__are_continued_by_the_drawn_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
