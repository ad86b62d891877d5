/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs in the storage folder of this machine, with or without a server beside us. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/backend.h"
#include "cli/interrupt.h"
#include "jobs/link.h"
#include "jobs/recordings.h"
#include "jobs/retention.h"
#include "jobs/submit.h"
#include "os/paths.h"
#include "store/avatar.h"
#include "store/job_view.h"
#include "store/layout.h"
#include "store/upload.h"

enum { COPY_BYTES = 1 << 16, WATCH_MS = 200 };

struct local {
    struct avt_backend base;
    struct avt_cli *cli;
    struct avt_jobstore *store;
    char *storage;
};

static struct local *local_of(struct avt_backend *backend)
{
    return (struct local *)(void *)backend;
}

/** Workers that listen here, as far as names tell: what divides the queue. */
static int count_workers(const struct local *local)
{
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(local->storage, AVT_LAYOUT_RUN);
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count +=
            avt_str_ends(entry->d_name, ".sock") && !avt_str_starts(entry->d_name, "interactive");
    if (dir)
        closedir(dir);
    return count;
}

static json_t *view(struct local *local, const struct avt_job *job)
{
    return avt_job_view(local->store, job, count_workers(local), NULL);
}

/** `job` becomes JSON and is freed. */
static enum avt_code give(struct local *local, struct avt_job *job, json_t **ret_job)
{
    *ret_job = view(local, job);
    avt_job_done(job);
    return AVT_OK;
}

/* ---- looking ----------------------------------------------------------------------------------
 */

static enum avt_code local_list(struct avt_backend *backend, const struct avt_backend_query *query,
                                json_t **ret_page, struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    struct avt_job_filter filter = {
        .status = -1, .type = -1, .since_ms = query->since_ms, .limit = query->limit};
    enum avt_job_status status;
    enum avt_job_type type;
    if (query->status && avt_job_status_parse(query->status, &status))
        filter.status = (int)status;
    if (query->type && avt_job_type_parse(query->type, &type))
        filter.type = (int)type;
    if (query->cursor)
        snprintf(filter.cursor, sizeof(filter.cursor), "%s", query->cursor);
    struct avt_job *jobs = NULL;
    size_t count = 0;
    char cursor[64] = "";
    enum avt_code code = avt_jobstore_list(local->store, &filter, &jobs, &count, cursor, reterr);
    if (code != AVT_OK)
        return code;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, view(local, &jobs[i]));
    avt_job_list_done(jobs, count);
    *ret_page = json_pack("{s:o, s:o}", "jobs", list, "next_cursor",
                          cursor[0] ? json_string(cursor) : json_null());
    return AVT_OK;
}

static enum avt_code local_resolve(struct avt_backend *backend, const char *prefix,
                                   char ret_id[AVT_JOB_ID_SIZE], struct avt_error *reterr)
{
    return avt_jobstore_resolve(local_of(backend)->store, prefix, NULL, ret_id, reterr);
}

static enum avt_code local_get(struct avt_backend *backend, const char *id, json_t **ret_job,
                               struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    struct avt_job job = {0};
    enum avt_code code = avt_jobstore_get(local->store, id, NULL, &job, reterr);
    return code == AVT_OK ? give(local, &job, ret_job) : code;
}

static enum avt_code local_stats(struct avt_backend *backend, json_t **ret_stats,
                                 struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    struct avt_job_stats stats;
    enum avt_code code = avt_jobstore_stats(local->store, NULL, &stats, reterr);
    if (code == AVT_OK)
        *ret_stats = avt_job_stats_view(&stats, avt_jobstore_now_ms(local->store));
    return code;
}

/* ---- putting on -------------------------------------------------------------------------------
 */

static enum avt_code local_upload(struct avt_backend *backend, const char *path,
                                  char ret_id[AVT_BACKEND_ID_SIZE], struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    const struct avt_config *config = &local->cli->config;
    struct avt_upload_import_options options = {
        .storage = local->storage,
        .keep_ms = avt_config_number(config, AVT_SET_KEEP_UPLOADS),
        .size_bytes_max = avt_config_number(config, AVT_SET_UPLOAD_LIMIT) << 20,
    };
    struct avt_upload upload;
    enum avt_code code = avt_upload_import(local->store, &options, path, &upload, reterr);
    if (code == AVT_OK)
        snprintf(ret_id, AVT_BACKEND_ID_SIZE, "%s", upload.id);
    return code;
}

