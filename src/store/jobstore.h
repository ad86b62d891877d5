/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Where jobs, their events, keys, uploads' and profiles' records live: `sqlite:` (default), `file:` (one
 * readable JSON file per job), `memory:` (for tests). One conformance suite runs on all of them
 * (tests/unit/store/test_jobstore.c). Made so that PostgreSQL fits: a claim is one statement, every
 * write of a worker carries the fencing token of its claim, and time is the store's own.
 *
 * Threads: one handle may be used by several threads. Processes: any number may have the same store open.
 * Every change is on disk when its call returns (progress by heartbeat excepted).
 */
#include "store/job.h"

struct avt_jobstore;

struct avt_jobstore_options {
    const char *storage; /* folder; made if missing, mode 0700 */
    const char *kind;    /* "sqlite", "file", "memory" */
    int64_t (*now_ms)(void *user); /* NULL: the system's clock. Tests set it. */
    void *user;
    long long queue_max; /* pending jobs at most; 0: AVT_JOBSTORE_QUEUE_MAX */
    /* Sentence about something damaged that was passed over, as a job file that cannot be read; may
     * come from any call. NULL: logged as a warning. */
    void (*report)(const char *sentence, void *user);
};

enum {
    AVT_JOBSTORE_QUEUE_MAX = 100000,
    AVT_JOBSTORE_EVENTS_MAX = 20000,              /* per job; more are refused */
    AVT_JOBSTORE_EVENT_BYTES_MAX = 64 << 10,
    AVT_IDEMPOTENCY_MS = 24 * 3600 * 1000,        /* how long a key is remembered */
    AVT_IDEMPOTENCY_KEY_MAX = 256,
    /* A step back of the clock by more than this is noticed and made good. */
    AVT_JOBSTORE_CLOCK_SLACK_MS = 1000,
};

/*
 * About the clock. It is the machine's, and may be set while jobs wait and run.
 * - Order never depends on it: lists and cursors go by a sequence that only grows, events too; the
 *   random part alone keeps ids apart.
 * - Set forwards: leases look over before they are. Such a job is taken from its worker and done again;
 *   the token makes the first worker's writes void, so nothing is done twice in effect or lost. It costs
 *   one of the rescues that a job has.
 * - Set back: jobs would wait, and lost leases stand, until the old time comes round. Every change
 *   stamps updated_ms, so a stamp that lies ahead of now tells how far the clock went back at least;
 *   a handle that sees time go back moves run_at_ms and lease_until_ms of those jobs back by as much.
 *   So a delay or a lease lasts at most once more what was left of it.
 */

/** Opens, and migrates an older schema. @return AVT_OK, AVT_EINVAL (unknown kind; SQLite on a network
 *  file system), AVT_EFORMAT (newer schema than this program knows, or damaged), AVT_EIO,
 *  AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_jobstore_open(const struct avt_jobstore_options *options,
                                            struct avt_jobstore **ret_store,
                                            struct avt_error *reterr);
void avt_jobstore_close(struct avt_jobstore *store);
AVT_DEFINE_FREEP(struct avt_jobstore, avt_jobstore_close)
int64_t avt_jobstore_now_ms(struct avt_jobstore *store);
/** A number that is another one after every change that is on disk, whoever made it; 0: this store cannot
 *  tell. Costs next to nothing and waits for nobody. What was read between two equal numbers can be kept
 *  for as long as the number stays the same. */
uint64_t avt_jobstore_version(struct avt_jobstore *store);
/** A consistent copy of the whole store (VACUUM INTO, or the files) into a new folder. */
AVT_CHECKED enum avt_code avt_jobstore_backup(struct avt_jobstore *store, const char *folder,
                                              struct avt_error *reterr);

/* ---- clients --------------------------------------------------------------------------------- */

