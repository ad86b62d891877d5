/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs behind a server, over its REST API. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/backend.h"
#include "cli/http_call.h"
#include "cli/interrupt.h"
#include "store/upload.h"

enum { PAGE = 1000, RECONNECTS_MAX = 20, RECONNECT_MS = 500, WAITING_MS = 500 };

struct remote {
    struct avt_backend base;
    struct avt_http_call call;
};

static struct remote *remote_of(struct avt_backend *backend)
{
    return (struct remote *)(void *)backend;
}

/** The API's form less what only an HTTP client has a use for. Takes and returns the reference. */
static json_t *plain(json_t *job)
{
    json_object_del(job, "links");
    json_object_del(job, "estimate");
    return job;
}

static char *job_path(const char *id, const char *rest)
{
    AVT_CLEANUP(avt_freep) char *escaped = avt_url_escape(id);
    return avt_asprintf("/jobs/%s%s", escaped, rest);
}

/** One request about a job that is answered with a job. */
static enum avt_code job_call(struct avt_backend *backend, const char *method, const char *id,
                              const char *rest, json_t **ret_job, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = job_path(id, rest);
    enum avt_code code =
        avt_http_call(&remote_of(backend)->call, method, path, NULL, ret_job, reterr);
    if (code == AVT_OK)
        plain(*ret_job);
    return code;
}

/* ---- looking ----------------------------------------------------------------------------------
 */

static void add_query(struct avt_buf *path, const char *name, const char *value)
{
    if (!value)
        return;
    AVT_CLEANUP(avt_freep) char *escaped = avt_url_escape(value);
    avt_buf_printf(path, "%c%s=%s", strchr(avt_buf_str(path), '?') ? '&' : '?', name, escaped);
}

static enum avt_code remote_list(struct avt_backend *backend, const struct avt_backend_query *query,
                                 json_t **ret_page, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf path = AVT_BUF_INIT(2048);
    char limit[24], since[AVT_TIME_SIZE];
    snprintf(limit, sizeof(limit), "%zu", query->limit);
    avt_time_format_ms(query->since_ms, since);
    avt_buf_append_str(&path, "/jobs");
    add_query(&path, "limit", limit);
    add_query(&path, "status", query->status);
    add_query(&path, "type", query->type);
    add_query(&path, "cursor", query->cursor);
    add_query(&path, "since", query->since_ms > 0 ? since : NULL);
    enum avt_code code =
        avt_http_call(&remote_of(backend)->call, "GET", avt_buf_str(&path), NULL, ret_page, reterr);
    if (code != AVT_OK)
        return code;
    size_t i;
    json_t *job;
    json_array_foreach(json_object_get(*ret_page, "jobs"), i, job) plain(job);
    return AVT_OK;
}

/**
 * Every job of the server from the newest on, until `visit` has enough; at most
 * AVT_BACKEND_SERVER_JOBS_MAX.
 */
static enum avt_code each_job(struct avt_backend *backend, const char *status, int64_t since_ms,
                              bool (*visit)(json_t *job, void *user), void *user,
                              struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *cursor = NULL;
    for (size_t seen = 0; seen < AVT_BACKEND_SERVER_JOBS_MAX;) {
        struct avt_backend_query query = {
            .status = status, .since_ms = since_ms, .cursor = cursor, .limit = PAGE};
        AVT_CLEANUP(avt_json_decrefp) json_t *page = NULL;
        enum avt_code code = remote_list(backend, &query, &page, reterr);
        if (code != AVT_OK)
            return code;
        size_t i;
        json_t *job;
        json_array_foreach(json_object_get(page, "jobs"), i, job)
        {
            seen++;
            if (!visit(job, user))
                return AVT_OK;
        }
        avt_free(cursor);
        cursor = NULL;
        const char *next = avt_backend_text(page, "next_cursor");
        if (!*next || json_array_size(json_object_get(page, "jobs")) == 0)
            return AVT_OK;
        cursor = avt_strdup(next);
    }
    return AVT_OK;
}

struct search {
    const char *prefix; /* with "job-" */
    size_t found;
    char ids[2][AVT_JOB_ID_SIZE];
};

static bool match(json_t *job, void *user)
{
    struct search *search = user;
    const char *id = avt_backend_text(job, "id");
    if (avt_str_starts(id, search->prefix))
        snprintf(search->ids[search->found++], AVT_JOB_ID_SIZE, "%s", id);
    return search->found < 2;
}

/** The earliest time that an id with this prefix may have been made, from the digits of it; 0: any.
 */
