/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job store that is gone when its handle is closed: for tests, and the model that the others are
 * compared with. Nothing in it can fail half-way, so transactions need no undoing.
 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/jobindex.h"

struct memory {
    struct avt_jobindex *jobs;    /* head->more is the whole struct avt_job */
    struct avt_job_event *events; /* by sequence */
    size_t event_count, event_capacity;
    struct avt_record *records;
    size_t record_count, record_capacity;
    struct avt_idempotency_entry *keys;
    size_t key_count, key_capacity;
    int64_t sequence; /* the last one given */
};

/* Room for one more element in an array of ours. */
#define GROW(array, count, capacity)                                                               \
    do {                                                                                           \
        if ((count) == (capacity)) {                                                               \
            (capacity) = (capacity) ? (capacity)*2 : 16;                                           \
            (array) = avt_realloc((array), (capacity), sizeof(*(array)));                          \
        }                                                                                          \
    } while (0)

static void free_job(void *more)
{
    avt_job_done(more);
    avt_free(more);
}

static enum avt_code memory_open(const struct avt_jobstore_options *options,
                                 struct avt_jobstore *store, void **ret_impl,
                                 struct avt_error *reterr)
{
    (void)options;
    (void)store;
    (void)reterr;
    struct memory *memory = avt_new0(struct memory, 1);
    memory->jobs = avt_jobindex_new(free_job);
    *ret_impl = memory;
    return AVT_OK;
}

static void memory_close(void *impl)
{
    struct memory *memory = impl;
    avt_jobindex_free(memory->jobs);
    for (size_t i = 0; i < memory->event_count; i++)
        json_decref(memory->events[i].data);
    for (size_t i = 0; i < memory->record_count; i++)
        avt_record_done(&memory->records[i]);
    avt_free(memory->events);
    avt_free(memory->records);
    avt_free(memory->keys);
    avt_free(memory);
}

static enum avt_code memory_backup(void *impl, const char *folder, struct avt_error *reterr)
{
    (void)impl;
    (void)folder;
    return avt_fail(reterr, AVT_EUNSUPPORTED, "a store in memory cannot be copied to a folder");
}

static enum avt_code memory_begin(void *impl, struct avt_error *reterr)
{
    (void)impl;
    (void)reterr;
    return AVT_OK;
}

static void memory_rollback(void *impl)
{
    (void)impl;
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static void add_event(struct memory *memory, const char *job, const char *type, const json_t *data,
                      int64_t at_ms)
{
    GROW(memory->events, memory->event_count, memory->event_capacity);
    struct avt_job_event *event = &memory->events[memory->event_count++];
    *event = (struct avt_job_event){.sequence = ++memory->sequence, .at_ms = at_ms};
    memcpy(event->job, job, strlen(job) + 1);
    memcpy(event->type, type, strlen(type) + 1);
    event->data = json_deep_copy(data);
}

static void put_job(struct memory *memory, const struct avt_job *job)
{
    struct avt_job *copy = avt_new0(struct avt_job, 1);
    avt_job_copy(job, copy); /* before the old one goes: it may share its documents */
    struct avt_job_head *head = avt_jobindex_put(memory->jobs, job);
    if (head->more)
        free_job(AVT_TAKE(head->more));
    head->more = copy;
}

static enum avt_code memory_job_insert(void *impl, struct avt_job *job, const char *params_text,
                                       const json_t *event, struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)params_text;
    (void)reterr;
    add_event(memory, job->id, "status", event, job->updated_ms);
    job->sequence = memory->sequence;
    put_job(memory, job);
    return AVT_OK;
}

static enum avt_code memory_job_update(void *impl, const struct avt_job *job, const json_t *event,
                                       struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    struct avt_job *old = avt_jobindex_find(memory->jobs, job->id)->more;
    struct avt_job merged = *job;
    merged.params = old->params;
    merged.result = job->result ? job->result : old->result;
    put_job(memory, &merged);
    if (event)
        add_event(memory, job->id, "status", event, job->updated_ms);
    return AVT_OK;
}

