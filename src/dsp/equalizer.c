/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/equalizer.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum { HALF = AVT_EQUALIZER_TAPS / 2, GRID = 1024 };

struct avt_equalizer {
    float taps[AVT_EQUALIZER_TAPS];
};

static double gain_at(const float *hz, const float *gains_db, size_t count, double at)
{
    double db = (double)gains_db[count - 1];
    if (at <= (double)hz[0]) {
        db = (double)gains_db[0];
    } else {
        for (size_t i = 1; i < count; i++) {
            if (at > (double)hz[i])
                continue;
            double part = (at - (double)hz[i - 1]) / fmax((double)hz[i] - (double)hz[i - 1], 1e-6);
            db = (double)gains_db[i - 1] + part * ((double)gains_db[i] - (double)gains_db[i - 1]);
            break;
        }
    }
    return pow(10.0, db / 20.0);
}

struct avt_equalizer *avt_equalizer_new(int rate, const float *hz, const float *gains_db,
                                        size_t count)
{
    avt_assert(rate > 0 && count > 0 && count <= AVT_EQUALIZER_POINTS_MAX);
    struct avt_equalizer *equalizer = avt_new0(struct avt_equalizer, 1);
    double gains[GRID + 1];
    for (int i = 0; i <= GRID; i++)
        gains[i] = gain_at(hz, gains_db, count, (double)i * rate / 2.0 / GRID);
    /* The inverse transform of a real, even spectrum, under a Hann window. */
    for (int tap = 0; tap <= HALF; tap++) {
        double sum = (gains[0] + gains[GRID] * (tap % 2 ? -1.0 : 1.0)) / 2.0;
        for (int i = 1; i < GRID; i++)
            sum += gains[i] * cos(M_PI * i * tap / GRID);
        double window = 0.5 + 0.5 * cos(M_PI * tap / (HALF + 1));
        float value = (float)(sum / GRID * window);
        equalizer->taps[HALF + tap] = value;
        equalizer->taps[HALF - tap] = value;
    }
    return equalizer;
}

void avt_equalizer_free(struct avt_equalizer *equalizer)
{
    avt_free(equalizer);
}

enum avt_code avt_equalizer_run(const struct avt_equalizer *equalizer, struct avt_audio *audio,
                                struct avt_error *reterr)
{
    avt_assert(equalizer && audio);
    AVT_CLEANUP(avt_freep) float *padded = avt_try_new0(float, audio->count + 2 * HALF + 1);
    if (!padded)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to filter the speech");
    if (audio->count > 0)
        memcpy(padded + HALF, audio->samples, audio->count * sizeof(*padded));
    for (size_t i = 0; i < audio->count; i++) {
        float sum = 0.0f;
        for (int tap = 0; tap < AVT_EQUALIZER_TAPS; tap++)
            sum += padded[i + (size_t)tap] * equalizer->taps[tap];
        audio->samples[i] = sum;
    }
    return AVT_OK;
}
