/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "api/auth.h"
#include "api/idempotency.h"
#include "api/problem.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/layout.h"

enum { DETAIL_MAX = 1024, BODY_IN_PART_MAX = 1 << 20 };

struct avt_call *avt_call(const struct avt_http_request *request)
{
    return avt_http_principal(request);
}

static void call_done(void *user)
{
    struct avt_call *call = user;
    avt_idempotency_done(call);
    json_decref(call->params);
    json_decref(call->body);
    json_decref(call->faults);
    json_decref(call->extra);
}

/* ---- before the body ----------------------------------------------------------------------------
 */

/* Files are refused before they are sent; other work is when it is put on. */
static bool disk_has_room(struct avt_call *call)
{
    enum avt_http_body body = call->binding->operation->body;
    if (body != AVT_HTTP_BODY_MULTIPART && body != AVT_HTTP_BODY_UPLOAD)
        return true;
    int64_t free_bytes = avt_layout_free_bytes(call->api->storage);
    if (free_bytes < 0 || free_bytes >= call->api->options.free_bytes_min)
        return true;
    avt_call_problem(call, 507, avt_code_name(AVT_ENOSPACE),
                     "the disk has %lld MB free and %lld are kept free; delete finished jobs and "
                     "uploads, or ask the operator",
                     (long long)(free_bytes >> 20),
                     (long long)(call->api->options.free_bytes_min >> 20));
    return false;
}

bool avt_call_begin(struct avt_http_request *request, void *user)
{
    struct avt_call *call = avt_http_alloc(request, sizeof(*call));
    const struct avt_http_route *route = avt_http_route(request);
    call->api = user;
    call->request = request;
    call->binding = route ? route->data : NULL;
    call->params = json_object();
    call->faults = json_array();
    avt_http_set_principal(request, call);
    avt_http_on_free(request, call_done, call);
    if (!call->binding)
        return true;
    return avt_auth_check(call) && avt_auth_limit(call) && disk_has_room(call);
}

/* ---- what was asked
 * ------------------------------------------------------------------------------ */

/* A query parameter that is given twice has no one meaning. */
static bool given_twice(const struct avt_http_request *request, const char *name)
{
    int count = 0;
    const char *found, *value;
    for (size_t i = 0; (found = avt_http_query_at(request, i, &value)); i++)
        count += avt_str_equal(found, name);
    return count > 1;
}

static const char *param_text(const struct avt_call *call, const struct avt_api_param *param)
{
    switch (param->place) {
    case AVT_PARAM_PATH:
        return avt_http_param(call->request, param->name);
    case AVT_PARAM_QUERY:
        return avt_http_query(call->request, param->name);
    default:
        return avt_http_header(call->request, param->name);
    }
}

static void check_param(struct avt_call *call, const struct avt_api_param *param)
{
    static const char *const places[] = {"path", "query", "header"};
    struct avt_loc top = {NULL, places[param->place], 0}, loc = {&top, param->name, 0};
    const char *text = param_text(call, param);
    if (!text) {
        if (param->required)
            avt_fault(call->faults, &loc, "missing", "Field required");
        return;
    }
    json_t *value = NULL;
    if (param->place == AVT_PARAM_QUERY && given_twice(call->request, param->name))
        avt_fault(call->faults, &loc, "multiple_values", "Input should be given once");
    else if (avt_schema_check_text(param->schema, text, &loc, &value, call->faults))
        json_object_set_new(call->params, param->name, value);
}

/* False: it has answered. An id that cannot be is not found, whatever else is wrong. */
static bool check_params(struct avt_call *call)
{
    const struct avt_api_operation *operation = call->binding->operation;
    for (size_t i = 0; i < operation->param_count; i++) {
        check_param(call, &operation->params[i]);
        if (operation->params[i].place == AVT_PARAM_PATH && json_array_size(call->faults) > 0) {
            const char *name = operation->params[i].name; /* "id" */
            avt_call_missing(call, name, avt_http_param(call->request, name));
            return false;
        }
    }
    return true;
}

