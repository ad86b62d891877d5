/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/align.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "dsp/mel.h"
#include "dsp/resample.h"

/* Frames of 20 ms: two mel frames. Features: 20 bands, four of the 80 each, without the mean of each
 * band over the recording (microphone, voice) and with the loudness as one more. */
enum { HOP = 2, BANDS = 20, FEATURES = BANDS + 1 };
#define FRAME_S 0.02

/* A path may stray this far from the straight line, as a share of the length, and at least 2 s. */
#define BAND_SHARE 0.2
enum { BAND_MIN = 100 };

struct features {
    float *values; /* [count, FEATURES] */
    size_t count;
};

static void features_done(struct features *features)
{
    avt_free(features->values);
}

static enum avt_code compute_features(const struct avt_audio *audio, struct features *ret,
                                      struct avt_error *reterr)
{
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *low = NULL;
    AVT_CLEANUP(avt_mel_done) struct avt_mel mel = {0};
    enum avt_code code = avt_audio_resample(audio, AVT_MEL_RATE, &low, reterr);
    if (code == AVT_OK)
        code = avt_mel_compute(low, &mel, reterr);
    if (code != AVT_OK)
        return code;
    size_t count = mel.frames / HOP;
    float *values = avt_try_alloc(count * FEATURES, sizeof(float));
    if (!values)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while aligning the recording");
    double mean[FEATURES] = {0};
    float peak = -1e9f;
    for (size_t i = 0; i < mel.frames * AVT_MEL_BANDS; i++)
        peak = fmaxf(peak, mel.values[i]);
    for (size_t i = 0; i < count; i++) {
        float *f = values + i * FEATURES;
        for (size_t k = 0; k < HOP; k++)
            for (size_t m = 0; m < AVT_MEL_BANDS; m++)
                /* 60 dB below the loudest counts as silence: noise floors differ. */
                f[m / 4] += fmaxf(mel.values[(i * HOP + k) * AVT_MEL_BANDS + m], peak - 6) / (4 * HOP);
        for (size_t m = 0; m < BANDS; m++)
            f[BANDS] += f[m] / BANDS;
        for (size_t m = 0; m < FEATURES; m++)
            mean[m] += f[m] / (double)count;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t m = 0; m < FEATURES; m++)
            values[i * FEATURES + m] =
                (values[i * FEATURES + m] - (float)mean[m]) * (m == BANDS ? 3.0f : 1.0f);
    *ret = (struct features){values, count};
    return AVT_OK;
}

static float distance(const float *a, const float *b, size_t size)
{
    float sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrtf(sum);
}

enum { STEP_BOTH, STEP_A, STEP_B };

enum avt_code avt_align_warp(const float *a, size_t a_count, const float *b, size_t b_count,
                             size_t size, size_t *ret_match, struct avt_error *reterr)
{
    if (a_count == 0 || b_count == 0)
        return AVT_OK;
    size_t band = (size_t)(BAND_SHARE * (double)b_count);
    band = band > BAND_MIN ? band : BAND_MIN;
    size_t width = 2 * band + 1;
    AVT_CLEANUP(avt_freep) uint8_t *steps = avt_try_alloc(a_count * width, 1);
    AVT_CLEANUP(avt_freep) float *last = avt_try_alloc(width + 2, sizeof(float));
    AVT_CLEANUP(avt_freep) float *row = avt_try_alloc(width + 2, sizeof(float));
    if (!steps || !last || !row)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while aligning the recording");
    /* Column j of row i stands at (i * b/a) - band + j. */
    long shift_last = 0;
    for (size_t i = 0; i < a_count; i++) {
        long centre = (long)((double)i * (double)b_count / (double)a_count);
        long shift = centre - (long)band;
        for (size_t c = 0; c < width; c++) {
            long j = shift + (long)c;
            row[c] = INFINITY;
            if (j < 0 || j >= (long)b_count)
                continue;
            float d = distance(a + i * size, b + (size_t)j * size, size);
            long up = j - shift_last; /* column of j in the row before */
            float both = i > 0 && up - 1 >= 0 && up - 1 < (long)width ? last[up - 1] : INFINITY;
            float only_a = i > 0 && up >= 0 && up < (long)width ? last[up] : INFINITY;
            float only_b = c > 0 ? row[c - 1] : INFINITY;
            uint8_t step = STEP_BOTH;
            float best = both;
            /* Standing still costs a little more, so that silence against silence moves on. */
            if (only_a + 0.3f * d < best) {
                best = only_a + 0.3f * d;
                step = STEP_A;
            }
            if (only_b + 0.3f * d < best) {
                best = only_b + 0.3f * d;
                step = STEP_B;
            }
            if (i == 0 && j == 0)
                best = 0;
            row[c] = best + d;
            steps[i * width + c] = step;
        }
        float *swap = last;
        last = row;
        row = swap;
        shift_last = shift;
    }
    long j = (long)b_count - 1;
    for (size_t i = a_count; i-- > 0;) {
        long shift = (long)((double)i * (double)b_count / (double)a_count) - (long)band;
        long c = j - shift;
        c = c < 0 ? 0 : c >= (long)width ? (long)width - 1 : c;
        while (steps[i * width + (size_t)c] == STEP_B && j > 0 && c > 0) {
            j--;
            c--;
        }
        ret_match[i] = (size_t)j;
        if (steps[i * width + (size_t)c] == STEP_BOTH && j > 0)
            j--;
    }
    return AVT_OK;
}

