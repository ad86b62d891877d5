/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, the lock and the transaction around every call, and what clients ask. Submission is in
 * jobstore_submit.c, what workers do in jobstore_worker.c, records and events in jobstore_record.c.
 */
#include "store/jobstore.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/thread.h"
#include "store/jobstore_ops.h"

static const struct avt_jobstore_ops *const implementations[] = {
    &avt_jobstore_sqlite, /* the default first */

    &avt_jobstore_file,
    &avt_jobstore_memory,
    NULL,
};

static int64_t system_now_ms(void *user)
{
    (void)user;
    return avt_time_now_ms();
}

static const struct avt_jobstore_ops *find_implementation(const char *kind)
{
    for (int i = 0; implementations[i]; i++)
        if (avt_str_equal(implementations[i]->kind, kind))
            return implementations[i];
    return NULL;
}

enum avt_code avt_jobstore_open(const struct avt_jobstore_options *options,
                                struct avt_jobstore **ret_store, struct avt_error *reterr)
{
    avt_assert(options->kind && (options->storage || avt_str_equal(options->kind, "memory")));
    const struct avt_jobstore_ops *ops = find_implementation(options->kind);
    if (!ops)
        return avt_fail(reterr, AVT_EINVAL,
                        "there is no kind of store '%s': choose sqlite, file or memory",
                        options->kind);
    enum avt_code code = AVT_OK;
    if (options->storage && (code = avt_mkdirs(options->storage, reterr)) != AVT_OK)
        return code;
    AVT_CLEANUP(avt_jobstore_closep)
    struct avt_jobstore *store = avt_new0(struct avt_jobstore, 1);
    store->ops = ops;
    store->now_ms = options->now_ms ? options->now_ms : system_now_ms;
    store->report = options->report;
    store->user = options->user;
    store->queue_max = options->queue_max > 0 ? options->queue_max : AVT_JOBSTORE_QUEUE_MAX;
    store->submitted_since = UINT32_MAX;
    store->lock = avt_mutex_new();
    store->waiting_lock = avt_mutex_new();
    store->turn = avt_cond_new();
    code = ops->open(options, store, &store->impl, reterr);
    if (code != AVT_OK)
        return code;
    *ret_store = AVT_TAKE(store);
    return AVT_OK;
}

void avt_jobstore_close(struct avt_jobstore *store)
{
    if (!store)
        return;
    if (store->impl)
        store->ops->close(store->impl);
    avt_mutex_free(store->lock);
    avt_mutex_free(store->waiting_lock);
    avt_cond_free(store->turn);
    avt_free(store);
}

int64_t avt_jobstore_now_ms(struct avt_jobstore *store)
{
    return store->now_ms(store->user);
}

uint64_t avt_jobstore_version(struct avt_jobstore *store)
{
    return store->ops->version ? store->ops->version(store->impl) : 0;
}

void avt_jobstore_report(struct avt_jobstore *store, const char *format, ...)
{
    char sentence[AVT_ERROR_MESSAGE_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(sentence, sizeof(sentence), format, ap);
    va_end(ap);
    if (store->report)
        store->report(sentence, store->user);
    else
        avt_log(AVT_LOG_WARN, "%s", sentence);
}

enum avt_code avt_jobstore_backup(struct avt_jobstore *store, const char *folder,
                                  struct avt_error *reterr)
{
    enum avt_code code = avt_mkdirs(folder, reterr);
    if (code != AVT_OK)
        return code;
    avt_mutex_lock(store->lock);
    code = store->ops->backup(store->impl, folder, reterr);
    avt_mutex_unlock(store->lock);
    return code;
}

/* ---- the transaction around every change -------------------------------------------------------
 */

enum avt_code avt_jobstore_follow_clock(struct avt_jobstore *store, int64_t *ret_now_ms,
                                        struct avt_error *reterr)
{
    int64_t now_ms = avt_jobstore_now_ms(store);
    /* The first call of a handle looks too: the clock may have been set while nothing ran. */
    if (store->clock_seen_ms == 0 || now_ms < store->clock_seen_ms - AVT_JOBSTORE_CLOCK_SLACK_MS) {
        /* In a transaction of its own, since what was asked for may come to nothing. */
        enum avt_code code = store->ops->turn_back(store->impl, now_ms, reterr);
        if (code == AVT_OK)
            code = store->ops->commit(store->impl, reterr);
        if (code == AVT_OK)
            code = store->ops->begin(store->impl, reterr);
        if (code != AVT_OK)
            return code;
        store->clock_seen_ms = now_ms;
    }
    if (now_ms > store->clock_seen_ms)
        store->clock_seen_ms = now_ms;
    *ret_now_ms = now_ms;
    return AVT_OK;
}

enum avt_code avt_jobstore_begin(struct avt_jobstore *store, int64_t *ret_now_ms,
                                 struct avt_error *reterr)
{
    avt_mutex_lock(store->lock);
    enum avt_code code = store->ops->begin(store->impl, reterr);
    if (code != AVT_OK) {
        avt_mutex_unlock(store->lock);
        return code;
    }
    code = avt_jobstore_follow_clock(store, ret_now_ms, reterr);
    if (code != AVT_OK) {
        store->ops->rollback(store->impl);
        avt_mutex_unlock(store->lock);
    }
    return code;
}

enum avt_code avt_jobstore_end(struct avt_jobstore *store, enum avt_code code,
                               struct avt_error *reterr)
{
    if (code == AVT_OK)
        code = store->ops->commit(store->impl, reterr);
    else
        store->ops->rollback(store->impl);
    avt_mutex_unlock(store->lock);
    return code;
}

/* ---- clients ------------------------------------------------------------------------------------
 */

static enum avt_code no_such_job(const char *id, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOENT, "there is no job '%.*s'", AVT_JOB_ID_SIZE, id);
}

