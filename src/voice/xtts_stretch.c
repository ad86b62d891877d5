/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_stretch.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "voice/xtts_config.h"

void avt_xtts_stretch_init(struct avt_xtts_stretch *stretch, size_t width, double speed)
{
    *stretch = (struct avt_xtts_stretch){.width = width};
    if (speed != 1)
        stretch->scales[stretch->stages++] = 1 / speed;
    stretch->scales[stretch->stages++] = (double)AVT_XTTS_STRIDE / AVT_XTTS_HOP;
    stretch->scales[stretch->stages++] = (double)AVT_XTTS_RATE / AVT_XTTS_LATENT_RATE;
    for (size_t i = 0; i < stretch->stages; i++)
        stretch->spare[i] = avt_new0(float, width);
}

void avt_xtts_stretch_done(struct avt_xtts_stretch *stretch)
{
    for (size_t i = 0; i < AVT_XTTS_STRETCHES; i++)
        avt_free(stretch->spare[i]);
    *stretch = (struct avt_xtts_stretch){0};
}

/* Row `at` of a stage lies between two of the one before: the first of them, and how far beyond it. In float, as torch
 * has it. */
static size_t place(const struct avt_xtts_stretch *stretch, size_t stage, size_t at, float *ret_part)
{
    float source = (float)(1 / stretch->scales[stage]) * ((float)at + .5f) - .5f;
    source = source > 0 ? source : 0;
    size_t first = (size_t)source;
    *ret_part = source - (float)first;
    return first;
}

size_t avt_xtts_stretch_ready(struct avt_xtts_stretch *stretch, size_t latents, bool is_all)
{
    stretch->sizes[0] = latents;
    for (size_t stage = 0; stage < stretch->stages; stage++) {
        size_t before = stretch->sizes[stage], *size = &stretch->sizes[stage + 1];
        float part;
        if (is_all)
            *size = (size_t)floor((double)before * stretch->scales[stage]);
        while (!is_all && place(stretch, stage, *size, &part) + 1 < before)
            ++*size;
    }
    return stretch->sizes[stretch->stages];
}

static void make_row(const struct avt_xtts_stretch *stretch, size_t stages, const float *latents, size_t row,
                     float *ret_row)
{
    if (stages == 0) {
        memcpy(ret_row, latents + row * stretch->width, stretch->width * sizeof(float));
        return;
    }
    const size_t stage = stages - 1, size = stretch->sizes[stage];
    float part, *other = stretch->spare[stage];
    size_t first = place(stretch, stage, row, &part);
    make_row(stretch, stage, latents, first < size ? first : size - 1, ret_row);
    make_row(stretch, stage, latents, first + 1 < size ? first + 1 : size - 1, other);
    for (size_t i = 0; i < stretch->width; i++)
        ret_row[i] = (1 - part) * ret_row[i] + part * other[i];
}

void avt_xtts_stretch_row(const struct avt_xtts_stretch *stretch, const float *latents, size_t row, float *ret_row)
{
    make_row(stretch, stretch->stages, latents, row, ret_row);
}
