/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A server on a free loopback port with small routes, and a client of raw bytes. */
#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/http.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum { REPLY_MAX = 1 << 20, WAIT_MS = 20000 };

struct fixture {
    struct avt_http_server *server;
    char spool[64];
    atomic_int finished, last_status;
    _Atomic(const char *) last_route;
    atomic_int freed;
    atomic_bool ready;
};

static inline void count_free(void *user)
{
    struct fixture *fixture = user;
    atomic_fetch_add(&fixture->freed, 1);
}

static inline void on_echo(struct avt_http_request *request, void *user)
{
    size_t size;
    const char *json = avt_http_json(request, &size);
    avt_http_on_free(request, count_free, user);
    avt_http_answer(request, 200, "application/json", json, size);
}

static inline void on_item(struct avt_http_request *request, void *user)
{
    (void)user;
    const char *limit = avt_http_query(request, "limit");
    char *text = avt_http_printf(request, "item=%s limit=%s", avt_http_param(request, "id"),
                                 limit ? limit : "-");
    avt_http_answer(request, 200, "text/plain", text, strlen(text));
}

static inline void on_fixed(struct avt_http_request *request, void *user)
{
    (void)user;
    avt_http_answer_static(request, 200, "text/plain", "stats", 5);
}

/* Says what came, and keeps the first file if ?keep=PATH names a place. */
static inline void on_upload(struct avt_http_request *request, void *user)
{
    struct avt_error error = {0};
    char text[4096] = "";
    (void)user;
    for (size_t i = 0; i < avt_http_part_count(request); i++) {
        const struct avt_http_part *part = avt_http_part(request, i);
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "[%s|%s|%s|%llu|%.8s|%s|%d]", part->name,
                 part->filename ? part->filename : "-", part->media_type,
                 (unsigned long long)part->size, part->sha256, part->value ? part->value : "-",
                 part->head_size > 0 ? part->head[0] : -1);
        if (part->fd >= 0 && avt_http_query(request, "keep") &&
            avt_http_part_keep(part, avt_http_query(request, "keep"), &error) != AVT_OK) {
            avt_http_fail(request, 500, "io", "%s", error.message);
            return;
        }
    }
    avt_http_answer(request, 200, "text/plain", text, strlen(text));
}

static inline void on_file(struct avt_http_request *request, void *user)
{
    struct fixture *fixture = user;
    struct avt_http_file file;
    struct avt_error error = {0};
    char path[128];
    snprintf(path, sizeof(path), "%s/../film.bin", fixture->spool);
    if (avt_http_file_open(path, &file, &error) != AVT_OK) {
        avt_http_fail(request, 404, "not_found", "%s", error.message);
        return;
    }
    file.media_type = "video/mp4";
    file.filename = "film \"1\" é.mp4";
    file.attachment = true;
    avt_http_answer_file(request, &file);
}

static inline void on_woken(struct avt_http_request *request, void *user)
{
    (void)user;
    const char *text = avt_http_timed_out(request) ? "late" : "woken";
    avt_http_answer(request, 200, "text/plain", text, strlen(text));
}

static inline void on_wait(struct avt_http_request *request, void *user)
{
    (void)user;
    const char *ms = avt_http_query(request, "ms");
    int64_t wait_ms = 60000;
    (void)(ms && avt_parse_int(ms, 1, 60000, &wait_ms));
    if (!avt_http_park(request, "topic", (unsigned)wait_ms, on_woken))
        avt_http_answer(request, 503, NULL, "", 0);
}

static inline void on_events(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_http_stream *stream = avt_http_stream_sse(request, "job-1");
    if (!stream)
        return;
    for (int64_t id = avt_http_last_event_id(request) + 1; id <= 3; id++)
        avt_http_stream_send(stream, id, "status", "{\"replayed\":true}");
    avt_http_stream_live(stream);
}

/* Counts up to what "go" allows, then ends or breaks as it was told to. */
struct counter {
    int told, said;
    char end; /* "e"nd, "b"reak, 0: goes on */
};

static inline ptrdiff_t counter_read(void *user, void *data, size_t size)
{
    struct counter *counter = user;
    if (counter->told > 1000) { /* as much as there is room for */
        memset(data, '.', size);
        return (ptrdiff_t)size;
    }
    if (counter->said < counter->told)
        return snprintf(data, size, "<%d>", ++counter->said);
    return counter->end == 'e'   ? AVT_HTTP_SOURCE_END
           : counter->end == 'b' ? AVT_HTTP_SOURCE_BROKEN
                                 : 0;
}

static inline void counter_event(void *user, const char *event, const char *json)
{
    struct counter *counter = user;
    int64_t number;
    if (avt_str_equal(event, "go") && avt_parse_int(json, 0, 1000000, &number))
        counter->told = (int)number;
    else
        counter->end = *event;
}

static inline void on_bytes(struct avt_http_request *request, void *user)
{
    struct counter *counter = avt_http_alloc(request, sizeof(*counter));
    const struct avt_http_source source = {counter_read, counter_event, counter};
    avt_http_on_free(request, count_free, user);
    struct avt_http_stream *stream = avt_http_stream_bytes(request, "bytes", "text/plain", &source);
    if (stream)
        avt_http_stream_send(stream, 0, "go", "2");
}

static inline bool fixture_is_ready(void *user)
{
    const struct fixture *fixture = user;
    return atomic_load(&fixture->ready);
}

static inline void on_ready(struct avt_http_request *request, void *user)
{
    if (!avt_http_park_until(request, "topic", 60000, fixture_is_ready, user, on_woken))
        avt_http_answer(request, 503, NULL, "", 0);
}