/* Loads a job that exists and is of that owner; under the lock. */
static enum avt_code load_owned(struct avt_jobstore *store, const char *id, const char *owner,
                                bool documents, struct avt_job *ret_job, struct avt_error *reterr)
{
    struct avt_job job = {0};
    enum avt_code code = store->ops->job_load(store->impl, id, documents, &job, reterr);
    if (code == AVT_ENOENT)
        return no_such_job(id, reterr);
    if (code != AVT_OK)
        return code;
    if (owner && !avt_str_equal(job.owner, owner)) {
        avt_job_done(&job);
        return no_such_job(id, reterr);
    }
    *ret_job = job;
    return AVT_OK;
}

enum avt_code avt_jobstore_get(struct avt_jobstore *store, const char *id, const char *owner,
                               struct avt_job *ret_job, struct avt_error *reterr)
{
    if (!avt_job_id_valid(id))
        return no_such_job(id, reterr);
    avt_mutex_lock(store->lock);
    enum avt_code code = load_owned(store, id, owner, true, ret_job, reterr);
    avt_mutex_unlock(store->lock);
    return code;
}

enum avt_code avt_jobstore_resolve(struct avt_jobstore *store, const char *prefix,
                                   const char *owner, char ret_id[AVT_JOB_ID_SIZE],
                                   struct avt_error *reterr)
{
    char ids[2][AVT_JOB_ID_SIZE];
    char whole[AVT_JOB_ID_SIZE + 4];
    size_t count = 0;
    if (*prefix == '\0' || strlen(prefix) >= AVT_JOB_ID_SIZE ||
        prefix[strspn(prefix, "job0123456789abcdef-")] != '\0')
        return no_such_job(prefix, reterr);
    snprintf(whole, sizeof(whole), "%s%s", avt_str_starts(prefix, "job-") ? "" : "job-", prefix);
    avt_mutex_lock(store->lock);
    enum avt_code code = store->ops->resolve(store->impl, whole, owner, ids, &count, reterr);
    avt_mutex_unlock(store->lock);
    if (code != AVT_OK)
        return code;
    if (count == 0)
        return avt_fail(reterr, AVT_ENOENT, "there is no job whose id begins with '%s'", whole);
    if (count > 1)
        return avt_fail(
            reterr, AVT_EINVAL,
            "several jobs have an id that begins with '%s', as %s and %s: give more of it", whole,
            ids[0], ids[1]);
    memcpy(ret_id, ids[0], AVT_JOB_ID_SIZE);
    return AVT_OK;
}

/* Cursors are "c" and the sequence of the last job in hex: opaque to clients, and none of theirs
 * gets further than this. */
