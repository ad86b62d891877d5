/* SPDX-License-Identifier: Apache-2.0 */
/* What workers and their supervisor do to jobs. Every write of a worker names the token of its
 * claim: once the job was given to somebody else, the token is another and the write is refused. */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/thread.h"
#include "store/jobstore_ops.h"

/* Copies text of unknown origin into a field: cut at a whole character, control characters become
 * spaces, what is no UTF-8 becomes "?". */
static void copy_line(char *ret_text, size_t size, const char *text)
{
    size_t used = 0;
    while (*text) {
        uint32_t codepoint;
        size_t bytes = avt_utf8_decode(text, strnlen(text, 4), &codepoint);
        size_t width = bytes ? bytes : 1;
        if (used + width >= size)
            break;
        if (bytes > 1)
            memcpy(ret_text + used, text, bytes);
        else
            ret_text[used] = bytes == 0                                   ? '?'
                             : (unsigned char)*text < ' ' || *text == 127 ? ' '
                                                                          : *text;
        used += width;
        text += width;
    }
    ret_text[used] = '\0';
}

static enum avt_code lease_lost(const char *id, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOENT,
                    "the lease on '%.*s' is lost: the job was given to another worker, or is gone",
                    AVT_JOB_ID_SIZE, id);
}

/* A running job as it was claimed with `token`, without params and result. */
static enum avt_code load_claimed(struct avt_jobstore *store, const char *id, int64_t token,
                                  struct avt_job *ret_job, struct avt_error *reterr)
{
    struct avt_job job = {0};
    enum avt_code code = store->ops->job_load(store->impl, id, false, &job, reterr);
    if (code != AVT_OK && code != AVT_ENOENT)
        return code;
    if (code == AVT_ENOENT || job.status != AVT_JOB_RUNNING || job.lease_token != token)
        return lease_lost(id, reterr);
    *ret_job = job;
    return AVT_OK;
}

static enum avt_code update(struct avt_jobstore *store, const struct avt_job *job,
                            struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *event = avt_job_status_event(job);
    return store->ops->job_update(store->impl, job, event, reterr);
}

enum avt_code avt_jobstore_claim(struct avt_jobstore *store,
                                 const struct avt_job_claim_options *options,
                                 struct avt_job *ret_job, struct avt_error *reterr)
{
    int64_t now_ms;
    bool found = false;
    size_t size = strlen(options->worker);
    if (size < 1 || size >= sizeof(ret_job->lease_owner) || options->lease_ms <= 0)
        return avt_fail(reterr, AVT_EINVAL,
                        "a worker has a name of 1 to %zu bytes and a lease of some time",
                        sizeof(ret_job->lease_owner) - 1);
    /* Workers with nothing to do ask every second: they shall not stand in the way of each other.
     */
    avt_mutex_lock(store->lock);
    now_ms = avt_jobstore_now_ms(store);
    bool clock_moved =
        store->clock_seen_ms == 0 || now_ms < store->clock_seen_ms - AVT_JOBSTORE_CLOCK_SLACK_MS;
    enum avt_code code = store->ops->claimable(store->impl, options, now_ms, &found, reterr);
    avt_mutex_unlock(store->lock);
    if (code != AVT_OK)
        return code;
    if (!found && !clock_moved)
        return AVT_ENOENT;
    code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_job job = {0};
    code = store->ops->claim(store->impl, options, now_ms, &job, reterr);
    /* With none left there may still be the work of a clock that was set back to keep. */
    enum avt_code claimed = code;
    code = avt_jobstore_end(store, code == AVT_ENOENT ? AVT_OK : code, reterr);
    if (code != AVT_OK) {
        avt_job_done(&job);
        return code;
    }
    if (claimed == AVT_OK)
        *ret_job = job;
    return claimed;
}

struct beat {
    int64_t lease_ms;
    int progress;
    char stage[sizeof(((struct avt_job *)0)->stage)];
    int stages_completed;
};

/*
 * Is what a heartbeat says worth a wait for the disk? Workers beat every second to hear of a cancel, and a
 * lease is mostly a minute: it is prolonged once a quarter of it is over. In between, what has changed
 * much is written every few seconds.
 */
static bool worth_writing(const struct avt_job *job, const struct beat *beat, int64_t now_ms)
{
    enum { OFTEN_MS = 2000, MUCH = 10 };
    int64_t since_ms = now_ms - job->updated_ms;
    bool changed = !avt_str_equal(job->stage, beat->stage) ||
                   job->stages_completed != beat->stages_completed ||
                   beat->progress - job->progress >= MUCH || beat->progress < job->progress;
    return since_ms < 0 || now_ms + beat->lease_ms - job->lease_until_ms >= beat->lease_ms / 4 ||
           (changed && since_ms >= OFTEN_MS);
}

