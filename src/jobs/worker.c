/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/worker.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "jobs/link_peer.h"
#include "jobs/outputs.h"
#include "jobs/recordings.h"
#include "jobs/retry.h"
#include "jobs/worker_private.h"
#include "os/proc.h"

/* A store that fails may be a full disk or a lock held by a backup: both pass. */
#define STORE_PATIENCE_S 60.0

#define HOURS   (3600 * 1000)
#define MINUTES (60 * 1000)

const struct avt_worker_options avt_worker_options_default = {
    .lease_ms = 60 * 1000,
    .poll_ms = 1000,
    .rescues_max = 3,
    .drain_ms = 30 * 1000,
    .stop_ms = 1500,
    .stuck_ms = 30 * 1000,
    .time_limit_ms =
        {
            /* Four hours of speech on a machine that makes it in real time, and some. */
            [AVT_JOB_FULL_PIPELINE] = 6 * HOURS,
            [AVT_JOB_LIPSYNC] = 6 * HOURS,
            [AVT_JOB_VIDEO_ENCODE] = 6 * HOURS,
            [AVT_JOB_VOICE_SYNTHESIS] = 2 * HOURS,
            [AVT_JOB_VOICE_CLONE] = 2 * HOURS,
            [AVT_JOB_AVATAR_GENERATE] = 2 * HOURS,
            [AVT_JOB_FACE_DETECT] = 2 * MINUTES,
            [AVT_JOB_VIDEO_INFO] = 1 * MINUTES,
            [AVT_JOB_WEBHOOK] = 1 * MINUTES,
        },
    .parent_fd = -1,
};

void avt_worker_log(struct avt_worker *worker, enum avt_log_level level, const struct avt_job *job,
                    const char *format, ...)
{
    if (!worker->options->log)
        return;
    char text[AVT_ERROR_MESSAGE_MAX + 128];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    worker->options->log(level, job, text, worker->options->user);
}

static void sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* ---- progress and status --------------------------------------------------------------------- */

void avt_worker_on_progress(const struct avt_work *work, const struct avt_work_progress *progress)
{
    struct avt_worker *worker = work->user;
    avt_mutex_lock(worker->lock);
    struct avt_claim *claim = &worker->claim;
    double percent = progress->fraction * 100;
    /* 100 is what a completed job has. */
    claim->progress = percent >= 99 ? 99 : percent >= 0 ? (int)percent : 0;
    if (progress->stage)
        snprintf(claim->stage, sizeof(claim->stage), "%s", progress->stage);
    claim->stages_completed = progress->stages_completed;
    claim->eta_s = progress->eta_s;
    claim->speed = progress->speed;
    bool send = avt_now_s() - claim->sent >= 0.25;
    avt_mutex_unlock(worker->lock);
    if (send)
        avt_worker_send_progress(worker);
}

static void fill_status(struct avt_worker_status *status, void *user)
{
    struct avt_worker *worker = user;
    *status = (struct avt_worker_status){
        .pid = (int)getpid(),
        .interactive = worker->options->interactive,
        .draining = atomic_load(&worker->drain) > 0,
        .uptime_s = avt_now_s() - worker->started,
        .rss_bytes = (int64_t)avt_memory_now_bytes(),
        .budget_bytes = worker->options->budget_bytes,
    };
    snprintf(status->name, sizeof(status->name), "%s", worker->options->name);
    if (worker->runner->models)
        status->model_count =
            worker->runner->models(status->models, AVT_LINK_MODELS_MAX, worker->runner->user);
    avt_mutex_lock(worker->lock);
    status->jobs_done = worker->jobs_done;
    if (worker->claim.running) {
        memcpy(status->job, worker->claim.job.id, sizeof(status->job));
        memcpy(status->stage, worker->claim.stage, sizeof(status->stage));
        status->progress = worker->claim.progress;
    }
    avt_mutex_unlock(worker->lock);
}

static void on_message(const struct avt_link_message *message, void *user)
{
    struct avt_worker *worker = user;
    if (message->type == AVT_LINK_WAKE) {
        avt_wake(worker->idle_fd);
    } else if (message->type == AVT_LINK_DRAIN) {
        avt_worker_drain(worker);
    } else {
        avt_mutex_lock(worker->lock);
        struct avt_claim *claim = &worker->claim;
        if (claim->running && !claim->settled && strcmp(claim->job.id, message->job) == 0)
            avt_claim_stop(claim, AVT_STOP_CANCEL);
        avt_mutex_unlock(worker->lock);
        avt_wake(worker->beat_fd);
    }
}

