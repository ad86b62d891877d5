/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a presenter wears: clothes as shells over the body with collars, seams and folds; headwear, glasses,
 * earrings. Each becomes pieces: a mesh with one material. clothes.c, headwear.c, glasses.c, earrings.c.
 *
 * Space as in bust.h. Threads: plain values.
 */
#include "portrait/bust.h"

enum { AVT_WEAR_PIECES_MAX = 48 };

enum avt_stuff {
    AVT_STUFF_CLOTH,   /* matt; `weave` says how coarse */
    AVT_STUFF_KNIT,
    AVT_STUFF_SATIN,   /* ties, blouses, hijabs: a soft sheen */
    AVT_STUFF_LEATHER,
    AVT_STUFF_PLASTIC, /* frames, buttons */
    AVT_STUFF_METAL,
    AVT_STUFF_LENS,    /* see-through, reflects */
};

struct avt_piece {
    struct avt_mesh mesh;    /* uv in centimetres along the cloth / 10, for the weave */
    enum avt_stuff stuff;
    float colour[3];         /* linear light */
    float weave;             /* cm between threads or ribs; 0: none seen */
    float clear;             /* of a lens: share of light that passes, 0..1 */
    float *shade;            /* [mesh.vertex_count] 0..1: darker in folds and seams; NULL: all 1 */
};

struct avt_wear {
    size_t count;
    struct avt_piece pieces[AVT_WEAR_PIECES_MAX];
};

/** Everything worn. @return AVT_OK, AVT_ENOMEM. Owned: avt_wear_free(). */
AVT_CHECKED enum avt_code avt_wear_new(const struct avt_bust *bust, const struct avt_attributes *attributes,
                                       struct avt_wear **ret_wear, struct avt_error *reterr);
void avt_wear_free(struct avt_wear *wear);
AVT_DEFINE_FREEP(struct avt_wear, avt_wear_free)

/** Linear light of a named paint, enum avt_paint. */
const float *avt_paint_colour(int paint);
