/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/hair_plait.h"

#include <math.h>

#include "base/mem.h"

struct spot {
    struct avt_point3 at, across, out;
};

/* A place on the path, the way across it, and out of the body. */
static void spot_at(const struct avt_hair *hair, const struct avt_plait *plait, float share, struct spot *spot)
{
    float place = fminf(fmaxf(share, 0), 1) * (float)(plait->steps - 1);
    size_t i = (size_t)place < plait->steps - 2 ? (size_t)place : plait->steps - 2;
    const struct avt_point3 *p = plait->path;
    struct avt_point3 before = p[i ? i - 1 : 0], after = p[i + 2 < plait->steps ? i + 2 : plait->steps - 1];
    struct avt_point3 along = avt_vec_unit(avt_vec_sub(after, before));
    spot->at = avt_vec_mix(p[i], p[i + 1], place - (float)i);
    if (plait->flat) {
        avt_hair_body_distance(&hair->body, spot->at, &spot->out);
    } else {
        /* Worn so that its broad side is seen from the front. */
        struct avt_point3 middle = {.35f * spot->at.x, spot->at.y, spot->at.z - 9};
        spot->out = avt_vec_sub(spot->at, middle);
    }
    spot->out = avt_vec_unit(avt_vec_along(spot->out, -avt_vec_dot(spot->out, along), along));
    spot->across = avt_vec_cross(along, spot->out);
}

static float length_of(const struct avt_plait *plait)
{
    float length = 0;
    for (size_t k = 1; k < plait->steps; k++)
        length += avt_vec_length(avt_vec_sub(plait->path[k], plait->path[k - 1]));
    return length;
}

void avt_plait_grow(struct avt_hair *hair, const struct avt_plait *plait, struct avt_rng *rng)
{
    float length = length_of(plait);
    for (size_t n = 0; n < plait->count; n++) {
        struct avt_hair_info *info;
        struct avt_point3 *at = avt_hair_more(hair, &info);
        if (!at)
            return;
        /* By chance, not in turn: the renderer may take every third hair alone. */
        uint32_t strand = avt_rng_u32(rng) % 3;
        float ring = sqrtf(avt_rnd(rng)), angle = avt_rnd_in(rng, 0, 6.2832f), stray = .06f * avt_rnd_normal(rng);
        float end = plait->tuft ? plait->to + (1 - plait->to) * avt_rnd(rng) : plait->to;
        *info = (struct avt_hair_info){.lock = plait->lock + strand,
                                       .wisp = plait->lock * 131u + (uint32_t)n,
                                       .level = 6,
                                       .root = {0, 4, -12},
                                       .side = 1,
                                       .thick = avt_rnd_in(rng, .8f, 1.2f),
                                       .tip = .7f,
                                       .shade = .62f + .38f * ring,
                                       .shaped = true};
        for (size_t k = 0; k < hair->points; k++) {
            float t = avt_mix(plait->from, end, (float)k / (float)(hair->points - 1));
            struct spot spot;
            spot_at(hair, plait, t, &spot);
            float turn = 6.2832f * (t * length / plait->pitch + (float)strand / 3);
            float loose = plait->tuft ? avt_smoothstep(plait->to - .02f, plait->to + .02f, t) : 0;
            float wide = avt_mix(plait->wide, plait->tip_wide, t) * (1 - .35f * loose);
            /* Along the skull it begins with the few hairs of the hairline and takes up more on its way. */
            if (plait->flat)
                wide *= .38f + .62f * avt_smoothstep(0, .20f, t);
            /* A plait's strands run in eights: from side to side once, over and under twice. */
            float side = .62f * wide * sinf(turn) * (1 - loose), high = .40f * wide * sinf(2 * turn) * (1 - loose);
            float round = .50f * wide * ring * (1 + stray * 4);
            side += round * cosf(angle) * 1.05f;
            high += round * sinf(angle) * .9f + (plait->flat ? .35f * wide : 0);
            high *= plait->flat ? .62f : 1;
            at[k] = avt_vec_along(avt_vec_along(spot.at, side, spot.across), high, spot.out);
        }
    }
}
