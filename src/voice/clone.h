/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From checked recordings to a voice of Kokoro's that resembles them. It resembles, and does not
 * copy: the voice stays within what blends of the published packs can sound like.
 *
 * 1. Search (voice/clone_search.h) for the point that the speaker encoder and the pitch place
 * nearest.
 * 2. Verdict on two sentences that the search never said: the points found, against the published
 * voice that is most alike. The better one is taken, so a clone is never below the best published
 * voice there.
 * 3. Spectrum (voice/clone_eq.h), kept only if it helps on the two sentences that it was not fitted
 * to.
 * 4. Melody: what is left between winner and recordings in mean and spread of the pitch, kept only if the
 * verdict on the same sentences is better with it.
 *
 * Threads: any, one call a thread; memory grows with options.threads (150 MB each).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "os/thread.h"
#include "voice/clip_check.h"
#include "voice/clone_eq.h"
#include "voice/clone_model.h"
#include "voice/clone_space.h"

#define AVT_CLONE_ENGINE "kokoro-search 1"

enum avt_clone_effort {
    AVT_CLONE_DEFAULT, /* at most 90 s on two cores */
    AVT_CLONE_FAST,    /* at most 10 s */
    AVT_CLONE_BEST,    /* three times as many points, as long as it takes */
};

struct avt_clone_options {
    enum avt_clone_effort effort;
    size_t points; /* voices to try, as long as it takes: the same number on the same number of
                      threads gives the same voice anywhere. 0: by effort and time */
    int threads;   /* 0: one per core, at most 4 */
    uint64_t seed;
    const struct avt_cancel *cancel;
    void (*progress)(double fraction, void *user); /* or NULL; on the calling thread */
    void *user;
};

struct avt_clone_voice {
    float *pack;                      /* [510, 1, 256]; owned */
    struct avt_melody melody;         /* {0, 1} if it is left alone */
    float eq_db[AVT_CLONE_EQ_BANDS];  /* all 0 if the spectrum is left alone */
    double similarity;                /* to the recordings, on sentences that were not fitted to */
    double self_similarity;           /* between two sentences */
    double stock_similarity;          /* of the nearest published voice, as it is */
    char stock_id[AVT_CLONE_ID_SIZE]; /* that voice */
    double pitch_st, pitch_spread_st; /* of the clone, re 100 Hz */
    double reference_pitch_st, reference_spread_st;
    size_t points; /* that were said and heard */
    double seconds;
    bool spectrum; /* matched */
    bool searched; /* false: the published voice was not to be beaten */
};
void avt_clone_voice_done(struct avt_clone_voice *voice);

/** What is known of a voice when the verdict is given. */
struct avt_clone_verdict {
    double similarity, self_similarity;
    double pitch_off_st, spread_off_st; /* from the recordings */
};
/** The higher, the rather it is taken. */
double avt_clone_worth(const struct avt_clone_verdict *verdict);
/** Whether a spectrum is kept, by likeness of sentences that it was not fitted to. */
bool avt_clone_spectrum_helps(double without, double with);

/** @return AVT_OK, AVT_ECANCELLED, AVT_EMODEL, AVT_EMODELBAD, AVT_EHELPER, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_clone_make(const struct avt_ge2e *encoder,
                                         const struct avt_clip_speech *speech,
                                         const struct avt_clone_options *options,
                                         struct avt_clone_voice *ret_voice,
                                         struct avt_error *reterr);
