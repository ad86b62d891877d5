/* SPDX-License-Identifier: Apache-2.0 */
/* Start and stop, and the calls of the HTTP library: from a connection to a handler's answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "api/http_private.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"

enum { BACKLOG = 511, STACK_BYTES = 1 << 20, STOP_POLL_MS = 10, CORS_ORIGINS_MAX = 64 };

/* ---- the end of a request ---------------------------------------------------------------------
 */

static uint64_t bytes_out(const struct avt_http_request *request, bool complete)
{
    if (request->was_stream)
        return request->stream_bytes;
    if (request->is_head || request->answer.status == 204 || request->answer.status == 304 ||
        !complete)
        return 0;
    return request->answer.size;
}

/* The one place where a request ends, whatever became of it. */
static void end_request(struct avt_http_server *server, struct avt_http_request *request,
                        bool complete)
{
    struct avt_conn *conn = request->conn;
    if (request->begun && server->options.finish) {
        struct avt_http_finished finished = {
            .method = request->method_text,
            .route = request->route ? request->route->path : "",
            .status = request->answer.status && !request->gone ? request->answer.status : 499,
            .bytes_in = request->body_bytes,
            .bytes_out = bytes_out(request, complete),
            .seconds = avt_now_s() - request->began_s,
            .stream = request->was_stream,
        };
        server->options.finish(request, &finished, server->options.user);
    }
    conn->request = NULL;
    atomic_store(&conn->request_since_ms, 0);
    avt_conn_enter(conn, AVT_CONN_IDLE);
    avt_request_free(request);
    atomic_fetch_sub(&server->requests, 1);
}

/* ---- connections ----------------------------------------------------------------------------- */

static unsigned peer_bucket(const char *address)
{
    unsigned hash = 5381;
    for (; *address != '\0'; address++)
        hash = hash * 33 + (unsigned char)*address;
    return hash % AVT_HTTP_PEER_BUCKETS;
}

static void peer_text(const struct sockaddr *address, char out[AVT_HTTP_PEER_SIZE])
{
    out[0] = '\0';
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)(const void *)address;
        (void)inet_ntop(AF_INET, &in4->sin_addr, out, AVT_HTTP_PEER_SIZE);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
        if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
            (void)inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], out, AVT_HTTP_PEER_SIZE);
        else
            (void)inet_ntop(AF_INET6, &in6->sin6_addr, out, AVT_HTTP_PEER_SIZE);
    }
}

static bool is_loopback(const char *address)
{
    return avt_str_starts(address, "127.") || avt_str_equal(address, "::1");
}

/* The entry of an address; made if there is none and `make`. */
static struct avt_peer *find_peer(struct avt_http_server *server, const char *address, bool make)
{
    struct avt_peer **bucket = &server->peers[peer_bucket(address)];
    for (struct avt_peer *peer = *bucket; peer; peer = peer->next)
        if (avt_str_equal(peer->address, address))
            return peer;
    if (!make)
        return NULL;
    struct avt_peer *peer = avt_new0(struct avt_peer, 1);
    memcpy(peer->address, address, strlen(address) + 1);
    peer->next = *bucket;
    *bucket = peer;
    return peer;
}

static void drop_peer(struct avt_http_server *server, const char *address)
{
    struct avt_peer **link = &server->peers[peer_bucket(address)];
    while (*link && !avt_str_equal((*link)->address, address))
        link = &(*link)->next;
    struct avt_peer *peer = *link;
    if (peer && --peer->connections == 0) {
        *link = peer->next;
        avt_free(peer);
    }
}

static enum MHD_Result on_accept(void *user, const struct sockaddr *address, socklen_t size)
{
    struct avt_http_server *server = user;
    char text[AVT_HTTP_PEER_SIZE];
    (void)size;
    if (atomic_load(&server->stopping))
        return MHD_NO;
    peer_text(address, text);
    if (is_loopback(text))
        return MHD_YES;
    avt_mutex_lock(server->lock);
    const struct avt_peer *peer = find_peer(server, text, false);
    bool full = peer && peer->connections >= server->limits.connections_per_peer;
    avt_mutex_unlock(server->lock);
    return full ? MHD_NO : MHD_YES;
}

