/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of skin.h: what is seen where on skin. Threads: immutable once made. */
#include "portrait/attributes.h"
#include "portrait/bust.h"
#include "portrait/hair_parts.h"

enum { AVT_SKIN_OUTLINE_MAX = 96, AVT_SKIN_MOLES = 7 };

struct avt_skin_marks {
    enum avt_look look;
    uint32_t seed;
    float age, masculine, freckles, dark; /* dark: 0 lightest .. 1 darkest tone */
    float stubble;                        /* 0..1 */
    int makeup;                           /* enum avt_makeup */
    float scalp;                            /* 0..1: how much of the scalp is roots of hair */
    struct avt_hairline hairline;
    float hair[3];                          /* linear light */
    int outline_count;
    struct avt_point outline[AVT_SKIN_OUTLINE_MAX]; /* of the lips, on the average head */
    int seam_count;
    struct avt_point seam[AVT_SKIN_OUTLINE_MAX];    /* where the lips meet, from right to left */
    float seam_y;                                   /* its mean height, cm */
    float crease;                                   /* of the upper lid over its margin, cm; 0: none */
    struct avt_point3 moles[AVT_SKIN_MOLES];        /* z: radius */
    struct avt_point3 eyes[2];                      /* of the average head */
    struct avt_point lids[2][2][AVT_SKIN_OUTLINE_MAX]; /* margin of right, left eye; upper, lower */
    int lid_count[2];
};
void avt_skin_marks_make(const struct avt_bust *bust, const struct avt_attributes *attributes, enum avt_look look,
                         struct avt_skin_marks *ret_marks);

struct avt_skin_spot {
    float albedo[3]; /* linear light */
    float oil, lip;  /* 0..1 */
    float relief;    /* cm */
};
/** @param p     On the average head.
 *  @param tone  Skin without blood. */
void avt_skin_spot(const struct avt_skin_marks *marks, struct avt_point3 p, const float tone[3],
                   struct avt_skin_spot *ret_spot);
