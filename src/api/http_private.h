/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Inside of the HTTP server. Who may touch what:
 *
 *   library thread   Each connection belongs to one thread of the library for its life. Requests
 * are made, run and freed there, and only there. stream thread    One thread that writes to the
 * sockets of connections that a library thread has *taken*: suspended in the library and handed
 * over (streams, parked requests, and answers that must drain an unwanted body). When it is done
 * with one it resumes the connection, and the library thread goes on with the request. It also
 * closes connections that are over a deadline. any thread       wake, publish, counts: they only
 * queue something for the stream thread.
 *
 * A taken connection is out of the library's event loop (that is what suspending does, also for its
 * own protocol upgrades), so its socket has exactly one reader and writer at any time.
 */
#include <microhttpd.h>
#include <stdatomic.h>

#include "api/http.h"
#include "api/multipart.h"
#include "api/spool.h"
#include "api/target.h"
#include "base/buf.h"
#include "os/thread.h"

enum {
    AVT_HTTP_REQUEST_ID_SIZE = 65,
    AVT_HTTP_METHOD_SIZE = 17,
    AVT_HTTP_PEER_SIZE = 46,
    AVT_HTTP_ARENA_FIRST = 1024,
    AVT_HTTP_ARENA_NEXT = 4096,
    AVT_HTTP_ANSWER_HEADERS_MAX = 24,
    AVT_HTTP_SWALLOW_BYTES = 64 << 10, /* an unwanted body up to here is read before the answer */
};

/* ---- connections ----------------------------------------------------------------------------- */

/** What a connection is at, for its deadlines. */
enum avt_conn_phase {
    AVT_CONN_HEADERS, /* the first request is awaited */
    AVT_CONN_IDLE,    /* another one is awaited */
    AVT_CONN_BODY,
    AVT_CONN_HANDLER,
    AVT_CONN_ANSWER, /* being sent */
    AVT_CONN_TAKEN,  /* the stream thread has it, with deadlines of its own */
};

struct avt_conn {
    struct MHD_Connection *mhd;
    int fd;
    char peer[AVT_HTTP_PEER_SIZE];
    bool counted; /* among the peer's connections */
    struct avt_http_request *request; /* the present one; of the library's thread alone */
    atomic_int phase;
    atomic_llong since_ms;         /* that it is in this phase */
    atomic_llong request_since_ms; /* headers of the present request; 0: none */
    atomic_llong moved_bytes;      /* of the body, in this request */
    atomic_bool condemned;         /* over a deadline */
    /* guarded by server->lock */
    struct avt_conn *next, *prev;
    int64_t window_since_ms; /* for the rate; of the reaper alone */
    long long window_bytes;
};

/* ---- requests -------------------------------------------------------------------------------- */

enum avt_answer_kind { AVT_ANSWER_NONE, AVT_ANSWER_STATIC, AVT_ANSWER_OWNED, AVT_ANSWER_FILE };

/** An answer as handlers gave it; it goes to the library, or to the stream thread. */
struct avt_answer {
    enum avt_answer_kind kind;
    int status;
    const char *data; /* STATIC */
    char *owned;      /* OWNED */
    int fd;           /* FILE */
    uint64_t offset;
    uint64_t size;
    size_t header_count;
    struct {
        const char *name, *value; /* in the request's arena */
    } headers[AVT_HTTP_ANSWER_HEADERS_MAX];
};

enum avt_request_stage {
    AVT_REQUEST_NEW,     /* the request line is known */
    AVT_REQUEST_BODY,    /* begun, body comes in */
    AVT_REQUEST_SWALLOW, /* answer is ready, a short unwanted body is read first */
    AVT_REQUEST_HANDLED, /* answered, or given to the stream thread */
};

struct avt_arena_block {
    struct avt_arena_block *next;
    size_t size, used;
    _Alignas(16) char data[];
};
struct avt_on_free {
    struct avt_on_free *next;
    void (*call)(void *user);
    void *user;
};

struct avt_http_request {
    struct avt_http_server *server;
    struct avt_conn *conn;
    struct MHD_Connection *mhd;
    enum avt_request_stage stage;
    bool begun; /* finish is due */
    int64_t began_ms;
    double began_s;
    char *raw_target; /* until it is parsed */
    size_t raw_size;
    struct avt_target target;
    char method_text[AVT_HTTP_METHOD_SIZE];
    enum avt_http_method method;
    bool is_head, is_options, http_1_1;
    char id[AVT_HTTP_REQUEST_ID_SIZE];
    const struct avt_http_route *route;
    const char *allow; /* methods of the path, for 405 and OPTIONS */
    size_t param_count;
    struct {
        const char *name, *value;
        size_t name_size;
    } params[AVT_HTTP_PARAMS_MAX];
    int64_t content_length; /* -1: none */
    bool chunked;
    bool framed; /* it is clear where the request ends, so another may follow */

