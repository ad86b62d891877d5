/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The mouth of the timeline driver: phonemes -> gestures -> channels at time t. Gestures overlap and
 * blend by dominance (Cohen & Massaro 1993): each asks for a target on each channel with a weight
 * that rises before its sound and falls after it, so lips round early for a coming u and a tongue
 * sound takes the lips of its neighbours. What must happen happens last: lips meet for p b m, the
 * lower lip tucks under the teeth for f v, whatever the blend says.
 */
#include <stdbool.h>
#include <stddef.h>

#include "dsp/motion.h"
#include "dsp/timeline.h"
#include "lipsync/viseme.h"

struct avt_gesture {
    enum avt_viseme viseme;
    double start, end;   /* s */
    float jaw_gain;      /* stress and loudness; jaw only */
    float strength;      /* of the dominance, 1 = usual */
    bool stressed;       /* primary-stressed vowel: nods and blinks look for these */
    float loudness;      /* of the phoneme, 0 unknown */
};

struct avt_mouth {
    struct avt_gesture *gestures; /* in time order */
    size_t count, capacity;
    size_t first; /* earlier ones are over */
    float jaw_scale;
};

void avt_mouth_init(struct avt_mouth *mouth, float expressiveness);
/** Append the phonemes of `part`, which starts at offset_s. */
void avt_mouth_feed(struct avt_mouth *mouth, const struct avt_timeline *part, double offset_s);
/** Set the mouth's ARKit weights and tongue in `motion` for time t (never far back). */
void avt_mouth_at(struct avt_mouth *mouth, double t, struct avt_motion *motion);
void avt_mouth_done(struct avt_mouth *mouth);
