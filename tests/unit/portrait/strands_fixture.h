/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What tests of hair, brows and beards share: a head, people, and what all strands must be. */
#include "head_fixture.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/strands.h"

static struct avt_attributes somebody(void)
{
    return (struct avt_attributes){.seed = 7,
                                   .age = 30,
                                   .masculine = .4f,
                                   .african = .33f,
                                   .asian = .33f,
                                   .european = .34f,
                                   .weight = .5f,
                                   .muscle = .5f,
                                   .skin_tone = 5,
                                   .brows = AVT_BROWS_MEDIUM,
                                   .hair = AVT_HAIR_BOB,
                                   .hair_colour = AVT_HAIR_BROWN};
}

static struct avt_bust *bust_of(const struct avt_head *head, const struct avt_attributes *attributes)
{
    struct avt_bust *bust = NULL;
    struct avt_error error = {0};
    if (avt_bust_new(head, attributes, &bust, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return bust;
}

/** Sound: finite, of a width, of a colour, rooted. */
static void assert_strands(const struct avt_strands *strands, const struct avt_bust *bust)
{
    assert_true(strands->count <= AVT_STRANDS_MAX);
    assert_true(strands->points >= 2 && strands->points <= AVT_STRAND_POINTS_MAX);
    for (size_t i = 0; i < strands->count * strands->points; i++) {
        struct avt_point3 p = strands->at[i];
        assert_true(fabsf(p.x) < 60 && fabsf(p.y) < 60 && fabsf(p.z) < 60);
        assert_true(!strands->follow || (strands->follow[i] >= 0 && strands->follow[i] <= 1));
    }
    for (size_t i = 0; i < strands->count; i++) {
        const struct avt_strand *strand = &strands->strands[i];
        assert_true(strand->radius > .001f && strand->radius < .12f && strand->tip > 0 && strand->tip <= 1);
        assert_true(strand->sheen >= 0 && strand->sheen <= 2);
        for (int c = 0; c < 3; c++) {
            assert_true(strand->colour[c] > 0 && strand->colour[c] < 1);
            assert_true(strand->tip_colour[c] > 0 && strand->tip_colour[c] < 1);
        }
        if (strand->root == AVT_STRAND_FREE)
            continue;
        assert_true(strand->root < bust->skin.triangle_count);
        assert_true(fabsf(strand->share[0] + strand->share[1] + strand->share[2] - 1) < 1e-3f);
    }
}

static float light_of(const float colour[3])
{
    return .3f * colour[0] + .6f * colour[1] + .1f * colour[2];
}

static inline float mean_light(const struct avt_strands *strands)
{
    float sum = 0;
    for (size_t i = 0; i < strands->count; i++)
        sum += light_of(strands->strands[i].colour);
    return sum / (float)strands->count;
}

/** The same bytes. */
static void assert_same(const struct avt_strands *a, const struct avt_strands *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->points, b->points);
    assert_memory_equal(a->at, b->at, a->count * a->points * sizeof(*a->at));
    assert_memory_equal(a->strands, b->strands, a->count * sizeof(*a->strands));
}
