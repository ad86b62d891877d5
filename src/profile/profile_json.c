/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/profile_json.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

/* Values of the published packs lie within 1.6. */
static const float STYLE_MAX = 100.0f;
static const double NUMBER_MAX = 1e6, EQ_MAX_DB = 24.0;

/* Where each key lives in the struct. */
struct text_field {
    const char *key;
    size_t offset, size;
    bool optional;
};
struct number_field {
    const char *key;
    size_t offset;
    bool optional;
};
#define TEXT(name)                                                                                 \
    {                                                                                              \
#name, offsetof(struct avt_profile, name), sizeof(((struct avt_profile *)0)->name), false  \
    }
#define OPTIONAL(name)                                                                             \
    {                                                                                              \
#name, offsetof(struct avt_profile, name), sizeof(((struct avt_profile *)0)->name), true   \
    }
#define NUMBER(name)                                                                               \
    {                                                                                              \
#name, offsetof(struct avt_profile, name), false                                           \
    }

static const struct text_field texts[] = {
    TEXT(id),         TEXT(name),       TEXT(language), TEXT(gender),     TEXT(engine),
    TEXT(maker),      TEXT(encoder),    TEXT(model),    TEXT(created_at), TEXT(consent),
    TEXT(consent_by), TEXT(consent_at), TEXT(stock_id),
    OPTIONAL(owner),  OPTIONAL(source), OPTIONAL(blend),
};
static const struct number_field numbers[] = {
    NUMBER(similarity),          NUMBER(self_similarity),
    NUMBER(stock_similarity),    NUMBER(pitch_st),
    NUMBER(pitch_spread_st),     NUMBER(reference_pitch_st),
    NUMBER(reference_spread_st), NUMBER(reference_s),
    NUMBER(reference_speech_s),  NUMBER(reference_snr_db),
    {"lateness_s", offsetof(struct avt_profile, lateness_s), true},
    {"melody_st", offsetof(struct avt_profile, melody_st), true},
    {"melody_range", offsetof(struct avt_profile, melody_range), true},
};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]), NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

json_t *avt_profile_to_json(const struct avt_profile *profile)
{
    const char *base = (const char *)profile;
    json_t *json = json_object(), *eq = json_array();
    json_object_set_new(json, "version", json_integer(1));
    for (int i = 0; i < TEXTS; i++)
        json_object_set_new(json, texts[i].key, json_string(base + texts[i].offset));
    for (int i = 0; i < NUMBERS; i++) {
        double value;
        memcpy(&value, base + numbers[i].offset, sizeof(value));
        json_object_set_new(json, numbers[i].key, json_real(isfinite(value) ? value : 0.0));
    }
    for (int i = 0; i < AVT_PROFILE_EQ_BANDS; i++)
        json_array_append_new(eq, json_real((double)profile->eq_db[i]));
    json_object_set_new(json, "eq_db", eq);
    json_object_set_new(json, "has_reference", json_boolean(profile->has_reference));
    return json;
}

static enum avt_code bad_key(const char *key, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT,
                    "this is no voice profile: '%s' is missing or not what it "
                    "should be",
                    key);
}

static bool read_texts(const json_t *json, char *base, const char **ret_key)
{
    for (int i = 0; i < TEXTS; i++) {
        *ret_key = texts[i].key;
        const json_t *value = json_object_get(json, texts[i].key);
        if (!value && texts[i].optional)
            continue;
        const char *text = json_string_value(value);
        size_t size = json_string_length(value);
        if (!text || size >= texts[i].size || strlen(text) != size)
            return false;
        for (size_t k = 0; k < size; k++) {
            if ((unsigned char)text[k] < ' ' || text[k] == 0x7f)
                return false;
        }
        memcpy(base + texts[i].offset, text, size + 1);
    }
    return true;
}