    uint64_t body_max, body_bytes;
    enum avt_http_body body_kind; /* UPLOAD resolved */
    struct avt_buf json;
    struct avt_multipart *multipart;
    struct avt_spool *spool; /* of the part that comes in */
    struct avt_buf field;
    size_t part_count, part_capacity;
    struct avt_http_part *parts;
    struct avt_spool **spools; /* [part_capacity], NULL for fields */

    struct avt_answer answer;
    avt_http_handler resumed;
    bool timed_out;
    bool was_stream;
    bool gone; /* the client, while the stream thread had it */
    uint64_t stream_bytes;
    struct avt_http_stream *taken;
    atomic_bool released; /* the stream thread is done with it */

    void *principal;
    struct avt_on_free *on_free;
    struct avt_arena_block *arena;
    size_t first_used;
    _Alignas(16) char first[AVT_HTTP_ARENA_FIRST];
};

/* ---- the server ------------------------------------------------------------------------------ */

enum { AVT_HTTP_TOPIC_BUCKETS = 1024, AVT_HTTP_ROUTES_MAX = 256 };

struct avt_route_shape {
    size_t segment_count;
    unsigned literal_mask; /* bit 31 - i: segment i is literal; larger is more exact */
    const char *segments[AVT_TARGET_SEGMENTS_MAX]; /* "{name}" or literal, in `text` */
    char *text;
};

struct avt_peer {
    struct avt_peer *next;
    char address[AVT_HTTP_PEER_SIZE];
    unsigned connections;
};
enum { AVT_HTTP_PEER_BUCKETS = 256 };

struct avt_http_server {
    struct avt_http_options options;
    struct avt_http_limits limits;  /* no zeros */
    struct avt_route_shape *shapes; /* [options.route_count] */
    char *spool;
    char **cors_origins; /* NULL-terminated, or NULL */
    struct MHD_Daemon *daemon;
    int listen_fd;
    unsigned port;
    uint64_t id_base;
    atomic_ullong id_next;
    atomic_uint requests, connections;
    atomic_ullong timed_out;
    atomic_bool stopping;

    struct avt_mutex *lock;
    /* guarded by lock */
    struct avt_conn *conns;
    struct avt_peer *peers[AVT_HTTP_PEER_BUCKETS];

    struct avt_stream_hub *hub;
};

/* http_request.c */
struct avt_http_request *avt_request_new(struct avt_http_server *server, struct avt_conn *conn,
                                         const char *raw_target);
void avt_request_free(struct avt_http_request *request);
/** Check method, headers and target; find the route. False: it has an answer. */
bool avt_request_check(struct avt_http_request *request, const char *method, const char *version);

/* http_route.c */
enum avt_code avt_routes_prepare(struct avt_http_server *server, struct avt_error *reterr);
void avt_routes_free(struct avt_http_server *server);
/** Sets route and params, or allow alone if only the method does not fit. */
void avt_route_find(struct avt_http_request *request);

/* http_body.c */
/** Before the first byte: kind and length. False: it has an answer. */
bool avt_body_begin(struct avt_http_request *request);
bool avt_body_take(struct avt_http_request *request, const char *data, size_t size);
bool avt_body_end(struct avt_http_request *request);
void avt_body_free(struct avt_http_request *request);

/* http_answer.c */
bool avt_answer_given(const struct avt_http_request *request);
/** Give the answer to the library; called where MHD_queue_response() may be. */
enum MHD_Result avt_answer_queue(struct avt_http_request *request);
/** Status line and headers as bytes, for the stream thread. `length` < 0: no Content-Length. */
void avt_answer_head(struct avt_http_request *request, int64_t length, struct avt_buf *head);
void avt_answer_done(struct avt_answer *answer);
/** Headers that every answer carries. */
void avt_answer_common_headers(struct avt_http_request *request);
bool avt_cors_allowed(const struct avt_http_server *server, const char *origin);

/* http_stream.c */
struct avt_stream_hub *avt_hub_start(struct avt_http_server *server, struct avt_error *reterr);
/** All that is taken is ended (parked requests resumed as timed out, streams told "bye"), at once
 * with `now`. */
void avt_hub_drain(struct avt_stream_hub *hub, bool now);
void avt_hub_stop(struct avt_stream_hub *hub);
/** Answer by the stream thread, which then reads and drops what still comes, for a while. */
void avt_hub_linger(struct avt_http_request *request);
void avt_hub_counts(struct avt_stream_hub *hub, struct avt_http_counts *ret_counts);
void avt_stream_free(struct avt_http_stream *stream);

/* http_deadline.c */
void avt_conn_enter(struct avt_conn *conn, enum avt_conn_phase phase);
/** Close what is over its deadlines; from the stream thread, every few hundred ms. */
void avt_deadlines_check(struct avt_http_server *server, int64_t now_ms);
/** Bytes that the peer has acknowledged on this connection so far. */
long long avt_conn_acked_bytes(const struct avt_conn *conn);

int64_t avt_clock_ms(void);
