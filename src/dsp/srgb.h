/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* sRGB's transfer curve (IEC 61966-2-1) as tables, for code that mixes light. Threads: immutable once made. */
#include <math.h>
#include <stdint.h>

enum { AVT_SRGB_STEPS = 4096 };

struct avt_srgb {
    float linear[256];                  /* of a byte, 0..1 */
    uint8_t bytes[AVT_SRGB_STEPS + 1];  /* by the square root of light, evenly */
};
void avt_srgb_init(struct avt_srgb *ret_table);

/** @param light  Cut to 0..1. */
static inline uint8_t avt_srgb_byte(const struct avt_srgb *table, float light)
{
    return table->bytes[(int)(sqrtf(fminf(fmaxf(light, 0), 1)) * AVT_SRGB_STEPS + .5f)];
}