static int64_t time_of_prefix(const char *prefix)
{
    /* "job-20260115120000": missing digits are the smallest that make a time. */
    const char *smallest = "19700101000000";
    char digits[15], text[32];
    size_t given = strspn(prefix + 4, "0123456789");
    int64_t ms = 0;
    if (given < 8)
        return 0;
    for (size_t i = 0; i < 14; i++)
        digits[i] = i < given ? prefix[4 + i] : smallest[i];
    digits[14] = '\0';
    snprintf(text, sizeof(text),
             "%.4s-%.2s-%.2s"
             "T%.2s:%.2s:%.2sZ",
             digits, digits + 4, digits + 6, digits + 8, digits + 10, digits + 12);
    return avt_time_parse_ms(text, &ms) ? ms : 0;
}

/** As avt_jobstore_resolve(), word for word. */
static enum avt_code remote_resolve(struct avt_backend *backend, const char *prefix,
                                    char ret_id[AVT_JOB_ID_SIZE], struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep)
    char *whole = avt_asprintf("%s%s", avt_str_starts(prefix, "job-") ? "" : "job-", prefix);
    struct search search = {.prefix = whole};
    if (*prefix == '\0' || strlen(whole) >= AVT_JOB_ID_SIZE ||
        prefix[strspn(prefix, "job0123456789abcdef-")] != '\0')
        return avt_fail(reterr, AVT_ENOENT, "there is no job '%.40s'", prefix);
    if (avt_job_id_valid(whole)) {
        snprintf(ret_id, AVT_JOB_ID_SIZE, "%s", whole);
        return AVT_OK;
    }
    enum avt_code code = each_job(backend, NULL, time_of_prefix(whole), match, &search, reterr);
    if (code != AVT_OK)
        return code;
    if (search.found == 0)
        return avt_fail(reterr, AVT_ENOENT, "there is no job whose id begins with '%s'", whole);
    if (search.found > 1)
        return avt_fail(
            reterr, AVT_EINVAL,
            "several jobs have an id that begins with '%s', as %s and %s: give more of it", whole,
            search.ids[0], search.ids[1]);
    snprintf(ret_id, AVT_JOB_ID_SIZE, "%s", search.ids[0]);
    return AVT_OK;
}

static enum avt_code remote_get(struct avt_backend *backend, const char *id, json_t **ret_job,
                                struct avt_error *reterr)
{
    return job_call(backend, "GET", id, "", ret_job, reterr);
}

static enum avt_code remote_stats(struct avt_backend *backend, json_t **ret_stats,
                                  struct avt_error *reterr)
{
    return avt_http_call(&remote_of(backend)->call, "GET", "/jobs/stats", NULL, ret_stats, reterr);
}

/* ---- putting on -------------------------------------------------------------------------------
 */

static enum avt_code remote_upload(struct avt_backend *backend, const char *path,
                                   char ret_id[AVT_BACKEND_ID_SIZE], struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *upload = NULL;
    /* The server would find the same, after all of it was sent, and does not know the name. */
    enum avt_code code = avt_upload_check_file(path, reterr);
    if (code == AVT_OK)
        code = avt_http_call_upload(&remote_of(backend)->call, "/uploads", path, &upload, reterr);
    if (code == AVT_OK)
        snprintf(ret_id, AVT_BACKEND_ID_SIZE, "%s", avt_backend_text(upload, "id"));
    return code;
}

static enum avt_code remote_upload_remove(struct avt_backend *backend, const char *id,
                                          struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *escaped = avt_url_escape(id);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("/uploads/%s", escaped);
    return avt_http_call(&remote_of(backend)->call, "DELETE", path, NULL, NULL, reterr);
}

static enum avt_code remote_submit(struct avt_backend *backend, const json_t *request,
                                   json_t **ret_job, struct avt_error *reterr)
{
    enum avt_code code =
        avt_http_call(&remote_of(backend)->call, "POST", "/jobs", request, ret_job, reterr);
    if (code == AVT_OK)
        plain(*ret_job);
    return code;
}

static enum avt_code remote_cancel(struct avt_backend *backend, const char *id, json_t **ret_job,
                                   struct avt_error *reterr)
{
    /* The API answers 409 for a job that has ended; here that is no error. */
    AVT_CLEANUP(avt_json_decrefp) json_t *job = NULL;
    enum avt_code code = remote_get(backend, id, &job, reterr);
    if (code != AVT_OK)
        return code;
    if (avt_backend_final(job)) {
        *ret_job = AVT_TAKE(job);
        return AVT_OK;
    }
    code = job_call(backend, "DELETE", id, "", ret_job, reterr);
    /* It ended between the two. */
    return code == AVT_EINVAL ? remote_get(backend, id, ret_job, reterr) : code;
}

