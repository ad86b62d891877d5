/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/bed.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/limiter.h"
#include "dsp/loudness.h"
#include "dsp/resample.h"

/* There, and never in the way of a word. */
static const double BELOW_DB = 20.0;
static const double LIFT_DB = 6.0;
/* Of speech that is not loud enough, or too short, to be measured: what the voices are set to. */
static const double SPEECH_LUFS = -16.0;
/* Of music that was silent where it was measured: as loud as any is, in case something comes. */
static const double LOUD_LUFS = -8.0;
/* What lies further below the speech is no speech: breath, room. */
static const double ACTIVE_BELOW_DB = 25.0;
static const double GAIN_MAX_DB = 30.0; /* music that needs more is mostly noise */
static const double CEILING_DBTP = -1.0;
/* Of the speech in each channel: the power of the two is that of the one it was (sqrt(1/2)). */
static const float CENTRE = 0.70710678f;

/* Down before the word begins; up only after a pause that is none between two words or sentences,
 * and slowly: that is what keeps it from pumping. */
static const double AHEAD_S = 0.3, HOLD_S = 0.7;
static const double DOWN_DB_PER_S = 20.0, UP_DB_PER_S = 6.0;
static const double FADE_IN_S = 0.5, FADE_OUT_S = 1.5;

enum { HOPS_PER_S = 50, SLICE_S = 1 };
/* Blocks are limited one by one, and each goes over into the next in this time. */
static const double OVERLAP_S = 0.05;

struct avt_bed {
    struct avt_bed_ends ends;
    struct avt_loudness *loudness; /* of the speech so far */
    double speech_lufs;
    bool heard_any; /* it is known how loud the speech is, as well as it can be */
    float *nothing; /* [a slice]: silence */
    size_t owed;    /* samples of silence that wait for that */
    struct avt_resampler *up; /* of the speech; NULL: it has the rate */
    int speech_rate, rate;
    size_t hop, overlap, fade_out;

    /* Not given out yet. Both run side by side, from sample number `given` on. */
    float *speech; /* [capacity] */
    float *music;  /* [capacity, 2] */
    size_t capacity, held, scored; /* scored: that have their music */
    uint64_t given;

    long long heard, active, made; /* hops: heard so far, the last one with speech, with music */
    double level_db, gain;         /* of the music now: what it moves by, and all of it */
    bool started;

    float *block;         /* [overlap + capacity, 2]: the overlap, then what is given out next */
    float *raw, *limited; /* [overlap, 2]: the end of the last block before and after limiting */
    bool overlaps;
};

static enum avt_code no_memory(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOMEM,
                    "there is not enough memory to mix the music; close other programs");
}

enum avt_code avt_bed_new(int speech_rate, int rate, const struct avt_bed_ends *ends, struct avt_bed **ret_bed,
                          struct avt_error *reterr)
{
    avt_assert(ends && ends->read && ends->write && ret_bed && rate >= HOPS_PER_S && speech_rate > 0);
    AVT_CLEANUP(avt_bed_freep) struct avt_bed *bed = avt_new0(struct avt_bed, 1);
    bed->ends = *ends;
    bed->speech_rate = speech_rate;
    bed->rate = rate;
    bed->speech_lufs = SPEECH_LUFS;
    bed->hop = (size_t)(rate / HOPS_PER_S);
    bed->overlap = (size_t)(OVERLAP_S * rate);
    bed->fade_out = (size_t)(FADE_OUT_S * rate);
    bed->active = -1 - (long long)(HOLD_S * HOPS_PER_S);
    bed->capacity = bed->fade_out + 2 * (size_t)(SLICE_S * rate) + bed->hop;
    bed->nothing = avt_new0(float, (size_t)(SLICE_S * speech_rate));
    bed->speech = avt_try_new0(float, bed->capacity);
    bed->music = avt_try_new0(float, 2 * bed->capacity);
    bed->block = avt_try_new0(float, 2 * (bed->overlap + bed->capacity));
    bed->raw = avt_try_new0(float, 2 * bed->overlap + 1);
    bed->limited = avt_try_new0(float, 2 * bed->overlap + 1);
    if (!bed->speech || !bed->music || !bed->block || !bed->raw || !bed->limited)
        return no_memory(reterr);
    enum avt_code code = avt_loudness_new(speech_rate, &bed->loudness, reterr);
    if (code == AVT_OK && speech_rate != rate)
        code = avt_resampler_new(speech_rate, rate, &bed->up, reterr);
    if (code == AVT_OK)
        *ret_bed = AVT_TAKE(bed);
    return code;
}

