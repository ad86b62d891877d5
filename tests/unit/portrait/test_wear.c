/* SPDX-License-Identifier: Apache-2.0 */
/* What is worn: sound meshes of a bounded size, the same twice, each kind different, no skin
 * through cloth in any pose. */
#include "head_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/pose.h"
#include "portrait/vec.h"
#include "portrait/wear.h"

enum { TRIANGLES_MAX = 60000, BODIES = 4 };

/* A woman, a heavy man, a child, a thin old man. */
static struct avt_attributes body(int which)
{
    static const float BODY[BODIES][4] = {
        {30, 0, .5f, .5f}, {45, 1, .95f, .6f}, {7, .5f, .4f, .3f}, {78, 1, .1f, .2f}};
    return (struct avt_attributes){.seed = 5,
                                   .age = BODY[which][0],
                                   .masculine = BODY[which][1],
                                   .african = .33f,
                                   .asian = .33f,
                                   .european = .34f,
                                   .weight = BODY[which][2],
                                   .muscle = BODY[which][3],
                                   .clothing_colour = AVT_PAINT_NAVY,
                                   .headwear_colour = AVT_PAINT_TEAL};
}

static struct avt_bust *make(const struct avt_head *head, const struct avt_attributes *attributes)
{
    struct avt_bust *bust = NULL;
    assert_int_equal(avt_bust_new(head, attributes, &bust, NULL), AVT_OK);
    return bust;
}

static struct avt_wear *dressed(const struct avt_bust *bust,
                                const struct avt_attributes *attributes)
{
    struct avt_wear *wear = NULL;
    assert_int_equal(avt_wear_new(bust, attributes, &wear, NULL), AVT_OK);
    return wear;
}

static void check_piece(const struct avt_piece *piece)
{
    const struct avt_mesh *mesh = &piece->mesh;
    assert_true(mesh->vertex_count > 0 && mesh->triangle_count > 0);
    assert_non_null(mesh->uv);
    assert_non_null(mesh->follow);
    for (size_t i = 0; i < mesh->vertex_count; i++) {
        struct avt_point3 p = mesh->points[i];
        assert_true(fabsf(p.x) < 60 && p.y < 25 && p.y > -75 && fabsf(p.z) < 40);
        assert_true(isfinite(mesh->uv[i].x) && isfinite(mesh->uv[i].y));
        assert_true(mesh->follow[i] >= 0 && mesh->follow[i] <= 1.3f);
        assert_true(piece->shade[i] >= 0 && piece->shade[i] <= 1.1f);
    }
    for (size_t t = 0; t < mesh->triangle_count; t++)
        for (int k = 0; k < 3; k++)
            assert_true(mesh->triangles[t][k] < mesh->vertex_count);
    assert_true(piece->stuff >= AVT_STUFF_CLOTH && piece->stuff <= AVT_STUFF_LENS);
    assert_true(piece->clear >= 0 && piece->clear <= 1 && piece->weave >= 0);
}

static size_t check_wear(const struct avt_wear *wear)
{
    size_t triangles = 0;
    assert_true(wear->count > 0 && wear->count <= AVT_WEAR_PIECES_MAX);
    for (size_t i = 0; i < wear->count; i++) {
        check_piece(&wear->pieces[i]);
        triangles += wear->pieces[i].mesh.triangle_count;
    }
    assert_true(triangles < TRIANGLES_MAX);
    return triangles;
}

static void every_garment_is_sound_on_every_body(void **state)
{
    for (int which = 0; which < BODIES; which++) {
        struct avt_attributes a = body(which);
        struct avt_bust *bust = make(*state, &a);
        for (a.clothing = 0; a.clothing < AVT_CLOTHING_COUNT; a.clothing++) {
            struct avt_wear *wear = dressed(bust, &a);
            check_wear(wear);
            avt_wear_free(wear);
        }
        avt_bust_free(bust);
    }
}

static void everything_else_is_sound_on_every_body(void **state)
{
    for (int which = 0; which < BODIES; which++) {
        struct avt_attributes a = body(which);
        struct avt_bust *bust = make(*state, &a);
        for (int k = 0; k < 8; k++) {
            a.headwear = k % AVT_HEADWEAR_COUNT;
            a.glasses = k % AVT_GLASSES_COUNT;
            a.earrings = k % AVT_EARRINGS_COUNT;
            struct avt_wear *wear = dressed(bust, &a);
            check_wear(wear);
            avt_wear_free(wear);
        }
        avt_bust_free(bust);
    }
}

