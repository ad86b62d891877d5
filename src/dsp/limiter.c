/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/limiter.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    PHASES = 8, /* 192 kHz out of 24 kHz, as ITU-R BS.1770-4 annex 2 gets out of 48 kHz by four */
    TAPS = 24,  /* samples around the point that is interpolated */
    HALF = TAPS / 2,
};
/* What finer interpolation than this may still find above the ceiling. */
static const double MARGIN_DB = 0.15;
static const double LOOKAHEAD_S = 0.0015; /* of attack; shorter is heard as a click */
static const double RELEASE_S = 0.06;     /* time constant of the recovery; a syllable is longer */

/* Windowed sinc (Hann): taps[p][t] weighs the sample at offset t + 1 - HALF for the point
 * p / PHASES samples after offset 0. */
static void make_taps(float taps[PHASES][TAPS])
{
    for (int p = 0; p < PHASES; p++) {
        double sum = 0.0, weight[TAPS];
        for (int t = 0; t < TAPS; t++) {
            double x = (double)(t + 1 - HALF) - (double)p / PHASES;
            double window = 0.5 + 0.5 * cos(M_PI * x / (HALF + 1.0));
            weight[t] = (fabs(x) < 1e-9 ? 1.0 : sin(M_PI * x) / (M_PI * x)) * window;
            sum += weight[t];
        }
        for (int t = 0; t < TAPS; t++)
            taps[p][t] = (float)(weight[t] / sum);
    }
}

/* One channel of interleaved sound. */
struct channel {
    const float *samples; /* [count], `step` apart */
    size_t count;
    ptrdiff_t step;
};

/* The highest absolute value between sample i and sample i + 1, which may lie just outside. */
static float peak_after(const struct channel *audio, ptrdiff_t i, float taps[PHASES][TAPS])
{
    float peak = 0.0f;
    for (int p = 1; p < PHASES; p++) {
        float sum = 0.0f;
        for (int t = 0; t < TAPS; t++) {
            ptrdiff_t at = i + t + 1 - HALF;
            if (at >= 0 && at < (ptrdiff_t)audio->count)
                sum += audio->samples[at * audio->step] * taps[p][t];
        }
        peak = fmaxf(peak, fabsf(sum));
    }
    return peak;
}

/* The highest absolute value from sample i up to, not including, sample i + 1. */
static float peak_at(const struct channel *audio, size_t i, float taps[PHASES][TAPS],
                     float ceiling)
{
    float peak = fabsf(audio->samples[(ptrdiff_t)i * audio->step]);
    float next = i + 1 < audio->count ? fabsf(audio->samples[(ptrdiff_t)(i + 1) * audio->step]) : 0.0f;
    /* Between two samples speech does not rise to twice the greater of them. */
    if (fmaxf(peak, next) < ceiling / 2)
        return peak;
    if (i == 0)
        peak = fmaxf(peak, peak_after(audio, -1, taps));
    return fmaxf(peak, peak_after(audio, (ptrdiff_t)i, taps));
}

/* gain[i] becomes the least of gain[i - reach .. i + reach]. */
static void spread_minimum(float *gain, size_t count, size_t reach, float *scratch)
{
    /* A queue of indices with rising values would be linear too, but peaks are rare: copy each dip.
     */
    for (size_t i = 0; i < count; i++)
        scratch[i] = 1.0f;
    for (size_t i = 0; i < count; i++) {
        if (gain[i] >= 1.0f)
            continue;
        size_t from = i > reach ? i - reach : 0;
        size_t to = i + reach < count ? i + reach : count - 1;
        for (size_t j = from; j <= to; j++)
            scratch[j] = fminf(scratch[j], gain[i]);
    }
    for (size_t i = 0; i < count; i++)
        gain[i] = scratch[i];
}

/* Mean over 2 reach + 1 samples: after spread_minimum() it stays below every dip it covers. The
 * ends go on as they are. */
static void smooth(float *gain, size_t count, size_t reach, float *scratch)
{
    size_t width = 2 * reach + 1;
    double sum = (double)gain[0] * (double)(reach + 1);
    for (size_t i = 0; i < reach; i++)
        sum += (double)gain[i < count ? i : count - 1];
    for (size_t i = 0; i < count; i++) {
        sum += (double)gain[i + reach < count ? i + reach : count - 1];
        sum -= (double)gain[i > reach ? i - reach - 1 : 0];
        scratch[i] = (float)(sum / (double)width);
    }
    for (size_t i = 0; i < count; i++)
        gain[i] = scratch[i];
}

/* [count, channels]; one gain for all channels, or what is in the middle would move. */
static enum avt_code limit(float *samples, size_t count, int channels, int rate, double ceiling_db,
                           struct avt_error *reterr)
{
    float taps[PHASES][TAPS];
    make_taps(taps);
    float ceiling = (float)pow(10.0, (ceiling_db - MARGIN_DB) / 20.0);

    AVT_CLEANUP(avt_freep) float *gain = avt_try_new0(float, count + 1);
    AVT_CLEANUP(avt_freep) float *scratch = avt_try_new0(float, count + 1);
    if (!gain || !scratch)
        return avt_fail(reterr, AVT_ENOMEM,
                        "there is not enough memory to limit the sound's peaks; close other "
                        "programs");
    bool over = false;
    for (size_t i = 0; i < count; i++) {
        float peak = 0.0f;
        for (int c = 0; c < channels; c++)
            peak = fmaxf(peak, peak_at(&(struct channel){samples + c, count, channels}, i, taps, ceiling));
        gain[i] = peak > ceiling ? ceiling / peak : 1.0f;
        over = over || peak > ceiling;
    }
    if (!over)
        return AVT_OK;

    size_t reach = (size_t)(LOOKAHEAD_S * rate) + 1;
    spread_minimum(gain, count, reach + 1, scratch);
    float release = (float)(1.0 - exp(-1.0 / (RELEASE_S * rate)));
    for (size_t i = 1; i < count; i++)
        gain[i] = fminf(gain[i], gain[i - 1] + (1.0f - gain[i - 1]) * release);
    smooth(gain, count, reach, scratch);
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < channels; c++)
            samples[i * (size_t)channels + (size_t)c] *= gain[i];
    return AVT_OK;
}

enum avt_code avt_audio_limit(struct avt_audio *audio, double ceiling_db, struct avt_error *reterr)
{
    avt_assert(audio && ceiling_db <= 0.0);
    return limit(audio->samples, audio->count, 1, audio->rate, ceiling_db, reterr);
}

enum avt_code avt_limit_stereo(float *samples, size_t count, int rate, double ceiling_db, struct avt_error *reterr)
{
    avt_assert((samples || count == 0) && rate > 0 && ceiling_db <= 0.0);
    return limit(samples, count, 2, rate, ceiling_db, reterr);
}
