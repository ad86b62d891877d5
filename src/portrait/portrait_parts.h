/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of portrait.h. */
#include "portrait/dentition.h"
#include "portrait/eyeball.h"
#include "portrait/portrait.h"
#include "portrait/shade.h"
#include "portrait/skin.h"
#include "portrait/strand_rows.h"
#include "portrait/wear.h"

enum { AVT_PORTRAIT_HAIR, AVT_PORTRAIT_BROWS, AVT_PORTRAIT_BEARD, AVT_PORTRAIT_STRANDS };
/* In the order in which they are added. */
enum { AVT_PORTRAIT_SKIN, AVT_PORTRAIT_UPPER_TEETH, AVT_PORTRAIT_LOWER_TEETH, AVT_PORTRAIT_TONGUE, AVT_PORTRAIT_EYES };
enum { AVT_PORTRAIT_PARTS_MAX = AVT_PORTRAIT_EYES + 2 + AVT_WEAR_PIECES_MAX + 1 };

struct avt_paint_job {
    avt_shader shader;
    const void *data;
    bool see_through, two_sided;
};

struct avt_portrait_strands {
    struct avt_strands *strands; /* or NULL */
    struct avt_strand_rows rows;
    struct avt_strand_point *at; /* in the frame */
    /* As in struct avt_strand_set: pieces that can be seen however the head turns, in pictures of the size that was
     * looked around for. */
    uint8_t *wanted, *noticed;
};

struct avt_portrait {
    struct avt_attributes attributes;
    enum avt_look look;
    struct avt_bust *bust;
    struct avt_skin_map skin;
    struct avt_wear *wear;
    struct avt_mesh under, eyeball;   /* under hair; of both eyes */
    struct avt_dentition teeth[2];    /* upper, lower */
    struct avt_shade_scene scene;
    struct avt_shade_mouth mouth[3];
    struct avt_shade_eye eyes[2]; /* right, left */
    struct avt_shade_stuff stuff[AVT_WEAR_PIECES_MAX], cap;
    struct avt_part parts[AVT_PORTRAIT_PARTS_MAX];
    uint8_t *noticed[AVT_PORTRAIT_PARTS_MAX]; /* of each part's triangles, while looking around */
    int looked_width, looked_height; /* what was found out by that is good for this size; 0: for none */
    struct avt_paint_job paints[AVT_PORTRAIT_PARTS_MAX];
    int part_count;
    struct avt_portrait_strands strands[AVT_PORTRAIT_STRANDS];
    struct avt_crew *crew;
    struct avt_raster *raster;
    bool cut_out;              /* nothing is behind it */
    struct avt_image *sharp;   /* the last frame before the lens; or NULL */
    struct avt_image *scenery; /* of the last size drawn */
    float *ground;             /* the same in linear light */
};
