/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Who speaks: the GE2E speaker encoder (Wan et al. 2018, "Generalized end-to-end loss for speaker
 * verification") in the form of Resemblyzer 0.1.4, models/speaker-ge2e.onnx. Sound becomes a
 * direction in 256 dimensions; two directions are near each other when the voices are alike. It
 * hears the room and the microphone too.
 *
 * The front end is Resemblyzer's, to the number: 16 kHz; raised (never lowered) to an RMS level of
 * -30 dBFS; power of 40 mel bands, without a logarithm (dsp/mel.h); windows of 160 frames (1.6 s)
 * every 77, the last one filled up with silence if three quarters of it are there; the mean of the
 * windows' directions, at unit length. Silence is to be cut out before (voice/vad.h).
 *
 * Threads: immutable once open; may be asked from several threads at once.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"
#include "dsp/mel.h"

enum {
    AVT_GE2E_SIZE = 256,   /* numbers of a direction */
    AVT_GE2E_BANDS = 40,   /* of mel */
    AVT_GE2E_FRAMES = 160, /* of a window */
    AVT_GE2E_STEP = 77,    /* frames from one window to the next: 16000 / 1.3 / 160, rounded */
    AVT_GE2E_RATE = AVT_MEL_RATE,
    AVT_GE2E_SECONDS_MAX = 600, /* of sound at once */
};
#define AVT_GE2E_NAME "resemblyzer-ge2e 0.1.4"

/** A direction of unit length; no number is negative. */
struct avt_embedding {
    float values[AVT_GE2E_SIZE];
};

/** Cosine of the angle between two directions: 1 the same voice, about .55 for two strangers. */
double avt_embedding_similarity(const struct avt_embedding *a, const struct avt_embedding *b);
/** The mean of `count` (at least 1) directions, at unit length. */
void avt_embedding_mean(const struct avt_embedding *all, size_t count,
                        struct avt_embedding *ret_mean);

struct avt_ge2e;
/** @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. Owned by the caller: avt_ge2e_free(). */
AVT_CHECKED enum avt_code avt_ge2e_open(struct avt_ge2e **ret_speaker, struct avt_error *reterr);
void avt_ge2e_free(struct avt_ge2e *speaker);
AVT_DEFINE_FREEP(struct avt_ge2e, avt_ge2e_free)

/** The direction of `audio` (AVT_GE2E_RATE, not empty, at most AVT_GE2E_SECONDS_MAX).
 *  @return AVT_OK, AVT_EINVAL (another rate), AVT_ELIMIT, AVT_ENOMEM, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_ge2e_embed(const struct avt_ge2e *speaker,
                                         const struct avt_audio *audio,
                                         struct avt_embedding *ret_embedding,
                                         struct avt_error *reterr);

/** One direction per window, in order: several speakers in one sound lie apart.
 *  @param ret_windows  [*ret_count], at least one; owned by the caller (avt_free). */
AVT_CHECKED enum avt_code avt_ge2e_windows(const struct avt_ge2e *speaker,
                                           const struct avt_audio *audio,
                                           struct avt_embedding **ret_windows, size_t *ret_count,
                                           struct avt_error *reterr);

/** The direction that the sound of this spectrum has: avt_ge2e_mel() gives one, and bands may be
 *  turned up and down in between, which costs far less than filtering the sound. */
AVT_CHECKED enum avt_code avt_ge2e_embed_mel(const struct avt_ge2e *speaker,
                                             const struct avt_mel *mel, size_t sample_count,
                                             struct avt_embedding *ret_embedding,
                                             struct avt_error *reterr);
/** The front end alone: level, mel power [frames, 40]. avt_mel_done(). */
AVT_CHECKED enum avt_code avt_ge2e_mel(const struct avt_audio *audio, struct avt_mel *ret_mel,
                                       struct avt_error *reterr);
