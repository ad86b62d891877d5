/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Inside of the stream thread, for http_stream.c: what a taken connection is, and how others ask
 * for something. Everything here is guarded by hub->lock. The functions that take a stream are
 * called with the lock held, except avt_stream_new() and avt_stream_take().
 */
#include "api/http_private.h"
#include "api/outbox.h"
#include "api/websocket.h"

enum avt_stream_kind {
    AVT_STREAM_SSE,
    AVT_STREAM_WS,
    AVT_STREAM_PARKED,
    AVT_STREAM_LINGER, /* an answer, then a body that nobody wants */
    AVT_STREAM_BYTES,  /* a body that is made while it is sent */
};

struct avt_http_stream {
    struct avt_stream_hub *hub;
    struct avt_http_request *request;
    struct MHD_Connection *mhd;
    int fd;
    enum avt_stream_kind kind;
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
    struct avt_outbox out, held;
    size_t sent_of_head; /* bytes of out.head that are out */
    uint64_t sent_bytes;
    size_t drained_bytes;
    struct avt_ws *ws;
    struct avt_http_source source; /* of BYTES */
    avt_http_ready_fn ready;       /* of PARKED; NULL: only woken */
    void *ready_user;
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
    unsigned asked_count; /* of those taken: with something to ask every PULL_MS */
    uint64_t dropped;
};

struct avt_http_stream *avt_stream_new(struct avt_http_request *request, enum avt_stream_kind kind,
                                       const char *topic);
/** Suspends the connection and makes it the stream thread's. Called by the library's thread, in the
 *  callback of this request, where suspending is allowed. False, and the stream freed, if `*count`
 *  (NULL: not counted) has reached `max` or the server is stopping. */
bool avt_stream_take(struct avt_http_stream *stream, unsigned *count, unsigned max);
/** Let the thread look at it. */
void avt_stream_mark(struct avt_http_stream *stream);
/** Adds a chunk, or dooms the stream if its client is too slow for more. */
void avt_stream_append(struct avt_http_stream *stream, struct avt_outbox *outbox,
                       struct avt_chunk *chunk, int64_t id);
void avt_stream_append_bytes(struct avt_http_stream *stream, const void *data, size_t size);
/** Sends of the queue what the socket takes. False: the connection is broken. */
bool avt_stream_write_out(struct avt_http_stream *stream);
/** Asks the source of a BYTES stream for more as long as the client takes it. False: the connection or
 *  the source is broken. */
bool avt_source_pull(struct avt_http_stream *stream);
unsigned avt_topic_bucket(const char *topic);