static void conn_started(struct avt_http_server *server, struct MHD_Connection *mhd, void **context)
{
    struct avt_conn *conn = avt_new0(struct avt_conn, 1);
    int on = 1;
    conn->mhd = mhd;
    conn->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    peer_text(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr,
              conn->peer);
    /* Events are small and go out one by one. */
    (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    avt_conn_enter(conn, AVT_CONN_HEADERS);
    avt_mutex_lock(server->lock);
    conn->counted = !is_loopback(conn->peer);
    if (conn->counted)
        find_peer(server, conn->peer, true)->connections++;
    conn->next = server->conns;
    if (conn->next)
        conn->next->prev = conn;
    server->conns = conn;
    avt_mutex_unlock(server->lock);
    atomic_fetch_add(&server->connections, 1);
    *context = conn;
}

static void conn_closed(struct avt_http_server *server, struct avt_conn *conn)
{
    /* Some malformed requests end with no word to on_completed(). */
    if (conn->request)
        end_request(server, conn->request, false);
    avt_mutex_lock(server->lock);
    if (conn->counted)
        drop_peer(server, conn->peer);
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        server->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    avt_mutex_unlock(server->lock);
    atomic_fetch_sub(&server->connections, 1);
    avt_free(conn);
}

static void on_connection(void *user, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct avt_http_server *server = user;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        conn_started(server, mhd, context);
    else if (*context)
        conn_closed(server, AVT_TAKE(*context));
}

/* ---- a request ------------------------------------------------------------------------------- */

static void *on_target(void *user, const char *uri, struct MHD_Connection *mhd)
{
    struct avt_http_server *server = user;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct avt_conn *conn = info ? info->socket_context : NULL;
    if (!conn)
        return NULL;
    if (conn->request)
        end_request(server, conn->request, false);
    atomic_fetch_add(&server->requests, 1);
    conn->request = avt_request_new(server, conn, uri ? uri : "");
    return conn->request;
}

/* The path is decoded by our own rules. */
static size_t keep_encoded(void *user, struct MHD_Connection *mhd, char *text)
{
    (void)user, (void)mhd;
    return strlen(text);
}

static void answer_options(struct avt_http_request *request)
{
    const char *origin = avt_http_header(request, "Origin");
    avt_http_add_header(request, "Allow",
                        request->allow ? request->allow
                                       : "OPTIONS, GET, HEAD, POST, PUT, PATCH, DELETE");
    if (origin && avt_cors_allowed(request->server, origin)) {
        avt_http_add_header(request, "Access-Control-Allow-Methods",
                            "GET, HEAD, POST, PUT, PATCH, DELETE");
        avt_http_add_header(
            request, "Access-Control-Allow-Headers",
            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
            "Last-Event-ID, Prefer, Range, X-API-Key, X-Request-Id");
        avt_http_add_header(request, "Access-Control-Max-Age", "600");
    }
    avt_http_answer_static(request, 204, NULL, "", 0);
}

/* Headers are complete. False: the request has its answer already. */
static bool begin(struct avt_http_request *request, const char *method, const char *version)
{
    const struct avt_http_options *options = &request->server->options;
    if (!avt_request_check(request, method, version))
        return false;
    avt_route_find(request);
    if (request->is_options && (request->allow || request->target.asterisk)) {
        answer_options(request);
        return false;
    }
    if (options->begin && !options->begin(request, options->user)) {
        avt_assert(avt_answer_given(request));
        return false;
    }
    if (!request->route && request->allow) {
        avt_http_add_header(request, "Allow", request->allow);
        avt_http_fail(request, 405, "method_not_allowed", "This address takes %s, not %s.",
                      request->allow, request->method_text);
    } else if (!request->route) {
        avt_http_fail(request, 404, "not_found", "There is nothing at this address.");
    } else {
        return avt_body_begin(request);
    }
    return false;
}

/* The answer is ready before the body is in. MHD takes it now or never again until the body is
 * over, so a short body is read and dropped first, and a long one is left to the stream thread. */
static enum MHD_Result refuse(struct avt_http_request *request)
{
    int64_t left =
        request->content_length < 0 ? -1 : request->content_length - (int64_t)request->body_bytes;
    if (request->framed &&
        (!avt_http_has_body(request) || (left >= 0 && left <= AVT_HTTP_SWALLOW_BYTES))) {
        request->stage = AVT_REQUEST_SWALLOW;
        return MHD_YES;
    }
    request->stage = AVT_REQUEST_HANDLED;
    avt_hub_linger(request);
    return MHD_YES;
}

static enum MHD_Result first_call(struct avt_http_request *request, const char *method,
                                  const char *version)
{
    struct avt_conn *conn = request->conn;
    request->began_ms = avt_clock_ms();
    atomic_store(&conn->request_since_ms, request->began_ms);
    atomic_store(&conn->moved_bytes, 0);
    request->stage = AVT_REQUEST_BODY;
    if (!begin(request, method, version))
        return refuse(request);
    avt_conn_enter(conn, avt_http_has_body(request) ? AVT_CONN_BODY : AVT_CONN_HANDLER);
    return MHD_YES;
}

static enum MHD_Result run_handler(struct avt_http_request *request, avt_http_handler handler)
{
    avt_conn_enter(request->conn, AVT_CONN_HANDLER);
    handler(request, request->server->options.user);
    if (request->taken) /* suspended; it goes on when the stream thread is done */
        return MHD_YES;
    if (!avt_answer_given(request)) {
        avt_log(AVT_LOG_ERROR, "the handler of %s gave no answer", request->route->path);
        avt_http_fail(request, 500, "internal", "The server has a fault; its log says more.");
    }
    return avt_answer_queue(request);
}

/* The stream thread has let go of the connection. */
static enum MHD_Result resumed_call(struct avt_http_request *request)
{
    avt_http_handler handler = request->resumed;
    if (!handler || request->gone)
        return MHD_NO;
    request->resumed = NULL;
    atomic_store(&request->released, false);
    avt_stream_free(AVT_TAKE(request->taken));
    return run_handler(request, handler);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **context)
{
    struct avt_http_request *request = *context;
    (void)user, (void)mhd, (void)url;
    if (!request)
        return MHD_NO;
    switch (request->stage) {
    case AVT_REQUEST_NEW:
        return first_call(request, method, version);
    case AVT_REQUEST_BODY:
        if (*size > 0) {
            bool good = avt_body_take(request, data, *size);
            *size = 0;
            return good ? MHD_YES : refuse(request);
        }
        if (!avt_body_end(request))
            return avt_answer_queue(request);
        request->stage = AVT_REQUEST_HANDLED;
        return run_handler(request, request->route->handler);
    case AVT_REQUEST_SWALLOW:
        if (*size == 0)
            return avt_answer_queue(request);
        request->body_bytes += *size;
        *size = 0;
        return MHD_YES;
    case AVT_REQUEST_HANDLED:
        if (*size > 0) /* what the library had read before the connection was taken from it */
            *size = 0;
        else if (atomic_load(&request->released))
            return resumed_call(request);
        return MHD_YES;
    }
    return MHD_NO;
}

static void on_completed(void *user, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode how)
{
    struct avt_http_request *request = AVT_TAKE(*context);
    (void)mhd;
    if (request)
        end_request(user, request, how == MHD_REQUEST_TERMINATED_COMPLETED_OK || request->taken);
}

/* ---- start and stop -------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void log_library(void *user, const char *format,
                                                              va_list ap)
{
    char text[256];
    (void)user;
    /* The library's words may quote a request, which is not for the log of a production server. */
    vsnprintf(text, sizeof(text), format, ap);
    text[strcspn(text, "\r\n")] = '\0';
    avt_debug("http: %s", text);
}

