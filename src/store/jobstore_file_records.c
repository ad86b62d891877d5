/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/paths.h"
#include "store/jobstore_file.h"

#define KEYS "idempotency"

static char *kind_folder(const struct avt_file_store *files, const char *kind)
{
    return avt_asprintf("%s/records/%s", files->storage, kind);
}

static char *record_path(const struct avt_file_store *files, const char *kind, const char *id)
{
    return avt_asprintf("%s/records/%s/%s.json", files->storage, kind, id);
}

static json_t *time_or_null(int64_t ms)
{
    char text[AVT_TIME_SIZE];
    if (ms == 0)
        return json_null();
    avt_time_format_ms(ms, text);
    return json_string(text);
}

/* 0 for a field that is missing or null; false for one that is no time. */
static bool read_time(const json_t *json, const char *field, int64_t *ret_ms)
{
    const json_t *value = json_object_get(json, field);
    *ret_ms = 0;
    if (!value || json_is_null(value))
        return true;
    return json_is_string(value) && avt_time_parse_ms(json_string_value(value), ret_ms);
}

static enum avt_code stage_record(struct avt_file_store *files, const char *kind, const char *id,
                                  const json_t *json, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *folder = kind_folder(files, kind);
    if (!avt_file_exists(folder)) {
        AVT_CLEANUP(avt_freep) char *records = avt_path_dirname(folder);
        enum avt_code code = avt_mkdirs(folder, reterr);
        if (code != AVT_OK)
            return code;
        avt_file_sync_folder(records);
        avt_file_sync_folder(files->storage);
    }
    return avt_file_stage(files, record_path(files, kind, id), json, true, reterr);
}

/* Calls `visit` with each id of a kind. */
static void each_id(struct avt_file_store *files, const char *kind,
                    void (*visit)(const char *id, void *user), void *user)
{
    AVT_CLEANUP(avt_freep) char *folder = kind_folder(files, kind);
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        size_t size = strlen(entry->d_name);
        if (entry->d_name[0] == '.' || !avt_str_ends(entry->d_name, ".json"))
            continue;
        entry->d_name[size - strlen(".json")] = '\0';
        visit(entry->d_name, user);
    }
    if (dir)
        closedir(dir);
}

/* ---- records --------------------------------------------------------------------------------- */

enum avt_code avt_file_record_put(void *impl, const struct avt_record *record,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:o, s:O}", "id", record->id, "owner",
                             record->owner, "created_at", time_or_null(record->created_ms),
                             "updated_at", time_or_null(record->updated_ms), "expires_at",
                             time_or_null(record->expires_ms), "data", record->data);
    if (!json)
        return avt_fail(reterr, AVT_EINVAL, "the record '%s' is not UTF-8", record->id);
    return stage_record(impl, record->kind, record->id, json, reterr);
}

static bool parse_record(const json_t *json, const char *kind, const char *id,
                         struct avt_record *ret_record)
{
    struct avt_record record = {0};
    const char *owner = json_string_value(json_object_get(json, "owner"));
    json_t *data = json_object_get(json, "data");
    if ((owner && !avt_job_owner_valid(owner)) || !json_is_object(data) ||
        !read_time(json, "created_at", &record.created_ms) ||
        !read_time(json, "updated_at", &record.updated_ms) ||
        !read_time(json, "expires_at", &record.expires_ms) || strlen(id) >= sizeof(record.id))
        return false;
    memcpy(record.kind, kind, strlen(kind) + 1);
    memcpy(record.id, id, strlen(id) + 1);
    if (owner)
        memcpy(record.owner, owner, strlen(owner) + 1);
    record.data = json_deep_copy(data);
    *ret_record = record;
    return true;
}

enum avt_code avt_file_record_get(void *impl, const char *kind, const char *id,
                                  struct avt_record *ret_record, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    AVT_CLEANUP(avt_freep) char *path = record_path(impl, kind, id);
    enum avt_code code = avt_file_read_json(impl, path, AVT_FILE_RECORD_BYTES_MAX, &json, reterr);
    if (code != AVT_OK)
        return code;
    if (!parse_record(json, kind, id, ret_record))
        return avt_fail(reterr, AVT_EFORMAT,
                        "'%s' cannot be used: a field in it is missing or wrong", path);
    return AVT_OK;
}

struct listing {
    struct avt_file_store *files;
    const struct avt_record_query *query;
    struct avt_record *records;
    size_t count, capacity;
};

