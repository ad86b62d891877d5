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
    float x = p.x * scale, y = p.y * scale, z = p.z * scale, nearest = 9;
    int32_t ix = (int32_t)floorf(x), iy = (int32_t)floorf(y), iz = (int32_t)floorf(z);
    for (int k = 0; k < 27; k++) {
        int32_t cx = ix + k % 3 - 1, cy = iy + k / 3 % 3 - 1, cz = iz + k / 9 - 1;
        uint32_t h = avt_hash3(cx, cy, cz, seed);
        float dx = (float)cx + (float)(h & 1023) / 1023 - x, dy = (float)cy + (float)(h >> 10 & 1023) / 1023 - y;
        float dz = (float)cz + (float)(h >> 20 & 1023) / 1023 - z, square = dx * dx + dy * dy + dz * dz;
        if (square < nearest) {
            nearest = square;
            if (ret_cell)
                *ret_cell = avt_hash3(cx, cy, cz, seed + 1);
        }
    }
    return sqrtf(nearest);
}