static void say(struct avt_worker *worker, enum avt_link_type type, const struct avt_job *job,
                enum avt_job_status status)
{
    if (!worker->link)
        return;
    struct avt_link_message message = {.type = type, .status = status};
    memcpy(message.job, job->id, sizeof(message.job));
    avt_link_send(worker->link, &message);
    message = (struct avt_link_message){.type = AVT_LINK_STATUS};
    fill_status(&message.worker, worker);
    avt_link_send(worker->link, &message);
}

/* ---- the end of a claim ---------------------------------------------------------------------- */

enum ending { COMPLETED, FAILED, RETRIED, CANCELLED, HANDED_BACK, LOST };

static enum ending ending_of(enum avt_stop stop, enum avt_code code)
{
    if (stop == AVT_STOP_LOST)
        return LOST;
    /* Who cancelled does not want it any more, even if it is ready. */
    if (stop == AVT_STOP_CANCEL)
        return CANCELLED;
    if (code == AVT_OK)
        return COMPLETED;
    return stop == AVT_STOP_HAND_BACK && code == AVT_ECANCELLED ? HANDED_BACK : FAILED;
}

/* One try to write it down. */
static enum avt_code write_ending(struct avt_worker *worker, enum ending *ending,
                                  const struct avt_error *why, struct avt_work_result *result,
                                  struct avt_error *reterr)
{
    struct avt_jobstore *store = worker->options->store;
    const struct avt_job *job = &worker->claim.job;
    if (*ending == COMPLETED)
        return avt_jobstore_complete(store, job->id, job->lease_token, result->result,
                                     result->stage_s, reterr);
    if (*ending == CANCELLED)
        return avt_jobstore_cancelled(store, job->id, job->lease_token, reterr);
    if (*ending == HANDED_BACK)
        return avt_jobstore_hand_back(store, job->id, job->lease_token, reterr);
    int64_t retry_after_ms = 0;
    bool failed = false;
    if (avt_retry_may_help(why->code)) {
        uint16_t random;
        avt_random_bytes(&random, sizeof(random));
        int faults = job->attempt - job->rescues; /* a lost worker says nothing about this fault */
        retry_after_ms =
            avt_retry_delay_ms(job->type, faults > 0 ? faults : 1, random / (UINT16_MAX + 1.0));
    }
    enum avt_code code =
        avt_jobstore_fail(store, job->id, job->lease_token, why, result ? result->stage : "",
                          retry_after_ms, &failed, reterr);
    if (code == AVT_OK)
        *ending = failed ? FAILED : RETRIED;
    return code;
}

/* Until it is written, the lease is lost, or patience ends: then `ending` becomes LOST. False if
 * nothing was written and the store gave no reason to give up. */
static bool write_patiently(struct avt_worker *worker, enum ending *ending, struct avt_error *why,
                            struct avt_work_result *result, double patience_s)
{
    double until = avt_now_s() + patience_s;
    for (int64_t pause_ms = 100;; pause_ms = pause_ms < 2000 ? pause_ms * 2 : 2000) {
        struct avt_error error = {0};
        enum avt_code code = write_ending(worker, ending, why, result, &error);
        if (code == AVT_OK)
            return true;
        if (code == AVT_ENOENT || avt_now_s() >= until) {
            if (code != AVT_ENOENT)
                avt_worker_log(worker, AVT_LOG_ERROR, &worker->claim.job,
                               "what came of the job could not be stored: %s", error.message);
            *ending = LOST;
            return code == AVT_ENOENT;
        }
        /* Our own output may be what fills the disk: without it the failure can be stored. And a
         * result that is too large will not become smaller. */
        if ((code == AVT_ENOSPACE || code == AVT_ELIMIT) && *ending == COMPLETED) {
            avt_job_output_remove(worker->options->storage, worker->claim.job.id,
                                  worker->claim.job.lease_token);
            *ending = FAILED;
            *why = error;
        }
        sleep_ms(pause_ms);
    }
}

