/* SPDX-License-Identifier: Apache-2.0 */
/* The baked rig as a field: where it speaks, where it does not, and that it agrees with the rest.
 */
#include "../cmocka_all.h"

#include <math.h>

#include "face_fixture.h"
#include "lipsync/rig_skin.h"

struct fixture {
    struct avt_rig_model *model;
    struct avt_rig rig;
    struct avt_rig_skin *skin;
};
static struct fixture fixture;

static void set_up_turned(float yaw)
{
    struct avt_face face = make_face(100, 300, 300, yaw, 0);
    struct avt_rig_view view = {300, 300, 0};
    struct avt_rig_face fit;
    assert_true(avt_rig_measure(&face, &fixture.rig));
    assert_true(avt_rig_face_fit(fixture.model, &face, &view, &fit));
    avt_rig_skin_free(fixture.skin);
    fixture.skin = avt_rig_skin_new(&fixture.rig, &fit);
    assert_non_null(fixture.skin);
}

static int set_up(void **state)
{
    (void)state;
    if (avt_rig_model_open(&fixture.model, NULL) != AVT_OK)
        return -1;
    set_up_turned(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    avt_rig_skin_free(fixture.skin);
    avt_rig_model_free(fixture.model);
    fixture = (struct fixture){0};
    return 0;
}

static float amount_at(struct avt_point3 at)
{
    struct avt_rig_place place;
    avt_rig_skin_place(fixture.skin, at, &place);
    return fmaxf(place.amount[AVT_UPPER], place.amount[AVT_LOWER]);
}

static struct avt_point3 moved(enum avt_shape shape, enum avt_side side, struct avt_point3 at)
{
    struct avt_rig_place place;
    avt_rig_skin_place(fixture.skin, at, &place);
    return avt_rig_skin_mix(&place, shape, side, avt_rig_displace(&fixture.rig, shape, side, at));
}

static void rig_skin__speaks_on_the_cheeks_only(void **state)
{
    (void)state;
    static const short cheeks[] = {50, 280, 205, 425}, others[] = {13, 14, 61, 0, 159, 105, 10};
    for (size_t i = 0; i < sizeof(cheeks) / sizeof(cheeks[0]); i++)
        assert_true(amount_at(fixture.rig.points[cheeks[i]]) > .2f);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_true(amount_at(fixture.rig.points[others[i]]) < .05f);
    assert_true(amount_at((struct avt_point3){2, 1, 0}) <= 0);
    assert_true(amount_at((struct avt_point3){0, 3, 0}) <= 0);
}

static void rig_skin__moves_as_the_shape_is_named(void **state)
{
    (void)state;
    const struct avt_point3 right = fixture.rig.points[205], left = fixture.rig.points[425];
    assert_true(moved(AVT_SHAPE_JAW_OPEN, AVT_UPPER, right).y > .02f);
    assert_true(moved(AVT_SHAPE_SMILE_RIGHT, AVT_UPPER, right).y < -.01f);
    assert_true(fabsf(moved(AVT_SHAPE_SMILE_RIGHT, AVT_UPPER, left).y) < .01f);
    /* A shape that it does not hold stays as it was. */
    struct avt_point3 brow = moved(AVT_SHAPE_BROW_INNER_LEFT, AVT_UPPER, left);
    struct avt_point3 hand =
        avt_rig_displace(&fixture.rig, AVT_SHAPE_BROW_INNER_LEFT, AVT_UPPER, left);
    assert_float_equal(brow.y, hand.y, 1e-9);
}

/* What mixing adds to rig_shapes.c. */
static struct avt_point added(enum avt_shape shape, enum avt_side side, float x, float y)
{
    struct avt_point3 at = {x, y, 0}, d = moved(shape, side, at);
    struct avt_point3 hand = avt_rig_displace(&fixture.rig, shape, side, at);
    return (struct avt_point){d.x - hand.x, d.y - hand.y};
}

static void rig_skin__adds_no_crease(void **state)
{
    (void)state;
    static const enum avt_shape shapes[] = {AVT_SHAPE_JAW_OPEN, AVT_SHAPE_PUCKER,
                                            AVT_SHAPE_SMILE_LEFT};
    for (int s = 0; s < 3; s++) {
        for (float y = .2f; y < 1.6f; y += .1f) {
            enum avt_side side = y < 1 ? AVT_UPPER : AVT_LOWER;
            struct avt_point last = added(shapes[s], side, -1.2f, y);
            for (float x = -1.19f; x < 1.2f; x += .01f) {
                struct avt_point d = added(shapes[s], side, x, y);
                assert_true(hypotf(d.x - last.x, d.y - last.y) < .006f);
                last = d;
            }
        }
    }
}

static void rig_skin__is_the_same_for_a_turned_head(void **state)
{
    (void)state;
    struct avt_point3 front = moved(AVT_SHAPE_JAW_OPEN, AVT_UPPER, fixture.rig.points[205]);
    set_up_turned(25);
    struct avt_point3 turned = moved(AVT_SHAPE_JAW_OPEN, AVT_UPPER, fixture.rig.points[205]);
    assert_float_equal(front.x, turned.x, .02f);
    assert_float_equal(front.y, turned.y, .02f);
    set_up_turned(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rig_skin__speaks_on_the_cheeks_only),
        cmocka_unit_test(rig_skin__moves_as_the_shape_is_named),
        cmocka_unit_test(rig_skin__adds_no_crease),
        cmocka_unit_test(rig_skin__is_the_same_for_a_turned_head),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
