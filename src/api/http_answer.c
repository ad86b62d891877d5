/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: what handlers say, and how it goes to the library or, as bytes, to the stream thread. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api/http_private.h"
#include "api/range.h"
#include "base/assert.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

bool avt_answer_given(const struct avt_http_request *request)
{
    return request->answer.kind != AVT_ANSWER_NONE;
}

void avt_answer_done(struct avt_answer *answer)
{
    if (answer->fd >= 0)
        close(answer->fd);
    avt_free(answer->owned);
    *answer = (struct avt_answer){.fd = -1};
}

/* ---- headers --------------------------------------------------------------------------------- */

static bool is_header_value(const char *value)
{
    for (; *value != '\0'; value++)
        if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f)
            return false;
    return true;
}

static void add_static(struct avt_http_request *request, const char *name, const char *value)
{
    struct avt_answer *answer = &request->answer;
    avt_assert(answer->header_count < AVT_HTTP_ANSWER_HEADERS_MAX);
    answer->headers[answer->header_count].name = name;
    answer->headers[answer->header_count++].value = value;
}

bool avt_http_add_header(struct avt_http_request *request, const char *name, const char *value)
{
    if (*name == '\0' || strpbrk(name, " :\t") || !is_header_value(name) || !is_header_value(value))
        return false;
    add_static(request, avt_http_strdup(request, name), avt_http_strdup(request, value));
    return true;
}

bool avt_cors_allowed(const struct avt_http_server *server, const char *origin)
{
    for (char **allowed = server->cors_origins; allowed && *allowed; allowed++)
        if (avt_str_equal(*allowed, "*") || avt_str_equal(*allowed, origin))
            return true;
    return false;
}

void avt_answer_common_headers(struct avt_http_request *request)
{
    const char *origin = request->server->cors_origins ? avt_http_header(request, "Origin") : NULL;
    add_static(request, "X-Request-Id", request->id);
    add_static(request, "X-Content-Type-Options", "nosniff");
    if (!request->server->cors_origins)
        return;
    add_static(request, "Vary", "Origin");
    if (origin && avt_cors_allowed(request->server, origin)) {
        add_static(request, "Access-Control-Allow-Origin", origin);
        add_static(request, "Access-Control-Expose-Headers",
                   "Location, Retry-After, X-Request-Id, RateLimit, RateLimit-Policy, "
                   "Content-Disposition, ETag, Idempotency-Replayed");
    }
}

/* ---- handlers' calls ------------------------------------------------------------------------- */

/* The first answer stands; a second is our bug, which must not reach the client as a mixture of
 * both. */
static bool begin_answer(struct avt_http_request *request, int status, const char *media_type)
{
    avt_assert(request->answer.kind == AVT_ANSWER_NONE && !request->taken);
    avt_assert(status >= 200 && status <= 599);
    request->answer.status = status;
    if (media_type)
        add_static(request, "Content-Type", avt_http_strdup(request, media_type));
    return true;
}

void avt_http_answer_take(struct avt_http_request *request, int status, const char *media_type,
                          char *data, size_t size)
{
    begin_answer(request, status, media_type);
    request->answer.kind = AVT_ANSWER_OWNED;
    request->answer.owned = data;
    request->answer.size = size;
}

void avt_http_answer_static(struct avt_http_request *request, int status, const char *media_type,
                            const void *data, size_t size)
{
    begin_answer(request, status, media_type);
    request->answer.kind = AVT_ANSWER_STATIC;
    request->answer.data = data;
    request->answer.size = size;
}

void avt_http_answer(struct avt_http_request *request, int status, const char *media_type,
                     const void *data, size_t size)
{
    char *copy = avt_new0(char, size + 1);
    if (size > 0)
        memcpy(copy, data, size);
    avt_http_answer_take(request, status, media_type, copy, size);
}

static const char *title_of(int status)
{
    const char *title = MHD_get_reason_phrase_for((unsigned)status);
    return title ? title : "Error";
}

