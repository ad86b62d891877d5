/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Submission. A commit waits for the disk, some milliseconds, whatever it holds; so threads that
 * submit at the same time share one. Each puts its job on a list and then waits for the store's
 * lock; the first to get it commits all that is on the list, and the others find theirs done.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/thread.h"
#include "store/jobstore_ops.h"

enum {
    BATCH_MAX = 256,    /* jobs in one commit */
    COUNT_EVERY = 1000, /* submits from here after which others' are counted in again */
    ID_TRIES = 8,
};

/* Lives on the stack of the thread that submits. */
struct avt_submission {
    struct avt_submission *next;
    struct avt_job *job;
    const struct avt_jobstore_idempotency *idempotency;
    char *params_text;
    char key[AVT_SHA256_HEX_SIZE]; /* of scope and key; "" without one */
    struct avt_job before;         /* for a replay: the earlier job */
    bool done, replayed;
    enum avt_code code;
    struct avt_error error;
};

/* ---- what is asked for ----------------------------------------------------------------------- */

static bool is_line(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            return false;
    return avt_utf8_invalid_at(text, strlen(text)) == SIZE_MAX;
}

static enum avt_code check(struct avt_submission *sub, struct avt_error *reterr)
{
    struct avt_job *job = sub->job;
    avt_assert((unsigned)job->type < AVT_JOB_TYPE_COUNT && json_is_object(job->params));
    if (job->priority < -AVT_JOB_PRIORITY_MAX || job->priority > AVT_JOB_PRIORITY_MAX)
        return avt_fail(reterr, AVT_EINVAL, "a priority is %d to %d, not %d", -AVT_JOB_PRIORITY_MAX,
                        AVT_JOB_PRIORITY_MAX, job->priority);
    if (job->attempts_max == 0)
        job->attempts_max = AVT_JOB_ATTEMPTS_DEFAULT;
    if (job->attempts_max < 1 || job->attempts_max > AVT_JOB_ATTEMPTS_MAX)
        return avt_fail(reterr, AVT_EINVAL, "a job is tried 1 to %d times, not %d",
                        AVT_JOB_ATTEMPTS_MAX, job->attempts_max);
    if (!avt_job_owner_valid(job->owner) || !is_line(job->request_id) || !is_line(job->webhook_url))
        return avt_fail(reterr, AVT_EINVAL,
                        "the owner, request id or webhook of the job holds odd characters");
    if (job->run_at_ms < 0 || !(job->estimate_s >= 0.0 && job->estimate_s < 1e9))
        return avt_fail(reterr, AVT_EINVAL, "the time or the estimate of the job is out of range");
    sub->params_text = json_dumps(job->params, JSON_COMPACT);
    if (!sub->params_text)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the parameters of a job");
    if (strlen(sub->params_text) > AVT_JOB_PARAMS_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the parameters of a job have at most %d bytes",
                        AVT_JOB_PARAMS_BYTES_MAX);
    return AVT_OK;
}

static enum avt_code check_key(struct avt_submission *sub, struct avt_error *reterr)
{
    const struct avt_jobstore_idempotency *idempotency = sub->idempotency;
    if (!idempotency || !idempotency->key)
        return AVT_OK;
    size_t size = strlen(idempotency->key);
    if (size < 1 || size > AVT_IDEMPOTENCY_KEY_MAX)
        return avt_fail(reterr, AVT_EINVAL, "an idempotency key has 1 to %d bytes",
                        AVT_IDEMPOTENCY_KEY_MAX);
    AVT_CLEANUP(avt_freep)
    char *whole = avt_asprintf("%s\n%s", idempotency->scope, idempotency->key);
    avt_sha256_data(whole, strlen(whole), sub->key);
    return AVT_OK;
}

/* ---- one job, inside the transaction --------------------------------------------------------- */

/* Was the key used before? A job that is gone, or an entry out of date, leaves it free. */
static enum avt_code find_earlier(struct avt_jobstore *store, struct avt_submission *sub,
                                  int64_t now_ms, struct avt_error *reterr)
{
    struct avt_idempotency_entry entry;
    if (!sub->key[0])
        return AVT_OK;
    enum avt_code code = store->ops->idempotency_get(store->impl, sub->key, &entry, reterr);
    if (code == AVT_ENOENT || (code == AVT_OK && entry.expires_ms <= now_ms))
        return AVT_OK;
    if (code != AVT_OK)
        return code;
    code = store->ops->job_load(store->impl, entry.job, true, &sub->before, reterr);
    if (code == AVT_ENOENT)
        return AVT_OK;
    if (code != AVT_OK)
        return code;
    if (!avt_str_equal(entry.request_sha256, sub->idempotency->request_sha256)) {
        avt_job_done(&sub->before);
        return avt_fail(reterr, AVT_EINVAL,
                        "this idempotency key was used for another request: choose a new key");
    }
    sub->replayed = true;
    return AVT_OK;
}

