/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Between the files of the SQLite store: one connection, its prepared statements, and the one place where
 * what SQLite says becomes an enum avt_code and a sentence.
 */
#include <sqlite3.h>

#include "store/jobstore_ops.h"

enum {
    AVT_SQLITE_STATEMENTS_MAX = 96,
    AVT_SQLITE_LISTS = 32,
    AVT_SQLITE_SCHEMA_VERSION = 2,      /* PRAGMA user_version */
    AVT_SQLITE_APPLICATION = 0x41565430, /* PRAGMA application_id: "AVT0" */
};

struct avt_sqlite {
    sqlite3 *db;
    sqlite3_file *file; /* of the database, SQLite's own */
    bool wal;
    char *path;
    char *hidden_types; /* ",video_info,webhook,": what lists leave out */
    struct {
        const char *sql; /* a literal: found again by its address */
        sqlite3_stmt *stmt;
    } statements[AVT_SQLITE_STATEMENTS_MAX];
    sqlite3_stmt *lists[AVT_SQLITE_LISTS]; /* one per set of conditions */
    int64_t busy_since_ms;   /* monotonic; of the lock that is waited for */
};

/** Code and sentence for the last error on the connection. */
enum avt_code avt_sqlite_fail(struct avt_sqlite *sqlite, struct avt_error *reterr);
/** A row that this program cannot have written. */
enum avt_code avt_sqlite_damaged(struct avt_sqlite *sqlite, const char *what,
                                 struct avt_error *reterr);
/** The file system magic of statfs() is one whose locks or memory maps cannot be relied on. */
bool avt_sqlite_network_magic(long magic);
/** Databases in WAL mode are safe with several connections in this SQLite (sqlite3_libversion_number). */
bool avt_sqlite_wal_safe(int version);

/**
 * A prepared statement with its parameters bound, borrowed: avt_sqlite_resetp() it. `types` has a letter
 * per parameter: t = const char * (NULL is NULL), i = int64_t, r = double. `sql` is a literal.
 */
AVT_CHECKED enum avt_code avt_sqlite_prepare(struct avt_sqlite *sqlite, sqlite3_stmt **ret_stmt,
                                             struct avt_error *reterr, const char *sql,
                                             const char *types, ...);
/** *ret_row: there is a row to read; false at the end. */
AVT_CHECKED enum avt_code avt_sqlite_step(struct avt_sqlite *sqlite, sqlite3_stmt *stmt,
                                          bool *ret_row, struct avt_error *reterr);
/** Prepare, step to the end, reset. */
AVT_CHECKED enum avt_code avt_sqlite_run(struct avt_sqlite *sqlite, struct avt_error *reterr,
                                         const char *sql, const char *types, ...);
/** One row of one integer. */
AVT_CHECKED enum avt_code avt_sqlite_integer(struct avt_sqlite *sqlite, int64_t *ret_value,
                                             struct avt_error *reterr, const char *sql,
                                             const char *types, ...);
/** For AVT_CLEANUP on a borrowed statement. */
void avt_sqlite_resetp(sqlite3_stmt **stmt);
/** Copy a text column into a field; false if it does not fit or is NULL. */
bool avt_sqlite_text(sqlite3_stmt *stmt, int column, char *ret_text, size_t size);
/** A column of JSON that is an object; NULL if it is none. New reference. */
json_t *avt_sqlite_object(sqlite3_stmt *stmt, int column);

/** Bring the schema from what it is to `version`, in one transaction. @return AVT_OK, AVT_EFORMAT (newer
 *  than that; another program's), or what SQLite says. */
AVT_CHECKED enum avt_code avt_sqlite_migrate(struct avt_sqlite *sqlite, int version,
                                             struct avt_error *reterr);

/* jobstore_sqlite_jobs.c */
enum avt_code avt_sqlite_job_insert(void *impl, struct avt_job *job, const char *params_text,
                                    const json_t *event, struct avt_error *reterr);
enum avt_code avt_sqlite_job_update(void *impl, const struct avt_job *job, const json_t *event,
                                    struct avt_error *reterr);
enum avt_code avt_sqlite_job_remove(void *impl, const char *id, struct avt_error *reterr);
enum avt_code avt_sqlite_job_load(void *impl, const char *id, bool documents,
                                  struct avt_job *ret_job, struct avt_error *reterr);
