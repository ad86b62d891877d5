/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stream thread: event streams, WebSockets, parked requests and lingering answers.
 *
 * The library could stream too (a callback per write, suspended while there is nothing to say), but
 * then each event resumes and suspends every connection, it does not notice who went away
 * meanwhile, and 0.9.75 walks all suspended connections for each that is resumed. So a connection
 * is suspended once and its socket served here, by one epoll, until it is over; then it is resumed
 * to be closed, or, if it was parked, to be answered. docs/adr/0005-http-library.md has the
 * figures.
 *
 * One lock guards everything below, the queues of the streams included. Callers on other threads
 * append to a queue and ring the bell; only this thread writes to sockets, ends and resumes.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "api/http_private.h"
#include "api/websocket.h"
#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    EVENTS_MAX = 256,
    IOV_MAX_HERE = 16,
    TICK_MS = 250,
    LINGER_MS = 3000,
    LINGER_BYTES = 16 << 20,
    UNACKED_MS = 60000, /* a peer that has vanished without a word */
    STOP_POLL_MS = 5,
    READ_BYTES = 16 << 10,
};

enum kind { KIND_SSE, KIND_WS, KIND_PARKED, KIND_LINGER };

/* Bytes that several streams may have queued. */
struct chunk {
    unsigned refs;
    size_t size;
    char data[];
};
struct node {
    struct node *next;
    struct chunk *chunk;
    int64_t id;
};
struct queue {
    struct node *head, **tail;
    size_t bytes;
};

struct avt_http_stream {
    struct avt_stream_hub *hub;
    struct avt_http_request *request;
    struct MHD_Connection *mhd;
    int fd;
    enum kind kind;
    char topic[AVT_HTTP_TOPIC_SIZE];
    struct avt_http_stream *topic_next, **topic_link; /* in its bucket */
    struct avt_http_stream *next, **link;             /* in hub->taken */
    struct avt_http_stream *dirty_next;
    bool is_dirty;
    bool over;      /* no more of the hub */
    bool live;      /* replay is done */
    bool ending;    /* close when all is out */
    bool end_later; /* likewise, once live */
    bool doomed;    /* drop now */
    bool woken;
    bool wants_out; /* EPOLLOUT is asked for */
    bool half_closed;
    int64_t last_id;
    struct queue out, held;
    size_t sent_of_head; /* bytes of out.head that are out */
    uint64_t sent_bytes;
    size_t drained_bytes;
    struct avt_ws *ws;
    int64_t ping_ms, deadline_ms; /* next; 0: none */
};

struct avt_stream_hub {
    struct avt_http_server *server;
    struct avt_thread *thread;
    struct avt_mutex *lock;
    int epoll_fd, bell_fd;
    /* guarded by lock */
    bool rung, stopping, draining;
    struct avt_http_stream *taken, *dirty;
    struct avt_http_stream *topics[AVT_HTTP_TOPIC_BUCKETS];
    unsigned taken_count, stream_count, parked_count;
    uint64_t dropped;
};

/* ---- queues ---------------------------------------------------------------------------------- */

static struct chunk *chunk_new(const void *data, size_t size)
{
    struct chunk *chunk = avt_alloc0(1, sizeof(*chunk) + size);
    chunk->refs = 1;
    chunk->size = size;
    memcpy(chunk->data, data, size);
    return chunk;
}

static void chunk_unref(struct chunk *chunk)
{
    if (chunk && --chunk->refs == 0)
        avt_free(chunk);
}

static void queue_push(struct queue *queue, struct chunk *chunk, int64_t id)
{
    struct node *node = avt_new0(struct node, 1);
    node->chunk = chunk;
    node->id = id;
    chunk->refs++;
    *queue->tail = node;
    queue->tail = &node->next;
    queue->bytes += chunk->size;
}

