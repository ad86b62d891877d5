/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked: the checks of method, headers and target, and access to them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/http_private.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

/* ---- memory of a request --------------------------------------------------------------------- */

void *avt_http_alloc(struct avt_http_request *request, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size <= AVT_HTTP_ARENA_FIRST - request->first_used) {
        void *place = request->first + request->first_used;
        request->first_used += size;
        return memset(place, 0, size);
    }
    struct avt_arena_block *block = request->arena;
    if (!block || block->size - block->used < size) {
        size_t room = size > AVT_HTTP_ARENA_NEXT ? size : AVT_HTTP_ARENA_NEXT;
        block = avt_alloc0(1, sizeof(*block) + room);
        block->size = room;
        block->next = request->arena;
        request->arena = block;
    }
    void *place = block->data + block->used;
    block->used += size;
    return place;
}

char *avt_http_strdup(struct avt_http_request *request, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(avt_http_alloc(request, size), text, size);
}

char *avt_http_printf(struct avt_http_request *request, const char *format, ...)
{
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int size = vsnprintf(NULL, 0, format, ap);
    avt_assert(size >= 0);
    char *text = avt_http_alloc(request, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(ap);
    return text;
}

void avt_http_on_free(struct avt_http_request *request, void (*call)(void *user), void *user)
{
    struct avt_on_free *entry = avt_http_alloc(request, sizeof(*entry));
    entry->call = call;
    entry->user = user;
    entry->next = request->on_free;
    request->on_free = entry;
}

struct avt_http_request *avt_request_new(struct avt_http_server *server, struct avt_conn *conn,
                                         const char *raw_target)
{
    struct avt_http_request *request = avt_new0(struct avt_http_request, 1);
    request->server = server;
    request->conn = conn;
    request->mhd = conn->mhd;
    request->content_length = -1;
    request->answer.fd = -1;
    request->raw_size = strlen(raw_target);
    request->raw_target = avt_strndup(raw_target, request->raw_size);
    return request;
}

void avt_request_free(struct avt_http_request *request)
{
    if (!request)
        return;
    for (struct avt_on_free *entry = request->on_free; entry; entry = entry->next)
        entry->call(entry->user);
    avt_stream_free(request->taken);
    avt_answer_done(&request->answer);
    avt_body_free(request);
    avt_target_done(&request->target);
    avt_free(request->raw_target);
    while (request->arena) {
        struct avt_arena_block *next = request->arena->next;
        avt_free(request->arena);
        request->arena = next;
    }
    avt_free(request);
}

/* ---- checks ---------------------------------------------------------------------------------- */

static bool is_id(const char *text)
{
    size_t size = strlen(text);
    if (size == 0 || size >= AVT_HTTP_REQUEST_ID_SIZE)
        return false;
    for (; *text != '\0'; text++)
        if (!((*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
              (*text >= 'A' && *text <= 'Z') || strchr("._-", *text)))
            return false;
    return true;
}

/* Ids need not be secret, only different from each other and from those of another run. */
static void set_id(struct avt_http_request *request)
{
    struct avt_http_server *server = request->server;
    const char *given = avt_http_header(request, "X-Request-Id");
    uint64_t number = atomic_fetch_add(&server->id_next, 1);
    if (given && is_id(given))
        memcpy(request->id, given, strlen(given) + 1);
    else
        snprintf(request->id, sizeof(request->id), "req-%08x%08x",
                 (unsigned)(server->id_base >> 32), (unsigned)(server->id_base + number));
}

static bool is_token(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'z') ||
              (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] != '\0' && strchr("!#$%&'*+-.^_`|~", text[i]))))
            return false;
    return size > 0;
}

enum { FOLD_GAP_MAX = 1 << 20 }; /* no connection's buffer is larger */

struct header_check {
    size_t count;
    const char *why;
    bool has_transfer_encoding;
    unsigned seen; /* bit per name in once_only */
};

/* Two of these would mean two different requests to two readers. */
#define NAME(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
static const struct {
    const char *name;
    size_t size;
} once_only[] = {
    NAME("Content-Length"),  NAME("Transfer-Encoding"), NAME("Host"),         NAME("Content-Type"),
    NAME("Authorization"),   NAME("Content-Encoding"),  NAME("Expect"),       NAME("Range"),
    NAME("Idempotency-Key"), NAME("X-API-Key"),         NAME("X-Request-Id"), NAME("Origin"),
};

