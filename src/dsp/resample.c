/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/resample.h"

#include <soxr.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

static bool rate_valid(int rate)
{
    return rate >= AVT_RESAMPLE_RATE_MIN && rate <= AVT_RESAMPLE_RATE_MAX;
}

static enum avt_code check_rates(int rate_in, int rate_out, struct avt_error *reterr)
{
    if (rate_valid(rate_in) && rate_valid(rate_out))
        return AVT_OK;
    return avt_fail(reterr, AVT_EINVAL, "a sample rate of %d Hz cannot be used; it must be from %d to %d",
                    rate_valid(rate_out) ? rate_in : rate_out, AVT_RESAMPLE_RATE_MIN, AVT_RESAMPLE_RATE_MAX);
}

enum avt_code avt_audio_resample(const struct avt_audio *audio, int rate,
                                 struct avt_audio **ret_audio, struct avt_error *reterr)
{
    avt_assert(audio && ret_audio);
    enum avt_code code = check_rates(audio->rate, rate, reterr);
    if (code != AVT_OK)
        return code;
    size_t count = (size_t)llround((double)audio->count * rate / audio->rate);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *out = NULL;
    code = avt_audio_new(rate, count, &out, reterr);
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

struct avt_resampler {
    soxr_t soxr;
};

enum avt_code avt_resampler_new(int rate_in, int rate_out, struct avt_resampler **ret_resampler,
                                struct avt_error *reterr)
{
    enum avt_code code = check_rates(rate_in, rate_out, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_resampler_freep) struct avt_resampler *resampler = avt_new0(struct avt_resampler, 1);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t error = NULL;
    resampler->soxr = soxr_create(rate_in, rate_out, 1, &error, NULL, &quality, &runtime);
    if (error || !resampler->soxr)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to resample the sound");
    *ret_resampler = AVT_TAKE(resampler);
    return AVT_OK;
}

enum avt_code avt_resampler_run(struct avt_resampler *resampler, const float *in, size_t count, float *out,
                                size_t room, size_t *ret_count, struct avt_error *reterr)
{
    size_t taken = 0;
    soxr_error_t error = soxr_process(resampler->soxr, in, count, &taken, out, room, ret_count);
    if (error)
        return avt_fail(reterr, AVT_EINTERNAL, "the sound could not be resampled: %s", soxr_strerror(error));
    avt_assert(!in || taken == count);
    return AVT_OK;
}

void avt_resampler_free(struct avt_resampler *resampler)
{
    if (!resampler)
        return;
    if (resampler->soxr)
        soxr_delete(resampler->soxr);
    avt_free(resampler);
}
