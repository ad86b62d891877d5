/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Noise in space that is the same on every machine: whole-number hashes of cells, blended. */
#include <math.h>
#include <stdint.h>

#include "dsp/landmarks.h"

/** Any bits of a cell. */
static inline uint32_t avt_hash3(int32_t x, int32_t y, int32_t z, uint32_t seed)
{
    uint32_t h = (uint32_t)x * 0x8da6b343u ^ (uint32_t)y * 0xd8163841u ^ (uint32_t)z * 0xcb1ab31fu ^ seed * 0x9e3779b9u;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return h ^ h >> 15;
}
/** 0..1 */
static inline float avt_hash_unit(uint32_t h)
{
    return (float)(h >> 8) * (1.0f / 16777216);
}

/** Smooth, 0..1, features of about `1 / scale` cm. */
float avt_noise(struct avt_point3 p, float scale, uint32_t seed);
/** Distance in cells to the nearest of points that lie at random, one a cell, 0..1.7; `ret_cell` its bits. */
float avt_noise_cells(struct avt_point3 p, float scale, uint32_t seed, uint32_t *ret_cell);