#define DEFAULT(field, value) limits->field = limits->field ? limits->field : (value)

static void set_defaults(struct avt_http_limits *limits)
{
    DEFAULT(header_bytes, 32 << 10);
    DEFAULT(uri_bytes, 8 << 10);
    DEFAULT(headers, 100);
    DEFAULT(json_bytes, 5 << 20);
    DEFAULT(upload_bytes, 512 << 20);
    DEFAULT(parts, 32);
    DEFAULT(field_bytes, 64 << 10);
    DEFAULT(connections, 2048);
    DEFAULT(connections_per_peer, 256);
    DEFAULT(streams, 1000);
    DEFAULT(stream_buffer_bytes, 256 << 10);
    DEFAULT(parked, 512);
    DEFAULT(header_ms, 10000);
    DEFAULT(idle_ms, 30000);
    DEFAULT(rate_bytes_s, 1024);
    DEFAULT(stall_ms, 30000);
    DEFAULT(request_ms, 3600 * 1000);
    DEFAULT(ping_ms, 15000);
}

static enum avt_code listen_on(struct avt_http_server *server, const char *host, unsigned port,
                               struct avt_error *reterr)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
    } address = {0};
    socklen_t size = sizeof(address.in4);
    int on = 1, off = 0;
    if (inet_pton(AF_INET, host, &address.in4.sin_addr) == 1) {
        address.in4.sin_family = AF_INET;
        address.in4.sin_port = htons((uint16_t)port);
    } else if (inet_pton(AF_INET6, host, &address.in6.sin6_addr) == 1) {
        address.in6.sin6_family = AF_INET6;
        address.in6.sin6_port = htons((uint16_t)port);
        size = sizeof(address.in6);
    } else {
        return avt_fail(reterr, AVT_EINVAL,
                        "'%s' is no address to listen on: give a numeric one, as 127.0.0.1 or ::1",
                        host);
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return avt_fail(reterr, AVT_EIO, "no socket can be made: %s", strerror(errno));
    server->listen_fd = fd;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address.any.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, &address.any, size) != 0 || listen(fd, BACKLOG) != 0)
        return avt_fail(
            reterr, AVT_EIO,
            errno == EADDRINUSE
                ? "%s port %u cannot be listened on: another program does; choose another "
                  "port or stop it"
                : "%s port %u cannot be listened on: the address is not this machine's, or "
                  "the port needs more rights",
            host, port);
    if (getsockname(fd, &address.any, &size) == 0)
        server->port =
            ntohs(address.any.sa_family == AF_INET ? address.in4.sin_port : address.in6.sin6_port);
    return AVT_OK;
}

