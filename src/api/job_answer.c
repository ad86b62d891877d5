/* SPDX-License-Identifier: Apache-2.0 */
#include "api/job_answer.h"

#include <math.h>
#include <stdio.h>

#include "api/auth.h"
#include "api/follower.h"
#include "api/idempotency.h"
#include "api/problem.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/voices.h"
#include "jobs/params.h"
#include "jobs/submit.h"
#include "os/paths.h"
#include "profile/piper.h"
#include "store/job_view.h"
#include "store/layout.h"

enum { WAIT_MAX_S = 60 };

/* ---- a job as JSON ------------------------------------------------------------------------------
 */

bool avt_job_load(struct avt_call *call, const char *id, struct avt_job *ret_job)
{
    struct avt_error error = {0};
    memcpy(call->job, id, strnlen(id, sizeof(call->job) - 1));
    enum avt_code code =
        avt_jobstore_get(call->api->options.store, id, call->owner, ret_job, &error);
    if (code == AVT_ENOENT)
        avt_call_missing(call, "job", id);
    else if (code != AVT_OK)
        avt_call_error(call, &error);
    return code == AVT_OK;
}

bool avt_job_some_worker(struct avt_api *api)
{
    struct avt_supervisor *supervisor = atomic_load(&api->supervisor);
    struct avt_worker_status worker;
    return supervisor && avt_supervisor_workers(supervisor, &worker, 1) > 0;
}

static json_t *links_of(const struct avt_job *job)
{
    json_t *links = json_object();
    char path[80];
    snprintf(path, sizeof(path), "/jobs/%s", job->id);
    json_object_set_new(links, "self", json_string(path));
    snprintf(path, sizeof(path), "/jobs/%s/events", job->id);
    json_object_set_new(links, "events", json_string(path));
    snprintf(path, sizeof(path), "/jobs/%s/ws", job->id);
    json_object_set_new(links, "websocket", json_string(path));
    snprintf(path, sizeof(path), "/jobs/%s/result", job->id);
    json_object_set_new(links, "result",
                        job->status == AVT_JOB_COMPLETED ? json_string(path) : json_null());
    return links;
}

json_t *avt_api_job_view(struct avt_api *api, const struct avt_job *job)
{
    struct avt_link_message last;
    struct avt_job_live live = {-1, -1};
    bool known = job->status == AVT_JOB_RUNNING && avt_live_get(api->live, job->id, &last);
    if (known)
        live = (struct avt_job_live){last.eta_s, last.progress};
    struct avt_job_place place = avt_places_get(api->places, job);
    json_t *view = avt_job_view_at(api->options.store, job, api->options.workers, &live, &place);
    if (known && last.stage[0])
        json_object_set_new(view, "stage", json_string(last.stage));
    json_object_set_new(view, "links", links_of(job));
    return view;
}

/* ---- what a request names
 * ------------------------------------------------------------------------ */

static bool kind_allowed(const char *kinds, const char *kind)
{
    const char *found = kind ? strstr(kinds, kind) : NULL;
    return found != NULL;
}

static bool source_missing(struct avt_call *call, const char *field, const char *id)
{
    avt_call_body_fault(call, 404, "not_found", field, "not_found",
                        "there is no '%.40s', or not for this key", id);
    return false;
}

static bool check_record(struct avt_call *call, const char *field, const char *id,
                         const char *kinds)
{
    bool upload = avt_str_starts(id, "up-");
    struct avt_record record = {0};
    struct avt_error error = {0};
    enum avt_code code = avt_jobstore_record_get(
        call->api->options.store, upload ? "upload" : "avatar", id, call->owner, &record, &error);
    if (code == AVT_ENOENT)
        return source_missing(call, field, id);
    if (code != AVT_OK) {
        avt_call_error(call, &error);
        return false;
    }
    const char *type = avt_record_text(&record, "media_type");
    const char *kind = upload ? avt_record_text(&record, "kind")
                              : (type && avt_str_starts(type, "video/") ? "video" : "image");
    bool good = kind_allowed(kinds, kind);
    if (!good)
        avt_call_body_fault(call, 422, "validation_error", field, "wrong_kind",
                            "'%s' is of kind %s; here %s is needed", id, kind ? kind : "?", kinds);
    avt_record_done(&record);
    return good;
}

