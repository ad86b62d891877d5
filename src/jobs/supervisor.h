/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Keeps worker processes alive beside the API: starts `avatar worker ...`, starts it again when it
 * ends (with a growing pause if it ends soon), frees the lease of a dead one at once, rescues lost
 * leases of others, applies retention, sweeps what the dead left behind. With 0 workers it does the
 * last three only.
 *
 * Threads: one of its own; every function may be called from any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "jobs/link.h"
#include "jobs/retention.h"
#include "store/jobstore.h"

enum { AVT_SUPERVISOR_WORKERS_MAX = 64 };

struct avt_supervisor_options {
    const char *storage;
    struct avt_jobstore *store; /* borrowed */
    const char *store_kind;     /* "sqlite" or "file": passed on to the workers */
    const char *program;        /* path of `avatar` */
    int workers, interactive;   /* how many; "worker-1", ..., "interactive-1", ... */
    int threads;                /* for the neural networks of each worker; 0: several divide the cores, one has what its
                                   hardware profile says */
    int64_t lease_ms;
    int64_t drain_ms;               /* of a worker that is asked to end */
    int64_t time_limit_ms;          /* of one attempt, all types; 0: the worker's own defaults */
    int64_t jobs_max;               /* a worker is replaced after so many; 0: never */
    int64_t rss_max_bytes;          /* or when it is this large after a job; 0: never */
    int64_t budget_bytes;           /* for models of all workers together; 0: no limit */
    int rescues_max;                /* a job that lost more workers fails */
    struct avt_retention retention; /* applied every minute */
    const char *webhook_secret;     /* signs deliveries; NULL: they are not */
    bool webhook_private;           /* deliver to private addresses too */
    const char *const *extra; /* more arguments for the workers, ends with NULL; or NULL. Those that
                                 come from the fields here follow and so win */
    /** What workers say; jobs that were rescued come as AVT_LINK_FINISHED with their new status.
     * May be NULL. On the supervisor's or the watcher's thread: return soon. */
    avt_link_watch_fn message;
    /** A line for the log; may be NULL. */
    void (*log)(bool problem, const char *worker, const char *text, void *user);
    void *user;
};
extern const struct avt_supervisor_options avt_supervisor_options_default;

struct avt_supervisor;

/** Sweeps and rescues once, then starts thread and workers. Options are copied except `store`.
 *  @return AVT_OK, AVT_EINVAL, AVT_ENOENT (program), AVT_EIO, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_supervisor_start(const struct avt_supervisor_options *options,
                                               struct avt_supervisor **ret_supervisor,
                                               struct avt_error *reterr);
/** Call after a job was submitted. */
void avt_supervisor_wake(struct avt_supervisor *supervisor);
/** Call after avt_jobstore_cancel(). */
void avt_supervisor_cancel(struct avt_supervisor *supervisor, const char *job);
/** Every worker that is connected, children or not. Returns how many. */
size_t avt_supervisor_workers(struct avt_supervisor *supervisor,
                              struct avt_worker_status *ret_workers, size_t max);

struct avt_supervisor_counts {
    long long started, crashed, recycled; /* workers */
    long long rescued;                    /* leases */
    long long removed;                    /* jobs, by retention */
    int running;                          /* children now */
};
void avt_supervisor_counts(struct avt_supervisor *supervisor,
                           struct avt_supervisor_counts *ret_counts);
/** Drain the workers (SIGTERM), wait up to drain_ms and a little, kill what is left, free its
 * leases. Returns when all children are gone. Does nothing for NULL. */
void avt_supervisor_stop(struct avt_supervisor *supervisor);
AVT_DEFINE_FREEP(struct avt_supervisor, avt_supervisor_stop)
