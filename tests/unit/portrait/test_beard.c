/* SPDX-License-Identifier: Apache-2.0 */
/* Facial hair grows where its name says, leaves lips and eyes free, and goes with the skin. */
#include "strands_fixture.h"

static struct avt_strands *grow(const struct avt_bust *bust, const struct avt_attributes *attributes)
{
    struct avt_strands *strands = NULL;
    struct avt_error error = {0};
    if (avt_beard_grow(bust, attributes, &strands, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return strands;
}

static struct avt_point3 average_root(const struct avt_bust *bust, const struct avt_strand *strand)
{
    struct avt_point3 p = {0};
    for (int k = 0; k < 3; k++) {
        struct avt_point3 corner = bust->average[bust->skin.triangles[strand->root][k]];
        p.x += strand->share[k] * corner.x;
        p.y += strand->share[k] * corner.y;
        p.z += strand->share[k] * corner.z;
    }
    return p;
}

static void beards__are_sound_and_leave_lips_free(void **state)
{
    const float ages[] = {19, 40, 85};
    for (int n = 0; n < 3; n++) {
        struct avt_attributes a = somebody();
        a.age = ages[n];
        a.masculine = 1;
        struct avt_bust *bust = bust_of(*state, &a);
        for (a.facial_hair = 0; a.facial_hair < AVT_FACIAL_HAIR_COUNT; a.facial_hair++) {
            struct avt_strands *strands = grow(bust, &a);
            if (a.facial_hair == AVT_FACIAL_HAIR_NONE) {
                assert_null(strands);
                continue;
            }
            assert_non_null(strands);
            assert_true(strands->count > 800);
            assert_strands(strands, bust);
            for (size_t i = 0; i < strands->count; i++) {
                assert_true(strands->strands[i].root != AVT_STRAND_FREE);
                struct avt_point3 p = average_root(bust, &strands->strands[i]);
                bool lips = fabsf(p.x) < 1.4f && p.y < -6.25f && p.y > -7.2f;
                if (lips || p.y > 2 || p.y < -14)
                    fail_msg("kind %d: a hair at %.2f %.2f %.2f", a.facial_hair, (double)p.x, (double)p.y, (double)p.z);
            }
            avt_strands_free(strands);
        }
        avt_bust_free(bust);
    }
}

static void beards__grow_where_their_name_says(void **state)
{
    struct avt_attributes a = somebody();
    a.masculine = 1;
    struct avt_bust *bust = bust_of(*state, &a);
    for (a.facial_hair = 1; a.facial_hair < AVT_FACIAL_HAIR_COUNT; a.facial_hair++) {
        struct avt_strands *strands = grow(bust, &a);
        float lip = 0, chin = 0, side = 0;
        for (size_t i = 0; i < strands->count; i++) {
            struct avt_point3 p = average_root(bust, &strands->strands[i]);
            float one = 1 / (float)strands->count;
            lip += p.y > -6.4f && fabsf(p.x) < 2.2f ? one : 0;
            chin += p.y < -8 && fabsf(p.x) < 2.2f ? one : 0;
            side += fabsf(p.x) > 4.2f ? one : 0;
        }
        bool full = a.facial_hair == AVT_FACIAL_HAIR_STUBBLE ||
                    (a.facial_hair >= AVT_FACIAL_HAIR_SHORT_BEARD && a.facial_hair <= AVT_FACIAL_HAIR_LONG_BEARD);
        bool has_lip = full || a.facial_hair == AVT_FACIAL_HAIR_MOUSTACHE || a.facial_hair == AVT_FACIAL_HAIR_CIRCLE;
        bool has_chin = full || a.facial_hair == AVT_FACIAL_HAIR_GOATEE || a.facial_hair == AVT_FACIAL_HAIR_CIRCLE;
        bool has_side = full || a.facial_hair == AVT_FACIAL_HAIR_SIDEBURNS;
        if ((lip > .02f) != has_lip || (chin > .02f) != has_chin || (side > .02f) != has_side)
            fail_msg("kind %d: lip %.3f chin %.3f side %.3f", a.facial_hair, (double)lip, (double)chin, (double)side);
        avt_strands_free(strands);
    }
    avt_bust_free(bust);
}

static float lowest(const struct avt_bust *bust, struct avt_attributes a, int kind)
{
    a.facial_hair = kind;
    struct avt_strands *strands = grow(bust, &a);
    float low = 1e9f;
    for (size_t i = 0; i < strands->count * strands->points; i++)
        low = fminf(low, strands->at[i].y);
    avt_strands_free(strands);
    return low - bust->chin.y;
}

static void beards__are_as_long_as_they_are_called(void **state)
{
    struct avt_attributes a = somebody();
    a.masculine = 1;
    struct avt_bust *bust = bust_of(*state, &a);
    float full = lowest(bust, a, AVT_FACIAL_HAIR_FULL_BEARD), length = lowest(bust, a, AVT_FACIAL_HAIR_LONG_BEARD);
    assert_true(length < full - 3);
    assert_true(length > -16);
    assert_true(lowest(bust, a, AVT_FACIAL_HAIR_STUBBLE) > -2.5f);
    avt_bust_free(bust);
}

static void beards__go_grey_and_are_the_same_again(void **state)
{
    struct avt_attributes a = somebody();
    a.masculine = 1;
    a.hair_colour = AVT_HAIR_BLACK;
    a.facial_hair = AVT_FACIAL_HAIR_FULL_BEARD;
    struct avt_bust *bust = bust_of(*state, &a);
    struct avt_strands *dark = grow(bust, &a), *again = grow(bust, &a);
    assert_same(dark, again);
    a.grey = .8f;
    struct avt_strands *grey = grow(bust, &a);
    assert_true(mean_light(grey) > mean_light(dark) + .15f);
    avt_strands_free(grey);
    avt_strands_free(again);
    avt_strands_free(dark);
    avt_bust_free(bust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beards__are_sound_and_leave_lips_free),
        cmocka_unit_test(beards__grow_where_their_name_says),
        cmocka_unit_test(beards__are_as_long_as_they_are_called),
        cmocka_unit_test(beards__go_grey_and_are_the_same_again),
    };
    return cmocka_run_group_tests(tests, open_head, free_head);
}
