/* SPDX-License-Identifier: Apache-2.0 */
/* /jobs: submit, list, look, cancel, retry, result, events. */
#include <stdio.h>

#include "api/auth.h"
#include "api/follower.h"
#include "api/job_answer.h"
#include "api_handlers.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/estimate.h"
#include "jobs/params.h"
#include "jobs/recordings.h"
#include "jobs/retention.h"
#include "jobs/submit.h"
#include "store/job_view.h"

/* ---- submit -------------------------------------------------------------------------------------
 */

static json_t *estimate_json(struct avt_api *api, enum avt_job_type type, const json_t *params)
{
    struct avt_job_params read;
    struct avt_job_estimate estimate;
    if (avt_job_params_read(type, params, &read, NULL) != AVT_OK)
        return NULL;
    avt_job_estimate(api->storage, &read, 0, &estimate);
    json_t *stages = json_object();
    for (int i = 0; i < AVT_JOB_STAGES; i++)
        json_object_set_new(stages, avt_job_stage_name(i), json_real(estimate.stage_s[i]));
    return json_pack("{s:f, s:f, s:o, s:f, s:I, s:i, s:i, s:i, s:i}", "duration_s",
                     estimate.duration_s, "total_s", estimate.total_s, "stage_seconds", stages,
                     "memory_mb", estimate.memory_mb, "frames", (json_int_t)estimate.frames,
                     "width", estimate.width, "height", estimate.height, "runs_measured",
                     estimate.runs_measured, "queue_s", 0);
}

static bool check_background(struct avt_call *call)
{
    const char *background = avt_call_body_text(call, "background");
    return !background || avt_job_background_valid(background) ||
           avt_job_check_id(call, "background", background, "image|video");
}

static bool check_sources(struct avt_call *call, enum avt_job_type type)
{
    if (type == AVT_JOB_VOICE_CLONE)
        return avt_job_check_recordings(call);
    return avt_job_check_voice(call) && avt_job_check_source(call, "avatar", "image|video") &&
           avt_job_check_source(call, "image", "image|video") &&
           avt_job_check_source(call, "audio", "audio|video") &&
           avt_job_check_source(call, "music", "audio|video") &&
           avt_job_check_source(call, "watermark", "image") && avt_job_check_source(call, "intro", "image") &&
           avt_job_check_source(call, "outro", "image") && check_background(call) &&
           avt_job_check_source(call, "input",
                                type == AVT_JOB_VIDEO_INFO ? "audio|video" : "video");
}

static void submit(struct avt_call *call, enum avt_job_type type)
{
    if (!check_sources(call, type))
        return;
    struct avt_job job = {0};
    bool replayed = false;
    if (!avt_job_submit(call, type, avt_job_params_of(call), false, &job, &replayed))
        return;
    json_t *extra = NULL;
    json_t *estimate =
        type == AVT_JOB_FULL_PIPELINE ? estimate_json(call->api, type, job.params) : NULL;
    if (estimate)
        extra = json_pack("{s:o}", "estimate", estimate);
    avt_job_answer(call, &job, replayed, avt_job_wait_s(call, false), NULL, extra);
    avt_job_done(&job);
}

void avt_route_submit_job(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    enum avt_job_type type = AVT_JOB_FULL_PIPELINE;
    const char *name = avt_call_body_text(call, "type");
    if (name && !avt_job_type_parse(name, &type)) {
        avt_call_problem(call, 500, "internal", "the type '%.32s' is in the document only", name);
        return;
    }
    submit(call, type);
}

void avt_route_lipsync_video(struct avt_http_request *request, void *user)
{
    (void)user;
    submit(avt_call(request), AVT_JOB_LIPSYNC);
}

void avt_route_encode_video(struct avt_http_request *request, void *user)
{
    (void)user;
    submit(avt_call(request), AVT_JOB_VIDEO_ENCODE);
}

void avt_route_estimate_pipeline(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    if (!check_sources(call, AVT_JOB_FULL_PIPELINE))
        return;
    AVT_CLEANUP(avt_json_decrefp) json_t *params = avt_job_params_of(call);
    struct avt_job_params read;
    struct avt_error error = {0};
    if (avt_job_params_read(AVT_JOB_FULL_PIPELINE, params, &read, &error) != AVT_OK) {
        struct avt_loc body = {NULL, "body", 0};
        avt_fault(call->faults, &body, "value_error", "%s", error.message);
        avt_call_invalid(call);
        return;
    }
    json_t *estimate = estimate_json(call->api, AVT_JOB_FULL_PIPELINE, params);
    struct avt_job next = {.type = AVT_JOB_FULL_PIPELINE, .run_at_ms = INT64_MAX / 2};
    long long ahead = 0;
    double ahead_s = 0;
    if (avt_jobstore_queue_position(call->api->options.store, &next, &ahead, &ahead_s, &error) ==
        AVT_OK)
        json_object_set_new(estimate, "queue_s", json_real(ahead_s));
    avt_call_json(call, 200, estimate);
}