static void report_ending(struct avt_worker *worker, enum ending ending,
                          const struct avt_error *why)
{
    static const struct {
        enum avt_job_status status;
        enum avt_log_level level;
        const char *text;
    } endings[] = {
        [COMPLETED] = {AVT_JOB_COMPLETED, AVT_LOG_INFO, "completed"},
        [FAILED] = {AVT_JOB_FAILED, AVT_LOG_WARN, "failed: "},
        [RETRIED] = {AVT_JOB_PENDING, AVT_LOG_WARN, "failed, will be tried again: "},
        [CANCELLED] = {AVT_JOB_CANCELLED, AVT_LOG_INFO, "cancelled"},
        [HANDED_BACK] = {AVT_JOB_PENDING, AVT_LOG_INFO, "handed back"},
        [LOST] = {AVT_JOB_PENDING, AVT_LOG_WARN, "the lease was lost, the work is dropped"},
    };
    const struct avt_job *job = &worker->claim.job;
    bool with_reason = ending == FAILED || ending == RETRIED;
    avt_worker_log(worker, endings[ending].level, job, "%s%s", endings[ending].text,
                   with_reason ? why->message : "");
    avt_mutex_lock(worker->lock);
    long long *const counters[] = {
        [COMPLETED] = &worker->counts.completed,     [FAILED] = &worker->counts.failed,
        [RETRIED] = &worker->counts.retried,         [CANCELLED] = &worker->counts.cancelled,
        [HANDED_BACK] = &worker->counts.handed_back, [LOST] = &worker->counts.lost,
    };
    ++*counters[ending];
    avt_mutex_unlock(worker->lock);
    if (ending != LOST)
        say(worker, AVT_LINK_FINISHED, job, endings[ending].status);
}

bool avt_worker_settle(struct avt_worker *worker, long long serial, enum avt_stop stop,
                       enum avt_code code, const struct avt_error *error,
                       struct avt_work_result *result, double patience_s)
{
    struct avt_claim *claim = &worker->claim;
    avt_mutex_lock(worker->settle_lock);
    avt_mutex_lock(worker->lock);
    bool mine = claim->running && claim->serial == serial && !claim->settled;
    avt_mutex_unlock(worker->lock);
    if (!mine) {
        avt_mutex_unlock(worker->settle_lock);
        return false;
    }
    enum ending ending = ending_of(stop, code);
    bool done = ending == COMPLETED;
    struct avt_error why = *error;
    why.code = code;
    if (stop == AVT_STOP_LIMIT && code == AVT_ECANCELLED)
        (void)avt_fail(&why, AVT_ETIMEOUT, "the job took longer than its limit of %.0f s",
                       (double)worker->options->time_limit_ms[claim->job.type] / 1e3);
    else if (ending == FAILED && code == AVT_ECANCELLED)
        (void)avt_fail(&why, AVT_EINTERNAL, "the work stopped without a reason");
    if (ending != LOST && !write_patiently(worker, &ending, &why, result, patience_s) &&
        patience_s <= 0) {
        avt_mutex_unlock(worker->settle_lock);
        return false; /* there will be another occasion */
    }
    avt_mutex_lock(worker->lock);
    claim->settled = true;
    avt_mutex_unlock(worker->lock);
    if (ending == COMPLETED || ending == FAILED || ending == CANCELLED)
        avt_job_recordings_remove(worker->options->store, worker->options->storage, &claim->job);
    report_ending(worker, ending, &why);
    avt_mutex_unlock(worker->settle_lock);
    return ending == COMPLETED || (done && ending == LOST);
}

/* ---- one job --------------------------------------------------------------------------------- */

