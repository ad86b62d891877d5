/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Makes motion. The timeline driver (motion_timeline.c) follows phonemes: visemes with coarticulation
 * (viseme.h), blinks, gaze, head sway and nods tied to stress, breath. It may be fed sentence by
 * sentence; motion at time t needs the timeline up to t + AVT_MOTION_LOOKAHEAD_S or its end.
 *
 * The same timeline and seed give the same motion. Threads: one driver, one thread at a time.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "dsp/motion.h"
#include "dsp/timeline.h"

#define AVT_MOTION_LOOKAHEAD_S 1.0

enum avt_emotion {
    AVT_EMOTION_NEUTRAL,
    AVT_EMOTION_HAPPY,
    AVT_EMOTION_SAD,
    AVT_EMOTION_SERIOUS,
    AVT_EMOTION_SURPRISED,
    AVT_EMOTION_COUNT,
};
/** "happy" and so on; false for anything else, NULL too. */
bool avt_emotion_parse(const char *text, enum avt_emotion *ret_emotion);

struct avt_motion_options {
    uint64_t seed;
    float head_motion;    /* 0..1: 0 = head and shoulders stay still, 1 = lively; default .5 */
    float expressiveness; /* 0..1: of jaw and brows; default .5 */
    float blinks_per_min; /* up to 60; default 16; 0 = none */
    enum avt_emotion emotion;
    float soften_s; /* 0..0.05: a mouth moves as on average this long before and after; default 0 */
};
#define AVT_MOTION_OPTIONS_INIT                                                                    \
    {.seed = 1, .head_motion = .5f, .expressiveness = .5f, .blinks_per_min = 16}

struct avt_motion_driver;
struct avt_motion_driver *avt_motion_from_timeline(const struct avt_motion_options *options);
/** Append a part of the timeline that starts at `offset_s`; copied. Parts come in order. */
void avt_motion_feed(struct avt_motion_driver *driver, const struct avt_timeline *part,
                     double offset_s);
/** Motion at t (s); t may not go back by more than 1 s. */
void avt_motion_at(struct avt_motion_driver *driver, double t, struct avt_motion *ret_motion);
void avt_motion_free(struct avt_motion_driver *driver);
AVT_DEFINE_FREEP(struct avt_motion_driver, avt_motion_free)
