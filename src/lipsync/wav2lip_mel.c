/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/wav2lip_mel.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/mel.h"

enum {
    WINDOW = AVT_WAV2LIP_WINDOW,
    HALF = WINDOW / 2,
    BINS = HALF + 1,
    BANDS = AVT_WAV2LIP_BANDS,
    STEPS = AVT_WAV2LIP_STEPS,
    /* A mirrored window reaches one sample further than it is long, and pre-emphasis one more back. */
    BEFORE = HALF + 2,
    READ = BEFORE + HALF + 2,
};
_Static_assert((int)AVT_WAV2LIP_RATE == (int)AVT_PAINTER_RATE, "painters hear what Wav2Lip does");

struct avt_wav2lip_mel {
    const struct avt_painter_sound *sound;
    double window[WINDOW], cosine[WINDOW], sine[WINDOW]; /* of 2 pi i / 800 */
    float bands[BANDS][BINS];
    long long first; /* column columns[0] is */
    int held;
    float columns[STEPS][BANDS];
};

struct avt_wav2lip_mel *avt_wav2lip_mel_new(const struct avt_painter_sound *sound)
{
    avt_assert(sound && sound->read && sound->count >= 0);
    struct avt_wav2lip_mel *mel = avt_new0(struct avt_wav2lip_mel, 1);
    mel->sound = sound;
    for (int i = 0; i < WINDOW; i++) {
        double angle = 2 * M_PI * i / WINDOW;
        mel->cosine[i] = cos(angle);
        mel->sine[i] = sin(angle);
        mel->window[i] = .5 - .5 * cos(angle);
    }
    double low = avt_mel_from_hz(AVT_WAV2LIP_HZ_MIN), step = (avt_mel_from_hz(AVT_WAV2LIP_HZ_MAX) - low) / (BANDS + 1);
    for (int band = 0; band < BANDS; band++) {
        double left = avt_mel_to_hz(low + step * band), mid = avt_mel_to_hz(low + step * (band + 1)),
               right = avt_mel_to_hz(low + step * (band + 2));
        for (int bin = 0; bin < BINS; bin++) {
            double hz = (double)bin * AVT_WAV2LIP_RATE / WINDOW;
            double weight = fmin((hz - left) / (mid - left), (right - hz) / (right - mid));
            mel->bands[band][bin] = (float)(fmax(weight, 0) * 2 / (right - left));
        }
    }
    return mel;
}

void avt_wav2lip_mel_free(struct avt_wav2lip_mel *mel)
{
    avt_free(mel);
}

long long avt_wav2lip_mel_columns(long long samples)
{
    return samples / AVT_WAV2LIP_HOP + 1;
}

long long avt_wav2lip_mel_start(long long frame, int fps_num, int fps_den, long long columns)
{
    avt_assert(frame >= 0 && fps_num > 0 && fps_den > 0);
    __int128 at = (__int128)frame * AVT_WAV2LIP_STEPS_A_SECOND * fps_den / fps_num;
    long long last = columns > STEPS ? columns - STEPS : 0;
    return at < last ? (long long)at : last;
}

/* Magnitudes of a window of real samples. 800 is no power of two, and a radix of floats would drown the quiet bands in
 * the loud ones' rounding: a plain sum, folded as the samples are real, is 24 million products a second of sound. */
static void magnitudes(const struct avt_wav2lip_mel *mel, const double samples[WINDOW], double ret_values[BINS])
{
    double even[HALF], odd[HALF]; /* [0] unused */
    for (int i = 1; i < HALF; i++) {
        even[i] = samples[i] + samples[WINDOW - i];
        odd[i] = samples[i] - samples[WINDOW - i];
    }
    for (int bin = 0; bin < BINS; bin++) {
        double re = samples[0] + (bin % 2 ? -samples[HALF] : samples[HALF]), im = 0;
        for (int i = 1, phase = bin; i < HALF; i++) {
            re += even[i] * mel->cosine[phase];
            im += odd[i] * mel->sine[phase];
            phase += bin;
            phase -= phase >= WINDOW ? WINDOW : 0;
        }
        ret_values[bin] = sqrt(re * re + im * im);
    }
}

/* Sample `at` after pre-emphasis, mirrored at both ends without repeating the edge; silent where a sound is too short
 * for that. `samples` are from `from` on. */
static double emphasised(const float samples[READ], long long from, long long count, long long at)
{
    at = at < 0 ? -at : at;
    at = at >= count ? 2 * (count - 1) - at : at;
    if (at < 0 || at >= count)
        return 0;
    long long i = at - from;
    avt_assert(i >= 1 && i < READ);
    return (double)samples[i] - (at > 0 ? AVT_WAV2LIP_EMPHASIS * (double)samples[i - 1] : 0);
}

static enum avt_code compute(const struct avt_wav2lip_mel *mel, long long column, float ret_values[BANDS],
                             struct avt_error *reterr)
{
    const struct avt_painter_sound *sound = mel->sound;
    if (column >= avt_wav2lip_mel_columns(sound->count)) {
        for (int band = 0; band < BANDS; band++)
            ret_values[band] = (float)-AVT_WAV2LIP_RANGE;
        return AVT_OK;
    }
    float samples[READ];
    long long middle = column * AVT_WAV2LIP_HOP, from = middle - BEFORE;
    enum avt_code code = sound->read(sound->user, from, READ, samples, reterr);
    if (code != AVT_OK)
        return code;
    double windowed[WINDOW], spectrum[BINS];
    for (int i = 0; i < WINDOW; i++)
        windowed[i] = mel->window[i] * emphasised(samples, from, sound->count, middle - HALF + i);
    magnitudes(mel, windowed, spectrum);
    for (int band = 0; band < BANDS; band++) {
        double sum = 0;
        for (int bin = 0; bin < BINS; bin++)
            sum += spectrum[bin] * (double)mel->bands[band][bin];
        double db = 20 * log10(fmax(AVT_WAV2LIP_FLOOR, sum)) - AVT_WAV2LIP_REFERENCE_DB;
        double value = 2 * AVT_WAV2LIP_RANGE * (db - AVT_WAV2LIP_FLOOR_DB) / -AVT_WAV2LIP_FLOOR_DB - AVT_WAV2LIP_RANGE;
        ret_values[band] = (float)fmin(fmax(value, -AVT_WAV2LIP_RANGE), AVT_WAV2LIP_RANGE);
    }
    return AVT_OK;
}

enum avt_code avt_wav2lip_mel_read(struct avt_wav2lip_mel *mel, long long start, float *ret_values,
                                   struct avt_error *reterr)
{
    avt_assert(mel && start >= 0 && ret_values);
    long long gone = start - mel->first;
    if (gone < 0 || gone >= mel->held)
        mel->held = 0;
    else
        memmove(mel->columns[0], mel->columns[gone], (size_t)(mel->held -= (int)gone) * sizeof(mel->columns[0]));
    mel->first = start;
    for (; mel->held < STEPS; mel->held++) {
        enum avt_code code = compute(mel, start + mel->held, mel->columns[mel->held], reterr);
        if (code != AVT_OK)
            return code;
    }
    for (int band = 0; band < BANDS; band++) {
        for (int step = 0; step < STEPS; step++)
            ret_values[band * STEPS + step] = mel->columns[step][band];
    }
    return AVT_OK;
}