static enum avt_code write_beat(struct avt_jobstore *store, const char *id, int64_t token,
                                const struct beat *beat, bool *ret_cancel, struct avt_error *reterr)
{
    int64_t now_ms;
    struct avt_job job = {0};
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    code = load_claimed(store, id, token, &job, reterr);
    if (code == AVT_OK) {
        job.lease_until_ms = now_ms + beat->lease_ms;
        job.updated_ms = now_ms;
        job.progress = beat->progress;
        memcpy(job.stage, beat->stage, sizeof(job.stage));
        job.stages_completed = beat->stages_completed;
        *ret_cancel = job.cancel_requested;
        code = store->ops->job_update(store->impl, &job, NULL, reterr);
    }
    return avt_jobstore_end(store, code, reterr);
}

enum avt_code avt_jobstore_heartbeat(struct avt_jobstore *store, const char *id, int64_t token,
                                     int64_t lease_ms, int progress, const char *stage,
                                     int stages_completed, bool *ret_cancel,
                                     struct avt_error *reterr)
{
    struct avt_job job = {0};
    struct beat beat = {.lease_ms = lease_ms,
                        .progress = progress < 0 ? 0 : progress > 100 ? 100 : progress,
                        .stages_completed = stages_completed & ((1 << AVT_JOB_STAGES) - 1)};
    copy_line(beat.stage, sizeof(beat.stage), stage);
    avt_mutex_lock(store->lock);
    enum avt_code code = load_claimed(store, id, token, &job, reterr);
    bool write = code == AVT_OK && worth_writing(&job, &beat, avt_jobstore_now_ms(store));
    avt_mutex_unlock(store->lock);
    bool cancel = job.cancel_requested;
    if (write)
        code = write_beat(store, id, token, &beat, &cancel, reterr);
    if (code == AVT_OK && ret_cancel)
        *ret_cancel = cancel;
    return code;
}

enum avt_code avt_jobstore_complete(struct avt_jobstore *store, const char *id, int64_t token,
                                    json_t *result, const double stage_s[AVT_JOB_STAGES],
                                    struct avt_error *reterr)
{
    int64_t now_ms;
    avt_assert(!result || json_is_object(result));
    if (result && json_dumpb(result, NULL, 0, JSON_COMPACT) > AVT_JOB_RESULT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the result of a job has at most %d bytes",
                        AVT_JOB_RESULT_BYTES_MAX);
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_job job = {0};
    code = load_claimed(store, id, token, &job, reterr);
    if (code == AVT_OK) {
        avt_job_set_status(&job, AVT_JOB_COMPLETED, now_ms);
        job.progress = 100;
        job.stage[0] = '\0';
        job.cancel_requested = false;
        for (int i = 0; stage_s && i < AVT_JOB_STAGES; i++) {
            job.stage_s[i] = stage_s[i] > 0.0 && stage_s[i] < 1e9 ? stage_s[i] : 0.0;
            job.stages_completed |= (job.stage_s[i] > 0.0) << i;
        }
        job.result = result; /* borrowed by the update */
        code = update(store, &job, reterr);
    }
    return avt_jobstore_end(store, code, reterr);
}

enum avt_code avt_jobstore_fail(struct avt_jobstore *store, const char *id, int64_t token,
                                const struct avt_error *error, const char *stage,
                                int64_t retry_after_ms, bool *ret_failed, struct avt_error *reterr)
{
    int64_t now_ms;
    bool failed = false;
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_job job = {0};
    code = load_claimed(store, id, token, &job, reterr);
    if (code == AVT_OK) {
        /* A full disk is no fault of the job's, and one attempt after the other would be used up while it is
         * full. Attempts that ended with the loss of a worker have a limit of their own. */
        int most = error->code == AVT_ENOSPACE ? AVT_JOB_ATTEMPTS_MAX : job.attempts_max;
        bool again = retry_after_ms > 0 && job.attempt - job.rescues < most;
        if (again && job.cancel_requested) {
            avt_job_set_status(&job, AVT_JOB_CANCELLED, now_ms);
        } else {
            avt_job_set_status(&job, again ? AVT_JOB_PENDING : AVT_JOB_FAILED, now_ms);
            if (again)
                job.run_at_ms = now_ms + retry_after_ms; /* the clock may have been set just now */
            copy_line(job.error_code, sizeof(job.error_code), avt_code_name(error->code));
            copy_line(job.error_message, sizeof(job.error_message), error->message);
            copy_line(job.error_stage, sizeof(job.error_stage), stage ? stage : "");
        }
        failed = avt_job_status_final(job.status);
        code = update(store, &job, reterr);
    }
    code = avt_jobstore_end(store, code, reterr);
    if (code == AVT_OK && ret_failed)
        *ret_failed = failed;
    return code;
}

