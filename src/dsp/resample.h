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

/** Mono sound piece by piece; what comes out of all pieces is what avt_audio_resample() gives of the whole, but for
 *  rounding. Threads: one at a time. */
struct avt_resampler;
/** @return AVT_OK, AVT_EINVAL (a rate out of range), AVT_ENOMEM. Owned by the caller: avt_resampler_free(). */
AVT_CHECKED enum avt_code avt_resampler_new(int rate_in, int rate_out, struct avt_resampler **ret_resampler,
                                            struct avt_error *reterr);
/** `in` NULL: the end. @param room  Of `out`; of the end all is given out if there is room for half a second.
 *  All of `in` is taken if there is room for that and half a second. @return AVT_OK, AVT_EINTERNAL. */
AVT_CHECKED enum avt_code avt_resampler_run(struct avt_resampler *resampler, const float *in, size_t count, float *out,
                                            size_t room, size_t *ret_count, struct avt_error *reterr);
void avt_resampler_free(struct avt_resampler *resampler);
AVT_DEFINE_FREEP(struct avt_resampler, avt_resampler_free)