static bool parse_cursor(const char *cursor, int64_t *ret_below)
{
    uint64_t value = 0;
    size_t digits = strspn(cursor + (*cursor == 'c'), "0123456789abcdef");
    if (*cursor != 'c' || digits == 0 || digits > 15 || cursor[1 + digits] != '\0')
        return false;
    for (const char *p = cursor + 1; *p; p++)
        value = value * 16 + (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
    *ret_below = (int64_t)value;
    return true;
}

enum avt_code avt_jobstore_list(struct avt_jobstore *store, const struct avt_job_filter *filter,
                                struct avt_job **ret_jobs, size_t *ret_count, char ret_cursor[64],
                                struct avt_error *reterr)
{
    int64_t below = INT64_MAX;
    if (filter->limit < 1 || filter->limit > AVT_JOB_LIST_MAX)
        return avt_fail(reterr, AVT_EINVAL, "a list has 1 to %d jobs, not %zu", AVT_JOB_LIST_MAX,
                        filter->limit);
    if (filter->status >= AVT_JOB_STATUS_COUNT || filter->type >= AVT_JOB_TYPE_COUNT)
        return avt_fail(reterr, AVT_EINVAL, "there is no such status or type of job");
    if (filter->cursor[0] && !parse_cursor(filter->cursor, &below))
        return avt_fail(reterr, AVT_EINVAL,
                        "'%.*s' is not a cursor: take the one that the page before came with",
                        (int)sizeof(filter->cursor), filter->cursor);
    /* One more than asked for tells whether there is another page. */
    struct avt_job_filter more = *filter;
    more.limit++;
    struct avt_job *jobs = avt_new0(struct avt_job, more.limit);
    size_t count = 0;
    avt_mutex_lock(store->lock);
    enum avt_code code = store->ops->list(store->impl, &more, below, jobs, &count, reterr);
    avt_mutex_unlock(store->lock);
    if (code != AVT_OK) {
        avt_free(jobs);
        return code;
    }
    ret_cursor[0] = '\0';
    if (count > filter->limit) {
        avt_job_done(&jobs[--count]);
        snprintf(ret_cursor, 64, "c%llx", (unsigned long long)jobs[count - 1].sequence);
    }
    *ret_jobs = jobs;
    *ret_count = count;
    return AVT_OK;
}

enum avt_code avt_jobstore_stats(struct avt_jobstore *store, const char *owner,
                                 struct avt_job_stats *ret_stats, struct avt_error *reterr)
{
    avt_mutex_lock(store->lock);
    enum avt_code code =
        store->ops->stats(store->impl, owner, avt_jobstore_now_ms(store), ret_stats, reterr);
    avt_mutex_unlock(store->lock);
    return code;
}

enum avt_code avt_jobstore_active_count(struct avt_jobstore *store, const char *owner,
                                        long long *ret_count, struct avt_error *reterr)
{
    const unsigned active = 1u << AVT_JOB_PENDING | 1u << AVT_JOB_RUNNING;
    avt_mutex_lock(store->lock);
    enum avt_code code = store->ops->count(store->impl, owner, active, ret_count, reterr);
    avt_mutex_unlock(store->lock);
    return code;
}

enum avt_code avt_jobstore_queue_position(struct avt_jobstore *store, const struct avt_job *job,
                                          long long *ret_ahead, double *ret_estimate_ahead_s,
                                          struct avt_error *reterr)
{
    if (job->status != AVT_JOB_PENDING) {
        *ret_ahead = 0;
        *ret_estimate_ahead_s = 0.0;
        return AVT_OK;
    }
    avt_mutex_lock(store->lock);
    enum avt_code code = store->ops->position(store->impl, job, avt_jobstore_now_ms(store),
                                              ret_ahead, ret_estimate_ahead_s, reterr);
    avt_mutex_unlock(store->lock);
    return code;
}

/* The change that a cancel is, in place; false if there is none. */
static bool cancel(struct avt_job *job, int64_t now_ms)
{
    if (avt_job_status_final(job->status) || job->cancel_requested)
        return false;
    job->cancel_requested = true;
    if (job->status == AVT_JOB_PENDING)
        avt_job_set_status(job, AVT_JOB_CANCELLED, now_ms);
    job->updated_ms = now_ms;
    return true;
}

enum avt_code avt_jobstore_cancel(struct avt_jobstore *store, const char *id, const char *owner,
                                  struct avt_job *ret_job, struct avt_error *reterr)
{
    int64_t now_ms;
    struct avt_job job = {0};
    if (!avt_job_id_valid(id))
        return no_such_job(id, reterr);
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    code = load_owned(store, id, owner, true, &job, reterr);
    if (code == AVT_OK && cancel(&job, now_ms)) {
        AVT_CLEANUP(avt_json_decrefp) json_t *event = avt_job_status_event(&job);
        if (job.status == AVT_JOB_RUNNING)
            json_object_set_new(event, "cancel_requested", json_true());
        code = store->ops->job_update(store->impl, &job, event, reterr);
    }
    code = avt_jobstore_end(store, code, reterr);
    if (code == AVT_OK)
        *ret_job = job;
    else
        avt_job_done(&job);
    return code;
}

enum avt_code avt_jobstore_delete(struct avt_jobstore *store, const char *id, const char *owner,
                                  struct avt_error *reterr)
{
    int64_t now_ms;
    struct avt_job job = {0};
    if (!avt_job_id_valid(id))
        return no_such_job(id, reterr);
    enum avt_code code = avt_jobstore_begin(store, &now_ms, reterr);
    if (code != AVT_OK)
        return code;
    code = load_owned(store, id, owner, false, &job, reterr);
    if (code == AVT_OK && !avt_job_status_final(job.status))
        code = avt_fail(reterr, AVT_EINVAL, "%s is %s and cannot be deleted: cancel it first", id,
                        avt_job_status_name(job.status));
    if (code == AVT_OK)
        code = store->ops->job_remove(store->impl, id, reterr);
    return avt_jobstore_end(store, code, reterr);
}
