/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What an implementation of the job store has to do: keep rows and find them again. The rules (who may
 * change what, when, and what is written with it) are in jobstore.c and jobstore_worker.c, once for
 * all implementations.
 *
 * Threads: the callers hold store->lock around every function here but open().
 */
#include "store/jobstore.h"

/** Which records are listed. */
struct avt_record_query {
    const char *kind, *owner; /* owner NULL: of any */
    int64_t now_ms;
    struct avt_record_mark mark; /* only those after it */
};

/* A row of the table of idempotency keys. */
struct avt_idempotency_entry {
    char key[65];            /* SHA-256 of scope and key, hex: any text fits a path and a column */
    char request_sha256[65];
    char job[AVT_JOB_ID_SIZE];
    int64_t expires_ms;
};

/* Looks for jobs that run without a valid lease. */
struct avt_lease_query {
    int64_t now_ms;
    const char *dead_worker; /* NULL: none */
};

enum { AVT_RESCUE_BATCH = 64 };

struct avt_jobstore_ops {
    const char *kind;
    /** *ret_impl is what the other functions get; `store` is for avt_jobstore_report() alone. */
    enum avt_code (*open)(const struct avt_jobstore_options *options, struct avt_jobstore *store,
                          void **ret_impl, struct avt_error *reterr);
    void (*close)(void *impl);
    enum avt_code (*backup)(void *impl, const char *folder, struct avt_error *reterr);
    /** As avt_jobstore_version(); called without the lock. NULL: it cannot tell. */
    uint64_t (*version)(void *impl);

    /** What follows until commit() or rollback() happens whole or not at all, for other processes too.
     *  A failed commit() has rolled back; rollback() without a transaction does nothing. */
    enum avt_code (*begin)(void *impl, struct avt_error *reterr);
    enum avt_code (*commit)(void *impl, struct avt_error *reterr);
    void (*rollback)(void *impl);

    /* Inside a transaction. */

    /** A new job, and its first event of type "status"; sets job->sequence. */
    enum avt_code (*job_insert)(void *impl, struct avt_job *job, const char *params_text,
                                const json_t *event, struct avt_error *reterr);
    /** Write all of a job but its params, and an event of type "status" (NULL: none, and the change
     *  need not survive a loss of power). A result is written if there is one, else left. */
    enum avt_code (*job_update)(void *impl, const struct avt_job *job, const json_t *event,
                                struct avt_error *reterr);
    enum avt_code (*job_remove)(void *impl, const char *id, struct avt_error *reterr);
    /** As avt_jobstore_claim(), with the event for the job claimed. */
    enum avt_code (*claim)(void *impl, const struct avt_job_claim_options *options, int64_t now_ms,
                           struct avt_job *ret_job, struct avt_error *reterr);
    /** For every job pending or running that is stamped later than now + slack, what avt_job_turn_back()
     *  does; the furthest of these stamps goes with it. See jobstore.h on the clock. */
    enum avt_code (*turn_back)(void *impl, int64_t now_ms, struct avt_error *reterr);
    enum avt_code (*event_add)(void *impl, const char *job, const char *type, const json_t *data,
                               int64_t now_ms, struct avt_error *reterr);
    enum avt_code (*idempotency_put)(void *impl, const struct avt_idempotency_entry *entry,
                                     struct avt_error *reterr);
    enum avt_code (*record_put)(void *impl, const struct avt_record *record,
                                struct avt_error *reterr);
    enum avt_code (*record_remove)(void *impl, const char *kind, const char *id,
                                   struct avt_error *reterr);
    enum avt_code (*purge)(void *impl, int64_t now_ms, size_t *ret_count, struct avt_error *reterr);

    /* Inside a transaction or outside. */