/* ---- list and look
 * --------------------------------------------------------------------------------- */

static bool list_filter(struct avt_call *call, struct avt_job_filter *filter)
{
    enum avt_job_status status;
    enum avt_job_type type;
    const char *text = avt_call_text(call, "status");
    if (text && avt_job_status_parse(text, &status))
        filter->status = (int)status;
    text = avt_call_text(call, "type");
    if (text && avt_job_type_parse(text, &type))
        filter->type = (int)type;
    text = avt_call_text(call, "since");
    if (text && !avt_time_parse_ms(text, &filter->since_ms))
        filter->since_ms = 0; /* before 1970 */
    text = avt_call_text(call, "cursor");
    if (text)
        memcpy(filter->cursor, text, strnlen(text, sizeof(filter->cursor) - 1));
    return true;
}

/* The Link header of the next page keeps what this one asked for. */
static void add_next_link(struct avt_call *call, const char *cursor)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf link = AVT_BUF_INIT(1024);
    static const char *const kept[] = {"status", "type", "since", "limit"};
    avt_buf_printf(&link, "</jobs?cursor=%s", cursor);
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        const char *value = avt_http_query(call->request, kept[i]);
        for (avt_buf_printf(&link, "%s%s%s", value ? "&" : "", value ? kept[i] : "",
                            value ? "=" : "");
             value && *value; value++) {
            /* What was checked holds nothing but these; "+" and ":" of a time must not be read
             * anew. */
            if (*value == '+' || *value == ' ')
                avt_buf_printf(&link, "%%%02X", (unsigned)(unsigned char)*value);
            else
                avt_buf_append_char(&link, *value);
        }
    }
    avt_buf_append_str(&link, ">; rel=\"next\"");
    avt_http_add_header(call->request, "Link", avt_buf_str(&link));
}

/* How long an answer about these jobs may be kept while the store stays as it is: what a running
 * job is at comes from its worker and is not in the store; a place in the queue is remembered for a
 * moment. */
static void note_status(const struct avt_job *job, struct avt_answer_key *key,
                        unsigned *ret_keep_ms)
{
    if (job->status == AVT_JOB_RUNNING)
        key->version = 0;
    if (job->status == AVT_JOB_PENDING)
        *ret_keep_ms = AVT_PLACE_KEEP_MS;
}

static void list_answer(struct avt_call *call, struct avt_job *jobs, size_t count,
                        const char *cursor, struct avt_answer_key *key)
{
    json_t *list = json_array();
    unsigned keep_ms = 0;
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, avt_api_job_view(call->api, &jobs[i]));
        note_status(&jobs[i], key, &keep_ms);
    }
    if (*cursor)
        add_next_link(call, cursor);
    avt_call_kept_json(call, key,
                       json_pack("{s:o, s:o}", "jobs", list, "next_cursor",
                                 *cursor ? json_string(cursor) : json_null()),
                       cursor, keep_ms);
}

void avt_route_list_jobs(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job_filter filter = {.owner = call->owner, .status = -1, .type = -1};
    enum { LIMIT_DEFAULT = 50 };
    filter.limit = (size_t)avt_call_int(call, "limit", LIMIT_DEFAULT);
    struct avt_job *jobs = NULL;
    size_t count = 0;
    char cursor[AVT_ANSWERS_NOTE_SIZE] = "";
    struct avt_error error = {0};
    struct avt_answer_key key;
    list_filter(call, &filter);
    snprintf(key.text, sizeof(key.text), "list %s %d %d %lld %s %zu",
             call->owner ? call->owner : "*", filter.status, filter.type,
             (long long)filter.since_ms, filter.cursor, filter.limit);
    if (avt_call_answer_kept(call, &key, cursor)) {
        if (*cursor)
            add_next_link(call, cursor);
        return;
    }
    enum avt_code code =
        avt_jobstore_list(call->api->options.store, &filter, &jobs, &count, cursor, &error);
    if (code == AVT_EINVAL) {
        struct avt_loc query = {NULL, "query", 0}, loc = {&query, "cursor", 0};
        avt_fault(call->faults, &loc, "value_error", "Input should be the next_cursor of a page");
        avt_call_invalid(call);
        return;
    }
    if (code != AVT_OK) {
        avt_call_error(call, &error);
        return;
    }
    list_answer(call, jobs, count, cursor, &key);
    avt_job_list_done(jobs, count);
}

