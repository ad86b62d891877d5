/* SPDX-License-Identifier: Apache-2.0 */
/* Voice profiles of the public interface. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "lib/context.h"

static const double REFERENCE_HZ = 100.0;

static double hz_of(double semitones)
{
    return REFERENCE_HZ * exp2(semitones / 12.0);
}

#define COPY(field) (void)snprintf(info.field, sizeof(info.field), "%s", profile->field)

void avt_profile_describe(const struct avt_profile *profile, struct avt_profile_info *ret_info)
{
    struct avt_profile_info info = {.size = sizeof(info)};
    COPY(id);
    COPY(name);
    COPY(language);
    COPY(gender);
    COPY(engine);
    COPY(maker);
    COPY(created_at);
    COPY(consent);
    COPY(consent_by);
    COPY(consent_at);
    COPY(stock_id);
    COPY(source);
    COPY(blend);
    info.similarity = profile->similarity;
    info.self_similarity = profile->self_similarity;
    info.stock_similarity = profile->stock_similarity;
    info.pitch_hz = hz_of(profile->pitch_st);
    info.reference_pitch_hz = hz_of(profile->reference_pitch_st);
    info.reference_speech_s = profile->reference_speech_s;
    info.has_reference = profile->has_reference;
    info.is_clone = avt_profile_is_clone(profile);
    *ret_info = info;
}

enum avt_code avt_profiles_count(struct avt_context *context, size_t *ret_count,
                                 struct avt_error *reterr)
{
    struct avt_profile *profiles = NULL;
    size_t count = 0;
    enum avt_code code = avt_profile_list(&context->home, &profiles, &count, reterr);
    if (code != AVT_OK)
        return code;
    avt_free(context->profiles);
    context->profiles = profiles;
    context->profile_count = count;
    *ret_count = count;
    return AVT_OK;
}

enum avt_code avt_profiles_get(struct avt_context *context, size_t index,
                               struct avt_profile_info *ret_profile)
{
    if (index >= context->profile_count)
        return AVT_EINVAL;
    avt_profile_describe(&context->profiles[index], ret_profile);
    return AVT_OK;
}

/* What every call ends with. */
static enum avt_code done(enum avt_code code, const struct avt_profile *profile,
                          struct avt_profile_info *ret_profile)
{
    if (code == AVT_OK && ret_profile)
        avt_profile_describe(profile, ret_profile);
    return code;
}

enum avt_code avt_profile_show(struct avt_context *context, const char *which,
                               struct avt_profile_info *ret_profile, struct avt_error *reterr)
{
    struct avt_profile profile;
    return done(avt_profile_find(&context->home, which, &profile, reterr), &profile, ret_profile);
}

enum avt_code avt_profile_set_name(struct avt_context *context, const char *which, const char *name,
                                   struct avt_profile_info *ret_profile, struct avt_error *reterr)
{
    struct avt_profile profile;
    return done(avt_profile_rename(&context->home, which, name, &profile, reterr), &profile,
                ret_profile);
}

enum avt_code avt_profile_remove(struct avt_context *context, const char *which,
                                 struct avt_profile_info *ret_profile, struct avt_error *reterr)
{
    struct avt_profile profile;
    return done(avt_profile_delete(&context->home, which, &profile, reterr), &profile,
                ret_profile);
}

enum avt_code avt_profile_save(struct avt_context *context, const char *which, const char *path,
                               struct avt_profile_info *ret_profile, struct avt_error *reterr)
{
    struct avt_profile profile;
    return done(avt_profile_export(&context->home, which, path, &profile, reterr), &profile,
                ret_profile);
}

enum avt_code avt_profile_load(struct avt_context *context, const char *path,
                               struct avt_profile_info *ret_profile, struct avt_error *reterr)
{
    struct avt_profile profile;
    return done(avt_profile_import(&context->home, path, &profile, reterr), &profile,
                ret_profile);
}
