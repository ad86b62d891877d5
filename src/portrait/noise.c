/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/noise.h"

static float blend(float t)
{
    return t * t * (3 - 2 * t);
}

float avt_noise(struct avt_point3 p, float scale, uint32_t seed)
{
    float x = p.x * scale, y = p.y * scale, z = p.z * scale;
    float fx = floorf(x), fy = floorf(y), fz = floorf(z);
    int32_t ix = (int32_t)fx, iy = (int32_t)fy, iz = (int32_t)fz;
    float tx = blend(x - fx), ty = blend(y - fy), tz = blend(z - fz), plane[2];
    for (int k = 0; k < 2; k++) {
        float a = avt_hash_unit(avt_hash3(ix, iy, iz + k, seed));
        float b = avt_hash_unit(avt_hash3(ix + 1, iy, iz + k, seed));
        float c = avt_hash_unit(avt_hash3(ix, iy + 1, iz + k, seed)),
              d = avt_hash_unit(avt_hash3(ix + 1, iy + 1, iz + k, seed));
        float low = a + tx * (b - a), high = c + tx * (d - c);
        plane[k] = low + ty * (high - low);
    }
    return plane[0] + tz * (plane[1] - plane[0]);
}

float avt_noise_cells(struct avt_point3 p, float scale, uint32_t seed, uint32_t *ret_cell)
{
    /* The own cell first, then those that share a side with it, an edge, a corner: most are too far away to matter. */
    static const int8_t CELLS[27][3] = {
        {0, 0, 0}, {-1, 0, 0}, {1, 0, 0}, {0, -1, 0}, {0, 1, 0}, {0, 0, -1}, {0, 0, 1}, {-1, -1, 0}, {1, -1, 0},
        {-1, 1, 0}, {1, 1, 0}, {-1, 0, -1}, {1, 0, -1}, {-1, 0, 1}, {1, 0, 1}, {0, -1, -1}, {0, 1, -1}, {0, -1, 1},
        {0, 1, 1}, {-1, -1, -1}, {1, -1, -1}, {-1, 1, -1}, {1, 1, -1}, {-1, -1, 1}, {1, -1, 1}, {-1, 1, 1},
        {1, 1, 1}};
    float x = p.x * scale, y = p.y * scale, z = p.z * scale, nearest = 9;
    float left = x - floorf(x), low = y - floorf(y), back = z - floorf(z);
    int32_t ix = (int32_t)floorf(x), iy = (int32_t)floorf(y), iz = (int32_t)floorf(z);
    /* Squares of how far the cells before, at and after lie, along each axis. */
    const float away[3][3] = {{left * left, 0, (1 - left) * (1 - left)},
                              {low * low, 0, (1 - low) * (1 - low)},
                              {back * back, 0, (1 - back) * (1 - back)}};
    uint32_t cell = 0;
    for (int k = 0; k < 27; k++) {
        const int8_t *step = CELLS[k];
        /* With a little room for rounding. */
        if (away[0][step[0] + 1] + away[1][step[1] + 1] + away[2][step[2] + 1] > nearest + 1e-4f)
            continue;
        int32_t cx = ix + step[0], cy = iy + step[1], cz = iz + step[2];
        uint32_t h = avt_hash3(cx, cy, cz, seed);
        float dx = (float)cx + (float)(h & 1023) / 1023 - x, dy = (float)cy + (float)(h >> 10 & 1023) / 1023 - y;
        float dz = (float)cz + (float)(h >> 20 & 1023) / 1023 - z, square = dx * dx + dy * dy + dz * dz;
        if (square < nearest) {
            nearest = square;
            cell = (uint32_t)k;
        }
    }
    if (ret_cell)
        *ret_cell = avt_hash3(ix + CELLS[cell][0], iy + CELLS[cell][1], iz + CELLS[cell][2], seed + 1);
    return sqrtf(nearest);
}
