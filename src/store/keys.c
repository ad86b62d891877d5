/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"

/*
 * A key is the record "key" by its id. When it was used last is a record of its own, "key_use": to
 * write it into the key's would bring back a key that is revoked in the same moment.
 */
#define KIND     "key"
#define KIND_USE "key_use"
enum {
    SECRET_CHARS = 43,
    USE_EVERY_MS = 60 * 1000,
};
static const int64_t use_kept_ms = INT64_C(400) * 24 * 3600 * 1000;

static const struct {
    const char *name;
    unsigned bit;
} scopes_known[] = {
    {"read", AVT_SCOPE_READ},
    {"submit", AVT_SCOPE_SUBMIT},
    {"admin", AVT_SCOPE_ADMIN},
};
enum { SCOPES = sizeof(scopes_known) / sizeof(*scopes_known) };

bool avt_scopes_parse(const char *text, unsigned *ret_scopes)
{
    unsigned scopes = 0;
    for (;;) {
        size_t size = strcspn(text, ",");
        size_t i = 0;
        while (i < SCOPES && !(strlen(scopes_known[i].name) == size &&
                               memcmp(scopes_known[i].name, text, size) == 0))
            i++;
        if (i == SCOPES)
            return false;
        scopes |= scopes_known[i].bit;
        if (text[size] == '\0')
            break;
        text += size + 1;
    }
    *ret_scopes = scopes;
    return true;
}

void avt_scopes_format(unsigned scopes, char ret_text[24])
{
    size_t used = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < SCOPES; i++)
        if (scopes & scopes_known[i].bit)
            used += (size_t)snprintf(ret_text + used, 24 - used, "%s%s", used ? "," : "",
                                     scopes_known[i].name);
}

/* ---- records --------------------------------------------------------------------------------- */

static json_t *key_data(const struct avt_key *key, const char *sha256)
{
    char scopes[24];
    avt_scopes_format(key->scopes, scopes);
    return json_pack("{s:s, s:s, s:s, s:i, s:i}", "label", key->label, "scopes", scopes,
                     "secret_sha256", sha256, "requests_per_minute", key->requests_per_minute,
                     "concurrent_jobs", key->concurrent_jobs);
}

/* A record may have been edited by hand: what is not as it should be makes no key. */
static bool read_key(const struct avt_record *record, struct avt_key *ret_key,
                     char ret_sha256[AVT_SHA256_HEX_SIZE])
{
    struct avt_key key = {.created_ms = record->created_ms, .expires_ms = record->expires_ms};
    const char *label = NULL, *scopes = NULL, *sha256 = NULL;
    if (json_unpack(record->data, "{s:s, s:s, s:s, s?i, s?i}", "label", &label, "scopes", &scopes,
                    "secret_sha256", &sha256, "requests_per_minute", &key.requests_per_minute,
                    "concurrent_jobs", &key.concurrent_jobs) != 0 ||
        strlen(label) >= sizeof(key.label) || strlen(sha256) != AVT_SHA256_HEX_SIZE - 1 ||
        strlen(record->id) != AVT_KEY_ID_SIZE - 1 || !avt_scopes_parse(scopes, &key.scopes) ||
        key.requests_per_minute < 0 || key.concurrent_jobs < 0)
        return false;
    memcpy(key.id, record->id, AVT_KEY_ID_SIZE);
    memcpy(key.label, label, strlen(label) + 1);
    memcpy(ret_sha256, sha256, AVT_SHA256_HEX_SIZE);
    *ret_key = key;
    return true;
}

static int64_t last_use(struct avt_jobstore *store, const char *id)
{
    struct avt_record record = {0};
    if (avt_jobstore_record_get(store, KIND_USE, id, NULL, &record, NULL) != AVT_OK)
        return 0;
    int64_t at_ms = record.updated_ms;
    avt_record_done(&record);
    return at_ms;
}

/* A use that cannot be noted is no reason to refuse it. */
static void note_use(struct avt_jobstore *store, struct avt_key *key)
{
    int64_t now_ms = avt_jobstore_now_ms(store);
    key->last_used_ms = last_use(store, key->id);
    if (key->last_used_ms != 0 && now_ms >= key->last_used_ms &&
        now_ms - key->last_used_ms < USE_EVERY_MS)
        return;
    struct avt_record record = {
        .kind = KIND_USE, .expires_ms = now_ms + use_kept_ms, .data = json_object()};
    memcpy(record.id, key->id, AVT_KEY_ID_SIZE);
    if (avt_jobstore_record_put(store, &record, NULL) == AVT_OK)
        key->last_used_ms = now_ms;
    avt_record_done(&record);
}