/** Who asks: a job of another owner is as if it did not exist. NULL owner = everything (local, admin). */
struct avt_jobstore_idempotency {
    const char *key;        /* the client's, up to AVT_IDEMPOTENCY_KEY_MAX bytes; NULL = none */
    const char *scope;      /* route and key id */
    char request_sha256[65]; /* of the body: another body with the same key is refused */
};
/**
 * Store a new pending job. type, params, short_work, priority, run_at_ms (0 = now), attempts_max
 * (0 = AVT_JOB_ATTEMPTS_DEFAULT), owner, estimate_s, request_id, webhook_url are read from `job`; id, times
 * and status are filled in. The idempotency key is written in the same transaction; if it was used before
 * with the same request, *ret_replayed is set and `job` becomes the earlier one.
 * @return AVT_OK, AVT_EINVAL (key used with another request; a field out of its range), AVT_ELIMIT (more
 *         than queue_max pending; params too large), AVT_ENOSPACE, AVT_EIO.
 */
AVT_CHECKED enum avt_code avt_jobstore_submit(struct avt_jobstore *store, struct avt_job *job,
                                              const struct avt_jobstore_idempotency *idempotency,
                                              bool *ret_replayed, struct avt_error *reterr);
/** AVT_ENOENT if there is none, or not of this owner. */
AVT_CHECKED enum avt_code avt_jobstore_get(struct avt_jobstore *store, const char *id,
                                           const char *owner, struct avt_job *ret_job,
                                           struct avt_error *reterr);
/** The id that `prefix` (with or without "job-") begins. AVT_ENOENT, AVT_EINVAL (several). */
AVT_CHECKED enum avt_code avt_jobstore_resolve(struct avt_jobstore *store, const char *prefix,
                                               const char *owner, char ret_id[AVT_JOB_ID_SIZE],
                                               struct avt_error *reterr);

enum { AVT_JOB_LIST_MAX = 1000 };
struct avt_job_filter {
    const char *owner;   /* NULL: all */
    int status, type;    /* -1: any; of types, any that is listed: others only if named */
    int64_t since_ms;    /* created at or after; 0: any */
    int64_t finished_before_ms; /* only those that ended before; 0: any */
    char cursor[64];     /* "" = from the newest; else what the call before returned */
    size_t limit;        /* 1..AVT_JOB_LIST_MAX */
};
/** Newest first. The array and what the jobs hold is the caller's: avt_job_list_done().
 *  @param ret_cursor  Of the next page; "" at the end. AVT_EINVAL if filter->cursor is none of ours. */
AVT_CHECKED enum avt_code avt_jobstore_list(struct avt_jobstore *store,
                                            const struct avt_job_filter *filter,
                                            struct avt_job **ret_jobs, size_t *ret_count,
                                            char ret_cursor[64], struct avt_error *reterr);
void avt_job_list_done(struct avt_job *jobs, size_t count);

struct avt_job_stats {
    long long count[AVT_JOB_TYPE_COUNT][AVT_JOB_STATUS_COUNT];
    int64_t oldest_pending_ms;      /* created, of those whose time has come; 0 = none waits */
    double stage_mean_s[AVT_JOB_STAGES]; /* over the last 1,000 completed */
    double seconds_mean[AVT_JOB_TYPE_COUNT]; /* started to finished, same window */
    long long completed_last_hour;
    long long rescues;
};
AVT_CHECKED enum avt_code avt_jobstore_stats(struct avt_jobstore *store, const char *owner,
                                             struct avt_job_stats *ret_stats,
                                             struct avt_error *reterr);
/** Jobs pending or running of `owner` (NULL: of all): for limits on concurrent work. */
AVT_CHECKED enum avt_code avt_jobstore_active_count(struct avt_jobstore *store, const char *owner,
                                                    long long *ret_count,
                                                    struct avt_error *reterr);
/** Pending jobs that will be claimed before this one (webhooks aside), and the sum of their estimates.
 *  0 for a job that does not wait. */
AVT_CHECKED enum avt_code avt_jobstore_queue_position(struct avt_jobstore *store,
                                                      const struct avt_job *job,
                                                      long long *ret_ahead,
                                                      double *ret_estimate_ahead_s,
                                                      struct avt_error *reterr);
/** Pending: cancelled at once. Running: the flag is set; the worker ends it. Final: unchanged, AVT_OK.
 *  `ret_job` is the job after. */
AVT_CHECKED enum avt_code avt_jobstore_cancel(struct avt_jobstore *store, const char *id,
                                              const char *owner, struct avt_job *ret_job,
                                              struct avt_error *reterr);
