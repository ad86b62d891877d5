/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How much of each pixel a polygon covers, exactly (signed areas summed along the rows), so that
 * the edges of lips and lids move smoothly between pixels.
 *
 * Threads: one cover is used by one thread at a time.
 */
#include <stdint.h>

#include "base/cleanup.h"
#include "dsp/landmarks.h"

enum { AVT_COVER_FULL = 256 };

struct avt_cover {
    int x, y, width, height; /* window, pixels of the picture */
    float *areas;            /* [height, width + 2] */
    uint16_t *part;          /* [height, width] 0..AVT_COVER_FULL */
};

/** NULL when out of memory. */
struct avt_cover *avt_cover_new(int x, int y, int width, int height);
void avt_cover_free(struct avt_cover *cover);
AVT_DEFINE_FREEP(struct avt_cover, avt_cover_free)
/** Widen the edges as `passes` binomial filters do: each adds half a pixel to their variance. */
void avt_cover_soften(struct avt_cover *cover, int passes);
/** Cover of a closed polygon; corners are pixel centres at whole numbers. Overlap counts once. */
void avt_cover_polygon(struct avt_cover *cover, const struct avt_point *points, int count);
