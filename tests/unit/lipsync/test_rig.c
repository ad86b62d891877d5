/* SPDX-License-Identifier: Apache-2.0 */
/* The rig: measures of a face, and that each shape moves skin the way its name says. */
#include "../cmocka_all.h"

#include <math.h>

#include "face_fixture.h"
#include "lipsync/rig.h"

#define UNIT 100.f

static struct avt_rig rig_of(const struct avt_face *face)
{
    struct avt_rig rig;
    assert_true(avt_rig_measure(face, &rig));
    return rig;
}

static struct avt_rig front(void)
{
    struct avt_face face = make_face(UNIT, 300, 300, 0, 0);
    return rig_of(&face);
}

static struct avt_point3 moved(const struct avt_rig *rig, enum avt_shape shape, enum avt_side side,
                               int point)
{
    return avt_rig_displace(rig, shape, side, rig->points[point]);
}

static void rig__measures_in_the_frame_of_the_face(void **state)
{
    (void)state;
    static const struct {
        float yaw, roll;
    } rows[] = {{0, 0}, {0, 25}, {-25, 0}, {20, -15}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_face face = make_face(UNIT, 300, 300, rows[i].yaw, rows[i].roll);
        struct avt_rig rig = rig_of(&face);
        assert_float_equal(rig.unit, UNIT, .5f);
        assert_float_equal(rig.origin.x, 300, 1);
        assert_float_equal(rig.mouth_x, 0, .02f);
        assert_float_equal(rig.points[13].y, face_points[13][1] * .001f, .02f);
        assert_false(rig.parted);
        /* Into the frame and back. */
        struct avt_point p = avt_rig_project(&rig, rig.points[61]);
        assert_float_equal(p.x, face.mesh[61].x, .05f);
        assert_float_equal(p.y, face.mesh[61].y, .05f);
        struct avt_point3 back = avt_rig_unproject(&rig, p.x, p.y, rig.points[61].z);
        assert_float_equal(back.x, rig.points[61].x, .001f);
        assert_float_equal(back.y, rig.points[61].y, .001f);
    }
}

static void rig__refuses_what_is_no_face(void **state)
{
    (void)state;
    struct avt_rig rig;
    struct avt_face face = {0};
    assert_false(avt_rig_measure(&face, &rig)); /* all points in one place */
    face = make_face(UNIT, 300, 300, 0, 0);
    face.mesh[200].x = NAN;
    assert_false(avt_rig_measure(&face, &rig));
    face = make_face(UNIT, 300, 300, 0, 0);
    face.mesh[14].z = INFINITY;
    assert_false(avt_rig_measure(&face, &rig));
    face = make_face(1.5f, 300, 300, 0, 0); /* too few pixels to draw */
    assert_false(avt_rig_measure(&face, &rig));
    face = make_face(UNIT, 300, 300, 85, 0); /* profile */
    assert_false(avt_rig_measure(&face, &rig));
    face = make_face(UNIT, 300, 300, 0, 0);
    for (int i = 0; i < AVT_MESH_POINTS; i++) /* mouth above the eyes */
        if (face.mesh[i].y > 330)
            face.mesh[i].y = 600 - face.mesh[i].y;
    assert_false(avt_rig_measure(&face, &rig));
}

static void rig__sees_parted_lips(void **state)
{
    (void)state;
    static const struct {
        float gap;
        bool parted;
    } rows[] = {{0, false}, {.02f, false}, {.10f, true}, {.25f, true}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_face face = make_face(UNIT, 300, 300, 0, 0);
        part_lips(&face, rows[i].gap);
        struct avt_rig rig = rig_of(&face);
        assert_int_equal(rig.parted, rows[i].parted);
        /* The neutral shape brings both edges to one line. */
        struct avt_point3 top = {0, avt_curve_at(&rig.lip_upper, 0), rig.mouth_z};
        struct avt_point3 bottom = {0, avt_curve_at(&rig.lip_lower, 0), rig.mouth_z};
        float up = avt_rig_displace(&rig, AVT_SHAPE_NEUTRAL, AVT_UPPER, top).y;
        float low = avt_rig_displace(&rig, AVT_SHAPE_NEUTRAL, AVT_LOWER, bottom).y;
        assert_float_equal(top.y + up, bottom.y + low, 1e-3f);
    }
}

