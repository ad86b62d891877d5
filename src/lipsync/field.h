/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Displacement fields: the rig's shapes evaluated once at fixed places, so that a frame is a weighted
 * sum; and, for places on a lattice, the inverse that the backward warp needs.
 *
 * Threads: one field is used by one thread at a time.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "dsp/warp.h"
#include "lipsync/rig.h"

/** What a field sees of the cuts along lips and lids. */
enum avt_cut {
    AVT_CUT_UPPER, /* all of it as the upper side */
    AVT_CUT_LOWER,
    AVT_CUT_BOTH, /* each place its own side */
    AVT_CUT_HEAD, /* only what moves the whole head: eyeballs, teeth */
    AVT_CUT_EDGE_UPPER, /* as upper and lower, for the edges of the cut themselves: they stay */
    AVT_CUT_EDGE_LOWER, /* where they are while the lips roll in and vanish behind them */
};

/** Depth of the face at any pixel, and where a picture lets its content move. */
struct avt_ground {
    const struct avt_rig *rig;
    int width, height; /* of the picture */
};
float avt_ground_depth(const struct avt_ground *ground, float x, float y);
/** 0 at the picture's border, 1 well inside. */
float avt_ground_border(const struct avt_ground *ground, float x, float y);

struct avt_shape_span {
    int first, count;
    float *dx, *dy; /* [count], pixels at shape 1 */
};

struct avt_field {
    int count;
    float *x, *y;   /* [count] places, pixels */
    float *dx, *dy; /* [count] displacements of the last avt_field_move() */
    struct avt_shape_span spans[AVT_SHAPE_COUNT];
};

/** `x`, `y`: places in pixels, taken. NULL when out of memory (they are freed). */
struct avt_field *avt_field_new(const struct avt_ground *ground, enum avt_cut cut, float *x,
                                float *y, int count);
void avt_field_free(struct avt_field *field);
AVT_DEFINE_FREEP(struct avt_field, avt_field_free)
void avt_field_move(struct avt_field *field, const float amounts[AVT_SHAPE_COUNT]);

/** A field on a lattice with its inverse, ready for avt_warp_row(). */
struct avt_lattice {
    struct avt_field *field;
    struct avt_warp_lattice warp;
    int32_t *fixed; /* what `warp` points into: [2, ny, nx] */
};

/** Covers pixels [x0, x1) x [y0, y1). NULL when out of memory. */
struct avt_lattice *avt_lattice_new(const struct avt_ground *ground, enum avt_cut cut, int x0,
                                    int y0, int x1, int y1, int step_log2);
void avt_lattice_free(struct avt_lattice *lattice);
AVT_DEFINE_FREEP(struct avt_lattice, avt_lattice_free)
/** Move and invert. */
void avt_lattice_move(struct avt_lattice *lattice, const float amounts[AVT_SHAPE_COUNT]);
