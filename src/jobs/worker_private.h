/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Inside of a worker. Three threads: the caller's claims, runs and settles; "beat" keeps the lease
 * and watches over the runner; "link" takes messages (jobs/link.h).
 *
 * A claim is settled once, by the caller's thread when the runner returns or by the beat thread
 * when a stopped runner does not: whoever finds `settled` false under settle_lock. Locks:
 * settle_lock before lock.
 */
#include <stdatomic.h>

#include "jobs/worker.h"
#include "os/thread.h"

enum avt_stop {
    AVT_STOP_NONE,
    AVT_STOP_CANCEL,    /* asked for */
    AVT_STOP_LIMIT,     /* ran longer than it may */
    AVT_STOP_HAND_BACK, /* the worker is to end */
    AVT_STOP_LOST,      /* the lease is another's: write nothing */
};

/** The job being run. Guarded by lock, but for `job`, which does not change while `running`. */
struct avt_claim {
    bool running;   /* from claim until settled and the runner is back */
    bool in_runner; /* cancel() hits this job and no other */
    bool settled;
    long long
        serial; /* tells this claim from the one before: the beat thread works without the lock */
    struct avt_job job;
    enum avt_stop stop;
    double started, stopped;  /* monotonic; stopped: when `stop` was set */
    double beat_next, beaten; /* heartbeats: when due, when one last succeeded */
    double sent;              /* when progress last went out */
    int progress, stages_completed;
    char stage[16];
    double eta_s, speed;
};

struct avt_worker {
    const struct avt_worker_options *options;
    const struct avt_runner *runner;
    char owner[AVT_LEASE_OWNER_SIZE];
    double started, rescue_at; /* when to look for lost leases again; the caller's thread */
    struct avt_link *link;     /* NULL: none */
    struct avt_thread *beat;
    int idle_fd, beat_fd; /* wake the claim loop, the beat thread */
    atomic_int drain;     /* how often it was asked */
    atomic_bool ends;
    struct avt_mutex *settle_lock, *lock;
    /* guarded by lock */
    struct avt_claim claim;
    double drain_until; /* 0: not draining */
    long long jobs_done;
    struct avt_worker_counts counts;
};

/** The beat thread. */
void avt_worker_beat_main(void *user);
/** End the claim with that serial by what came of it, unless that happened already.
 *  @param code, error  Of the runner; AVT_ECANCELLED with a stop that made it so.
 *  @param result       Of the runner; NULL without success.
 *  @param patience_s   How long a store that fails is tried again.
 *  @return true if the output is to stay: the job is completed by it, or may be, as the store's
 * answer did not arrive. A sweep then finds out. */
bool avt_worker_settle(struct avt_worker *worker, long long serial, enum avt_stop stop,
                       enum avt_code code, const struct avt_error *error,
                       struct avt_work_result *result, double patience_s);
/** Keep in mind why the job has to stop, the first reason counts; a lost lease always. Needs lock.
 */
void avt_claim_stop(struct avt_claim *claim, enum avt_stop stop);
/** avt_work.progress */
void avt_worker_on_progress(const struct avt_work *work, const struct avt_work_progress *progress);
/** When the next heartbeat is due, counted from `now`. */
double avt_worker_beat_next(const struct avt_worker *worker, double now);
/** Send the claim's progress to the peers. Takes the lock. */
void avt_worker_send_progress(struct avt_worker *worker);
void avt_worker_log(struct avt_worker *worker, enum avt_log_level level, const struct avt_job *job,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
