/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/resample.h"

#include <soxr.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"

static bool rate_valid(int rate)
{
    return rate >= AVT_RESAMPLE_RATE_MIN && rate <= AVT_RESAMPLE_RATE_MAX;
}

enum avt_code avt_audio_resample(const struct avt_audio *audio, int rate,
                                 struct avt_audio **ret_audio, struct avt_error *reterr)
{
    avt_assert(audio && ret_audio);
    if (!rate_valid(rate) || !rate_valid(audio->rate))
        return avt_fail(
            reterr, AVT_EINVAL, "a sample rate of %d Hz cannot be used; it must be from %d to %d",
            rate_valid(rate) ? audio->rate : rate, AVT_RESAMPLE_RATE_MIN, AVT_RESAMPLE_RATE_MAX);

    size_t count = (size_t)llround((double)audio->count * rate / audio->rate);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *out = NULL;
    enum avt_code code = avt_audio_new(rate, count, &out, reterr);
    if (code != AVT_OK)
        return code;
    if (rate == audio->rate) {
        memcpy(out->samples, audio->samples, count * sizeof(*out->samples));
    } else if (count > 0) {
        const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
        const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
        size_t done = 0;
        soxr_error_t error = soxr_oneshot(audio->rate, rate, 1, audio->samples, audio->count, NULL,
                                          out->samples, count, &done, NULL, &quality, &runtime);
        if (error)
            return avt_fail(reterr, AVT_EINTERNAL, "the sound could not be resampled: %s",
                            soxr_strerror(error));
    }
    *ret_audio = AVT_TAKE(out);
    return AVT_OK;
}