/* Bodies of routes that take JSON beside forms are spooled as they come. */
static char *read_raw_part(const struct avt_http_part *part)
{
    if (part->size > BODY_IN_PART_MAX)
        return NULL;
    char *data = avt_alloc0((size_t)part->size + 1, 1);
    for (size_t done = 0; done < part->size;) {
        ssize_t count = pread(part->fd, data + done, (size_t)part->size - done, (off_t)done);
        if (count <= 0) {
            avt_free(data);
            return NULL;
        }
        done += (size_t)count;
    }
    return data;
}

static void check_json(struct avt_call *call, const char *data, size_t size)
{
    struct avt_loc loc = {NULL, "body", 0};
    if (size == 0) {
        avt_fault(call->faults, &loc, "missing", "Field required");
        return;
    }
    if (avt_schema_parse(data, size, &call->body, call->faults))
        avt_schema_check(call->binding->operation->json, call->body, &loc, call->faults);
}

/* The value of a field; for what may be a file `true`, whether it is one or names one. */
static json_t *form_value(struct avt_call *call, const struct avt_http_part *part,
                          const struct avt_schema *schema, const struct avt_loc *loc)
{
    json_t *value = NULL;
    if (schema->file)
        return json_true();
    if (part->fd >= 0)
        avt_fault(call->faults, loc, "string_type", "Input should be a field, not a file");
    else if (strlen(part->value) != part->size)
        avt_fault(call->faults, loc, "string_unicode", "Input should not hold a NUL");
    else if (avt_schema_check_text(schema, part->value, loc, &value, call->faults))
        return value;
    return NULL;
}

static void check_form_field(struct avt_call *call, const struct avt_http_part *part,
                             const struct avt_schema *schema)
{
    struct avt_loc body = {NULL, "body", 0}, loc = {&body, part->name, 0};
    json_t *list = json_object_get(call->body, part->name), *value;
    if (schema->types & AVT_SCHEMA_ARRAY) {
        value = form_value(call, part, schema->items, &loc);
        if (value && !list)
            json_object_set_new(call->body, part->name, list = json_array());
        if (value)
            json_array_append_new(list, value);
    } else if (list) {
        avt_fault(call->faults, &loc, "multiple_values", "Input should be given once");
    } else if ((value = form_value(call, part, schema, &loc))) {
        json_object_set_new(call->body, part->name, value);
    }
}

static void check_form_list(struct avt_call *call, const struct avt_schema_field *field)
{
    struct avt_loc body = {NULL, "body", 0}, loc = {&body, field->name, 0};
    const json_t *list = json_object_get(call->body, field->name);
    size_t count = json_array_size(list);
    if (json_is_array(list) && count < field->schema->length_min)
        avt_fault(call->faults, &loc, "too_short", "List should have at least %zu items, not %zu",
                  field->schema->length_min, count);
    else if (json_is_array(list) && count > field->schema->length_max)
        avt_fault(call->faults, &loc, "too_long", "List should have at most %zu items, not %zu",
                  field->schema->length_max, count);
}

/* call->body gets the fields, and `true` for each file; a list of them where there may be several. */
static void check_form(struct avt_call *call)
{
    const struct avt_schema *form = call->binding->operation->form;
    struct avt_loc body = {NULL, "body", 0};
    call->body = json_object();
    for (size_t i = 0; i < avt_http_part_count(call->request); i++) {
        const struct avt_http_part *part = avt_http_part(call->request, i);
        const struct avt_schema *schema = avt_schema_field(form, part->name);
        struct avt_loc loc = {&body, part->name, 0};
        if (schema)
            check_form_field(call, part, schema);
        else
            avt_fault(call->faults, &loc, "extra_forbidden", "Extra inputs are not permitted");
    }
    for (size_t i = 0; i < form->field_count; i++) {
        struct avt_loc loc = {&body, form->fields[i].name, 0};
        if (form->fields[i].required && !avt_http_part_named(call->request, form->fields[i].name))
            avt_fault(call->faults, &loc, "missing", "Field required");
        check_form_list(call, &form->fields[i]);
    }
}