static bool check_job(struct avt_call *call, const char *field, const char *id)
{
    struct avt_job job = {0};
    struct avt_error error = {0};
    enum avt_code code = avt_jobstore_get(call->api->options.store, id, call->owner, &job, &error);
    if (code == AVT_ENOENT)
        return source_missing(call, field, id);
    if (code != AVT_OK) {
        avt_call_error(call, &error);
        return false;
    }
    bool good =
        job.status == AVT_JOB_COMPLETED && json_is_string(json_object_get(job.result, "file"));
    if (!good)
        avt_call_body_fault(call, 409, "not_ready", field, "not_ready",
                            "the job '%s' is %s and has no file that could be used", id,
                            avt_job_status_name(job.status));
    avt_job_done(&job);
    return good;
}

bool avt_job_check_id(struct avt_call *call, const char *field, const char *id, const char *kinds)
{
    return avt_str_starts(id, "job-") ? check_job(call, field, id)
                                      : check_record(call, field, id, kinds);
}

bool avt_job_check_source(struct avt_call *call, const char *field, const char *kinds)
{
    const char *id = avt_call_body_text(call, field);
    return !id || avt_job_check_id(call, field, id, kinds);
}

struct avt_profile_home avt_call_home(const struct avt_call *call)
{
    return (struct avt_profile_home){.storage = call->api->storage,
                                     .owner = call->owner,
                                     .actor = *call->key_id ? call->key_id : NULL};
}

static bool voice_exists(const struct avt_call *call, const char *id)
{
    const struct avt_voice *voice;
    struct avt_profile profile;
    struct avt_profile_home home = avt_call_home(call);
    return avt_voice_find(id, &voice, NULL) == AVT_OK ||
           avt_piper_exists(call->api->storage, id) ||
           avt_profile_get(&home, id, &profile, NULL) == AVT_OK;
}

bool avt_job_voices_exist(const struct avt_call *call, const char *spec,
                          char ret_missing[AVT_VOICE_NAME_SIZE])
{
    double weight;
    int count = 0;
    for (const char *at = spec; at;) {
        bool read = avt_voice_blend_next(&at, ret_missing, &weight) && ++count <= AVT_VOICE_BLEND_MAX;
        if (!read)
            *ret_missing = '\0';
        if (!read || !voice_exists(call, ret_missing))
            return false;
    }
    return true;
}

bool avt_job_check_voice(struct avt_call *call)
{
    static const char field[] = "voice_profile_id";
    char missing[AVT_VOICE_NAME_SIZE];
    if (avt_job_voices_exist(call, avt_call_body_text(call, field), missing))
        return true;
    if (*missing)
        avt_call_body_fault(call, 404, "unknown_voice", field, "unknown_voice",
                            "there is no voice '%.40s'; GET /voice/profiles lists them", missing);
    else
        avt_call_body_fault(call, 422, "validation_error", field, "value_error",
                            "a blend is up to %d voices with weights above 0, such as "
                            "af_heart*0.7+am_adam*0.3",
                            AVT_VOICE_BLEND_MAX);
    return false;
}

/* ---- submitting
 * ------------------------------------------------------------------------------------ */

json_t *avt_job_params_of(const struct avt_call *call)
{
    static const char *const not_work[] = {"type", "priority", "run_at", "webhook_url"};
    json_t *params = json_copy(call->body);
    for (size_t i = 0; i < sizeof(not_work) / sizeof(*not_work); i++)
        json_object_del(params, not_work[i]);
    return params;
}

/* What the schema cannot say, the reader of params does: its sentence names the field ("config.fps:
 * ..."). */