/*
 * The library lets through what RFC 9112 forbids, so it is looked for here: blanks before the
 * colon, lines folded onto the next (it appends such a line to the *name*, which could make a
 * Content-Length out of two harmless headers), repeated headers, of which it uses the first. The
 * name and the value of a header that came on one line lie in the same buffer with only the colon
 * and blanks between.
 */
static enum MHD_Result check_header(void *user, enum MHD_ValueKind kind, const char *name,
                                    size_t name_size, const char *value, size_t value_size)
{
    struct header_check *check = user;
    (void)kind;
    check->count++;
    uintptr_t gap = (uintptr_t)value - ((uintptr_t)name + name_size);
    if (!is_token(name, name_size) || !value || gap == 0 || gap > FOLD_GAP_MAX ||
        strspn(name + name_size + 1, " \t") < gap - 1) {
        check->why = "a header line is malformed";
        return MHD_NO;
    }
    /* Blanks at the end are no part of a value; the library leaves them. The text is in its own
     * buffer. */
    for (char *text = (char *)(uintptr_t)value;
         value_size > 0 && strchr(" \t", text[value_size - 1]);)
        text[--value_size] = '\0';
    for (size_t i = 0; i < value_size; i++)
        if (((unsigned char)value[i] < 0x20 && value[i] != '\t') || value[i] == 0x7f)
            check->why = "a header holds a control character";
    for (size_t i = 0; !check->why && i < sizeof(once_only) / sizeof(*once_only); i++) {
        if (name_size != once_only[i].size || strncasecmp(name, once_only[i].name, name_size) != 0)
            continue;
        if (check->seen & 1u << i)
            check->why = "a header that may come once came twice";
        check->seen |= 1u << i;
    }
    return check->why ? MHD_NO : MHD_YES;
}

static bool check_framing(struct avt_http_request *request, const struct header_check *check)
{
    const char *length = avt_http_header(request, "Content-Length");
    const char *encoding = avt_http_header(request, "Transfer-Encoding");
    const char *expect = avt_http_header(request, "Expect");
    if (check->why) {
        avt_http_fail(request, 400, "bad_request", "The request cannot be read: %s.", check->why);
    } else if (length && encoding) {
        avt_http_fail(request, 400, "bad_request",
                      "The request has both a Content-Length and a Transfer-Encoding.");
    } else if (encoding && (avt_str_casecmp(encoding, "chunked") != 0 || !request->http_1_1)) {
        avt_http_fail(request, 501, "not_implemented",
                      "The only Transfer-Encoding understood is chunked.");
    } else if (length && !avt_parse_int(length, 0, INT64_MAX, &request->content_length)) {
        avt_http_fail(request, 400, "bad_request", "The Content-Length is no number of bytes.");
    } else if (expect && avt_str_casecmp(expect, "100-continue") != 0) {
        avt_http_fail(request, 417, "expectation_failed",
                      "The only expectation understood is 100-continue.");
    } else {
        request->chunked = encoding != NULL;
        request->framed = true;
        return true;
    }
    return false;
}

static bool check_method(struct avt_http_request *request, const char *method)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    snprintf(request->method_text, sizeof(request->method_text), "%s", method);
    request->is_head = avt_str_equal(method, "HEAD");
    request->is_options = avt_str_equal(method, "OPTIONS");
    if (request->is_head || request->is_options)
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (avt_str_equal(method, names[i])) {
            request->method = (enum avt_http_method)i;
            return true;
        }
    }
    /* No route has it: 405 with what the path does have, or 404. */
    request->method = AVT_HTTP_METHOD_COUNT;
    if (is_token(request->method_text, strlen(request->method_text)))
        return true;
    snprintf(request->method_text, sizeof(request->method_text), "-");
    avt_http_fail(request, 400, "bad_request", "The method is no word.");
    return false;
}

static bool check_sizes(struct avt_http_request *request, size_t header_count)
{
    const struct avt_http_limits *limits = &request->server->limits;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (request->raw_size > limits->uri_bytes)
        avt_http_fail(request, 414, "uri_too_long", "The address is over %zu bytes.",
                      limits->uri_bytes);
    else if (header_count > limits->headers || (info && info->header_size > limits->header_bytes))
        avt_http_fail(request, 431, "headers_too_large",
                      "The headers are over %zu lines or %zu bytes.", limits->headers,
                      limits->header_bytes);
    else
        return true;
    return false;
}