static bool is_json(const char *media_type)
{
    return media_type && strncasecmp(media_type, "application/json", 16) == 0 &&
           (media_type[16] == '\0' || media_type[16] == ';' || media_type[16] == ' ');
}

static bool is_form(const char *media_type)
{
    return media_type && strncasecmp(media_type, "multipart/form-data", 19) == 0;
}

/* False: it has answered. */
static bool check_upload_body(struct avt_call *call)
{
    const struct avt_api_operation *operation = call->binding->operation;
    const char *type = avt_http_header(call->request, "Content-Type");
    if (is_form(type)) {
        check_form(call);
        return true;
    }
    if (!operation->json)
        return true; /* a raw body; the handler looks at it */
    const struct avt_http_part *part = avt_http_part_named(call->request, "");
    if (part && !is_json(type)) {
        avt_call_problem(call, 415, "unsupported_media_type",
                         "send application/json or multipart/form-data");
        return false;
    }
    AVT_CLEANUP(avt_freep) char *data = part ? read_raw_part(part) : NULL;
    if (part && part->size > 0 && !data) {
        avt_call_problem(call, 413, "too_large", "a JSON body here has at most %d bytes",
                         BODY_IN_PART_MAX);
        return false;
    }
    check_json(call, data ? data : "", data ? (size_t)part->size : 0);
    return true;
}

static bool check_body(struct avt_call *call)
{
    size_t size = 0;
    const char *data;
    switch (call->binding->operation->body) {
    case AVT_HTTP_BODY_JSON:
        data = avt_http_json(call->request, &size);
        check_json(call, data, size);
        return true;
    case AVT_HTTP_BODY_MULTIPART:
        check_form(call);
        return true;
    case AVT_HTTP_BODY_UPLOAD:
        return check_upload_body(call);
    default:
        return true;
    }
}

void avt_call_dispatch(struct avt_http_request *request, void *user)
{
    struct avt_call *call = avt_call(request);
    if (!check_params(call) || !check_body(call))
        return;
    if (json_array_size(call->faults) > 0) {
        avt_call_invalid(call);
        return;
    }
    if (avt_idempotency_begin(call))
        call->binding->handler(request, user);
}

const char *avt_call_text(const struct avt_call *call, const char *name)
{
    return json_string_value(json_object_get(call->params, name));
}

int64_t avt_call_int(const struct avt_call *call, const char *name, int64_t fallback)
{
    const json_t *value = json_object_get(call->params, name);
    return value ? (int64_t)json_number_value(value) : fallback;
}

bool avt_call_bool(const struct avt_call *call, const char *name)
{
    return json_is_true(json_object_get(call->params, name));
}

const char *avt_call_body_text(const struct avt_call *call, const char *name)
{
    return json_string_value(json_object_get(call->body, name));
}

bool avt_call_wants_json(const struct avt_call *call)
{
    const char *accept = avt_http_header(call->request, "Accept");
    return accept && is_json(accept);
}

bool avt_call_async(const struct avt_call *call)
{
    const char *prefer = avt_http_header(call->request, "Prefer");
    return prefer && strcasestr(prefer, "respond-async") != NULL;
}

/* ---- answers ------------------------------------------------------------------------------------
 */

void avt_call_json(struct avt_call *call, int status, json_t *body)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *taken = body;
    size_t size = 0;
    char *text = avt_json_text(taken, &size);
    if (!text) {
        avt_call_problem(call, 500, "internal", "the answer could not be written");
        return;
    }
    avt_idempotency_keep(call, status, text);
    avt_idempotency_done(call);
    avt_http_answer_take(call->request, status, "application/json", text, size);
}

