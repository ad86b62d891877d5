/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that watches over a running job: keeps the lease, and stops the runner when the job is
 * cancelled, takes too long, or is another worker's by now, and when this worker is to end.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "jobs/link_peer.h"
#include "jobs/worker_private.h"

enum { TICK_MS = 200 };
/* Progress is to be seen at least twice a second, also when the runner has nothing new to say. */
#define PROGRESS_EVERY_S 0.4
/* Also the answer to "is it cancelled?" where no socket reaches. */
#define BEAT_EVERY_S 1.0
/* What is left is a guess: a job that may just miss the end is still tried. */
#define ETA_SLACK 1.2

void avt_claim_stop(struct avt_claim *claim, enum avt_stop stop)
{
    if (claim->stop == AVT_STOP_NONE)
        claim->stopped = avt_now_s();
    if (claim->stop == AVT_STOP_NONE || stop == AVT_STOP_LOST)
        claim->stop = stop;
}

double avt_worker_beat_next(const struct avt_worker *worker, double now)
{
    double third = (double)worker->options->lease_ms / 3e3;
    return now + (third < BEAT_EVERY_S ? third : BEAT_EVERY_S);
}

/* Reasons to stop that are known here. Needs lock. */
static void look_for_reasons(struct avt_worker *worker, double now)
{
    const struct avt_worker_options *options = worker->options;
    struct avt_claim *claim = &worker->claim;
    double limit = (double)options->time_limit_ms[claim->job.type] / 1e3;
    if (limit > 0 && now - claim->started > limit)
        avt_claim_stop(claim, AVT_STOP_LIMIT);
    int asked = atomic_load(&worker->drain);
    if (asked == 0)
        return;
    if (worker->drain_until == 0)
        worker->drain_until = now + (double)options->drain_ms / 1e3;
    double left = worker->drain_until - now;
    if (asked > 1 || left <= 0 || claim->eta_s > left * ETA_SLACK)
        avt_claim_stop(claim, AVT_STOP_HAND_BACK);
}

static void heartbeat(struct avt_worker *worker, const struct avt_claim *seen)
{
    bool cancel = false;
    struct avt_error error = {0};
    enum avt_code code = avt_jobstore_heartbeat(
        worker->options->store, seen->job.id, seen->job.lease_token, worker->options->lease_ms,
        seen->progress, seen->stage, seen->stages_completed, &cancel, &error);
    double now = avt_now_s();
    avt_mutex_lock(worker->lock);
    struct avt_claim *claim = &worker->claim;
    /* The job may have ended meanwhile, and another begun. */
    bool same = claim->running && !claim->settled && claim->serial == seen->serial;
    if (same) {
        if (code == AVT_OK)
            claim->beaten = now;
        /* Not ours any more; or the store could not be reached for a whole lease, and somebody else
         * may have the job by now. */
        if (code == AVT_ENOENT ||
            (code != AVT_OK && now - claim->beaten > (double)worker->options->lease_ms / 1e3))
            avt_claim_stop(claim, AVT_STOP_LOST);
        if (code == AVT_OK && cancel)
            avt_claim_stop(claim, AVT_STOP_CANCEL);
    }
    avt_mutex_unlock(worker->lock);
    if (same && code != AVT_OK && code != AVT_ENOENT)
        avt_worker_log(worker, AVT_LOG_WARN, &seen->job, "the lease could not be prolonged: %s",
                       error.message);
}

void avt_worker_send_progress(struct avt_worker *worker)
{
    if (!worker->link)
        return;
    struct avt_link_message message = {.type = AVT_LINK_PROGRESS};
    avt_mutex_lock(worker->lock);
    struct avt_claim *claim = &worker->claim;
    bool send = claim->running && !claim->settled;
    if (send) {
        claim->sent = avt_now_s();
        message.progress = claim->progress;
        message.eta_s = claim->eta_s;
        message.speed = claim->speed;
        memcpy(message.job, claim->job.id, sizeof(message.job));
        memcpy(message.stage, claim->stage, sizeof(message.stage));
    }
    avt_mutex_unlock(worker->lock);
    if (send)
        avt_link_send(worker->link, &message);
}

/* A runner that was told to stop and has not: first the job is settled without it, so that whoever
 * waits for it need not, then the process is given up. */
static void lose_patience(struct avt_worker *worker, const struct avt_claim *seen, double now)
{
    double waited_ms = (now - seen->stopped) * 1e3;
    const struct avt_worker_options *options = worker->options;
    if (!seen->settled && waited_ms > (double)options->stop_ms) {
        struct avt_error error = {.code = AVT_ECANCELLED};
        (void)avt_worker_settle(worker, seen->serial, seen->stop, AVT_ECANCELLED, &error, NULL, 0);
    }
    if (waited_ms <= (double)(options->stop_ms + options->stuck_ms))
        return;
    avt_mutex_lock(worker->lock);
    bool same = worker->claim.in_runner && worker->claim.serial == seen->serial;
    avt_mutex_unlock(worker->lock);
    if (!same)
        return;
    avt_worker_log(worker, AVT_LOG_ERROR, &seen->job,
                   "the work does not stop: the worker gives up");
    if (options->stuck)
        options->stuck(options->user);
    else
        abort();
}

static void tick(struct avt_worker *worker)
{
    double now = avt_now_s();
    avt_mutex_lock(worker->lock);
    struct avt_claim *claim = &worker->claim;
    if (!claim->running) {
        avt_mutex_unlock(worker->lock);
        return;
    }
    look_for_reasons(worker, now);
    bool beat = !claim->settled && claim->stop != AVT_STOP_LOST && now >= claim->beat_next;
    if (beat)
        claim->beat_next = avt_worker_beat_next(worker, now);
    bool send = now - claim->sent >= PROGRESS_EVERY_S;
    /* Under the lock: later it could hit the next job. Again and again: a call of the library
     * forgets what was asked before it began. */
    if (claim->stop != AVT_STOP_NONE && claim->in_runner)
        worker->runner->cancel(worker->runner->user);
    struct avt_claim seen = *claim;
    avt_mutex_unlock(worker->lock);
    if (beat)
        heartbeat(worker, &seen);
    if (send)
        avt_worker_send_progress(worker);
    if (seen.stop != AVT_STOP_NONE && seen.in_runner)
        lose_patience(worker, &seen, now);
}

void avt_worker_beat_main(void *user)
{
    struct avt_worker *worker = user;
    int parent_fd = worker->options->parent_fd;
    int64_t sixth_ms = worker->options->lease_ms / 6 + 1;
    int tick_ms = sixth_ms < TICK_MS ? (int)sixth_ms : TICK_MS;
    while (!atomic_load(&worker->ends)) {
        avt_mutex_lock(worker->lock);
        bool running = worker->claim.running;
        avt_mutex_unlock(worker->lock);
        struct pollfd fds[2] = {{.fd = worker->beat_fd, .events = POLLIN},
                                {.fd = parent_fd, .events = POLLIN}};
        if (poll(fds, 2, running ? tick_ms : -1) < 0 && errno != EINTR)
            return;
        avt_wake_clear(worker->beat_fd);
        char byte;
        if (fds[1].revents && read(parent_fd, &byte, 1) <= 0) {
            parent_fd = -1;
            avt_worker_log(worker, AVT_LOG_WARN, NULL,
                           "the server is gone: no more jobs are taken");
            int none = 0;
            (void)atomic_compare_exchange_strong(&worker->drain, &none, 1);
            avt_wake(worker->idle_fd);
        }
        tick(worker);
    }
}