static void queue_pop(struct queue *queue)
{
    struct node *node = queue->head;
    queue->head = node->next;
    if (!queue->head)
        queue->tail = &queue->head;
    queue->bytes -= node->chunk->size;
    chunk_unref(node->chunk);
    avt_free(node);
}

static void queue_clear(struct queue *queue)
{
    while (queue->head)
        queue_pop(queue);
}

/* ---- the bell -------------------------------------------------------------------------------- */

static void ring(struct avt_stream_hub *hub)
{
    uint64_t one = 1;
    if (hub->rung)
        return;
    hub->rung = true;
    if (write(hub->bell_fd, &one, sizeof(one)) != sizeof(one))
        hub->rung = false;
}

static void mark(struct avt_http_stream *stream)
{
    struct avt_stream_hub *hub = stream->hub;
    if (stream->over || stream->is_dirty)
        return;
    stream->is_dirty = true;
    stream->dirty_next = hub->dirty;
    hub->dirty = stream;
    ring(hub);
}

static void append(struct avt_http_stream *stream, struct queue *queue, struct chunk *chunk,
                   int64_t id)
{
    size_t max = stream->hub->server->limits.stream_buffer_bytes;
    if (stream->over || stream->doomed)
        return;
    if (stream->out.bytes + stream->held.bytes + chunk->size > max && stream->kind != KIND_LINGER) {
        stream->doomed = true;
        stream->hub->dropped++;
    } else {
        queue_push(queue, chunk, id);
    }
    mark(stream);
}

static void append_bytes(struct avt_http_stream *stream, const void *data, size_t size)
{
    struct chunk *chunk = chunk_new(data, size);
    append(stream, &stream->out, chunk, 0);
    chunk_unref(chunk);
}

/* An event of the replay, or one whose turn has come. */
static void append_event(struct avt_http_stream *stream, struct chunk *chunk, int64_t id)
{
    if (id > 0 && id <= stream->last_id)
        return;
    if (id > 0)
        stream->last_id = id;
    append(stream, &stream->out, chunk, id);
}

/* ---- events as bytes ------------------------------------------------------------------------- */

static struct chunk *encode_sse(int64_t id, const char *event, const char *json)
{
    struct avt_buf text = AVT_BUF_INIT(SIZE_MAX / 2);
    if (id > 0)
        avt_buf_printf(&text, "id: %lld\n", (long long)id);
    avt_buf_printf(&text, "event: %s\ndata: %s\n\n", event, json);
    struct chunk *chunk = chunk_new(text.data, text.size);
    avt_buf_done(&text);
    return chunk;
}

static struct chunk *encode_ws(int64_t id, const char *event, const char *json)
{
    struct avt_buf text = AVT_BUF_INIT(SIZE_MAX / 2);
    uint8_t header[AVT_WS_HEADER_MAX];
    char number[32] = "";
    if (id > 0)
        snprintf(number, sizeof(number), "\"id\":%lld,", (long long)id);
    size_t size =
        strlen(number) + strlen(event) + strlen(json) + strlen("{\"event\":\"\",\"data\":}");
    avt_buf_append(&text, header, avt_ws_text_header(size, header));
    avt_buf_printf(&text, "{%s\"event\":\"%s\",\"data\":%s}", number, event, json);
    struct chunk *chunk = chunk_new(text.data, text.size);
    avt_buf_done(&text);
    return chunk;
}

static struct chunk *encode(enum kind kind, int64_t id, const char *event, const char *json)
{
    /* A line break would end the event early: events are one line of JSON. */
    avt_assert(!strpbrk(json, "\r\n") && !strpbrk(event, "\r\n\""));
    return kind == KIND_WS ? encode_ws(id, event, json) : encode_sse(id, event, json);
}

/* ---- membership ------------------------------------------------------------------------------ */

static unsigned topic_bucket(const char *topic)
{
    unsigned hash = 5381;
    for (; *topic != '\0'; topic++)
        hash = hash * 33 + (unsigned char)*topic;
    return hash % AVT_HTTP_TOPIC_BUCKETS;
}

