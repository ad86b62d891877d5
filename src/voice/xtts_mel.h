/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The spectra that XTTS hears a recording as: torchaudio's MelSpectrogram, power, bands equally spaced on HTK's mel
 * scale, frames centred on every hop with the sound mirrored at both ends. Private to xtts*.c and tests.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct avt_xtts_mel {
    int rate, fft, window, hop, bands; /* the window is centred in the transform */
    double top;                        /* Hz, of the highest band */
    bool is_hamming;                   /* else Hann; both periodic */
    bool is_slaney;                    /* bands of area 1, not of height 1 */
    double emphasis;                   /* x[i] - emphasis x[i - 1] goes in; 0: x */
    double floor;                      /* below, and then the natural logarithm; 0: power */
};
/** For the language model's voice. */
extern const struct avt_xtts_mel avt_xtts_mel_voice;
/** For the speaker's embedding. */
extern const struct avt_xtts_mel avt_xtts_mel_speaker;

/** @param sound  [count], more than fft / 2.
 *  @param ret_values  [bands, *ret_frames], 1 + count / hop of them; owned by the caller.
 *  @return AVT_OK, AVT_ERECORDING (too short), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_xtts_mel_compute(const struct avt_xtts_mel *mel, const float *sound, size_t count,
                                               float **ret_values, size_t *ret_frames, struct avt_error *reterr);
