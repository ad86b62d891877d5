/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Between the files of the store that is a folder of JSON files:
 *
 *   jobs/<id>.json            the job as avt_job_to_json(job, true), and "history": its events of type
 *                             "status", so that a change and its event are one rename
 *   jobs/<id>.progress.json   of a running job: what heartbeats say. Not synced, and only believed while
 *                             the token in it is the job's
 *   jobs/<id>.events.jsonl    other events, a line each
 *   records/<kind>/<id>.json  records; idempotency keys as kind "idempotency"
 *   jobs/.lock                held (flock) by whoever changes anything; has the last sequence given
 *   jobs/.changes             ids of changed jobs, a line each, so that other processes read these again
 *
 * A transaction writes new files beside the old ones and renames them all when it commits. The process
 * that dies in between leaves each file as it was or as it should be.
 */
#include "store/jobindex.h"

enum {
    AVT_FILE_JOB_BYTES_MAX = 16 << 20,
    AVT_FILE_RECORD_BYTES_MAX = 1 << 20,
    AVT_FILE_EVENTS_BYTES_MAX = 64 << 20,
    AVT_FILE_HISTORY_MAX = 1000,        /* events kept in a job's own file; the oldest go first */
    AVT_FILE_CHANGES_BYTES_MAX = 1 << 20, /* then .changes begins anew and everybody reads all again */
    AVT_FILE_RECORDS_MAX = 1000000,
    AVT_FILE_LINE_BYTES = AVT_JOB_ID_SIZE, /* of .changes: an id and a newline */
};
#define AVT_FILE_TEMPORARY ".tmp-" /* names of files that are not in place yet begin so */

/* A file that the transaction writes (temporary != NULL) or removes. */
struct avt_staged {
    char *path, *temporary;
    bool sync;
};

/* What the index keeps beside the head of a job. */
struct avt_file_more {
    int64_t last_event;  /* sequence */
    int64_t events_size; /* of .events.jsonl when it was counted; -1: not yet */
    int events_count;
};

struct avt_file_store {
    char *storage, *jobs; /* folders */
    struct avt_jobstore *store; /* to report to */
    struct avt_jobindex *index;
    int lock_fd, changes_fd;
    bool stale;          /* the index has to be read again */
    bool begun;
    int64_t sequence;    /* last one given; true while `begun` */
    int64_t largest;     /* sequence in the files when they were all read */
    int64_t generation;  /* of .changes, and how far it is read */
    int64_t changes_read;
    struct avt_staged *staged;
    size_t staged_count, staged_capacity;
    char (*changed)[AVT_JOB_ID_SIZE]; /* jobs of this transaction */
    size_t changed_count, changed_capacity;
};

/* jobstore_file.c */

/** "'path' cannot be <what>", as AVT_ENOSPACE or AVT_EIO. */
enum avt_code avt_file_failed(const char *path, const char *what, int errnum,
                              struct avt_error *reterr);
/** Hold jobs/.lock: LOCK_SH or LOCK_EX. AVT_EIO after half a minute. */
AVT_CHECKED enum avt_code avt_file_lock(struct avt_file_store *files, int how,
                                        struct avt_error *reterr);
void avt_file_unlock(struct avt_file_store *files);
/** What .lock says: last sequence and generation of .changes. */
void avt_file_read_counters(const struct avt_file_store *files, int64_t *ret_sequence,
                            int64_t *ret_generation);
void avt_file_write_counters(struct avt_file_store *files);
int64_t avt_file_changes_size(const struct avt_file_store *files);

/** Bring the index up to what other processes did. Outside a transaction too. */
AVT_CHECKED enum avt_code avt_file_refresh(struct avt_file_store *files, struct avt_error *reterr);
/** The same with the lock held, in whatever way. */
AVT_CHECKED enum avt_code avt_file_refresh_locked(struct avt_file_store *files,
                                                  struct avt_error *reterr);
enum avt_code avt_file_event_last(void *impl, int64_t *ret_sequence, struct avt_error *reterr);

/* jobstore_file_write.c */

enum avt_code avt_file_begin(void *impl, struct avt_error *reterr);
enum avt_code avt_file_commit(void *impl, struct avt_error *reterr);
void avt_file_rollback(void *impl);
/** Read `path`, or what the transaction is about to put there. AVT_ENOENT without a message. */
AVT_CHECKED enum avt_code avt_file_read_json(struct avt_file_store *files, const char *path,
                                             size_t size_max, json_t **ret_json,
                                             struct avt_error *reterr);
/** Put `json` at `path` (taken) when the transaction commits; on disk by then with `sync`. */
AVT_CHECKED enum avt_code avt_file_stage(struct avt_file_store *files, char *path,
                                         const json_t *json, bool sync, struct avt_error *reterr);
