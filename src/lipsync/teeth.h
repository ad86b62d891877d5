/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Rows of teeth in their gums: relief on an arch (crowns, the ridges between them, the rim of the gum), lit
 * and seen as the head is turned in the picture, drawn once as a small picture with cover.
 *
 * Places are those of the mouth: eye distances from the middle of the closed lips, in the plane
 * AVT_TEETH_BEHIND behind them, x and y as in the frame of the face.
 *
 * Threads: immutable once made.
 */
#include "base/cleanup.h"
#include "lipsync/mouth_light.h"
#include "lipsync/rig.h"

/** Depth of the front teeth behind the middle of the upper lip's edge, eye distances. */
#define AVT_TEETH_BEHIND .06f

enum avt_teeth_row { AVT_TEETH_UPPER, AVT_TEETH_LOWER };

struct avt_teeth_plan {
    enum avt_teeth_row row;
    float edge;           /* y of the front teeth's edge */
    float scale;          /* of the whole row; 1: of an adult with 63 mm between the eyes */
    float turn_x, turn_y; /* by how much a place comes to lie elsewhere for each eye distance towards the viewer */
    float softness;       /* of the picture's edges, eye distances */
    float pixel;          /* eye distances */
    const struct avt_mouth_light *light;
};

struct avt_teeth {
    int width, height;
    float x0, y0, step;
    float *rgba; /* [height, width, 4] linear light times cover, cover */
};

struct avt_teeth *avt_teeth_new(const struct avt_teeth_plan *plan);
void avt_teeth_free(struct avt_teeth *teeth);
AVT_DEFINE_FREEP(struct avt_teeth, avt_teeth_free)

/** Light times cover, and cover; nothing beyond the row. */
static inline void avt_teeth_at(const struct avt_teeth *teeth, float x, float y, float ret_rgba[4])
{
    float u = (x - teeth->x0) / teeth->step, v = (y - teeth->y0) / teeth->step;
    if (!(u >= 0 && v >= 0 && u < (float)(teeth->width - 1) && v < (float)(teeth->height - 1))) {
        for (int c = 0; c < 4; c++)
            ret_rgba[c] = 0;
        return;
    }
    int i = (int)u, j = (int)v;
    float fu = u - (float)i, fv = v - (float)j;
    const float *up = teeth->rgba + 4 * ((ptrdiff_t)j * teeth->width + i), *down = up + 4 * (ptrdiff_t)teeth->width;
    for (int c = 0; c < 4; c++)
        ret_rgba[c] = avt_mix(avt_mix(up[c], up[4 + c], fu), avt_mix(down[c], down[4 + c], fu), fv);
}