void avt_route_get_job(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    struct avt_job job = {0};
    struct avt_answer_key key;
    unsigned keep_ms = 0;
    char note[AVT_ANSWERS_NOTE_SIZE];
    snprintf(key.text, sizeof(key.text), "job %s %s", call->owner ? call->owner : "*", id);
    memcpy(call->job, id, strnlen(id, sizeof(call->job) - 1));
    if (avt_call_answer_kept(call, &key, note) || !avt_job_load(call, id, &job))
        return;
    note_status(&job, &key, &keep_ms);
    avt_call_kept_json(call, &key, avt_api_job_view(call->api, &job), "", keep_ms);
    avt_job_done(&job);
}

void avt_route_get_job_stats(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job_stats stats;
    struct avt_error error = {0};
    struct avt_jobstore *store = call->api->options.store;
    if (avt_jobstore_stats(store, call->owner, &stats, &error) == AVT_OK)
        avt_call_json(call, 200, avt_job_stats_view(&stats, avt_jobstore_now_ms(store)));
    else
        avt_call_error(call, &error);
}

/* ---- cancel, purge, retry
 * ---------------------------------------------------------------------------- */

static void cancel(struct avt_call *call, const char *id)
{
    struct avt_job job = {0};
    struct avt_error error = {0};
    enum avt_code code =
        avt_jobstore_cancel(call->api->options.store, id, call->owner, &job, &error);
    if (code == AVT_ENOENT) {
        avt_call_missing(call, "job", id);
        return;
    }
    if (code != AVT_OK) {
        avt_call_error(call, &error);
        return;
    }
    avt_places_forget(call->api->places);
    struct avt_supervisor *supervisor = atomic_load(&call->api->supervisor);
    if (supervisor && job.status == AVT_JOB_RUNNING)
        avt_supervisor_cancel(supervisor, id);
    if (job.status == AVT_JOB_CANCELLED)
        avt_job_recordings_remove(call->api->options.store, call->api->storage, &job);
    avt_follower_wake(call->api->follower);
    if (job.status == AVT_JOB_COMPLETED || job.status == AVT_JOB_FAILED)
        avt_call_problem(call, 409, "job_finished",
                         "the job '%s' is %s already; ?purge=true removes it and its output", id,
                         avt_job_status_name(job.status));
    else
        avt_call_json(call, 200, avt_api_job_view(call->api, &job));
    avt_job_done(&job);
}

/* A waiting job is cancelled first; a running one has to end before its output can go. */
static void purge(struct avt_call *call, const char *id)
{
    struct avt_job job = {0};
    struct avt_error error = {0};
    if (!avt_job_load(call, id, &job))
        return;
    enum avt_job_status status = job.status;
    avt_job_done(&job);
    enum avt_code code = AVT_OK;
    if (status == AVT_JOB_PENDING) {
        code = avt_jobstore_cancel(call->api->options.store, id, call->owner, &job, &error);
        if (code == AVT_OK) {
            status = job.status;
            if (status == AVT_JOB_CANCELLED)
                avt_job_recordings_remove(call->api->options.store, call->api->storage, &job);
            avt_job_done(&job);
        }
    }
    if (code == AVT_OK && status == AVT_JOB_RUNNING) {
        avt_call_problem(call, 409, "job_active",
                         "the job '%s' is running; cancel it first (DELETE without purge)", id);
        return;
    }
    if (code == AVT_OK)
        code =
            avt_jobs_purge(call->api->options.store, call->api->storage, id, call->owner, &error);
    if (code == AVT_OK) {
        char topic[AVT_HTTP_TOPIC_SIZE];
        avt_topic_of(id, topic);
        avt_http_publish(call->api->server, topic, 0, "purged", "{}", true);
        avt_call_empty(call, 204);
    } else if (code == AVT_ENOENT)
        avt_call_missing(call, "job", id);
    else
        avt_call_error(call, &error);
}

void avt_route_delete_job(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    memcpy(call->job, id, strnlen(id, sizeof(call->job) - 1));
    if (avt_call_bool(call, "purge"))
        purge(call, id);
    else
        cancel(call, id);
}

