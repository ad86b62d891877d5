/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What shows between the lips: the cavity, the upper teeth (fixed to the skull), the lower teeth
 * and the tongue (they move with the jaw), in the light and the palette of the picture.
 *
 * Threads: immutable once made.
 */
#include "base/cleanup.h"
#include "dsp/image.h"
#include "lipsync/rig.h"

struct avt_mouth;

/** `softness`: of the picture's edges, pixels. */
struct avt_mouth *avt_mouth_new(const struct avt_image *image, const struct avt_rig *rig,
                                float softness);
void avt_mouth_free(struct avt_mouth *mouth);
AVT_DEFINE_FREEP(struct avt_mouth, avt_mouth_free)

/** One frame's state, in the frame of the face. */
struct avt_mouth_pose {
    float jaw;       /* drop of the lower teeth, eye distances */
    float narrow;    /* width of the opening relative to rest: rounding hides the side teeth */
    float tongue_up; /* 0..1 */
    float tongue_out;
    float gap; /* widest opening, eye distances */
};
/** Colour at a place of the mouth: x, y in eye distances from the middle of the closed lips;
 *  `above`, `below`: distance to the edges of the upper and the lower lip there. */
void avt_mouth_colour(const struct avt_mouth *mouth, const struct avt_mouth_pose *pose, float x,
                      float y, float above, float below, float ret_rgb[3]);
