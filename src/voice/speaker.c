/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/speaker.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "profile/piper.h"

/* Measured on en_US-joe-medium: speech begins 8 ms before its labels, hisses are centred 21 ms
 * before theirs. */
static const double PIPER_LATENESS_S = 0.012;

void avt_speaker_done(struct avt_speaker *speaker)
{
    for (size_t i = 0; i < speaker->part_count; i++)
        avt_free(speaker->parts[i].path);
    avt_free(speaker->data);
    *speaker = (struct avt_speaker){0};
}

const char *avt_speaker_engine_text(const char *spec)
{
    return avt_str_starts(spec, AVT_PIPER_PREFIX) ? "piper" : "kokoro-82m 1.0";
}

static enum avt_code find_piper(const char *id, const char *storage,
                                struct avt_speaker *ret_speaker, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    AVT_CLEANUP(avt_freep) struct avt_piper_config *config = avt_new0(struct avt_piper_config, 1);
    int64_t number;
    enum avt_code code = avt_piper_find(storage, id, &folder, &number, reterr);
    if (code == AVT_OK)
        code = avt_piper_config_read(folder, config, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_speaker one = {.engine = "piper",
                              .data_speaker = number,
                              .lateness_s = PIPER_LATENESS_S,
                              .melody = {.range = 1.0},
                              .part_count = 1};
    (void)snprintf(one.id, sizeof one.id, "%s", id);
    (void)snprintf(one.language, sizeof one.language, "%s", config->language);
    (void)snprintf(one.parts[0].id, sizeof one.parts[0].id, "%s", id);
    one.parts[0].weight = 1.0;
    one.data = AVT_TAKE(folder);
    *ret_speaker = one;
    return AVT_OK;
}

static enum avt_code find_profile(const char *id, const struct avt_profile_home *home,
                                  struct avt_speaker *ret_speaker, struct avt_error *reterr)
{
    struct avt_profile profile;
    const struct avt_voice *nearest = NULL;
    enum avt_code code = avt_profile_find(home, id, &profile, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_speaker one = {.part_count = 1, .is_clone = avt_profile_is_clone(&profile)};
    /* Its labels are as late as those of the published voice that it is most like. */
    if (profile.lateness_s > 0.0)
        one.lateness_s = profile.lateness_s;
    else if (avt_voice_find(profile.stock_id, &nearest, NULL) == AVT_OK)
        one.lateness_s = nearest->lateness_s;
    (void)snprintf(one.id, sizeof one.id, "%s", profile.id);
    (void)snprintf(one.language, sizeof one.language, "%s", profile.language);
    (void)snprintf(one.engine, sizeof one.engine, "%.15s", profile.engine);
    (void)snprintf(one.parts[0].id, sizeof one.parts[0].id, "%s", profile.id);
    for (int i = 0; i < AVT_SPEAKER_EQ_BANDS; i++)
        one.has_eq = one.has_eq || profile.eq_db[i] < -0.01f || profile.eq_db[i] > 0.01f;
    memcpy(one.eq_db, profile.eq_db, sizeof one.eq_db);
    one.melody = (struct avt_melody){
        .pitch_st = profile.melody_st,
        .range = profile.melody_range > 0.0 ? profile.melody_range : 1.0};
    one.parts[0].weight = 1.0;
    one.parts[0].path = avt_profile_pack_path(home->storage, profile.id);
    *ret_speaker = one;
    return AVT_OK;
}

/* One part as a speaker of its own: the place where kinds of voices are told apart. */
static enum avt_code find_one(const char *id, const struct avt_profile_home *home,
                              struct avt_speaker *ret_speaker, struct avt_error *reterr)
{
    if (avt_str_starts(id, AVT_PIPER_PREFIX))
        return find_piper(id, home ? home->storage : NULL, ret_speaker, reterr);
    if (home && avt_str_starts(id, AVT_PROFILE_PREFIX))
        return find_profile(id, home, ret_speaker, reterr);
    const struct avt_voice *voice = NULL;
    struct avt_error unknown = {0};
    enum avt_code code = avt_voice_find(id, &voice, &unknown);
    if (code != AVT_OK && home && find_profile(id, home, ret_speaker, NULL) == AVT_OK)
        return AVT_OK;
    if (code != AVT_OK)
        return avt_fail(reterr, code, "%s", unknown.message);
    struct avt_speaker one = {
        .lateness_s = voice->lateness_s, .melody = {.range = 1.0}, .part_count = 1};
    (void)snprintf(one.id, sizeof one.id, "%s", voice->id);
    (void)snprintf(one.language, sizeof one.language, "%s", voice->language);
    (void)snprintf(one.engine, sizeof one.engine, "%s", voice->engine);
    (void)snprintf(one.parts[0].id, sizeof one.parts[0].id, "%s", voice->id);
    one.parts[0].weight = 1.0;
    *ret_speaker = one;
    return AVT_OK;
}

static enum avt_code add_part(struct avt_speaker *blend, const char *name, double weight,
                              const struct avt_profile_home *home, struct avt_error *reterr)
{
    struct avt_speaker one = {0};
    enum avt_code code = find_one(name, home, &one, reterr);
    if (code != AVT_OK)
        return code;
    if (one.data || one.part_count != 1) {
        code = avt_fail(reterr, AVT_EVOICE, "the voice '%.40s' cannot be blended with others",
                        name);
    } else if (blend->part_count == AVT_SPEAKER_PARTS_MAX) {
        code = avt_fail(reterr, AVT_EVOICE, "a blend may have %d voices at most",
                        AVT_SPEAKER_PARTS_MAX);
    } else {
        double heaviest = 0.0;
        for (size_t i = 0; i < blend->part_count; i++)
            heaviest = blend->parts[i].weight > heaviest ? blend->parts[i].weight : heaviest;
        if (blend->part_count > 0 && !avt_str_equal(blend->language, one.language))
            blend->languages_differ = true;
        if (weight > heaviest)
            memcpy(blend->language, one.language, sizeof blend->language);
        memcpy(blend->engine, one.engine, sizeof blend->engine);
        blend->lateness_s += weight * one.lateness_s;
        blend->is_clone = blend->is_clone || one.is_clone;
        blend->has_eq = blend->has_eq || one.has_eq;
        for (int i = 0; i < AVT_SPEAKER_EQ_BANDS; i++)
            blend->eq_db[i] += (float)weight * one.eq_db[i];
        blend->melody.pitch_st += weight * one.melody.pitch_st;
        blend->melody.range += weight * one.melody.range;
        blend->parts[blend->part_count] = one.parts[0];
        blend->parts[blend->part_count++].weight = weight;
        one.parts[0].path = NULL; /* handed over */
    }
    avt_speaker_done(&one);
    return code;
}

static void settle_weights(struct avt_speaker *blend)
{
    double sum = 0.0;
    for (size_t i = 0; i < blend->part_count; i++)
        sum += blend->parts[i].weight;
    blend->lateness_s /= sum;
    for (int i = 0; i < AVT_SPEAKER_EQ_BANDS; i++)
        blend->eq_db[i] /= (float)sum;
    blend->melody.pitch_st /= sum;
    blend->melody.range /= sum;
    size_t used = 0;
    for (size_t i = 0; i < blend->part_count; i++) {
        blend->parts[i].weight /= sum;
        int put = snprintf(blend->id + used, sizeof blend->id - used, "%s%s*%.2f", i ? "+" : "",
                           blend->parts[i].id, blend->parts[i].weight);
        if (put < 0 || (size_t)put >= sizeof blend->id - used)
            break; /* eight names fit in any case */
        used += (size_t)put;
    }
}

enum avt_code avt_speaker_find(const char *spec, const struct avt_profile_home *home,
                               struct avt_speaker *ret_speaker, struct avt_error *reterr)
{
    avt_assert(spec && ret_speaker);
    if (!avt_voice_is_blend(spec))
        return find_one(spec, home, ret_speaker, reterr);
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker blend = {0};
    for (const char *at = spec; at;) {
        char name[AVT_VOICE_NAME_SIZE];
        double weight;
        if (!avt_voice_blend_next(&at, name, &weight))
            return avt_fail(reterr, AVT_EVOICE,
                            "'%.80s' is no blend of voices such as af_heart*0.7+am_adam*0.3", spec);
        enum avt_code code = add_part(&blend, name, weight, home, reterr);
        if (code != AVT_OK)
            return code;
    }
    settle_weights(&blend);
    *ret_speaker = blend;
    blend = (struct avt_speaker){0};
    return AVT_OK;
}

char *avt_speaker_origin(const char *spec, const char *text, const struct avt_profile_home *home)
{
    bool cloned = text && strstr(text, AVT_PROFILE_PREFIX);
    struct avt_speaker speaker = {0};
    /* What cannot be looked up any more is said to be one. */
    if (!cloned && strstr(spec, AVT_PROFILE_PREFIX))
        cloned = avt_speaker_find(spec, home, &speaker, NULL) != AVT_OK || speaker.is_clone;
    avt_speaker_done(&speaker);
    return avt_asprintf("%s %s (synthetic%s)", avt_speaker_engine_text(spec), spec,
                        cloned ? ", voice cloned from recordings with consent" : "");
}
