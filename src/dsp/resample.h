/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Sample rate conversion (libsoxr, "very high quality": flat to 91 % of the lower Nyquist rate). */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"

enum { AVT_RESAMPLE_RATE_MIN = 4000, AVT_RESAMPLE_RATE_MAX = 192000 };

/** `audio` at `rate` Hz, without delay, round(count * rate / audio->rate) samples; a copy where the
 *  rates agree. The same input gives the same samples. Owned by the caller: avt_audio_free().
 *  @return AVT_OK, AVT_EINVAL (a rate out of range), AVT_ELIMIT, AVT_ENOMEM, AVT_EINTERNAL. */
AVT_CHECKED enum avt_code avt_audio_resample(const struct avt_audio *audio, int rate,
                                             struct avt_audio **ret_audio,
                                             struct avt_error *reterr);