static enum avt_code local_upload_remove(struct avt_backend *backend, const char *id,
                                         struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    return avt_upload_remove(local->store, local->storage, id, NULL, reterr);
}

static enum avt_code local_avatar(struct avt_backend *backend, const char *which,
                                  char ret_id[AVT_BACKEND_ID_SIZE], struct avt_error *reterr)
{
    struct avt_record record = {0};
    enum avt_code code = avt_avatar_find(local_of(backend)->store, which, &record, reterr);
    if (code == AVT_OK)
        snprintf(ret_id, AVT_BACKEND_ID_SIZE, "%.31s", record.id);
    avt_record_done(&record);
    return code;
}

/** What is about the job and not about the work goes from `params` into `job`. */
static enum avt_code split_request(json_t *params, struct avt_job *job, struct avt_error *reterr)
{
    json_t *type = json_object_get(params, "type"), *run_at = json_object_get(params, "run_at");
    json_t *priority = json_object_get(params, "priority");
    json_t *url = json_object_get(params, "webhook_url");
    if (type && (!json_is_string(type) || !avt_job_type_parse(json_string_value(type), &job->type)))
        return avt_fail(reterr, AVT_EINVAL, "there is no type of job '%.40s'",
                        avt_backend_text(params, "type"));
    if (priority && !json_is_null(priority)) {
        json_int_t value = json_integer_value(priority);
        if (!json_is_integer(priority) || value < -AVT_JOB_PRIORITY_MAX ||
            value > AVT_JOB_PRIORITY_MAX)
            return avt_fail(reterr, AVT_EINVAL, "priority: a whole number from %d to %d",
                            -AVT_JOB_PRIORITY_MAX, AVT_JOB_PRIORITY_MAX);
        job->priority = (int)value;
    }
    if (run_at && !json_is_null(run_at) &&
        !avt_time_parse_ms(avt_backend_text(params, "run_at"), &job->run_at_ms))
        return avt_fail(reterr, AVT_EINVAL, "run_at: a time such as 2026-01-15T18:00:00Z");
    if (url && !json_is_null(url)) {
        const char *text = avt_backend_text(params, "webhook_url");
        if ((!avt_str_starts(text, "https://") && !avt_str_starts(text, "http://")) ||
            strlen(text) >= sizeof(job->webhook_url))
            return avt_fail(reterr, AVT_EINVAL,
                            "webhook_url: a URL that begins with http:// or "
                            "https://");
        snprintf(job->webhook_url, sizeof(job->webhook_url), "%s", text);
    }
    const char *const keys[] = {"type", "run_at", "priority", "webhook_url"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        json_object_del(params, keys[i]);
    return AVT_OK;
}

static struct avt_submit_options submit_options(const struct local *local)
{
    return (struct avt_submit_options){
        .storage = local->storage,
        .free_bytes_min = avt_config_number(&local->cli->config, AVT_SET_FREE_SPACE) << 20,
    };
}

static void wake(const struct local *local)
{
    const struct avt_link_message message = {.type = AVT_LINK_WAKE};
    (void)avt_link_tell(local->storage, &message);
}

static enum avt_code local_submit(struct avt_backend *backend, const json_t *request,
                                  json_t **ret_job, struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    struct avt_job job = {.type = AVT_JOB_FULL_PIPELINE, .params = json_deep_copy(request)};
    const struct avt_submit_options options = submit_options(local);
    bool replayed;
    enum avt_code code = split_request(job.params, &job, reterr);
    if (code == AVT_OK)
        code = avt_jobs_submit(local->store, &options, &job, NULL, &replayed, reterr);
    if (code != AVT_OK) {
        avt_job_done(&job);
        return code;
    }
    wake(local);
    return give(local, &job, ret_job);
}

static enum avt_code local_cancel(struct avt_backend *backend, const char *id, json_t **ret_job,
                                  struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    struct avt_job job = {0};
    enum avt_code code = avt_jobstore_cancel(local->store, id, NULL, &job, reterr);
    if (code != AVT_OK)
        return code;
    if (job.status == AVT_JOB_RUNNING) {
        struct avt_link_message message = {.type = AVT_LINK_CANCEL};
        snprintf(message.job, sizeof(message.job), "%s", id);
        (void)avt_link_tell(local->storage, &message);
    }
    if (job.status == AVT_JOB_CANCELLED)
        avt_job_recordings_remove(local->store, local->storage, &job);
    return give(local, &job, ret_job);
}

static enum avt_code local_retry(struct avt_backend *backend, const char *id, json_t **ret_job,
                                 struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    struct avt_job job = {0};
    const struct avt_submit_options options = submit_options(local);
    enum avt_code code = avt_jobs_retry(local->store, &options, id, NULL, &job, reterr);
    if (code != AVT_OK)
        return code;
    wake(local);
    return give(local, &job, ret_job);
}

/* ---- removing ---------------------------------------------------------------------------------
 */

static enum avt_code local_purge(struct avt_backend *backend, const char *id,
                                 struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    return avt_jobs_purge(local->store, local->storage, id, NULL, reterr);
}

static enum avt_code local_cleanup(struct avt_backend *backend,
                                   const struct avt_backend_cleanup *cleanup, long long *ret_jobs,
                                   long long *ret_bytes, struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    struct avt_retention retention = {.older_than_ms = cleanup->older_than_ms,
                                      .keep_last = cleanup->keep_last,
                                      .status = -1,
                                      .dry_run = cleanup->dry_run};
    enum avt_job_status status;
    if (cleanup->status && avt_job_status_parse(cleanup->status, &status))
        retention.status = (int)status;
    struct avt_retention_result result = {0};
    enum avt_code code =
        avt_retention_apply(local->store, local->storage, &retention, &result, reterr);
    struct avt_sweep_result swept = {0};
    if (code == AVT_OK && !cleanup->dry_run)
        code = avt_layout_sweep(local->storage, local->store, &swept, reterr);
    *ret_jobs = result.jobs;
    *ret_bytes = result.bytes + swept.bytes;
    return code;
}

/* ---- results ----------------------------------------------------------------------------------
 */

static enum avt_code copy_file(const char *path, int to, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *block = avt_alloc0(COPY_BYTES, 1);
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum avt_code code = AVT_OK;
    if (from < 0)
        return avt_fail(reterr, avt_code_from_errno(errno), "'%s' cannot be opened: %s", path,
                        strerror(errno));
    for (;;) {
        ssize_t got = read(from, block, COPY_BYTES);
        if (got < 0)
            code = avt_fail(reterr, AVT_EIO, "'%s' cannot be read: %s", path, strerror(errno));
        if (got <= 0)
            break;
        for (ssize_t done = 0; done < got && code == AVT_OK;) {
            ssize_t put = write(to, block + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR)
                code = avt_fail(
                    reterr, avt_code_from_errno(errno) == AVT_ENOSPACE ? AVT_ENOSPACE : AVT_EOUTPUT,
                    "the result cannot be written: %s", strerror(errno));
            done += put > 0 ? put : 0;
        }
        if (code == AVT_OK && avt_interrupted())
            code = avt_fail(reterr, AVT_ECANCELLED, "stopped");
        if (code != AVT_OK)
            break;
    }
    close(from);
    return code;
}

static enum avt_code local_result(struct avt_backend *backend, const json_t *job, const char *which,
                                  int fd, struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    const char *key = avt_str_equal(which, "main") ? "file" : which;
    const char *file = avt_backend_text(json_object_get(job, "result"), key);
    AVT_CLEANUP(avt_freep)
    char *path = avt_layout_result(local->storage, avt_backend_text(job, "id"), file);
    if (!path)
        return avt_fail(reterr, AVT_ENOENT, "the job %s has no file of this kind",
                        avt_backend_text(job, "id"));
    return copy_file(path, fd, reterr);
}

/* ---- watching ---------------------------------------------------------------------------------
 */

/** What workers say while they work; comes on the link's thread. */
struct live {
    struct avt_mutex *lock;
    char job[AVT_JOB_ID_SIZE];
    /* guarded by lock */
    struct avt_job_live last;
    char stage[16];
};

static void on_link(const char *worker, const struct avt_link_message *message, void *user)
{
    (void)worker;
    struct live *live = user;
    if (message->type != AVT_LINK_PROGRESS || !avt_str_equal(message->job, live->job))
        return;
    avt_mutex_lock(live->lock);
    live->last = (struct avt_job_live){message->eta_s, message->progress};
    snprintf(live->stage, sizeof(live->stage), "%s", message->stage);
    avt_mutex_unlock(live->lock);
}

static json_t *live_view(struct local *local, const struct avt_job *job, struct live *live)
{
    avt_mutex_lock(live->lock);
    json_t *json = avt_job_view(local->store, job, count_workers(local), &live->last);
    if (job->status == AVT_JOB_RUNNING && live->stage[0])
        json_object_set_new(json, "stage", json_string(live->stage));
    avt_mutex_unlock(live->lock);
    return json;
}

/** One look at the job; *ret_end: it has ended, or enough was seen. */
static enum avt_code look(struct local *local, struct live *live, avt_backend_watch_fn visit,
                          void *user, bool *ret_end, struct avt_error *reterr)
{
    struct avt_job job = {0};
    enum avt_code code = avt_jobstore_get(local->store, live->job, NULL, &job, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_json_decrefp) json_t *json = live_view(local, &job, live);
    *ret_end = !visit(json, user) || avt_job_status_final(job.status);
    avt_job_done(&job);
    return AVT_OK;
}

static enum avt_code local_watch(struct avt_backend *backend, const char *id,
                                 avt_backend_watch_fn visit, void *user, struct avt_error *reterr)
{
    struct local *local = local_of(backend);
    AVT_CLEANUP(avt_mutex_freep) struct avt_mutex *lock = avt_mutex_new();
    struct live live = {.lock = lock, .last = {-1, -1}};
    snprintf(live.job, sizeof(live.job), "%s", id);
    struct avt_link_watch *watch = NULL;
    /* Without it the store's own, coarser progress is shown. */
    (void)!avt_link_watch_start(local->storage, on_link, &live, &watch, NULL);
    enum avt_code code = AVT_OK;
    for (bool end = false; code == AVT_OK && !end;) {
        code = look(local, &live, visit, user, &end, reterr);
        if (code == AVT_OK && !end && avt_interrupted())
            code = avt_fail(reterr, AVT_ECANCELLED, "stopped; the job goes on");
        if (code == AVT_OK && !end)
            avt_interrupt_sleep_ms(WATCH_MS);
    }
    avt_link_watch_free(watch);
    return code;
}

/** A message that nobody takes: no worker listens here. One on another machine may still come. */
static bool local_idle(struct avt_backend *backend)
{
    const struct avt_link_message message = {.type = AVT_LINK_WAKE};
    const char *storage = local_of(backend)->storage;
    /* A server that has just started has its workers in a moment. */
    return avt_link_tell(storage, &message) == 0 && avt_server_lock_holder(storage) == 0;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static void local_close(struct avt_backend *backend)
{
    struct local *local = local_of(backend);
    avt_jobstore_close(local->store);
    avt_free(local->storage);
    avt_free(local);
}

static const struct avt_backend_ops local_ops = {
    .list = local_list,
    .resolve = local_resolve,
    .get = local_get,
    .stats = local_stats,
    .upload = local_upload,
    .upload_remove = local_upload_remove,
    .avatar = local_avatar,
    .submit = local_submit,
    .cancel = local_cancel,
    .retry = local_retry,
    .purge = local_purge,
    .cleanup = local_cleanup,
    .result = local_result,
    .watch = local_watch,
    .idle = local_idle,
    .close = local_close,
};

enum avt_code avt_backend_open_local(struct avt_cli *cli, struct avt_backend **ret_backend,
                                     struct avt_error *reterr)
{
    struct local *local = avt_new0(struct local, 1);
    local->storage = avt_path_storage(avt_config_text(&cli->config, AVT_SET_STORAGE));
    local->base = (struct avt_backend){&local_ops, local->storage};
    local->cli = cli;
    enum avt_code code = avt_cli_store(cli, &local->store, reterr);
    if (code != AVT_OK) {
        local_close(&local->base);
        return code;
    }
    *ret_backend = &local->base;
    return AVT_OK;
}