static void rig__opens_as_the_photo_before_the_jaw(void **state)
{
    (void)state;
    struct avt_face face = make_face(150, 300, 300, 0, 0); /* large enough for plain gains */
    part_lips(&face, .12f);
    struct avt_rig rig = rig_of(&face);
    float before = 1;
    for (float jaw = 0; jaw <= .9f; jaw += .05f) {
        struct avt_motion motion = {.arkit = {[AVT_JAW_OPEN] = jaw}};
        float amounts[AVT_SHAPE_COUNT];
        avt_rig_amounts(&rig, &motion, amounts);
        float drop = avt_rig_jaw_drop(&rig, amounts);
        assert_float_equal(drop, AVT_RIG_JAW_DROP * jaw, 1e-5f);
        assert_true(amounts[AVT_SHAPE_NEUTRAL] <= before);
        before = amounts[AVT_SHAPE_NEUTRAL];
        /* Shut at rest; the photo's own mouth as it is where a sound asks for just that. */
        assert_float_equal(before, fmaxf(1 - drop / rig.gap, 0), 1e-4f);
        assert_true((amounts[AVT_SHAPE_JAW_OPEN] > 1e-5f) == (drop > rig.gap + 1e-5f));
        /* Lips that an open jaw holds together stay together. */
        motion.arkit[AVT_MOUTH_CLOSE] = jaw;
        avt_rig_amounts(&rig, &motion, amounts);
        assert_float_equal(amounts[AVT_SHAPE_NEUTRAL], 1, 1e-6f);
        assert_float_equal(amounts[AVT_SHAPE_LIPS_CLOSE], amounts[AVT_SHAPE_JAW_OPEN], 1e-6f);
    }
}

/* Seen from the side, or with a broad smile, half an opening is hard to read; a narrow one has to stay
 * narrow beside it, and a wide one needs no help. */
static void rig__a_mouth_that_is_hard_to_read_opens_further(void **state)
{
    (void)state;
    static const struct {
        float yaw, gap, at_half; /* what they gain over a mouth that is shut and seen from the front */
    } rows[] = {{0, 0, 1}, {0, .08f, 1}, {0, .2f, 1.6f}, {38, 0, 1.45f}, {20, 0, 1}};
    static const float jaws[] = {.04f, .4f, 1};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_face face = make_face(200, 400, 360, rows[i].yaw, 0);
        part_lips(&face, rows[i].gap);
        struct avt_rig rig;
        assert_true(avt_rig_measure(&face, &rig));
        for (int k = 0; k < 3; k++) {
            struct avt_motion motion = {0};
            float amounts[AVT_SHAPE_COUNT];
            motion.arkit[AVT_JAW_OPEN] = jaws[k];
            avt_rig_amounts(&rig, &motion, amounts);
            float gain = avt_rig_jaw_drop(&rig, amounts) / (jaws[k] * AVT_RIG_JAW_DROP);
            if (fabsf(gain - (k == 1 ? rows[i].at_half : 1)) > .03f)
                fail_msg("row %zu, jaw %.2f: gains %.3f", i, (double)jaws[k], (double)gain);
        }
    }
}

