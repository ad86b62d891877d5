/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clip_measure.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/fft.h"

enum {
    FFT_SIZE = 2048,
    HOP = FFT_SIZE / 2,
    BINS = FFT_SIZE / 2 + 1,
    PEAKS = 8,        /* strongest peaks of a frame that are followed */
    STILL_FRAMES = 3, /* a peak stands still if it is there in so many frames after it: .19 s */
    VOICE_ROUNDS = 20,
};
static const double NEAR_PEAK = 0.9;
static const double MUSIC_LOW_HZ = 600.0, MUSIC_HIGH_HZ = 4000.0;
static const double PEAK_OVER_MEDIAN_DB = 12.0, PEAK_OVER_SIDES_DB = 6.0;
static const double QUIET_FRAME_DB = 35.0; /* below the loudest: not looked at */
static const double BANDWIDTH_FROM_HZ = 1000.0, BANDWIDTH_REST = 0.001;

double avt_clip_clipped(const struct avt_audio *audio)
{
    float top = 0.0f;
    for (size_t i = 0; i < audio->count; i++)
        top = fmaxf(top, fabsf(audio->samples[i]));
    size_t near = 0;
    for (size_t i = 0; i < audio->count; i++)
        near += (double)fabsf(audio->samples[i]) > NEAR_PEAK * (double)top;
    return top > 0.0f ? (double)near / (double)audio->count : 0.0;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

struct spectrogram {
    struct avt_fft *fft;
    float *work;
    size_t frames;
};

static enum avt_code open_spectrogram(const struct avt_audio *audio, struct spectrogram *ret,
                                      struct avt_error *reterr)
{
    ret->frames = audio->count >= FFT_SIZE ? (audio->count - FFT_SIZE) / HOP + 1 : 0;
    ret->work = avt_try_new0(float, 2 * FFT_SIZE);
    if (!ret->work)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to look at the sound");
    ret->fft = avt_fft_new(FFT_SIZE);
    return AVT_OK;
}

static void spectrogram_done(struct spectrogram *spectrogram)
{
    avt_fft_free(spectrogram->fft);
    avt_free(spectrogram->work);
}

struct peaks {
    int bins[PEAKS];
    int count;
    float top_db; /* of the frame within the range */
};

/* Bins of [from, to) that stand out from their surroundings, the strongest first. */
static struct peaks find_peaks(const float *db, int from, int to)
{
    float sorted[BINS];
    size_t count = (size_t)(to - from);
    memcpy(sorted, db + from, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_floats);
    double median = (double)sorted[count / 2];
    struct peaks peaks = {.top_db = sorted[count - 1]};
    for (int bin = from; bin < to; bin++) {
        double at = (double)db[bin];
        if (db[bin] <= db[bin - 1] || db[bin] <= db[bin + 1] || at < median + PEAK_OVER_MEDIAN_DB ||
            at < (double)db[bin - 3] + PEAK_OVER_SIDES_DB ||
            at < (double)db[bin + 3] + PEAK_OVER_SIDES_DB)
            continue;
        int place = peaks.count < PEAKS ? peaks.count : PEAKS - 1;
        if (peaks.count == PEAKS && db[peaks.bins[place]] >= db[bin])
            continue;
        while (place > 0 && db[peaks.bins[place - 1]] < db[bin]) {
            peaks.bins[place] = peaks.bins[place - 1];
            place--;
        }
        peaks.bins[place] = bin;
        peaks.count += peaks.count < PEAKS;
    }
    return peaks;
}

static bool has_near(const struct peaks *peaks, int bin)
{
    for (int i = 0; i < peaks->count; i++) {
        if (abs(peaks->bins[i] - bin) <= 1)
            return true;
    }
    return false;
}

static double part_still(const struct peaks *peaks, size_t frames)
{
    float loudest = -HUGE_VALF;
    for (size_t i = 0; i < frames; i++)
        loudest = fmaxf(loudest, peaks[i].top_db);
    size_t all = 0, still = 0;
    for (size_t i = 0; i + STILL_FRAMES < frames; i++) {
        if ((double)peaks[i].top_db < (double)loudest - QUIET_FRAME_DB)
            continue;
        for (int k = 0; k < peaks[i].count; k++) {
            size_t later = 1;
            while (later <= STILL_FRAMES && has_near(&peaks[i + later], peaks[i].bins[k]))
                later++;
            still += later > STILL_FRAMES;
            all++;
        }
    }
    return all > 0 ? (double)still / (double)all : 0.0;
}

enum avt_code avt_clip_music(const struct avt_audio *audio, double *ret_music,
                             struct avt_error *reterr)
{
    avt_assert(audio && audio->rate == AVT_GE2E_RATE && ret_music);
    AVT_CLEANUP(spectrogram_done) struct spectrogram spectrogram = {0};
    enum avt_code code = open_spectrogram(audio, &spectrogram, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) struct peaks *peaks = avt_try_new0(struct peaks, spectrogram.frames + 1);
    if (!peaks)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to look for music");
    int from = (int)(MUSIC_LOW_HZ * FFT_SIZE / AVT_GE2E_RATE);
    int to = (int)(MUSIC_HIGH_HZ * FFT_SIZE / AVT_GE2E_RATE);
    for (size_t i = 0; i < spectrogram.frames; i++) {
        float power[BINS];
        avt_fft_power(spectrogram.fft, audio->samples + i * HOP, spectrogram.work, power);
        for (int bin = 0; bin < BINS; bin++)
            power[bin] = 10.0f * log10f(power[bin] + 1e-12f);
        peaks[i] = find_peaks(power, from, to);
    }
    *ret_music = part_still(peaks, spectrogram.frames);
    return AVT_OK;
}

enum avt_code avt_clip_bandwidth(const struct avt_audio *audio, double *ret_hz,
                                 struct avt_error *reterr)
{
    avt_assert(audio && ret_hz);
    AVT_CLEANUP(spectrogram_done) struct spectrogram spectrogram = {0};
    enum avt_code code = open_spectrogram(audio, &spectrogram, reterr);
    if (code != AVT_OK)
        return code;
    double sum[BINS] = {0}, all = 0.0;
    for (size_t i = 0; i < spectrogram.frames; i++) {
        float power[BINS];
        avt_fft_power(spectrogram.fft, audio->samples + i * HOP, spectrogram.work, power);
        for (int bin = 0; bin < BINS; bin++)
            sum[bin] += (double)power[bin];
    }
    int from = (int)(BANDWIDTH_FROM_HZ * FFT_SIZE / audio->rate);
    for (int bin = from; bin < BINS; bin++)
        all += sum[bin];
    int top = BINS - 1;
    double above = 0.0;
    while (top > from && above + sum[top] < BANDWIDTH_REST * all)
        above += sum[top--];
    *ret_hz = all > 0.0 ? (double)top * audio->rate / FFT_SIZE : 0.0;
    return AVT_OK;
}

/* The two windows that are least alike. */
static void find_farthest(const struct avt_embedding *windows, size_t count, size_t *ret_a,
                          size_t *ret_b)
{
    double least = HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            double similarity = avt_embedding_similarity(&windows[i], &windows[k]);
            if (similarity < least) {
                least = similarity;
                *ret_a = i;
                *ret_b = k;
            }
        }
    }
}

