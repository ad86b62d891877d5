/* SPDX-License-Identifier: Apache-2.0 */
/* The inner loop of lens.c, in sums of 16 bits: 256 times 255, and half, just fit. */
#include "portrait/laned.h"

enum { CHUNK = 256 }; /* pixels at once */

static void lens_chunk(const uint8_t *const rows[3], int first, int count, int width, uint8_t *out)
{
    /* One more pixel on either side; beyond the picture, its last. */
    uint16_t sums[4 * (CHUNK + 2)];
    int from = first > 0 ? -4 : 0, to = 4 * (first + count < width ? count + 1 : count);
    const uint8_t *a = rows[0] + 4 * (size_t)first, *b = rows[1] + 4 * (size_t)first, *c = rows[2] + 4 * (size_t)first;
    for (int i = from; i < to; i++)
        sums[4 + i] = (uint16_t)(AVT_LENS_SIDE * (a[i] + c[i]) + AVT_LENS_MIDDLE * b[i]);
    for (int i = 0; i < 4; i++) {
        if (from == 0)
            sums[i] = sums[4 + i];
        if (to == 4 * count)
            sums[4 + to + i] = sums[to + i];
    }
    for (int i = 0; i < 4 * count; i++) {
        uint16_t sum = (uint16_t)(AVT_LENS_SIDE * (sums[i] + sums[i + 8]) + AVT_LENS_MIDDLE * sums[i + 4] + 128);
        out[4 * (size_t)first + (size_t)i] = (uint8_t)(sum >> 8);
    }
}

void AVT_LANED(avt_lens_row)(const uint8_t *const rows[3], int width, uint8_t *out)
{
    for (int first = 0; first < width; first += CHUNK)
        lens_chunk(rows, first, width - first < CHUNK ? width - first : CHUNK, width, out);
}
