/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * When each of a known sequence of visemes is seen in what the viseme network hears (viseme_net.h): forced alignment.
 * Of all ways to lay the sequence over the sound in order, each step for a number of frames in a row, that of the
 * largest product of probabilities is searched (Viterbi 1967). Steps that are optional, silence between words, may be
 * left out.
 *
 * Threads: a pure function.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/viseme.h"

/* A choice of two bits is kept for each frame and each least frame of a step: 256 MB at most. */
#define AVT_VISEME_ALIGN_CELLS_MAX ((size_t)1 << 30)
enum { AVT_VISEME_STEP_FRAMES_MAX = 8 };

struct avt_viseme_step {
    enum avt_viseme viseme;
    int frames_min;   /* that it lasts at least: 1..AVT_VISEME_STEP_FRAMES_MAX; 1 where it is optional */
    bool is_optional; /* never two in a row */
};

/** @param visemes     Probabilities [frames, AVT_VISEME_COUNT] (avt_viseme_net_hear()).
 *  @param ret_starts  [count + 1]: the frame that each step begins with, and `frames`; a step that is left out begins
 *                     with the one behind it. A sound too short for all of them is shared out evenly.
 *  @return AVT_OK, AVT_ELIMIT (AVT_VISEME_ALIGN_CELLS_MAX), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_viseme_align(const float *visemes, size_t frames, const struct avt_viseme_step *steps,
                                           size_t count, size_t *ret_starts, struct avt_error *reterr);
