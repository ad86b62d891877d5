/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of the supervisor. Private to jobs/supervisor*.c. */
#include <stdatomic.h>

#include "jobs/deliverer.h"
#include "jobs/supervisor.h"
#include "jobs/worker.h"
#include "os/proc.h"
#include "os/thread.h"

/** A place for one worker process. Used by the supervisor's thread alone. */
struct avt_slot {
    char name[AVT_WORKER_NAME_SIZE];
    bool interactive;
    struct avt_proc *proc;           /* NULL: none runs */
    int end_fd;                      /* readable when it has ended; -1: none */
    double started, start_at;        /* monotonic */
    int failures;                    /* in a row, soon after their start */
    bool left_socket; /* one was there at the start, and nobody listened on it */
    char dead[AVT_LEASE_OWNER_SIZE]; /* whose leases are still to be freed; "" none */
};

struct avt_supervisor {
    struct avt_supervisor_options options; /* strings are copies */
    char **extra;
    struct avt_slot slots[AVT_SUPERVISOR_WORKERS_MAX * 2];
    size_t slot_count;
    struct avt_link_watch *watch;
    struct avt_deliverer *deliverer;
    struct avt_thread *thread;
    int wake_fd;
    atomic_bool ends;
    double rescue_at, retain_at, sweep_at; /* when next; monotonic */
    struct avt_mutex *lock;
    /* guarded by lock */
    struct avt_supervisor_counts counts;
};

void avt_supervisor_log(struct avt_supervisor *supervisor, bool problem, const char *worker,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Free lost leases, or those of `dead` whatever they say (NULL: none). False if the store failed.
 */
bool avt_supervisor_rescue(struct avt_supervisor *supervisor, const char *dead);
/** What leases and sockets tell of workers of this server that are gone: free the one, remove the
 * other. */
void avt_supervisor_clear_dead(struct avt_supervisor *supervisor);
/** Rescue, retention, sweep: whatever is due. Returns seconds until something is due again. */
double avt_supervisor_housekeep(struct avt_supervisor *supervisor, double now);

/** Start the slot's process. @return AVT_OK, AVT_ENOENT, AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_slot_start(struct avt_supervisor *supervisor, struct avt_slot *slot,
                                         struct avt_error *reterr);
