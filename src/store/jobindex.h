/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The short form of every job of a store in memory, and the questions that a store has to answer about
 * them. For stores without a database behind them (file, memory). Not for several threads at once.
 */
#include "store/jobstore_ops.h"

struct avt_job_head {
    char id[AVT_JOB_ID_SIZE];
    char owner[AVT_JOB_OWNER_SIZE];
    char lease_owner[64];
    unsigned char type, status; /* enum avt_job_type, avt_job_status */
    bool short_work;
    int priority, rescues;
    int64_t sequence, run_at_ms, created_ms, started_ms, finished_ms, updated_ms, lease_until_ms;
    double estimate_s, stage_s[AVT_JOB_STAGES];
    void *more; /* the store's own; freed by the function that the index was made with */
};

struct avt_jobindex;
/** `free_more` (may be NULL) gets what is not NULL of `more` when a head goes. */
struct avt_jobindex *avt_jobindex_new(void (*free_more)(void *more));
void avt_jobindex_free(struct avt_jobindex *index);
AVT_DEFINE_FREEP(struct avt_jobindex, avt_jobindex_free)
void avt_jobindex_clear(struct avt_jobindex *index);

/** Insert the job, or bring its head up to date. The head is borrowed until it is removed. */
struct avt_job_head *avt_jobindex_put(struct avt_jobindex *index, const struct avt_job *job);
/** NULL if there is none. */
struct avt_job_head *avt_jobindex_find(const struct avt_jobindex *index, const char *id);
void avt_jobindex_remove(struct avt_jobindex *index, const char *id);
/** All heads by sequence, oldest first. */
struct avt_job_head *const *avt_jobindex_all(const struct avt_jobindex *index, size_t *ret_count);

/** Pending or running, and stamped later than now + slack. */
bool avt_jobindex_is_ahead(const struct avt_job_head *head, int64_t now_ms);
/** The latest stamp of a job pending or running; 0: none. */
int64_t avt_jobindex_furthest(const struct avt_jobindex *index);

/* As the functions of struct avt_jobstore_ops; heads instead of jobs. */
struct avt_job_head *avt_jobindex_next(const struct avt_jobindex *index,
                                       const struct avt_job_claim_options *options, int64_t now_ms);
size_t avt_jobindex_lost(const struct avt_jobindex *index, const struct avt_lease_query *query,
                         char ret_ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE]);
long long avt_jobindex_count(const struct avt_jobindex *index, const char *owner,
                             unsigned statuses);
/** Heads with a sequence below `below`, newest first, at most `limit`. */
size_t avt_jobindex_page(const struct avt_jobindex *index, const struct avt_job_filter *filter,
                         int64_t below, struct avt_job_head **ret_heads, size_t limit);
size_t avt_jobindex_resolve(const struct avt_jobindex *index, const char *prefix, const char *owner,
                            char ret_ids[2][AVT_JOB_ID_SIZE]);
void avt_jobindex_stats(const struct avt_jobindex *index, const char *owner, int64_t now_ms,
                        struct avt_job_stats *ret_stats);
void avt_jobindex_position(const struct avt_jobindex *index, const struct avt_job *job,
                           int64_t now_ms, long long *ret_ahead, double *ret_estimate_s);
