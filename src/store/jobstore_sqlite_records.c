/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "store/jobstore_sqlite.h"

/* ---- events ---------------------------------------------------------------------------------- */

enum avt_code avt_sqlite_event_write(struct avt_sqlite *sqlite, const char *job, const char *type,
                                     const json_t *data, int64_t now_ms, int64_t *ret_sequence,
                                     struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = json_dumps(data, JSON_COMPACT);
    avt_assert(text);
    enum avt_code code = avt_sqlite_run(
        sqlite, reterr, "INSERT INTO event (job, at_ms, type, data) VALUES (?1, ?2, ?3, ?4)",
        "titt", job, now_ms, type, text);
    if (code == AVT_OK)
        *ret_sequence = sqlite3_last_insert_rowid(sqlite->db);
    return code;
}

enum avt_code avt_sqlite_event_add(void *impl, const char *job, const char *type,
                                   const json_t *data, int64_t now_ms, struct avt_error *reterr)
{
    int64_t count = 0, sequence;
    enum avt_code code = avt_sqlite_integer(impl, &count, reterr,
                                            "SELECT count(*) FROM event WHERE job = ?1", "t", job);
    if (code != AVT_OK)
        return code;
    if (count >= AVT_JOBSTORE_EVENTS_MAX)
        return avt_job_events_full(job, reterr);
    return avt_sqlite_event_write(impl, job, type, data, now_ms, &sequence, reterr);
}

static bool read_event(sqlite3_stmt *stmt, struct avt_job_event *event)
{
    event->sequence = sqlite3_column_int64(stmt, 0);
    event->at_ms = sqlite3_column_int64(stmt, 1);
    event->data = avt_sqlite_object(stmt, 4);
    return event->data && avt_sqlite_text(stmt, 2, event->job, sizeof(event->job)) &&
           avt_sqlite_text(stmt, 3, event->type, sizeof(event->type));
}

enum avt_code avt_sqlite_events(void *impl, const char *job, int64_t after, size_t limit,
                                struct avt_job_event **ret_events, size_t *ret_count,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    size_t count = 0;
    enum avt_code code =
        job ? avt_sqlite_prepare(impl, &stmt, reterr,
                                 "SELECT sequence, at_ms, job, type, data FROM event"
                                 " WHERE job = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
                                 "tii", job, after, (int64_t)limit)
            : avt_sqlite_prepare(impl, &stmt, reterr,
                                 "SELECT sequence, at_ms, job, type, data FROM event"
                                 " WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
                                 "ii", after, (int64_t)limit);
    if (code != AVT_OK)
        return code;
    struct avt_job_event *events = avt_new0(struct avt_job_event, limit);
    while ((code = avt_sqlite_step(impl, stmt, &row, reterr)) == AVT_OK && row) {
        bool good = read_event(stmt, &events[count++]);
        if (!good) {
            code = avt_sqlite_damaged(impl, "an event in it is not as it was written", reterr);
            break;
        }
    }
    if (code != AVT_OK) {
        avt_job_events_done(events, count);
        return code;
    }
    *ret_events = events;
    *ret_count = count;
    return AVT_OK;
}

enum avt_code avt_sqlite_event_last(void *impl, int64_t *ret_sequence, struct avt_error *reterr)
{
    /* Not max(sequence): that one may have been deleted. */
    return avt_sqlite_integer(impl, ret_sequence, reterr,
                              "SELECT seq FROM sqlite_sequence WHERE name = 'event'", "");
}

/* ---- idempotency keys ------------------------------------------------------------------------ */

enum avt_code avt_sqlite_idempotency_put(void *impl, const struct avt_idempotency_entry *entry,
                                         struct avt_error *reterr)
{
    return avt_sqlite_run(
        impl, reterr,
        "INSERT OR REPLACE INTO idempotency (key, request_sha256, job, expires_ms)"
        " VALUES (?1, ?2, ?3, ?4)",
        "ttti", entry->key, entry->request_sha256, entry->job, entry->expires_ms);
}

enum avt_code avt_sqlite_idempotency_get(void *impl, const char *key,
                                         struct avt_idempotency_entry *ret_entry,
                                         struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    struct avt_idempotency_entry entry = {0};
    bool row = false;
    enum avt_code code = avt_sqlite_prepare(
        impl, &stmt, reterr,
        "SELECT key, request_sha256, job, expires_ms FROM idempotency WHERE key = ?1", "t", key);
    if (code == AVT_OK)
        code = avt_sqlite_step(impl, stmt, &row, reterr);
    if (code == AVT_OK && !row)
        return AVT_ENOENT;
    if (code != AVT_OK)
        return code;
    if (!avt_sqlite_text(stmt, 0, entry.key, sizeof(entry.key)) ||
        !avt_sqlite_text(stmt, 1, entry.request_sha256, sizeof(entry.request_sha256)) ||
        !avt_sqlite_text(stmt, 2, entry.job, sizeof(entry.job)))
        return avt_sqlite_damaged(impl, "an idempotency key in it is too long", reterr);
    entry.expires_ms = sqlite3_column_int64(stmt, 3);
    *ret_entry = entry;
    return AVT_OK;
}