/* The end of a claim that leaves no result and no error. */
static enum avt_code release(struct avt_jobstore *store, const char *id, int64_t token,
                             bool hand_back, struct avt_error *reterr)
{
    int64_t now_ms;
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_job job = {0};
    code = load_claimed(store, id, token, &job, reterr);
    if (code == AVT_OK) {
        bool again = hand_back && !job.cancel_requested;
        avt_job_set_status(&job, again ? AVT_JOB_PENDING : AVT_JOB_CANCELLED, now_ms);
        job.attempt -= again;
        code = update(store, &job, reterr);
    }
    return avt_jobstore_end(store, code, reterr);
}

enum avt_code avt_jobstore_cancelled(struct avt_jobstore *store, const char *id, int64_t token,
                                     struct avt_error *reterr)
{
    return release(store, id, token, false, reterr);
}

enum avt_code avt_jobstore_hand_back(struct avt_jobstore *store, const char *id, int64_t token,
                                     struct avt_error *reterr)
{
    return release(store, id, token, true, reterr);
}

/* ---- rescue ------------------------------------------------------------------------------------
 */

static void rescue_one(struct avt_job *job, int rescues_max, int64_t now_ms)
{
    job->rescues++;
    if (job->cancel_requested) {
        avt_job_set_status(job, AVT_JOB_CANCELLED, now_ms);
    } else if (job->rescues <= rescues_max) {
        avt_job_set_status(job, AVT_JOB_PENDING, now_ms);
    } else {
        copy_line(job->error_stage, sizeof(job->error_stage), job->stage);
        avt_job_set_status(job, AVT_JOB_FAILED, now_ms);
        copy_line(job->error_code, sizeof(job->error_code), "worker_lost");
        copy_line(job->error_message, sizeof(job->error_message),
                  "the worker was lost each time this job ran, so it is not tried again: look at "
                  "the worker's log, then retry the job");
    }
}

/* One batch, in a transaction of its own. The jobs are the caller's. */
static enum avt_code rescue_batch(struct avt_jobstore *store, const char *dead_worker,
                                  int rescues_max, struct avt_job *jobs, size_t *ret_count,
                                  struct avt_error *reterr)
{
    char ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE];
    struct avt_lease_query query = {.dead_worker = dead_worker};
    size_t count = 0, loaded = 0;
    enum avt_code code = avt_jobstore_begin(store, &query.now_ms, reterr);
    if (code != AVT_OK)
        return code;
    code = store->ops->lost(store->impl, &query, ids, &count, reterr);
    for (; loaded < count && code == AVT_OK; loaded++) {
        struct avt_job *job = &jobs[loaded];
        *job = (struct avt_job){0};
        code = store->ops->job_load(store->impl, ids[loaded], true, job, reterr);
        if (code != AVT_OK)
            break;
        rescue_one(job, rescues_max, query.now_ms);
        code = update(store, job, reterr);
    }
    code = avt_jobstore_end(store, code, reterr);
    *ret_count = loaded;
    return code;
}

/* Is there anything to do? Asked every second or so, so without a lock that others wait for. */
static enum avt_code any_lost(struct avt_jobstore *store, const char *dead_worker, bool *ret_any,
                              struct avt_error *reterr)
{
    char ids[AVT_RESCUE_BATCH][AVT_JOB_ID_SIZE];
    size_t count = 0;
    avt_mutex_lock(store->lock);
    struct avt_lease_query query = {avt_jobstore_now_ms(store), dead_worker};
    bool clock_moved = store->clock_seen_ms == 0 ||
                       query.now_ms < store->clock_seen_ms - AVT_JOBSTORE_CLOCK_SLACK_MS;
    enum avt_code code = store->ops->lost(store->impl, &query, ids, &count, reterr);
    avt_mutex_unlock(store->lock);
    *ret_any = count > 0 || clock_moved;
    return code;
}

enum avt_code avt_jobstore_rescue(struct avt_jobstore *store, const char *dead_worker,
                                  int rescues_max,
                                  void (*visit)(const struct avt_job *job, void *user), void *user,
                                  size_t *ret_count, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_job *jobs = avt_new0(struct avt_job, AVT_RESCUE_BATCH);
    size_t total = 0, count;
    bool any = false;
    enum avt_code code = any_lost(store, dead_worker, &any, reterr);
    while (code == AVT_OK && any) {
        count = 0;
        code = rescue_batch(store, dead_worker, rescues_max, jobs, &count, reterr);
        for (size_t i = 0; i < count; i++) {
            if (code == AVT_OK && visit)
                visit(&jobs[i], user);
            avt_job_done(&jobs[i]);
        }
        any = count == AVT_RESCUE_BATCH;
        total += code == AVT_OK ? count : 0;
    }
    if (code == AVT_OK && ret_count)
        *ret_count = total;
    return code;
}
