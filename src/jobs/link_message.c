/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of jobs/link.h: read with every field checked, and written. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/link.h"

static const char *const types[] = {
    [AVT_LINK_WAKE] = "wake",         [AVT_LINK_CANCEL] = "cancel",
    [AVT_LINK_DRAIN] = "drain",       [AVT_LINK_ASK_STATUS] = "status",
    [AVT_LINK_PROGRESS] = "progress", [AVT_LINK_CLAIMED] = "claimed",
    [AVT_LINK_FINISHED] = "finished", [AVT_LINK_STATUS] = "status",
};

/* Nothing here is ever as long as this many seconds (30 years), or a number broken in transit. */
#define SECONDS_MAX 1e9

bool avt_worker_name_valid(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t size = strlen(name);
    return size > 0 && size < AVT_WORKER_NAME_SIZE && name[0] != '.' &&
           strspn(name, allowed) == size;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Short names (stages, models, workers) are copied only if they are such; all else leaves "". */
static bool read_name(const json_t *object, const char *key, char *ret, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text)
        return json_object_get(object, key) == NULL;
    size_t length = strlen(text);
    if (length >= size || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789._-") != length)
        return false;
    memcpy(ret, text, length + 1);
    return true;
}

static bool read_job(const json_t *object, bool required, char ret[AVT_JOB_ID_SIZE])
{
    const json_t *value = json_object_get(object, "job");
    const char *text = json_string_value(value);
    if (!text)
        return !required && (!value || json_is_null(value));
    if (!avt_job_id_valid(text))
        return false;
    memcpy(ret, text, AVT_JOB_ID_SIZE);
    return true;
}

static bool read_real(const json_t *object, const char *key, double low, double fallback,
                      double *ret)
{
    const json_t *value = json_object_get(object, key);
    *ret = fallback;
    if (!value || json_is_null(value))
        return true;
    double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= low && number <= SECONDS_MAX))
        return false;
    *ret = number;
    return true;
}

static bool read_integer(const json_t *object, const char *key, int64_t max, int64_t *ret)
{
    const json_t *value = json_object_get(object, key);
    *ret = 0;
    if (!value || json_is_null(value))
        return true;
    int64_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > max)
        return false;
    *ret = number;
    return true;
}

static bool read_progress(const json_t *object, struct avt_link_message *message)
{
    int64_t percent = 0;
    bool good = read_integer(object, "progress", 100, &percent) &&
                read_name(object, "stage", message->stage, sizeof(message->stage)) &&
                read_real(object, "eta_s", -1, -1, &message->eta_s) &&
                read_real(object, "speed", 0, 0, &message->speed);
    message->progress = (int)percent;
    return good;
}

static bool read_models(const json_t *array, struct avt_worker_status *status)
{
    if (!array)
        return true;
    if (!json_is_array(array) || json_array_size(array) > AVT_LINK_MODELS_MAX)
        return false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *entry = json_array_get(array, i);
        struct avt_link_model *model = &status->models[status->model_count];
        if (!read_name(entry, "id", model->id, sizeof(model->id)) ||
            !read_integer(entry, "bytes", INT64_MAX, &model->bytes) ||
            !read_real(entry, "idle_s", 0, 0, &model->idle_s))
            return false;
        status->model_count++;
    }
    return true;
}

static bool read_status(const json_t *object, struct avt_worker_status *status)
{
    int64_t pid = 0, progress = 0, done = 0;
    bool good =
        read_name(object, "worker", status->name, sizeof(status->name)) &&
        avt_worker_name_valid(status->name) && read_integer(object, "pid", INT32_MAX, &pid) &&
        read_job(object, false, status->job) && read_integer(object, "progress", 100, &progress) &&
        read_name(object, "stage", status->stage, sizeof(status->stage)) &&
        read_real(object, "uptime_s", 0, 0, &status->uptime_s) &&
        read_integer(object, "jobs_done", INT64_MAX, &done) &&
        read_integer(object, "rss_bytes", INT64_MAX, &status->rss_bytes) &&
        read_integer(object, "budget_bytes", INT64_MAX, &status->budget_bytes) &&
        read_models(json_object_get(object, "models"), status);
    status->pid = (int)pid;
    status->progress = (int)progress;
    status->jobs_done = done;
    status->interactive = json_is_true(json_object_get(object, "interactive"));
    status->draining = json_is_true(json_object_get(object, "draining"));
    return good;
}

