/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_mel.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/fft.h"

const struct avt_xtts_mel avt_xtts_mel_voice = {.rate = 22050, .fft = 2048, .window = 1024, .hop = 256, .bands = 80,
                                                .top = 8000, .is_slaney = true, .floor = 1e-5};
const struct avt_xtts_mel avt_xtts_mel_speaker = {.rate = 16000, .fft = 512, .window = 400, .hop = 160, .bands = 64,
                                                  .top = 8000, .is_hamming = true, .emphasis = .97};

struct tables {
    struct avt_fft *fft;
    float *window; /* [fft], zeros around */
    float *bands;  /* [bands, bins] */
    float *re, *im, *power; /* [fft], [fft], [bins] */
    size_t bins;
};

static void free_tables(struct tables *tables)
{
    avt_fft_free(tables->fft);
    avt_free(tables->window);
    avt_free(tables->bands);
    avt_free(tables->re);
    avt_free(tables->im);
    avt_free(tables->power);
}

/* HTK's scale. */
static double hz_of(double mel)
{
    return 700 * (pow(10, mel / 2595) - 1);
}

static void make_tables(const struct avt_xtts_mel *mel, struct tables *tables)
{
    const size_t size = (size_t)mel->fft, offset = (size_t)(mel->fft - mel->window) / 2;
    tables->bins = size / 2 + 1;
    tables->fft = avt_fft_new(size);
    tables->window = avt_new0(float, size);
    tables->bands = avt_new0(float, (size_t)mel->bands * tables->bins);
    tables->re = avt_new0(float, size);
    tables->im = avt_new0(float, size);
    tables->power = avt_new0(float, tables->bins);
    for (int i = 0; i < mel->window; i++) {
        double wave = cos(2 * M_PI * i / mel->window);
        tables->window[offset + (size_t)i] = (float)(mel->is_hamming ? .54 - .46 * wave : .5 - .5 * wave);
    }
    const double top = 2595 * log10(1 + mel->top / 700);
    for (int band = 0; band < mel->bands; band++) {
        double low = hz_of(top * band / (mel->bands + 1)), mid = hz_of(top * (band + 1) / (mel->bands + 1)),
               high = hz_of(top * (band + 2) / (mel->bands + 1));
        for (size_t bin = 0; bin < tables->bins; bin++) {
            double hz = (double)bin * mel->rate / mel->fft;
            double weight = fmax(0, fmin((hz - low) / (mid - low), (high - hz) / (high - mid)));
            tables->bands[(size_t)band * tables->bins + bin] =
                (float)(mel->is_slaney ? weight * 2 / (high - low) : weight);
        }
    }
}

/* Sample `at`, mirrored at the ends without repeating them; of a sound of two samples or more, reached beyond by less
 * than its length. */
static float sample(const float *sound, size_t count, ptrdiff_t at)
{
    if (at < 0)
        at = -at;
    if (at >= (ptrdiff_t)count)
        at = 2 * ((ptrdiff_t)count - 1) - at;
    return sound[at];
}

static void compute_frame(const struct avt_xtts_mel *mel, const float *sound, size_t count, size_t frame,
                          struct tables *tables)
{
    const ptrdiff_t start = (ptrdiff_t)(frame * (size_t)mel->hop) - mel->fft / 2;
    for (ptrdiff_t i = 0; i < mel->fft; i++)
        tables->re[i] = tables->window[i] != 0 ? tables->window[i] * sample(sound, count, start + i) : 0;
    memset(tables->im, 0, (size_t)mel->fft * sizeof(float));
    avt_fft_run(tables->fft, tables->re, tables->im);
    for (size_t bin = 0; bin < tables->bins; bin++)
        tables->power[bin] = tables->re[bin] * tables->re[bin] + tables->im[bin] * tables->im[bin];
}

/* The sound of which spectra are made. Owned. */
static float *emphasized(const struct avt_xtts_mel *mel, const float *sound, size_t count)
{
    float *changed = avt_try_new0(float, count);
    for (size_t i = 0; changed && i < count; i++)
        changed[i] = sound[i] - (float)mel->emphasis * sound[i > 0 ? i - 1 : 1];
    return changed;
}

enum avt_code avt_xtts_mel_compute(const struct avt_xtts_mel *mel, const float *sound, size_t count,
                                   float **ret_values, size_t *ret_frames, struct avt_error *reterr)
{
    if (count <= (size_t)mel->fft / 2)
        return avt_fail(reterr, AVT_ERECORDING, "a recording of %zu samples is too short for XTTS", count);
    const size_t frames = 1 + count / (size_t)mel->hop;
    AVT_CLEANUP(avt_freep) float *values = avt_try_new0(float, frames *(size_t)mel->bands);
    AVT_CLEANUP(avt_freep) float *changed = emphasized(mel, sound, count);
    if (!values || !changed)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a recording's spectra");
    AVT_CLEANUP(free_tables) struct tables tables = {0};
    make_tables(mel, &tables);
    for (size_t frame = 0; frame < frames; frame++) {
        compute_frame(mel, changed, count, frame, &tables);
        for (size_t band = 0; band < (size_t)mel->bands; band++) {
            double sum = 0;
            for (size_t bin = 0; bin < tables.bins; bin++)
                sum += (double)tables.bands[band * tables.bins + bin] * (double)tables.power[bin];
            values[band * frames + frame] = (float)(mel->floor > 0 ? log(fmax(sum, mel->floor)) : sum);
        }
    }
    *ret_values = AVT_TAKE(values);
    *ret_frames = frames;
    return AVT_OK;
}
