/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/link_peer.h"
#include "jobs/supervisor_private.h"

/* A worker that ends sooner than this after its start has failed to start. */
#define SOON_S        10.0
#define PAUSE_FIRST_S 0.5
#define PAUSE_MAX_S   60.0
/* Somebody of that name still lives: most likely a worker that the last server left to finish its
 * job. */
#define NAME_TAKEN_S 1.0
/* After drain_ms, for what comes after the job. */
#define STOP_SLACK_S 5.0
#define TICK_MAX_S   1.0

const struct avt_supervisor_options avt_supervisor_options_default = {
    .store_kind = "sqlite",
    .workers = 1,
    .interactive = 1,
    .lease_ms = 60 * 1000,
    .drain_ms = 25 * 1000,
    .jobs_max = 500,
    .rescues_max = 3,
    .retention = {.older_than_ms = -1, .status = -1},
};

void avt_supervisor_log(struct avt_supervisor *supervisor, bool problem, const char *worker,
                        const char *format, ...)
{
    if (!supervisor->options.log)
        return;
    char text[AVT_ERROR_MESSAGE_MAX + 128];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    supervisor->options.log(problem, worker, text, supervisor->options.user);
}

/* ---- starting -------------------------------------------------------------------------------- */

static int threads_of(const struct avt_supervisor_options *options)
{
    /* One worker has all, or what its hardware profile leaves it. Interactive workers are idle most of the time, so
     * they do not count. */
    if (options->threads > 0 || options->workers <= 1)
        return options->threads;
    int share = avt_cpu_count() / options->workers;
    return share > 0 ? share : 1;
}

/* At least 1 MB if there is a budget, as 0 means none. */
static long long budget_mb(const struct avt_supervisor_options *options)
{
    long long count = options->workers + options->interactive;
    long long share = options->budget_bytes / (count > 0 ? count : 1) / 1000000;
    return options->budget_bytes > 0 && share == 0 ? 1 : share;
}

enum { OWN_ARGUMENTS = 13 };

enum avt_code avt_slot_start(struct avt_supervisor *supervisor, struct avt_slot *slot,
                             struct avt_error *reterr)
{
    const struct avt_supervisor_options *options = &supervisor->options;
    size_t extra = 0, count = 0;
    while (supervisor->extra && supervisor->extra[extra])
        extra++;
    AVT_CLEANUP(avt_freep) const char **argv = avt_new0(const char *, extra + OWN_ARGUMENTS + 4);
    char own[OWN_ARGUMENTS][80];
    size_t made = 0;
    argv[count++] = options->program;
    argv[count++] = "worker";
    for (size_t i = 0; i < extra; i++)
        argv[count++] = supervisor->extra[i];
    AVT_CLEANUP(avt_freep) char *storage = avt_asprintf("--storage=%s", options->storage);
    argv[count++] = storage;
    snprintf(own[made++], sizeof(own[0]), "--supervised");
    if (slot->interactive)
        snprintf(own[made++], sizeof(own[0]), "--interactive");
    snprintf(own[made++], sizeof(own[0]), "--name=%s", slot->name);
    snprintf(own[made++], sizeof(own[0]), "--store=%s", options->store_kind);
    snprintf(own[made++], sizeof(own[0]), "--threads=%d", threads_of(options));
    snprintf(own[made++], sizeof(own[0]), "--lease=%lldms", (long long)options->lease_ms);
    snprintf(own[made++], sizeof(own[0]), "--drain=%lldms", (long long)options->drain_ms);
    snprintf(own[made++], sizeof(own[0]), "--time-limit=%lldms", (long long)options->time_limit_ms);
    snprintf(own[made++], sizeof(own[0]), "--recycle-jobs=%lld", (long long)options->jobs_max);
    snprintf(own[made++], sizeof(own[0]), "--recycle-memory=%lld",
             (long long)(options->rss_max_bytes / 1000000));
    snprintf(own[made++], sizeof(own[0]), "--memory-budget=%lld", budget_mb(options));
    if (options->workers > 1)
        snprintf(own[made++], sizeof(own[0]), "--leave-gpu");
    for (size_t i = 0; i < made; i++)
        argv[count++] = own[i];
    enum avt_code code = avt_proc_start(argv, AVT_PROC_STDIN, &slot->proc, reterr);
    if (code != AVT_OK)
        return code;
    slot->end_fd = avt_proc_end_fd(slot->proc);
    slot->started = avt_now_s();
    return AVT_OK;
}

