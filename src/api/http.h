/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * An HTTP/1.1 server: a table of routes, requests with a checked path, bodies in memory or spooled
 * to disk, answers from memory or file, event streams and WebSockets. It hides the HTTP library
 * completely and knows nothing of jobs.
 *
 * Life of a request:
 *   headers are complete -> hook `begin` (may refuse) -> the body is taken in, to its limits
 *   -> handler of the route: answers, or parks the request, or turns it into a stream
 *   -> hook `finish`, then everything that belongs to the request is freed.
 *
 * What is refused before a handler sees it: paths that are not strict (percent-decoded once; no
 * NUL, control character, "..", empty or "." segment), unknown routes (404), other methods (405 +
 * Allow), bodies that are too long (413), of another kind than the route takes (415, also any
 * Content-Encoding), contradictory framing (400), and clients that are too slow.
 * HEAD is answered by the handler of GET, OPTIONS by the server (Allow; CORS for the origins
 * configured).
 *
 * Threads: begin, handlers, resumed handlers and finish run on the server's own threads, one
 * request's calls one after another. A handler that blocks holds up the other requests of its
 * thread. Only the functions that say so may be called from any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"

struct avt_http_server;
struct avt_http_request;
struct avt_http_stream;

/* ---- routes ---------------------------------------------------------------------------------- */

enum avt_http_method {
    AVT_HTTP_GET, /* and HEAD */
    AVT_HTTP_POST,
    AVT_HTTP_PUT,
    AVT_HTTP_PATCH,
    AVT_HTTP_DELETE,
    AVT_HTTP_METHOD_COUNT,
};

enum avt_http_body {
    AVT_HTTP_BODY_NONE,      /* a body of any length but 0 is refused (413) */
    AVT_HTTP_BODY_JSON,      /* application/json (or +json) in memory; none at all is fine too */
    AVT_HTTP_BODY_MULTIPART, /* multipart/form-data: files spooled, short fields in memory */
    AVT_HTTP_BODY_RAW,       /* any type, spooled as one part with the name "" */
    AVT_HTTP_BODY_UPLOAD,    /* MULTIPART if the Content-Type says so, else RAW */
};

typedef void (*avt_http_handler)(struct avt_http_request *request, void *user);

enum { AVT_HTTP_PARAMS_MAX = 4, AVT_HTTP_QUERY_MAX = 32, AVT_HTTP_TOPIC_SIZE = 64 };

struct avt_http_route {
    enum avt_http_method method;
    const char *path; /* "/jobs/{id}/result": {name} is one whole segment; literals win over it */
    avt_http_handler handler;
    enum avt_http_body body;
    uint64_t body_bytes_max; /* 0: limits.json_bytes or limits.upload_bytes, by the kind of body */
    const void *data;        /* the caller's, for its hooks: avt_http_route() */
};

/* ---- the server ------------------------------------------------------------------------------ */

/** Every limit has an option of avatar-server. Zero means the default that stands beside it. */
struct avt_http_limits {
    size_t header_bytes;   /* request line and headers: 32 KiB; a connection has twice that */
    size_t uri_bytes;      /* path and query as sent: 8 KiB */
    size_t headers;        /* lines: 100 */
    uint64_t json_bytes;   /* 5 MiB */
    uint64_t upload_bytes; /* 512 MiB */
    size_t parts;          /* of a multipart body: 32 */
    size_t field_bytes;    /* a multipart field that is no file: 64 KiB */
    unsigned connections;  /* 2048 */
    unsigned connections_per_peer; /* 256; loopback addresses (a proxy) are not counted */
    unsigned streams;              /* event streams and WebSockets together: 1000 */
    size_t stream_buffer_bytes;    /* waiting for one slow client, which is then dropped: 256 KiB */
    unsigned parked;               /* requests that wait: 512 */
    unsigned header_ms;            /* from connecting to the end of the headers: 10 s */
    unsigned idle_ms;              /* from one answer to the end of the next headers: 30 s */
    unsigned rate_bytes_s;         /* slowest body, either way, over any stall_ms: 1024 */
    unsigned stall_ms;             /* 30 s */
    unsigned request_ms;           /* from the headers to the last byte of the answer: 1 h */
    unsigned ping_ms;              /* between signs of life in a stream: 15 s */
};

/** How a request ended, for metrics and the access log. All borrowed for the call. */
struct avt_http_finished {
    const char *method; /* as sent, at most 16 characters; "-" if it never was one */
    const char *route;  /* template; "" if none matched */
    int status;         /* 499: the client went away before an answer */
    uint64_t bytes_in;  /* body */
    uint64_t bytes_out; /* body; 0 if it was cut off */
    double seconds;     /* from the headers to the end */
    bool stream;        /* it was an event stream or a WebSocket */
};

