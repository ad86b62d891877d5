/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor does for the storage, workers or not: lost leases, retention, sweeps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "jobs/link_peer.h"
#include "jobs/supervisor_private.h"
#include "store/layout.h"

#define RETAIN_EVERY_S 60.0
#define SWEEP_EVERY_S  600.0
/* After a rescue there is something to sweep, but more of them may follow. */
#define SWEEP_SOON_S 15.0

/* ---- leases ---------------------------------------------------------------------------------- */

static void on_rescued(const struct avt_job *job, void *user)
{
    struct avt_supervisor *supervisor = user;
    avt_supervisor_log(supervisor, true, "", "%s lost its worker and is %s now", job->id,
                       avt_job_status_name(job->status));
    if (!supervisor->options.message)
        return;
    struct avt_link_message message = {
        .type = AVT_LINK_FINISHED, .status = job->status, .eta_s = -1};
    memcpy(message.job, job->id, sizeof(message.job));
    supervisor->options.message("", &message, supervisor->options.user);
}

bool avt_supervisor_rescue(struct avt_supervisor *supervisor, const char *dead)
{
    struct avt_error error = {0};
    size_t rescued = 0;
    enum avt_code code =
        avt_jobstore_rescue(supervisor->options.store, dead, supervisor->options.rescues_max,
                            on_rescued, supervisor, &rescued, &error);
    if (code != AVT_OK) {
        avt_supervisor_log(supervisor, true, "", "lost jobs could not be looked for: %s",
                           error.message);
        return false;
    }
    if (rescued == 0)
        return true;
    avt_mutex_lock(supervisor->lock);
    supervisor->counts.rescued += (long long)rescued;
    avt_mutex_unlock(supervisor->lock);
    double soon = avt_now_s() + SWEEP_SOON_S;
    if (supervisor->sweep_at > soon)
        supervisor->sweep_at = soon;
    if (supervisor->watch)
        avt_link_watch_wake(supervisor->watch);
    return true;
}

/* "worker-1:4711" of one of our slots whose process is gone: a lease left by the server before.
 * After a restart of a container its process id may be another's, but a socket that nobody listens
 * on is proof. */
static bool is_dead(const struct avt_supervisor *supervisor, const char *owner)
{
    const char *colon = strrchr(owner, ':');
    int64_t pid = 0;
    if (!colon || !avt_parse_int(colon + 1, 1, INT32_MAX, &pid))
        return false;
    if (avt_str_starts(owner, AVT_DELIVERER_NAME))
        return !avt_pid_runs((int)pid);
    for (size_t i = 0; i < supervisor->slot_count; i++) {
        const struct avt_slot *slot = &supervisor->slots[i];
        size_t size = strlen(slot->name);
        if (size == (size_t)(colon - owner) && strncmp(slot->name, owner, size) == 0)
            return slot->left_socket || !avt_pid_runs((int)pid);
    }
    return false;
}

static void remove_dead_sockets(struct avt_supervisor *supervisor)
{
    int folder_fd = avt_link_folder(supervisor->options.storage, false);
    for (size_t i = 0; folder_fd >= 0 && i < supervisor->slot_count; i++) {
        char socket[AVT_WORKER_NAME_SIZE + 8];
        snprintf(socket, sizeof(socket), "%s.sock", supervisor->slots[i].name);
        int fd = avt_link_connect(folder_fd, socket);
        if (fd >= 0)
            close(fd);
        else if (errno == ECONNREFUSED)
            supervisor->slots[i].left_socket = unlinkat(folder_fd, socket, 0) == 0;
    }
    if (folder_fd >= 0)
        close(folder_fd);
}

void avt_supervisor_clear_dead(struct avt_supervisor *supervisor)
{
    remove_dead_sockets(supervisor);
    struct avt_job_filter filter = {.status = AVT_JOB_RUNNING, .type = -1, .limit = 100};
    struct avt_job *jobs = NULL;
    size_t count = 0;
    char cursor[64] = "";
    if (avt_jobstore_list(supervisor->options.store, &filter, &jobs, &count, cursor, NULL) !=
        AVT_OK)
        return; /* the lease ends by itself */
    for (size_t i = 0; i < count; i++)
        if (is_dead(supervisor, jobs[i].lease_owner))
            (void)avt_supervisor_rescue(supervisor, jobs[i].lease_owner);
    avt_job_list_done(jobs, count);
}

/* ---- retention and sweeps -------------------------------------------------------------------- */

static void retain(struct avt_supervisor *supervisor)
{
    const struct avt_supervisor_options *options = &supervisor->options;
    struct avt_retention_result result = {0};
    struct avt_error error = {0};
    enum avt_code code =
        avt_retention_apply(options->store, options->storage, &options->retention, &result, &error);
    if (code == AVT_OK)
        code = avt_retention_internal(options->store, options->storage, &error);
    if (code == AVT_OK)
        code = avt_jobstore_purge(options->store, NULL, &error);
    avt_mutex_lock(supervisor->lock);
    supervisor->counts.removed += result.jobs;
    avt_mutex_unlock(supervisor->lock);
    if (result.jobs > 0)
        avt_supervisor_log(supervisor, false, "", "%lld finished jobs removed, %lld MB",
                           result.jobs, (long long)(result.bytes / 1000000));
    if (code != AVT_OK)
        avt_supervisor_log(supervisor, true, "", "finished jobs could not be removed: %s",
                           error.message);
}

static void sweep(struct avt_supervisor *supervisor)
{
    struct avt_sweep_result result = {0};
    struct avt_error error = {0};
    enum avt_code code =
        avt_layout_sweep(supervisor->options.storage, supervisor->options.store, &result, &error);
    if (result.folders > 0)
        avt_supervisor_log(supervisor, false, "", "%lld folders that nobody needs removed, %lld MB",
                           result.folders, (long long)(result.bytes / 1000000));
    if (code != AVT_OK)
        avt_supervisor_log(supervisor, true, "", "what was left behind could not be removed: %s",
                           error.message);
}

double avt_supervisor_housekeep(struct avt_supervisor *supervisor, double now)
{
    if (now >= supervisor->rescue_at) {
        (void)avt_supervisor_rescue(supervisor, NULL);
        supervisor->rescue_at = now + (double)supervisor->options.lease_ms / 3e3;
    }
    if (now >= supervisor->retain_at) {
        retain(supervisor);
        supervisor->retain_at = now + RETAIN_EVERY_S;
    }
    if (now >= supervisor->sweep_at) {
        supervisor->sweep_at = now + SWEEP_EVERY_S;
        sweep(supervisor);
    }
    double next = supervisor->rescue_at;
    if (supervisor->retain_at < next)
        next = supervisor->retain_at;
    if (supervisor->sweep_at < next)
        next = supervisor->sweep_at;
    return next - now;
}