enum avt_code avt_sqlite_claim(void *impl, const struct avt_job_claim_options *options,
                               int64_t now_ms, struct avt_job *ret_job, struct avt_error *reterr);
enum avt_code avt_sqlite_claimable(void *impl, const struct avt_job_claim_options *options,
                                   int64_t now_ms, bool *ret_found, struct avt_error *reterr);
enum avt_code avt_sqlite_turn_back(void *impl, int64_t now_ms, struct avt_error *reterr);
enum avt_code avt_sqlite_lost(void *impl, const struct avt_lease_query *query,
                              char ret_ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE], size_t *ret_count,
                              struct avt_error *reterr);
/** A row of the columns AVT_SQLITE_JOB, then (with `documents`) params and result. */
enum avt_code avt_sqlite_read_job(struct avt_sqlite *sqlite, sqlite3_stmt *stmt, bool documents,
                                  struct avt_job *ret_job, struct avt_error *reterr);
#define AVT_SQLITE_JOB                                                                             \
    "sequence, id, type, status, owner, short_work, priority, run_at_ms, created_ms, started_ms, "  \
    "finished_ms, updated_ms, attempt, attempts_max, rescues, progress, stage, stages_completed, "  \
    "cancel_requested, lease_owner, lease_until_ms, lease_token, error_code, error_stage, "         \
    "error_message, estimate_s, stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, request_id, "  \
    "webhook_url"

/* jobstore_sqlite_questions.c */
enum avt_code avt_sqlite_count(void *impl, const char *owner, unsigned statuses,
                               long long *ret_count, struct avt_error *reterr);
enum avt_code avt_sqlite_list(void *impl, const struct avt_job_filter *filter, int64_t below,
                              struct avt_job *jobs, size_t *ret_count, struct avt_error *reterr);
enum avt_code avt_sqlite_resolve(void *impl, const char *prefix, const char *owner,
                                 char ret_ids[2][AVT_JOB_ID_SIZE], size_t *ret_count,
                                 struct avt_error *reterr);
enum avt_code avt_sqlite_stats(void *impl, const char *owner, int64_t now_ms,
                               struct avt_job_stats *ret_stats, struct avt_error *reterr);
enum avt_code avt_sqlite_position(void *impl, const struct avt_job *job, int64_t now_ms,
                                  long long *ret_ahead, double *ret_estimate_s,
                                  struct avt_error *reterr);

/* jobstore_sqlite_records.c */
enum avt_code avt_sqlite_event_add(void *impl, const char *job, const char *type,
                                   const json_t *data, int64_t now_ms, struct avt_error *reterr);
/** Without looking at the limit; the sequence it got. */
enum avt_code avt_sqlite_event_write(struct avt_sqlite *sqlite, const char *job, const char *type,
                                     const json_t *data, int64_t now_ms, int64_t *ret_sequence,
                                     struct avt_error *reterr);
enum avt_code avt_sqlite_events(void *impl, const char *job, int64_t after, size_t limit,
                                struct avt_job_event **ret_events, size_t *ret_count,
                                struct avt_error *reterr);
enum avt_code avt_sqlite_event_last(void *impl, int64_t *ret_sequence, struct avt_error *reterr);
enum avt_code avt_sqlite_idempotency_put(void *impl, const struct avt_idempotency_entry *entry,
                                         struct avt_error *reterr);
enum avt_code avt_sqlite_idempotency_get(void *impl, const char *key,
                                         struct avt_idempotency_entry *ret_entry,
                                         struct avt_error *reterr);
enum avt_code avt_sqlite_record_put(void *impl, const struct avt_record *record,
                                    struct avt_error *reterr);
enum avt_code avt_sqlite_record_get(void *impl, const char *kind, const char *id,
                                    struct avt_record *ret_record, struct avt_error *reterr);
enum avt_code avt_sqlite_record_list(void *impl, const struct avt_record_query *query,
                                     size_t limit, struct avt_record **ret_records,
                                     size_t *ret_count, struct avt_error *reterr);
enum avt_code avt_sqlite_record_remove(void *impl, const char *kind, const char *id,
                                       struct avt_error *reterr);
enum avt_code avt_sqlite_purge(void *impl, int64_t now_ms, size_t *ret_count,
                               struct avt_error *reterr);
