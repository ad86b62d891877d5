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
#include "api/http_hub.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    EVENTS_MAX = 256,
    IOV_MAX_HERE = 16,
    TICK_MS = 250,
    LINGER_MS = 3000,
    LINGER_BYTES = 16 << 20,
    STOP_POLL_MS = 5,
    READ_BYTES = 16 << 10,
    PULL_MS = 20,    /* between two looks at what is being made */
};

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

void avt_stream_mark(struct avt_http_stream *stream)
{
    struct avt_stream_hub *hub = stream->hub;
    if (stream->over || stream->is_dirty)
        return;
    stream->is_dirty = true;
    stream->dirty_next = hub->dirty;
    hub->dirty = stream;
    ring(hub);
}

void avt_stream_append(struct avt_http_stream *stream, struct avt_outbox *queue,
                       struct avt_chunk *chunk, int64_t id)
{
    size_t max = stream->hub->server->limits.stream_buffer_bytes;
    if (stream->over || stream->doomed)
        return;
    if (stream->out.bytes + stream->held.bytes + chunk->size > max &&
        stream->kind != AVT_STREAM_LINGER) {
        stream->doomed = true;
        stream->hub->dropped++;
    } else {
        avt_outbox_push(queue, chunk, id);
    }
    avt_stream_mark(stream);
}

void avt_stream_append_bytes(struct avt_http_stream *stream, const void *data, size_t size)
{
    struct avt_chunk *chunk = avt_chunk_new(data, size);
    avt_stream_append(stream, &stream->out, chunk, 0);
    avt_chunk_unref(chunk);
}

/* ---- membership ------------------------------------------------------------------------------ */

unsigned avt_topic_bucket(const char *topic)
{
    unsigned hash = 5381;
    for (; *topic != '\0'; topic++)
        hash = hash * 33 + (unsigned char)*topic;
    return hash % AVT_HTTP_TOPIC_BUCKETS;
}

struct avt_http_stream *avt_stream_new(struct avt_http_request *request, enum avt_stream_kind kind,
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
    avt_outbox_init(&stream->out);
    avt_outbox_init(&stream->held);
    return stream;
}

/* Is there something to ask for it, again and again? */
static bool is_asked(const struct avt_http_stream *stream)
{
    return stream->kind == AVT_STREAM_BYTES || stream->ready;
}

bool avt_stream_take(struct avt_http_stream *stream, unsigned *count, unsigned max)
{
    struct avt_stream_hub *hub = stream->hub;
    uint32_t events = stream->kind == AVT_STREAM_PARKED ? EPOLLRDHUP : EPOLLIN | EPOLLRDHUP;
    avt_mutex_lock(hub->lock);
    if ((hub->draining && stream->kind != AVT_STREAM_LINGER) || hub->stopping ||
        (count && *count >= max)) {
        stream->over = true;
        avt_mutex_unlock(hub->lock);
        avt_stream_free(stream);
        return false;
    }
    if (count)
        (*count)++;
    hub->taken_count++;
    hub->asked_count += is_asked(stream);
    MHD_suspend_connection(stream->mhd);
    avt_conn_enter(stream->request->conn, AVT_CONN_TAKEN);
    stream->request->taken = stream;
    stream->next = hub->taken;
    stream->link = &hub->taken;
    if (stream->next)
        stream->next->link = &stream->next;
    hub->taken = stream;
    struct avt_http_stream **bucket = &hub->topics[avt_topic_bucket(stream->topic)];
    stream->topic_next = *bucket;
    stream->topic_link = bucket;
    if (*bucket)
        (*bucket)->topic_link = &stream->topic_next;
    *bucket = stream;
    if (epoll_ctl(hub->epoll_fd, EPOLL_CTL_ADD, stream->fd,
                  &(struct epoll_event){.events = events, .data.ptr = stream}) != 0)
        stream->doomed = true;
    avt_stream_mark(stream);
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
    hub->asked_count -= is_asked(stream);
    if (stream->kind == AVT_STREAM_PARKED)
        hub->parked_count--;
    else if (stream->kind != AVT_STREAM_LINGER)
        hub->stream_count--;
    request->stream_bytes += stream->sent_bytes;
    /* The library sees the end of input and closes, in whatever state it was suspended. */
    if (stream->kind != AVT_STREAM_PARKED || request->gone)
        (void)shutdown(stream->fd, SHUT_RDWR);
    atomic_store(&request->released, true);
    MHD_resume_connection(stream->mhd);
}

void avt_stream_free(struct avt_http_stream *stream)
{
    if (!stream)
        return;
    struct avt_mutex *lock = stream->hub->lock;
    avt_mutex_lock(lock);
    avt_assert(stream->over && !stream->is_dirty);
    avt_outbox_clear(&stream->out);
    avt_outbox_clear(&stream->held);
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
        avt_outbox_pop(&stream->out);
    }
}