void avt_route_retry_job(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    struct avt_submit_options options = {call->api->storage, call->api->options.free_bytes_min};
    struct avt_job job = {0};
    struct avt_error error = {0};
    if (!avt_auth_may_submit(call))
        return;
    enum avt_code code =
        avt_jobs_retry(call->api->options.store, &options, id, call->owner, &job, &error);
    if (code == AVT_ENOENT) {
        avt_call_missing(call, "job", id);
    } else if (code == AVT_EINVAL) {
        avt_call_problem(call, 409, "job_not_failed", "%s", error.message);
    } else if (code != AVT_OK) {
        avt_call_error(call, &error);
    } else {
        struct avt_supervisor *supervisor = atomic_load(&call->api->supervisor);
        if (supervisor)
            avt_supervisor_wake(supervisor);
        memcpy(call->job, job.id, sizeof(call->job));
        avt_job_answer(call, &job, false, avt_job_wait_s(call, false), NULL, NULL);
        avt_job_done(&job);
    }
}

/* ---- result
 * -------------------------------------------------------------------------------------------- */

/* Faces and video info have no file: the result itself is the answer. */
static void answer_result(struct avt_call *call, const struct avt_job *job)
{
    const char *which = avt_call_text(call, "file");
    bool captions = which && avt_str_equal(which, "captions");
    if (avt_job_serve(call, job, captions ? "captions" : "file", true))
        return;
    if (captions || json_object_get(job->result, "file"))
        avt_call_problem(call, 404, "not_found", "the job '%s' has no %s", job->id,
                         captions ? "caption file; ask for captions srt or vtt"
                                  : "output any more");
    else
        avt_call_json(call, 200, json_deep_copy(job->result));
}

void avt_route_get_job_result(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job job = {0};
    if (!avt_job_load(call, avt_http_param(request, "id"), &job))
        return;
    if (job.status == AVT_JOB_COMPLETED) {
        answer_result(call, &job);
    } else if (avt_job_status_final(job.status)) {
        bool failed = job.status == AVT_JOB_FAILED;
        avt_call_problem(call, 409, failed ? "job_failed" : "job_cancelled", "the job '%s' %s%s",
                         job.id, failed ? "failed: " : "was cancelled",
                         failed ? job.error_message : "");
    } else {
        avt_http_add_header(request, "Retry-After", "1");
        avt_call_problem(call, 409, "not_ready", "the job '%s' is %s; its result is not there yet",
                         job.id, avt_job_status_name(job.status));
    }
    avt_job_done(&job);
}

/* ---- events
 * ---------------------------------------------------------------------------------------------- */

/* What happened so far, then what comes. */
static void replay(struct avt_call *call, struct avt_http_stream *stream, const char *id,
                   int64_t after)
{
    bool final = false;
    for (size_t count = AVT_FOLLOWER_PAGE; count == AVT_FOLLOWER_PAGE;) {
        struct avt_job_event *events = NULL;
        struct avt_error error = {0};
        count = 0;
        if (avt_jobstore_events(call->api->options.store, id, after, AVT_FOLLOWER_PAGE, &events,
                                &count, &error) != AVT_OK)
            break; /* the stream goes on with what comes; the client can look at the job */
        for (size_t i = 0; i < count; i++) {
            AVT_CLEANUP(avt_freep) char *text = avt_event_text(&events[i]);
            if (text)
                avt_http_stream_send(stream, events[i].sequence, events[i].type, text);
            final = final || avt_event_final(&events[i]);
            after = events[i].sequence;
        }
        avt_job_events_done(events, count);
    }
    if (final)
        avt_http_stream_end(stream);
    else
        avt_http_stream_live(stream);
}

static void follow(struct avt_http_request *request, bool websocket)
{
    struct avt_call *call = avt_call(request);
    struct avt_job job = {0};
    char topic[AVT_HTTP_TOPIC_SIZE];
    if (!avt_job_load(call, avt_http_param(request, "id"), &job))
        return;
    bool over = avt_job_status_final(job.status);
    avt_job_done(&job);
    avt_topic_of(call->job, topic);
    int64_t after = websocket ? avt_call_int(call, "after", 0) : avt_http_last_event_id(request);
    struct avt_http_stream *stream =
        websocket ? avt_http_stream_websocket(request, topic) : avt_http_stream_sse(request, topic);
    if (!stream)
        return;
    replay(call, stream, call->job, after);
    /* All of a finished job's events may have been seen before: nothing comes any more. */
    if (over)
        avt_http_stream_end(stream);
}

void avt_route_get_job_events(struct avt_http_request *request, void *user)
{
    (void)user;
    follow(request, false);
}

void avt_route_get_job_ws(struct avt_http_request *request, void *user)
{
    (void)user;
    follow(request, true);
}