static bool name_is_taken(const struct avt_supervisor *supervisor, const char *name)
{
    char socket[AVT_WORKER_NAME_SIZE + 8];
    snprintf(socket, sizeof(socket), "%s.sock", name);
    int folder_fd = avt_link_folder(supervisor->options.storage, false);
    int fd = folder_fd >= 0 ? avt_link_connect(folder_fd, socket) : -1;
    if (fd >= 0)
        close(fd);
    if (folder_fd >= 0)
        close(folder_fd);
    return fd >= 0;
}

static double pause_after(int failures)
{
    double pause = PAUSE_FIRST_S;
    for (int i = 1; i < failures && pause < PAUSE_MAX_S; i++)
        pause *= 2;
    return pause < PAUSE_MAX_S ? pause : PAUSE_MAX_S;
}

static void count(struct avt_supervisor *supervisor, long long *counter, int running)
{
    avt_mutex_lock(supervisor->lock);
    if (counter)
        ++*counter;
    supervisor->counts.running += running;
    avt_mutex_unlock(supervisor->lock);
}

static void start_if_due(struct avt_supervisor *supervisor, struct avt_slot *slot, double now)
{
    if (slot->proc || now < slot->start_at || slot->dead[0])
        return;
    if (name_is_taken(supervisor, slot->name)) {
        slot->start_at = now + NAME_TAKEN_S;
        return;
    }
    struct avt_error error = {0};
    if (avt_slot_start(supervisor, slot, &error) != AVT_OK) {
        slot->failures++;
        slot->start_at = now + pause_after(slot->failures);
        avt_supervisor_log(supervisor, true, slot->name, "the worker could not be started: %s",
                           error.message);
        return;
    }
    count(supervisor, &supervisor->counts.started, 1);
    avt_supervisor_log(supervisor, false, slot->name, "worker started, process %d",
                       avt_proc_pid(slot->proc));
}

/* ---- ending ---------------------------------------------------------------------------------- */

static void free_slot(struct avt_slot *slot)
{
    if (slot->end_fd >= 0)
        close(slot->end_fd);
    slot->end_fd = -1;
    avt_proc_free(AVT_TAKE(slot->proc));
}

static void after_end(struct avt_supervisor *supervisor, struct avt_slot *slot, int status,
                      double now)
{
    avt_worker_lease_owner(slot->name, avt_proc_pid(slot->proc), slot->dead);
    bool soon = now - slot->started < SOON_S;
    slot->failures = status != 0 && soon ? slot->failures + 1 : 0;
    /* One that was sent away is not called back in the same moment. */
    slot->start_at = now + (slot->failures ? pause_after(slot->failures)
                            : soon         ? PAUSE_FIRST_S
                                           : 0);
    count(supervisor, status ? &supervisor->counts.crashed : &supervisor->counts.recycled, -1);
    if (status > 128)
        avt_supervisor_log(supervisor, true, slot->name, "worker ended by signal %d", status - 128);
    else
        avt_supervisor_log(supervisor, status != 0, slot->name, "worker ended with status %d",
                           status);
    free_slot(slot);
}

static void look_after(struct avt_supervisor *supervisor, struct avt_slot *slot, double now)
{
    int status = 0;
    if (slot->proc && avt_proc_ended(slot->proc, &status))
        after_end(supervisor, slot, status, now);
    if (slot->dead[0] && avt_supervisor_rescue(supervisor, slot->dead))
        slot->dead[0] = '\0';
}

/* ---- thread ---------------------------------------------------------------------------------- */

/* Until a child ends, somebody wakes us, or the time is over. */
static void wait_for_change(struct avt_supervisor *supervisor, double timeout_s)
{
    struct pollfd fds[AVT_SUPERVISOR_WORKERS_MAX * 2 + 1];
    for (size_t i = 0; i < supervisor->slot_count; i++)
        fds[i] = (struct pollfd){.fd = supervisor->slots[i].end_fd, .events = POLLIN};
    fds[supervisor->slot_count] = (struct pollfd){.fd = supervisor->wake_fd, .events = POLLIN};
    (void)poll(fds, supervisor->slot_count + 1, (int)(timeout_s * 1000));
    avt_wake_clear(supervisor->wake_fd);
}

