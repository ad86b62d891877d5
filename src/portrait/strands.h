/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hair of all kinds as strands: curves that the renderer draws as thin lines with a highlight along them. Made by
 * hair.c (scalp), brows.c (brows and lashes) and beard.c, each from a bust and attributes.
 *
 * Space as in bust.h. Threads: plain values.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "portrait/bust.h"

enum {
    AVT_STRANDS_MAX = 60000, /* of a head in all */
    AVT_STRAND_POINTS_MAX = 48,
};
/* Roots that are no triangle of the skin: the strand goes with the head. */
#define AVT_STRAND_FREE UINT32_MAX

struct avt_strand {
    uint32_t root;    /* triangle of the skin that it grows from and moves with, or AVT_STRAND_FREE */
    float share[3];   /* of that triangle's corners at the root, together 1 */
    float radius;     /* centimetres at the thickest; wider than real hair, as each stands for a few */
    float tip;        /* radius at the tip, share of `radius` */
    float colour[3];  /* linear light, 0..1: what it reflects, at the root */
    float tip_colour[3];
    float sheen;      /* of the white highlight: 1 combed hair, 0 none */
};

struct avt_strands {
    size_t count;
    size_t points;             /* of each strand */
    struct avt_point3 *at;     /* [count, points] from root to tip, at rest */
    float *follow;             /* [count, points] as in struct avt_mesh; NULL: all 1 */
    struct avt_strand *strands;/* [count] */
};
void avt_strands_free(struct avt_strands *strands);
AVT_DEFINE_FREEP(struct avt_strands, avt_strands_free)


/** The hair of the scalp, and a mesh under it that keeps the skin from shining through. Either may come back empty
 *  (bald; covered by headwear). @return AVT_OK, AVT_ENOMEM. Owned: avt_strands_free(), avt_mesh_done(). */
AVT_CHECKED enum avt_code avt_hair_grow(const struct avt_bust *bust, const struct avt_attributes *attributes,
                                        struct avt_strands **ret_strands, struct avt_mesh *ret_under,
                                        struct avt_error *reterr);
/** Brows and lashes, which move with the skin. */
AVT_CHECKED enum avt_code avt_brows_grow(const struct avt_bust *bust, const struct avt_attributes *attributes,
                                         enum avt_look look,
                                         struct avt_strands **ret_strands, struct avt_error *reterr);
/** Facial hair; NULL where there is none. */
AVT_CHECKED enum avt_code avt_beard_grow(const struct avt_bust *bust, const struct avt_attributes *attributes,
                                         struct avt_strands **ret_strands, struct avt_error *reterr);