struct avt_http_options {
    const char *host; /* address to listen on: "127.0.0.1", "::1", "0.0.0.0", "::" */
    unsigned port;    /* 0: any free one, see avt_http_port() */
    unsigned threads; /* 0: 4 per processor, 8 to 32 */
    const char
        *spool; /* folder for bodies on their way; must exist, on the storage's file system */
    const char *const
        *cors_origins; /* "https://example.org", NULL-terminated; NULL: no CORS; "*": any */
    struct avt_http_limits limits;
    const struct avt_http_route *routes; /* [route_count], borrowed for the server's life */
    size_t route_count;

    /** Headers are known, the body is not read. False: it has answered (401, 429, 507 ...), the
     * rest is not wanted and the connection closes if a body was coming. Also called when no route
     * matched (avt_http_route() is NULL), before the 404 or 405. May be NULL. */
    bool (*begin)(struct avt_http_request *request, void *user);
    /** Answers with an error that the server itself or avt_http_fail() found. NULL: problem+json.
     */
    void (*fail)(struct avt_http_request *request, int status, const char *code, const char *detail,
                 void *user);
    /** The last call of a request, exactly one for each that had headers. May be NULL. */
    void (*finish)(struct avt_http_request *request, const struct avt_http_finished *how,
                   void *user);
    void *user;
};

/** Listens and starts its threads. The options are copied, except where they say borrowed.
 *  @return AVT_OK, AVT_EINVAL (host or routes), AVT_EIO (address in use or not ours, spool not
 * writable). */
AVT_CHECKED enum avt_code avt_http_start(const struct avt_http_options *options,
                                         struct avt_http_server **ret_server,
                                         struct avt_error *reterr);
unsigned avt_http_port(const struct avt_http_server *server);
/** No new connections; answers under way get up to grace_ms; streams get a last "bye"; then all is
 *  closed and freed. Does nothing for NULL. */
void avt_http_stop(struct avt_http_server *server, unsigned grace_ms);

struct avt_http_counts {
    unsigned connections, requests, streams, parked;
    uint64_t streams_dropped; /* too slow */
    uint64_t timed_out;       /* connections closed for one of the deadlines */
};
/** From any thread. */
void avt_http_counts(struct avt_http_server *server, struct avt_http_counts *ret_counts);

/* ---- what was asked -------------------------------------------------------------------------- */
/* All pointers are borrowed and live as long as the request. */

const struct avt_http_route *avt_http_route(const struct avt_http_request *request);
enum avt_http_method avt_http_method(const struct avt_http_request *request); /* HEAD is GET */
/** Decoded; as sent, with its query, if it is refused. */
const char *avt_http_path(const struct avt_http_request *request);
/** Value of "{name}" in the template, decoded; an assertion fails for a name it does not have. */
const char *avt_http_param(const struct avt_http_request *request, const char *name);
/** Decoded value of a query parameter ("" for "?x" and "?x="), the first if it is given twice; NULL
 * if absent. */
const char *avt_http_query(const struct avt_http_request *request, const char *name);
/** All of them in order, to find unknown and repeated ones: NULL beyond the last. */
const char *avt_http_query_at(const struct avt_http_request *request, size_t index,
                              const char **ret_value);
/** NULL if absent; case of the name does not matter. The first of repeated ones. */
const char *avt_http_header(const struct avt_http_request *request, const char *name);
/** What the client announced; -1: no Content-Length (no body, or a chunked one). */
int64_t avt_http_content_length(const struct avt_http_request *request);
bool avt_http_has_body(const struct avt_http_request *request);
/** The client's X-Request-Id if it is 1 to 64 of [A-Za-z0-9._-], else a fresh one. It is also the
 *  X-Request-Id of the answer. */
const char *avt_http_request_id(const struct avt_http_request *request);
/** Numeric address of who connected. */
const char *avt_http_peer(const struct avt_http_request *request);
/** Last-Event-ID (header, or query parameter last_event_id): 0 if absent or no number. */
int64_t avt_http_last_event_id(const struct avt_http_request *request);
/** N of "Prefer: wait=N", capped at max_s; 0 without. */
unsigned avt_http_prefer_wait_s(const struct avt_http_request *request, unsigned max_s);
/** A body of kind JSON as sent, NUL-terminated; "" and 0 if there was none. */
const char *avt_http_json(const struct avt_http_request *request, size_t *ret_size);

