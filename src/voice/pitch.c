/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/pitch.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/resample.h"

enum {
    LAG_MIN = AVT_PITCH_RATE / AVT_PITCH_HZ_MAX,
    LAG_MAX = AVT_PITCH_RATE / AVT_PITCH_HZ_MIN,
    FRAME_NEED = AVT_PITCH_WINDOW + LAG_MAX + 2, /* samples that one frame looks at */
    CANDIDATES = 6,                              /* the first: not voiced */
    STRETCH_FEWEST = 3,                          /* voiced frames in a row; fewer are a knock */
};

/* Boersma's values, but for the threshold: cross-correlation runs higher than his measure. */
static const double VOICING_THRESHOLD = 0.55;
static const double OCTAVE_COST = 0.01;
static const double OCTAVE_JUMP_COST = 0.5;
static const double VOICING_CHANGE_COST = 0.14;
/* What a voice does around its middle, in reading or talking. */
static const double RANGE_LOW = 0.6, RANGE_HIGH = 1.7;
static const double SILENCE_DB = -120.0;
/* Frames this far below the loud ones are breath and room, whatever they are periodic with. */
static const double VOICED_RANGE_DB = 35.0;
static const double REFERENCE_HZ = 100.0;

void avt_pitch_done(struct avt_pitch *pitch)
{
    avt_free(pitch->frames);
    pitch->frames = NULL;
    pitch->count = 0;
}

/* Likeness at every lag, [LAG_MAX + 2]. */
static void correlate(const float *samples, double likeness[LAG_MAX + 2])
{
    double own = 1e-9, other = 1e-9;
    for (int i = 0; i < AVT_PITCH_WINDOW; i++) {
        own += (double)(samples[i] * samples[i]);
        other += (double)(samples[i + LAG_MIN - 1] * samples[i + LAG_MIN - 1]);
    }
    for (int lag = LAG_MIN - 1; lag <= LAG_MAX + 1; lag++) {
        float product = 0.0f;
        for (int i = 0; i < AVT_PITCH_WINDOW; i++)
            product += samples[i] * samples[i + lag];
        likeness[lag] = (double)product / sqrt(own * fmax(other, 1e-9));
        float leaves = samples[lag], enters = samples[lag + AVT_PITCH_WINDOW];
        other += (double)(enters * enters) - (double)(leaves * leaves);
    }
}

/* Top of the parabola through a lag and its neighbours. */
static double refine(const double *likeness, int lag)
{
    double before = likeness[lag - 1], at = likeness[lag], after = likeness[lag + 1];
    double bend = before - 2.0 * at + after;
    double shift = bend < -1e-9 ? 0.5 * (before - after) / bend : 0.0;
    return lag + fmin(fmax(shift, -0.5), 0.5);
}

/* What a frame may be: its strengths, and the best way to it from the start of the sound. */
struct candidates {
    float hz[CANDIDATES]; /* 0: not voiced */
    float strength[CANDIDATES];
    double score[CANDIDATES];
    int from[CANDIDATES]; /* of the frame before */
    int count;
};

static void add_candidate(struct candidates *all, double hz, double strength)
{
    int place = all->count < CANDIDATES ? all->count++ : CANDIDATES - 1;
    if (place == CANDIDATES - 1 && all->count == CANDIDATES && all->hz[place] > 0.0f &&
        (double)all->strength[place] >= strength)
        return;
    while (place > 1 && (double)all->strength[place - 1] < strength) {
        all->hz[place] = all->hz[place - 1];
        all->strength[place] = all->strength[place - 1];
        place--;
    }
    all->hz[place] = (float)hz;
    all->strength[place] = (float)strength;
}

static struct candidates measure(const float *samples, struct avt_pitch_frame *ret_frame)
{
    double sum = 0.0, likeness[LAG_MAX + 2] = {0};
    for (int i = 0; i < AVT_PITCH_WINDOW; i++)
        sum += (double)(samples[i] * samples[i]);
    double level = sum > 0.0 ? 10.0 * log10(sum / AVT_PITCH_WINDOW) : SILENCE_DB;
    *ret_frame = (struct avt_pitch_frame){.level_db = (float)fmax(level, SILENCE_DB)};
    correlate(samples, likeness);
    struct candidates all = {.count = 1, .strength = {(float)VOICING_THRESHOLD}};
    for (int lag = LAG_MIN; lag <= LAG_MAX; lag++) {
        if (likeness[lag] < likeness[lag - 1] || likeness[lag] <= likeness[lag + 1])
            continue;
        ret_frame->likeness = fmaxf(ret_frame->likeness, (float)fmin(likeness[lag], 1.0));
        double exact = refine(likeness, lag);
        double cost = OCTAVE_COST * log2((double)AVT_PITCH_HZ_MIN * exact / AVT_PITCH_RATE);
        add_candidate(&all, AVT_PITCH_RATE / exact, likeness[lag] - cost);
    }
    return all;
}