/* ---- records --------------------------------------------------------------------------------- */

#define RECORD "kind, id, owner, created_ms, updated_ms, expires_ms, data"

enum avt_code avt_sqlite_record_put(void *impl, const struct avt_record *record,
                                    struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *text = json_dumps(record->data, JSON_COMPACT);
    if (!text)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the record '%s'", record->id);
    return avt_sqlite_run(
        impl, reterr,
        "INSERT INTO record (" RECORD ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT (kind, id) DO UPDATE SET owner = ?3, created_ms = ?4, updated_ms = ?5,"
        " expires_ms = ?6, data = ?7",
        "tttiiit", record->kind, record->id, record->owner, record->created_ms, record->updated_ms,
        record->expires_ms, text);
}

static enum avt_code read_record(struct avt_sqlite *sqlite, sqlite3_stmt *stmt,
                                 struct avt_record *ret_record, struct avt_error *reterr)
{
    struct avt_record record = {0};
    record.created_ms = sqlite3_column_int64(stmt, 3);
    record.updated_ms = sqlite3_column_int64(stmt, 4);
    record.expires_ms = sqlite3_column_int64(stmt, 5);
    record.data = avt_sqlite_object(stmt, 6);
    if (!record.data || !avt_sqlite_text(stmt, 0, record.kind, sizeof(record.kind)) ||
        !avt_sqlite_text(stmt, 1, record.id, sizeof(record.id)) ||
        !avt_sqlite_text(stmt, 2, record.owner, sizeof(record.owner))) {
        avt_record_done(&record);
        return avt_sqlite_damaged(sqlite, "a record in it is not as it was written", reterr);
    }
    *ret_record = record;
    return AVT_OK;
}

enum avt_code avt_sqlite_record_get(void *impl, const char *kind, const char *id,
                                    struct avt_record *ret_record, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    enum avt_code code = avt_sqlite_prepare(
        impl, &stmt, reterr, "SELECT " RECORD " FROM record WHERE kind = ?1 AND id = ?2", "tt",
        kind, id);
    if (code == AVT_OK)
        code = avt_sqlite_step(impl, stmt, &row, reterr);
    if (code != AVT_OK)
        return code;
    return row ? read_record(impl, stmt, ret_record, reterr) : AVT_ENOENT;
}

enum avt_code avt_sqlite_record_list(void *impl, const struct avt_record_query *query,
                                     size_t limit, struct avt_record **ret_records,
                                     size_t *ret_count, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_sqlite_resetp) sqlite3_stmt *stmt = NULL;
    bool row = false;
    size_t count = 0, capacity = 16;
    enum avt_code code =
        avt_sqlite_prepare(impl, &stmt, reterr,
                           "SELECT " RECORD " FROM record WHERE kind = ?1"
                           " AND (?2 IS NULL OR owner = ?2) AND (expires_ms = 0 OR expires_ms > ?3)"
                           " AND created_ms <= ?4 AND (created_ms < ?4 OR id > ?5)"
                           " ORDER BY created_ms DESC, id LIMIT ?6",
                           "ttiiti", query->kind, query->owner, query->now_ms,
                           query->mark.created_ms, query->mark.id, (int64_t)limit);
    if (code != AVT_OK)
        return code;
    struct avt_record *records = avt_new0(struct avt_record, capacity);
    while ((code = avt_sqlite_step(impl, stmt, &row, reterr)) == AVT_OK && row) {
        if (count == capacity) {
            capacity *= 2;
            records = avt_realloc(records, capacity, sizeof(*records));
        }
        code = read_record(impl, stmt, &records[count], reterr);
        if (code != AVT_OK)
            break;
        count++;
    }
    if (code != AVT_OK) {
        avt_records_done(records, count);
        return code;
    }
    *ret_records = records;
    *ret_count = count;
    return AVT_OK;
}

enum avt_code avt_sqlite_record_remove(void *impl, const char *kind, const char *id,
                                       struct avt_error *reterr)
{
    return avt_sqlite_run(impl, reterr, "DELETE FROM record WHERE kind = ?1 AND id = ?2", "tt",
                          kind, id);
}

enum avt_code avt_sqlite_purge(void *impl, int64_t now_ms, size_t *ret_count,
                               struct avt_error *reterr)
{
    struct avt_sqlite *sqlite = impl;
    size_t count = 0;
    enum avt_code code = avt_sqlite_run(
        sqlite, reterr, "DELETE FROM record WHERE expires_ms <> 0 AND expires_ms <= ?1", "i",
        now_ms);
    if (code == AVT_OK) {
        count += (size_t)sqlite3_changes(sqlite->db);
        code = avt_sqlite_run(sqlite, reterr, "DELETE FROM idempotency WHERE expires_ms <= ?1", "i",
                              now_ms);
    }
    if (code == AVT_OK)
        *ret_count = count + (size_t)sqlite3_changes(sqlite->db);
    return code;
}