static struct avt_http_stream *stream_new(struct avt_http_request *request, enum kind kind,
                                          const char *topic)
{
    struct avt_http_stream *stream = avt_new0(struct avt_http_stream, 1);
    avt_assert(strlen(topic) < AVT_HTTP_TOPIC_SIZE);
    stream->hub = request->server->hub;
    stream->request = request;
    stream->mhd = request->mhd;
    stream->fd = request->conn->fd;
    stream->kind = kind;
    memcpy(stream->topic, topic, strlen(topic) + 1);
    stream->out.tail = &stream->out.head;
    stream->held.tail = &stream->held.head;
    return stream;
}

/* Suspends the connection and makes it the stream thread's. Called by the library's thread, in the
 * callback of this request, where suspending is allowed; false if there are too many or the server
 * is stopping. */
static bool take(struct avt_http_stream *stream, unsigned *count, unsigned max)
{
    struct avt_stream_hub *hub = stream->hub;
    uint32_t events = stream->kind == KIND_PARKED ? EPOLLRDHUP : EPOLLIN | EPOLLRDHUP;
    avt_mutex_lock(hub->lock);
    if ((hub->draining && stream->kind != KIND_LINGER) || hub->stopping ||
        (count && *count >= max)) {
        avt_mutex_unlock(hub->lock);
        return false;
    }
    if (count)
        (*count)++;
    hub->taken_count++;
    MHD_suspend_connection(stream->mhd);
    avt_conn_enter(stream->request->conn, AVT_CONN_TAKEN);
    stream->request->taken = stream;
    stream->next = hub->taken;
    stream->link = &hub->taken;
    if (stream->next)
        stream->next->link = &stream->next;
    hub->taken = stream;
    struct avt_http_stream **bucket = &hub->topics[topic_bucket(stream->topic)];
    stream->topic_next = *bucket;
    stream->topic_link = bucket;
    if (*bucket)
        (*bucket)->topic_link = &stream->topic_next;
    *bucket = stream;
    if (epoll_ctl(hub->epoll_fd, EPOLL_CTL_ADD, stream->fd,
                  &(struct epoll_event){.events = events, .data.ptr = stream}) != 0)
        stream->doomed = true;
    mark(stream);
    avt_mutex_unlock(hub->lock);
    return true;
}

/* The stream thread lets go: what happens next is the library thread's. */
static void let_go(struct avt_http_stream *stream)
{
    struct avt_stream_hub *hub = stream->hub;
    struct avt_http_request *request = stream->request;
    if (stream->over)
        return;
    stream->over = true;
    (void)epoll_ctl(hub->epoll_fd, EPOLL_CTL_DEL, stream->fd, NULL);
    *stream->link = stream->next;
    if (stream->next)
        stream->next->link = stream->link;
    *stream->topic_link = stream->topic_next;
    if (stream->topic_next)
        stream->topic_next->topic_link = stream->topic_link;
    hub->taken_count--;
    if (stream->kind == KIND_PARKED)
        hub->parked_count--;
    else if (stream->kind != KIND_LINGER)
        hub->stream_count--;
    request->stage = AVT_REQUEST_OVER;
    request->stream_bytes += stream->sent_bytes;
    /* The library sees the end of input and closes, in whatever state it was suspended. */
    if (stream->kind != KIND_PARKED || request->gone)
        (void)shutdown(stream->fd, SHUT_RDWR);
    MHD_resume_connection(stream->mhd);
}

void avt_stream_free(struct avt_http_stream *stream)
{
    if (!stream)
        return;
    struct avt_mutex *lock = stream->hub->lock;
    avt_mutex_lock(lock);
    avt_assert(stream->over && !stream->is_dirty);
    queue_clear(&stream->out);
    queue_clear(&stream->held);
    avt_mutex_unlock(lock);
    avt_ws_free(stream->ws);
    avt_free(stream);
}