static void rig__shapes_move_as_named(void **state)
{
    (void)state;
    static const struct {
        enum avt_shape shape;
        enum avt_side side;
        int point;
        float dx_min, dx_max, dy_min, dy_max; /* eye distances */
    } rows[] = {
        {AVT_SHAPE_JAW_OPEN, AVT_LOWER, 152, -.02f, .02f, .30f, .42f}, /* chin, .37 */
        {AVT_SHAPE_JAW_OPEN, AVT_LOWER, 14, -.02f, .02f, .25f, .45f},
        {AVT_SHAPE_JAW_OPEN, AVT_UPPER, 13, -.01f, .01f, -.01f, .02f},
        {AVT_SHAPE_JAW_OPEN, AVT_UPPER, 4, -.01f, .01f, -.01f, .01f}, /* nose stays */
        {AVT_SHAPE_JAW_OPEN, AVT_UPPER, 159, -.01f, .01f, -.01f, .01f},
        {AVT_SHAPE_PUCKER, AVT_UPPER, 61, .09f, .16f, -.03f, .03f},
        {AVT_SHAPE_PUCKER, AVT_UPPER, 291, -.16f, -.09f, -.03f, .03f},
        {AVT_SHAPE_STRETCH_RIGHT, AVT_UPPER, 61, -.08f, -.02f, -.02f, .03f},
        {AVT_SHAPE_STRETCH_RIGHT, AVT_UPPER, 291, -.01f, .01f, -.01f, .01f},
        {AVT_SHAPE_SMILE_LEFT, AVT_UPPER, 291, .02f, .09f, -.12f, -.04f},
        {AVT_SHAPE_FROWN_LEFT, AVT_UPPER, 291, -.01f, .01f, .04f, .10f},
        {AVT_SHAPE_UPPER_UP_RIGHT, AVT_UPPER, 81, -.01f, .01f, -.09f, -.03f},
        {AVT_SHAPE_UPPER_UP_RIGHT, AVT_LOWER, 178, -.01f, .01f, -.001f, .001f},
        {AVT_SHAPE_LOWER_DOWN_RIGHT, AVT_LOWER, 178, -.01f, .01f, .03f, .10f},
        {AVT_SHAPE_ROLL_LOWER, AVT_LOWER, 14, -.01f, .01f, -.07f, -.02f},
        {AVT_SHAPE_BLINK_RIGHT, AVT_UPPER, 159, -.01f, .01f, .05f, .30f},
        {AVT_SHAPE_BLINK_RIGHT, AVT_UPPER, 386, -.001f, .001f, -.001f, .001f},
        {AVT_SHAPE_BLINK_RIGHT, AVT_LOWER, 145, -.01f, .01f, -.06f, -.001f},
        {AVT_SHAPE_BLINK_RIGHT, AVT_UPPER, 105, -.01f, .01f, -.001f, .02f}, /* brow stays */
        {AVT_SHAPE_BROW_DOWN_RIGHT, AVT_UPPER, 65, -.03f, .03f, .02f, .08f},
        {AVT_SHAPE_BROW_INNER_LEFT, AVT_UPPER, 285, -.03f, .03f, -.1f, -.03f},
        {AVT_SHAPE_BROW_OUTER_LEFT, AVT_UPPER, 282, -.03f, .03f, -.1f, -.02f},
    };
    struct avt_rig rig = front();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct avt_point3 d = moved(&rig, rows[i].shape, rows[i].side, rows[i].point);
        if (!(d.x >= rows[i].dx_min && d.x <= rows[i].dx_max && d.y >= rows[i].dy_min &&
              d.y <= rows[i].dy_max))
            fail_msg("row %zu: shape %d moves point %d by %.3f %.3f", i, (int)rows[i].shape,
                     rows[i].point, (double)d.x, (double)d.y);
    }
}

/* The shape of the other half of the face, or the same one. */
static enum avt_shape mirror_shape(enum avt_shape shape)
{
    static const enum avt_shape rights[] = {
        AVT_SHAPE_PRESS_RIGHT,        AVT_SHAPE_UPPER_UP_RIGHT,  AVT_SHAPE_LOWER_DOWN_RIGHT,
        AVT_SHAPE_STRETCH_RIGHT,      AVT_SHAPE_SMILE_RIGHT,     AVT_SHAPE_FROWN_RIGHT,
        AVT_SHAPE_CHEEK_SQUINT_RIGHT, AVT_SHAPE_SNEER_RIGHT,     AVT_SHAPE_BLINK_RIGHT,
        AVT_SHAPE_SQUINT_RIGHT,       AVT_SHAPE_WIDE_RIGHT,      AVT_SHAPE_BROW_DOWN_RIGHT,
        AVT_SHAPE_BROW_INNER_RIGHT,   AVT_SHAPE_BROW_OUTER_RIGHT};
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        if (shape == rights[i])
            return (enum avt_shape)(shape + 1);
        if (shape == (enum avt_shape)(rights[i] + 1))
            return rights[i];
    }
    return shape;
}