static enum avt_code memory_job_remove(void *impl, const char *id, struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    size_t kept = 0;
    for (size_t i = 0; i < memory->event_count; i++) {
        if (avt_str_equal(memory->events[i].job, id))
            json_decref(memory->events[i].data);
        else
            memory->events[kept++] = memory->events[i];
    }
    memory->event_count = kept;
    kept = 0;
    for (size_t i = 0; i < memory->key_count; i++)
        if (!avt_str_equal(memory->keys[i].job, id))
            memory->keys[kept++] = memory->keys[i];
    memory->key_count = kept;
    avt_jobindex_remove(memory->jobs, id);
    return AVT_OK;
}

static enum avt_code memory_job_load(void *impl, const char *id, bool documents,
                                     struct avt_job *ret_job, struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    struct avt_job_head *head = avt_jobindex_find(memory->jobs, id);
    if (!head)
        return AVT_ENOENT;
    if (documents) {
        avt_job_copy(head->more, ret_job);
    } else {
        *ret_job = *(struct avt_job *)head->more;
        ret_job->params = ret_job->result = NULL;
    }
    return AVT_OK;
}

static enum avt_code memory_claim(void *impl, const struct avt_job_claim_options *options,
                                  int64_t now_ms, struct avt_job *ret_job, struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    struct avt_job_head *head = avt_jobindex_next(memory->jobs, options, now_ms);
    if (!head)
        return AVT_ENOENT;
    struct avt_job *job = head->more;
    avt_job_set_claimed(job, options, now_ms);
    (void)avt_jobindex_put(memory->jobs, job);
    AVT_CLEANUP(avt_json_decrefp) json_t *event = avt_job_status_event(job);
    add_event(memory, job->id, "status", event, now_ms);
    avt_job_copy(job, ret_job);
    return AVT_OK;
}

static enum avt_code memory_claimable(void *impl, const struct avt_job_claim_options *options,
                                      int64_t now_ms, bool *ret_found, struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    *ret_found = avt_jobindex_next(memory->jobs, options, now_ms) != NULL;
    return AVT_OK;
}

static enum avt_code memory_turn_back(void *impl, int64_t now_ms, struct avt_error *reterr)
{
    struct memory *memory = impl;
    size_t count;
    struct avt_job_head *const *heads = avt_jobindex_all(memory->jobs, &count);
    (void)reterr;
    int64_t furthest_ms = avt_jobindex_furthest(memory->jobs);
    for (size_t i = 0; i < count; i++) {
        struct avt_job *job = heads[i]->more;
        if (!avt_jobindex_is_ahead(heads[i], now_ms))
            continue;
        avt_job_turn_back(job, now_ms, furthest_ms);
        (void)avt_jobindex_put(memory->jobs, job);
    }
    return AVT_OK;
}

static enum avt_code memory_lost(void *impl, const struct avt_lease_query *query,
                                 char ret_ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE], size_t *ret_count,
                                 struct avt_error *reterr)
{
    (void)reterr;
    *ret_count = avt_jobindex_lost(((struct memory *)impl)->jobs, query, ret_ids);
    return AVT_OK;
}

static enum avt_code memory_count(void *impl, const char *owner, unsigned statuses,
                                  long long *ret_count, struct avt_error *reterr)
{
    (void)reterr;
    *ret_count = avt_jobindex_count(((struct memory *)impl)->jobs, owner, statuses);
    return AVT_OK;
}

static enum avt_code memory_list(void *impl, const struct avt_job_filter *filter, int64_t below,
                                 struct avt_job *jobs, size_t *ret_count, struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    AVT_CLEANUP(avt_freep)
    struct avt_job_head **heads = avt_new0(struct avt_job_head *, filter->limit);
    *ret_count = avt_jobindex_page(memory->jobs, filter, below, heads, filter->limit);
    for (size_t i = 0; i < *ret_count; i++)
        avt_job_copy(heads[i]->more, &jobs[i]);
    return AVT_OK;
}