/* ---- synthesis of the text ------------------------------------------------------------------ */

struct synthesis {
    struct avt_audio *audio; /* grows */
    size_t capacity;
    struct avt_timeline *timeline;
};

static enum avt_code on_chunk(struct avt_speech_chunk *taken, void *user, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_speech_chunk_freep) struct avt_speech_chunk *chunk = taken;
    struct synthesis *synthesis = user;
    struct avt_audio *all = synthesis->audio;
    size_t count = all->count + chunk->audio->count;
    if ((double)count > AVT_ALIGN_S_MAX * 2 * AVT_SPEECH_RATE)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the text is far longer than the recording; give the text that is spoken");
    if (count > synthesis->capacity) {
        synthesis->capacity = count * 2;
        all->samples = avt_realloc(all->samples, synthesis->capacity, sizeof(float));
    }
    memcpy(all->samples + all->count, chunk->audio->samples, chunk->audio->count * sizeof(float));
    double offset = (double)all->count / AVT_SPEECH_RATE;
    all->count = count;
    if (!avt_timeline_append(synthesis->timeline, chunk->timeline, offset, chunk->text_start))
        return avt_fail(reterr, AVT_ELIMIT, "the text is too long");
    return AVT_OK;
}

static double map_time(const size_t *match, size_t count, double t, double duration)
{
    if (count == 0)
        return fmin(t, duration);
    double frame = t / FRAME_S;
    size_t i = frame <= 0 ? 0 : (size_t)frame;
    if (i >= count - 1)
        return fmin((double)match[count - 1] * FRAME_S + (frame - (double)(count - 1)) * FRAME_S,
                    duration);
    double part = frame - (double)i;
    return fmin(((1 - part) * (double)match[i] + part * (double)match[i + 1]) * FRAME_S, duration);
}

static void map_timeline(struct avt_timeline *timeline, const size_t *match, size_t count,
                         double duration)
{
    double end = 0;
    for (size_t i = 0; i < timeline->phoneme_count; i++) {
        struct avt_phoneme *phoneme = &timeline->phonemes[i];
        phoneme->start = end;
        end = i + 1 == timeline->phoneme_count
                  ? duration
                  : fmax(end, map_time(match, count, phoneme->end, duration));
        phoneme->end = end;
        phoneme->loudness = 0;
    }
    for (size_t i = 0; i < timeline->word_count; i++) {
        timeline->words[i].start = map_time(match, count, timeline->words[i].start, duration);
        timeline->words[i].end = map_time(match, count, timeline->words[i].end, duration);
    }
    for (size_t i = 0; i < timeline->segment_count; i++) {
        timeline->segments[i].start = map_time(match, count, timeline->segments[i].start, duration);
        timeline->segments[i].end = map_time(match, count, timeline->segments[i].end, duration);
    }
    timeline->duration = duration;
}

enum avt_code avt_align_speech(struct avt_tts *tts, const struct avt_audio *recording,
                               const struct avt_plan *plan, const struct avt_cancel *cancel,
                               struct avt_timeline **ret_timeline,
                               struct avt_error *reterr)
{
    const struct avt_tts_request request = avt_plan_request(plan, cancel);
    return avt_align_request(tts, recording, &request, ret_timeline, reterr);
}

enum avt_code avt_align_request(struct avt_tts *tts, const struct avt_audio *recording,
                                const struct avt_tts_request *request, struct avt_timeline **ret_timeline,
                                struct avt_error *reterr)
{
    double duration = (double)recording->count / recording->rate;
    if (duration > AVT_ALIGN_S_MAX)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the recording is %.0f s long; a text can be laid over at most %.0f s: cut "
                        "it, or give a timeline",
                        duration, AVT_ALIGN_S_MAX);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *audio = avt_new0(struct avt_audio, 1);
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = avt_timeline_new();
    audio->rate = AVT_SPEECH_RATE;
    struct synthesis synthesis = {.audio = audio, .timeline = timeline};
    enum avt_code code = avt_tts_synthesize(tts, request, on_chunk, &synthesis, reterr);
    AVT_CLEANUP(features_done) struct features spoken = {0}, recorded = {0};
    if (code == AVT_OK)
        code = compute_features(audio, &spoken, reterr);
    if (code == AVT_OK)
        code = compute_features(recording, &recorded, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) size_t *match = avt_new0(size_t, spoken.count + 1);
    code = avt_align_warp(spoken.values, spoken.count, recorded.values, recorded.count, FEATURES,
                          match, reterr);
    if (code != AVT_OK)
        return code;
    map_timeline(timeline, match, recorded.count ? spoken.count : 0, duration);
    *ret_timeline = AVT_TAKE(timeline);
    return AVT_OK;
}
