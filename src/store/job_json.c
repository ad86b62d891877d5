/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job as JSON and back. What is read may have been edited by hand, so nothing of it is believed:
 * types, lengths and ranges are checked, and a sentence names the field that is wrong.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/job.h"

/* ---- writing --------------------------------------------------------------------------------- */

/* Text that is no UTF-8, which nothing here makes, is left out rather than the whole job. */
static json_t *text_or_null(const char *text)
{
    json_t *json = *text ? json_string(text) : NULL;
    return json ? json : json_null();
}

static json_t *time_or_null(int64_t ms)
{
    char text[AVT_TIME_SIZE];
    if (ms == 0)
        return json_null();
    avt_time_format_ms(ms, text);
    return json_string(text);
}

static json_t *stages_json(int stages)
{
    json_t *names = json_array();
    for (int i = 0; i < AVT_JOB_STAGES; i++)
        if (stages & (1 << i))
            json_array_append_new(names, json_string(avt_job_stage_name(i)));
    return names;
}

static json_t *error_json(const struct avt_job *job)
{
    if (!job->error_code[0])
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "code", text_or_null(job->error_code), "message",
                     text_or_null(job->error_message), "stage", text_or_null(job->error_stage));
}

static json_t *stage_seconds_json(const struct avt_job *job)
{
    if (job->status != AVT_JOB_COMPLETED)
        return json_null();
    json_t *seconds = json_object();
    for (int i = 0; i < AVT_JOB_STAGES; i++)
        json_object_set_new(seconds, avt_job_stage_name(i), json_real(job->stage_s[i]));
    return seconds;
}

static json_t *or_null(json_t *json)
{
    return json ? json_deep_copy(json) : json_null();
}