static enum avt_code memory_resolve(void *impl, const char *prefix, const char *owner,
                                    char ret_ids[2][AVT_JOB_ID_SIZE], size_t *ret_count,
                                    struct avt_error *reterr)
{
    (void)reterr;
    *ret_count = avt_jobindex_resolve(((struct memory *)impl)->jobs, prefix, owner, ret_ids);
    return AVT_OK;
}

static enum avt_code memory_stats(void *impl, const char *owner, int64_t now_ms,
                                  struct avt_job_stats *ret_stats, struct avt_error *reterr)
{
    (void)reterr;
    avt_jobindex_stats(((struct memory *)impl)->jobs, owner, now_ms, ret_stats);
    return AVT_OK;
}

static enum avt_code memory_position(void *impl, const struct avt_job *job, int64_t now_ms,
                                     long long *ret_ahead, double *ret_estimate_s,
                                     struct avt_error *reterr)
{
    (void)reterr;
    avt_jobindex_position(((struct memory *)impl)->jobs, job, now_ms, ret_ahead, ret_estimate_s);
    return AVT_OK;
}

/* ---- events ---------------------------------------------------------------------------------- */

static enum avt_code memory_event_add(void *impl, const char *job, const char *type,
                                      const json_t *data, int64_t now_ms, struct avt_error *reterr)
{
    struct memory *memory = impl;
    size_t count = 0;
    for (size_t i = 0; i < memory->event_count; i++)
        count += avt_str_equal(memory->events[i].job, job);
    if (count >= AVT_JOBSTORE_EVENTS_MAX)
        return avt_job_events_full(job, reterr);
    add_event(memory, job, type, data, now_ms);
    return AVT_OK;
}

static enum avt_code memory_events(void *impl, const char *job, int64_t after, size_t limit,
                                   struct avt_job_event **ret_events, size_t *ret_count,
                                   struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    struct avt_job_event *events = avt_new0(struct avt_job_event, limit);
    size_t count = 0;
    for (size_t i = 0; i < memory->event_count && count < limit; i++) {
        const struct avt_job_event *event = &memory->events[i];
        if (event->sequence <= after || (job && !avt_str_equal(event->job, job)))
            continue;
        events[count] = *event;
        events[count++].data = json_deep_copy(event->data);
    }
    *ret_events = events;
    *ret_count = count;
    return AVT_OK;
}

static enum avt_code memory_event_last(void *impl, int64_t *ret_sequence, struct avt_error *reterr)
{
    (void)reterr;
    *ret_sequence = ((struct memory *)impl)->sequence;
    return AVT_OK;
}

/* ---- idempotency keys and records ---------------------------------------------------------------
 */

static enum avt_code memory_idempotency_put(void *impl, const struct avt_idempotency_entry *entry,
                                            struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    for (size_t i = 0; i < memory->key_count; i++) {
        if (avt_str_equal(memory->keys[i].key, entry->key)) {
            memory->keys[i] = *entry;
            return AVT_OK;
        }
    }
    GROW(memory->keys, memory->key_count, memory->key_capacity);
    memory->keys[memory->key_count++] = *entry;
    return AVT_OK;
}

static enum avt_code memory_idempotency_get(void *impl, const char *key,
                                            struct avt_idempotency_entry *ret_entry,
                                            struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    for (size_t i = 0; i < memory->key_count; i++) {
        if (avt_str_equal(memory->keys[i].key, key)) {
            *ret_entry = memory->keys[i];
            return AVT_OK;
        }
    }
    return AVT_ENOENT;
}

static struct avt_record *find_record(struct memory *memory, const char *kind, const char *id)
{
    for (size_t i = 0; i < memory->record_count; i++)
        if (avt_str_equal(memory->records[i].kind, kind) &&
            avt_str_equal(memory->records[i].id, id))
            return &memory->records[i];
    return NULL;
}

