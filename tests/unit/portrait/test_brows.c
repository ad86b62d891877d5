/* SPDX-License-Identifier: Apache-2.0 */
/* Brows lie over the eyes and differ by kind; lashes go with the lids. */
#include "strands_fixture.h"

static struct avt_strands *grow(const struct avt_bust *bust, const struct avt_attributes *attributes)
{
    struct avt_strands *strands = NULL;
    struct avt_error error = {0};
    if (avt_brows_grow(bust, attributes, AVT_LOOK_REAL, &strands, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return strands;
}

/* Brow hairs come first; lashes root on the lids, near the eyeball. */
static bool is_lash(const struct avt_bust *bust, struct avt_point3 root)
{
    for (int side = 0; side < 2; side++) {
        struct avt_ball eye = bust->eyes[side];
        float away = hypotf(hypotf(root.x - eye.centre.x, root.y - eye.centre.y), root.z - eye.centre.z);
        if (away < 1.5f * eye.radius)
            return true;
    }
    return false;
}

static size_t brow_hairs(const struct avt_bust *bust, const struct avt_strands *strands, float *ret_height)
{
    size_t count = 0;
    float sum = 0;
    for (size_t i = 0; i < strands->count; i++) {
        struct avt_point3 root = strands->at[i * strands->points];
        if (is_lash(bust, root))
            continue;
        count++;
        sum += root.y;
    }
    *ret_height = sum / (float)(count ? count : 1);
    return count;
}

static void brows__lie_over_both_eyes_on_all_heads(void **state)
{
    for (int n = 0; n < 8; n++) {
        struct avt_attributes a = somebody();
        a.age = (float)(5 + 12 * n);
        a.masculine = (float)(n % 2);
        a.brows = n % AVT_BROWS_COUNT;
        struct avt_bust *bust = bust_of(*state, &a);
        struct avt_strands *strands = grow(bust, &a);
        assert_strands(strands, bust);
        size_t sides[2] = {0};
        for (size_t i = 0; i < strands->count; i++) {
            struct avt_point3 root = strands->at[i * strands->points];
            assert_true(strands->strands[i].root != AVT_STRAND_FREE);
            if (is_lash(bust, root))
                continue;
            sides[root.x > 0]++;
            if (root.y < .2f || root.y > 4.5f || fabsf(root.x) < .3f || fabsf(root.x) > 7)
                fail_msg("age %.0f: a hair at %.2f %.2f %.2f", (double)a.age, (double)root.x, (double)root.y,
                         (double)root.z);
        }
        assert_true(sides[0] > 60 && sides[1] > 60);
        avt_strands_free(strands);
        avt_bust_free(bust);
    }
}

static void brows__differ_by_kind(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    size_t counts[AVT_BROWS_COUNT];
    float heights[AVT_BROWS_COUNT];
    for (a.brows = 0; a.brows < AVT_BROWS_COUNT; a.brows++) {
        struct avt_strands *strands = grow(bust, &a);
        counts[a.brows] = brow_hairs(bust, strands, &heights[a.brows]);
        avt_strands_free(strands);
    }
    assert_true(counts[AVT_BROWS_THIN] * 3 < counts[AVT_BROWS_MEDIUM] * 2);
    assert_true(counts[AVT_BROWS_THICK] * 3 > counts[AVT_BROWS_MEDIUM] * 4);
    assert_true(heights[AVT_BROWS_ARCHED] > heights[AVT_BROWS_STRAIGHT] + .1f);
    avt_bust_free(bust);
}

static void brows__are_the_same_again(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    struct avt_strands *first = grow(bust, &a);
    a.hair = AVT_HAIR_BUZZ;
    a.glasses = AVT_GLASSES_ROUND;
    struct avt_strands *again = grow(bust, &a);
    assert_same(first, again);
    avt_strands_free(again);
    avt_strands_free(first);
    avt_bust_free(bust);
}

/* How far a root moves down when that eye closes. */
static float dropped(const struct avt_bust *bust, const struct avt_strand *strand, int shape)
{
    const struct avt_bust_move *move = &bust->skin_moves[shape];
    float down = 0;
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < move->count; i++)
            if (move->vertices[i] == bust->skin.triangles[strand->root][k])
                down -= strand->share[k] * move->by[i].y;
    return down;
}

static void lashes__close_with_the_lids(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    struct avt_strands *strands = grow(bust, &a);
    size_t upper = 0;
    float most = 0;
    for (size_t i = 0; i < strands->count; i++) {
        const struct avt_point3 *at = &strands->at[i * strands->points];
        if (!is_lash(bust, at[0]) || at[0].x < 0)
            continue;
        struct avt_point3 tip = at[strands->points - 1];
        assert_true(tip.z > at[0].z); /* out from the eye */
        if (tip.y <= at[0].y)
            continue;
        upper++;
        most = fmaxf(most, dropped(bust, &strands->strands[i], AVT_EYE_BLINK_LEFT));
    }
    assert_true(upper > 40);
    assert_true(most > .4f);
    avt_strands_free(strands);
    avt_bust_free(bust);
}

static float lash_length(const struct avt_bust *bust, const struct avt_strands *strands)
{
    float sum = 0;
    for (size_t i = 0; i < strands->count; i++) {
        const struct avt_point3 *at = &strands->at[i * strands->points], *tip = at + strands->points - 1;
        if (is_lash(bust, at[0]))
            sum += hypotf(hypotf(tip->x - at->x, tip->y - at->y), tip->z - at->z);
    }
    return sum;
}

static void lashes__are_longer_with_make_up(void **state)
{
    struct avt_attributes a = somebody();
    struct avt_bust *bust = bust_of(*state, &a);
    struct avt_strands *plain = grow(bust, &a);
    a.makeup = AVT_MAKEUP_EVENING;
    struct avt_strands *made_up = grow(bust, &a);
    assert_true(lash_length(bust, made_up) > 1.15f * lash_length(bust, plain));
    avt_strands_free(made_up);
    avt_strands_free(plain);
    avt_bust_free(bust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brows__lie_over_both_eyes_on_all_heads),
        cmocka_unit_test(brows__differ_by_kind),
        cmocka_unit_test(brows__are_the_same_again),
        cmocka_unit_test(lashes__close_with_the_lids),
        cmocka_unit_test(lashes__are_longer_with_make_up),
    };
    return cmocka_run_group_tests(tests, open_head, free_head);
}