/* ---- the text of a key ----------------------------------------------------------------------- */

static void make_secret(char ret_secret[SECRET_CHARS + 1])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int i = 0; i < SECRET_CHARS;) {
        unsigned char random[64];
        avt_random_bytes(random, sizeof(random));
        /* 248 = 4 x 62: bytes above would make the first digits likelier. */
        for (size_t j = 0; j < sizeof(random) && i < SECRET_CHARS; j++)
            if (random[j] < 248)
                ret_secret[i++] = digits[random[j] % 62];
    }
    ret_secret[SECRET_CHARS] = '\0';
}

static bool split(const char *text, char ret_id[AVT_KEY_ID_SIZE], const char **ret_secret)
{
    if (strnlen(text, AVT_KEY_TEXT_SIZE) != AVT_KEY_TEXT_SIZE - 1 ||
        !avt_str_starts(text, "avt_") ||
        strspn(text + 4, "0123456789abcdef") < AVT_KEY_ID_SIZE - 1 || text[12] != '_')
        return false;
    memcpy(ret_id, text + 4, AVT_KEY_ID_SIZE - 1);
    ret_id[AVT_KEY_ID_SIZE - 1] = '\0';
    *ret_secret = text + 13;
    return true;
}

/* ---- what is offered ------------------------------------------------------------------------- */

static enum avt_code check(const struct avt_key *key, int64_t now_ms, struct avt_error *reterr)
{
    if (key->scopes == 0 || (key->scopes & ~(unsigned)AVT_SCOPE_ALL) != 0)
        return avt_fail(reterr, AVT_EINVAL, "a key has at least one scope of read, submit, admin");
    for (const char *p = key->label; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            return avt_fail(reterr, AVT_EINVAL, "the label of a key holds a control character");
    if (avt_utf8_invalid_at(key->label, strlen(key->label)) != SIZE_MAX)
        return avt_fail(reterr, AVT_EINVAL, "the label of a key is not UTF-8");
    if (key->expires_ms != 0 && key->expires_ms <= now_ms)
        return avt_fail(reterr, AVT_EINVAL, "the key would have expired already");
    if (key->requests_per_minute < 0 || key->requests_per_minute > AVT_KEY_RATE_MAX ||
        key->concurrent_jobs < 0 || key->concurrent_jobs > AVT_KEY_RATE_MAX)
        return avt_fail(reterr, AVT_EINVAL, "a limit of a key is 1 to %d, or 0 for none of its own",
                        AVT_KEY_RATE_MAX);
    return AVT_OK;
}

static enum avt_code check_room(struct avt_jobstore *store, struct avt_error *reterr)
{
    struct avt_record *records;
    size_t count = 0;
    enum avt_code code =
        avt_jobstore_record_list(store, KIND, NULL, AVT_KEYS_MAX, &records, &count, reterr);
    if (code != AVT_OK)
        return code;
    avt_records_done(records, count);
    if (count >= AVT_KEYS_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "there are %d keys, which is the limit: revoke some",
                        AVT_KEYS_MAX);
    return AVT_OK;
}

enum avt_code avt_keys_create(struct avt_jobstore *store, struct avt_key *key,
                              char ret_text[AVT_KEY_TEXT_SIZE], struct avt_error *reterr)
{
    char secret[SECRET_CHARS + 1], sha256[AVT_SHA256_HEX_SIZE], id[AVT_KEY_ID_SIZE];
    uint32_t random;
    struct avt_record old = {0};
    int64_t now_ms = avt_jobstore_now_ms(store);
    enum avt_code code = check(key, now_ms, reterr);
    if (code == AVT_OK)
        code = check_room(store, reterr);
    if (code != AVT_OK)
        return code;
    do {
        avt_record_done(&old);
        avt_random_bytes(&random, sizeof(random));
        snprintf(id, sizeof(id), "%08x", (unsigned)random);
    } while (avt_jobstore_record_get(store, KIND, id, NULL, &old, NULL) == AVT_OK);
    make_secret(secret);
    avt_sha256_data(secret, SECRET_CHARS, sha256);
    struct avt_record record = {.kind = KIND,
                                .created_ms = now_ms,
                                .expires_ms = key->expires_ms,
                                .data = key_data(key, sha256)};
    memcpy(record.id, id, sizeof(id));
    code = avt_jobstore_record_put(store, &record, reterr);
    avt_record_done(&record);
    if (code != AVT_OK)
        return code;
    memcpy(key->id, id, sizeof(id));
    key->created_ms = now_ms;
    key->last_used_ms = 0;
    snprintf(ret_text, AVT_KEY_TEXT_SIZE, "avt_%s_%s", id, secret);
    return AVT_OK;
}

static enum avt_code not_valid(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOENT, "the API key is not valid, or not valid any more");
}

