/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Backward warp of a picture by a coarse lattice of displacements: bilinear between the nodes,
 * cubic between the pixels, so that a picture that is hardly moved stays as sharp as it was.
 * Everything after the lattice is integer arithmetic: AVX2 and plain C give the same bits, and a
 * displacement of zero gives back the source pixel itself.
 *
 * Threads: pure functions.
 */
#include <stdbool.h>
#include <stdint.h>

#include "dsp/image.h"

/* Displacements are fixed point and no node moves further than this. */
enum { AVT_WARP_FRACTION_BITS = 16, AVT_WARP_SHIFT_MAX = 1000, AVT_WARP_STEP_LOG2_MAX = 4 };

/* Filters between the pixels, from the mildest (Catmull-Rom) to the sharpest. */
enum { AVT_WARP_FILTERS = 5 };

/** A lattice node (i, j) lies on the centre of pixel (x + (i << step_log2), y + (j << step_log2)).
 */
struct avt_warp_lattice {
    int x, y;          /* first node, pixels; may lie outside the picture */
    int step_log2;     /* 0..AVT_WARP_STEP_LOG2_MAX */
    int filter;        /* 0..AVT_WARP_FILTERS - 1 */
    int nx, ny;        /* nodes, each at least 2 */
    const int32_t *dx; /* [ny, nx] source minus destination, 1 / 2^16 pixel */
    const int32_t *dy; /* [ny, nx] */
};

/** Fixed point of a displacement in pixels, clamped to +-AVT_WARP_SHIFT_MAX. */
int32_t avt_warp_fixed(float pixels);

/** Draw pixels [x0, x1) of row y into out[0..x1-x0) (RGBA). The row and the pixels must lie inside
 *  the lattice (up to, not including, its last node). Reads beyond the edge repeat the edge pixel.
 */
void avt_warp_row(const struct avt_image *source, const struct avt_warp_lattice *lattice, int y,
                  int x0, int x1, uint8_t *out);

/** As avt_warp_row(), on the plain C path whatever the machine has. */
void avt_warp_row_plain(const struct avt_image *source, const struct avt_warp_lattice *lattice,
                        int y, int x0, int x1, uint8_t *out);
