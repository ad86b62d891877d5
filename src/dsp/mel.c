/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/mel.h"

#include <math.h>
#include <stdbool.h>

#include "base/assert.h"
#include "base/mem.h"

enum { BINS = AVT_MEL_WINDOW / 2 + 1 };

/* Slaney's mel scale (Auditory Toolbox, 1998): 200/3 Hz a mel up to 1 kHz = mel 15, above it 27 mel
 * for each factor of 6.4. */
double avt_mel_to_hz(double mel)
{
    return mel < 15.0 ? mel * 200.0 / 3.0 : 1000.0 * exp((mel - 15.0) * log(6.4) / 27.0);
}

double avt_mel_from_hz(double hz)
{
    return hz < 1000.0 ? hz * 3.0 / 200.0 : 15.0 + log(hz / 1000.0) * 27.0 / log(6.4);
}

/* How one kind of spectrum differs from the other. */
struct kind {
    int bands;
    bool power; /* else log10 */
};

struct tables {
    double window[AVT_MEL_WINDOW];
    double cosine[AVT_MEL_WINDOW], sine[AVT_MEL_WINDOW]; /* of 2 pi i / 400 */
    float bands[AVT_MEL_BANDS][BINS];
};

static void make_tables(struct tables *tables, int bands)
{
    for (int i = 0; i < AVT_MEL_WINDOW; i++) {
        double angle = 2.0 * M_PI * i / AVT_MEL_WINDOW;
        tables->cosine[i] = cos(angle);
        tables->sine[i] = sin(angle);
        tables->window[i] = 0.5 - 0.5 * cos(angle);
    }
    double top = avt_mel_from_hz(AVT_MEL_RATE / 2.0);
    for (int band = 0; band < bands; band++) {
        double low = avt_mel_to_hz(top * band / (bands + 1));
        double mid = avt_mel_to_hz(top * (band + 1) / (bands + 1));
        double high = avt_mel_to_hz(top * (band + 2) / (bands + 1));
        for (int bin = 0; bin < BINS; bin++) {
            double hz = (double)bin * AVT_MEL_RATE / AVT_MEL_WINDOW;
            double weight = fmin((hz - low) / (mid - low), (high - hz) / (high - mid));
            tables->bands[band][bin] = (float)(fmax(weight, 0.0) * 2.0 / (high - low));
        }
    }
}

/* Sample `at`, mirrored at both ends (without repeating the edge). */
static double mirrored(const struct avt_audio *audio, ptrdiff_t at)
{
    ptrdiff_t count = (ptrdiff_t)audio->count;
    if (at < 0)
        at = -at;
    if (at >= count)
        at = 2 * (count - 1) - at;
    /* Sounds shorter than half a window mirror once and are silent beyond. */
    return at >= 0 && at < count ? (double)audio->samples[at] : 0.0;
}

static double silent_beyond(const struct avt_audio *audio, ptrdiff_t at)
{
    return at >= 0 && at < (ptrdiff_t)audio->count ? (double)audio->samples[at] : 0.0;
}

static void frame_power(const struct avt_audio *audio, size_t frame, const struct tables *tables,
                        double (*sample)(const struct avt_audio *audio, ptrdiff_t at),
                        double power[BINS])
{
    double windowed[AVT_MEL_WINDOW];
    ptrdiff_t start = (ptrdiff_t)(frame * AVT_MEL_HOP) - AVT_MEL_WINDOW / 2;
    for (int i = 0; i < AVT_MEL_WINDOW; i++)
        windowed[i] = sample(audio, start + i) * tables->window[i];
    for (int bin = 0; bin < BINS; bin++) {
        double re = 0.0, im = 0.0;
        /* 400 is no power of two: a plain sum costs 16 million products per second of sound. */
        for (int i = 0, phase = 0; i < AVT_MEL_WINDOW; i++) {
            re += windowed[i] * tables->cosine[phase];
            im -= windowed[i] * tables->sine[phase];
            phase += bin;
            phase -= phase >= AVT_MEL_WINDOW ? AVT_MEL_WINDOW : 0;
        }
        power[bin] = re * re + im * im;
    }
}

void avt_mel_done(struct avt_mel *mel)
{
    avt_free(mel->values);
    mel->values = NULL;
    mel->frames = 0;
}

static enum avt_code compute(const struct avt_audio *audio, struct kind kind,
                             struct avt_mel *ret_mel, struct avt_error *reterr)
{
    if (audio->rate != AVT_MEL_RATE)
        return avt_fail(reterr, AVT_EINVAL, "mel spectra need sound at %d Hz, not at %d Hz",
                        AVT_MEL_RATE, audio->rate);
    size_t frames = audio->count / AVT_MEL_HOP + (kind.power ? 1 : 0), bands = (size_t)kind.bands;
    AVT_CLEANUP(avt_freep) float *values = avt_try_new0(float, frames *bands + 1);
    if (!values)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for the sound's spectra");
    AVT_CLEANUP(avt_freep) struct tables *tables = avt_new0(struct tables, 1);
    make_tables(tables, kind.bands);
    for (size_t frame = 0; frame < frames; frame++) {
        double power[BINS];
        frame_power(audio, frame, tables, kind.power ? silent_beyond : mirrored, power);
        for (size_t band = 0; band < bands; band++) {
            double sum = 0.0;
            for (int bin = 0; bin < BINS; bin++)
                sum += power[bin] * (double)tables->bands[band][bin];
            values[frame * bands + band] = (float)(kind.power ? sum : log10(fmax(sum, 1e-10)));
        }
    }
    ret_mel->values = AVT_TAKE(values);
    ret_mel->frames = frames;
    return AVT_OK;
}

enum avt_code avt_mel_compute(const struct avt_audio *audio, struct avt_mel *ret_mel,
                              struct avt_error *reterr)
{
    avt_assert(audio && ret_mel);
    return compute(audio, (struct kind){.bands = AVT_MEL_BANDS}, ret_mel, reterr);
}

enum avt_code avt_mel_power(const struct avt_audio *audio, int bands, struct avt_mel *ret_mel,
                            struct avt_error *reterr)
{
    avt_assert(audio && ret_mel && bands > 0 && bands <= AVT_MEL_BANDS);
    return compute(audio, (struct kind){.bands = bands, .power = true}, ret_mel, reterr);
}
