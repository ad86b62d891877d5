/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/vad.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    SMOOTH = 24,       /* frames: 240 ms */
    WIDEN = 9,         /* frames at both ends of a stretch */
    VOICED_NEAR = 30,  /* frames: no sound of speech is further from a vowel than this */
    VOICED_FEWEST = 6, /* voiced frames that a stretch needs: 60 ms, a short vowel */
    LEVELS = 121,      /* histogram of 1 dB from -120 dBFS to 0 */
};
static const double SILENCE_DB = -120.0;
static const double QUIETEST_DB = -70.0;  /* nothing below is speech in any recording */
static const double ABOVE_FLOOR_DB = 8.0; /* of a quiet recording; less in a noisy one */
static const double ABOVE_FLOOR_PART = 0.4;
static const double BELOW_TOP_DB = 32.0;

void avt_vad_done(struct avt_vad *vad)
{
    avt_free(vad->speech);
    vad->speech = NULL;
    vad->count = 0;
}

/* Level that `part` of all frames stay below. */
static double percentile(const struct avt_pitch *pitch, double part)
{
    size_t histogram[LEVELS] = {0}, below = 0;
    for (size_t i = 0; i < pitch->count; i++) {
        double level = fmin(fmax((double)pitch->frames[i].level_db, SILENCE_DB), 0.0);
        histogram[(size_t)(level - SILENCE_DB)]++;
    }
    for (size_t i = 0; i < LEVELS; i++) {
        below += histogram[i];
        if ((double)below > part * (double)pitch->count)
            return SILENCE_DB + (double)i;
    }
    return SILENCE_DB;
}

/* Loud enough, and a vowel not far. */
static void mark_loud(const struct avt_pitch *pitch, double threshold_db, bool *loud)
{
    size_t since = VOICED_NEAR + 1;
    for (size_t i = 0; i < pitch->count; i++) {
        since = pitch->frames[i].hz > 0.0f ? 0 : since + 1;
        loud[i] = since <= VOICED_NEAR;
    }
    since = VOICED_NEAR + 1;
    for (size_t i = pitch->count; i-- > 0;) {
        since = pitch->frames[i].hz > 0.0f ? 0 : since + 1;
        loud[i] =
            (loud[i] || since <= VOICED_NEAR) && (double)pitch->frames[i].level_db >= threshold_db;
    }
}

/* Majority of the surroundings, then a little more at both ends. */
static void smooth(const bool *loud, size_t count, bool *speech)
{
    size_t inside = 0;
    AVT_CLEANUP(avt_freep) bool *most = avt_new0(bool, count + 1);
    for (size_t i = 0; i < count + SMOOTH / 2; i++) {
        if (i < count)
            inside += loud[i];
        if (i >= SMOOTH)
            inside -= loud[i - SMOOTH];
        if (i >= SMOOTH / 2)
            most[i - SMOOTH / 2] = inside * 2 >= SMOOTH;
    }
    for (size_t i = 0; i < count; i++) {
        size_t from = i > WIDEN ? i - WIDEN : 0, to = i + WIDEN < count ? i + WIDEN : count - 1;
        for (size_t k = from; k <= to && most[i]; k++)
            speech[k] = true;
    }
}

/* A stretch with hardly any pitch is a noise that happens to be loud. */
static void drop_unvoiced(const struct avt_pitch *pitch, bool *speech)
{
    for (size_t from = 0; from < pitch->count;) {
        size_t to = from, voiced = 0;
        while (to < pitch->count && speech[to])
            voiced += pitch->frames[to++].hz > 0.0f;
        if (to > from && voiced < VOICED_FEWEST)
            memset(speech + from, 0, (to - from) * sizeof(*speech));
        from = to + 1;
    }
}

void avt_vad_run(const struct avt_pitch *pitch, struct avt_vad *ret_vad)
{
    avt_assert(pitch && ret_vad);
    struct avt_vad vad = {.count = pitch->count, .speech_db = SILENCE_DB};
    vad.speech = avt_new0(bool, pitch->count + 1);
    AVT_CLEANUP(avt_freep) bool *loud = avt_new0(bool, pitch->count + 1);
    double top = percentile(pitch, 0.95);
    vad.floor_db = percentile(pitch, 0.10);
    double above = fmin(ABOVE_FLOOR_DB, ABOVE_FLOOR_PART * (top - vad.floor_db));
    double threshold = fmax(fmax(vad.floor_db + above, top - BELOW_TOP_DB), QUIETEST_DB);
    mark_loud(pitch, threshold, loud);
    smooth(loud, pitch->count, vad.speech);
    drop_unvoiced(pitch, vad.speech);
    double power = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < vad.count; i++) {
        if (!vad.speech[i])
            continue;
        power += pow(10.0, (double)pitch->frames[i].level_db / 10.0);
        count++;
    }
    vad.seconds = (double)count * AVT_PITCH_HOP / AVT_PITCH_RATE;
    if (count > 0)
        vad.speech_db = 10.0 * log10(power / (double)count);
    *ret_vad = vad;
}

enum avt_code avt_vad_cut(const struct avt_vad *vad, const struct avt_audio *audio,
                          struct avt_audio **ret_audio, struct avt_error *reterr)
{
    avt_assert(vad && audio && ret_audio);
    AVT_CLEANUP(avt_audio_freep) struct avt_audio *kept = NULL;
    enum avt_code code = avt_audio_new(audio->rate, audio->count, &kept, reterr);
    if (code != AVT_OK)
        return code;
    /* Frame i is about the 10 ms around its centre. */
    double hop = (double)AVT_PITCH_HOP / AVT_PITCH_RATE * audio->rate;
    double offset = ((double)AVT_PITCH_WINDOW - AVT_PITCH_HOP) / 2 / AVT_PITCH_RATE * audio->rate;
    size_t count = 0;
    for (size_t i = 0; i < vad->count; i++) {
        size_t from = (size_t)(offset + hop * (double)i),
               to = (size_t)(offset + hop * (double)(i + 1));
        to = to < audio->count ? to : audio->count;
        if (!vad->speech[i] || from >= to)
            continue;
        memcpy(kept->samples + count, audio->samples + from, (to - from) * sizeof(*kept->samples));
        count += to - from;
    }
    kept->count = count;
    *ret_audio = AVT_TAKE(kept);
    return AVT_OK;
}
