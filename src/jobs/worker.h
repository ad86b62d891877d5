/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A worker: claims a job, has a runner do it, says what came of it, again and again. What a job
 * does is behind a table of functions, so nothing here knows of media or models and tests bring
 * their own.
 *
 * While the runner works on the calling thread, a second thread prolongs the lease, looks for
 * cancel and time limit and reports progress; a third one listens on the worker's socket
 * (jobs/link.h). Whoever ends a claim first wins, and does it once. Every write carries the fencing
 * token, and outputs go to outputs/<job>/<token>/: a worker that lost its lease can spoil nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "jobs/link.h"
#include "jobs/params.h"
#include "store/jobstore.h"

/* ---- runner ---------------------------------------------------------------------------------- */

/** How far a job is. */
struct avt_work_progress {
    double fraction;      /* 0..1 */
    const char *stage;    /* name of a stage; borrowed for the call */
    int stages_completed; /* bit per stage */
    double eta_s;         /* < 0: not known */
    double speed;         /* 0: not known */
};

/** One claimed job, as the runner sees it. All borrowed for the run. */
struct avt_work {
    const struct avt_job *job;
    const struct avt_job_params *params; /* job->params, checked */
    const char *storage;
    const char *folder; /* <storage>/outputs/<job>/<token>, empty; what the job makes goes here */
    const char *prefix; /* "<token>/": how the result names files in it */
    struct avt_jobstore *store; /* to look up what the params name */
    /** From any thread, as often as liked. */
    void (*progress)(const struct avt_work *work, const struct avt_work_progress *progress);
    void *user; /* the worker's own */
};

struct avt_work_result {
    json_t *result;    /* object; taken by the worker. Read on success */
    double stage_s[6]; /* busy seconds */
    int stages_completed;
    char stage[16]; /* where it failed; "" otherwise */
};

struct avt_runner {
    unsigned types; /* bit per enum avt_job_type that it can do */
    /** Do the job. AVT_ECANCELLED after cancel(); any other code fails the job with that message.
     */
    enum avt_code (*run)(const struct avt_work *work, struct avt_work_result *ret_result,
                         void *user, struct avt_error *reterr);
    /** Make run() return soon; from any thread, any number of times, also when nothing runs. */
    void (*cancel)(void *user);
    /** Unload models, the least recently used first, until they take at most `bytes`. Between jobs
     * only. NULL: holds none. */
    void (*trim)(int64_t bytes, void *user);
    /** What is loaded; from any thread, at any time. NULL: nothing ever. */
    size_t (*models)(struct avt_link_model *ret_models, size_t max, void *user);
    void *user;
};

/* ---- worker ---------------------------------------------------------------------------------- */

struct avt_worker_options {
    const char *storage;
    struct avt_jobstore *store; /* borrowed */
    const char *name;           /* unique among the workers of a storage */
    bool interactive;           /* short work only */
    bool once;                  /* end after one job, or when none waits */
    bool no_link;               /* no socket: polls only */
    int64_t lease_ms;
    int64_t poll_ms;  /* between looks at the store without a wake */
    int rescues_max;  /* an idle worker frees lost leases too: where there is no server, nobody else
                         does */
    int64_t drain_ms; /* a job that will take longer is handed back at once */
    int64_t stop_ms;  /* a cancelled runner has this long; then the job is settled without it */
    int64_t stuck_ms; /* and then this long; then stuck() is called */
    int64_t time_limit_ms[AVT_JOB_TYPE_COUNT]; /* of one attempt; 0: none */
    long long jobs_max;    /* end (to be started anew) after so many; 0: never */
    int64_t rss_max_bytes; /* end after a job that leaves more resident memory; 0: never */
    int64_t budget_bytes;  /* for loaded models; 0: no limit */
    int parent_fd;         /* end of file here: the supervisor died, drain; -1: none */
    /** The runner ignores cancel(): end the process. The lease is settled by then. NULL: abort().
     */
    void (*stuck)(void *user);
    void *user;
    /** A line for the log, from any thread; may be NULL, and so may `job`. */
    void (*log)(enum avt_log_level level, const struct avt_job *job, const char *text, void *user);
};
extern const struct avt_worker_options avt_worker_options_default;

enum avt_worker_end {
    AVT_WORKER_ONCE,    /* once: the job is done, or none waits */
    AVT_WORKER_DRAINED, /* asked to end */
    AVT_WORKER_RECYCLE, /* jobs_max or rss_max reached: start another */
};

enum { AVT_LEASE_OWNER_SIZE = 64 };

struct avt_worker;

/** Everything in `options` and `runner` is borrowed until avt_worker_free().
 *  @return AVT_OK, AVT_EINVAL, AVT_ELIMIT (a worker of this name lives), AVT_EIO, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_worker_new(const struct avt_worker_options *options,
                                         const struct avt_runner *runner,
                                         struct avt_worker **ret_worker, struct avt_error *reterr);
/** Claims and runs until one of enum avt_worker_end. Faults of single jobs end in the store;
 * AVT_EIO and the like only if the store fails for good (it is tried again for a minute). */
AVT_CHECKED enum avt_code avt_worker_run(struct avt_worker *worker, enum avt_worker_end *ret_end,
                                         struct avt_error *reterr);
/** Claim nothing more; the running job is finished if it is done within drain_ms, else handed back
 * without counting the attempt. From any thread or a signal handler. A second call hands back at
 * once. */
void avt_worker_drain(struct avt_worker *worker);
/** What the store knows a worker process by ("worker-1:4711"): a name alone may be given to the
 * next process while the last one still has a lease. `dead_worker` of avt_jobstore_rescue(). */
void avt_worker_lease_owner(const char *name, int pid, char ret_owner[AVT_LEASE_OWNER_SIZE]);

/** Index of the model that has to go for all to fit into so many bytes: the one that was used longest ago;
 *  `count`: they fit. */
size_t avt_worker_model_to_drop(const struct avt_link_model *models, size_t count, int64_t bytes);

/** Counts so far; for tests and the end of a run. */
struct avt_worker_counts {
    long long completed, failed, retried, cancelled, handed_back, lost;
};
void avt_worker_counts(struct avt_worker *worker, struct avt_worker_counts *ret_counts);
void avt_worker_free(struct avt_worker *worker);
AVT_DEFINE_FREEP(struct avt_worker, avt_worker_free)