/* ---- work of the stream thread --------------------------------------------------------------- */

static void ask_for_out(struct avt_http_stream *stream, bool wanted)
{
    if (stream->wants_out == wanted)
        return;
    stream->wants_out = wanted;
    uint32_t events = EPOLLIN | EPOLLRDHUP | (wanted ? EPOLLOUT : 0u);
    (void)epoll_ctl(stream->hub->epoll_fd, EPOLL_CTL_MOD, stream->fd,
                    &(struct epoll_event){.events = events, .data.ptr = stream});
}

/* Drops `sent` bytes from the front of the queue. */
static void consume(struct avt_http_stream *stream, size_t sent)
{
    stream->sent_bytes += sent;
    while (sent > 0) {
        size_t left = stream->out.head->chunk->size - stream->sent_of_head;
        if (sent < left) {
            stream->sent_of_head += sent;
            return;
        }
        sent -= left;
        stream->sent_of_head = 0;
        queue_pop(&stream->out);
    }
}

/* False: the connection is broken. */
static bool write_out(struct avt_http_stream *stream)
{
    while (stream->out.head) {
        struct iovec iov[IOV_MAX_HERE];
        struct msghdr message = {.msg_iov = iov};
        for (struct node *node = stream->out.head; node && message.msg_iovlen < IOV_MAX_HERE;
             node = node->next) {
            size_t skip = message.msg_iovlen == 0 ? stream->sent_of_head : 0;
            iov[message.msg_iovlen].iov_base = node->chunk->data + skip;
            iov[message.msg_iovlen++].iov_len = node->chunk->size - skip;
        }
        ssize_t sent = sendmsg(stream->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (sent < 0)
            return false;
        consume(stream, (size_t)sent);
    }
    ask_for_out(stream, stream->out.head != NULL);
    return true;
}

/* Input of a stream or of a body that nobody wants. False: the end, or more than we take. */
static bool drain(struct avt_http_stream *stream)
{
    char bytes[READ_BYTES];
    ssize_t got = recv(stream->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    stream->drained_bytes += (size_t)got;
    return got > 0 && stream->drained_bytes < LINGER_BYTES;
}

static void end_as_gone(struct avt_http_stream *stream)
{
    stream->request->gone = stream->kind == KIND_PARKED;
    let_go(stream);
}

/* Brings a stream as far as it goes now. */
static void serve(struct avt_http_stream *stream)
{
    if (stream->over)
        return;
    if (stream->kind == KIND_PARKED) {
        if (stream->doomed)
            end_as_gone(stream);
        else if (stream->woken)
            let_go(stream);
        return;
    }
    if (stream->doomed || !write_out(stream)) {
        end_as_gone(stream);
    } else if (!stream->out.head && stream->ending && stream->kind == KIND_LINGER) {
        if (!stream->half_closed)
            (void)shutdown(stream->fd, SHUT_WR);
        stream->half_closed = true;
    } else if (!stream->out.head && stream->ending && stream->kind == KIND_SSE) {
        let_go(stream);
    } else if (!stream->out.head && stream->ending && !stream->half_closed) {
        /* A WebSocket has said that it closes, and waits for the other side to say so, but not for
         * ever. */
        stream->half_closed = true;
        stream->deadline_ms = avt_clock_ms() + LINGER_MS;
    }
}

static void on_socket(struct avt_http_stream *stream, uint32_t events)
{
    if (stream->over)
        return;
    if (stream->kind == KIND_PARKED || (events & (EPOLLERR | EPOLLHUP)) != 0) {
        end_as_gone(stream);
        return;
    }
    if (events & EPOLLOUT)
        serve(stream);
    if (stream->over || !(events & (EPOLLIN | EPOLLRDHUP)))
        return;
    if (stream->kind == KIND_WS) {
        enum avt_ws_state state = avt_ws_read(stream->ws);
        if (state == AVT_WS_OPEN)
            return;
        (void)write_out(stream); /* its close frame, if there is one */
        end_as_gone(stream);
    } else if (!drain(stream) || ((events & EPOLLRDHUP) && stream->kind == KIND_SSE)) {
        end_as_gone(stream);
    }
}

static void ping(struct avt_http_stream *stream, int64_t now_ms)
{
    stream->ping_ms = now_ms + stream->hub->server->limits.ping_ms;
    if (stream->kind == KIND_SSE)
        append_bytes(stream, ": ping\n\n", 8);
    else if (stream->kind == KIND_WS && !avt_ws_ping(stream->ws))
        stream->doomed = true;
    serve(stream);
}

static void look_at_clocks(struct avt_stream_hub *hub, int64_t now_ms)
{
    struct avt_http_stream *next;
    for (struct avt_http_stream *stream = hub->taken; stream; stream = next) {
        next = stream->next;
        if (stream->ping_ms && now_ms >= stream->ping_ms && !stream->ending)
            ping(stream, now_ms);
        if (stream->over || !stream->deadline_ms || now_ms < stream->deadline_ms)
            continue;
        if (stream->kind == KIND_PARKED)
            stream->request->timed_out = true;
        let_go(stream);
    }
}

static void serve_dirty(struct avt_stream_hub *hub)
{
    while (hub->dirty) {
        struct avt_http_stream *stream = hub->dirty;
        hub->dirty = stream->dirty_next;
        stream->is_dirty = false;
        serve(stream);
    }
}

static void hub_main(void *user)
{
    struct avt_stream_hub *hub = user;
    struct epoll_event events[EVENTS_MAX];
    int64_t tick_ms = avt_clock_ms() + TICK_MS;
    for (bool stopping = false; !stopping;) {
        int64_t wait_ms = tick_ms - avt_clock_ms();
        int count = epoll_wait(hub->epoll_fd, events, EVENTS_MAX, wait_ms > 0 ? (int)wait_ms : 0);
        int64_t now_ms = avt_clock_ms();
        avt_mutex_lock(hub->lock);
        for (int i = 0; i < count; i++) {
            uint64_t rings;
            if (events[i].data.ptr)
                on_socket(events[i].data.ptr, events[i].events);
            else if (read(hub->bell_fd, &rings, sizeof(rings)) > 0)
                hub->rung = false;
        }
        serve_dirty(hub);
        if (now_ms >= tick_ms) {
            look_at_clocks(hub, now_ms);
            serve_dirty(hub);
        }
        stopping = hub->stopping;
        avt_mutex_unlock(hub->lock);
        if (now_ms >= tick_ms) {
            avt_deadlines_check(hub->server, now_ms);
            tick_ms = now_ms + TICK_MS;
        }
    }
}

/* ---- what others ask of it ------------------------------------------------------------------- */

struct avt_stream_hub *avt_hub_start(struct avt_http_server *server, struct avt_error *reterr)
{
    struct avt_stream_hub *hub = avt_new0(struct avt_stream_hub, 1);
    hub->server = server;
    hub->lock = avt_mutex_new();
    hub->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    hub->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (hub->epoll_fd >= 0 && hub->bell_fd >= 0 &&
        epoll_ctl(hub->epoll_fd, EPOLL_CTL_ADD, hub->bell_fd,
                  &(struct epoll_event){.events = EPOLLIN}) == 0)
        hub->thread = avt_thread_start("http-streams", hub_main, hub);
    if (!hub->thread) {
        avt_fail(reterr, AVT_EIO, "the thread for event streams cannot be started: %s",
                 strerror(errno));
        avt_hub_stop(hub);
        return NULL;
    }
    return hub;
}

void avt_hub_drain(struct avt_stream_hub *hub, bool now)
{
    avt_mutex_lock(hub->lock);
    hub->draining = true;
    for (struct avt_http_stream *stream = hub->taken; stream; stream = stream->next) {
        if (now) {
            stream->request->gone = true;
            stream->doomed = true;
        } else if (stream->kind == KIND_PARKED) {
            stream->request->timed_out = true;
            stream->woken = true;
        } else if (stream->kind == KIND_SSE && !stream->ending) {
            static const char bye[] = "event: bye\ndata: {}\n\n";
            append_bytes(stream, bye, sizeof(bye) - 1);
            stream->ending = true;
        } else if (stream->kind == KIND_WS && !stream->ending) {
            stream->doomed = !avt_ws_close(stream->ws, 1001);
            stream->ending = true;
        }
        mark(stream);
    }
    unsigned left = hub->taken_count;
    avt_mutex_unlock(hub->lock);
    while (now && left > 0) {
        (void)nanosleep(&(struct timespec){.tv_nsec = STOP_POLL_MS * 1000000L}, NULL);
        avt_mutex_lock(hub->lock);
        left = hub->taken_count;
        avt_mutex_unlock(hub->lock);
    }
}

void avt_hub_stop(struct avt_stream_hub *hub)
{
    avt_mutex_lock(hub->lock);
    hub->stopping = true;
    ring(hub);
    avt_mutex_unlock(hub->lock);
    avt_thread_join(hub->thread);
    avt_assert(hub->taken_count == 0);
    if (hub->epoll_fd >= 0)
        close(hub->epoll_fd);
    if (hub->bell_fd >= 0)
        close(hub->bell_fd);
    avt_mutex_free(hub->lock);
    avt_free(hub);
}

void avt_hub_counts(struct avt_stream_hub *hub, struct avt_http_counts *ret_counts)
{
    avt_mutex_lock(hub->lock);
    ret_counts->streams = hub->stream_count;
    ret_counts->parked = hub->parked_count;
    ret_counts->streams_dropped = hub->dropped;
    avt_mutex_unlock(hub->lock);
}

void avt_hub_linger(struct avt_http_request *request)
{
    struct avt_http_stream *stream = stream_new(request, KIND_LINGER, "");
    struct avt_answer *answer = &request->answer;
    struct avt_buf bytes = AVT_BUF_INIT(SIZE_MAX / 2);
    avt_assert(answer->kind == AVT_ANSWER_STATIC || answer->kind == AVT_ANSWER_OWNED);
    avt_http_add_header(request, "Connection", "close");
    avt_answer_head(request, (int64_t)answer->size, &bytes);
    if (!request->is_head && answer->size > 0)
        avt_buf_append(&bytes, answer->owned ? answer->owned : answer->data, (size_t)answer->size);
    struct chunk *chunk = chunk_new(bytes.data, bytes.size);
    queue_push(&stream->out, chunk, 0);
    chunk_unref(chunk);
    avt_buf_done(&bytes);
    stream->ending = true;
    stream->deadline_ms = avt_clock_ms() + LINGER_MS;
    if (!take(stream, NULL, 0)) { /* stopping: the connection is closed without an answer */
        stream->over = true;
        avt_stream_free(stream);
        (void)shutdown(request->conn->fd, SHUT_RDWR);
    }
}

bool avt_http_park(struct avt_http_request *request, const char *topic, unsigned deadline_ms,
                   avt_http_handler resumed)
{
    struct avt_http_server *server = request->server;
    avt_assert(!avt_answer_given(request) && !request->taken);
    struct avt_http_stream *stream = stream_new(request, KIND_PARKED, topic);
    stream->deadline_ms = avt_clock_ms() + deadline_ms;
    request->timed_out = false;
    request->resumed = resumed;
    if (take(stream, &server->hub->parked_count, server->limits.parked))
        return true;
    request->resumed = NULL;
    stream->over = true;
    avt_stream_free(stream);
    return false;
}

void avt_http_wake(struct avt_http_server *server, const char *topic)
{
    struct avt_stream_hub *hub = server->hub;
    avt_mutex_lock(hub->lock);
    for (struct avt_http_stream *stream = hub->topics[topic_bucket(topic)]; stream;
         stream = stream->topic_next) {
        if (stream->kind != KIND_PARKED || !avt_str_equal(stream->topic, topic))
            continue;
        stream->woken = true;
        mark(stream);
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
    struct chunk *chunk = chunk_new(head.data, head.size);
    queue_push(&stream->out, chunk, 0);
    chunk_unref(chunk);
    avt_buf_done(&head);
    (void)setsockopt(stream->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
    stream->ping_ms = avt_clock_ms() + server->limits.ping_ms;
    stream->last_id = 0;
    if (take(stream, &server->hub->stream_count, server->limits.streams)) {
        request->was_stream = true;
        return stream;
    }
    stream->over = true;
    avt_stream_free(stream);
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
    return open_stream(request, stream_new(request, KIND_SSE, topic));
}

static ptrdiff_t ws_receive(void *data, size_t size, void *user)
{
    struct avt_http_stream *stream = user;
    return recv(stream->fd, data, size, MSG_DONTWAIT);
}

static bool ws_send(const void *data, size_t size, void *user)
{
    struct avt_http_stream *stream = user;
    append_bytes(stream, data, size);
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
    struct avt_http_stream *stream = stream_new(request, KIND_WS, topic);
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

void avt_http_stream_send(struct avt_http_stream *stream, int64_t id, const char *event,
                          const char *json)
{
    struct chunk *chunk = encode(stream->kind, id, event, json);
    avt_mutex_lock(stream->hub->lock);
    append_event(stream, chunk, id);
    chunk_unref(chunk);
    avt_mutex_unlock(stream->hub->lock);
}

static void begin_end(struct avt_http_stream *stream)
{
    if (stream->ending || stream->over)
        return;
    if (stream->kind == KIND_WS && !avt_ws_close(stream->ws, 1000))
        stream->doomed = true;
    stream->ending = true;
    mark(stream);
}

void avt_http_stream_live(struct avt_http_stream *stream)
{
    avt_mutex_lock(stream->hub->lock);
    stream->live = true;
    while (stream->held.head) {
        struct chunk *chunk = stream->held.head->chunk;
        int64_t id = stream->held.head->id;
        chunk->refs++;
        queue_pop(&stream->held);
        append_event(stream, chunk, id);
        chunk_unref(chunk);
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
    struct chunk *chunks[2] = {NULL, NULL};
    avt_mutex_lock(hub->lock);
    for (struct avt_http_stream *stream = hub->topics[topic_bucket(topic)]; stream;
         stream = stream->topic_next) {
        if (stream->kind > KIND_WS || stream->ending || stream->end_later ||
            !avt_str_equal(stream->topic, topic))
            continue;
        struct chunk **chunk = &chunks[stream->kind];
        if (!*chunk)
            *chunk = encode(stream->kind, id, event, json);
        if (stream->live)
            append_event(stream, *chunk, id);
        else
            append(stream, &stream->held, *chunk, id);
        if (last && stream->live)
            begin_end(stream);
        stream->end_later = last;
    }
    chunk_unref(chunks[KIND_SSE]);
    chunk_unref(chunks[KIND_WS]);
    avt_mutex_unlock(hub->lock);
}

bool avt_http_has_audience(struct avt_http_server *server, const char *topic)
{
    struct avt_stream_hub *hub = server->hub;
    bool found = false;
    avt_mutex_lock(hub->lock);
    for (struct avt_http_stream *stream = hub->topics[topic_bucket(topic)]; stream && !found;
         stream = stream->topic_next)
        found = stream->kind != KIND_LINGER && avt_str_equal(stream->topic, topic);
    avt_mutex_unlock(hub->lock);
    return found;
}