bool avt_call_answer_kept(struct avt_call *call, struct avt_answer_key *key,
                          char ret_note[AVT_ANSWERS_NOTE_SIZE])
{
    size_t size = 0;
    char *text = avt_answers_look(call->api->answers, key, &size, ret_note);
    if (text)
        avt_http_answer_take(call->request, 200, "application/json", text, size);
    return text != NULL;
}

void avt_call_kept_json(struct avt_call *call, const struct avt_answer_key *key, json_t *body,
                        const char *note, unsigned keep_ms)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *taken = body;
    size_t size = 0;
    char *text = avt_json_text(taken, &size);
    if (!text) {
        avt_call_problem(call, 500, "internal", "the answer could not be written");
        return;
    }
    avt_answers_keep(call->api->answers, key, text, size, note, keep_ms);
    avt_http_answer_take(call->request, 200, "application/json", text, size);
}

void avt_call_location(struct avt_call *call, const char *format, ...)
{
    char location[256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(location, sizeof(location), format, ap);
    va_end(ap);
    call->location = avt_http_strdup(call->request, location);
    avt_http_add_header(call->request, "Location", location);
}

void avt_call_empty(struct avt_call *call, int status)
{
    avt_idempotency_done(call);
    avt_http_answer(call->request, status, NULL, "", 0);
}

/* Below /v1 stand OpenAI's routes, whose clients understand OpenAI's errors only. */
static bool is_openai(const struct avt_http_request *request)
{
    return avt_str_starts(avt_http_path(request), "/v1/");
}

static void answer_problem(struct avt_call *call, int status, const char *code, const char *detail,
                           json_t *faults)
{
    bool fastapi = call->api->options.fastapi_errors, openai = is_openai(call->request);
    avt_idempotency_done(call);
    status = openai && status == 422 ? 400 : status;
    struct avt_problem problem = {status, code, detail, faults, avt_http_request_id(call->request)};
    char *body =
        openai ? avt_problem_openai_body(&problem) : avt_problem_body(&problem, fastapi);
    if (status == 401)
        avt_http_add_header(call->request, "WWW-Authenticate", "Bearer realm=\"avatar\"");
    if (status == 503)
        avt_http_add_header(call->request, "Retry-After", "5");
    if (body)
        avt_http_answer_take(call->request, status, avt_problem_media_type(fastapi || openai), body,
                             strlen(body));
    else
        avt_http_answer(call->request, 500, NULL, "", 0);
}

void avt_call_fail(struct avt_http_request *request, int status, const char *code,
                   const char *detail, void *user)
{
    struct avt_call none = {.api = user, .request = request}, *call = avt_call(request);
    answer_problem(call ? call : &none, status, code, detail, NULL);
}

void avt_call_problem(struct avt_call *call, int status, const char *code, const char *format, ...)
{
    char detail[DETAIL_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(detail, sizeof(detail), format, ap);
    va_end(ap);
    answer_problem(call, status, code, detail, NULL);
}

void avt_call_error(struct avt_call *call, const struct avt_error *error)
{
    int status = avt_problem_status(error->code);
    answer_problem(call, status, avt_code_name(error->code), error->message, NULL);
}

void avt_call_missing(struct avt_call *call, const char *what, const char *id)
{
    avt_call_problem(call, 404, "not_found", "there is no %s '%.64s'", what, id);
}

void avt_call_body_fault(struct avt_call *call, int status, const char *code, const char *name,
                         const char *type, const char *format, ...)
{
    char message[DETAIL_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(message, sizeof(message), format, ap);
    va_end(ap);
    struct avt_loc body = {NULL, "body", 0}, loc = {&body, name, 0};
    avt_fault(call->faults, &loc, type, "%s", message);
    answer_problem(call, status, code, message, call->faults);
}

void avt_call_invalid(struct avt_call *call)
{
    AVT_CLEANUP(avt_freep) char *sentence = avt_problem_sentence(call->faults);
    answer_problem(call, 422, "validation_error", sentence, call->faults);
}
