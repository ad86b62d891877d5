/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/http_call.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

enum { JSON_BYTES_MAX = 64 << 20, STALL_MS = 60000, STREAM_STALL_MS = 60000, PAUSE_S_MAX = 60,
       PAUSES_MAX = 10 };

/* ---- errors -----------------------------------------------------------------------------------
 */

static enum avt_code code_of_status(int status)
{
    static const struct {
        int status;
        enum avt_code code;
    } rows[] = {
        {401, AVT_EDENIED},  {403, AVT_EDENIED},  {404, AVT_ENOENT},   {409, AVT_EINVAL},
        {413, AVT_ELIMIT},   {415, AVT_EFORMAT},  {429, AVT_ELIMIT},   {501, AVT_EUNSUPPORTED},
        {502, AVT_ENETWORK}, {503, AVT_ENETWORK}, {504, AVT_ENETWORK}, {507, AVT_ENOSPACE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].status == status)
            return rows[i].code;
    return status >= 500 ? AVT_EINTERNAL : AVT_EINVAL;
}

/** The code whose name the server gave, so that a failure has one exit status wherever it happens.
 */
static enum avt_code code_of(const json_t *problem, int status)
{
    const char *name = json_string_value(json_object_get(problem, "code"));
    for (int i = 1; name && i < AVT_CODE_COUNT; i++)
        if (avt_str_equal(name, avt_code_text((enum avt_code) - i)))
            return (enum avt_code) - i;
    return code_of_status(status);
}

/** "body.text: Field required" of FastAPI's list of faults. */
static void faults_text(const json_t *faults, struct avt_buf *out)
{
    size_t i, p;
    json_t *fault, *part;
    json_array_foreach(faults, i, fault)
    {
        const char *message = json_string_value(json_object_get(fault, "msg"));
        avt_buf_append_str(out, i ? "; " : "");
        json_array_foreach(json_object_get(fault, "loc"), p, part)
        {
            avt_buf_append_str(out, p ? "." : "");
            if (json_is_string(part))
                avt_buf_append_str(out, json_string_value(part));
            else
                avt_buf_printf(out, "%lld", (long long)json_integer_value(part));
        }
        avt_buf_printf(out, ": %s", message ? message : "wrong");
    }
}

enum avt_code avt_http_call_error(const struct avt_net_response *response, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp)
    json_t *problem = json_loadb(avt_buf_str(&response->body), response->body.size, 0, NULL);
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(AVT_NET_ERROR_BYTES_MAX);
    const json_t *detail = json_object_get(problem, "detail");
    char retry[32], moved[256];
    if (json_is_string(detail))
        avt_buf_append_str(&text, json_string_value(detail));
    else if (json_is_array(detail))
        faults_text(detail, &text);
    if (response->status >= 300 && response->status < 400 &&
        avt_net_header(response, "Location", moved, sizeof(moved)))
        avt_buf_printf(&text, "the server sends us to '%s': give that address as --server", moved);
    if (text.size == 0)
        avt_buf_printf(&text, "the server answers with status %d", response->status);
    if (response->status == 429 && avt_net_header(response, "Retry-After", retry, sizeof(retry)))
        avt_buf_printf(&text, " (try again in %s s)", retry);
    AVT_CLEANUP(avt_freep) char *safe = avt_text_safe(avt_buf_str(&text));
    return avt_fail(reterr, code_of(problem, response->status), "%s", safe);
}

/* ---- requests ---------------------------------------------------------------------------------
 */

enum avt_code avt_http_call_init(struct avt_http_call *call, struct avt_cli *cli, const char *url,
                                 struct avt_error *reterr)
{
    const char *key = avt_config_text(&cli->config, AVT_SET_KEY);
    memset(call, 0, sizeof(*call));
    call->cli = cli;
    call->base = avt_strdup(url);
    if (key)
        call->key = avt_asprintf("Authorization: Bearer %s", key);
    size_t size = strlen(call->base);
    while (size > 0 && call->base[size - 1] == '/')
        call->base[--size] = '\0';
    if (!avt_str_starts(url, "http://") && !avt_str_starts(url, "https://"))
        return avt_fail(reterr, AVT_EINVAL,
                        "--server cannot be '%.200s'; it is a URL such as http://127.0.0.1:8000",
                        url);
    return AVT_OK;
}

void avt_http_call_done(struct avt_http_call *call)
{
    avt_free(call->base);
    avt_free(call->key);
    memset(call, 0, sizeof(*call));
}

/** Seconds after which a request that came too early may come again; 0: it was refused for another
 *  reason. */
static int pause_s(const struct avt_net_response *response)
{
    char text[32];
    int64_t seconds = 0;
    AVT_CLEANUP(avt_json_decrefp) json_t *problem =
        json_loadb(avt_buf_str(&response->body), response->body.size, 0, NULL);
    const char *code = json_string_value(json_object_get(problem, "code"));
    if (response->status != 429 || !code || !avt_str_equal(code, "rate_limited") ||
        !avt_net_header(response, "Retry-After", text, sizeof(text)) ||
        !avt_parse_int(text, 1, PAUSE_S_MAX, &seconds))
        return 0;
    return (int)seconds;
}

