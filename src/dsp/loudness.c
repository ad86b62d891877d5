/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/loudness.h"

#include <ebur128.h>

#include <math.h>

#include "base/assert.h"
#include "base/mem.h"

struct avt_loudness {
    ebur128_state *state;
};

static enum avt_code no_memory(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOMEM,
                    "there is not enough memory to measure the loudness; close other programs");
}

static enum avt_code new_of(unsigned channels, int rate, struct avt_loudness **ret_loudness,
                            struct avt_error *reterr)
{
    avt_assert(rate > 0 && ret_loudness);
    AVT_CLEANUP(avt_loudness_freep)
    struct avt_loudness *loudness = avt_new0(struct avt_loudness, 1);
    /* The histogram keeps the blocks' levels in bins of .1 LU instead of one entry per block. */
    loudness->state = ebur128_init(
        channels, (unsigned long)rate, EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM | EBUR128_MODE_TRUE_PEAK);
    if (!loudness->state)
        return no_memory(reterr);
    *ret_loudness = AVT_TAKE(loudness);
    return AVT_OK;
}

enum avt_code avt_loudness_new(int rate, struct avt_loudness **ret_loudness,
                               struct avt_error *reterr)
{
    return new_of(1, rate, ret_loudness, reterr);
}

enum avt_code avt_loudness_new_stereo(int rate, struct avt_loudness **ret_loudness,
                                      struct avt_error *reterr)
{
    return new_of(2, rate, ret_loudness, reterr);
}

void avt_loudness_free(struct avt_loudness *loudness)
{
    if (!loudness)
        return;
    if (loudness->state)
        ebur128_destroy(&loudness->state);
    avt_free(loudness);
}

enum avt_code avt_loudness_add(struct avt_loudness *loudness, const float *samples, size_t count,
                               struct avt_error *reterr)
{
    avt_assert(loudness && (samples || count == 0));
    int result = ebur128_add_frames_float(loudness->state, samples, count);
    return result == EBUR128_SUCCESS ? AVT_OK : no_memory(reterr);
}

double avt_loudness_lufs(const struct avt_loudness *loudness)
{
    avt_assert(loudness);
    double lufs = -HUGE_VAL;
    if (ebur128_loudness_global(loudness->state, &lufs) != EBUR128_SUCCESS)
        return -HUGE_VAL;
    return lufs;
}

double avt_loudness_true_peak_db(const struct avt_loudness *loudness)
{
    avt_assert(loudness);
    double peak = 0.0, one = 0.0;
    for (unsigned channel = 0; ebur128_true_peak(loudness->state, channel, &one) == EBUR128_SUCCESS; channel++)
        peak = fmax(peak, one);
    return peak > 0.0 ? 20.0 * log10(peak) : -HUGE_VAL;
}

enum avt_code avt_loudness_of(const float *samples, size_t count, int rate, double *ret_lufs,
                              struct avt_error *reterr)
{
    AVT_CLEANUP(avt_loudness_freep) struct avt_loudness *loudness = NULL;
    enum avt_code code = avt_loudness_new(rate, &loudness, reterr);
    if (code == AVT_OK)
        code = avt_loudness_add(loudness, samples, count, reterr);
    if (code == AVT_OK)
        *ret_lufs = avt_loudness_lufs(loudness);
    return code;
}
