/* SPDX-License-Identifier: Apache-2.0 */
/* Every style is sound on every head, keeps off face and body, and is what it is called. */
#include "strands_fixture.h"

#include "portrait/hair_parts.h"

struct hair {
    struct avt_strands *strands;
    struct avt_mesh under;
};

static struct hair grow(const struct avt_bust *bust, const struct avt_attributes *attributes)
{
    struct hair hair = {0};
    struct avt_error error = {0};
    if (avt_hair_grow(bust, attributes, &hair.strands, &hair.under, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return hair;
}

static void done(struct hair *hair)
{
    avt_strands_free(hair->strands);
    avt_mesh_done(&hair->under);
}

static void assert_mesh(const struct avt_mesh *mesh)
{
    for (size_t t = 0; t < mesh->triangle_count; t++)
        for (int k = 0; k < 3; k++)
            assert_true(mesh->triangles[t][k] < mesh->vertex_count);
}

/* Share of all points for which `test` holds. */
typedef bool (*point_test)(const void *user, struct avt_point3 p);
static float share_of(const struct avt_strands *strands, point_test test, const void *user)
{
    size_t count = strands->count * strands->points, hits = 0;
    for (size_t i = 0; i < count; i++)
        hits += test(user, strands->at[i]);
    return (float)hits / (float)count;
}

static bool before_eyes(const void *user, struct avt_point3 p)
{
    const struct avt_bust *bust = user;
    for (int side = 0; side < 2; side++) {
        struct avt_ball eye = bust->eyes[side];
        if (p.z > eye.centre.z && hypotf(p.x - eye.centre.x, p.y - eye.centre.y) < .8f * eye.radius)
            return true;
    }
    return false;
}

static bool inside(const void *body, struct avt_point3 p)
{
    return avt_hair_body_distance(body, p, NULL) < -.35f;
}

static void styles__are_sound_in_all_textures(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    for (a.hair = 0; a.hair < AVT_HAIR_STYLE_COUNT; a.hair++)
        for (int n = 0; n < 2; n++) {
            a.hair_texture = (a.hair + 2 * n) % AVT_HAIR_TEXTURE_COUNT;
            struct hair hair = grow(bust, &a);
            assert_mesh(&hair.under);
            if (a.hair == AVT_HAIR_BALD) {
                assert_true(!hair.strands || !hair.strands->count);
                assert_int_equal(hair.under.triangle_count, 0);
            } else {
                assert_true(hair.strands->count > 3000);
                assert_true(hair.strands->count * hair.strands->points < 210000);
                assert_strands(hair.strands, bust);
            }
            done(&hair);
        }
    avt_bust_free(bust);
}

static void styles__leave_eyes_free_and_keep_off_the_body(void **state)
{
    const struct avt_attributes people[] = {{.age = 6, .masculine = .1f}, {.age = 80, .masculine = 1, .weight = 1}};
    for (int n = 0; n < 2; n++) {
        struct avt_attributes a = somebody();
        a.age = people[n].age;
        a.masculine = people[n].masculine;
        struct avt_bust *bust = bust_of(*state, &a);
        struct avt_hair_body body;
        assert_int_equal(avt_hair_body_make(bust, &body, NULL), AVT_OK);
        for (a.hair = AVT_HAIR_BUZZ + n; a.hair < AVT_HAIR_STYLE_COUNT; a.hair += 2) {
            struct hair hair = grow(bust, &a);
            float eyes = share_of(hair.strands, before_eyes, bust), within = share_of(hair.strands, inside, &body);
            if (eyes > .004f || within > .03f)
                fail_msg("style %d: %.4f before the eyes, %.4f inside", a.hair, (double)eyes, (double)within);
            done(&hair);
        }
        avt_hair_body_done(&body);
        avt_bust_free(bust);
    }
}

static void hair__is_the_same_again_and_of_its_seed(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    struct hair first = grow(bust, &a), again = grow(bust, &a);
    assert_same(first.strands, again.strands);
    done(&again);
    a.earrings = AVT_EARRINGS_HOOPS;
    a.clothing = AVT_CLOTHING_SUIT;
    again = grow(bust, &a);
    assert_same(first.strands, again.strands);
    done(&again);
    a.seed++;
    again = grow(bust, &a);
    assert_memory_not_equal(first.strands->at, again.strands->at, 1000);
    done(&again);
    done(&first);
    avt_bust_free(bust);
}

static void hair__a_colour_moves_no_hair(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    struct hair dark = grow(bust, &a);
    a.hair_colour = AVT_HAIR_PLATINUM;
    struct hair light = grow(bust, &a);
    size_t count = dark.strands->count * dark.strands->points;
    assert_int_equal(dark.strands->count, light.strands->count);
    assert_memory_equal(dark.strands->at, light.strands->at, count * sizeof(struct avt_point3));
    assert_true(mean_light(light.strands) > 4 * mean_light(dark.strands));
    done(&light);
    done(&dark);
    avt_bust_free(bust);
}

static void hair__goes_grey_hair_by_hair(void **state)
{
    struct avt_attributes a = somebody();
    a.hair_colour = AVT_HAIR_BLACK;
    struct avt_bust *bust = bust_of(*state, &a);
    float before = 0;
    for (int step = 0; step <= 2; step++) {
        a.grey = .5f * (float)step;
        struct hair hair = grow(bust, &a);
        float light = mean_light(hair.strands);
        assert_true(light > before + (step ? .04f : 0));
        before = light;
        if (step == 1) { /* some are dark, some are grey */
            size_t dark = 0, grey = 0;
            for (size_t i = 0; i < hair.strands->count; i++) {
                float own = light_of(hair.strands->strands[i].colour);
                dark += own < .14f;
                grey += own > .30f;
            }
            assert_true(dark > hair.strands->count / 8 && grey > hair.strands->count / 8);
        }
        done(&hair);
    }
    avt_bust_free(bust);
}

static void hair__is_hidden_by_what_covers_it(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    for (int k = 0; k < 2; k++) {
        a.headwear = k ? AVT_HEADWEAR_TURBAN : AVT_HEADWEAR_HIJAB;
        struct hair hair = grow(bust, &a);
        assert_true(!hair.strands || !hair.strands->count);
        assert_int_equal(hair.under.triangle_count, 0);
        done(&hair);
    }
    /* Under a beanie nothing stands up. */
    a.headwear = AVT_HEADWEAR_BEANIE;
    for (int k = 0; k < 2; k++) {
        a.hair = k ? AVT_HAIR_TOP_KNOT : AVT_HAIR_AFRO;
        struct hair hair = grow(bust, &a);
        for (size_t i = 0; i < hair.strands->count * hair.strands->points; i++)
            assert_true(hair.strands->at[i].y < bust->crown.y + .8f);
        done(&hair);
    }
    avt_bust_free(bust);
}

static float lowest(const struct avt_bust *bust, struct avt_attributes a, int style)
{
    a.hair = style;
    struct hair hair = grow(bust, &a);
    float low = 1e9f;
    for (size_t i = 0; i < hair.strands->count; i++)
        low = fminf(low, hair.strands->at[(i + 1) * hair.strands->points - 1].y);
    done(&hair);
    return low;
}

static float highest(const struct avt_bust *bust, struct avt_attributes a, int style)
{
    a.hair = style;
    struct hair hair = grow(bust, &a);
    float high = -1e9f;
    for (size_t i = 0; i < hair.strands->count * hair.strands->points; i++)
        high = fmaxf(high, hair.strands->at[i].y);
    done(&hair);
    return high - bust->crown.y;
}

static void styles__reach_as_far_as_they_are_called(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    float chin = bust->chin.y, bob = lowest(bust, a, AVT_HAIR_BOB), lob = lowest(bust, a, AVT_HAIR_LOB);
    assert_true(bob < chin + 4 && bob > chin - 5);
    assert_true(lob < bob - 2);
    assert_true(lowest(bust, a, AVT_HAIR_LONG) < chin - 10);
    assert_true(lowest(bust, a, AVT_HAIR_CREW) > chin + 2);
    assert_true(highest(bust, a, AVT_HAIR_BUZZ) < 1.2f);
    assert_true(highest(bust, a, AVT_HAIR_AFRO) > 5);
    assert_true(highest(bust, a, AVT_HAIR_TOP_KNOT) > 2);
    avt_bust_free(bust);
}

/* How much strands bend, radians a centimetre. */
static float bending(const struct avt_strands *strands)
{
    float turned = 0, gone = 0;
    for (size_t i = 0; i < strands->count; i++)
        for (size_t k = 1; k + 1 < strands->points; k++) {
            const struct avt_point3 *p = &strands->at[i * strands->points + k];
            struct avt_point3 a = avt_vec_sub(p[0], p[-1]), b = avt_vec_sub(p[1], p[0]);
            float cosine = avt_vec_dot(avt_vec_unit(a), avt_vec_unit(b));
            turned += acosf(fminf(fmaxf(cosine, -1), 1));
            gone += avt_vec_length(b);
        }
    return turned / gone;
}

static void textures__bend_more_and_more(void **state)
{
    struct avt_attributes a = somebody();
    a.hair = AVT_HAIR_LOB;
    struct avt_bust *bust = bust_of(*state, &a);
    float before = 0;
    for (a.hair_texture = 0; a.hair_texture < AVT_HAIR_TEXTURE_COUNT; a.hair_texture++) {
        struct hair hair = grow(bust, &a);
        float bend = bending(hair.strands);
        assert_true(bend > 1.25f * before);
        before = bend;
        done(&hair);
    }
    avt_bust_free(bust);
}

static void long_hair__stays_where_the_chest_is(void **state)
{
    struct avt_attributes a = somebody();
    a.hair = AVT_HAIR_LONG;
    struct avt_bust *bust = bust_of(*state, &a);
    struct hair hair = grow(bust, &a);
    for (size_t i = 0; i < hair.strands->count * hair.strands->points; i++) {
        float y = hair.strands->at[i].y, follow = hair.strands->follow[i];
        assert_true(y < bust->chin.y + 3.5f || follow > .99f);
        assert_true(y > bust->chin.y - 9.5f || follow < .3f);
    }
    done(&hair);
    avt_bust_free(bust);
}

static void hairline__keeps_ears_and_face_bare(void **state)
{
    (void)state;
    for (int n = 0; n < 40; n++) {
        struct avt_attributes a = somebody();
        a.seed = (uint64_t)n;
        a.masculine = (float)(n % 5) / 4;
        a.age = 10 + 2 * (float)n;
        struct avt_hairline line;
        avt_hairline_make(&a, &line);
        assert_true(avt_hairline_level(&line, (struct avt_point3){0, 2, 2.6f}) < -2);  /* between the brows */
        assert_true(avt_hairline_level(&line, (struct avt_point3){8, -1, -8}) < -.5f); /* ear */
        assert_true(avt_hairline_level(&line, (struct avt_point3){0, 10.4f, -7}) > 1); /* crown */
        assert_true(avt_hairline_level(&line, (struct avt_point3){0, 0, -16}) > 1);    /* back */
        assert_true(avt_hairline_level(&line, (struct avt_point3){0, -9, -13}) < -1);  /* neck */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(styles__are_sound_in_all_textures),
        cmocka_unit_test(styles__leave_eyes_free_and_keep_off_the_body),
        cmocka_unit_test(hair__is_the_same_again_and_of_its_seed),
        cmocka_unit_test(hair__a_colour_moves_no_hair),
        cmocka_unit_test(hair__goes_grey_hair_by_hair),
        cmocka_unit_test(hair__is_hidden_by_what_covers_it),
        cmocka_unit_test(styles__reach_as_far_as_they_are_called),
        cmocka_unit_test(textures__bend_more_and_more),
        cmocka_unit_test(long_hair__stays_where_the_chest_is),
        cmocka_unit_test(hairline__keeps_ears_and_face_bare),
    };
    return cmocka_run_group_tests(tests, open_head, free_head);
}