void avt_bed_free(struct avt_bed *bed)
{
    if (!bed)
        return;
    avt_loudness_free(bed->loudness);
    avt_resampler_free(bed->up);
    avt_free(bed->block);
    avt_free(bed->nothing);
    avt_free(bed->speech);
    avt_free(bed->music);
    avt_free(bed->raw);
    avt_free(bed->limited);
    avt_free(bed);
}

static double from_db(double db)
{
    return pow(10.0, db / 20.0);
}

/* ---- how loud the music is ------------------------------------------------------------------- */

static bool is_speech(const struct avt_bed *bed, const float *samples, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum > (double)count * pow(10.0, (bed->speech_lufs - ACTIVE_BELOW_DB) / 10.0);
}

/* What the music of hop `made` should have; all hops that matter to it have been heard. */
static double wanted_db(const struct avt_bed *bed)
{
    double music = isfinite(bed->ends.music_lufs) ? bed->ends.music_lufs : LOUD_LUFS;
    double gain = bed->speech_lufs - BELOW_DB - music;
    bool speaks = bed->active >= bed->made - (long long)(HOLD_S * HOPS_PER_S);
    return fmin(gain, GAIN_MAX_DB) + (speaks ? 0.0 : LIFT_DB);
}

/* The next hop of music, at its level, with the fade at the beginning. */
static enum avt_code score_hop(struct avt_bed *bed, struct avt_error *reterr)
{
    size_t left = bed->held - bed->scored;
    size_t count = left < bed->hop ? left : bed->hop;
    float *music = bed->music + 2 * bed->scored;
    enum avt_code code = bed->ends.read(bed->ends.user, music, count, reterr);
    if (code != AVT_OK)
        return code;
    double wanted = wanted_db(bed), before = bed->gain;
    if (!bed->started)
        bed->level_db = wanted;
    bed->level_db = fmin(fmax(wanted, bed->level_db - DOWN_DB_PER_S / HOPS_PER_S),
                         bed->level_db + UP_DB_PER_S / HOPS_PER_S);
    bed->gain = from_db(bed->level_db);
    if (!bed->started)
        before = bed->gain;
    bed->started = true;
    for (size_t i = 0; i < count; i++) {
        double gain = before + (bed->gain - before) * (double)(i + 1) / (double)count;
        double at = (double)(bed->given + bed->scored + i) / (FADE_IN_S * bed->rate);
        gain *= fmin(at, 1.0);
        music[2 * i] = (float)((double)music[2 * i] * gain);
        music[2 * i + 1] = (float)((double)music[2 * i + 1] * gain);
    }
    bed->scored += count;
    bed->made++;
    return AVT_OK;
}

/* Hear the hops of speech that are complete and give those their music that know what is ahead. */
static enum avt_code score(struct avt_bed *bed, bool last, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    for (;;) {
        size_t heard = bed->scored + (size_t)(bed->heard - bed->made) * bed->hop;
        size_t count = heard < bed->held ? bed->held - heard : 0;
        if (count == 0 || (count < bed->hop && !last))
            break;
        if (is_speech(bed, bed->speech + heard, count < bed->hop ? count : bed->hop))
            bed->active = bed->heard;
        bed->heard++;
        if (bed->heard - bed->made > (long long)(AHEAD_S * HOPS_PER_S))
            code = score_hop(bed, reterr);
        if (code != AVT_OK)
            return code;
    }
    while (last && code == AVT_OK && bed->scored < bed->held)
        code = score_hop(bed, reterr);
    return code;
}

/* ---- giving out ------------------------------------------------------------------------------ */

/* From the end of the last block, as it was limited with it, to the beginning of this one. */
static void join(struct avt_bed *bed)
{
    float *samples = bed->block;
    for (size_t i = 0; bed->overlaps && i < 2 * bed->overlap; i++) {
        float share = (float)(i / 2 + 1) / (float)(bed->overlap + 1);
        samples[i] = bed->limited[i] + (samples[i] - bed->limited[i]) * share;
    }
}

/* Mix and limit the first `count` that are held. */
static enum avt_code give(struct avt_bed *bed, size_t count, bool last, struct avt_error *reterr)
{
    size_t before = bed->overlaps ? bed->overlap : 0, kept = last ? 0 : bed->overlap;
    avt_assert(before + count >= kept);
    memcpy(bed->block, bed->raw, 2 * before * sizeof(float));
    for (size_t i = 0; i < 2 * count; i++)
        bed->block[2 * before + i] = bed->speech[i / 2] * CENTRE + bed->music[i];
    size_t all = before + count;
    float *end = bed->block + 2 * (all - kept);
    memcpy(bed->raw, end, 2 * kept * sizeof(float));
    enum avt_code code = avt_limit_stereo(bed->block, all, bed->rate, CEILING_DBTP, reterr);
    if (code != AVT_OK)
        return code;
    join(bed);
    memcpy(bed->limited, end, 2 * kept * sizeof(float));
    bed->overlaps = !last;
    bed->held -= count;
    bed->scored -= count;
    bed->given += count;
    memmove(bed->speech, bed->speech + count, bed->held * sizeof(float));
    memmove(bed->music, bed->music + 2 * count, 2 * bed->held * sizeof(float));
    return bed->ends.write(bed->ends.user, bed->block, all - kept, reterr);
}

