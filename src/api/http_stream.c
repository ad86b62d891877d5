/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers and others ask of the stream thread (http_hub.c): park, wake, streams, events. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "api/http_hub.h"
#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

enum { UNACKED_MS = 60000 /* until a peer that has vanished without a word is given up */ };

static struct avt_chunk *encode(enum avt_stream_kind kind, int64_t id, const char *event,
                                const char *json)
{
    return kind == AVT_STREAM_WS ? avt_chunk_websocket(id, event, json)
                                 : avt_chunk_sse(id, event, json);
}

/* An event of the replay, or one whose turn has come. */
static void append_event(struct avt_http_stream *stream, struct avt_chunk *chunk, int64_t id)
{
    if (id > 0 && id <= stream->last_id)
        return;
    if (id > 0)
        stream->last_id = id;
    avt_stream_append(stream, &stream->out, chunk, id);
}

bool avt_http_park(struct avt_http_request *request, const char *topic, unsigned deadline_ms,
                   avt_http_handler resumed)
{
    return avt_http_park_until(request, topic, deadline_ms, NULL, NULL, resumed);
}

bool avt_http_park_until(struct avt_http_request *request, const char *topic, unsigned deadline_ms,
                         avt_http_ready_fn ready, void *ready_user, avt_http_handler resumed)
{
    struct avt_http_server *server = request->server;
    avt_assert(!avt_answer_given(request) && !request->taken);
    struct avt_http_stream *stream = avt_stream_new(request, AVT_STREAM_PARKED, topic);
    stream->deadline_ms = avt_clock_ms() + deadline_ms;
    stream->ready = ready;
    stream->ready_user = ready_user;
    request->timed_out = false;
    request->resumed = resumed;
    if (avt_stream_take(stream, &server->hub->parked_count, server->limits.parked))
        return true;
    request->resumed = NULL;
    return false;
}

void avt_http_wake(struct avt_http_server *server, const char *topic)
{
    struct avt_stream_hub *hub = server->hub;
    avt_mutex_lock(hub->lock);
    for (struct avt_http_stream *stream = hub->topics[avt_topic_bucket(topic)]; stream;
         stream = stream->topic_next) {
        if (stream->kind != AVT_STREAM_PARKED || !avt_str_equal(stream->topic, topic))
            continue;
        stream->woken = true;
        avt_stream_mark(stream);
    }
    avt_mutex_unlock(hub->lock);
}