static void list_one(const char *id, void *user)
{
    struct listing *listing = user;
    struct avt_record record = {0};
    struct avt_error error = {0};
    enum avt_code code = avt_file_record_get(listing->files, listing->query->kind, id, &record, &error);
    if (code != AVT_OK && code != AVT_ENOENT)
        avt_jobstore_report(listing->files->store, "a record is passed over: %s", error.message);
    if (code != AVT_OK)
        return;
    if (!avt_record_asked_for(&record, listing->query) || listing->count == AVT_FILE_RECORDS_MAX) {
        avt_record_done(&record);
        return;
    }
    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity ? listing->capacity * 2 : 16;
        listing->records =
            avt_realloc(listing->records, listing->capacity, sizeof(*listing->records));
    }
    listing->records[listing->count++] = record;
}

enum avt_code avt_file_record_list(void *impl, const struct avt_record_query *query, size_t limit,
                                   struct avt_record **ret_records, size_t *ret_count,
                                   struct avt_error *reterr)
{
    struct listing listing = {.files = impl, .query = query};
    (void)reterr;
    each_id(impl, query->kind, list_one, &listing);
    if (!listing.records)
        listing.records = avt_new0(struct avt_record, 1);
    avt_records_sort(listing.records, &listing.count, limit);
    *ret_records = listing.records;
    *ret_count = listing.count;
    return AVT_OK;
}

enum avt_code avt_file_record_remove(void *impl, const char *kind, const char *id,
                                     struct avt_error *reterr)
{
    (void)reterr;
    avt_file_stage_remove(impl, record_path(impl, kind, id));
    return AVT_OK;
}

/* ---- idempotency keys ------------------------------------------------------------------------ */

enum avt_code avt_file_idempotency_put(void *impl, const struct avt_idempotency_entry *entry,
                                       struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_pack("{s:s, s:s, s:o}", "request_sha256", entry->request_sha256, "job",
                             entry->job, "expires_at", time_or_null(entry->expires_ms));
    return stage_record(impl, KEYS, entry->key, json, reterr);
}

enum avt_code avt_file_idempotency_get(void *impl, const char *key,
                                       struct avt_idempotency_entry *ret_entry,
                                       struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    AVT_CLEANUP(avt_freep) char *path = record_path(impl, KEYS, key);
    struct avt_idempotency_entry entry = {0};
    enum avt_code code = avt_file_read_json(impl, path, AVT_FILE_RECORD_BYTES_MAX, &json, reterr);
    if (code != AVT_OK)
        return code;
    const char *request = json_string_value(json_object_get(json, "request_sha256"));
    const char *job = json_string_value(json_object_get(json, "job"));
    if (!request || strlen(request) >= sizeof(entry.request_sha256) || !job ||
        !avt_job_id_valid(job) || !read_time(json, "expires_at", &entry.expires_ms))
        return avt_fail(reterr, AVT_EFORMAT,
                        "'%s' cannot be used: a field in it is missing or wrong", path);
    memcpy(entry.key, key, sizeof(entry.key));
    memcpy(entry.request_sha256, request, strlen(request) + 1);
    memcpy(entry.job, job, sizeof(entry.job));
    *ret_entry = entry;
    return AVT_OK;
}

/* ---- purge ----------------------------------------------------------------------------------- */

struct purging {
    struct avt_file_store *files;
    const char *kind;
    int64_t now_ms;
    size_t count;
};

/* Keys and records both have "expires_at"; one that cannot be read stays for a person to look at.
 */
static void purge_one(const char *id, void *user)
{
    struct purging *purging = user;
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    AVT_CLEANUP(avt_freep) char *path = record_path(purging->files, purging->kind, id);
    int64_t expires_ms = 0;
    if (avt_file_read_json(purging->files, path, AVT_FILE_RECORD_BYTES_MAX, &json, NULL) !=
            AVT_OK ||
        !read_time(json, "expires_at", &expires_ms) || expires_ms == 0 ||
        expires_ms > purging->now_ms)
        return;
    avt_file_stage_remove(purging->files, AVT_TAKE(path));
    purging->count++;
}

enum avt_code avt_file_purge(void *impl, int64_t now_ms, size_t *ret_count,
                             struct avt_error *reterr)
{
    struct avt_file_store *files = impl;
    struct purging purging = {.files = files, .now_ms = now_ms};
    AVT_CLEANUP(avt_freep) char *records = avt_path_join(files->storage, "records");
    (void)reterr;
    DIR *dir = opendir(records);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        purging.kind = entry->d_name;
        each_id(files, entry->d_name, purge_one, &purging);
    }
    if (dir)
        closedir(dir);
    *ret_count = purging.count;
    return AVT_OK;
}
