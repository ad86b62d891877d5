/* SPDX-License-Identifier: Apache-2.0 */
/* A blend of voices kept as a profile, of the public interface. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "lib/context.h"
#include "nn/registry.h"
#include "voice/packs.h"
#include "voice/speaker.h"

#define SET(field, text) (void)snprintf(profile->field, sizeof(profile->field), "%s", text)

static enum avt_code add_pack(struct avt_packs *packs, const char *folder,
                              const struct avt_speaker_part *part, double *sums,
                              struct avt_error *reterr)
{
    const struct avt_map *pack = NULL;
    AVT_CLEANUP(avt_freep)
    char *path = part->path ? avt_strdup(part->path) : avt_asprintf("%s/%s.bin", folder, part->id);
    enum avt_code code = avt_packs_get(packs, path, &pack, reterr);
    for (size_t i = 0; code == AVT_OK && i < AVT_PROFILE_PACK_FLOATS; i++) {
        float value;
        memcpy(&value, pack->data + i * sizeof(value), sizeof(value));
        sums[i] += part->weight * (double)value;
    }
    return code;
}

/* The weighted mean of the packs, in the order and with the rounding of speech with a blend. */
static enum avt_code mix_packs(struct avt_context *context, const struct avt_speaker *speaker,
                               float **ret_pack, struct avt_error *reterr)
{
    struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    AVT_CLEANUP(avt_freep) double *sums = avt_new0(double, AVT_PROFILE_PACK_FLOATS);
    enum avt_code code = avt_context_registry(context, &registry, reterr);
    if (code == AVT_OK)
        code = avt_registry_path(registry, "kokoro-voices", &folder, reterr);
    struct avt_packs *packs = avt_packs_new();
    for (size_t i = 0; code == AVT_OK && i < speaker->part_count; i++)
        code = add_pack(packs, folder, &speaker->parts[i], sums, reterr);
    avt_packs_free(packs);
    if (code != AVT_OK)
        return code;
    float *pack = avt_new0(float, AVT_PROFILE_PACK_FLOATS);
    for (size_t i = 0; i < AVT_PROFILE_PACK_FLOATS; i++)
        pack[i] = (float)sums[i];
    *ret_pack = pack;
    return AVT_OK;
}

/* "one / other"; false if there is no room. */
static bool join(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);
    if (strstr(text, more))
        return true;
    int put = snprintf(text + used, size - used, "%s%s", used > 0 ? " / " : "", more);
    return put >= 0 && (size_t)put < size - used;
}

static enum avt_code inherit(const struct avt_profile_home *home, const char *id,
                             struct avt_profile *profile, struct avt_error *reterr)
{
    struct avt_profile part;
    enum avt_code code = avt_profile_get(home, id, &part, reterr);
    if (code != AVT_OK || !avt_profile_is_clone(&part))
        return code;
    if (!join(profile->consent, sizeof(profile->consent), part.consent) ||
        !join(profile->consent_by, sizeof(profile->consent_by), part.consent_by))
        return avt_fail(reterr, AVT_EINVAL,
                        "the statements of consent to the cloned voices in this blend are too long "
                        "to be kept together; blend fewer of them");
    SET(consent_at, part.consent_at);
    return AVT_OK;
}

/* The published voice that stands for the heaviest part. */
static void set_nearest(const struct avt_profile_home *home, const struct avt_speaker *speaker,
                        struct avt_profile *profile)
{
    const struct avt_speaker_part *heaviest = &speaker->parts[0];
    const struct avt_voice *stock = NULL;
    struct avt_profile part;
    for (size_t i = 1; i < speaker->part_count; i++) {
        if (speaker->parts[i].weight > heaviest->weight)
            heaviest = &speaker->parts[i];
    }
    (void)snprintf(profile->stock_id, sizeof(profile->stock_id), "%.31s", heaviest->id);
    if (heaviest->path && avt_profile_get(home, heaviest->id, &part, NULL) == AVT_OK)
        SET(stock_id, part.stock_id);
    if (avt_voice_find(profile->stock_id, &stock, NULL) == AVT_OK)
        SET(gender, stock->gender);
}

static enum avt_code fill(const struct avt_profile_home *home, const struct avt_speaker *speaker,
                          const char *name, struct avt_profile *profile, struct avt_error *reterr)
{
    enum avt_code code =
        avt_profile_check_text("the name", name, sizeof(profile->name), reterr);
    for (size_t i = 0; code == AVT_OK && i < speaker->part_count; i++) {
        if (speaker->parts[i].path)
            code = inherit(home, speaker->parts[i].id, profile, reterr);
    }
    if (code != AVT_OK)
        return code;
    SET(name, name);
    SET(language, speaker->language);
    SET(engine, "kokoro");
    SET(maker, "blend 1");
    SET(model, "kokoro-82m 1.0");
    SET(blend, speaker->id);
    profile->lateness_s = speaker->lateness_s;
    set_nearest(home, speaker, profile);
    profile->melody_st = speaker->melody.pitch_st;
    profile->melody_range = speaker->melody.range;
    memcpy(profile->eq_db, speaker->eq_db, sizeof(profile->eq_db));
    return AVT_OK;
}

enum avt_code avt_voice_blend(struct avt_context *context, const char *blend, const char *name,
                              struct avt_profile_info *ret_profile, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker speaker = {0};
    AVT_CLEANUP(avt_freep) float *pack = NULL;
    struct avt_profile profile = {0};
    avt_context_begin(context);
    if (!avt_voice_is_blend(blend))
        return avt_fail(reterr, AVT_EVOICE,
                        "'%.80s' is no blend of voices such as af_heart*0.7+am_adam*0.3", blend);
    enum avt_code code = avt_speaker_find(blend, &context->home, &speaker, reterr);
    if (code == AVT_OK)
        code = fill(&context->home, &speaker, name, &profile, reterr);
    if (code == AVT_OK)
        code = mix_packs(context, &speaker, &pack, reterr);
    if (code == AVT_OK)
        code = avt_profile_create(&context->home, &profile, pack, NULL, 0, reterr);
    if (code == AVT_OK && ret_profile)
        avt_profile_describe(&profile, ret_profile);
    return code;
}
