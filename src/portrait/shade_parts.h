/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of shade.h: small formulas that every shader uses. */
#include <math.h>

#include "portrait/shade.h"
#include "portrait/vec.h"

/* What the screen shows of light: as it is up to .6, then ever less, never more than 1. */
static inline float avt_tone(float light)
{
    float over = avt_max(light - .6f, 0) * 2.5f;
    return avt_min(light, .6f) + .4f * over / (1 + over);
}

/* Normals, views and half-way vectors of one fragment. */
static inline struct avt_point3 avt_batch_vec(const struct avt_batch *batch, int first, int i)
{
    return (struct avt_point3){batch->varyings[first][i], batch->varyings[first + 1][i],
                               batch->varyings[first + 2][i]};
}

/* A highlight of roughness `rough` under a lamp, times how the surface faces it: GGX over a lamp of some size. */
static inline float avt_gloss(struct avt_point3 n, struct avt_point3 view, const struct avt_lamp *lamp, float rough,
                              float straight)
{
    struct avt_point3 half = avt_vec_unit(avt_vec_add(view, lamp->to));
    float faces = avt_max(avt_vec_dot(n, lamp->to), 0), nh = avt_max(avt_vec_dot(n, half), 0);
    float lh = avt_max(avt_vec_dot(lamp->to, half), 0), a = avt_min(rough * rough + .5f * lamp->spread, 1), a2 = a * a;
    float d = nh * nh * (a2 - 1) + 1, back = 1 - lh, back2 = back * back;
    float fresnel = straight + (1 - straight) * back2 * back2 * back;
    return faces * fresnel * a2 / (4 * d * d * avt_max(lh * lh, .1f) * (rough + .5f));
}

/* The room's light on a surface that faces n. */
static inline float avt_room(const struct avt_light_rig *rig, int channel, float ny)
{
    return avt_mix(rig->below[channel], rig->above[channel], .5f + .5f * ny);
}