static struct avt_record copy_record(const struct avt_record *record)
{
    struct avt_record copy = *record;
    copy.data = json_deep_copy(record->data);
    return copy;
}

static enum avt_code memory_record_put(void *impl, const struct avt_record *record,
                                       struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    struct avt_record *place = find_record(memory, record->kind, record->id);
    if (place) {
        avt_record_done(place);
    } else {
        GROW(memory->records, memory->record_count, memory->record_capacity);
        place = &memory->records[memory->record_count++];
    }
    *place = copy_record(record);
    return AVT_OK;
}

static enum avt_code memory_record_get(void *impl, const char *kind, const char *id,
                                       struct avt_record *ret_record, struct avt_error *reterr)
{
    (void)reterr;
    struct avt_record *record = find_record(impl, kind, id);
    if (!record)
        return AVT_ENOENT;
    *ret_record = copy_record(record);
    return AVT_OK;
}

static enum avt_code memory_record_list(void *impl, const struct avt_record_query *query,
                                        size_t limit, struct avt_record **ret_records,
                                        size_t *ret_count, struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    struct avt_record *records = avt_new0(struct avt_record, memory->record_count);
    size_t count = 0;
    for (size_t i = 0; i < memory->record_count; i++) {
        const struct avt_record *record = &memory->records[i];
        if (avt_str_equal(record->kind, query->kind) && avt_record_asked_for(record, query))
            records[count++] = copy_record(record);
    }
    avt_records_sort(records, &count, limit);
    *ret_records = records;
    *ret_count = count;
    return AVT_OK;
}

static void drop_record(struct memory *memory, struct avt_record *record)
{
    avt_record_done(record);
    *record = memory->records[--memory->record_count];
}

static enum avt_code memory_record_remove(void *impl, const char *kind, const char *id,
                                          struct avt_error *reterr)
{
    (void)reterr;
    struct avt_record *record = find_record(impl, kind, id);
    if (!record)
        return AVT_ENOENT;
    drop_record(impl, record);
    return AVT_OK;
}

static enum avt_code memory_purge(void *impl, int64_t now_ms, size_t *ret_count,
                                  struct avt_error *reterr)
{
    struct memory *memory = impl;
    (void)reterr;
    *ret_count = memory->record_count + memory->key_count;
    for (size_t i = memory->record_count; i-- > 0;)
        if (memory->records[i].expires_ms && memory->records[i].expires_ms <= now_ms)
            drop_record(memory, &memory->records[i]);
    for (size_t i = memory->key_count; i-- > 0;)
        if (memory->keys[i].expires_ms <= now_ms)
            memory->keys[i] = memory->keys[--memory->key_count];
    *ret_count -= memory->record_count + memory->key_count;
    return AVT_OK;
}

const struct avt_jobstore_ops avt_jobstore_memory = {
    .kind = "memory",
    .open = memory_open,
    .close = memory_close,
    .backup = memory_backup,
    .begin = memory_begin,
    .commit = memory_begin,
    .rollback = memory_rollback,
    .job_insert = memory_job_insert,
    .job_update = memory_job_update,
    .job_remove = memory_job_remove,
    .claim = memory_claim,
    .turn_back = memory_turn_back,
    .event_add = memory_event_add,
    .idempotency_put = memory_idempotency_put,
    .record_put = memory_record_put,
    .record_remove = memory_record_remove,
    .purge = memory_purge,
    .job_load = memory_job_load,
    .claimable = memory_claimable,
    .lost = memory_lost,
    .count = memory_count,
    .list = memory_list,
    .resolve = memory_resolve,
    .stats = memory_stats,
    .position = memory_position,
    .events = memory_events,
    .event_last = memory_event_last,
    .idempotency_get = memory_idempotency_get,
    .record_get = memory_record_get,
    .record_list = memory_record_list,
};
