/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies on their way in: JSON into memory, files to the spool, always within the route's limit. */
#include <string.h>

#include "api/http_private.h"
#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

/* "application/json", "application/problem+json; charset=utf-8" */
static bool is_json(const char *type)
{
    size_t size = strcspn(type, "; \t");
    if (size == 16 && strncasecmp(type, "application/json", 16) == 0)
        return true;
    return size > 17 && strncasecmp(type, "application/", 12) == 0 &&
           strncasecmp(type + size - 5, "+json", 5) == 0;
}

static void fail_as(struct avt_http_request *request, enum avt_code code,
                    const struct avt_error *error)
{
    switch (code) {
    case AVT_EFORMAT:
        avt_http_fail(request, 400, "bad_body", "%s", error->message);
        break;
    case AVT_ELIMIT:
        avt_http_fail(request, 413, "too_large", "%s", error->message);
        break;
    case AVT_ENOSPACE:
        avt_http_fail(request, 507, "no_space", "%s", error->message);
        break;
    default:
        avt_http_fail(request, 500, "io", "%s", error->message);
    }
}

/* ---- parts ----------------------------------------------------------------------------------- */

static struct avt_http_part *add_part(struct avt_http_request *request,
                                      const struct avt_multipart_part *from)
{
    if (request->part_count == request->part_capacity) {
        request->part_capacity = request->part_capacity ? 2 * request->part_capacity : 4;
        request->parts =
            avt_realloc(request->parts, request->part_capacity, sizeof(*request->parts));
        request->spools =
            avt_realloc(request->spools, request->part_capacity, sizeof(struct avt_spool *));
    }
    struct avt_http_part *part = &request->parts[request->part_count];
    request->spools[request->part_count++] = NULL;
    *part = (struct avt_http_part){
        .name = avt_http_strdup(request, from->name),
        .filename = from->filename ? avt_http_strdup(request, from->filename) : NULL,
        .media_type = avt_http_strdup(request, from->media_type),
        .fd = -1,
    };
    return part;
}

static enum avt_code open_file(struct avt_http_request *request, struct avt_error *reterr)
{
    struct avt_http_part *part = &request->parts[request->part_count - 1];
    enum avt_code code = avt_spool_open(request->server->spool, &request->spool, reterr);
    if (code != AVT_OK)
        return code;
    request->spools[request->part_count - 1] = request->spool;
    part->fd = avt_spool_fd(request->spool);
    return AVT_OK;
}

static void close_file(struct avt_http_request *request)
{
    struct avt_http_part *part = &request->parts[request->part_count - 1];
    avt_spool_finish(request->spool, part->sha256);
    part->size = avt_spool_size(request->spool);
    part->head = avt_spool_head(request->spool, &part->head_size);
    request->spool = NULL;
}

static enum avt_code on_part_begin(const struct avt_multipart_part *from, void *user,
                                   struct avt_error *reterr)
{
    struct avt_http_request *request = user;
    const struct avt_http_limits *limits = &request->server->limits;
    if (request->part_count == limits->parts)
        return avt_fail(reterr, AVT_ELIMIT, "The multipart body has more than %zu parts.",
                        limits->parts);
    (void)add_part(request, from);
    avt_buf_done(&request->field);
    avt_buf_init(&request->field, limits->field_bytes);
    return from->filename ? open_file(request, reterr) : AVT_OK;
}

static enum avt_code on_part_data(const char *data, size_t size, void *user,
                                  struct avt_error *reterr)
{
    struct avt_http_request *request = user;
    if (request->spool)
        return avt_spool_write(request->spool, data, size, reterr);
    if (avt_buf_append(&request->field, data, size))
        return AVT_OK;
    return avt_fail(
        reterr, AVT_ELIMIT, "The field '%.40s' is over %zu bytes; a file needs a file name.",
        request->parts[request->part_count - 1].name, request->server->limits.field_bytes);
}

static enum avt_code on_part_end(void *user, struct avt_error *reterr)
{
    struct avt_http_request *request = user;
    struct avt_http_part *part = &request->parts[request->part_count - 1];
    (void)reterr;
    if (request->spool) {
        close_file(request);
        return AVT_OK;
    }
    part->size = request->field.size;
    avt_sha256_data(avt_buf_str(&request->field), request->field.size, part->sha256);
    part->value = avt_buf_take(&request->field);
    part->head = (const uint8_t *)part->value;
    part->head_size = part->size < AVT_HTTP_HEAD_BYTES ? (size_t)part->size : AVT_HTTP_HEAD_BYTES;
    return AVT_OK;
}

static const struct avt_multipart_calls multipart_calls = {
    .begin = on_part_begin,
    .data = on_part_data,
    .end = on_part_end,
};

/* ---- a body ---------------------------------------------------------------------------------- */