static void rig__shapes_are_symmetric(void **state)
{
    (void)state;
    struct avt_rig rig = front();
    for (int shape = 0; shape < AVT_SHAPE_SKIN_COUNT; shape++) {
        if (shape == AVT_SHAPE_JAW_SIDE || shape == AVT_SHAPE_MOUTH_SIDE)
            continue;
        enum avt_shape other = mirror_shape((enum avt_shape)shape);
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < 468; i++) {
                struct avt_point3 a = moved(&rig, (enum avt_shape)shape, (enum avt_side)side, i);
                struct avt_point3 b = moved(&rig, other, (enum avt_side)side, face_mirror[i]);
                if (!(fabsf(a.x + b.x) < .006f && fabsf(a.y - b.y) < .006f))
                    fail_msg("shape %d point %d: %.3f %.3f against %.3f %.3f", shape, i,
                             (double)a.x, (double)a.y, (double)b.x, (double)b.y);
            }
        }
    }
}

static void rig__both_sides_agree_beyond_the_corners(void **state)
{
    (void)state;
    struct avt_rig rig = front();
    for (int shape = 0; shape <= AVT_SHAPE_FROWN_LEFT; shape++) {
        for (int k = 0; k < 40; k++) {
            struct avt_point3 at = {rig.mouth_x + rig.mouth_half_width + .08f + .01f * (float)k,
                                    rig.seam.y[AVT_CURVE_POINTS - 1] + .02f * (float)(k % 7 - 3),
                                    rig.mouth_z};
            struct avt_point3 u = avt_rig_displace(&rig, (enum avt_shape)shape, AVT_UPPER, at);
            struct avt_point3 l = avt_rig_displace(&rig, (enum avt_shape)shape, AVT_LOWER, at);
            assert_float_equal(u.x, l.x, .003f);
            assert_float_equal(u.y, l.y, .003f);
        }
    }
}

static void rig__head_moves_whole_and_shoulders_do_not(void **state)
{
    (void)state;
    struct avt_rig rig = front();
    for (int i = 0; i < 468; i++)
        assert_float_equal(avt_rig_head_share(&rig, rig.points[i]), 1, .35f);
    assert_float_equal(avt_rig_head_share(&rig, rig.points[4]), 1, 1e-6f);
    static const struct avt_point3 outside[] = {
        {2.6f, .3f, 0}, {-2.6f, .3f, 0}, {0, 3.2f, 0}, {0, -4, 0}, {2.2f, -2.5f, 0}};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        assert_float_equal(avt_rig_head_share(&rig, outside[i]), 0, 1e-6f);
    /* A breath lifts the shoulders more than the head, and nothing far off. */
    struct avt_point3 chest = {0, rig.chin_y + .9f, 0};
    assert_true(avt_rig_breath_share(&rig, chest) > .95f);
    assert_true(avt_rig_breath_share(&rig, rig.points[4]) < .6f);
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        if (outside[i].y > rig.chin_y + 2.05f || fabsf(outside[i].x) > 2.5f)
            assert_float_equal(avt_rig_breath_share(&rig, outside[i]), 0, 1e-6f);
    /* Turned to the picture's right the nose goes right, looking up it goes up. */
    assert_true(avt_rig_displace_head(AVT_SHAPE_YAW, rig.points[4]).x > .3f);
    assert_true(avt_rig_displace_head(AVT_SHAPE_PITCH, rig.points[4]).y < -.3f);
    assert_true(avt_rig_displace_head(AVT_SHAPE_ROLL, rig.points[10]).x > .3f);
}

