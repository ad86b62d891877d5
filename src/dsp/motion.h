/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Motion: what a face does at one instant, in the terms that every renderer understands. Drivers
 * (lipsync/motion_*.c) make it from a timeline, from sound or from a clip; renderers
 * (lipsync/render_*.c) draw it. Weights are ARKit's 52 blend shapes (Apple ARFaceAnchor), 0..1, in
 * alphabetical order of their names, plus a tongue height that ARKit lacks.
 */
#include "dsp/landmarks.h"

enum avt_arkit {
    AVT_BROW_DOWN_LEFT,
    AVT_BROW_DOWN_RIGHT,
    AVT_BROW_INNER_UP,
    AVT_BROW_OUTER_UP_LEFT,
    AVT_BROW_OUTER_UP_RIGHT,
    AVT_CHEEK_PUFF,
    AVT_CHEEK_SQUINT_LEFT,
    AVT_CHEEK_SQUINT_RIGHT,
    AVT_EYE_BLINK_LEFT,
    AVT_EYE_BLINK_RIGHT,
    AVT_EYE_LOOK_DOWN_LEFT,
    AVT_EYE_LOOK_DOWN_RIGHT,
    AVT_EYE_LOOK_IN_LEFT,
    AVT_EYE_LOOK_IN_RIGHT,
    AVT_EYE_LOOK_OUT_LEFT,
    AVT_EYE_LOOK_OUT_RIGHT,
    AVT_EYE_LOOK_UP_LEFT,
    AVT_EYE_LOOK_UP_RIGHT,
    AVT_EYE_SQUINT_LEFT,
    AVT_EYE_SQUINT_RIGHT,
    AVT_EYE_WIDE_LEFT,
    AVT_EYE_WIDE_RIGHT,
    AVT_JAW_FORWARD,
    AVT_JAW_LEFT,
    AVT_JAW_OPEN,
    AVT_JAW_RIGHT,
    AVT_MOUTH_CLOSE,
    AVT_MOUTH_DIMPLE_LEFT,
    AVT_MOUTH_DIMPLE_RIGHT,
    AVT_MOUTH_FROWN_LEFT,
    AVT_MOUTH_FROWN_RIGHT,
    AVT_MOUTH_FUNNEL,
    AVT_MOUTH_LEFT,
    AVT_MOUTH_LOWER_DOWN_LEFT,
    AVT_MOUTH_LOWER_DOWN_RIGHT,
    AVT_MOUTH_PRESS_LEFT,
    AVT_MOUTH_PRESS_RIGHT,
    AVT_MOUTH_PUCKER,
    AVT_MOUTH_RIGHT,
    AVT_MOUTH_ROLL_LOWER,
    AVT_MOUTH_ROLL_UPPER,
    AVT_MOUTH_SHRUG_LOWER,
    AVT_MOUTH_SHRUG_UPPER,
    AVT_MOUTH_SMILE_LEFT,
    AVT_MOUTH_SMILE_RIGHT,
    AVT_MOUTH_STRETCH_LEFT,
    AVT_MOUTH_STRETCH_RIGHT,
    AVT_MOUTH_UPPER_UP_LEFT,
    AVT_MOUTH_UPPER_UP_RIGHT,
    AVT_NOSE_SNEER_LEFT,
    AVT_NOSE_SNEER_RIGHT,
    AVT_TONGUE_OUT,
    AVT_ARKIT_COUNT, /* 52 */
};

/** ARKit's own name ("jawOpen"). */
const char *avt_arkit_name(enum avt_arkit shape);

struct avt_motion {
    float arkit[AVT_ARKIT_COUNT]; /* 0..1; jawOpen 1 = the widest yawn, speech stays below about .6 */
    float tongue_up;              /* 0..1: tip towards the upper teeth (l, n, t, d, th) */
    struct avt_head_pose pose;    /* relative to the picture, degrees */
    struct avt_point shift;       /* of the head, relative to the picture, in eye distances */
    float breath;                 /* 0..1: out..in; lifts chest and shoulders a little */
};