static bool same(const struct avt_wear *a, const struct avt_wear *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct avt_mesh *m = &a->pieces[i].mesh, *n = &b->pieces[i].mesh;
        if (m->vertex_count != n->vertex_count || m->triangle_count != n->triangle_count ||
            memcmp(m->points, n->points, m->vertex_count * sizeof(*m->points)) != 0 ||
            memcmp(a->pieces[i].colour, b->pieces[i].colour, sizeof(a->pieces[i].colour)) != 0)
            return false;
    }
    return true;
}

static void the_same_attributes_give_the_same_clothes(void **state)
{
    struct avt_attributes a = body(0);
    a.clothing = AVT_CLOTHING_SUIT;
    a.headwear = AVT_HEADWEAR_HIJAB;
    a.glasses = AVT_GLASSES_AVIATOR;
    struct avt_bust *bust = make(*state, &a);
    struct avt_wear *first = dressed(bust, &a), *second = dressed(bust, &a);
    assert_true(same(first, second));
    avt_wear_free(second);
    a.glasses = AVT_GLASSES_NONE;
    second = dressed(bust, &a);
    /* Without glasses everything before them is as it was. */
    assert_true(second->count < first->count);
    for (size_t i = 0; i < second->count; i++)
        assert_memory_equal(first->pieces[i].mesh.points, second->pieces[i].mesh.points,
                            second->pieces[i].mesh.vertex_count * sizeof(struct avt_point3));
    avt_wear_free(first);
    avt_wear_free(second);
    avt_bust_free(bust);
}

static void kinds_differ(void **state)
{
    struct avt_attributes a = body(3);
    struct avt_bust *bust = make(*state, &a);
    struct avt_wear *all[AVT_CLOTHING_COUNT];
    for (a.clothing = 0; a.clothing < AVT_CLOTHING_COUNT; a.clothing++)
        all[a.clothing] = dressed(bust, &a);
    for (int i = 0; i < AVT_CLOTHING_COUNT; i++)
        for (int k = 0; k < i; k++)
            assert_false(same(all[i], all[k]));
    for (int i = 0; i < AVT_CLOTHING_COUNT; i++)
        avt_wear_free(all[i]);
    avt_bust_free(bust);
}

/* A garment keeps its colour: the largest piece has the paint that was asked for. */
static void garments_have_the_colour_asked_for(void **state)
{
    struct avt_attributes a = body(0);
    a.clothing_colour = AVT_PAINT_GREEN;
    struct avt_bust *bust = make(*state, &a);
    for (a.clothing = 0; a.clothing < AVT_CLOTHING_COUNT; a.clothing++) {
        struct avt_wear *wear = dressed(bust, &a);
        bool found = false;
        for (size_t i = 0; i < wear->count; i++)
            found = found || (wear->pieces[i].mesh.triangle_count > 500 &&
                              memcmp(wear->pieces[i].colour, avt_paint_colour(AVT_PAINT_GREEN),
                                     3 * sizeof(float)) == 0);
        assert_true(found);
        avt_wear_free(wear);
    }
    avt_bust_free(bust);
}

/* ---- poses --------------------------------------------------------------------------------------
 */

/* Foremost surface as seen from the front, in cells of a third of a centimetre; skin and cloth
 * apart. */
#define CELL_CM .33f
enum { SIDE = 180 };
struct depths {
    float near[SIDE * SIDE];
    float y[SIDE * SIDE]; /* at rest */
};