static enum avt_code remote_retry(struct avt_backend *backend, const char *id, json_t **ret_job,
                                  struct avt_error *reterr)
{
    return job_call(backend, "POST", id, "/retry", ret_job, reterr);
}

/* ---- removing ---------------------------------------------------------------------------------
 */

static enum avt_code remote_purge(struct avt_backend *backend, const char *id,
                                  struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = job_path(id, "?purge=true");
    return avt_http_call(&remote_of(backend)->call, "DELETE", path, NULL, NULL, reterr);
}

/** A finished job, as far as a clean-up has to know it. */
struct finished {
    char id[AVT_JOB_ID_SIZE];
    int64_t finished_ms;
    long long bytes;
};

struct cleaning {
    const struct avt_backend_cleanup *cleanup;
    struct finished *jobs;
    size_t count;
};

static bool collect(json_t *job, void *user)
{
    struct cleaning *cleaning = user;
    const char *status = cleaning->cleanup->status;
    int64_t finished_ms = 0;
    if (!avt_backend_final(job) ||
        (status && !avt_str_equal(status, avt_backend_text(job, "status"))) ||
        !avt_time_parse_ms(avt_backend_text(job, "finished_at"), &finished_ms))
        return true;
    cleaning->jobs = avt_realloc(cleaning->jobs, cleaning->count + 1, sizeof(cleaning->jobs[0]));
    struct finished *entry = &cleaning->jobs[cleaning->count++];
    json_t *size = json_object_get(json_object_get(job, "result"), "size_bytes");
    *entry = (struct finished){.finished_ms = finished_ms, .bytes = json_integer_value(size)};
    snprintf(entry->id, sizeof(entry->id), "%s", avt_backend_text(job, "id"));
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct finished *x = a, *y = b;
    return x->finished_ms < y->finished_ms ? 1 : x->finished_ms > y->finished_ms ? -1 : 0;
}

/** As retention does it, from here: the API has no route for it. */
static enum avt_code remote_cleanup(struct avt_backend *backend,
                                    const struct avt_backend_cleanup *cleanup, long long *ret_jobs,
                                    long long *ret_bytes, struct avt_error *reterr)
{
    struct cleaning cleaning = {.cleanup = cleanup};
    enum avt_code code = each_job(backend, NULL, 0, collect, &cleaning, reterr);
    AVT_CLEANUP(avt_freep) struct finished *jobs = cleaning.jobs;
    *ret_jobs = *ret_bytes = 0;
    if (code != AVT_OK)
        return code;
    if (cleaning.count > 1)
        qsort(jobs, cleaning.count, sizeof(jobs[0]), newest_first);
    int64_t before_ms =
        cleanup->older_than_ms < 0 ? INT64_MAX : avt_time_now_ms() - cleanup->older_than_ms;
    for (size_t i = (size_t)cleanup->keep_last; i < cleaning.count && code == AVT_OK; i++) {
        if (jobs[i].finished_ms >= before_ms)
            continue;
        if (!cleanup->dry_run)
            code = remote_purge(backend, jobs[i].id, reterr);
        if (code == AVT_ENOENT)
            code = AVT_OK; /* somebody else was faster */
        else if (code == AVT_OK) {
            ++*ret_jobs;
            *ret_bytes += jobs[i].bytes;
        }
        if (code == AVT_OK && avt_interrupted())
            code = avt_fail(reterr, AVT_ECANCELLED, "stopped");
    }
    return code;
}

/* ---- results and watching ----------------------------------------------------------------------
 */

static enum avt_code remote_result(struct avt_backend *backend, const json_t *job,
                                   const char *which, int fd, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *rest = avt_asprintf("/result?file=%s", which);
    AVT_CLEANUP(avt_freep) char *path = job_path(avt_backend_text(job, "id"), rest);
    return avt_http_call_download(&remote_of(backend)->call, path, fd, reterr);
}

/** A job that is followed: as the server told it last, brought up to date by what the stream says.
 */
struct watching {
    struct avt_backend *backend;
    const char *id;
    avt_backend_watch_fn visit;
    void *user;
    json_t *job;
    char last_event[AVT_SSE_NAME_SIZE];
    bool end;  /* it has ended, or enough was seen */
    bool news; /* the stream said something */
};

static void watching_done(struct watching *watching)
{
    json_decref(watching->job);
}

static void show(struct watching *watching)
{
    watching->end =
        !watching->visit(watching->job, watching->user) || avt_backend_final(watching->job);
}