static void fail_plainly(struct avt_http_request *request, int status, const char *code,
                         const char *detail)
{
    AVT_CLEANUP(avt_json_decrefp)
    json_t *problem = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "type", "about:blank", "title",
                                title_of(status), "status", status, "code", code, "detail", detail,
                                "request_id", request->id);
    char *text = problem ? json_dumps(problem, JSON_COMPACT) : NULL;
    if (text)
        avt_http_answer_take(request, status, "application/problem+json", text, strlen(text));
    else
        avt_http_answer_static(request, status, NULL, "", 0);
}

void avt_http_fail(struct avt_http_request *request, int status, const char *code,
                   const char *format, ...)
{
    enum { DETAIL_MAX = 1024 };
    char detail[DETAIL_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(detail, sizeof(detail), format, ap);
    va_end(ap);
    size_t bad = avt_utf8_invalid_at(detail, strlen(detail));
    if (bad != SIZE_MAX) /* a name of the client's, or one that was cut within a character */
        detail[bad] = '\0';
    if (request->server->options.fail)
        request->server->options.fail(request, status, code, detail, request->server->options.user);
    if (!avt_answer_given(request))
        fail_plainly(request, status, code, detail);
}

/* ---- files ----------------------------------------------------------------------------------- */

enum avt_code avt_http_file_open(const char *path, struct avt_http_file *ret_file,
                                 struct avt_error *reterr)
{
    struct stat st;
    /* Non-blocking: a pipe in the file's place must not hold the thread. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        enum avt_code code = errno == ELOOP ? AVT_ENOENT : avt_code_from_errno(errno);
        return avt_fail(reterr, code, "'%s' cannot be opened: %s", path, strerror(errno));
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return avt_fail(reterr, AVT_ENOENT, "'%s' is no file", path);
    }
    *ret_file = (struct avt_http_file){
        .fd = fd,
        .size = (uint64_t)st.st_size,
        .modified_s = (int64_t)st.st_mtim.tv_sec,
    };
    snprintf(ret_file->etag, sizeof(ret_file->etag), "\"%llx-%llx-%lx\"",
             (unsigned long long)st.st_ino, (unsigned long long)st.st_size,
             (unsigned long)((unsigned long)st.st_mtim.tv_sec * 1000000000ul +
                             (unsigned long)st.st_mtim.tv_nsec));
    return AVT_OK;
}

/* RFC 6266: a plain name for old clients, and the whole one percent-encoded. */
static const char *disposition(struct avt_http_request *request, const struct avt_http_file *file)
{
    static const char hex[] = "0123456789ABCDEF";
    struct avt_buf text = AVT_BUF_INIT(4096);
    avt_buf_append_str(&text, file->attachment ? "attachment; filename=\"" : "inline; filename=\"");
    bool is_plain = true;
    for (const char *c = file->filename; *c != '\0'; c++) {
        bool good =
            (unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f && *c != '"' && *c != '\\';
        is_plain = is_plain && good;
        avt_buf_append_char(&text, good ? *c : '_');
    }
    avt_buf_append_char(&text, '"');
    if (!is_plain) {
        avt_buf_append_str(&text, "; filename*=UTF-8''");
        for (const char *c = file->filename; *c != '\0'; c++) {
            unsigned char byte = (unsigned char)*c;
            if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                (byte >= 'A' && byte <= 'Z') || strchr("-._~", byte)) {
                avt_buf_append_char(&text, *c);
            } else {
                avt_buf_append_char(&text, '%');
                avt_buf_append_char(&text, hex[byte >> 4]);
                avt_buf_append_char(&text, hex[byte & 15]);
            }
        }
    }
    const char *kept =
        text.overflowed ? "attachment" : avt_http_strdup(request, avt_buf_str(&text));
    avt_buf_done(&text);
    return kept;
}

void avt_http_answer_file(struct avt_http_request *request, const struct avt_http_file *file)
{
    char date[AVT_HTTP_DATE_SIZE];
    uint64_t offset = 0, length = 0;
    const struct avt_conditions conditions = {
        .if_match = avt_http_header(request, "If-Match"),
        .if_none_match = avt_http_header(request, "If-None-Match"),
        .if_modified_since = avt_http_header(request, "If-Modified-Since"),
        .if_unmodified_since = avt_http_header(request, "If-Unmodified-Since"),
        .range = request->is_head ? NULL : avt_http_header(request, "Range"),
        .if_range = avt_http_header(request, "If-Range"),
    };
    int status = avt_conditions_judge(&conditions, file->size, file->etag, file->modified_s,
                                      &offset, &length);
    if (file->etag[0] != '\0')
        avt_http_add_header(request, "ETag", file->etag);
    avt_http_add_header(request, "Cache-Control",
                        file->cache_control ? file->cache_control : "no-cache");
    if (status == 416 || status == 412) {
        close(file->fd);
        if (status == 416)
            avt_http_add_header(
                request, "Content-Range",
                avt_http_printf(request, "bytes */%llu", (unsigned long long)file->size));
        avt_http_fail(request, status,
                      status == 416 ? "range_not_satisfiable" : "precondition_failed",
                      status == 416 ? "The file has no bytes in that range."
                                    : "The file is not the one that the condition names.");
        return;
    }
    avt_http_date_format(file->modified_s, date);
    avt_http_add_header(request, "Last-Modified", date);
    avt_http_add_header(request, "Accept-Ranges", "bytes");
    if (file->content_encoding)
        avt_http_add_header(request, "Content-Encoding", file->content_encoding);
    if (file->filename)
        avt_http_add_header(request, "Content-Disposition", disposition(request, file));
    if (status == 304) {
        close(file->fd);
        avt_http_answer_static(request, 304, NULL, "", 0);
        return;
    }
    if (status == 206)
        avt_http_add_header(request, "Content-Range",
                            avt_http_printf(request, "bytes %llu-%llu/%llu",
                                            (unsigned long long)offset,
                                            (unsigned long long)(offset + length - 1),
                                            (unsigned long long)file->size));
    begin_answer(request, status, file->media_type);
    request->answer.kind = AVT_ANSWER_FILE;
    request->answer.fd = file->fd;
    request->answer.offset = offset;
    request->answer.size = length;
}

/* ---- out ------------------------------------------------------------------------------------- */

static struct MHD_Response *make_response(struct avt_answer *answer)
{
    struct MHD_Response *response = NULL;
    switch (answer->kind) {
    case AVT_ANSWER_OWNED:
        response = MHD_create_response_from_buffer((size_t)answer->size, answer->owned,
                                                   MHD_RESPMEM_MUST_FREE);
        if (response)
            answer->owned = NULL;
        break;
    case AVT_ANSWER_FILE:
        response =
            MHD_create_response_from_fd_at_offset64(answer->size, answer->fd, answer->offset);
        if (response)
            answer->fd = -1;
        break;
    default:
        response = MHD_create_response_from_buffer(
            (size_t)answer->size, (void *)(uintptr_t)answer->data, MHD_RESPMEM_PERSISTENT);
        break;
    }
    return response;
}

enum MHD_Result avt_answer_queue(struct avt_http_request *request)
{
    struct avt_answer *answer = &request->answer;
    avt_answer_common_headers(request);
    struct MHD_Response *response = make_response(answer);
    if (!response) {
        avt_log(AVT_LOG_ERROR, "out of memory for an answer");
        return MHD_NO;
    }
    for (size_t i = 0; i < answer->header_count; i++)
        if (MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value) !=
            MHD_YES)
            avt_debug("the header %s cannot be sent", answer->headers[i].name);
    request->stage = AVT_REQUEST_HANDLED;
    avt_conn_enter(request->conn, AVT_CONN_ANSWER);
    enum MHD_Result queued = MHD_queue_response(request->mhd, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

void avt_answer_head(struct avt_http_request *request, int64_t length, struct avt_buf *head)
{
    struct avt_answer *answer = &request->answer;
    char date[AVT_HTTP_DATE_SIZE];
    avt_answer_common_headers(request);
    avt_http_date_format((int64_t)time(NULL), date);
    avt_buf_printf(head, "HTTP/1.1 %d %s\r\nDate: %s\r\n", answer->status, title_of(answer->status),
                   date);
    for (size_t i = 0; i < answer->header_count; i++)
        avt_buf_printf(head, "%s: %s\r\n", answer->headers[i].name, answer->headers[i].value);
    if (length >= 0)
        avt_buf_printf(head, "Content-Length: %lld\r\n", (long long)length);
    avt_buf_append_str(head, "\r\n");
}
