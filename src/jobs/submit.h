/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Putting work on: what the API and `avatar jobs submit` have in common. Checks the params, fills
 * in what was not asked for, estimates, refuses below the free-space floor, stores. Waking workers
 * is the caller's (avt_link_watch_wake() in the server, avt_link_tell() without one).
 */
#include "base/error.h"
#include "store/jobstore.h"

enum {
    AVT_JOB_PRIORITY_SHORT = 50, /* of short work that a request waits for */
    AVT_JOB_HOLD_DAYS = 7,       /* that uploads outlive the time their job may start at */
};

struct avt_submit_options {
    const char *storage;
    int64_t free_bytes_min; /* work is refused when the disk has less; 0: no floor */
};

/**
 * As avt_jobstore_submit(). `job` comes with type and params set, and whatever of priority,
 * run_at_ms, attempts_max (0: AVT_JOB_ATTEMPTS_DEFAULT), owner, request_id, webhook_url is wanted.
 * @return also AVT_EINVAL, AVT_ETEXT of avt_job_params_read(), and AVT_ENOSPACE.
 */
AVT_CHECKED enum avt_code avt_jobs_submit(struct avt_jobstore *store,
                                          const struct avt_submit_options *options,
                                          struct avt_job *job,
                                          const struct avt_jobstore_idempotency *idempotency,
                                          bool *ret_replayed, struct avt_error *reterr);
/** A new pending job with the params of a failed or cancelled one. AVT_ENOENT, AVT_EINVAL (not
 * final, or completed). `ret_job` is the new one: avt_job_done(). */
AVT_CHECKED enum avt_code avt_jobs_retry(struct avt_jobstore *store,
                                         const struct avt_submit_options *options, const char *id,
                                         const char *owner, struct avt_job *ret_job,
                                         struct avt_error *reterr);
