/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Displacement fields: the rig's shapes evaluated once at fixed places, so that a frame is a
 * weighted sum; and, for places on a lattice, the inverse that the backward warp needs.
 *
 * Threads: one field is used by one thread at a time.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "dsp/warp.h"
#include "lipsync/rig.h"
#include "lipsync/rig_skin.h"

/** Which skin a field is for. */
enum avt_skin {
    AVT_SKIN_BOTH,      /* each place as the side of the cuts that it is on */
    AVT_SKIN_LIP_UPPER, /* all of it as above the lips; lids as in BOTH */
    AVT_SKIN_LIP_LOWER,
    AVT_SKIN_LID_UPPER, /* all of it as above the lids; lips as in BOTH */
    AVT_SKIN_LID_LOWER,
    AVT_SKIN_NONE, /* only what moves the whole head: eyeballs, teeth */
};

/** Depth of the face at any pixel, and where a picture lets its content move. */
enum { AVT_GROUND_POINTS = 468 }; /* without the irises; a multiple of 4 */
struct avt_ground {
    const struct avt_rig *rig;
    const struct avt_rig_skin *skin; /* the baked rig; NULL: without it */
    const float *only;               /* [AVT_SHAPE_COUNT] amounts, for fields that are moved once, by these:
                                        shapes of which there is nothing are left out. NULL: all */
    int width, height;               /* of the picture */
    int filter;                      /* of the warp, for all lattices */
    /* The mesh seen in the picture: place in eye distances, depth as in the rig. */
    float x[AVT_GROUND_POINTS], y[AVT_GROUND_POINTS], z[AVT_GROUND_POINTS];
};
void avt_ground_init(struct avt_ground *ground, const struct avt_rig *rig, int width, int height,
                     int filter);
float avt_ground_depth(const struct avt_ground *ground, float x, float y);
/** The box x0, y0, x1, y1 of the picture that holds the rectangle `rect`, written so too, of the face's frame at
 *  depth z, and `margin` pixels more to the right and below. Empty where that lies outside. */
void avt_ground_box(const struct avt_ground *ground, const float rect[4], float z, int margin, int ret_box[4]);
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

/** A field at places of the picture. NULL when out of memory. */
struct avt_field *avt_field_new(const struct avt_ground *ground, enum avt_skin skin,
                                const struct avt_point *pixels, int count);
/** The same at points of the face's frame, for the edges of cuts: lips that roll in vanish behind
 *  these, so they do not roll. */
struct avt_field *avt_field_new_edge(const struct avt_ground *ground, enum avt_skin skin,
                                     const struct avt_point3 *points, int count);
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
struct avt_lattice *avt_lattice_new(const struct avt_ground *ground, enum avt_skin skin, int x0,
                                    int y0, int x1, int y1, int step_log2);
void avt_lattice_free(struct avt_lattice *lattice);
AVT_DEFINE_FREEP(struct avt_lattice, avt_lattice_free)
/** Move and invert. */
void avt_lattice_move(struct avt_lattice *lattice, const float amounts[AVT_SHAPE_COUNT]);
