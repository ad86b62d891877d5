/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What keeps a face alive besides the mouth: blinks, small gaze shifts, head sway, nods and brow
 * raises on stressed syllables, breath. Everything is a function of time, the seed and what is
 * known of the speech up to AVT_MOTION_LOOKAHEAD_S ahead, so feeding a film in larger or smaller
 * parts gives the same motion.
 */
#include <stddef.h>

#include "base/rng.h"
#include "dsp/motion.h"
#include "lipsync/motion_driver.h"
#include "lipsync/motion_mouth.h"

enum { AVT_LIFE_EVENTS = 32 };

struct avt_life_event {
    double at;      /* s: lids begin to close; the nod's lowest point; the new gaze's start */
    float amount;   /* degrees for nods, 0..1 else */
    float turn;     /* side component, -1..1 */
};

struct avt_life {
    struct avt_motion_options options;
    struct avt_rng blink_rng, nod_rng, gaze_rng;
    struct avt_life_event blinks[AVT_LIFE_EVENTS], nods[AVT_LIFE_EVENTS]; /* rings */
    size_t blink_count, nod_count;  /* made so far */
    double next_blink, next_gaze, nod_seen, last_nod;
    struct avt_life_event gaze; /* where the eyes rest now */
};

void avt_life_init(struct avt_life *life, const struct avt_motion_options *options);
/** Add to `motion` what the life is at t; `mouth` tells what is being said around t. */
void avt_life_at(struct avt_life *life, const struct avt_mouth *mouth, double t,
                 struct avt_motion *motion);