static bool read_type(const json_t *object, enum avt_link_type *ret)
{
    const char *text = json_string_value(json_object_get(object, "type"));
    if (!text)
        return false;
    /* "status" is a question, or, with a name in it, the answer. */
    if (avt_str_equal(text, "status")) {
        *ret = json_object_get(object, "worker") ? AVT_LINK_STATUS : AVT_LINK_ASK_STATUS;
        return true;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (avt_str_equal(text, types[i])) {
            *ret = (enum avt_link_type)i;
            return true;
        }
    return false;
}

static bool read_message(const json_t *object, struct avt_link_message *message)
{
    const char *status = json_string_value(json_object_get(object, "status"));
    if (!json_is_object(object) || !read_type(object, &message->type))
        return false;
    switch (message->type) {
    case AVT_LINK_CANCEL:
        return read_job(object, true, message->job);
    case AVT_LINK_PROGRESS:
        return read_job(object, true, message->job) && read_progress(object, message);
    case AVT_LINK_CLAIMED:
    case AVT_LINK_FINISHED:
        return read_job(object, true, message->job) && status &&
               avt_job_status_parse(status, &message->status);
    case AVT_LINK_STATUS:
        return read_status(object, &message->worker);
    default:
        return true;
    }
}

enum avt_code avt_link_parse(const char *line, size_t size, struct avt_link_message *ret_message,
                             struct avt_error *reterr)
{
    json_error_t fault;
    if (size > AVT_LINK_LINE_MAX)
        return avt_fail(reterr, AVT_EFORMAT,
                        "a message of %zu bytes is longer than any worker sends", size);
    AVT_CLEANUP(avt_json_decrefp) json_t *object = json_loadb(line, size, 0, &fault);
    struct avt_link_message message = {.eta_s = -1};
    if (!object || !read_message(object, &message))
        return avt_fail(reterr, AVT_EFORMAT, "a message between server and worker is not one: %s",
                        object ? "a field is wrong" : fault.text);
    *ret_message = message;
    return AVT_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

json_t *avt_worker_status_json(const struct avt_worker_status *status)
{
    json_t *models = json_array();
    for (size_t i = 0; i < status->model_count; i++) {
        const struct avt_link_model *model = &status->models[i];
        json_array_append_new(models, json_pack("{s:s, s:I, s:f}", "id", model->id, "bytes",
                                                (json_int_t)model->bytes, "idle_s", model->idle_s));
    }
    return json_pack("{s:s, s:i, s:b, s:b, s:s?, s:i, s:s, s:f, s:I, s:I, s:I, s:o}", "worker",
                     status->name, "pid", status->pid, "interactive", status->interactive,
                     "draining", status->draining, "job", *status->job ? status->job : NULL,
                     "progress", status->progress, "stage", status->stage, "uptime_s",
                     status->uptime_s, "jobs_done", (json_int_t)status->jobs_done, "rss_bytes",
                     (json_int_t)status->rss_bytes, "budget_bytes",
                     (json_int_t)status->budget_bytes, "models", models);
}

static json_t *to_json(const struct avt_link_message *message)
{
    const char *type = types[message->type];
    switch (message->type) {
    case AVT_LINK_CANCEL:
        return json_pack("{s:s, s:s}", "type", type, "job", message->job);
    case AVT_LINK_PROGRESS:
        return json_pack("{s:s, s:s, s:i, s:s, s:f, s:f}", "type", type, "job", message->job,
                         "progress", message->progress, "stage", message->stage, "eta_s",
                         message->eta_s, "speed", message->speed);
    case AVT_LINK_CLAIMED:
    case AVT_LINK_FINISHED:
        return json_pack("{s:s, s:s, s:s}", "type", type, "job", message->job, "status",
                         avt_job_status_name(message->status));
    case AVT_LINK_STATUS: {
        json_t *object = avt_worker_status_json(&message->worker);
        json_object_set_new(object, "type", json_string(type));
        return object;
    }
    default:
        return json_pack("{s:s}", "type", type);
    }
}

bool avt_link_format(const struct avt_link_message *message, struct avt_buf *buf)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *object = to_json(message);
    avt_assert(object);
    AVT_CLEANUP(avt_freep) char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
    avt_assert(line);
    return avt_buf_append_str(buf, line) && avt_buf_append_char(buf, '\n');
}
