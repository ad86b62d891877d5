/* SPDX-License-Identifier: Apache-2.0 */
/* /voice and /languages. Stock voices are a table; cloned ones would be records of kind "voice". */
#include "api/job_answer.h"
#include "api/upload.h"
#include "api_handlers.h"
#include "base/str.h"
#include "base/voices.h"
#include "jobs/params.h"

/* ---- profiles
 * ------------------------------------------------------------------------------------- */

static json_t *stock_json(const struct avt_voice *voice)
{
    return json_pack("{s:s, s:s, s:n, s:s, s:s, s:s, s:s, s:s, s:b, s:n}", "id", voice->id, "name",
                     voice->name, "description", "language", voice->language, "gender",
                     voice->gender, "grade", voice->grade, "engine", voice->engine, "kind", "stock",
                     "read_only", 1, "created_at");
}

static json_t *cloned_json(const struct avt_record *record)
{
    static const char *const members[] = {"name",   "description", "language",
                                          "gender", "grade",       "engine"};
    json_t *json = json_object();
    json_object_set_new(json, "id", json_string(record->id));
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        avt_record_copy(json, record, members[i]);
    json_object_set_new(json, "kind", json_string("cloned"));
    json_object_set_new(json, "read_only", json_false());
    json_object_set_new(json, "created_at", avt_json_time(record->created_ms));
    return json;
}

static bool wanted(const struct avt_call *call, const json_t *voice, const char *name)
{
    const char *want = avt_call_text(call, name);
    const char *has = json_string_value(json_object_get(voice, name));
    return !want || (has && avt_str_equal(want, has));
}

static void add_voice(const struct avt_call *call, json_t *list, json_t *voice)
{
    if (wanted(call, voice, "language") && wanted(call, voice, "gender"))
        json_array_append(list, voice);
    json_decref(voice);
}

void avt_route_list_voices(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    enum { CLONED_MAX = 1000 };
    struct avt_record *records = NULL;
    size_t count = 0;
    struct avt_error error = {0};
    if (avt_jobstore_record_list(call->api->options.store, "voice", call->owner, CLONED_MAX,
                                 &records, &count, &error) != AVT_OK) {
        avt_call_error(call, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < avt_voice_count(); i++)
        add_voice(call, list, stock_json(avt_voice_get(i)));
    for (size_t i = 0; i < count; i++)
        add_voice(call, list, cloned_json(&records[i]));
    avt_records_done(records, count);
    avt_call_json(call, 200,
                  json_pack("{s:o, s:s}", "profiles", list, "default", AVT_VOICE_DEFAULT));
}

static const struct avt_voice *stock_voice(const char *id)
{
    const struct avt_voice *voice = NULL;
    return avt_voice_find(id, &voice, NULL) == AVT_OK ? voice : NULL;
}

/* False: it has answered. */
static bool load_cloned(struct avt_call *call, const char *id, struct avt_record *ret_record)
{
    struct avt_error error = {0};
    enum avt_code code = avt_jobstore_record_get(call->api->options.store, "voice", id, call->owner,
                                                 ret_record, &error);
    if (code == AVT_ENOENT)
        avt_call_missing(call, "voice", id);
    else if (code != AVT_OK)
        avt_call_error(call, &error);
    return code == AVT_OK;
}

void avt_route_get_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    const struct avt_voice *stock = stock_voice(id);
    struct avt_record record = {0};
    if (stock)
        avt_call_json(call, 200, stock_json(stock));
    else if (load_cloned(call, id, &record))
        avt_call_json(call, 200, cloned_json(&record));
    avt_record_done(&record);
}

static bool refuse_stock(struct avt_call *call, const char *id)
{
    if (!stock_voice(id))
        return false;
    avt_call_problem(call, 403, "read_only", "the stock voice '%s' cannot be changed or deleted",
                     id);
    return true;
}

void avt_route_update_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    struct avt_record record = {0};
    struct avt_error error = {0};
    if (refuse_stock(call, id) || !load_cloned(call, id, &record))
        return;
    json_object_update(record.data, call->body);
    record.updated_ms = avt_jobstore_now_ms(call->api->options.store);
    if (avt_jobstore_record_put(call->api->options.store, &record, &error) == AVT_OK)
        avt_call_json(call, 200, cloned_json(&record));
    else
        avt_call_error(call, &error);
    avt_record_done(&record);
}

void avt_route_delete_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    const char *id = avt_http_param(request, "id");
    struct avt_error error = {0};
    if (refuse_stock(call, id))
        return;
    enum avt_code code =
        avt_jobstore_record_delete(call->api->options.store, "voice", id, call->owner, &error);
    if (code == AVT_OK)
        avt_call_empty(call, 204);
    else if (code == AVT_ENOENT)
        avt_call_missing(call, "voice", id);
    else
        avt_call_error(call, &error);
}

void avt_route_clone_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    avt_call_problem(
        avt_call(request), 501, "not_available",
        "cloning voices is not built yet; GET /voice/profiles lists what can be spoken "
        "with");
}

/* ---- speech
 * ------------------------------------------------------------------------------------------ */

static void answer_speech(struct avt_call *call, const struct avt_job *job)
{
    if (job->status != AVT_JOB_COMPLETED)
        avt_job_answer_failure(call, job);
    else if (avt_call_wants_json(call))
        avt_call_json(call, 200, avt_api_job_view(call->api, job));
    else if (!avt_job_serve(call, job, "file", false))
        avt_call_problem(call, 404, "not_found", "the speech of job '%s' is gone", job->id);
}

void avt_route_synthesize_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job job = {0};
    bool replayed = false;
    bool brief = avt_utf8_count(avt_call_body_text(call, "text")) < AVT_PARAMS_SHORT_TEXT_MAX &&
                 !json_object_get(call->body, "run_at");
    if (!avt_job_check_voice(call) ||
        !avt_job_submit(call, AVT_JOB_VOICE_SYNTHESIS, avt_job_params_of(call), brief, &job,
                        &replayed))
        return;
    avt_job_answer(call, &job, replayed, avt_job_wait_s(call, brief), answer_speech, NULL);
    avt_job_done(&job);
}

/* ---- languages
 * ------------------------------------------------------------------------------------- */

static json_t *language_json(const struct avt_language *language)
{
    int voices = 0;
    for (size_t i = 0; i < avt_voice_count(); i++)
        voices += avt_str_equal(avt_voice_get(i)->language, language->tag);
    return json_pack("{s:s, s:s, s:s, s:s, s:i}", "tag", language->tag, "name", language->name,
                     "endonym", language->endonym, "voice", language->voice, "voices", voices);
}

void avt_route_list_languages(struct avt_http_request *request, void *user)
{
    (void)user;
    json_t *list = json_array();
    for (size_t i = 0; i < avt_language_count(); i++)
        json_array_append_new(list, language_json(avt_language_get(i)));
    avt_call_json(avt_call(request), 200, json_pack("{s:o}", "languages", list));
}