static void supervisor_main(void *user)
{
    struct avt_supervisor *supervisor = user;
    while (!atomic_load(&supervisor->ends)) {
        double now = avt_now_s();
        double next = avt_supervisor_housekeep(supervisor, now);
        for (size_t i = 0; i < supervisor->slot_count; i++) {
            struct avt_slot *slot = &supervisor->slots[i];
            look_after(supervisor, slot, now);
            start_if_due(supervisor, slot, now);
            if (!slot->proc && slot->start_at - now < next)
                next = slot->start_at - now;
        }
        next = next < 0.05 ? 0.05 : next;
        wait_for_change(supervisor, next < TICK_MAX_S ? next : TICK_MAX_S);
    }
}

static bool any_runs(struct avt_supervisor *supervisor)
{
    bool any = false;
    for (size_t i = 0; i < supervisor->slot_count; i++)
        any = any || supervisor->slots[i].proc;
    return any;
}

static void signal_all(struct avt_supervisor *supervisor, int number)
{
    for (size_t i = 0; i < supervisor->slot_count; i++)
        if (supervisor->slots[i].proc)
            avt_proc_signal(supervisor->slots[i].proc, number);
}

/* After the thread has ended: nothing is started any more. */
static void end_workers(struct avt_supervisor *supervisor)
{
    double until = avt_now_s() + (double)supervisor->options.drain_ms / 1e3 + STOP_SLACK_S;
    bool killed = false;
    signal_all(supervisor, SIGTERM);
    while (any_runs(supervisor)) {
        for (size_t i = 0; i < supervisor->slot_count; i++)
            look_after(supervisor, &supervisor->slots[i], avt_now_s());
        if (!any_runs(supervisor))
            break;
        if (!killed && avt_now_s() > until) {
            avt_supervisor_log(supervisor, true, "", "workers that do not end are killed");
            signal_all(supervisor, SIGKILL);
            killed = true;
        }
        wait_for_change(supervisor, 0.1);
    }
    for (size_t i = 0; i < supervisor->slot_count; i++)
        look_after(supervisor, &supervisor->slots[i], avt_now_s());
}

/* ---- life ------------------------------------------------------------------------------------ */

static void add_slots(struct avt_supervisor *supervisor, int wanted, bool interactive)
{
    for (int i = 1; i <= wanted; i++) {
        struct avt_slot *slot = &supervisor->slots[supervisor->slot_count++];
        slot->interactive = interactive;
        slot->end_fd = -1;
        snprintf(slot->name, sizeof(slot->name), "%s-%d", interactive ? "interactive" : "worker",
                 i);
    }
}

static void copy_options(struct avt_supervisor *supervisor,
                         const struct avt_supervisor_options *options)
{
    supervisor->options = *options;
    supervisor->options.storage = avt_strdup(options->storage);
    supervisor->options.store_kind = avt_strdup(options->store_kind);
    supervisor->options.program = avt_strdup(options->program ? options->program : "");
    supervisor->options.extra = NULL;
    supervisor->options.retention.owner = NULL;
    supervisor->options.webhook_secret =
        options->webhook_secret ? avt_strdup(options->webhook_secret) : NULL;
    size_t extra = 0;
    while (options->extra && options->extra[extra])
        extra++;
    supervisor->extra = avt_new0(char *, extra + 1);
    for (size_t i = 0; i < extra; i++)
        supervisor->extra[i] = avt_strdup(options->extra[i]);
}

static void supervisor_free(struct avt_supervisor *supervisor)
{
    if (!supervisor)
        return;
    avt_deliverer_stop(supervisor->deliverer);
    avt_link_watch_free(supervisor->watch);
    for (char **argument = supervisor->extra; argument && *argument; argument++)
        avt_free(*argument);
    avt_free(supervisor->extra);
    avt_free((char *)(uintptr_t)supervisor->options.storage);
    avt_free((char *)(uintptr_t)supervisor->options.store_kind);
    avt_free((char *)(uintptr_t)supervisor->options.webhook_secret);
    avt_free((char *)(uintptr_t)supervisor->options.program);
    if (supervisor->wake_fd >= 0)
        close(supervisor->wake_fd);
    avt_mutex_free(supervisor->lock);
    avt_free(supervisor);
}
AVT_DEFINE_FREEP(struct avt_supervisor, supervisor_free)

