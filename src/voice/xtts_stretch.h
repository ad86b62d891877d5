/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The latents of codes as rows for the decoder: interpolated linearly by 1 / speed, then by 4 (codes of 1024 samples to
 * rows of 256), then by 24000 / 22050, each as torch's interpolate(scale_factor=…, mode="linear") does it: floor(n x
 * scale) rows, places by the given scale. Rows can be had as soon as the latents that they lie between are there.
 * Private to xtts*.c and tests.
 */
#include <stdbool.h>
#include <stddef.h>

enum { AVT_XTTS_STRETCHES = 3 };

struct avt_xtts_stretch {
    size_t width;
    double scales[AVT_XTTS_STRETCHES];
    size_t stages;
    float *spare[AVT_XTTS_STRETCHES]; /* [width] each */
    size_t sizes[AVT_XTTS_STRETCHES + 1]; /* that can be had of each stage; the first are the latents */
};
/** avt_xtts_stretch_done() it. */
void avt_xtts_stretch_init(struct avt_xtts_stretch *stretch, size_t width, double speed);
void avt_xtts_stretch_done(struct avt_xtts_stretch *stretch);
/** There are `latents` now, no fewer than before; `is_all`: and will not be more.
 *  @return Rows that can be had. */
size_t avt_xtts_stretch_ready(struct avt_xtts_stretch *stretch, size_t latents, bool is_all);
/** @param latents  [latents, width]
 *  @param row      Below what is ready.
 *  @param ret_row  [width] */
void avt_xtts_stretch_row(const struct avt_xtts_stretch *stretch, const float *latents, size_t row, float *ret_row);