static enum avt_code run_claimed(struct avt_worker *worker, struct avt_work_result *result,
                                 struct avt_error *reterr)
{
    const struct avt_job *job = &worker->claim.job;
    struct avt_job_params params;
    enum avt_code code = avt_job_params_read(job->type, job->params, &params, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    code =
        avt_job_output_make(worker->options->storage, job->id, job->lease_token, &folder, reterr);
    if (code != AVT_OK)
        return code;
    char prefix[24];
    snprintf(prefix, sizeof(prefix), "%lld/", (long long)job->lease_token);
    const struct avt_work work = {.job = job,
                                  .params = &params,
                                  .storage = worker->options->storage,
                                  .folder = folder,
                                  .prefix = prefix,
                                  .store = worker->options->store,
                                  .progress = avt_worker_on_progress,
                                  .user = worker};
    avt_mutex_lock(worker->lock);
    worker->claim.in_runner = true;
    avt_mutex_unlock(worker->lock);
    code = worker->runner->run(&work, result, worker->runner->user, reterr);
    avt_mutex_lock(worker->lock);
    worker->claim.in_runner = false;
    avt_mutex_unlock(worker->lock);
    return code;
}

/** Run and settle the job in worker->claim. */
static void do_job(struct avt_worker *worker)
{
    struct avt_claim *claim = &worker->claim;
    struct avt_work_result result = {0};
    struct avt_error error = {0};
    say(worker, AVT_LINK_CLAIMED, &claim->job, AVT_JOB_RUNNING);
    avt_worker_log(worker, AVT_LOG_INFO, &claim->job, "attempt %d of %d begins", claim->job.attempt,
                   claim->job.attempts_max + claim->job.rescues);
    avt_wake(worker->beat_fd);
    enum avt_code code = run_claimed(worker, &result, &error);
    avt_assert(code != AVT_OK || json_is_object(result.result));
    avt_mutex_lock(worker->lock);
    enum avt_stop stop = claim->stop;
    avt_mutex_unlock(worker->lock);
    if (!avt_worker_settle(worker, claim->serial, stop, code, &error, &result, STORE_PATIENCE_S))
        avt_job_output_remove(worker->options->storage, claim->job.id, claim->job.lease_token);
    else
        avt_job_output_tidy(worker->options->storage, claim->job.id, claim->job.lease_token);
    json_decref(result.result);
    avt_mutex_lock(worker->lock);
    worker->jobs_done++;
    claim->running = false;
    avt_job_done(&claim->job);
    avt_mutex_unlock(worker->lock);
    if (worker->runner->trim && worker->options->budget_bytes > 0)
        worker->runner->trim(worker->options->budget_bytes, worker->runner->user);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static enum avt_code claim_next(struct avt_worker *worker, struct avt_error *reterr)
{
    const struct avt_worker_options *options = worker->options;
    const struct avt_job_claim_options claim = {.worker = worker->owner,
                                                .lease_ms = options->lease_ms,
                                                .short_only = options->interactive,
                                                .types = worker->runner->types};
    struct avt_job job = {0};
    double now = avt_now_s();
    enum avt_code code = avt_jobstore_claim(options->store, &claim, &job, reterr);
    if (code != AVT_OK)
        return code;
    avt_mutex_lock(worker->lock);
    worker->claim = (struct avt_claim){
        .running = true,
        .serial = worker->claim.serial + 1,
        .job = job,
        .started = now,
        .beaten = now,
        .beat_next = avt_worker_beat_next(worker, now),
        .eta_s = -1,
    };
    avt_mutex_unlock(worker->lock);
    return AVT_OK;
}

/* Of others: a lost worker's job shall not wait for a server that nobody started. */
static void free_lost_leases(struct avt_worker *worker)
{
    const struct avt_worker_options *options = worker->options;
    double now = avt_now_s();
    size_t rescued = 0;
    struct avt_error error = {0};
    if (now < worker->rescue_at)
        return;
    worker->rescue_at = now + (double)options->lease_ms / 3e3;
    enum avt_code code = avt_jobstore_rescue(options->store, NULL, options->rescues_max, NULL, NULL,
                                             &rescued, &error);
    if (code != AVT_OK)
        avt_worker_log(worker, AVT_LOG_WARN, NULL, "lost jobs could not be looked for: %s",
                       error.message);
    else if (rescued > 0)
        avt_worker_log(worker, AVT_LOG_INFO, NULL, "%zu jobs of lost workers are free again",
                       rescued);
}

static void wait_for_work(struct avt_worker *worker, int64_t timeout_ms)
{
    struct pollfd idle = {.fd = worker->idle_fd, .events = POLLIN};
    if (atomic_load(&worker->drain) == 0)
        (void)poll(&idle, 1, (int)timeout_ms);
    avt_wake_clear(worker->idle_fd);
}

static bool worn_out(const struct avt_worker *worker)
{
    const struct avt_worker_options *options = worker->options;
    return (options->jobs_max > 0 && worker->jobs_done >= options->jobs_max) ||
           (options->rss_max_bytes > 0 && (int64_t)avt_memory_now_bytes() > options->rss_max_bytes);
}

enum avt_code avt_worker_run(struct avt_worker *worker, enum avt_worker_end *ret_end,
                             struct avt_error *reterr)
{
    double failing_since = 0;
    while (atomic_load(&worker->drain) == 0) {
        struct avt_error error = {0};
        free_lost_leases(worker);
        enum avt_code code = claim_next(worker, &error);
        if (code == AVT_OK) {
            failing_since = 0;
            do_job(worker);
            if (worn_out(worker)) {
                *ret_end = AVT_WORKER_RECYCLE;
                return AVT_OK;
            }
        } else if (code != AVT_ENOENT) {
            double now = avt_now_s();
            failing_since = failing_since > 0 ? failing_since : now;
            avt_worker_log(worker, AVT_LOG_WARN, NULL, "no job can be claimed: %s", error.message);
            if (now - failing_since > STORE_PATIENCE_S || worker->options->once)
                return avt_fail(reterr, code, "%s", error.message);
        }
        if (worker->options->once) {
            *ret_end = AVT_WORKER_ONCE;
            return AVT_OK;
        }
        if (code != AVT_OK)
            wait_for_work(worker, worker->options->poll_ms);
    }
    *ret_end = AVT_WORKER_DRAINED;
    return AVT_OK;
}

void avt_worker_drain(struct avt_worker *worker)
{
    atomic_fetch_add(&worker->drain, 1);
    avt_wake(worker->idle_fd);
    avt_wake(worker->beat_fd);
}

/* ---- life ------------------------------------------------------------------------------------ */

void avt_worker_lease_owner(const char *name, int pid, char ret_owner[AVT_LEASE_OWNER_SIZE])
{
    snprintf(ret_owner, AVT_LEASE_OWNER_SIZE, "%.*s:%d", AVT_WORKER_NAME_SIZE - 1, name, pid);
}

enum avt_code avt_worker_new(const struct avt_worker_options *options,
                             const struct avt_runner *runner, struct avt_worker **ret_worker,
                             struct avt_error *reterr)
{
    avt_assert(options->store && options->storage && options->lease_ms > 0 && options->poll_ms > 0);
    if (!options->name || !avt_worker_name_valid(options->name))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' cannot name a worker: use up to %d letters, digits, dots, dashes and "
                        "underscores",
                        options->name ? options->name : "", AVT_WORKER_NAME_SIZE - 1);
    AVT_CLEANUP(avt_worker_freep) struct avt_worker *worker = avt_new0(struct avt_worker, 1);
    worker->options = options;
    worker->runner = runner;
    worker->started = avt_now_s();
    worker->lock = avt_mutex_new();
    worker->settle_lock = avt_mutex_new();
    worker->idle_fd = avt_wake_new();
    worker->beat_fd = avt_wake_new();
    avt_worker_lease_owner(options->name, (int)getpid(), worker->owner);
    if (worker->idle_fd < 0 || worker->beat_fd < 0)
        return avt_fail(reterr, AVT_EIO, "the worker cannot start: too many files are open");
    const struct avt_link_handler handler = {on_message, fill_status, worker};
    enum avt_code code = AVT_OK;
    if (!options->no_link)
        code = avt_link_listen(options->storage, options->name, &handler, &worker->link, reterr);
    if (code != AVT_OK)
        return code;
    worker->beat = avt_thread_start("beat", avt_worker_beat_main, worker);
    if (!worker->beat)
        return avt_fail(reterr, AVT_ENOMEM, "no more threads can be started on this machine");
    *ret_worker = AVT_TAKE(worker);
    return AVT_OK;
}

size_t avt_worker_model_to_drop(const struct avt_link_model *models, size_t count, int64_t bytes)
{
    int64_t sum = 0;
    size_t oldest = 0;
    for (size_t i = 0; i < count; i++) {
        sum += models[i].bytes;
        if (models[i].idle_s > models[oldest].idle_s)
            oldest = i;
    }
    return sum > bytes ? oldest : count;
}

void avt_worker_counts(struct avt_worker *worker, struct avt_worker_counts *ret_counts)
{
    avt_mutex_lock(worker->lock);
    *ret_counts = worker->counts;
    avt_mutex_unlock(worker->lock);
}

void avt_worker_free(struct avt_worker *worker)
{
    if (!worker)
        return;
    atomic_store(&worker->ends, true);
    if (worker->beat) {
        avt_wake(worker->beat_fd);
        avt_thread_join(worker->beat);
    }
    avt_link_free(worker->link);
    if (worker->idle_fd >= 0)
        close(worker->idle_fd);
    if (worker->beat_fd >= 0)
        close(worker->beat_fd);
    avt_mutex_free(worker->settle_lock);
    avt_mutex_free(worker->lock);
    avt_free(worker);
}