json_t *avt_job_to_json(const struct avt_job *job, bool all)
{
    json_t *json = json_object();
    json_object_set_new(json, "id", json_string(job->id));
    json_object_set_new(json, "type", json_string(avt_job_type_name(job->type)));
    json_object_set_new(json, "status", json_string(avt_job_status_name(job->status)));
    json_object_set_new(json, "progress", json_integer(job->progress));
    json_object_set_new(json, "stage", text_or_null(job->stage));
    json_object_set_new(json, "stages_completed", stages_json(job->stages_completed));
    json_object_set_new(json, "priority", json_integer(job->priority));
    json_object_set_new(json, "attempt", json_integer(job->attempt));
    json_object_set_new(json, "attempts_max", json_integer(job->attempts_max));
    json_object_set_new(json, "rescues", json_integer(job->rescues));
    json_object_set_new(json, "cancel_requested", json_boolean(job->cancel_requested));
    json_object_set_new(json, "created_at", time_or_null(job->created_ms));
    json_object_set_new(json, "run_at", time_or_null(job->run_at_ms));
    json_object_set_new(json, "started_at", time_or_null(job->started_ms));
    json_object_set_new(json, "finished_at", time_or_null(job->finished_ms));
    json_object_set_new(json, "updated_at", time_or_null(job->updated_ms));
    json_object_set_new(json, "estimate_seconds",
                        job->estimate_s > 0 ? json_real(job->estimate_s) : json_null());
    json_object_set_new(json, "stage_seconds", stage_seconds_json(job));
    json_object_set_new(json, "params", or_null(job->params));
    json_object_set_new(json, "result", or_null(job->result));
    json_object_set_new(json, "error", error_json(job));
    json_object_set_new(json, "webhook_url", text_or_null(job->webhook_url));
    json_object_set_new(json, "request_id", text_or_null(job->request_id));
    if (all) {
        json_object_set_new(json, "owner", text_or_null(job->owner));
        json_object_set_new(json, "short_work", json_boolean(job->short_work));
        json_object_set_new(json, "sequence", json_integer(job->sequence));
        json_object_set_new(json, "lease",
                            json_pack("{s:o, s:o, s:I}", "worker", text_or_null(job->lease_owner),
                                      "until", time_or_null(job->lease_until_ms), "token",
                                      (json_int_t)job->lease_token));
    }
    return json;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The first problem stays; each take_* does nothing after it. */
struct reader {
    const json_t *json;
    const char *inside; /* "" or "lease." for the message */
    enum avt_code code;
    struct avt_error *reterr;
};

static void refuse(struct reader *reader, const char *name, const char *what)
{
    if (reader->code == AVT_OK)
        reader->code =
            avt_fail(reader->reterr, AVT_EFORMAT, "field '%s%s' %s", reader->inside, name, what);
}

/* NULL for a field that is missing or null. */
static const json_t *field(struct reader *reader, const char *name)
{
    const json_t *value = json_object_get(reader->json, name);
    return json_is_null(value) ? NULL : value;
}

static void take_text(struct reader *reader, const char *name, char *ret_text, size_t size)
{
    const json_t *value = field(reader, name);
    if (!value)
        return;
    const char *text = json_string_value(value);
    if (!text || strlen(text) != json_string_length(value))
        refuse(reader, name, "is not a text");
    else if (strlen(text) >= size)
        refuse(reader, name, "is too long");
    else
        memcpy(ret_text, text, strlen(text) + 1);
}

/* Text that goes into logs and tables: no control characters. */
static void take_line(struct reader *reader, const char *name, char *ret_text, size_t size)
{
    take_text(reader, name, ret_text, size);
    for (const char *p = ret_text; reader->code == AVT_OK && *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            refuse(reader, name, "holds a control character");
}

static int64_t take_int(struct reader *reader, const char *name, int64_t min, int64_t max)
{
    const json_t *value = field(reader, name);
    if (!value)
        return 0;
    if (!json_is_integer(value))
        refuse(reader, name, "is not a whole number");
    else if (json_integer_value(value) < min || json_integer_value(value) > max)
        refuse(reader, name, "is out of range");
    else
        return json_integer_value(value);
    return 0;
}

static bool take_bool(struct reader *reader, const char *name)
{
    const json_t *value = field(reader, name);
    if (value && !json_is_boolean(value))
        refuse(reader, name, "is not true or false");
    return json_is_true(value);
}

static double take_seconds(struct reader *reader, const char *name)
{
    enum { SECONDS_MAX = 1000000000 };
    const json_t *value = field(reader, name);
    double seconds = json_number_value(value);
    if (!value)
        return 0.0;
    if (!json_is_number(value) || !(seconds >= 0.0 && seconds <= SECONDS_MAX))
        refuse(reader, name, "is not a number of seconds");
    return seconds;
}

static int64_t take_time(struct reader *reader, const char *name)
{
    char text[64] = "";
    int64_t ms = 0;
    take_text(reader, name, text, sizeof(text));
    if (*text && !avt_time_parse_ms(text, &ms))
        refuse(reader, name, "is not a time like 2026-01-31T12:00:00.000Z");
    return ms;
}

static json_t *take_object(struct reader *reader, const char *name)
{
    const json_t *value = field(reader, name);
    if (value && !json_is_object(value))
        refuse(reader, name, "is not an object");
    return value && reader->code == AVT_OK ? json_deep_copy(value) : NULL;
}

/* A reader of the object under `name`; an empty one if there is none. */
static struct reader inside(struct reader *reader, const char *name, const char *prefix)
{
    const json_t *value = field(reader, name);
    if (value && !json_is_object(value))
        refuse(reader, name, "is not an object");
    return (struct reader){value, prefix, reader->code, reader->reterr};
}

static int take_stages(struct reader *reader, const char *name)
{
    const json_t *value = field(reader, name), *entry;
    size_t index;
    int stages = 0;
    if (value && !json_is_array(value))
        refuse(reader, name, "is not a list of stages");
    json_array_foreach(value, index, entry)
    {
        int stage = 0;
        while (stage < AVT_JOB_STAGES &&
               !(json_is_string(entry) &&
                 avt_str_equal(json_string_value(entry), avt_job_stage_name(stage))))
            stage++;
        if (stage == AVT_JOB_STAGES)
            refuse(reader, name, "is not a list of stages");
        else
            stages |= 1 << stage;
    }
    return stages;
}

static void take_identity(struct reader *reader, struct avt_job *job)
{
    char name[32] = "";
    take_text(reader, "id", job->id, sizeof(job->id));
    if (!avt_job_id_valid(job->id))
        refuse(reader, "id", "is not the id of a job");
    take_text(reader, "type", name, sizeof(name));
    if (!avt_job_type_parse(name, &job->type))
        refuse(reader, "type", "is not a type of job");
    *name = '\0';
    take_text(reader, "status", name, sizeof(name));
    if (!avt_job_status_parse(name, &job->status))
        refuse(reader, "status", "is not a status");
    take_text(reader, "owner", job->owner, sizeof(job->owner));
    if (!avt_job_owner_valid(job->owner))
        refuse(reader, "owner", "is not the id of a key");
    job->sequence = take_int(reader, "sequence", 0, INT64_MAX);
    take_line(reader, "request_id", job->request_id, sizeof(job->request_id));
    take_line(reader, "webhook_url", job->webhook_url, sizeof(job->webhook_url));
}

static void take_times(struct reader *reader, struct avt_job *job)
{
    job->created_ms = take_time(reader, "created_at");
    if (job->created_ms == 0)
        refuse(reader, "created_at", "is missing");
    job->run_at_ms = take_time(reader, "run_at");
    if (job->run_at_ms == 0)
        job->run_at_ms = job->created_ms;
    job->started_ms = take_time(reader, "started_at");
    job->finished_ms = take_time(reader, "finished_at");
    job->updated_ms = take_time(reader, "updated_at");
    if (job->updated_ms == 0)
        job->updated_ms = job->created_ms;
}

static void take_progress(struct reader *reader, struct avt_job *job)
{
    job->progress = (int)take_int(reader, "progress", 0, 100);
    take_line(reader, "stage", job->stage, sizeof(job->stage));
    job->stages_completed = take_stages(reader, "stages_completed");
    job->priority = (int)take_int(reader, "priority", -AVT_JOB_PRIORITY_MAX, AVT_JOB_PRIORITY_MAX);
    job->attempt = (int)take_int(reader, "attempt", 0, INT32_MAX);
    job->attempts_max = (int)take_int(reader, "attempts_max", 1, AVT_JOB_ATTEMPTS_MAX);
    if (job->attempts_max == 0)
        job->attempts_max = AVT_JOB_ATTEMPTS_DEFAULT;
    job->rescues = (int)take_int(reader, "rescues", 0, INT32_MAX);
    job->estimate_s = take_seconds(reader, "estimate_seconds");
    job->cancel_requested = take_bool(reader, "cancel_requested");
    job->short_work = take_bool(reader, "short_work");
}

static void take_lease(struct reader *outer, struct avt_job *job)
{
    struct reader reader = inside(outer, "lease", "lease.");
    take_line(&reader, "worker", job->lease_owner, sizeof(job->lease_owner));
    job->lease_until_ms = take_time(&reader, "until");
    job->lease_token = take_int(&reader, "token", 0, INT64_MAX);
    outer->code = reader.code;
}

static void take_error(struct reader *outer, struct avt_job *job)
{
    struct reader reader = inside(outer, "error", "error.");
    take_line(&reader, "code", job->error_code, sizeof(job->error_code));
    take_line(&reader, "message", job->error_message, sizeof(job->error_message));
    take_line(&reader, "stage", job->error_stage, sizeof(job->error_stage));
    outer->code = reader.code;
}

static void take_stage_seconds(struct reader *outer, struct avt_job *job)
{
    struct reader reader = inside(outer, "stage_seconds", "stage_seconds.");
    for (int i = 0; i < AVT_JOB_STAGES; i++)
        job->stage_s[i] = take_seconds(&reader, avt_job_stage_name(i));
    outer->code = reader.code;
}

/* What must hold between fields, whoever wrote them: rules elsewhere build on it. */
static void check_whole(struct reader *reader, struct avt_job *job)
{
    if (job->status != AVT_JOB_RUNNING) {
        job->lease_owner[0] = '\0';
        job->lease_until_ms = 0;
    }
    if (avt_job_status_final(job->status) && job->finished_ms == 0)
        job->finished_ms = job->updated_ms;
    if (!avt_job_status_final(job->status))
        job->finished_ms = 0;
    if (!job->params)
        refuse(reader, "params", "is missing");
}

enum avt_code avt_job_from_json(const json_t *json, struct avt_job *ret_job,
                                struct avt_error *reterr)
{
    struct avt_job job = {0};
    struct reader reader = {json, "", AVT_OK, reterr};
    if (!json_is_object(json))
        return avt_fail(reterr, AVT_EFORMAT, "it is not a JSON object");
    take_identity(&reader, &job);
    take_times(&reader, &job);
    take_progress(&reader, &job);
    take_lease(&reader, &job);
    take_error(&reader, &job);
    take_stage_seconds(&reader, &job);
    job.params = take_object(&reader, "params");
    job.result = take_object(&reader, "result");
    check_whole(&reader, &job);
    if (reader.code != AVT_OK) {
        avt_job_done(&job);
        return reader.code;
    }
    *ret_job = job;
    return AVT_OK;
}