/** As avt_net_perform(), but a server that wants us slower gets us slower: nothing was done there. */
static enum avt_code perform_patiently(struct avt_http_call *call,
                                       const struct avt_net_request *request,
                                       struct avt_net_response *ret_response,
                                       struct avt_error *reterr)
{
    for (int pauses = 0;; pauses++) {
        enum avt_code code = avt_net_perform(request, ret_response, reterr);
        int seconds = code == AVT_OK && pauses < PAUSES_MAX ? pause_s(ret_response) : 0;
        if (seconds == 0)
            return code;
        avt_net_response_done(ret_response);
        avt_progress_line_step(call->cli->progress, "waiting", -1,
                               "the server takes so many requests a minute");
        avt_interrupt_sleep_ms(seconds * 1000);
        avt_progress_line_clear(call->cli->progress);
    }
}

/** Sends it; an answer of 400 or more is an error. *ret_response only on success. */
static enum avt_code perform(struct avt_http_call *call, struct avt_net_request *request,
                             const char *path, const char *header,
                             struct avt_net_response *ret_response, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *url = avt_asprintf("%s%s", call->base, path);
    const char *headers[4];
    size_t count = 0;
    if (call->key)
        headers[count++] = call->key;
    if (header)
        headers[count++] = header;
    headers[count] = NULL;
    request->url = url;
    request->headers = headers;
    request->cancel = avt_interrupt_cancel();
    enum avt_code code = perform_patiently(call, request, ret_response, reterr);
    if (code != AVT_OK)
        return code;
    if (ret_response->status >= 200 && ret_response->status < 300)
        return AVT_OK;
    code = avt_http_call_error(ret_response, reterr);
    avt_net_response_done(ret_response);
    return code;
}

static enum avt_code read_json(const struct avt_net_response *response, const char *base,
                               json_t **ret_json, struct avt_error *reterr)
{
    if (!ret_json)
        return AVT_OK;
    json_t *json = json_loadb(avt_buf_str(&response->body), response->body.size, 0, NULL);
    if (!json_is_object(json)) {
        json_decref(json);
        return avt_fail(reterr, AVT_EFORMAT,
                        "what answers at %s is no avatar server: it does not speak its API", base);
    }
    *ret_json = json;
    return AVT_OK;
}

static void done_response(struct avt_net_response *response)
{
    avt_net_response_done(response);
}

enum avt_code avt_http_call(struct avt_http_call *call, const char *method, const char *path,
                            const json_t *body, json_t **ret_json, struct avt_error *reterr)
{
    AVT_CLEANUP(done_response) struct avt_net_response response = {0};
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    AVT_CLEANUP(avt_freep) char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    request.method = method;
    request.body = text;
    request.body_size = text ? strlen(text) : 0;
    request.size_max = JSON_BYTES_MAX;
    request.stall_timeout_ms = STALL_MS;
    enum avt_code code = perform(call, &request, path,
                                 text ? "Content-Type: application/json" : NULL, &response, reterr);
    return code == AVT_OK ? read_json(&response, call->base, ret_json, reterr) : code;
}

static void on_transfer(long long done, long long total, void *user)
{
    struct avt_http_call *call = user;
    char text[24];
    /* What is over at once needs no line. */
    if (total > 1000000)
        avt_progress_line_step(call->cli->progress, "transfer", (double)done / (double)total,
                               avt_text_bytes(total, text));
}

enum avt_code avt_http_call_upload(struct avt_http_call *call, const char *path, const char *file,
                                   json_t **ret_json, struct avt_error *reterr)
{
    AVT_CLEANUP(done_response) struct avt_net_response response = {0};
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.method = "POST";
    request.body_file = file;
    request.stall_timeout_ms = STALL_MS;
    request.on_progress = on_transfer;
    request.user = call;
    enum avt_code code =
        perform(call, &request, path, "Content-Type: application/octet-stream", &response, reterr);
    avt_progress_line_clear(call->cli->progress);
    return code == AVT_OK ? read_json(&response, call->base, ret_json, reterr) : code;
}

enum avt_code avt_http_call_download(struct avt_http_call *call, const char *path, int fd,
                                     struct avt_error *reterr)
{
    AVT_CLEANUP(done_response) struct avt_net_response response = {0};
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.response_fd = fd;
    request.stall_timeout_ms = STALL_MS;
    request.on_progress = on_transfer;
    request.user = call;
    enum avt_code code = perform(call, &request, path, NULL, &response, reterr);
    avt_progress_line_clear(call->cli->progress);
    return code;
}

enum avt_code avt_http_call_events(struct avt_http_call *call, const char *path,
                                   const char *last_event_id,
                                   bool (*visit)(const struct avt_sse_event *event, void *user),
                                   void *user, struct avt_error *reterr)
{
    AVT_CLEANUP(done_response) struct avt_net_response response = {0};
    AVT_CLEANUP(avt_freep)
    char *header = *last_event_id ? avt_asprintf("Last-Event-ID: %s", last_event_id) : NULL;
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.on_event = visit;
    request.user = user;
    request.stall_timeout_ms = STREAM_STALL_MS; /* the server gives a sign of life every 15 s */
    return perform(call, &request, path, header, &response, reterr);
}