static void see(struct depths *depths, const struct avt_mesh *mesh, const struct avt_pose *pose)
{
    for (int i = 0; i < SIDE * SIDE; i++)
        depths->near[i] = -1e9f;
    for (size_t t = 0; t < mesh->triangle_count; t++) {
        struct avt_point3 p[3];
        for (int k = 0; k < 3; k++) {
            uint32_t i = mesh->triangles[t][k];
            p[k] = avt_posed(pose, mesh->points[i], mesh->follow ? mesh->follow[i] : 1);
        }
        for (int i = 0; i <= 8; i++)
            for (int k = 0; k <= 8 - i; k++) {
                float a = (float)i / 8, b = (float)k / 8;
                struct avt_point3 at = avt_vec_along(avt_vec_scale(p[0], 1 - a - b), a, p[1]);
                at = avt_vec_along(at, b, p[2]);
                int x = (int)floorf(at.x / CELL_CM) + SIDE / 2, y = (int)floorf(-at.y / CELL_CM);
                if (x < 0 || y < 0 || x >= SIDE || y >= SIDE || at.z <= depths->near[y * SIDE + x])
                    continue;
                depths->near[y * SIDE + x] = at.z;
                depths->y[y * SIDE + x] = mesh->points[mesh->triangles[t][0]].y;
            }
    }
}

/* The first piece of a T-shirt and the like is its shell: below the neckline skin is nowhere before
 * it. */
static void skin_stays_inside_when_the_head_turns(void **state)
{
    static const struct avt_head_pose POSES[] = {{0, 0, 0},     {.yaw = 25},    {.yaw = -25},
                                                 {.pitch = 15}, {.pitch = -15}, {.roll = 10},
                                                 {.roll = -10}};
    struct depths *skin = avt_new0(struct depths, 2), *cloth = skin + 1;
    for (int which = 0; which < BODIES; which++) {
        struct avt_attributes a = body(which);
        struct avt_bust *bust = make(*state, &a);
        a.clothing = which % 2 ? AVT_CLOTHING_SWEATER : AVT_CLOTHING_T_SHIRT;
        struct avt_wear *wear = dressed(bust, &a);
        for (size_t k = 0; k < sizeof(POSES) / sizeof(POSES[0]); k++) {
            struct avt_motion motion = {.pose = POSES[k]};
            struct avt_pose pose;
            avt_pose_make(bust, &motion, &pose);
            see(skin, &bust->skin, &pose);
            see(cloth, &wear->pieces[0].mesh, &pose);
            int covered = 0, through = 0;
            float lowest_neck =
                bust->neck.y - .75f * (bust->chin.y - bust->neck.y) - 8 * bust->head_width / 15.5f;
            for (int i = 0; i < SIDE * SIDE; i++) {
                if (cloth->near[i] < -1e8f || skin->near[i] < -1e8f || skin->y[i] > lowest_neck)
                    continue;
                covered++;
                through += skin->near[i] > cloth->near[i] + .05f;
            }
            assert_true(covered > 2000);
            assert_true(through * 500 < covered);
        }
        avt_wear_free(wear);
        avt_bust_free(bust);
    }
    avt_free(skin);
}

/* Lenses stand clear of the eyes' fronts and of each other, glasses lie before the face. */
static void glasses_stand_before_the_eyes(void **state)
{
    for (int which = 0; which < BODIES; which++) {
        struct avt_attributes a = body(which);
        struct avt_bust *bust = make(*state, &a);
        for (a.glasses = 1; a.glasses < AVT_GLASSES_COUNT; a.glasses++) {
            struct avt_wear *wear = dressed(bust, &a);
            const struct avt_piece *lens = NULL;
            for (size_t i = 0; i < wear->count; i++)
                if (wear->pieces[i].stuff == AVT_STUFF_LENS)
                    lens = &wear->pieces[i];
            assert_non_null(lens);
            assert_true(a.glasses == AVT_GLASSES_SUN ? lens->clear < .3f : lens->clear > .8f);
            for (size_t i = 0; i < lens->mesh.vertex_count; i++) {
                struct avt_point3 p = lens->mesh.points[i];
                const struct avt_ball *eye = &bust->eyes[p.x > 0];
                float far = avt_vec_length(avt_vec_sub(p, eye->centre));
                assert_true(far > eye->radius + .4f && far < 7);
            }
            avt_wear_free(wear);
        }
        avt_bust_free(bust);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_garment_is_sound_on_every_body),
        cmocka_unit_test(everything_else_is_sound_on_every_body),
        cmocka_unit_test(the_same_attributes_give_the_same_clothes),
        cmocka_unit_test(kinds_differ),
        cmocka_unit_test(garments_have_the_colour_asked_for),
        cmocka_unit_test(skin_stays_inside_when_the_head_turns),
        cmocka_unit_test(glasses_stand_before_the_eyes),
    };
    return cmocka_run_group_tests(tests, open_head, free_head);
}