static bool check_target(struct avt_http_request *request)
{
    const char *why = NULL;
    if (!avt_target_parse(request->raw_target, request->raw_size, &request->target, &why)) {
        avt_http_fail(request, 400, "bad_address", "The request cannot be served: %s.", why);
        return false;
    }
    avt_free(AVT_TAKE(request->raw_target));
    return true;
}

bool avt_request_check(struct avt_http_request *request, const char *method, const char *version)
{
    struct header_check check = {0};
    request->http_1_1 = !avt_str_equal(version, "HTTP/1.0");
    request->began_s = avt_now_s();
    request->begun = true;
    set_id(request);
    bool known = check_method(request, method);
    (void)MHD_get_connection_values_n(request->mhd, MHD_HEADER_KIND, check_header, &check);
    return known && check_framing(request, &check) && check_sizes(request, check.count) &&
           check_target(request);
}

/* ---- access ---------------------------------------------------------------------------------- */

struct avt_http_server *avt_http_server(const struct avt_http_request *request)
{
    return request->server;
}

const struct avt_http_route *avt_http_route(const struct avt_http_request *request)
{
    return request->route;
}

enum avt_http_method avt_http_method(const struct avt_http_request *request)
{
    return request->method;
}

const char *avt_http_path(const struct avt_http_request *request)
{
    if (request->target.text)
        return request->target.text;
    return request->raw_target ? request->raw_target : "";
}

const char *avt_http_param(const struct avt_http_request *request, const char *name)
{
    size_t size = strlen(name);
    const char *value = NULL;
    for (size_t i = 0; i < request->param_count && !value; i++)
        if (request->params[i].name_size == size &&
            memcmp(request->params[i].name, name, size) == 0)
            value = request->params[i].value;
    avt_assert(value);
    return value;
}

const char *avt_http_query(const struct avt_http_request *request, const char *name)
{
    for (size_t i = 0; i < request->target.query_count; i++)
        if (avt_str_equal(request->target.query[i].name, name))
            return request->target.query[i].value;
    return NULL;
}

const char *avt_http_query_at(const struct avt_http_request *request, size_t index,
                              const char **ret_value)
{
    if (index >= request->target.query_count)
        return NULL;
    *ret_value = request->target.query[index].value;
    return request->target.query[index].name;
}

const char *avt_http_header(const struct avt_http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, name);
}

int64_t avt_http_content_length(const struct avt_http_request *request)
{
    return request->content_length;
}

bool avt_http_has_body(const struct avt_http_request *request)
{
    return request->chunked || request->content_length > 0;
}

const char *avt_http_request_id(const struct avt_http_request *request)
{
    return request->id;
}

const char *avt_http_peer(const struct avt_http_request *request)
{
    return request->conn->peer;
}

int64_t avt_http_last_event_id(const struct avt_http_request *request)
{
    const char *text = avt_http_header(request, "Last-Event-ID");
    int64_t id = 0;
    if (!text)
        text = avt_http_query(request, "last_event_id");
    return text && avt_parse_int(text, 0, INT64_MAX, &id) ? id : 0;
}

unsigned avt_http_prefer_wait_s(const struct avt_http_request *request, unsigned max_s)
{
    const char *text = avt_http_header(request, "Prefer");
    while (text && *text != '\0') {
        text += strspn(text, " \t,;");
        size_t size = strcspn(text, ",;");
        char item[32];
        int64_t wait_s = 0;
        if (size > 5 && size < sizeof(item) && strncasecmp(text, "wait=", 5) == 0) {
            memcpy(item, text + 5, size - 5);
            item[size - 5] = '\0';
            item[strcspn(item, " \t")] = '\0';
            if (avt_parse_int(item, 0, INT64_MAX, &wait_s))
                return wait_s < (int64_t)max_s ? (unsigned)wait_s : max_s;
        }
        text += size;
    }
    return 0;
}

void avt_http_set_principal(struct avt_http_request *request, void *principal)
{
    request->principal = principal;
}

void *avt_http_principal(const struct avt_http_request *request)
{
    return request->principal;
}

bool avt_http_timed_out(const struct avt_http_request *request)
{
    return request->timed_out;
}
