/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The search for the point of Kokoro's space that sounds most like somebody: Bayesian optimisation
 * (Mockus 1978; local proposals as in TuRBO, Eriksson et al. 2019). A Gaussian process
 * (voice/clone_gp.h) that knows the samples of the model file says how alike each point will be and
 * how high it will speak; the most promising ones are said and heard, and it learns from them.
 * About a tenth of the points that CMA-ES needs.
 *
 * Score of a point: similarity to the target - a penalty for pitch that is off - a penalty for
 * leaving the range of the published packs, which keeps the search from voices that only the
 * encoder likes.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "os/thread.h"
#include "voice/clone_model.h"
#include "voice/clone_probe.h"
#include "voice/clone_space.h"

enum { AVT_CLONE_THREADS_MAX = 8 };

struct avt_clone_target {
    struct avt_embedding voice;
    double pitch_st;
};

struct avt_clone_search_options {
    size_t points_max;   /* said and heard at most */
    double seconds_max;  /* the search and what follows it take no longer ... */
    size_t points_after; /* ... if that takes as long as so many points */
    int threads;         /* points at a time, 1 to AVT_CLONE_THREADS_MAX */
    uint64_t seed;
    const struct avt_cancel *cancel;
    void (*progress)(double fraction, void *user); /* or NULL; on the calling thread */
    void *user;
};

struct avt_clone_found {
    float coords[AVT_CLONE_DIMS_MAX];
    double score; /* expected; the best first */
    size_t heard; /* points that were said for it */
};
enum { AVT_CLONE_FOUND_MAX = 3 };

/** The best points, by what the process believes after all was heard.
 *  @param ret_found  [AVT_CLONE_FOUND_MAX]
 *  @return AVT_OK, AVT_ECANCELLED, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code
avt_clone_search(const struct avt_clone_model *model, const struct avt_clone_space *space,
                 const struct avt_clone_probe *probe, const struct avt_clone_target *target,
                 const struct avt_clone_search_options *options, struct avt_clone_found *ret_found,
                 struct avt_error *reterr);

/** Penalty for a pitch `off_st` semitones away from the target: none within half a semitone. */
double avt_clone_pitch_penalty(double off_st);
/** Penalty for a point outside the packs' range: none while its mean square is theirs, 1. */
double avt_clone_range_penalty(const float *coords, size_t dims);