/* A full count takes time in proportion to the queue; a bound from above is enough until it is near
 * the limit. What other processes add is seen with the next count. */
static enum avt_code check_queue(struct avt_jobstore *store, struct avt_error *reterr)
{
    if (store->submitted_since >= COUNT_EVERY || store->pending_at_most >= store->queue_max) {
        enum avt_code code = store->ops->count(store->impl, NULL, 1u << AVT_JOB_PENDING,
                                               &store->pending_at_most, reterr);
        if (code != AVT_OK)
            return code;
        store->submitted_since = 0;
    }
    if (store->pending_at_most >= store->queue_max)
        return avt_fail(reterr, AVT_ELIMIT,
                        "%lld jobs are waiting already, which is the limit: try again later",
                        store->pending_at_most);
    return AVT_OK;
}

static enum avt_code make_id(struct avt_jobstore *store, struct avt_job *job, int64_t now_ms,
                             struct avt_error *reterr)
{
    for (int i = 0; i < ID_TRIES; i++) {
        struct avt_job other = {0};
        avt_job_id_make(now_ms, job->id);
        enum avt_code code = store->ops->job_load(store->impl, job->id, false, &other, reterr);
        if (code == AVT_ENOENT)
            return AVT_OK;
        if (code != AVT_OK)
            return code;
    }
    return avt_fail(reterr, AVT_EINTERNAL, "no free id for a job was found");
}

static void fill_in(struct avt_job *job, int64_t now_ms)
{
    job->status = AVT_JOB_PENDING;
    job->created_ms = job->updated_ms = now_ms;
    if (job->run_at_ms == 0)
        job->run_at_ms = now_ms;
    job->started_ms = job->finished_ms = job->lease_until_ms = job->lease_token = 0;
    job->attempt = job->rescues = job->progress = job->stages_completed = 0;
    job->cancel_requested = false;
    job->stage[0] = job->lease_owner[0] = '\0';
    job->error_code[0] = job->error_message[0] = job->error_stage[0] = '\0';
    memset(job->stage_s, 0, sizeof(job->stage_s));
    json_decref(job->result);
    job->result = NULL;
}

/* *ret_wrote: something was written, so that a failure is one of the whole transaction. */
static enum avt_code submit_one(struct avt_jobstore *store, struct avt_submission *sub,
                                int64_t now_ms, bool *ret_wrote, struct avt_error *reterr)
{
    struct avt_job *job = sub->job;
    enum avt_code code = find_earlier(store, sub, now_ms, reterr);
    if (code != AVT_OK || sub->replayed)
        return code;
    code = check_queue(store, reterr);
    if (code == AVT_OK)
        code = make_id(store, job, now_ms, reterr);
    if (code != AVT_OK)
        return code;
    fill_in(job, now_ms);
    *ret_wrote = true;
    if (sub->key[0]) {
        struct avt_idempotency_entry entry = {.expires_ms = now_ms + AVT_IDEMPOTENCY_MS};
        memcpy(entry.key, sub->key, sizeof(entry.key));
        memcpy(entry.request_sha256, sub->idempotency->request_sha256,
               sizeof(entry.request_sha256));
        memcpy(entry.job, job->id, sizeof(entry.job));
        code = store->ops->idempotency_put(store->impl, &entry, reterr);
    }
    if (code == AVT_OK) {
        AVT_CLEANUP(avt_json_decrefp) json_t *event = avt_job_status_event(job);
        code = store->ops->job_insert(store->impl, job, sub->params_text, event, reterr);
    }
    if (code == AVT_OK) {
        store->pending_at_most++;
        store->submitted_since++;
    }
    return code;
}

/* ---- many jobs in one commit ----------------------------------------------------------------- */

