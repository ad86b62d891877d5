/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a lens does to a picture: a point becomes a small spot. Without it edges and hairs are as fine as the pixels
 * allow, and from frame to frame they step from one to the next, which people see as shimmer, and which moves the
 * points of a face tracker that samples every other pixel (docs/portraits.md).
 *
 * Threads: no state; a crew works on the picture.
 */
#include <stdbool.h>

#include "dsp/image.h"
#include "os/crew.h"

/** `sharp` as a lens shows it, into `ret_image` of the same size, another one: a spot of .6 pixels (its standard
 *  deviation).
 *  @param cut_out  The picture has coverage as alpha, and colours count by it; otherwise it is opaque. */
void avt_lens(const struct avt_image *sharp, bool cut_out, struct avt_crew *crew, struct avt_image *ret_image);

/* Inside of lens.c: three pixels across count so many parts of sixteen, a variance of 6/16. */
enum { AVT_LENS_SIDE = 3, AVT_LENS_MIDDLE = 10 };
/** One row, opaque, from itself and its neighbours: [3][4 width], RGBA. */
void avt_lens_row(const uint8_t *const rows[3], int width, uint8_t *out);
