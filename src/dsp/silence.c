/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/silence.h"

#include <math.h>

#include "base/assert.h"

/* Levels are taken over steps of 2.5 ms with half a step of overlap on either side: 5 ms in all,
 * one period of the lowest voice. */
static size_t step_count(const struct avt_audio *audio)
{
    size_t count = (size_t)audio->rate / 400;
    return count ? count : 1;
}

double avt_audio_level_db(const struct avt_audio *audio, size_t from, size_t to)
{
    avt_assert(audio);
    to = to < audio->count ? to : audio->count;
    if (from >= to)
        return -HUGE_VAL;
    double sum = 0.0;
    for (size_t i = from; i < to; i++)
        sum += (double)audio->samples[i] * (double)audio->samples[i];
    return sum > 0.0 ? 10.0 * log10(sum / (double)(to - from)) : -HUGE_VAL;
}

static double level_around(const struct avt_audio *audio, size_t at, size_t step)
{
    return avt_audio_level_db(audio, at > step / 2 ? at - step / 2 : 0, at + step + step / 2);
}

void avt_audio_set_level(struct avt_audio *audio, double level_db)
{
    double now_db = avt_audio_level_db(audio, 0, audio->count);
    if (!isfinite(now_db))
        return;
    double gain = pow(10.0, (level_db - now_db) / 20.0);
    for (size_t i = 0; i < audio->count; i++)
        audio->samples[i] = (float)((double)audio->samples[i] * gain);
}

bool avt_audio_loud_range(const struct avt_audio *audio, size_t from, size_t to,
                          double threshold_db, size_t *ret_from, size_t *ret_to)
{
    avt_assert(audio && ret_from && ret_to);
    to = to < audio->count ? to : audio->count;
    size_t step = step_count(audio), first = 0, last = 0;
    bool found = false;
    for (size_t at = from; at < to; at += step) {
        if (!(level_around(audio, at, step) > threshold_db))
            continue;
        if (!found)
            first = at;
        found = true;
        last = at + step < to ? at + step : to;
    }
    if (!found)
        return false;
    *ret_from = first;
    *ret_to = last;
    return true;
}

bool avt_audio_quiet_run(const struct avt_audio *audio, size_t from, size_t to, double threshold_db,
                         size_t min_count, size_t *ret_from, size_t *ret_to)
{
    avt_assert(audio && ret_from && ret_to);
    to = to < audio->count ? to : audio->count;
    size_t step = step_count(audio), start = from, best_from = 0, best_to = 0;
    for (size_t at = from; at < to; at += step) {
        if (level_around(audio, at, step) > threshold_db) {
            start = at + step;
        } else {
            size_t end = at + step < to ? at + step : to;
            if (end - start > best_to - best_from) {
                best_from = start;
                best_to = end;
            }
        }
    }
    if (best_to <= best_from || best_to - best_from < min_count)
        return false;
    *ret_from = best_from;
    *ret_to = best_to;
    return true;
}

void avt_audio_fade(struct avt_audio *audio, size_t in, size_t out)
{
    avt_assert(audio);
    in = in < audio->count ? in : audio->count;
    out = out < audio->count ? out : audio->count;
    for (size_t i = 0; i < in; i++)
        audio->samples[i] *= (float)(0.5 - 0.5 * cos(M_PI * ((double)i + 0.5) / (double)in));
    for (size_t i = 0; i < out; i++)
        audio->samples[audio->count - 1 - i] *=
            (float)(0.5 - 0.5 * cos(M_PI * ((double)i + 0.5) / (double)out));
}
