/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/thread.h"
#include "store/jobstore_ops.h"

enum { EVENTS_LIMIT = 10000, RECORDS_LIMIT = 100000 };

/* ---- events -----------------------------------------------------------------------------------
 */

static bool type_valid(const char *type)
{
    size_t size = strspn(type, "abcdefghijklmnopqrstuvwxyz_");
    return size > 0 && type[size] == '\0' && size < sizeof(((struct avt_job_event *)0)->type);
}

enum avt_code avt_jobstore_event_add(struct avt_jobstore *store, const char *job, const char *type,
                                     json_t *data, struct avt_error *reterr)
{
    int64_t now_ms;
    struct avt_job found = {0};
    if (!type_valid(type) || !json_is_object(data))
        return avt_fail(reterr, AVT_EINVAL, "an event has a type of small letters and an object");
    if (json_dumpb(data, NULL, 0, JSON_COMPACT) > AVT_JOBSTORE_EVENT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "an event has at most %d bytes",
                        AVT_JOBSTORE_EVENT_BYTES_MAX);
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    code = avt_job_id_valid(job) ? store->ops->job_load(store->impl, job, false, &found, reterr)
                                 : AVT_ENOENT;
    if (code == AVT_ENOENT)
        code = avt_fail(reterr, code, "there is no job '%.*s'", AVT_JOB_ID_SIZE, job);
    if (code == AVT_OK)
        code = store->ops->event_add(store->impl, job, type, data, now_ms, reterr);
    return avt_jobstore_end(store, code, reterr);
}

enum avt_code avt_jobstore_events(struct avt_jobstore *store, const char *job, int64_t after,
                                  size_t limit, struct avt_job_event **ret_events,
                                  size_t *ret_count, struct avt_error *reterr)
{
    if (limit < 1 || limit > EVENTS_LIMIT || (job && !avt_job_id_valid(job)))
        return avt_fail(reterr, AVT_EINVAL, "events are asked for by a job's id, 1 to %d at a time",
                        EVENTS_LIMIT);
    avt_mutex_lock(store->lock);
    enum avt_code code =
        store->ops->events(store->impl, job, after, limit, ret_events, ret_count, reterr);
    avt_mutex_unlock(store->lock);
    return code;
}

enum avt_code avt_jobstore_event_last(struct avt_jobstore *store, int64_t *ret_sequence,
                                      struct avt_error *reterr)
{
    avt_mutex_lock(store->lock);
    enum avt_code code = store->ops->event_last(store->impl, ret_sequence, reterr);
    avt_mutex_unlock(store->lock);
    return code;
}

/* ---- records ----------------------------------------------------------------------------------
 */

/* Both become parts of paths. */
static bool kind_valid(const char *kind)
{
    size_t size = strspn(kind, "abcdefghijklmnopqrstuvwxyz_");
    return size > 0 && kind[size] == '\0' && size < sizeof(((struct avt_record *)0)->kind);
}

static bool id_valid(const char *id)
{
    size_t size = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-");
    return size > 0 && id[size] == '\0' && id[0] != '.' && size < AVT_RECORD_ID_SIZE;
}

static enum avt_code no_record(const char *kind, const char *id, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOENT, "there is no %.15s '%.63s'", kind, id);
}

enum avt_code avt_jobstore_record_put(struct avt_jobstore *store, const struct avt_record *record,
                                      struct avt_error *reterr)
{
    int64_t now_ms;
    struct avt_record new = *record, old = {0};
    if (!kind_valid(record->kind) || !id_valid(record->id) || !avt_job_owner_valid(record->owner) ||
        !json_is_object(record->data) || record->expires_ms < 0 || record->created_ms < 0)
        return avt_fail(reterr, AVT_EINVAL,
                        "the record '%.63s' has a kind, id, owner or time that cannot be",
                        record->id);
    if (json_dumpb(record->data, NULL, 0, JSON_COMPACT) > AVT_RECORD_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the record '%s' has more than the %d bytes allowed",
                        record->id, AVT_RECORD_BYTES_MAX);
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    if (new.created_ms == 0)
        new.created_ms = now_ms;
    new.updated_ms = now_ms;
    code = store->ops->record_get(store->impl, record->kind, record->id, &old, reterr);
    if (code == AVT_OK)
        new.created_ms = old.created_ms;
    avt_record_done(&old);
    if (code == AVT_OK || code == AVT_ENOENT)
        code = store->ops->record_put(store->impl, &new, reterr);
    return avt_jobstore_end(store, code, reterr);
}