enum avt_code avt_profile_from_json(const json_t *json, struct avt_profile *ret_profile,
                                    struct avt_error *reterr)
{
    struct avt_profile profile = {0};
    char *base = (char *)&profile;
    const char *key = "version";
    if (!json_is_object(json) || json_integer_value(json_object_get(json, key)) != 1)
        return bad_key(key, reterr);
    if (!read_texts(json, base, &key))
        return bad_key(key, reterr);
    for (int i = 0; i < NUMBERS; i++) {
        const json_t *number = json_object_get(json, numbers[i].key);
        double value = json_number_value(number);
        if (!number && numbers[i].optional)
            continue;
        if (!json_is_number(number) || !(fabs(value) <= NUMBER_MAX))
            return bad_key(numbers[i].key, reterr);
        memcpy(base + numbers[i].offset, &value, sizeof(value));
    }
    const json_t *eq = json_object_get(json, "eq_db");
    if (json_array_size(eq) != AVT_PROFILE_EQ_BANDS)
        return bad_key("eq_db", reterr);
    for (size_t i = 0; i < AVT_PROFILE_EQ_BANDS; i++) {
        const json_t *number = json_array_get(eq, i);
        double value = json_number_value(number);
        if (!json_is_number(number) || !(fabs(value) <= EQ_MAX_DB))
            return bad_key("eq_db", reterr);
        profile.eq_db[i] = (float)value;
    }
    profile.has_reference = json_is_true(json_object_get(json, "has_reference"));
    if (!avt_profile_id_valid(profile.id))
        return bad_key("id", reterr);
    if (!avt_str_equal(profile.engine, "kokoro"))
        return bad_key("engine", reterr);
    if (fabs(profile.melody_st) > AVT_PROFILE_MELODY_MAX_ST)
        return bad_key("melody_st", reterr);
    if (profile.melody_range < 0 || profile.melody_range > AVT_PROFILE_RANGE_MAX)
        return bad_key("melody_range", reterr);
    if (profile.name[0] == '\0')
        return bad_key("name", reterr);
    if (avt_profile_is_clone(&profile) && profile.consent[0] == '\0')
        return bad_key("consent", reterr);
    *ret_profile = profile;
    return AVT_OK;
}

bool avt_profile_pack_sound(const float *pack)
{
    for (size_t i = 0; i < AVT_PROFILE_PACK_FLOATS; i++) {
        if (!(fabsf(pack[i]) < STYLE_MAX))
            return false;
    }
    return true;
}

enum avt_code avt_profile_check_text(const char *what, const char *text, size_t size,
                                     struct avt_error *reterr)
{
    size_t length = text ? strnlen(text, size) : 0;
    if (length == 0 || strspn(text, " \t") == length)
        return avt_fail(reterr, AVT_EINVAL, "%s is missing or blank", what);
    if (length >= size)
        return avt_fail(reterr, AVT_EINVAL, "%s is longer than %zu bytes; shorten it", what,
                        size - 1);
    if (avt_utf8_invalid_at(text, length) != SIZE_MAX)
        return avt_fail(reterr, AVT_EINVAL, "%s is not valid UTF-8", what);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return avt_fail(reterr, AVT_EINVAL,
                            "%s holds a line break or another control character; write it in one "
                            "line",
                            what);
    }
    return AVT_OK;
}

static json_t *audit_line(const struct avt_profile_home *home, const char *action,
                          const struct avt_profile *profile)
{
    char now[32];
    avt_time_rfc3339(now);
    json_t *json = json_object();
    json_object_set_new(json, "time", json_string(now));
    json_object_set_new(json, "action", json_string(action));
    json_object_set_new(json, "id", json_string(profile->id));
    json_object_set_new(json, "name", json_string(profile->name));
    json_object_set_new(json, "owner", json_string(profile->owner));
    json_object_set_new(json, "actor", json_string(home->actor ? home->actor : ""));
    json_object_set_new(json, "consent", json_string(profile->consent));
    json_object_set_new(json, "consent_by", json_string(profile->consent_by));
    json_object_set_new(json, "consent_at", json_string(profile->consent_at));
    return json;
}

enum avt_code avt_profile_audit(const struct avt_profile_home *home, const char *action,
                                const struct avt_profile *profile, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = audit_line(home, action, profile);
    AVT_CLEANUP(avt_freep) char *line = json_dumps(json, JSON_COMPACT);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/voices/audit.log", home->storage);
    AVT_CLEANUP(avt_freep) char *text = avt_asprintf("%s\n", line ? line : "{}");
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    /* One write, so that lines of several processes do not mix. */
    ssize_t written = fd >= 0 ? write(fd, text, strlen(text)) : -1;
    int errnum = errno;
    if (fd >= 0)
        (void)close(fd);
    if (written == (ssize_t)strlen(text))
        return AVT_OK;
    enum avt_code code = errnum == ENOSPC ? AVT_ENOSPACE : AVT_EOUTPUT;
    return avt_fail(reterr, code, "the audit log '%s' cannot be written (%s)", path,
                    written < 0 ? strerror(errnum) : "cut short");
}