enum avt_code avt_keys_verify(struct avt_jobstore *store, const char *text, struct avt_key *ret_key,
                              struct avt_error *reterr)
{
    char id[AVT_KEY_ID_SIZE], kept[AVT_SHA256_HEX_SIZE], given[AVT_SHA256_HEX_SIZE];
    const char *secret;
    struct avt_record record = {0};
    struct avt_key key;
    if (!split(text, id, &secret))
        return not_valid(reterr);
    enum avt_code code = avt_jobstore_record_get(store, KIND, id, NULL, &record, reterr);
    if (code == AVT_ENOENT)
        return not_valid(reterr);
    if (code != AVT_OK)
        return code;
    bool good = read_key(&record, &key, kept);
    avt_record_done(&record);
    avt_sha256_data(secret, strlen(secret), given);
    if (!good || !avt_equal_secret(given, kept, AVT_SHA256_HEX_SIZE))
        return not_valid(reterr);
    note_use(store, &key);
    *ret_key = key;
    return AVT_OK;
}

enum avt_code avt_keys_scopes(struct avt_jobstore *store, const char *id, unsigned *ret_scopes,
                              struct avt_error *reterr)
{
    char sha256[AVT_SHA256_HEX_SIZE];
    struct avt_record record = {0};
    struct avt_key key;
    enum avt_code code = avt_jobstore_record_get(store, KIND, id, NULL, &record, reterr);
    if (code != AVT_OK)
        return code;
    bool good = read_key(&record, &key, sha256);
    avt_record_done(&record);
    if (!good)
        return not_valid(reterr);
    *ret_scopes = key.scopes;
    return AVT_OK;
}

enum avt_code avt_keys_list(struct avt_jobstore *store, struct avt_key **ret_keys,
                            size_t *ret_count, struct avt_error *reterr)
{
    struct avt_record *records;
    size_t count = 0, used = 0;
    char sha256[AVT_SHA256_HEX_SIZE];
    enum avt_code code =
        avt_jobstore_record_list(store, KIND, NULL, AVT_KEYS_MAX, &records, &count, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_key *keys = avt_new0(struct avt_key, count);
    for (size_t i = 0; i < count; i++) {
        if (read_key(&records[i], &keys[used], sha256)) {
            keys[used].last_used_ms = last_use(store, keys[used].id);
            used++;
        }
    }
    avt_records_done(records, count);
    *ret_keys = keys;
    *ret_count = used;
    return AVT_OK;
}

enum avt_code avt_keys_revoke(struct avt_jobstore *store, const char *id, struct avt_error *reterr)
{
    enum avt_code code = avt_jobstore_record_delete(store, KIND, id, NULL, reterr);
    if (code == AVT_ENOENT)
        return avt_fail(reterr, code, "there is no key '%.40s': avatar keys list shows them", id);
    if (code == AVT_OK)
        (void)!avt_jobstore_record_delete(store, KIND_USE, id, NULL, NULL);
    return code;
}

static json_t *time_or_null(int64_t ms)
{
    char text[AVT_TIME_SIZE];
    if (ms == 0)
        return json_null();
    avt_time_format_ms(ms, text);
    return json_string(text);
}

json_t *avt_key_to_json(const struct avt_key *key)
{
    json_t *scopes = json_array();
    for (size_t i = 0; i < SCOPES; i++)
        if (key->scopes & scopes_known[i].bit)
            json_array_append_new(scopes, json_string(scopes_known[i].name));
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:i, s:i}", "id", key->id, "label", key->label,
                     "scopes", scopes, "created_at", time_or_null(key->created_ms), "expires_at",
                     time_or_null(key->expires_ms), "last_used_at", time_or_null(key->last_used_ms),
                     "requests_per_minute", key->requests_per_minute, "concurrent_jobs",
                     key->concurrent_jobs);
}