enum { AVT_HTTP_HEAD_BYTES = 4096 };
/** A part of a multipart body, or a raw body. */
struct avt_http_part {
    const char *name;       /* of the form field; "" for a raw body */
    const char *filename;   /* as the client calls it, for show only; NULL: a field, see value */
    const char *media_type; /* as the client claims; "" if it does not */
    const char *value;      /* of a field, NUL-terminated, may hold NULs; NULL for a file */
    uint64_t size;
    char sha256[AVT_SHA256_HEX_SIZE];
    const uint8_t *head; /* the first bytes, for sniffing */
    size_t head_size;    /* at most AVT_HTTP_HEAD_BYTES */
    int fd;              /* of a file: the whole of it, readable, at any offset; -1 for a field */
};
size_t avt_http_part_count(const struct avt_http_request *request);
const struct avt_http_part *avt_http_part(const struct avt_http_request *request, size_t index);
/** The first part with that name, or NULL. */
const struct avt_http_part *avt_http_part_named(const struct avt_http_request *request,
                                                const char *name);
/** Give a spooled file a name: fsync, then it appears whole at `path` (mode 0600; same file system
 * as the spool; nothing may be there). Without this nothing of it remains.
 *  @return AVT_OK, AVT_ENOSPACE, AVT_EIO (also if the name is taken). */
AVT_CHECKED enum avt_code avt_http_part_keep(const struct avt_http_part *part, const char *path,
                                             struct avt_error *reterr);

/* ---- things that live as long as the request ------------------------------------------------- */

