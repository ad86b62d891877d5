/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/retention.h"

#include <string.h>

#include "base/mem.h"
#include "store/layout.h"

/* Jobs of a page carry their params, which may be long. */
enum { PAGE = 100 };

struct finished {
    char id[AVT_JOB_ID_SIZE];
    int64_t finished_ms;
};

struct finished_list {
    struct finished *jobs; /* newest first */
    size_t count, capacity;
};

static void list_done(struct finished_list *list)
{
    avt_free(list->jobs);
}

static void add(struct finished_list *list, const struct avt_job *job)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : PAGE;
        list->jobs = avt_realloc(list->jobs, list->capacity, sizeof(*list->jobs));
    }
    struct finished *last = &list->jobs[list->count++];
    memcpy(last->id, job->id, sizeof(last->id));
    last->finished_ms = job->finished_ms;
}

/* All final jobs that the filter lets through. */
static enum avt_code read_finished(struct avt_jobstore *store, struct avt_job_filter filter,
                                   struct finished_list *list, struct avt_error *reterr)
{
    filter.limit = PAGE;
    do {
        struct avt_job *jobs = NULL;
        size_t count = 0;
        char cursor[64] = "";
        enum avt_code code = avt_jobstore_list(store, &filter, &jobs, &count, cursor, reterr);
        if (code != AVT_OK)
            return code;
        for (size_t i = 0; i < count && list->count < AVT_RETENTION_JOBS_MAX; i++)
            if (avt_job_status_final(jobs[i].status))
                add(list, &jobs[i]);
        avt_job_list_done(jobs, count);
        memcpy(filter.cursor, cursor, sizeof(filter.cursor));
    } while (filter.cursor[0] && list->count < AVT_RETENTION_JOBS_MAX);
    return AVT_OK;
}

/* The job may be gone by now: somebody else clears up too. */
static enum avt_code remove_one(struct avt_jobstore *store, const char *storage, const char *id,
                                bool dry_run, struct avt_retention_result *result,
                                struct avt_error *reterr)
{
    if (!dry_run) {
        int64_t bytes = 0;
        enum avt_code code = avt_layout_remove(storage, AVT_LAYOUT_OUTPUTS, id, &bytes, reterr);
        result->bytes += bytes;
        if (code == AVT_OK)
            code = avt_jobstore_delete(store, id, NULL, reterr);
        if (code != AVT_OK)
            return code == AVT_ENOENT ? AVT_OK : code;
    }
    result->jobs++;
    return AVT_OK;
}

static bool too_old(const struct avt_retention *retention, const struct finished *job, size_t index,
                    int64_t now_ms)
{
    if ((long long)index < retention->keep_last)
        return false;
    if (retention->older_than_ms < 0)
        return retention->keep_last > 0;
    return now_ms - job->finished_ms >= retention->older_than_ms;
}

/* Oldest first, until the files fit. */
static enum avt_code apply_quota(struct avt_jobstore *store, const char *storage,
                                 const struct avt_retention *retention,
                                 const struct finished_list *list, size_t kept,
                                 struct avt_retention_result *result, struct avt_error *reterr)
{
    int64_t used = avt_layout_bytes(storage, AVT_LAYOUT_OUTPUTS) +
                   avt_layout_bytes(storage, AVT_LAYOUT_UPLOADS);
    enum avt_code code = AVT_OK;
    while (code == AVT_OK && kept > 0 && used > retention->quota_bytes) {
        int64_t before = result->bytes;
        code = remove_one(store, storage, list->jobs[--kept].id, false, result, reterr);
        used -= result->bytes - before;
    }
    return code;
}

enum avt_code avt_retention_apply(struct avt_jobstore *store, const char *storage,
                                  const struct avt_retention *retention,
                                  struct avt_retention_result *ret_result, struct avt_error *reterr)
{
    *ret_result = (struct avt_retention_result){0};
    AVT_CLEANUP(list_done) struct finished_list list = {0};
    const struct avt_job_filter filter = {
        .owner = retention->owner, .status = retention->status, .type = -1};
    if (retention->older_than_ms < 0 && retention->keep_last <= 0 && retention->quota_bytes <= 0)
        return AVT_OK;
    enum avt_code code = read_finished(store, filter, &list, reterr);
    int64_t now_ms = avt_jobstore_now_ms(store);
    size_t kept = 0;
    for (size_t i = 0; code == AVT_OK && i < list.count; i++) {
        if (too_old(retention, &list.jobs[i], i, now_ms))
            code =
                remove_one(store, storage, list.jobs[i].id, retention->dry_run, ret_result, reterr);
        else
            list.jobs[kept++] = list.jobs[i];
    }
    if (code == AVT_OK && retention->quota_bytes > 0 && !retention->dry_run)
        code = apply_quota(store, storage, retention, &list, kept, ret_result, reterr);
    return code;
}

enum avt_code avt_retention_internal(struct avt_jobstore *store, const char *storage,
                                     struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    for (int type = 0; type < AVT_JOB_TYPE_COUNT && code == AVT_OK; type++) {
        if (avt_job_type_listed((enum avt_job_type)type))
            continue;
        AVT_CLEANUP(list_done) struct finished_list list = {0};
        const struct avt_job_filter filter = {.status = -1,
                                              .type = type,
                                              .finished_before_ms = avt_jobstore_now_ms(store) -
                                                                    AVT_RETENTION_INTERNAL_MS};
        struct avt_retention_result result = {0};
        code = read_finished(store, filter, &list, reterr);
        for (size_t i = 0; code == AVT_OK && i < list.count; i++)
            code = remove_one(store, storage, list.jobs[i].id, false, &result, reterr);
    }
    return code;
}

enum avt_code avt_jobs_purge(struct avt_jobstore *store, const char *storage, const char *id,
                             const char *owner, struct avt_error *reterr)
{
    struct avt_job job = {0};
    enum avt_code code = avt_jobstore_get(store, id, owner, &job, reterr);
    if (code != AVT_OK)
        return code;
    bool final = avt_job_status_final(job.status);
    const char *status = avt_job_status_name(job.status);
    avt_job_done(&job);
    if (!final)
        return avt_fail(reterr, AVT_EINVAL, "the job '%s' is %s: cancel it before you delete it",
                        id, status);
    code = avt_layout_remove(storage, AVT_LAYOUT_OUTPUTS, id, NULL, reterr);
    return code == AVT_OK ? avt_jobstore_delete(store, id, owner, reterr) : code;
}