static void copy_origins(struct avt_http_server *server, const char *const *origins)
{
    size_t count = 0;
    while (origins && origins[count] && count < CORS_ORIGINS_MAX)
        count++;
    if (count == 0)
        return;
    server->cors_origins = avt_new0(char *, count + 1);
    for (size_t i = 0; i < count; i++)
        server->cors_origins[i] = avt_strdup(origins[i]);
}

static enum avt_code start_daemon(struct avt_http_server *server, struct avt_error *reterr)
{
    const struct avt_http_limits *limits = &server->limits;
    unsigned threads = server->options.threads;
    if (threads == 0) {
        threads = 4 * (unsigned)avt_cpu_count();
        threads = threads < 8 ? 8 : threads > 32 ? 32 : threads;
    }
    unsigned longest_ms = limits->idle_ms > limits->stall_ms ? limits->idle_ms : limits->stall_ms;
    longest_ms = limits->header_ms > longest_ms ? limits->header_ms : longest_ms;
    /* The library's threads must not take the program's signals. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, on_accept,
        server, on_request, server,
        /* The logger first: it has to know what the other options say. */
        MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
        MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, limits->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        2 * limits->header_bytes,
        /* Ours are closer; this one is for what they may have missed. */
        MHD_OPTION_CONNECTION_TIMEOUT, longest_ms / 1000 + 10, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, on_target,
        server, MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!server->daemon) {
        server->listen_fd = -1; /* the library has closed it */
        return avt_fail(reterr, AVT_EIO, "the HTTP server cannot be started: %s", strerror(errno));
    }
    return AVT_OK;
}