/** Zeroed memory. Sizes are ours or capped by a limit: aborts when memory runs out. */
void *avt_http_alloc(struct avt_http_request *request, size_t size);
char *avt_http_strdup(struct avt_http_request *request, const char *text);
char *avt_http_printf(struct avt_http_request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Called after finish, the last added first. */
void avt_http_on_free(struct avt_http_request *request, void (*call)(void *user), void *user);
/** One slot for who asks: set by begin, read by handlers and finish. */
void avt_http_set_principal(struct avt_http_request *request, void *principal);
void *avt_http_principal(const struct avt_http_request *request);

/* ---- answers --------------------------------------------------------------------------------- */
/* Exactly one answer per request. A handler that returns without one, parked or stream is our bug:
 * 500. */

/** The server that it came in by, for avt_http_wake() and avt_http_publish(). */
struct avt_http_server *avt_http_server(const struct avt_http_request *request);

/** A header of the answer to come. False, and not added, if name or value hold what a header cannot
 *  (control characters). The server adds Date, Content-Length, X-Request-Id,
 * X-Content-Type-Options, CORS headers, Connection by itself. */
bool avt_http_add_header(struct avt_http_request *request, const char *name, const char *value);
/** Bytes, copied. For HEAD only their number is sent. media_type NULL: no Content-Type. */
void avt_http_answer(struct avt_http_request *request, int status, const char *media_type,
                     const void *data, size_t size);
/** As above, but `data` (malloc) is taken. */
void avt_http_answer_take(struct avt_http_request *request, int status, const char *media_type,
                          char *data, size_t size);
/** As above, but `data` lives for ever. */
void avt_http_answer_static(struct avt_http_request *request, int status, const char *media_type,
                            const void *data, size_t size);
/** An error, through the hook `fail`. `code` is a short stable name ("not_found"); the sentence is
 * for a person. */
void avt_http_fail(struct avt_http_request *request, int status, const char *code,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

struct avt_http_file {
    int fd; /* of a regular file */
    uint64_t size;
    int64_t modified_s; /* seconds since 1970 */
    char etag[80];      /* with its quotes; "" = none */
    const char *media_type;
    const char *filename;         /* Content-Disposition; NULL: none */
    bool attachment;              /* else inline */
    const char *cache_control;    /* NULL: "no-cache" (keep, but ask each time) */
    const char *content_encoding; /* of the bytes as stored ("gzip"); NULL: none */
};
/** Open a regular file and fill fd, size, modified_s and an etag of device, inode, size and time;
 * the rest is zero. A symbolic link as the last part is refused.
 *  @return AVT_OK, AVT_ENOENT (also for what is no regular file), AVT_EIO. */
AVT_CHECKED enum avt_code avt_http_file_open(const char *path, struct avt_http_file *ret_file,
                                             struct avt_error *reterr);
/** Answers 200, 206 (one range), 304, 412 or 416 as the request's Range, If-Range, If-None-Match,
 *  If-Modified-Since and If-Match say. file->fd is taken, also on failure. */
void avt_http_answer_file(struct avt_http_request *request, const struct avt_http_file *file);

/* ---- waiting --------------------------------------------------------------------------------- */

/**
 * Park the request from its handler: it takes no thread until avt_http_wake() is called for its
 * topic or deadline_ms have passed; then `resumed` runs as its handler (and may park it again). If
 * the client goes away meanwhile, `resumed` is not called.
 *
 * A wake that comes between looking and parking would be missed, so: park first, then look, and if
 * it is time already, call avt_http_wake() oneself. False: too many are parked, nothing changed, so
 * answer at once.
 */
bool avt_http_park(struct avt_http_request *request, const char *topic, unsigned deadline_ms,
                   avt_http_handler resumed);
/** As avt_http_park(), and `ready`, if not NULL, is asked from time to time: true wakes. It is called by
 *  the stream thread until `resumed` is or the request ends, and must not block. */
typedef bool (*avt_http_ready_fn)(void *user);
bool avt_http_park_until(struct avt_http_request *request, const char *topic, unsigned deadline_ms,
                         avt_http_ready_fn ready, void *ready_user, avt_http_handler resumed);
/** In `resumed`: it was the deadline. */
bool avt_http_timed_out(const struct avt_http_request *request);
/** Wake all that are parked on `topic`. From any thread. */
void avt_http_wake(struct avt_http_server *server, const char *topic);

/* ---- streams --------------------------------------------------------------------------------- */
/*
 * A stream is an event stream (SSE) or a WebSocket; both carry the same events. An event has a
 * sequence number (> 0, growing; 0: not kept anywhere, so it cannot be asked for again), a type and
 * one line of JSON. As SSE: "id:", "event:", "data:"; as WebSocket: the text message
 * {"id": 7, "event": "status", "data": {...}} (no id if 0).
 *
 * A stream begins in replay: what avt_http_stream_send() sends goes out, what avt_http_publish()
 * brings waits behind it. avt_http_stream_live() ends the replay: the waiting events follow,
 * without those whose number is not above the last one sent. So the order of a handler is: open,
 * replay from the store, live. A stream whose client reads too slowly (limits.stream_buffer_bytes)
 * is dropped; a client may come back with Last-Event-ID.
 */

/** Answer with an event stream that gets what is published on `topic`. Borrowed until the handler
 *  returns; NULL: refused (too many streams, or a HEAD), it has answered. */
struct avt_http_stream *avt_http_stream_sse(struct avt_http_request *request, const char *topic);
/** The same as a WebSocket. Also NULL (400, 403, 426) if the request is no handshake of version 13,
 * or its Origin is neither this host nor one of cors_origins. Messages of the client are read and
 * ignored. */
struct avt_http_stream *avt_http_stream_websocket(struct avt_http_request *request,
                                                  const char *topic);
void avt_http_stream_send(struct avt_http_stream *stream, int64_t id, const char *event,
                          const char *json);
void avt_http_stream_live(struct avt_http_stream *stream);
/** Close once all that was sent is out: for a job that is over when the stream is opened. */
void avt_http_stream_end(struct avt_http_stream *stream);

/* Bytes that are made while they are sent. They wait with who makes them until the client has taken what
 * came before, so a slow client costs no memory; one that takes less than a piece in limits.stall_ms is
 * dropped. */
enum { AVT_HTTP_SOURCE_END = -1, AVT_HTTP_SOURCE_BROKEN = -2, AVT_HTTP_SOURCE_BYTES = 32 << 10 };
struct avt_http_source {
    /** Up to `size` (AVT_HTTP_SOURCE_BYTES) of what comes next; 0: nothing yet, will be asked again; END;
     *  BROKEN: the connection is cut, so that nobody takes what went out for the whole. */
    ptrdiff_t (*read)(void *user, void *data, size_t size);
    /** What is published on the stream's topic, or sent to the stream. */
    void (*event)(void *user, const char *event, const char *json);
    void *user; /* must live as long as the request */
};
/** Answer 200 with what `source` gives. Its functions are called one at a time, by the stream thread or
 *  whoever publishes, and must not block. Returned as by avt_http_stream_sse(). */
struct avt_http_stream *avt_http_stream_bytes(struct avt_http_request *request, const char *topic,
                                              const char *media_type,
                                              const struct avt_http_source *source);

/** Send an event to all streams of `topic`. `last`: nothing comes after it, they end. From any
 * thread. */
void avt_http_publish(struct avt_http_server *server, const char *topic, int64_t id,
                      const char *event, const char *json, bool last);
/** True if a stream or a parked request waits for `topic`. From any thread. */
bool avt_http_has_audience(struct avt_http_server *server, const char *topic);