static double change_cost(float before, float after)
{
    if (before > 0.0f && after > 0.0f)
        return OCTAVE_JUMP_COST * fabs(log2((double)before / (double)after));
    return before > 0.0f || after > 0.0f ? VOICING_CHANGE_COST : 0.0;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Take away what lies far from the middle of the first path: half and double lags, formants. */
static void narrow(struct candidates *all, const struct avt_pitch *pitch)
{
    AVT_CLEANUP(avt_freep) float *voiced = avt_new0(float, pitch->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < pitch->count; i++) {
        if (pitch->frames[i].hz > 0.0f)
            voiced[count++] = pitch->frames[i].hz;
    }
    if (count == 0)
        return;
    qsort(voiced, count, sizeof(*voiced), compare_floats);
    double low = RANGE_LOW * (double)voiced[count / 2],
           high = RANGE_HIGH * (double)voiced[count / 2];
    for (size_t i = 0; i < pitch->count; i++) {
        int kept = 1;
        for (int k = 1; k < all[i].count; k++) {
            if ((double)all[i].hz[k] < low || (double)all[i].hz[k] > high)
                continue;
            all[i].hz[kept] = all[i].hz[k];
            all[i].strength[kept++] = all[i].strength[k];
        }
        all[i].count = kept;
    }
}

/* The way through all frames with the highest sum of strengths less costs. */
static void find_path(struct candidates *all, struct avt_pitch *pitch)
{
    for (size_t i = 0; i < pitch->count; i++) {
        for (int k = 0; k < all[i].count; k++) {
            double best = i == 0 ? 0.0 : -HUGE_VAL;
            for (int before = 0; i > 0 && before < all[i - 1].count; before++) {
                double score =
                    all[i - 1].score[before] - change_cost(all[i - 1].hz[before], all[i].hz[k]);
                if (score > best) {
                    best = score;
                    all[i].from[k] = before;
                }
            }
            all[i].score[k] = best + (double)all[i].strength[k];
        }
    }
    if (pitch->count == 0)
        return;
    int at = 0;
    const struct candidates *last = &all[pitch->count - 1];
    for (int k = 1; k < last->count; k++)
        at = last->score[k] > last->score[at] ? k : at;
    for (size_t i = pitch->count; i-- > 0;) {
        pitch->frames[i].hz = all[i].hz[at];
        at = all[i].from[at];
    }
}

/* Not voiced: what is far softer than the loudest, and stretches too short for a sound. */
static void drop_stray(struct avt_pitch *pitch)
{
    float loud = (float)SILENCE_DB;
    for (size_t i = 0; i < pitch->count; i++)
        loud = fmaxf(loud, pitch->frames[i].level_db);
    for (size_t i = 0; i < pitch->count; i++) {
        if ((double)pitch->frames[i].level_db < (double)loud - VOICED_RANGE_DB)
            pitch->frames[i].hz = 0.0f;
    }
    for (size_t from = 0; from < pitch->count;) {
        size_t to = from;
        while (to < pitch->count && pitch->frames[to].hz > 0.0f)
            to++;
        for (size_t i = from; i < to && to - from < STRETCH_FEWEST; i++)
            pitch->frames[i].hz = 0.0f;
        from = to + 1;
    }
}

enum avt_code avt_pitch_track(const struct avt_audio *audio, struct avt_pitch *ret_pitch,
                              struct avt_error *reterr)
{
    avt_assert(audio && ret_pitch);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *low = NULL;
    enum avt_code code = avt_audio_resample(audio, AVT_PITCH_RATE, &low, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_pitch pitch = {0};
    if (low->count >= FRAME_NEED)
        pitch.count = (low->count - FRAME_NEED) / AVT_PITCH_HOP + 1;
    pitch.frames = avt_try_new0(struct avt_pitch_frame, pitch.count + 1);
    AVT_CLEANUP(avt_freep)
    struct candidates *all = avt_try_new0(struct candidates, pitch.count + 1);
    if (!pitch.frames || !all) {
        avt_pitch_done(&pitch);
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to measure the pitch");
    }
    for (size_t i = 0; i < pitch.count; i++)
        all[i] = measure(low->samples + i * AVT_PITCH_HOP, &pitch.frames[i]);
    find_path(all, &pitch);
    narrow(all, &pitch);
    find_path(all, &pitch);
    drop_stray(&pitch);
    *ret_pitch = pitch;
    return AVT_OK;
}

size_t avt_pitch_summary(const struct avt_pitch *pitch, double *ret_mean_st, double *ret_spread_st)
{
    AVT_CLEANUP(avt_freep) float *tones = avt_new0(float, pitch->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < pitch->count; i++) {
        if (pitch->frames[i].hz > 0.0f)
            tones[count++] = (float)(12.0 * log2((double)pitch->frames[i].hz / REFERENCE_HZ));
    }
    if (count == 0)
        return 0;
    qsort(tones, count, sizeof(*tones), compare_floats);
    size_t cut = count / 50;
    double sum = 0.0, squares = 0.0;
    for (size_t i = cut; i < count - cut; i++) {
        sum += (double)tones[i];
        squares += (double)tones[i] * (double)tones[i];
    }
    double kept = (double)(count - 2 * cut), mean = sum / kept;
    *ret_mean_st = mean;
    *ret_spread_st = sqrt(fmax(squares / kept - mean * mean, 0.0));
    return count;
}