static void server_free(struct avt_http_server *server)
{
    if (server->hub)
        avt_hub_stop(server->hub);
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    avt_routes_free(server);
    for (char **origin = server->cors_origins; origin && *origin; origin++)
        avt_free(*origin);
    avt_free(server->cors_origins);
    avt_free(server->spool);
    avt_mutex_free(server->lock);
    avt_free(server);
}

enum avt_code avt_http_start(const struct avt_http_options *options,
                             struct avt_http_server **ret_server, struct avt_error *reterr)
{
    struct avt_http_server *server = avt_new0(struct avt_http_server, 1);
    struct avt_spool *probe = NULL;
    server->options = *options;
    server->limits = options->limits;
    set_defaults(&server->limits);
    server->listen_fd = -1;
    server->lock = avt_mutex_new();
    server->spool = avt_strdup(options->spool);
    copy_origins(server, options->cors_origins);
    if (getrandom(&server->id_base, sizeof(server->id_base), 0) != sizeof(server->id_base))
        server->id_base = (uint64_t)avt_clock_ms();
    (void)signal(SIGPIPE, SIG_IGN); /* sendfile() has no flag for it */

    enum avt_code code = avt_routes_prepare(server, reterr);
    if (code == AVT_OK)
        code = avt_spool_open(server->spool, &probe, reterr);
    avt_spool_free(probe);
    if (code == AVT_OK)
        code = listen_on(server, options->host, options->port, reterr);
    if (code == AVT_OK) {
        server->hub = avt_hub_start(server, reterr);
        code = server->hub ? AVT_OK : AVT_EIO;
    }
    if (code == AVT_OK)
        code = start_daemon(server, reterr);
    if (code != AVT_OK) {
        server_free(server);
        return code;
    }
    *ret_server = server;
    return AVT_OK;
}

unsigned avt_http_port(const struct avt_http_server *server)
{
    return server->port;
}

void avt_http_counts(struct avt_http_server *server, struct avt_http_counts *ret_counts)
{
    *ret_counts = (struct avt_http_counts){
        .connections = atomic_load(&server->connections),
        .requests = atomic_load(&server->requests),
        .timed_out = atomic_load(&server->timed_out),
    };
    avt_hub_counts(server->hub, ret_counts);
}

static void wait_until_idle(struct avt_http_server *server, unsigned ms)
{
    struct avt_http_counts counts;
    for (int64_t end = avt_clock_ms() + ms; avt_clock_ms() < end;) {
        avt_http_counts(server, &counts);
        if (counts.requests == 0)
            return;
        (void)nanosleep(&(struct timespec){.tv_nsec = STOP_POLL_MS * 1000000L}, NULL);
    }
}

void avt_http_stop(struct avt_http_server *server, unsigned grace_ms)
{
    enum { LAST_MS = 2000 };
    if (!server)
        return;
    atomic_store(&server->stopping, true);
    /* The library gives the listening socket back, which stays open until its threads have ended.
     */
    (void)MHD_quiesce_daemon(server->daemon);
    avt_hub_drain(server->hub, false);
    wait_until_idle(server, grace_ms);
    /* Nothing may be suspended when the library stops. */
    avt_hub_drain(server->hub, true);
    MHD_stop_daemon(server->daemon);
    server_free(server);
}