static struct avt_http_stream *open_stream(struct avt_http_request *request,
                                           struct avt_http_stream *stream)
{
    struct avt_http_server *server = request->server;
    struct avt_buf head = AVT_BUF_INIT(64 << 10);
    unsigned unacked_ms = UNACKED_MS;
    /* Built before the connection is taken: headers of the request are not ours after. */
    avt_answer_head(request, -1, &head);
    struct avt_chunk *chunk = avt_chunk_new(head.data, head.size);
    avt_outbox_push(&stream->out, chunk, 0);
    avt_chunk_unref(chunk);
    avt_buf_done(&head);
    (void)setsockopt(stream->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
    if (stream->kind != AVT_STREAM_BYTES)
        stream->ping_ms = avt_clock_ms() + server->limits.ping_ms;
    stream->last_id = 0;
    if (avt_stream_take(stream, &server->hub->stream_count, server->limits.streams)) {
        request->was_stream = true;
        return stream;
    }
    request->answer.header_count = 0;
    avt_http_add_header(request, "Retry-After", "5");
    avt_http_fail(
        request, 503, "too_many_streams",
        "Too many event streams are open: close some, or ask for the job itself instead.");
    return NULL;
}

struct avt_http_stream *avt_http_stream_sse(struct avt_http_request *request, const char *topic)
{
    if (request->is_head) {
        avt_http_answer_static(request, 200, "text/event-stream", "", 0);
        return NULL;
    }
    avt_http_add_header(request, "Content-Type", "text/event-stream");
    avt_http_add_header(request, "Cache-Control", "no-cache");
    avt_http_add_header(request, "X-Accel-Buffering", "no");
    avt_http_add_header(request, "Connection", "close");
    request->answer.status = 200;
    return open_stream(request, avt_stream_new(request, AVT_STREAM_SSE, topic));
}

static ptrdiff_t ws_receive(void *data, size_t size, void *user)
{
    struct avt_http_stream *stream = user;
    return recv(stream->fd, data, size, MSG_DONTWAIT);
}

static bool ws_send(const void *data, size_t size, void *user)
{
    struct avt_http_stream *stream = user;
    avt_stream_append_bytes(stream, data, size);
    return !stream->doomed;
}

static const struct avt_ws_calls ws_calls = {.receive = ws_receive, .send = ws_send};

static bool check_handshake(struct avt_http_request *request, char accept[AVT_WS_ACCEPT_SIZE])
{
    const char *upgrade = avt_http_header(request, "Upgrade");
    const char *connection = avt_http_header(request, "Connection");
    const char *version = avt_http_header(request, "Sec-WebSocket-Version");
    const char *key = avt_http_header(request, "Sec-WebSocket-Key");
    const char *origin = avt_http_header(request, "Origin");
    const char *host = avt_http_header(request, "Host");
    if (!upgrade || !avt_ws_has_token(upgrade, "websocket") || !connection ||
        !avt_ws_has_token(connection, "upgrade") || !request->http_1_1 || request->is_head) {
        avt_http_add_header(request, "Upgrade", "websocket");
        avt_http_fail(request, 426, "upgrade_required", "This address speaks WebSocket only.");
    } else if (!version || !avt_str_equal(version, "13")) {
        avt_http_add_header(request, "Sec-WebSocket-Version", "13");
        avt_http_fail(request, 426, "upgrade_required",
                      "Only version 13 of WebSocket is understood.");
    } else if (!key || !avt_ws_accept_key(key, accept)) {
        avt_http_fail(request, 400, "bad_request",
                      "The Sec-WebSocket-Key is not 16 bytes in base64.");
    } else if (origin && !avt_ws_same_origin(origin, host ? host : "") &&
               !avt_cors_allowed(request->server, origin)) {
        avt_http_fail(request, 403, "origin_not_allowed",
                      "Pages of %.100s may not open this WebSocket.", origin);
    } else {
        return true;
    }
    return false;
}

struct avt_http_stream *avt_http_stream_websocket(struct avt_http_request *request,
                                                  const char *topic)
{
    char accept[AVT_WS_ACCEPT_SIZE];
    if (!check_handshake(request, accept))
        return NULL;
    struct avt_http_stream *stream = avt_stream_new(request, AVT_STREAM_WS, topic);
    stream->ws = avt_ws_new(&ws_calls, stream);
    if (!stream->ws) {
        stream->over = true;
        avt_stream_free(stream);
        avt_http_fail(request, 503, "out_of_memory", "There is no memory for another WebSocket.");
        return NULL;
    }
    avt_http_add_header(request, "Upgrade", "websocket");
    avt_http_add_header(request, "Connection", "Upgrade");
    avt_http_add_header(request, "Sec-WebSocket-Accept", accept);
    request->answer.status = 101;
    return open_stream(request, stream);
}

struct avt_http_stream *avt_http_stream_bytes(struct avt_http_request *request, const char *topic,
                                              const char *media_type,
                                              const struct avt_http_source *source)
{
    struct avt_http_stream *stream = avt_stream_new(request, AVT_STREAM_BYTES, topic);
    stream->source = *source;
    avt_http_add_header(request, "Content-Type", media_type);
    avt_http_add_header(request, "Cache-Control", "no-store");
    avt_http_add_header(request, "X-Accel-Buffering", "no");
    avt_http_add_header(request, "Connection", "close");
    if (request->http_1_1)
        avt_http_add_header(request, "Transfer-Encoding", "chunked");
    request->answer.status = 200;
    return open_stream(request, stream);
}

/* What is said to a stream of bytes goes to its source. */
static void tell_source(struct avt_http_stream *stream, const char *event, const char *json)
{
    if (stream->over || stream->ending)
        return;
    stream->source.event(stream->source.user, event, json);
    avt_stream_mark(stream);
}

void avt_http_stream_send(struct avt_http_stream *stream, int64_t id, const char *event,
                          const char *json)
{
    if (stream->kind == AVT_STREAM_BYTES) {
        avt_mutex_lock(stream->hub->lock);
        tell_source(stream, event, json);
        avt_mutex_unlock(stream->hub->lock);
        return;
    }
    struct avt_chunk *chunk = encode(stream->kind, id, event, json);
    avt_mutex_lock(stream->hub->lock);
    append_event(stream, chunk, id);
    avt_chunk_unref(chunk);
    avt_mutex_unlock(stream->hub->lock);
}

static void begin_end(struct avt_http_stream *stream)
{
    if (stream->ending || stream->over)
        return;
    if (stream->kind == AVT_STREAM_WS && !avt_ws_close(stream->ws, 1000))
        stream->doomed = true;
    stream->ending = true;
    avt_stream_mark(stream);
}

void avt_http_stream_live(struct avt_http_stream *stream)
{
    avt_mutex_lock(stream->hub->lock);
    stream->live = true;
    while (stream->held.head) {
        struct avt_chunk *chunk = stream->held.head->chunk;
        int64_t id = stream->held.head->id;
        chunk->refs++;
        avt_outbox_pop(&stream->held);
        append_event(stream, chunk, id);
        avt_chunk_unref(chunk);
    }
    if (stream->end_later)
        begin_end(stream);
    avt_mutex_unlock(stream->hub->lock);
}

void avt_http_stream_end(struct avt_http_stream *stream)
{
    avt_mutex_lock(stream->hub->lock);
    begin_end(stream);
    avt_mutex_unlock(stream->hub->lock);
}

void avt_http_publish(struct avt_http_server *server, const char *topic, int64_t id,
                      const char *event, const char *json, bool last)
{
    struct avt_stream_hub *hub = server->hub;
    struct avt_chunk *chunks[2] = {NULL, NULL};
    avt_mutex_lock(hub->lock);
    for (struct avt_http_stream *stream = hub->topics[avt_topic_bucket(topic)]; stream;
         stream = stream->topic_next) {
        if (stream->kind == AVT_STREAM_BYTES && avt_str_equal(stream->topic, topic))
            tell_source(stream, event, json);
        if (stream->kind > AVT_STREAM_WS || stream->ending || stream->end_later ||
            !avt_str_equal(stream->topic, topic))
            continue;
        struct avt_chunk **chunk = &chunks[stream->kind];
        if (!*chunk)
            *chunk = encode(stream->kind, id, event, json);
        if (stream->live)
            append_event(stream, *chunk, id);
        else
            avt_stream_append(stream, &stream->held, *chunk, id);
        if (last && stream->live)
            begin_end(stream);
        stream->end_later = last;
    }
    avt_chunk_unref(chunks[AVT_STREAM_SSE]);
    avt_chunk_unref(chunks[AVT_STREAM_WS]);
    avt_mutex_unlock(hub->lock);
}

bool avt_http_has_audience(struct avt_http_server *server, const char *topic)
{
    struct avt_stream_hub *hub = server->hub;
    bool found = false;
    avt_mutex_lock(hub->lock);
    for (struct avt_http_stream *stream = hub->topics[avt_topic_bucket(topic)]; stream && !found;
         stream = stream->topic_next)
        found = stream->kind != AVT_STREAM_LINGER && avt_str_equal(stream->topic, topic);
    avt_mutex_unlock(hub->lock);
    return found;
}