static bool check_params(struct avt_call *call, enum avt_job_type type, const json_t *params)
{
    struct avt_job_params read;
    struct avt_error error = {0};
    if (avt_job_params_read(type, params, &read, &error) == AVT_OK)
        return true;
    struct avt_loc body = {NULL, "body", 0};
    avt_fault(call->faults, &body, "value_error", "%s", error.message);
    avt_call_invalid(call);
    return false;
}

/* The params were read before: what is invalid now is the Idempotency-Key. */
static void refuse(struct avt_call *call, enum avt_code code, const struct avt_error *error)
{
    if (code == AVT_ELIMIT) {
        avt_http_add_header(call->request, "Retry-After", "30");
        avt_call_problem(call, 429, "queue_full", "%s", error->message);
    } else if (code == AVT_EINVAL && call->idempotency_key) {
        avt_call_problem(call, 422, "idempotency_key_reused", "%s", error->message);
    } else {
        avt_call_error(call, error);
    }
}

static bool fill_job(struct avt_call *call, struct avt_job *job, bool hurry)
{
    const char *run_at = avt_call_body_text(call, "run_at");
    const char *webhook = avt_call_body_text(call, "webhook_url");
    job->priority = (int)json_number_value(json_object_get(call->body, "priority"));
    if (job->priority > 0 && call->granted < AVT_NEEDS_ADMIN) {
        avt_call_body_fault(call, 403, "forbidden", "priority", "forbidden",
                            "a priority above 0 needs a key with the scope admin");
        return false;
    }
    if (hurry && job->priority == 0)
        job->priority = AVT_JOB_PRIORITY_SHORT;
    /* A time before 1970 is in the past, which is now. */
    if (run_at && !avt_time_parse_ms(run_at, &job->run_at_ms))
        job->run_at_ms = 0;
    if (webhook)
        memcpy(job->webhook_url, webhook, strnlen(webhook, sizeof(job->webhook_url) - 1));
    memcpy(job->owner, call->key_id, sizeof(job->owner));
    const char *request_id = avt_http_request_id(call->request);
    memcpy(job->request_id, request_id, strnlen(request_id, sizeof(job->request_id) - 1));
    return true;
}

bool avt_job_submit(struct avt_call *call, enum avt_job_type type, json_t *params, bool hurry,
                    struct avt_job *ret_job, bool *ret_replayed)
{
    struct avt_api *api = call->api;
    struct avt_job job = {.type = type, .params = params};
    struct avt_error error = {0};
    *ret_replayed = false;
    if (!avt_auth_may_submit(call) || !check_params(call, type, params) ||
        !fill_job(call, &job, hurry)) {
        avt_job_done(&job);
        return false;
    }
    struct avt_submit_options options = {api->storage, api->options.free_bytes_min};
    enum avt_code code = avt_jobs_submit(api->options.store, &options, &job,
                                         avt_idempotency_of_job(call), ret_replayed, &error);
    if (code != AVT_OK) {
        refuse(call, code, &error);
        avt_job_done(&job);
        return false;
    }
    memcpy(call->job, job.id, sizeof(call->job));
    avt_places_forget(api->places);
    struct avt_supervisor *supervisor = atomic_load(&api->supervisor);
    if (supervisor && !*ret_replayed)
        avt_supervisor_wake(supervisor);
    *ret_job = job;
    return true;
}

/* ---- answering and waiting
 * -------------------------------------------------------------------------- */

unsigned avt_job_wait_s(struct avt_call *call, bool short_work)
{
    unsigned asked = avt_http_prefer_wait_s(call->request, WAIT_MAX_S);
    if (asked > 0)
        return asked;
    if (!short_work || avt_call_async(call) || !avt_job_some_worker(call->api))
        return 0;
    return call->api->options.short_wait_s;
}

static void answer_pending(struct avt_call *call, const struct avt_job *job)
{
    json_t *view = avt_api_job_view(call->api, job);
    json_object_update(view, call->extra);
    avt_call_json(call, 202, view);
}

