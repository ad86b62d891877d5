/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How high a voice speaks, frame by frame, at 8 kHz, every 10 ms over 40 ms: the lags at which the
 * sound is most like itself (normalised cross-correlation, Talkin's RAPT, 1995) are candidates, and
 * the path through them is chosen that jumps least (Boersma 1993, "Accurate short-term analysis of
 * the fundamental frequency", section 5).
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"

enum {
    AVT_PITCH_RATE = 8000,
    AVT_PITCH_HOP = 80,     /* samples: 10 ms */
    AVT_PITCH_WINDOW = 320, /* 40 ms */
    AVT_PITCH_HZ_MIN = 60,
    AVT_PITCH_HZ_MAX = 420,
};

struct avt_pitch_frame {
    float hz;       /* 0: not voiced */
    float level_db; /* RMS of the frame, dBFS; -120 at least */
    float likeness; /* 0..1: how periodic */
};

struct avt_pitch {
    struct avt_pitch_frame *frames; /* [count], frame i is centred on i * 10 ms + 20 ms */
    size_t count;
};
void avt_pitch_done(struct avt_pitch *pitch);

/** Any rate; resampled within. @return AVT_OK, AVT_ENOMEM, AVT_EINVAL (rate out of range). */
AVT_CHECKED enum avt_code avt_pitch_track(const struct avt_audio *audio,
                                          struct avt_pitch *ret_pitch, struct avt_error *reterr);

/** Of all voiced frames, in semitones re 100 Hz: mean (2 % trimmed at both ends) and standard
 * deviation.
 *  @return the number of voiced frames; with none, nothing is set. */
size_t avt_pitch_summary(const struct avt_pitch *pitch, double *ret_mean_st, double *ret_spread_st);