static void on_delivery(bool problem, const char *text, void *user)
{
    avt_supervisor_log(user, problem, "", "%s", text);
}

static enum avt_code start_deliverer(struct avt_supervisor *supervisor, struct avt_error *reterr)
{
    const struct avt_supervisor_options *options = &supervisor->options;
    const struct avt_deliverer_options deliverer = {.storage = options->storage,
                                                    .store = options->store,
                                                    .secret = options->webhook_secret,
                                                    .allow_private = options->webhook_private,
                                                    .lease_ms = options->lease_ms,
                                                    .rescues_max = options->rescues_max,
                                                    .log = on_delivery,
                                                    .user = supervisor};
    return avt_deliverer_start(&deliverer, &supervisor->deliverer, reterr);
}

enum avt_code avt_supervisor_start(const struct avt_supervisor_options *options,
                                   struct avt_supervisor **ret_supervisor, struct avt_error *reterr)
{
    if (options->workers < 0 || options->workers > AVT_SUPERVISOR_WORKERS_MAX ||
        options->interactive < 0 || options->interactive > AVT_SUPERVISOR_WORKERS_MAX)
        return avt_fail(reterr, AVT_EINVAL, "there can be from 0 to %d workers",
                        AVT_SUPERVISOR_WORKERS_MAX);
    if (options->workers + options->interactive > 0 &&
        (!options->program || access(options->program, X_OK) != 0))
        return avt_fail(reterr, AVT_ENOENT,
                        "the program '%s' that workers are is not there; install it again",
                        options->program ? options->program : "avatar");
    AVT_CLEANUP(supervisor_freep)
    struct avt_supervisor *supervisor = avt_new0(struct avt_supervisor, 1);
    supervisor->lock = avt_mutex_new();
    supervisor->wake_fd = avt_wake_new();
    copy_options(supervisor, options);
    if (supervisor->wake_fd < 0)
        return avt_fail(reterr, AVT_EIO, "the server cannot start: too many files are open");
    add_slots(supervisor, options->workers, false);
    add_slots(supervisor, options->interactive, true);
    avt_supervisor_clear_dead(supervisor);
    (void)avt_supervisor_housekeep(supervisor, avt_now_s());
    enum avt_code code = avt_link_watch_start(options->storage, options->message, options->user,
                                              &supervisor->watch, reterr);
    if (code != AVT_OK)
        return code;
    code = start_deliverer(supervisor, reterr);
    if (code != AVT_OK)
        return code;
    supervisor->thread = avt_thread_start("supervisor", supervisor_main, supervisor);
    if (!supervisor->thread)
        return avt_fail(reterr, AVT_ENOMEM, "no more threads can be started on this machine");
    *ret_supervisor = AVT_TAKE(supervisor);
    return AVT_OK;
}

void avt_supervisor_wake(struct avt_supervisor *supervisor)
{
    avt_link_watch_wake(supervisor->watch);
}

void avt_supervisor_cancel(struct avt_supervisor *supervisor, const char *job)
{
    avt_link_watch_cancel(supervisor->watch, job);
}

size_t avt_supervisor_workers(struct avt_supervisor *supervisor,
                              struct avt_worker_status *ret_workers, size_t max)
{
    return avt_link_watch_workers(supervisor->watch, ret_workers, max);
}

void avt_supervisor_counts(struct avt_supervisor *supervisor,
                           struct avt_supervisor_counts *ret_counts)
{
    avt_mutex_lock(supervisor->lock);
    *ret_counts = supervisor->counts;
    avt_mutex_unlock(supervisor->lock);
}

void avt_supervisor_stop(struct avt_supervisor *supervisor)
{
    if (!supervisor)
        return;
    atomic_store(&supervisor->ends, true);
    avt_wake(supervisor->wake_fd);
    avt_thread_join(supervisor->thread);
    end_workers(supervisor);
    supervisor_free(supervisor);
}