static void answer_finished(struct avt_call *call, const struct avt_job *job)
{
    if (avt_http_prefer_wait_s(call->request, WAIT_MAX_S) > 0)
        avt_http_add_header(call->request, "Preference-Applied", "wait");
    if (call->finished)
        call->finished(call, job);
    else
        avt_call_json(call, 200, avt_api_job_view(call->api, job));
}

static void resumed(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job job = {0};
    char topic[AVT_HTTP_TOPIC_SIZE];
    if (!avt_job_load(call, call->job, &job))
        return;
    avt_topic_of(job.id, topic);
    double left_s = call->deadline_s - avt_now_s();
    if (avt_job_status_final(job.status))
        answer_finished(call, &job);
    else if (avt_http_timed_out(request) || left_s <= 0 ||
             !avt_http_park(request, topic, (unsigned)(left_s * 1000) + 1, resumed))
        answer_pending(call, &job);
    avt_job_done(&job);
}

void avt_job_answer(struct avt_call *call, const struct avt_job *job, bool replayed,
                    unsigned wait_s, avt_job_finished_fn finished, json_t *extra)
{
    char topic[AVT_HTTP_TOPIC_SIZE];
    call->finished = finished;
    call->extra = extra;
    avt_call_location(call, "/jobs/%s", job->id);
    if (replayed)
        avt_http_add_header(call->request, "Idempotency-Replayed", "true");
    if (wait_s == 0 || !avt_http_park(call->request, (avt_topic_of(job->id, topic), topic),
                                      wait_s * 1000, resumed)) {
        answer_pending(call, job);
        return;
    }
    call->deadline_s = avt_now_s() + wait_s;
    /* It may have ended between submitting and parking; then nobody else wakes us. */
    struct avt_job now = {0};
    struct avt_error error = {0};
    bool over = avt_jobstore_get(call->api->options.store, job->id, NULL, &now, &error) != AVT_OK ||
                avt_job_status_final(now.status);
    avt_job_done(&now);
    if (over)
        avt_http_wake(call->api->server, topic);
}

void avt_job_answer_failure(struct avt_call *call, const struct avt_job *job)
{
    int status = 500;
    for (int i = 0; i < AVT_CODE_COUNT; i++) {
        if (avt_str_equal(avt_code_name((enum avt_code)(-i)), job->error_code))
            status = avt_problem_status((enum avt_code)(-i));
    }
    /* What was too large for a job stays so: to come again later, as 429 says, does not help. */
    if (status == 429)
        status = 422;
    if (job->status == AVT_JOB_CANCELLED)
        avt_call_problem(call, 409, "cancelled", "the job '%s' was cancelled", job->id);
    else
        avt_call_problem(call, status >= 500 ? 503 : status, job->error_code, "%s",
                         job->error_message);
}

/* ---- results
 * ------------------------------------------------------------------------------------------ */

char *avt_job_result_path(const struct avt_api *api, const struct avt_job *job, const char *member)
{
    const char *name = json_string_value(json_object_get(job->result, member));
    return name ? avt_layout_result(api->storage, job->id, name) : NULL;
}

bool avt_job_serve(struct avt_call *call, const struct avt_job *job, const char *member,
                   bool attachment)
{
    AVT_CLEANUP(avt_freep) char *path = avt_job_result_path(call->api, job, member);
    struct avt_http_file file;
    struct avt_error error = {0};
    if (!path || avt_http_file_open(path, &file, &error) != AVT_OK)
        return false;
    const char *extension = avt_path_extension(path);
    const char *media_type = json_string_value(json_object_get(job->result, "media_type"));
    bool is_main = avt_str_equal(member, "file");
    file.media_type = is_main && media_type ? media_type : avt_media_type_of(extension);
    file.filename = avt_http_printf(call->request, "%s.%s", job->id, extension);
    file.attachment = attachment;
    avt_idempotency_done(call);
    avt_http_answer_file(call->request, &file);
    return true;
}