static inline void on_ws(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_http_stream *stream = avt_http_stream_websocket(request, "job-1");
    if (stream)
        avt_http_stream_live(stream);
}

static inline bool on_begin(struct avt_http_request *request, void *user)
{
    (void)user;
    const char *key = avt_http_header(request, "X-API-Key");
    if (!key || !avt_str_equal(key, "wrong"))
        return true;
    avt_http_add_header(request, "WWW-Authenticate", "Bearer");
    avt_http_fail(request, 401, "unauthorized", "No such key.");
    return false;
}

static inline void on_finish(struct avt_http_request *request, const struct avt_http_finished *how,
                             void *user)
{
    struct fixture *fixture = user;
    (void)request;
    atomic_store(&fixture->last_status, how->status);
    atomic_store(&fixture->last_route, how->route);
    atomic_fetch_add(&fixture->finished, 1);
}

static const struct avt_http_route fixture_routes[] = {
    {AVT_HTTP_POST, "/echo", on_echo, AVT_HTTP_BODY_JSON, 1000000, NULL},
    {AVT_HTTP_GET, "/items/{id}", on_item, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_DELETE, "/items/{id}", on_item, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_GET, "/items/stats", on_fixed, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_POST, "/uploads", on_upload, AVT_HTTP_BODY_UPLOAD, 300000, NULL},
    {AVT_HTTP_POST, "/form", on_upload, AVT_HTTP_BODY_MULTIPART, 300000, NULL},
    {AVT_HTTP_GET, "/file", on_file, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_GET, "/wait", on_wait, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_GET, "/events", on_events, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_GET, "/bytes", on_bytes, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_GET, "/ready", on_ready, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_GET, "/ws", on_ws, AVT_HTTP_BODY_NONE, 0, NULL},
};
static const char *const fixture_origins[] = {"https://pages.example", NULL};

static inline struct fixture *fixture_start(struct avt_http_limits limits)
{
    struct fixture *fixture = avt_new0(struct fixture, 1);
    struct avt_error error = {0};
    char folder[] = "/tmp/avatar-http-XXXXXX";
    assert_non_null(mkdtemp(folder));
    snprintf(fixture->spool, sizeof(fixture->spool), "%s/tmp", folder);
    assert_int_equal(avt_mkdirs(fixture->spool, &error), AVT_OK);
    const struct avt_http_options options = {
        .host = "127.0.0.1",
        .threads = 2,
        .spool = fixture->spool,
        .cors_origins = fixture_origins,
        .limits = limits,
        .routes = fixture_routes,
        .route_count = sizeof(fixture_routes) / sizeof(*fixture_routes),
        .begin = on_begin,
        .finish = on_finish,
        .user = fixture,
    };
    if (avt_http_start(&options, &fixture->server, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return fixture;
}

static inline int count_entries(const char *folder)
{
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.' || avt_str_starts(entry->d_name, ".spool");
    closedir(dir);
    return count;
}

static inline void fixture_stop(struct fixture *fixture)
{
    char path[128];
    avt_http_stop(fixture->server, 1000);
    assert_int_equal(count_entries(fixture->spool), 0);
    snprintf(path, sizeof(path), "%s/../film.bin", fixture->spool);
    (void)unlink(path);
    snprintf(path, sizeof(path), "%s", fixture->spool);
    (void)rmdir(path);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    avt_free(fixture);
}

static inline int client_connect(const struct fixture *fixture)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)avt_http_port(fixture->server)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static inline bool client_send(int fd, const void *data, size_t size)
{
    const char *rest = data;
    while (size > 0) {
        ssize_t put = send(fd, rest, size, MSG_NOSIGNAL);
        if (put <= 0)
            return false;
        rest += put;
        size -= (size_t)put;
    }
    return true;
}

/* Reads until `until` was seen (NULL: the end of the connection). False if that does not come. */
static inline bool client_read(int fd, char *reply, const char *until)
{
    size_t size = 0;
    reply[0] = '\0';
    for (;;) {
        struct pollfd pollfd = {.fd = fd, .events = POLLIN};
        if (poll(&pollfd, 1, WAIT_MS) <= 0)
            return false;
        ssize_t got = recv(fd, reply + size, REPLY_MAX - 1 - size, 0);
        if (got <= 0)
            return !until;
        size += (size_t)got;
        reply[size] = '\0';
        for (size_t i = 0; i < size; i++)
            if (reply[i] == '\0')
                reply[i] = '?';
        if (until && strstr(reply, until))
            return true;
    }
}

/* One request on a connection of its own; the reply is static. */
static inline const char *ask_bytes(const struct fixture *fixture, const void *data, size_t size)
{
    static char reply[REPLY_MAX];
    int fd = client_connect(fixture);
    (void)client_send(fd, data, size);
    if (!client_read(fd, reply, NULL))
        fail_msg("no end of the answer; so far: %s", reply);
    close(fd);
    return reply;
}

static inline const char *ask(const struct fixture *fixture, const char *request)
{
    return ask_bytes(fixture, request, strlen(request));
}

static inline void wait_for(const atomic_int *value, int wanted)
{
    for (int i = 0; i < WAIT_MS / 5 && atomic_load(value) < wanted; i++)
        usleep(5000);
    assert_true(atomic_load(value) >= wanted);
}

#define assert_has(text, part)                                                                     \
    do {                                                                                           \
        const char *text_ = (text);                                                                \
        if (!strstr(text_, part))                                                                  \
            fail_msg("'%s' is not in: %s", part, text_);                                           \
    } while (0)
