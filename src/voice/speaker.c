/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/speaker.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/piper.h"
#include "voice/profile.h"

static const double WEIGHT_MAX = 1000.0;
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
    enum avt_code code = avt_piper_folder(storage, id, &folder, reterr);
    if (code == AVT_OK)
        code = avt_piper_config_read(folder, config, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_speaker one = {.engine = "piper", .lateness_s = PIPER_LATENESS_S, .part_count = 1};
    (void)snprintf(one.id, sizeof one.id, "%s", id);
    (void)snprintf(one.language, sizeof one.language, "%s", config->language);
    (void)snprintf(one.parts[0].id, sizeof one.parts[0].id, "%s", id);
    one.parts[0].weight = 1.0;
    one.data = AVT_TAKE(folder);
    *ret_speaker = one;
    return AVT_OK;
}

static enum avt_code find_profile(const char *id, const char *storage,
                                  struct avt_speaker *ret_speaker, struct avt_error *reterr)
{
    struct avt_profile profile;
    const struct avt_voice *nearest = NULL;
    enum avt_code code = avt_profile_find(storage, id, &profile, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_speaker one = {.part_count = 1, .is_clone = true};
    /* Its labels are as late as those of the published voice that it is most like. */
    if (avt_voice_find(profile.stock_id, &nearest, NULL) == AVT_OK)
        one.lateness_s = nearest->lateness_s;
    (void)snprintf(one.id, sizeof one.id, "%s", profile.id);
    (void)snprintf(one.language, sizeof one.language, "%s", profile.language);
    (void)snprintf(one.engine, sizeof one.engine, "%.15s", profile.engine);
    (void)snprintf(one.parts[0].id, sizeof one.parts[0].id, "%s", profile.id);
    for (int i = 0; i < AVT_SPEAKER_EQ_BANDS; i++)
        one.has_eq = one.has_eq || profile.eq_db[i] < -0.01f || profile.eq_db[i] > 0.01f;
    memcpy(one.eq_db, profile.eq_db, sizeof one.eq_db);
    one.parts[0].weight = 1.0;
    one.parts[0].path = avt_profile_pack_path(storage, profile.id);
    *ret_speaker = one;
    return AVT_OK;
}

char *avt_speaker_origin(const char *spec, const char *text)
{
    bool cloned = strstr(spec, AVT_PROFILE_PREFIX) || (text && strstr(text, AVT_PROFILE_PREFIX));
    return avt_asprintf("%s %s (synthetic%s)", avt_speaker_engine_text(spec), spec,
                        cloned ? ", voice cloned from recordings with consent" : "");
}

/* One part as a speaker of its own: the place where kinds of voices are told apart. */
static enum avt_code find_one(const char *id, const char *storage, struct avt_speaker *ret_speaker,
                              struct avt_error *reterr)
{
    if (avt_str_starts(id, AVT_PIPER_PREFIX))
        return find_piper(id, storage, ret_speaker, reterr);
    if (storage && avt_str_starts(id, AVT_PROFILE_PREFIX))
        return find_profile(id, storage, ret_speaker, reterr);
    const struct avt_voice *voice = NULL;
    enum avt_code code = avt_voice_find(id, &voice, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_speaker one = {.lateness_s = voice->lateness_s, .part_count = 1};
    (void)snprintf(one.id, sizeof one.id, "%s", voice->id);
    (void)snprintf(one.language, sizeof one.language, "%s", voice->language);
    (void)snprintf(one.engine, sizeof one.engine, "%s", voice->engine);
    (void)snprintf(one.parts[0].id, sizeof one.parts[0].id, "%s", voice->id);
    one.parts[0].weight = 1.0;
    *ret_speaker = one;
    return AVT_OK;
}

/* "name" or "name*weight" between from and to, blanks at the ends allowed. */
static bool read_part(const char *from, const char *to, char name[AVT_SPEAKER_ID_SIZE],
                      double *ret_weight)
{
    while (from < to && *from == ' ')
        from++;
    while (from < to && to[-1] == ' ')
        to--;
    const char *star = memchr(from, '*', (size_t)(to - from));
    const char *end = star ? star : to;
    while (end > from && end[-1] == ' ')
        end--;
    size_t size = (size_t)(end - from);
    if (size == 0 || size >= AVT_SPEAKER_ID_SIZE)
        return false;
    memcpy(name, from, size);
    name[size] = '\0';
    *ret_weight = 1.0;
    if (!star)
        return true;
    do
        star++;
    while (star < to && *star == ' ');
    char number[24];
    size = (size_t)(to - star);
    if (size == 0 || size >= sizeof number)
        return false;
    memcpy(number, star, size);
    number[size] = '\0';
    return avt_parse_double(number, 0.0, WEIGHT_MAX, ret_weight) && *ret_weight > 0.0;
}

static enum avt_code add_part(struct avt_speaker *blend, const char *name, double weight,
                              const char *storage, struct avt_error *reterr)
{
    struct avt_speaker one = {0};
    enum avt_code code = find_one(name, storage, &one, reterr);
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

enum avt_code avt_speaker_find(const char *spec, const char *storage,
                               struct avt_speaker *ret_speaker, struct avt_error *reterr)
{
    avt_assert(spec && ret_speaker);
    if (!strpbrk(spec, "*+"))
        return find_one(spec, storage, ret_speaker, reterr);
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker blend = {0};
    for (const char *at = spec;;) {
        const char *plus = strchr(at, '+'), *end = plus ? plus : at + strlen(at);
        char name[AVT_SPEAKER_ID_SIZE];
        double weight;
        if (!read_part(at, end, name, &weight))
            return avt_fail(reterr, AVT_EVOICE,
                            "'%.80s' is no blend of voices such as af_heart*0.7+am_adam*0.3", spec);
        enum avt_code code = add_part(&blend, name, weight, storage, reterr);
        if (code != AVT_OK)
            return code;
        if (!plus)
            break;
        at = plus + 1;
    }
    settle_weights(&blend);
    *ret_speaker = blend;
    blend = (struct avt_speaker){0};
    return AVT_OK;
}