/** Remove `path` (taken) when the transaction commits. */
void avt_file_stage_remove(struct avt_file_store *files, char *path);
/** Wait until the names in a folder are on disk. */
void avt_file_sync_folder(const char *folder);
/** Other processes shall read that job again. */
void avt_file_mark_changed(struct avt_file_store *files, const char *id);

/* jobstore_file_jobs.c */

/** Read jobs/<id>.json into the index; what cannot be used is reported, and out of it. */
void avt_file_index_job(struct avt_file_store *files, const char *id);
/** jobs/<id><suffix>, owned. */
char *avt_file_job_path(const struct avt_file_store *files, const char *id, const char *suffix);
/** Write job and event, in a transaction; params and, without one in `job`, result stay as they are. */
AVT_CHECKED enum avt_code avt_file_write_job(struct avt_file_store *files,
                                             const struct avt_job *job, const json_t *event,
                                             struct avt_error *reterr);
enum avt_code avt_file_job_insert(void *impl, struct avt_job *job, const char *params_text,
                                  const json_t *event, struct avt_error *reterr);
enum avt_code avt_file_job_update(void *impl, const struct avt_job *job, const json_t *event,
                                  struct avt_error *reterr);
enum avt_code avt_file_job_remove(void *impl, const char *id, struct avt_error *reterr);
enum avt_code avt_file_job_load(void *impl, const char *id, bool documents, struct avt_job *ret_job,
                                struct avt_error *reterr);
enum avt_code avt_file_claim(void *impl, const struct avt_job_claim_options *options,
                             int64_t now_ms, struct avt_job *ret_job, struct avt_error *reterr);
enum avt_code avt_file_claimable(void *impl, const struct avt_job_claim_options *options,
                                 int64_t now_ms, bool *ret_found, struct avt_error *reterr);
enum avt_code avt_file_turn_back(void *impl, int64_t now_ms, struct avt_error *reterr);
enum avt_code avt_file_lost(void *impl, const struct avt_lease_query *query,
                            char ret_ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE], size_t *ret_count,
                            struct avt_error *reterr);
enum avt_code avt_file_count(void *impl, const char *owner, unsigned statuses,
                             long long *ret_count, struct avt_error *reterr);
enum avt_code avt_file_list(void *impl, const struct avt_job_filter *filter, int64_t below,
                            struct avt_job *jobs, size_t *ret_count, struct avt_error *reterr);
enum avt_code avt_file_resolve(void *impl, const char *prefix, const char *owner,
                               char ret_ids[2][AVT_JOB_ID_SIZE], size_t *ret_count,
                               struct avt_error *reterr);
enum avt_code avt_file_stats(void *impl, const char *owner, int64_t now_ms,
                             struct avt_job_stats *ret_stats, struct avt_error *reterr);
enum avt_code avt_file_position(void *impl, const struct avt_job *job, int64_t now_ms,
                                long long *ret_ahead, double *ret_estimate_s,
                                struct avt_error *reterr);

/* jobstore_file_events.c */

/** Sequence of the last event in jobs/<id>.events.jsonl; 0: none. */
int64_t avt_file_events_last(const struct avt_file_store *files, const char *id);
enum avt_code avt_file_event_add(void *impl, const char *job, const char *type, const json_t *data,
                                 int64_t now_ms, struct avt_error *reterr);
enum avt_code avt_file_events(void *impl, const char *job, int64_t after, size_t limit,
                              struct avt_job_event **ret_events, size_t *ret_count,
                              struct avt_error *reterr);

/* jobstore_file_records.c */

enum avt_code avt_file_idempotency_put(void *impl, const struct avt_idempotency_entry *entry,
                                       struct avt_error *reterr);
enum avt_code avt_file_idempotency_get(void *impl, const char *key,
                                       struct avt_idempotency_entry *ret_entry,
                                       struct avt_error *reterr);
enum avt_code avt_file_record_put(void *impl, const struct avt_record *record,
                                  struct avt_error *reterr);
enum avt_code avt_file_record_get(void *impl, const char *kind, const char *id,
                                  struct avt_record *ret_record, struct avt_error *reterr);
enum avt_code avt_file_record_list(void *impl, const struct avt_record_query *query, size_t limit,
                                   struct avt_record **ret_records, size_t *ret_count,
                                   struct avt_error *reterr);
enum avt_code avt_file_record_remove(void *impl, const char *kind, const char *id,
                                     struct avt_error *reterr);
enum avt_code avt_file_purge(void *impl, int64_t now_ms, size_t *ret_count,
                             struct avt_error *reterr);