void avt_clip_voices(const struct avt_embedding *windows, size_t count, double *ret_other,
                     double *ret_apart)
{
    *ret_other = 0.0;
    *ret_apart = 1.0;
    if (count < 2)
        return;
    size_t first = 0, second = 1;
    find_farthest(windows, count, &first, &second);
    struct avt_embedding means[2] = {windows[first], windows[second]};
    AVT_CLEANUP(avt_freep) struct avt_embedding *group = avt_new0(struct avt_embedding, count);
    size_t in_second = 0;
    for (int round = 0; round < VOICE_ROUNDS; round++) {
        size_t sizes[2] = {0};
        /* One group from the front of the array, the other from its end. */
        for (size_t i = 0; i < count; i++) {
            bool other = avt_embedding_similarity(&windows[i], &means[1]) >
                         avt_embedding_similarity(&windows[i], &means[0]);
            size_t place = other ? count - 1 - sizes[1] : sizes[0];
            group[place] = windows[i];
            sizes[other]++;
        }
        if (sizes[0] == 0 || sizes[1] == 0)
            return;
        in_second = sizes[1];
        avt_embedding_mean(group, sizes[0], &means[0]);
        avt_embedding_mean(group + sizes[0], sizes[1], &means[1]);
    }
    size_t fewer = in_second * 2 < count ? in_second : count - in_second;
    *ret_other = (double)fewer / (double)count;
    *ret_apart = avt_embedding_similarity(&means[0], &means[1]);
}

void avt_clip_high_pass(struct avt_audio *audio, double hz)
{
    /* Bilinear transform of 1 / (s^2 + sqrt(2) s + 1), high-pass form. */
    double k = tan(M_PI * hz / audio->rate), scale = 1.0 / (1.0 + M_SQRT2 * k + k * k);
    double a1 = 2.0 * (k * k - 1.0) * scale, a2 = (1.0 - M_SQRT2 * k + k * k) * scale;
    double x1 = 0.0, x2 = 0.0, y1 = 0.0, y2 = 0.0;
    for (size_t i = 0; i < audio->count; i++) {
        double x = (double)audio->samples[i];
        double y = scale * (x - 2.0 * x1 + x2) - a1 * y1 - a2 * y2;
        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
        audio->samples[i] = (float)y;
    }
}
