/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Log-mel spectra as speech engines read them: 16 kHz, a frame of 400 samples (25 ms, periodic Hann
 * window) every 160 (10 ms), the sound mirrored by 200 samples at both ends so that frame i is
 * centred on sample 160 i; power spectrum; 80 triangular bands from 0 to 8 kHz, equally spaced on
 * Slaney's mel scale (linear below 1 kHz) and each of unit area; then log10, floored at 1e-10.
 * These are the settings of Whisper before its own scaling by the loudest frame, which is left to
 * the engine.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"

/** Slaney's mel scale, which librosa's filters use too. */
double avt_mel_to_hz(double mel);
double avt_mel_from_hz(double hz);

enum {
    AVT_MEL_RATE = 16000,
    AVT_MEL_BANDS = 80,
    AVT_MEL_HOP = 160,
    AVT_MEL_WINDOW = 400,
};

struct avt_mel {
    float *values; /* [frames, bands] log10 of power; or power */
    size_t frames; /* count / 160 of the sound, rounded down; for power one more */
};
void avt_mel_done(struct avt_mel *mel);

/** `audio` must be at 16 kHz. @return AVT_OK, AVT_EINVAL (another rate), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_mel_compute(const struct avt_audio *audio, struct avt_mel *ret_mel,
                                          struct avt_error *reterr);

/** The same without the logarithm and with `bands` (1 to AVT_MEL_BANDS) of them, the sound silent
 *  beyond its ends and a frame centred on its very end: what librosa's melspectrogram() gives, which
 *  speaker encoders read. @return AVT_OK, AVT_EINVAL (another rate), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_mel_power(const struct avt_audio *audio, int bands,
                                        struct avt_mel *ret_mel, struct avt_error *reterr);