bool avt_stream_write_out(struct avt_http_stream *stream)
{
    while (stream->out.head) {
        struct iovec iov[IOV_MAX_HERE];
        struct msghdr message = {.msg_iov = iov};
        for (struct avt_outbox_item *node = stream->out.head;
             node && message.msg_iovlen < IOV_MAX_HERE; node = node->next) {
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
    stream->request->gone = stream->kind == AVT_STREAM_PARKED;
    let_go(stream);
}

/* Brings a stream as far as it goes now. */
static void serve(struct avt_http_stream *stream)
{
    if (stream->over)
        return;
    if (stream->kind == AVT_STREAM_PARKED) {
        if (stream->doomed)
            end_as_gone(stream);
        else if (stream->woken || (stream->ready && stream->ready(stream->ready_user)))
            let_go(stream);
        return;
    }
    bool whole = !stream->doomed && avt_stream_write_out(stream);
    if (whole && stream->kind == AVT_STREAM_BYTES)
        whole = avt_source_pull(stream);
    if (!whole) {
        end_as_gone(stream);
    } else if (!stream->out.head && stream->ending && stream->kind == AVT_STREAM_LINGER) {
        if (!stream->half_closed)
            (void)shutdown(stream->fd, SHUT_WR);
        stream->half_closed = true;
    } else if (!stream->out.head && stream->ending &&
               (stream->kind == AVT_STREAM_SSE || stream->kind == AVT_STREAM_BYTES)) {
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
    if (stream->kind == AVT_STREAM_PARKED || (events & (EPOLLERR | EPOLLHUP)) != 0) {
        end_as_gone(stream);
        return;
    }
    if (events & EPOLLOUT)
        serve(stream);
    if (stream->over || !(events & (EPOLLIN | EPOLLRDHUP)))
        return;
    if (stream->kind == AVT_STREAM_WS) {
        enum avt_ws_state state = avt_ws_read(stream->ws);
        if (state == AVT_WS_OPEN)
            return;
        (void)avt_stream_write_out(stream); /* its close frame, if there is one */
        end_as_gone(stream);
    } else if (!drain(stream) || ((events & EPOLLRDHUP) && (stream->kind == AVT_STREAM_SSE ||
                                                         stream->kind == AVT_STREAM_BYTES))) {
        end_as_gone(stream);
    }
}

static void ping(struct avt_http_stream *stream, int64_t now_ms)
{
    stream->ping_ms = now_ms + stream->hub->server->limits.ping_ms;
    if (stream->kind == AVT_STREAM_SSE)
        avt_stream_append_bytes(stream, ": ping\n\n", 8);
    else if (stream->kind == AVT_STREAM_WS && !avt_ws_ping(stream->ws))
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
        if (stream->kind == AVT_STREAM_PARKED)
            stream->request->timed_out = true;
        let_go(stream);
    }
}

/* What is being made says nothing when there is more of it. */
static void look_at_sources(struct avt_stream_hub *hub)
{
    struct avt_http_stream *next;
    for (struct avt_http_stream *stream = hub->asked_count > 0 ? hub->taken : NULL; stream;
         stream = next) {
        next = stream->next;
        if (is_asked(stream) && !stream->out.head)
            serve(stream);
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
    bool asking = false;
    for (bool stopping = false; !stopping;) {
        int64_t wait_ms = tick_ms - avt_clock_ms();
        if (asking && wait_ms > PULL_MS)
            wait_ms = PULL_MS;
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
        look_at_sources(hub);
        if (now_ms >= tick_ms) {
            look_at_clocks(hub, now_ms);
            serve_dirty(hub);
        }
        asking = hub->asked_count > 0;
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
        } else if (stream->kind == AVT_STREAM_PARKED) {
            stream->request->timed_out = true;
            stream->woken = true;
        } else if (stream->kind == AVT_STREAM_SSE && !stream->ending) {
            static const char bye[] = "event: bye\ndata: {}\n\n";
            avt_stream_append_bytes(stream, bye, sizeof(bye) - 1);
            stream->ending = true;
        } else if (stream->kind == AVT_STREAM_WS && !stream->ending) {
            stream->doomed = !avt_ws_close(stream->ws, 1001);
            stream->ending = true;
        }
        avt_stream_mark(stream);
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
    struct avt_http_stream *stream = avt_stream_new(request, AVT_STREAM_LINGER, "");
    struct avt_answer *answer = &request->answer;
    struct avt_buf bytes = AVT_BUF_INIT(SIZE_MAX / 2);
    avt_assert(answer->kind == AVT_ANSWER_STATIC || answer->kind == AVT_ANSWER_OWNED);
    avt_http_add_header(request, "Connection", "close");
    avt_answer_head(request, (int64_t)answer->size, &bytes);
    if (!request->is_head && answer->size > 0)
        avt_buf_append(&bytes, answer->owned ? answer->owned : answer->data, (size_t)answer->size);
    struct avt_chunk *chunk = avt_chunk_new(bytes.data, bytes.size);
    avt_outbox_push(&stream->out, chunk, 0);
    avt_chunk_unref(chunk);
    avt_buf_done(&bytes);
    stream->ending = true;
    stream->deadline_ms = avt_clock_ms() + LINGER_MS;
    /* Stopping: the connection is closed without an answer. */
    if (!avt_stream_take(stream, NULL, 0))
        (void)shutdown(request->conn->fd, SHUT_RDWR);
}