enum avt_code avt_jobstore_record_get(struct avt_jobstore *store, const char *kind, const char *id,
                                      const char *owner, struct avt_record *ret_record,
                                      struct avt_error *reterr)
{
    struct avt_record record = {0};
    if (!kind_valid(kind) || !id_valid(id))
        return no_record(kind, id, reterr);
    avt_mutex_lock(store->lock);
    enum avt_code code = store->ops->record_get(store->impl, kind, id, &record, reterr);
    bool visible = code == AVT_OK && avt_record_visible(&record, owner, avt_jobstore_now_ms(store));
    avt_mutex_unlock(store->lock);
    if (code != AVT_OK && code != AVT_ENOENT)
        return code;
    if (!visible) {
        avt_record_done(&record);
        return no_record(kind, id, reterr);
    }
    *ret_record = record;
    return AVT_OK;
}

enum avt_code avt_jobstore_record_list(struct avt_jobstore *store, const char *kind,
                                       const char *owner, size_t limit,
                                       struct avt_record **ret_records, size_t *ret_count,
                                       struct avt_error *reterr)
{
    return avt_jobstore_record_page(store, kind, owner, NULL, limit, ret_records, ret_count, reterr);
}

enum avt_code avt_jobstore_record_page(struct avt_jobstore *store, const char *kind,
                                       const char *owner, const struct avt_record_mark *mark,
                                       size_t limit, struct avt_record **ret_records,
                                       size_t *ret_count, struct avt_error *reterr)
{
    static const struct avt_record_mark first = {.created_ms = INT64_MAX};
    struct avt_record_query query = {.kind = kind, .owner = owner, .mark = mark ? *mark : first};
    if (!kind_valid(kind) || limit < 1 || limit > RECORDS_LIMIT)
        return avt_fail(reterr, AVT_EINVAL, "records are listed by kind, 1 to %d at a time",
                        RECORDS_LIMIT);
    avt_mutex_lock(store->lock);
    query.now_ms = avt_jobstore_now_ms(store);
    enum avt_code code =
        store->ops->record_list(store->impl, &query, limit, ret_records, ret_count, reterr);
    avt_mutex_unlock(store->lock);
    return code;
}

enum avt_code avt_jobstore_record_delete(struct avt_jobstore *store, const char *kind,
                                         const char *id, const char *owner,
                                         struct avt_error *reterr)
{
    int64_t now_ms;
    struct avt_record record = {0};
    if (!kind_valid(kind) || !id_valid(id))
        return no_record(kind, id, reterr);
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    code = store->ops->record_get(store->impl, kind, id, &record, reterr);
    if (code == AVT_ENOENT || (code == AVT_OK && owner && !avt_str_equal(record.owner, owner)))
        code = no_record(kind, id, reterr);
    avt_record_done(&record);
    if (code == AVT_OK)
        code = store->ops->record_remove(store->impl, kind, id, reterr);
    return avt_jobstore_end(store, code, reterr);
}

enum avt_code avt_jobstore_purge(struct avt_jobstore *store, size_t *ret_count,
                                 struct avt_error *reterr)
{
    int64_t now_ms;
    size_t count = 0;
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    code = store->ops->purge(store->impl, now_ms, &count, reterr);
    code = avt_jobstore_end(store, code, reterr);
    if (code == AVT_OK && ret_count)
        *ret_count = count;
    return code;
}
