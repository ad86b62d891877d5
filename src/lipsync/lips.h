/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The mouth as a layer of a frame: the skin around the cut between the lips, warped apart above and below
 * it, and in the opening the inner mouth, fixed to the skull. Both renderers draw it: of a still picture it
 * is fitted once, of a clip anew in each of its pictures.
 *
 * Threads: one layer is used by one thread at a time; rows may be drawn by two at once.
 */
#include "base/cleanup.h"
#include "dsp/image.h"
#include "dsp/motion.h"
#include "lipsync/field.h"
#include "lipsync/mouth.h"
#include "lipsync/slit.h"

/* Pixels -> the mouth's own frame, which moves with the skull. */
struct avt_mouth_frame {
    struct avt_point origin;
    float xx, xy, yx, yy;
    float y[2][AVT_CURVE_POINTS]; /* edges of the lips over even steps of x */
    float x0, x1;
};

struct avt_lips {
    struct avt_mouth *mouth;
    float softness;            /* of the picture's edges, pixels */
    float teeth_y;             /* of the closed lips below the nose, eye distances */
    const struct avt_rig *rig; /* borrowed, of the last avt_lips_fit() */
    struct avt_slit *slit;
    struct avt_field *skull; /* middle of the mouth, a place beside and one below it */
    /* Of the frame that is being drawn: */
    bool open; /* the inner mouth shows */
    struct avt_mouth_frame frame;
    struct avt_mouth_pose pose;
    uint8_t encode[4096]; /* linear light -> sRGB */
};

/** Teeth, colours and softness of a face, as `image` shows it. NULL when out of memory. Not fitted yet. */
struct avt_lips *avt_lips_new(const struct avt_image *image, const struct avt_rig *rig);
void avt_lips_free(struct avt_lips *lips);
AVT_DEFINE_FREEP(struct avt_lips, avt_lips_free)

/** Where the mouth is. `ground` and its rig are borrowed until the next call. False when out of memory.
 *  @param coarse  1: lattices as fine as usual; 2: half as fine. */
bool avt_lips_fit(struct avt_lips *lips, const struct avt_ground *ground, float coarse);
/** Whether the mouth moves in this frame; if so it is ready to be drawn in rows slit->y0 .. slit->y1. */
bool avt_lips_move(struct avt_lips *lips, const struct avt_motion *motion,
                   const float amounts[AVT_SHAPE_COUNT]);
/** Row `y` of the layer over `frame`, by worker 0 or 1. `image`: the picture as it is. */
void avt_lips_draw_row(const struct avt_lips *lips, const struct avt_image *image, int worker, int y,
                       struct avt_image *frame);

/** Step of a lattice on a face of that eye distance, pixels: lips and lids span several cells. */
int avt_lips_step_log2(float unit);