/** Remove a job that is final, its events and idempotency entries; outputs are the caller's to remove
 *  first. AVT_ENOENT; AVT_EINVAL while it is pending or running. */
AVT_CHECKED enum avt_code avt_jobstore_delete(struct avt_jobstore *store, const char *id,
                                              const char *owner, struct avt_error *reterr);

/* ---- workers --------------------------------------------------------------------------------- */

struct avt_job_claim_options {
    const char *worker;   /* name, for lease_owner */
    int64_t lease_ms;
    bool short_only;      /* an interactive worker: jobs with short_work only */
    unsigned types;       /* bit per type this worker can do */
};
/** The next pending job whose time has come, by priority, then run_at, then id; AVT_ENOENT (no message)
 *  if none. It is running, attempt and lease_token are one higher. */
AVT_CHECKED enum avt_code avt_jobstore_claim(struct avt_jobstore *store,
                                             const struct avt_job_claim_options *options,
                                             struct avt_job *ret_job, struct avt_error *reterr);
/** Prolong the lease and store progress. AVT_ENOENT: the lease is lost, drop the work. *ret_cancel: the
 *  job is to be cancelled. To ask often is cheap: it is written when a quarter of the lease is over, or much
 *  has changed, so the lease lasts for at least three quarters of lease_ms from now. */
AVT_CHECKED enum avt_code avt_jobstore_heartbeat(struct avt_jobstore *store, const char *id,
                                                 int64_t token, int64_t lease_ms, int progress,
                                                 const char *stage, int stages_completed,
                                                 bool *ret_cancel, struct avt_error *reterr);
/** How a claim ended. AVT_ENOENT in all of them: the token is not the job's any more. `result` (an
 *  object or NULL) is borrowed; AVT_ELIMIT if it is larger than AVT_JOB_RESULT_BYTES_MAX. A job that was to
 *  be cancelled but is done all the same is completed. */
AVT_CHECKED enum avt_code avt_jobstore_complete(struct avt_jobstore *store, const char *id,
                                                int64_t token, json_t *result,
                                                const double stage_s[AVT_JOB_STAGES],
                                                struct avt_error *reterr);
/** retry_after_ms > 0: back to pending for that long (a fault that may pass), unless attempts are used up (of a
 *  full disk AVT_JOB_ATTEMPTS_MAX, about two hours), those not counted that ended in a rescue; 0: failed for
 *  good. *ret_failed: it is final now. One that was to be cancelled is cancelled instead of going back. */
