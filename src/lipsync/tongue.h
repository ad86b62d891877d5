/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The tongue as it is seen from the front: its body behind the lower teeth, its tip raised behind the upper
 * ones for l, n, t and d, and between the rows for th. A closed form of place and pose, so that it moves
 * smoothly.
 *
 * Threads: pure.
 */
#include "lipsync/mouth_light.h"

struct avt_tongue_pose {
    float floor;    /* y of the lower teeth's edge, eye distances from the middle of the closed lips */
    float upper;    /* y of the upper teeth's edge */
    float jaw;      /* drop of the jaw */
    float up, out;  /* 0..1 */
    float softness; /* of the picture's edges, eye distances */
};

/** Of its body: colour in linear light, as if in the open, and how much of the place it covers, 0..1.
 *  @param ret_depth  0: as near as the teeth, 1: at the back of the mouth. */
float avt_tongue_body(const struct avt_mouth_light *light, const struct avt_tongue_pose *pose, float x, float y,
                      float ret_rgb[3], float *ret_depth);
/** Of its tip, where that lies on the lower teeth. */
float avt_tongue_tip(const struct avt_mouth_light *light, const struct avt_tongue_pose *pose, float x, float y,
                     float ret_rgb[3]);
