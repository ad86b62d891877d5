/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Mono sound, float samples in [-1, 1], and what is done to it: resampling (libsoxr), loudness
 * (libebur128, ITU-R BS.1770-4), true-peak limiting, silence, mel spectra. */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct avt_audio {
    float *samples; /* [count] */
    size_t count;
    int rate; /* Hz */
};

/** Zeroed sound. @return AVT_OK, AVT_ELIMIT, AVT_ENOMEM. Owned by the caller: avt_audio_free(). */
AVT_CHECKED enum avt_code avt_audio_new(int rate, size_t count, struct avt_audio **ret_audio,
                                        struct avt_error *reterr);
void avt_audio_free(struct avt_audio *audio);
AVT_DEFINE_FREEP(struct avt_audio, avt_audio_free)

/** 4 h at 48 kHz. */
#define AVT_AUDIO_COUNT_MAX ((size_t)4 * 3600 * 48000)