static void rig__turning_has_parallax(void **state)
{
    (void)state;
    struct avt_rig rig = front();
    struct avt_point3 nose = rig.points[4], brow = rig.points[10];
    /* Within the contour the mesh's own depth holds. */
    assert_true(avt_rig_head_depth(&rig, nose) == nose.z);
    /* From the forehead over the hair, and from the chin down the neck, the head falls back without a step; at the
     * outline of the hair it does not turn or nod at all. */
    for (int way = -1; way <= 1; way += 2) {
        float before = brow.z, edge = way < 0 ? rig.top_y : rig.chin_y;
        for (float d = 0; d < 1.3f; d += .05f) {
            float z = avt_rig_head_depth(&rig, (struct avt_point3){0, edge + (float)way * d, brow.z});
            assert_true(z <= before + 1e-6f && z > before - .08f);
            before = z;
        }
        struct avt_point3 end = {0, edge + (float)way * 1.3f, before};
        assert_float_equal(avt_rig_displace_head(AVT_SHAPE_YAW, end).x, 0, 1e-5f);
        assert_float_equal(avt_rig_displace_head(AVT_SHAPE_PITCH, end).y, 0, 1e-5f);
    }
    /* The nose goes further than the brow, that further than the hair above it. */
    struct avt_point3 hair = {0, rig.top_y - .5f, brow.z};
    hair.z = avt_rig_head_depth(&rig, hair);
    float by_nose = avt_rig_displace_head(AVT_SHAPE_YAW, nose).x;
    float by_brow = avt_rig_displace_head(AVT_SHAPE_YAW, brow).x;
    float by_hair = avt_rig_displace_head(AVT_SHAPE_YAW, hair).x;
    assert_true(by_nose > 1.2f * by_brow && by_brow > 1.2f * by_hair && by_hair > 0);
}

static void rig__amounts_are_bounded(void **state)
{
    (void)state;
    struct avt_rig rig = front();
    struct avt_motion motion = {.pose = {NAN, 1e9f, -1e9f}, .shift = {INFINITY, NAN}, .breath = 7};
    for (int i = 0; i < AVT_ARKIT_COUNT; i++)
        motion.arkit[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? 50.f : -50.f;
    float amounts[AVT_SHAPE_COUNT];
    avt_rig_amounts(&rig, &motion, amounts);
    for (int i = 0; i < AVT_SHAPE_COUNT; i++)
        assert_true(fabsf(amounts[i]) <= 1.6f);
    /* mouthClose undoes jawOpen, never more. */
    motion = (struct avt_motion){.arkit = {[AVT_JAW_OPEN] = .4f, [AVT_MOUTH_CLOSE] = 1}};
    avt_rig_amounts(&rig, &motion, amounts);
    assert_float_equal(amounts[AVT_SHAPE_LIPS_CLOSE], amounts[AVT_SHAPE_JAW_OPEN], 1e-6f);
    struct avt_motion still = {0};
    avt_rig_amounts(&rig, &still, amounts);
    for (int i = 0; i < AVT_SHAPE_COUNT; i++)
        assert_true(amounts[i] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rig__measures_in_the_frame_of_the_face),
        cmocka_unit_test(rig__refuses_what_is_no_face),
        cmocka_unit_test(rig__sees_parted_lips),
        cmocka_unit_test(rig__opens_as_the_photo_before_the_jaw),
        cmocka_unit_test(rig__a_mouth_that_is_hard_to_read_opens_further),
        cmocka_unit_test(rig__shapes_move_as_named),
        cmocka_unit_test(rig__shapes_are_symmetric),
        cmocka_unit_test(rig__both_sides_agree_beyond_the_corners),
        cmocka_unit_test(rig__head_moves_whole_and_shoulders_do_not),
        cmocka_unit_test(rig__turning_has_parallax),
        cmocka_unit_test(rig__amounts_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