/** The job as the server has it now. */
static enum avt_code look(struct watching *watching, struct avt_error *reterr)
{
    json_t *job = NULL;
    enum avt_code code = remote_get(watching->backend, watching->id, &job, reterr);
    if (code != AVT_OK)
        return code;
    json_decref(watching->job);
    watching->job = job;
    show(watching);
    return AVT_OK;
}

static void take_text(json_t *job, const json_t *news, const char *key)
{
    const char *text = json_string_value(json_object_get(news, key));
    if (text)
        json_object_set_new(job, key, *text ? json_string(text) : json_null());
}

/** An event has what changes, not the whole job; what it came to is looked up. */
static bool on_event(const struct avt_sse_event *event, void *user)
{
    struct watching *watching = user;
    AVT_CLEANUP(avt_json_decrefp) json_t *news = json_loads(event->data, 0, NULL);
    const json_t *progress = json_object_get(news, "progress"),
                 *eta = json_object_get(news, "eta_seconds");
    if (*event->id)
        snprintf(watching->last_event, sizeof(watching->last_event), "%s", event->id);
    if (!json_is_object(news))
        return true;
    watching->news = true;
    take_text(watching->job, news, "status");
    take_text(watching->job, news, "stage");
    if (json_is_integer(progress))
        json_object_set_new(watching->job, "progress", json_integer(json_integer_value(progress)));
    json_object_set_new(watching->job, "eta_seconds",
                        json_is_number(eta) && json_number_value(eta) >= 0
                            ? json_real(json_number_value(eta))
                            : json_null());
    if (!avt_str_equal(avt_backend_text(watching->job, "status"), "running"))
        return false;
    show(watching);
    return !watching->end;
}

/** Listens while it runs; waiting jobs have no events of their own when others end, so they are
 * asked. */
static enum avt_code follow(struct watching *watching, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = job_path(watching->id, "/events");
    if (!avt_str_equal(avt_backend_text(watching->job, "status"), "running")) {
        avt_interrupt_sleep_ms(WAITING_MS);
        return AVT_OK;
    }
    watching->news = false;
    return avt_http_call_events(&remote_of(watching->backend)->call, path, watching->last_event,
                                on_event, watching, reterr);
}

static enum avt_code remote_watch(struct avt_backend *backend, const char *id,
                                  avt_backend_watch_fn visit, void *user, struct avt_error *reterr)
{
    AVT_CLEANUP(watching_done)
    struct watching watching = {.backend = backend, .id = id, .visit = visit, .user = user};
    enum avt_code code = look(&watching, reterr);
    if (code != AVT_OK)
        return code;
    /* A server that is started anew, or a proxy that cuts long answers, is no reason to give up. */
    for (int failures = 0; !watching.end;) {
        if (code == AVT_OK)
            code = follow(&watching, reterr);
        if (avt_interrupted())
            return avt_fail(reterr, AVT_ECANCELLED, "stopped; the job goes on");
        failures = code == AVT_OK || watching.news ? 0 : failures + 1;
        if ((code != AVT_OK && code != AVT_ENETWORK) || failures > RECONNECTS_MAX)
            return code;
        if (failures > 0)
            avt_interrupt_sleep_ms(RECONNECT_MS);
        if (!watching.end)
            code = look(&watching, reterr);
    }
    return AVT_OK;
}

/* ---- opening -----------------------------------------------------------------------------------
 */

static void remote_close(struct avt_backend *backend)
{
    struct remote *remote = remote_of(backend);
    avt_http_call_done(&remote->call);
    avt_free(remote);
}

static const struct avt_backend_ops remote_ops = {
    .list = remote_list,
    .resolve = remote_resolve,
    .get = remote_get,
    .stats = remote_stats,
    .upload = remote_upload,
    .upload_remove = remote_upload_remove,
    .submit = remote_submit,
    .cancel = remote_cancel,
    .retry = remote_retry,
    .purge = remote_purge,
    .cleanup = remote_cleanup,
    .result = remote_result,
    .watch = remote_watch,
    .close = remote_close,
};

enum avt_code avt_backend_open_http(struct avt_cli *cli, struct avt_backend **ret_backend,
                                    struct avt_error *reterr)
{
    struct remote *remote = avt_new0(struct remote, 1);
    enum avt_code code = avt_http_call_init(&remote->call, cli,
                                            avt_config_text(&cli->config, AVT_SET_SERVER), reterr);
    remote->base = (struct avt_backend){&remote_ops, remote->call.base};
    if (code != AVT_OK) {
        remote_close(&remote->base);
        return code;
    }
    *ret_backend = &remote->base;
    return AVT_OK;
}