static bool begin_kind(struct avt_http_request *request, const char *type)
{
    char boundary[AVT_MULTIPART_BOUNDARY_MAX + 1];
    bool is_multipart = avt_multipart_boundary(type, boundary);
    struct avt_error error = {0};
    request->body_kind = request->route->body;
    if (request->body_kind == AVT_HTTP_BODY_UPLOAD)
        request->body_kind = is_multipart ? AVT_HTTP_BODY_MULTIPART : AVT_HTTP_BODY_RAW;
    if (request->body_kind == AVT_HTTP_BODY_JSON && !is_json(type)) {
        avt_http_fail(request, 415, "unsupported_media_type",
                      "The body has to be application/json; its Content-Type is '%.80s'.", type);
        return false;
    }
    if (request->body_kind == AVT_HTTP_BODY_MULTIPART && !is_multipart) {
        avt_http_fail(request, 415, "unsupported_media_type",
                      "The body has to be multipart/form-data with a boundary.");
        return false;
    }
    if (request->body_kind == AVT_HTTP_BODY_RAW && strncasecmp(type, "multipart/", 10) == 0) {
        avt_http_fail(request, 415, "unsupported_media_type",
                      "The body is multipart, but not multipart/form-data with a boundary.");
        return false;
    }
    if (request->body_kind == AVT_HTTP_BODY_MULTIPART) {
        request->multipart = avt_multipart_new(boundary, &multipart_calls, request);
    } else if (request->body_kind == AVT_HTTP_BODY_JSON) {
        avt_buf_init(&request->json, (size_t)request->body_max);
    } else {
        (void)add_part(request, &(struct avt_multipart_part){.name = "", .media_type = type});
        enum avt_code code = open_file(request, &error);
        if (code != AVT_OK)
            fail_as(request, code, &error);
        return code == AVT_OK;
    }
    return true;
}

bool avt_body_begin(struct avt_http_request *request)
{
    const struct avt_http_route *route = request->route;
    const struct avt_http_limits *limits = &request->server->limits;
    const char *encoding = avt_http_header(request, "Content-Encoding");
    const char *type = avt_http_header(request, "Content-Type");
    if (!avt_http_has_body(request))
        return true;
    request->body_max = route->body_bytes_max               ? route->body_bytes_max
                        : route->body == AVT_HTTP_BODY_JSON ? limits->json_bytes
                                                            : limits->upload_bytes;
    if (route->body == AVT_HTTP_BODY_NONE)
        avt_http_fail(request, 413, "too_large", "This request takes no body.");
    else if (encoding && avt_str_casecmp(encoding, "identity") != 0)
        avt_http_fail(request, 415, "unsupported_media_type",
                      "Compressed bodies are not taken: send it without Content-Encoding.");
    else if (request->content_length > 0 && (uint64_t)request->content_length > request->body_max)
        avt_http_fail(request, 413, "too_large", "The body is over %llu bytes.",
                      (unsigned long long)request->body_max);
    else
        return begin_kind(request, type ? type : "");
    return false;
}

bool avt_body_take(struct avt_http_request *request, const char *data, size_t size)
{
    struct avt_error error = {0};
    enum avt_code code = AVT_OK;
    request->body_bytes += size;
    atomic_fetch_add(&request->conn->moved_bytes, (long long)size);
    if (request->body_bytes > request->body_max) {
        avt_http_fail(request, 413, "too_large", "The body is over %llu bytes.",
                      (unsigned long long)request->body_max);
        return false;
    }
    if (request->body_kind == AVT_HTTP_BODY_JSON)
        avt_assert(avt_buf_append(&request->json, data, size));
    else if (request->body_kind == AVT_HTTP_BODY_MULTIPART)
        code = avt_multipart_feed(request->multipart, data, size, &error);
    else
        code = avt_spool_write(request->spool, data, size, &error);
    if (code != AVT_OK)
        fail_as(request, code, &error);
    return code == AVT_OK;
}

bool avt_body_end(struct avt_http_request *request)
{
    struct avt_error error = {0};
    if (request->multipart) {
        enum avt_code code = avt_multipart_finish(request->multipart, &error);
        if (code != AVT_OK)
            fail_as(request, code, &error);
        return code == AVT_OK;
    }
    if (request->spool)
        close_file(request);
    return true;
}

void avt_body_free(struct avt_http_request *request)
{
    avt_multipart_free(AVT_TAKE(request->multipart));
    for (size_t i = 0; i < request->part_count; i++) {
        avt_spool_free(request->spools[i]);
        avt_free((void *)(uintptr_t)request->parts[i].value);
    }
    avt_free(AVT_TAKE(request->parts));
    avt_free(AVT_TAKE(request->spools));
    request->part_count = 0;
    avt_buf_done(&request->json);
    avt_buf_done(&request->field);
}

const char *avt_http_json(const struct avt_http_request *request, size_t *ret_size)
{
    *ret_size = request->json.size;
    return avt_buf_str(&request->json);
}

size_t avt_http_part_count(const struct avt_http_request *request)
{
    return request->part_count;
}

const struct avt_http_part *avt_http_part(const struct avt_http_request *request, size_t index)
{
    avt_assert(index < request->part_count);
    return &request->parts[index];
}

const struct avt_http_part *avt_http_part_named(const struct avt_http_request *request,
                                                const char *name)
{
    for (size_t i = 0; i < request->part_count; i++)
        if (avt_str_equal(request->parts[i].name, name))
            return &request->parts[i];
    return NULL;
}

enum avt_code avt_http_part_keep(const struct avt_http_part *part, const char *path,
                                 struct avt_error *reterr)
{
    avt_assert(part->fd >= 0);
    return avt_spool_keep(part->fd, path, reterr);
}
