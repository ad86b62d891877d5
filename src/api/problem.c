/* SPDX-License-Identifier: Apache-2.0 */
#include "api/problem.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

enum { SENTENCE_MAX = 1024, SENTENCE_FAULTS = 3 };

/* Indexed by -code. What is the client's to mend is 4xx, what is ours or the machine's 5xx. */
static const int statuses[AVT_CODE_COUNT] = {
    [-AVT_OK] = 200,           [-AVT_EINTERNAL] = 500, [-AVT_EINVAL] = 422,
    [-AVT_ENOMEM] = 503,       [-AVT_ENOENT] = 404,    [-AVT_EIO] = 503,
    [-AVT_ELIMIT] = 429,       [-AVT_EFORMAT] = 422,   [-AVT_ETEXT] = 422,
    [-AVT_EVOICE] = 404,       [-AVT_ENOFACE] = 422,   [-AVT_EFACE] = 422,
    [-AVT_EOUTPUT] = 503,      [-AVT_ENOSPACE] = 507,  [-AVT_EMODEL] = 503,
    [-AVT_EMODELBAD] = 503,    [-AVT_EHELPER] = 503,   [-AVT_ECANCELLED] = 409,
    [-AVT_EUNSUPPORTED] = 501, [-AVT_ENETWORK] = 503,  [-AVT_ETIMEOUT] = 503,
    [-AVT_EDENIED] = 403,      [-AVT_EJOB] = 422,     [-AVT_ERECORDING] = 422,
};

int avt_problem_status(enum avt_code code)
{
    int index = -(int)code;
    return index >= 0 && index < AVT_CODE_COUNT && statuses[index] ? statuses[index] : 500;
}

const char *avt_problem_title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++) {
        if (titles[i].status == status)
            return titles[i].title;
    }
    return "Error";
}

const char *avt_problem_media_type(bool fastapi)
{
    return fastapi ? "application/json" : "application/problem+json";
}

/* A message may quote the client and be cut inside a character: JSON takes what is whole of it. */
static json_t *utf8_text(const char *text)
{
    size_t bad = avt_utf8_invalid_at(text, strlen(text));
    return bad == SIZE_MAX ? json_string(text) : json_stringn(text, bad);
}

char *avt_problem_body(const struct avt_problem *problem, bool fastapi)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *body = json_object();
    bool faults = problem->faults && json_array_size(problem->faults) > 0;
    if (fastapi) {
        json_object_set_new(body, "detail",
                            faults ? json_incref(problem->faults) : utf8_text(problem->detail));
    } else {
        json_object_set_new(body, "type", json_string("about:blank"));
        json_object_set_new(body, "title", json_string(avt_problem_title(problem->status)));
        json_object_set_new(body, "status", json_integer(problem->status));
        json_object_set_new(body, "detail", utf8_text(problem->detail));
        json_object_set_new(body, "code", json_string(problem->code));
        if (faults)
            json_object_set(body, "errors", problem->faults);
        json_object_set_new(body, "request_id", json_string(problem->request_id));
    }
    return json_dumps(body, JSON_COMPACT);
}

static const char *openai_type(int status)
{
    if (status >= 500)
        return "server_error";
    return status == 429 ? "rate_limit_error" : "invalid_request_error";
}

/* Names of ours that clients know under another one. */
static const char *openai_code(const char *code)
{
    static const char *const known[][2] = {{"unauthorized", "invalid_api_key"},
                                           {"rate_limited", "rate_limit_exceeded"},
                                           {"unknown_model", "model_not_found"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (avt_str_equal(known[i][0], code))
            return known[i][1];
    }
    return code;
}

/* "voice.id" of the first fault's place; NULL if it is none of the body's or query's members. */
static json_t *openai_param(const json_t *faults)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf name = AVT_BUF_INIT(SENTENCE_MAX);
    const json_t *loc = json_object_get(json_array_get(faults, 0), "loc"), *part;
    size_t index;
    json_array_foreach(loc, index, part)
    {
        if (index > 0 && json_is_string(part))
            avt_buf_printf(&name, "%s%.64s", index > 1 ? "." : "", json_string_value(part));
    }
    return name.size > 0 ? utf8_text(avt_buf_str(&name)) : json_null();
}

json_t *avt_problem_openai(const struct avt_problem *problem)
{
    return json_pack("{s:o, s:s, s:o, s:s}", "message", utf8_text(problem->detail), "type",
                     openai_type(problem->status), "param", openai_param(problem->faults), "code",
                     openai_code(problem->code));
}

char *avt_problem_openai_body(const struct avt_problem *problem)
{
    AVT_CLEANUP(avt_json_decrefp)
    json_t *body = json_pack("{s:o}", "error", avt_problem_openai(problem));
    return json_dumps(body, JSON_COMPACT);
}

char *avt_problem_sentence(const json_t *faults)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf buf = AVT_BUF_INIT(SENTENCE_MAX);
    size_t count = json_array_size(faults);
    avt_buf_printf(&buf, "The request has %zu fault%s: ", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count && i < SENTENCE_FAULTS; i++) {
        const json_t *fault = json_array_get(faults, i), *part;
        size_t index;
        avt_buf_append_str(&buf, i ? "; " : "");
        json_array_foreach(json_object_get(fault, "loc"), index, part)
        {
            if (json_is_string(part))
                avt_buf_printf(&buf, "%s%.64s", index ? "." : "", json_string_value(part));
            else
                avt_buf_printf(&buf, "[%lld]", (long long)json_integer_value(part));
        }
        avt_buf_printf(&buf, ": %.200s", json_string_value(json_object_get(fault, "msg")));
    }
    if (count > SENTENCE_FAULTS)
        avt_buf_append_str(&buf, "; ...");
    /* Names from the client may have been cut inside a character. */
    char *sentence = avt_buf_take(&buf);
    size_t bad = avt_utf8_invalid_at(sentence, strlen(sentence));
    if (bad != SIZE_MAX)
        sentence[bad] = '\0';
    return sentence;
}