    /** AVT_ENOENT without a message if there is none. Without `documents`, params and result are NULL. */
    enum avt_code (*job_load)(void *impl, const char *id, bool documents, struct avt_job *ret_job,
                              struct avt_error *reterr);
    /** Is there anything that claim() would find? Cheap, and takes no lock that others wait for. */
    enum avt_code (*claimable)(void *impl, const struct avt_job_claim_options *options,
                               int64_t now_ms, bool *ret_found, struct avt_error *reterr);
    /** Ids of the jobs that `query` means, at most AVT_RESCUE_BATCH. */
    enum avt_code (*lost)(void *impl, const struct avt_lease_query *query,
                          char ret_ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE], size_t *ret_count,
                          struct avt_error *reterr);
    /** Jobs in the statuses of the bits in `statuses`, of `owner` (NULL: all). */
    enum avt_code (*count)(void *impl, const char *owner, unsigned statuses, long long *ret_count,
                           struct avt_error *reterr);
    /** A page of filter->limit jobs with a sequence below `below`, newest first, into an array of that
     *  size; the cursor of the filter is not looked at. */
    enum avt_code (*list)(void *impl, const struct avt_job_filter *filter, int64_t below,
                          struct avt_job *jobs, size_t *ret_count, struct avt_error *reterr);
    /** The first two ids that begin with `prefix`. */
    enum avt_code (*resolve)(void *impl, const char *prefix, const char *owner,
                             char ret_ids[2][AVT_JOB_ID_SIZE], size_t *ret_count,
                             struct avt_error *reterr);
    enum avt_code (*stats)(void *impl, const char *owner, int64_t now_ms,
                           struct avt_job_stats *ret_stats, struct avt_error *reterr);
    enum avt_code (*position)(void *impl, const struct avt_job *job, int64_t now_ms,
                              long long *ret_ahead, double *ret_estimate_s,
                              struct avt_error *reterr);
    enum avt_code (*events)(void *impl, const char *job, int64_t after, size_t limit,
                            struct avt_job_event **ret_events, size_t *ret_count,
                            struct avt_error *reterr);
    enum avt_code (*event_last)(void *impl, int64_t *ret_sequence, struct avt_error *reterr);
    /** AVT_ENOENT without a message; what has expired counts as there. */
    enum avt_code (*idempotency_get)(void *impl, const char *key,
                                     struct avt_idempotency_entry *ret_entry,
                                     struct avt_error *reterr);
    enum avt_code (*record_get)(void *impl, const char *kind, const char *id,
                                struct avt_record *ret_record, struct avt_error *reterr);
    enum avt_code (*record_list)(void *impl, const struct avt_record_query *query, size_t limit,
                                 struct avt_record **ret_records, size_t *ret_count,
                                 struct avt_error *reterr);
};

extern const struct avt_jobstore_ops avt_jobstore_memory, avt_jobstore_sqlite, avt_jobstore_file;

/* ---- shared by the files of the interface ---------------------------------------------------- */

struct avt_submission;
struct avt_jobstore {
    const struct avt_jobstore_ops *ops;
    void *impl;
    int64_t (*now_ms)(void *user);
    void (*report)(const char *sentence, void *user);
    void *user;
    long long queue_max;
    struct avt_mutex *lock; /* one call at a time: connection, index and lock file exist once */
    /* guarded by lock */
    int64_t clock_seen_ms;       /* latest time seen; 0: not yet */
    long long pending_at_most;   /* submitted here and counted last, without what was claimed since */
    unsigned submitted_since;    /* the last count; so large at first that the first submit counts */

    struct avt_mutex *waiting_lock;
    struct avt_cond *turn;
    /* guarded by waiting_lock */
    struct avt_submission *waiting; /* newest first */
    bool led;                       /* a thread commits what waits */
    size_t last_batch;              /* jobs in the last commit */
};

/** Tell of something damaged that is passed over. */
void avt_jobstore_report(struct avt_jobstore *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** The time, read inside a transaction (others may have written while we waited for it, and their stamps
 *  shall not lie ahead); a clock that was set back is made good, in a commit of its own. On failure roll
 *  back. */
AVT_CHECKED enum avt_code avt_jobstore_follow_clock(struct avt_jobstore *store, int64_t *ret_now_ms,
                                                    struct avt_error *reterr);
/** Take the lock, begin, and make good a clock that was set back. On failure the lock is not held. */
AVT_CHECKED enum avt_code avt_jobstore_begin(struct avt_jobstore *store, int64_t *ret_now_ms,
                                             struct avt_error *reterr);
/** Commit if `code` is AVT_OK, else roll back; release the lock. Returns what it came to. */
AVT_CHECKED enum avt_code avt_jobstore_end(struct avt_jobstore *store, enum avt_code code,
                                           struct avt_error *reterr);

/* ---- rules as functions of values (jobrules.c) ----------------------------------------------- */

/** {"status", "progress", "stage", "attempt", "error" if there is one}: the event of type "status" for a
 *  job as it is. New reference. */
json_t *avt_job_status_event(const struct avt_job *job);
/** Change the status in place, with the times and the lease that go with it. The transition must be an
 *  allowed one. */
void avt_job_set_status(struct avt_job *job, enum avt_job_status status, int64_t now_ms);
/** What a claim does to a pending job. */
void avt_job_set_claimed(struct avt_job *job, const struct avt_job_claim_options *options,
                         int64_t now_ms);
/** What turn_back() does to one job that it concerns. */
void avt_job_turn_back(struct avt_job *job, int64_t now_ms, int64_t furthest_ms);
/** The sentence of AVT_JOBSTORE_EVENTS_MAX; AVT_ELIMIT. */
enum avt_code avt_job_events_full(const char *job, struct avt_error *reterr);
/** Not expired, and of that owner (NULL: of any). */
bool avt_record_visible(const struct avt_record *record, const char *owner, int64_t now_ms);
/** Visible, and after the mark. */
bool avt_record_asked_for(const struct avt_record *record, const struct avt_record_query *query);
/** Put in the order of avt_jobstore_record_list() and drop those beyond `limit`. */
void avt_records_sort(struct avt_record *records, size_t *count, size_t limit);