static size_t slice(const struct avt_bed *bed, size_t count)
{
    size_t most = (size_t)(SLICE_S * bed->speech_rate);
    return count < most ? count : most;
}

static enum avt_code cancelled(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ECANCELLED, "cancelled; nothing was written");
}

/* How loud the speech is, with all of this. */
static enum avt_code hear(struct avt_bed *bed, const float *speech, size_t count,
                          struct avt_error *reterr)
{
    for (size_t part; count > 0; speech += part, count -= part) {
        part = slice(bed, count);
        if (avt_cancelled(bed->ends.cancel))
            return cancelled(reterr);
        enum avt_code code = avt_loudness_add(bed->loudness, speech, part, reterr);
        if (code != AVT_OK)
            return code;
    }
    double lufs = avt_loudness_lufs(bed->loudness);
    bed->speech_lufs = isfinite(lufs) ? lufs : SPEECH_LUFS;
    bed->heard_any = true;
    return AVT_OK;
}

/* Put samples of speech, or its end (NULL), at the rate of the music behind those that are held. */
static enum avt_code hold(struct avt_bed *bed, const float *speech, size_t count, struct avt_error *reterr)
{
    size_t room = bed->capacity - bed->held, made = count;
    enum avt_code code = AVT_OK;
    if (bed->up) {
        code = avt_resampler_run(bed->up, speech, count, bed->speech + bed->held, room, &made, reterr);
    } else if (count > 0) {
        avt_assert(count <= room);
        memcpy(bed->speech + bed->held, speech, count * sizeof(float));
    }
    bed->held += code == AVT_OK ? made : 0;
    return code;
}

/* All but what may have to fade out. */
static enum avt_code give_ready(struct avt_bed *bed, struct avt_error *reterr)
{
    enum avt_code code = score(bed, false, reterr);
    size_t ready = bed->held > bed->fade_out ? bed->held - bed->fade_out : 0;
    avt_assert(ready <= bed->scored);
    return code == AVT_OK && ready >= (size_t)bed->rate / 2 ? give(bed, ready, false, reterr) : code;
}

/* Mix the next samples of speech, or of silence where it is NULL. */
static enum avt_code take(struct avt_bed *bed, const float *speech, size_t count, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    while (code == AVT_OK && count > 0) {
        size_t part = slice(bed, count);
        if (avt_cancelled(bed->ends.cancel))
            return cancelled(reterr);
        code = hold(bed, speech ? speech : bed->nothing, part, reterr);
        speech = speech ? speech + part : NULL;
        count -= part;
        if (code == AVT_OK)
            code = give_ready(bed, reterr);
    }
    return code;
}

static enum avt_code take_owed(struct avt_bed *bed, struct avt_error *reterr)
{
    size_t count = bed->owed;
    bed->owed = 0;
    return take(bed, NULL, count, reterr);
}

enum avt_code avt_bed_speak(struct avt_bed *bed, const float *speech, size_t count,
                            struct avt_error *reterr)
{
    avt_assert(bed && (speech || count == 0));
    enum avt_code code = hear(bed, speech, count, reterr);
    if (code == AVT_OK)
        code = take_owed(bed, reterr);
    return code == AVT_OK ? take(bed, speech, count, reterr) : code;
}

enum avt_code avt_bed_pause(struct avt_bed *bed, size_t count, struct avt_error *reterr)
{
    avt_assert(bed);
    bed->owed += count;
    return bed->heard_any ? take_owed(bed, reterr) : AVT_OK;
}

enum avt_code avt_bed_finish(struct avt_bed *bed, struct avt_error *reterr)
{
    avt_assert(bed);
    enum avt_code code = take_owed(bed, reterr);
    if (code == AVT_OK)
        code = hold(bed, NULL, 0, reterr);
    if (code == AVT_OK)
        code = score(bed, true, reterr);
    if (code != AVT_OK)
        return code;
    size_t fade = bed->held < bed->fade_out ? bed->held : bed->fade_out;
    for (size_t left = 0; left < fade; left++)
        for (size_t c = 0; c < 2; c++)
            bed->music[2 * (bed->held - 1 - left) + c] *= (float)left / (float)fade;
    return give(bed, bed->held, true, reterr);
}
