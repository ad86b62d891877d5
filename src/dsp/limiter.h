/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A true-peak limiter that sees the whole piece before it acts: what lies between the samples
 * counts too (4 times oversampled), the gain falls before a peak and recovers slowly after it. */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"

/** Turn `audio` down around what would exceed `ceiling_db` (dBTP, at most 0). Sound below the
 *  ceiling is left untouched, to the bit. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_audio_limit(struct avt_audio *audio, double ceiling_db,
                                          struct avt_error *reterr);
/** The same of [count, 2] interleaved samples; both channels get one gain. */
AVT_CHECKED enum avt_code avt_limit_stereo(float *samples, size_t count, int rate, double ceiling_db,
                                           struct avt_error *reterr);
