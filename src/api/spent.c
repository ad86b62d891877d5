/* SPDX-License-Identifier: Apache-2.0 */
#include "api/spent.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/retention.h"
#include "os/thread.h"

struct avt_spent {
    struct avt_jobstore *store;
    char *storage;
    struct avt_mutex *lock;
    /* guarded by lock */
    char jobs[AVT_SPENT_MAX][AVT_JOB_ID_SIZE];
    size_t count;
    size_t ended; /* of these, the first ones; only the follower's thread changes their order */
};

struct avt_spent *avt_spent_new(struct avt_jobstore *store, const char *storage)
{
    struct avt_spent *spent = avt_new0(struct avt_spent, 1);
    spent->store = store;
    spent->storage = avt_strdup(storage);
    spent->lock = avt_mutex_new();
    return spent;
}

void avt_spent_free(struct avt_spent *spent)
{
    if (!spent)
        return;
    avt_mutex_free(spent->lock);
    avt_free(spent->storage);
    avt_free(spent);
}

void avt_spent_add(struct avt_spent *spent, const char *job)
{
    avt_mutex_lock(spent->lock);
    if (spent->count < AVT_SPENT_MAX)
        memcpy(spent->jobs[spent->count++], job, AVT_JOB_ID_SIZE);
    avt_mutex_unlock(spent->lock);
}

/* The job at `index`; false beyond the last. */
static bool at(struct avt_spent *spent, size_t index, char ret_id[AVT_JOB_ID_SIZE])
{
    avt_mutex_lock(spent->lock);
    bool there = index < spent->count;
    if (there)
        memcpy(ret_id, spent->jobs[index], AVT_JOB_ID_SIZE);
    avt_mutex_unlock(spent->lock);
    return there;
}

/* Has it ended, or is it gone? */
static bool has_ended(struct avt_jobstore *store, const char *id)
{
    struct avt_job job = {0};
    enum avt_code code = avt_jobstore_get(store, id, NULL, &job, NULL);
    bool ended = code == AVT_ENOENT || (code == AVT_OK && avt_job_status_final(job.status));
    avt_job_done(&job);
    return ended;
}

void avt_spent_look(struct avt_spent *spent)
{
    char id[AVT_JOB_ID_SIZE];
    for (size_t i = spent->ended; at(spent, i, id); i++) {
        if (!has_ended(spent->store, id))
            continue;
        avt_mutex_lock(spent->lock);
        memmove(spent->jobs[i], spent->jobs[spent->ended], AVT_JOB_ID_SIZE);
        memcpy(spent->jobs[spent->ended++], id, AVT_JOB_ID_SIZE);
        avt_mutex_unlock(spent->lock);
    }
}

void avt_spent_purge(struct avt_spent *spent)
{
    char id[AVT_JOB_ID_SIZE];
    while (spent->ended > 0 && at(spent, spent->ended - 1, id)) {
        struct avt_error error = {0};
        enum avt_code code = avt_jobs_purge(spent->store, spent->storage, id, NULL, &error);
        if (code != AVT_OK && code != AVT_ENOENT)
            avt_log(AVT_LOG_WARN, "the job %s is not removed: %s", id, error.message);
        avt_mutex_lock(spent->lock);
        memmove(spent->jobs[--spent->ended], spent->jobs[--spent->count], AVT_JOB_ID_SIZE);
        avt_mutex_unlock(spent->lock);
    }
}