/* Takes the oldest BATCH_MAX off the list, oldest first. */
static struct avt_submission *take_batch(struct avt_jobstore *store)
{
    struct avt_submission *oldest_first = NULL, *rest = NULL;
    avt_mutex_lock(store->waiting_lock);
    for (struct avt_submission *sub = store->waiting, *next; sub; sub = next) {
        next = sub->next;
        sub->next = oldest_first;
        oldest_first = sub;
    }
    size_t count = 0;
    for (struct avt_submission *sub = oldest_first; sub; sub = sub->next) {
        if (++count == BATCH_MAX) {
            rest = sub->next;
            sub->next = NULL;
        }
    }
    store->waiting = NULL;
    for (struct avt_submission *next; rest; rest = next) {
        next = rest->next;
        rest->next = store->waiting;
        store->waiting = rest;
    }
    avt_mutex_unlock(store->waiting_lock);
    return oldest_first;
}

/* A failure that concerns all: those that were refused for a reason of their own keep it. */
static void fail_batch(struct avt_submission *batch, enum avt_code code,
                       const struct avt_error *error)
{
    for (struct avt_submission *sub = batch; sub; sub = sub->next) {
        if (sub->code != AVT_OK)
            continue;
        if (sub->replayed)
            avt_job_done(&sub->before);
        sub->code = code;
        sub->error = *error;
    }
}

/* Under the store's lock. */
static void commit_batch(struct avt_jobstore *store, struct avt_submission *batch)
{
    struct avt_error error = {0};
    int64_t now_ms;
    bool wrote = false;
    enum avt_code code = store->ops->begin(store->impl, &error);
    if (code != AVT_OK) {
        fail_batch(batch, code, &error);
        return;
    }
    code = avt_jobstore_follow_clock(store, &now_ms, &error);
    for (struct avt_submission *sub = batch; sub && code == AVT_OK; sub = sub->next) {
        bool wrote_this = false;
        sub->code = submit_one(store, sub, now_ms, &wrote_this, &sub->error);
        wrote |= wrote_this;
        if (sub->code != AVT_OK && wrote_this) {
            code = sub->code;
            error = sub->error;
        }
    }
    if (code == AVT_OK && wrote)
        code = store->ops->commit(store->impl, &error);
    else
        store->ops->rollback(store->impl);
    if (code != AVT_OK)
        fail_batch(batch, code, &error);
}

/* Commits what waits. `together`: there were several the last time, so more are on their way; a
 * moment's patience, little beside a commit, has them share this one. Returns how many there were.
 */
static size_t lead(struct avt_jobstore *store, bool together)
{
    enum { PATIENCE_NS = 300000 };
    if (together)
        (void)nanosleep(&(struct timespec){0, PATIENCE_NS}, NULL);
    avt_mutex_lock(store->lock);
    struct avt_submission *batch = take_batch(store);
    commit_batch(store, batch);
    avt_mutex_unlock(store->lock);
    size_t count = 0;
    avt_mutex_lock(store->waiting_lock);
    for (struct avt_submission *sub = batch, *next; sub; sub = next, count++) {
        next = sub->next; /* `sub` is its thread's again once it is done and the lock is free */
        sub->done = true;
    }
    avt_mutex_unlock(store->waiting_lock);
    return count;
}

/* Wait until somebody has committed `sub`, or do it. */
static void take_turn(struct avt_jobstore *store, struct avt_submission *sub)
{
    avt_mutex_lock(store->waiting_lock);
    sub->next = store->waiting;
    store->waiting = sub;
    while (!sub->done) {
        if (store->led) {
            avt_cond_wait(store->turn, store->waiting_lock);
            continue;
        }
        bool together = store->last_batch > 1;
        store->led = true;
        avt_mutex_unlock(store->waiting_lock);
        size_t count = lead(store, together);
        avt_mutex_lock(store->waiting_lock);
        store->led = false;
        store->last_batch = count;
        avt_cond_wake_all(store->turn);
    }
    avt_mutex_unlock(store->waiting_lock);
}

enum avt_code avt_jobstore_submit(struct avt_jobstore *store, struct avt_job *job,
                                  const struct avt_jobstore_idempotency *idempotency,
                                  bool *ret_replayed, struct avt_error *reterr)
{
    struct avt_submission sub = {.job = job, .idempotency = idempotency};
    enum avt_code code = check(&sub, reterr);
    if (code == AVT_OK)
        code = check_key(&sub, reterr);
    if (code != AVT_OK) {
        avt_free(sub.params_text);
        return code;
    }
    take_turn(store, &sub);
    avt_free(sub.params_text);
    if (sub.code != AVT_OK) {
        if (reterr)
            *reterr = sub.error;
        return sub.code;
    }
    if (sub.replayed) {
        avt_job_done(job);
        *job = sub.before;
    }
    if (ret_replayed)
        *ret_replayed = sub.replayed;
    return AVT_OK;
}