AVT_CHECKED enum avt_code avt_jobstore_fail(struct avt_jobstore *store, const char *id,
                                            int64_t token, const struct avt_error *error,
                                            const char *stage, int64_t retry_after_ms,
                                            bool *ret_failed, struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_jobstore_cancelled(struct avt_jobstore *store, const char *id,
                                                 int64_t token, struct avt_error *reterr);
/** Back to pending without counting the attempt: the worker is asked to end. (Cancelled, if that was
 *  asked for.) */
AVT_CHECKED enum avt_code avt_jobstore_hand_back(struct avt_jobstore *store, const char *id,
                                                 int64_t token, struct avt_error *reterr);
/**
 * Running jobs whose lease is over (or held by `dead_worker`, whatever its lease; NULL = none) go back to
 * pending, or fail with code "worker_lost" once they were rescued more than `rescues_max` times (or are
 * cancelled, if that was asked for). `visit` (may be NULL) sees each job after; it may call the store.
 */
AVT_CHECKED enum avt_code avt_jobstore_rescue(struct avt_jobstore *store, const char *dead_worker,
                                              int rescues_max,
                                              void (*visit)(const struct avt_job *job, void *user),
                                              void *user, size_t *ret_count,
                                              struct avt_error *reterr);

/* ---- events ---------------------------------------------------------------------------------- */

/** Log of what happened to jobs; what SSE and WebSocket replay. Changes of status write their own event
 *  ({"status": ..., "progress": ..., "stage": ...}) in the same transaction. */
struct avt_job_event {
    int64_t sequence; /* grows over the whole store */
    int64_t at_ms;
    char job[AVT_JOB_ID_SIZE];
    char type[16];    /* status progress */
    json_t *data;     /* object, owned */
};
/** `data` is borrowed. AVT_ENOENT (no such job), AVT_EINVAL (type), AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_jobstore_event_add(struct avt_jobstore *store, const char *job,
                                                 const char *type, json_t *data,
                                                 struct avt_error *reterr);
/** Events of `job` (NULL: of all jobs) with a sequence above `after`, oldest first, at most `limit`.
 *  Free with avt_job_events_done(). */
AVT_CHECKED enum avt_code avt_jobstore_events(struct avt_jobstore *store, const char *job,
                                              int64_t after, size_t limit,
                                              struct avt_job_event **ret_events, size_t *ret_count,
                                              struct avt_error *reterr);
void avt_job_events_done(struct avt_job_event *events, size_t count);
/** Sequence of the last event of all, 0 before the first: where to begin to follow them. */
AVT_CHECKED enum avt_code avt_jobstore_event_last(struct avt_jobstore *store, int64_t *ret_sequence,
                                                  struct avt_error *reterr);

/* ---- records --------------------------------------------------------------------------------- */

/** Small JSON objects by kind and id: "key", "upload", "avatar", "voice", "worker". A kind is up to 15
 *  lower-case letters and "_", an id up to 63 of letters, digits, ".", "_", "-", not beginning with ".". */
enum { AVT_RECORD_BYTES_MAX = 256 << 10, AVT_RECORD_ID_SIZE = 64 };
struct avt_record {
    char kind[16], id[AVT_RECORD_ID_SIZE], owner[AVT_JOB_OWNER_SIZE];
    int64_t created_ms, updated_ms, expires_ms; /* expires 0: never */
    json_t *data; /* object, owned */
};
/** Insert or replace. created_ms is kept on replacement, else taken from the record (0 = now); updated_ms
 *  is now. AVT_EINVAL (kind, id, owner, data), AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_jobstore_record_put(struct avt_jobstore *store,
                                                  const struct avt_record *record,
                                                  struct avt_error *reterr);
/** AVT_ENOENT if there is none of this owner (NULL: any), or it has expired. avt_record_done(). */
AVT_CHECKED enum avt_code avt_jobstore_record_get(struct avt_jobstore *store, const char *kind,
                                                  const char *id, const char *owner,
                                                  struct avt_record *ret_record,
                                                  struct avt_error *reterr);
/** By created_ms, newest first (then by id); without those that have expired. */
AVT_CHECKED enum avt_code avt_jobstore_record_list(struct avt_jobstore *store, const char *kind,
                                                   const char *owner, size_t limit,
                                                   struct avt_record **ret_records,
                                                   size_t *ret_count, struct avt_error *reterr);
/** Where a page of records ended: at this one, which may be gone by now. */
struct avt_record_mark {
    int64_t created_ms;
    char id[AVT_RECORD_ID_SIZE];
};
/** As avt_jobstore_record_list(), of those that come after `mark`; NULL: from the first. */
AVT_CHECKED enum avt_code avt_jobstore_record_page(struct avt_jobstore *store, const char *kind,
                                                   const char *owner,
                                                   const struct avt_record_mark *mark, size_t limit,
                                                   struct avt_record **ret_records,
                                                   size_t *ret_count, struct avt_error *reterr);
/** AVT_ENOENT if there is none of this owner. */
AVT_CHECKED enum avt_code avt_jobstore_record_delete(struct avt_jobstore *store, const char *kind,
                                                     const char *id, const char *owner,
                                                     struct avt_error *reterr);
/** Drop records and idempotency entries that have expired; what they stood for on disk is for
 *  avt_layout_sweep(). Call it now and then. */
AVT_CHECKED enum avt_code avt_jobstore_purge(struct avt_jobstore *store, size_t *ret_count,
                                             struct avt_error *reterr);
/** A member that is text, borrowed; NULL if it is not there, or something else. */
const char *avt_record_text(const struct avt_record *record, const char *name);
/** Set `name` of `to` to a copy of the member, null if there is none. */
void avt_record_copy(json_t *to, const struct avt_record *record, const char *name);
/** A time as RFC 3339; null for 0. New reference. */
json_t *avt_json_time(int64_t ms);
void avt_record_done(struct avt_record *record);
void avt_records_done(struct avt_record *records, size_t count);
