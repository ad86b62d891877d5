/* SPDX-License-Identifier: Apache-2.0 */
/* Event streams, WebSockets, parked requests and deadlines over a real socket. */
#include "http_fixture.h"

#include <sys/time.h>

#define H "Host: x\r\nConnection: close\r\n"

static char reply[REPLY_MAX];

static void wait_for_streams(struct fixture *fixture, unsigned wanted)
{
    struct avt_http_counts counts = {0};
    for (int i = 0; i < WAIT_MS / 5; i++) {
        avt_http_counts(fixture->server, &counts);
        if (counts.streams + counts.parked == wanted)
            return;
        usleep(5000);
    }
    fail_msg("%u streams and %u parked, not %u", counts.streams, counts.parked, wanted);
}

static int open_stream(const struct fixture *fixture, const char *target, const char *headers)
{
    char request[512];
    int fd = client_connect(fixture);
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", target, headers);
    assert_true(client_send(fd, request, strlen(request)));
    return fd;
}

static void sse__replays_then_goes_live_in_order(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    int fd = open_stream(fixture, "/events", "Last-Event-ID: 1\r\n");
    assert_true(client_read(fd, reply, "id: 3\n"));
    assert_has(reply, "HTTP/1.1 200 ");
    assert_has(reply, "Content-Type: text/event-stream\r\n");
    assert_has(reply, "Cache-Control: no-cache\r\n");
    assert_has(reply, "X-Accel-Buffering: no\r\n");
    assert_has(reply, "\r\n\r\nid: 2\nevent: status\ndata: {\"replayed\":true}\n\nid: 3\n");
    assert_true(avt_http_has_audience(fixture->server, "job-1"));
    assert_false(avt_http_has_audience(fixture->server, "job-2"));
    avt_http_publish(fixture->server, "job-2", 9, "status", "{}", false);
    avt_http_publish(fixture->server, "job-1", 3, "status", "{\"again\":1}", false);
    avt_http_publish(fixture->server, "job-1", 0, "progress", "{\"progress\":5}", false);
    avt_http_publish(fixture->server, "job-1", 4, "status", "{\"status\":\"completed\"}", true);
    assert_true(client_read(fd, reply, NULL));
    assert_string_equal(strstr(reply, "event: progress"),
                        "event: progress\ndata: {\"progress\":5}\n\n"
                        "id: 4\nevent: status\ndata: {\"status\":\"completed\"}\n\n");
    assert_null(strstr(reply, "again"));
    close(fd);
    wait_for(&fixture->finished, 1);
    assert_int_equal(atomic_load(&fixture->last_status), 200);
    fixture_stop(fixture);
}

static void sse__pings_and_notices_who_leaves(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){.ping_ms = 50});
    int fd = open_stream(fixture, "/events", "");
    assert_true(client_read(fd, reply, ": ping\n\n"));
    wait_for_streams(fixture, 1);
    close(fd);
    wait_for_streams(fixture, 0);
    fixture_stop(fixture);
}

static void sse__a_slow_client_is_dropped_alone(void **state)
{
    (void)state;
    static char json[60000];
    struct fixture *fixture =
        fixture_start((struct avt_http_limits){.stream_buffer_bytes = 200000});
    struct avt_http_counts counts = {0};
    int slow = open_stream(fixture, "/events", ""), good = open_stream(fixture, "/events", "");
    wait_for_streams(fixture, 2);
    memset(json, ' ', sizeof(json) - 1);
    memcpy(json, "{}", 2);
    for (int i = 0; i < 2000 && counts.streams_dropped == 0; i++) {
        char until[32];
        avt_http_publish(fixture->server, "job-1", 10 + i, "status", json, false);
        snprintf(until, sizeof(until), "id: %d\n", 10 + i);
        assert_true(client_read(good, reply, until));
        avt_http_counts(fixture->server, &counts);
    }
    assert_int_equal(counts.streams_dropped, 1);
    wait_for_streams(fixture, 1);
    close(slow);
    close(good);
    fixture_stop(fixture);
}

static void sse__too_many_are_refused(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){.streams = 2});
    int a = open_stream(fixture, "/events", ""), b = open_stream(fixture, "/events", "");
    wait_for_streams(fixture, 2);
    const char *text = ask(fixture, "GET /events HTTP/1.1\r\n" H "\r\n");
    assert_has(text, "HTTP/1.1 503 ");
    assert_has(text, "Retry-After: ");
    close(a);
    wait_for_streams(fixture, 1);
    int c = open_stream(fixture, "/events", "");
    assert_true(client_read(c, reply, "id: 3\n"));
    close(b);
    close(c);
    fixture_stop(fixture);
}

static void sse__stop_says_bye(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    int fd = open_stream(fixture, "/events", "");
    int parked = open_stream(fixture, "/wait", "");
    wait_for_streams(fixture, 2);
    fixture_stop(fixture);
    assert_true(client_read(fd, reply, NULL));
    assert_has(reply, "event: bye\n");
    assert_true(client_read(parked, reply, NULL));
    assert_has(reply, "late");
    close(fd);
    close(parked);
}

static void park__is_woken_or_times_out_or_is_given_up(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){.parked = 2});
    int fd = open_stream(fixture, "/wait", ""), gone = open_stream(fixture, "/wait", "");
    wait_for_streams(fixture, 2);
    assert_has(ask(fixture, "GET /wait HTTP/1.1\r\n" H "\r\n"), "HTTP/1.1 503 ");
    close(gone);
    wait_for_streams(fixture, 1);
    assert_has(ask(fixture, "GET /wait?ms=10 HTTP/1.1\r\n" H "\r\n"), "late");
    avt_http_wake(fixture->server, "another");
    avt_http_wake(fixture->server, "topic");
    assert_true(client_read(fd, reply, "woken"));
    /* The connection lives on. */
    const char *next = "GET /items/7 HTTP/1.1\r\n" H "\r\n";
    assert_true(client_send(fd, next, strlen(next)));
    assert_true(client_read(fd, reply, NULL));
    assert_has(reply, "item=7");
    close(fd);
    fixture_stop(fixture);
}

#define UPGRADE "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"

static void bytes__go_out_as_they_are_made(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    int fd = open_stream(fixture, "/bytes", "");
    assert_true(client_read(fd, reply, "<2>\r\n"));
    assert_has(reply, "HTTP/1.1 200 ");
    assert_has(reply, "Content-Type: text/plain\r\n");
    assert_has(reply, "Transfer-Encoding: chunked\r\n");
    assert_has(reply, "\r\n\r\n3\r\n<1>\r\n3\r\n<2>\r\n");
    avt_http_publish(fixture->server, "bytes", 0, "go", "3", false);
    assert_true(client_read(fd, reply, "3\r\n<3>\r\n"));
    avt_http_publish(fixture->server, "bytes", 0, "end", "{}", false);
    assert_true(client_read(fd, reply, NULL));
    assert_true(avt_str_ends(reply, "0\r\n\r\n"));
    close(fd);
    wait_for(&fixture->freed, 1);
    assert_int_equal(atomic_load(&fixture->last_status), 200);
    fixture_stop(fixture);
}

static void bytes__a_broken_source_cuts_the_connection(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    int fd = open_stream(fixture, "/bytes", ""), gone = open_stream(fixture, "/bytes", "");
    assert_true(client_read(gone, reply, "<2>\r\n"));
    close(gone);
    wait_for(&fixture->freed, 1);
    assert_true(client_read(fd, reply, "<2>\r\n"));
    avt_http_publish(fixture->server, "bytes", 0, "break", "{}", false);
    assert_true(client_read(fd, reply, NULL));
    assert_false(avt_str_ends(reply, "0\r\n\r\n"));
    close(fd);
    wait_for(&fixture->freed, 2);
    fixture_stop(fixture);
}

/* Version 1.0 has no chunks: the end of the connection is the end of the body. */
static void bytes__an_old_client_gets_them_bare(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    int fd = client_connect(fixture);
    static const char request[] = "GET /bytes HTTP/1.0\r\nHost: x\r\n\r\n";
    assert_true(client_send(fd, request, sizeof(request) - 1));
    assert_true(client_read(fd, reply, "<2>"));
    assert_true(avt_str_ends(reply, "\r\n\r\n<1><2>"));
    avt_http_publish(fixture->server, "bytes", 0, "end", "{}", false);
    assert_true(client_read(fd, reply, NULL));
    assert_string_equal(reply, "");
    close(fd);
    fixture_stop(fixture);
}

/* It waits in the source meanwhile, and who never takes it is dropped. */
static void bytes__a_client_that_does_not_read_is_dropped(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){.stall_ms = 400});
    int fd = open_stream(fixture, "/bytes", "");
    assert_true(client_read(fd, reply, "<2>\r\n"));
    avt_http_publish(fixture->server, "bytes", 0, "go", "1000000", false);
    wait_for(&fixture->freed, 1);
    close(fd);
    fixture_stop(fixture);
}

static void park__is_woken_by_what_it_waits_for(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    int fd = open_stream(fixture, "/ready", "Connection: close\r\n");
    wait_for_streams(fixture, 1);
    atomic_store(&fixture->ready, true);
    assert_true(client_read(fd, reply, "woken"));
    close(fd);
    fixture_stop(fixture);
}

static void ws__handshake_is_checked(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    static const struct {
        const char *headers, *status;
    } rows[] = {
        {UPGRADE KEY VERSION, "101"},
        {UPGRADE KEY VERSION "Origin: http://x\r\n", "101"},
        {UPGRADE KEY VERSION "Origin: https://pages.example\r\n", "101"},
        {UPGRADE KEY VERSION "Origin: https://evil.example\r\n", "403"},
        {UPGRADE KEY VERSION "Origin: null\r\n", "403"},
        {UPGRADE KEY "Sec-WebSocket-Version: 8\r\n", "426"},
        {UPGRADE VERSION, "400"},
        {UPGRADE VERSION "Sec-WebSocket-Key: short\r\n", "400"},
        {KEY VERSION, "426"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int fd = open_stream(fixture, "/ws", rows[i].headers);
        assert_true(client_read(fd, reply, "\r\n\r\n"));
        if (strncmp(reply + 9, rows[i].status, 3) != 0)
            fail_msg("%s\n-> %s", rows[i].headers, reply);
        if (i == 0)
            assert_has(reply, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
        close(fd);
    }
    fixture_stop(fixture);
}

static void ws__tells_events_and_answers_control_frames(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    int fd = open_stream(fixture, "/ws", UPGRADE KEY VERSION);
    assert_true(client_read(fd, reply, "\r\n\r\n"));
    wait_for_streams(fixture, 1);
    avt_http_publish(fixture->server, "job-1", 7, "status", "{\"a\":1}", false);
    assert_true(client_read(fd, reply, "}}"));
    assert_string_equal(reply, "\x81\x28{\"id\":7,\"event\":\"status\",\"data\":{\"a\":1}}");
    /* A masked text message, which is ignored, then a masked ping. */
    static const char frames[] = "\x81\x82\1\1\1\1hi\x89\x82\0\0\0\0yo";
    assert_true(client_send(fd, frames, sizeof(frames) - 1));
    assert_true(client_read(fd, reply, "yo"));
    assert_string_equal(reply, "\x8a\x02yo");
    avt_http_publish(fixture->server, "job-1", 8, "status", "{}", true);
    assert_true(client_read(fd, reply, "\x88\x02\x03\xe8"));
    assert_true(client_send(fd, "\x88\x82\0\0\0\0\x03\xe8", 8));
    wait_for_streams(fixture, 0);
    assert_true(client_read(fd, reply, NULL));
    close(fd);
    fixture_stop(fixture);
}

static void ws__garbage_closes_it(void **state)
{
    (void)state;
    static const struct {
        const char *frames;
        size_t size;
    } rows[] = {
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 14},
        {"\x81\x02hi", 4},                                            /* not masked */
        {"\x89\xff\x7f\xff\xff\xff\xff\xff\xff\xff\1\2\3\4", 14},     /* a ping of 2^63 bytes */
        {"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\1\2\3\4data", 18}, /* a message of 2^63 bytes */
        {"\x88\x81\0\0\0\0\3", 7},                                    /* half a status */
        {"\x80\x80\0\0\0\0", 6}, /* a continuation of nothing */
    };
    struct fixture *fixture = fixture_start((struct avt_http_limits){0});
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int fd = open_stream(fixture, "/ws", UPGRADE KEY VERSION);
        assert_true(client_read(fd, reply, "\r\n\r\n"));
        assert_true(client_send(fd, rows[i].frames, rows[i].size));
        (void)client_read(fd, reply, NULL);
        close(fd);
        wait_for_streams(fixture, 0);
    }
    fixture_stop(fixture);
}

/* How a connection ends that does the least it can. */
static void deadline__slow_clients_are_closed(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_start((struct avt_http_limits){.header_ms = 600,
                                                                     .idle_ms = 600,
                                                                     .stall_ms = 600,
                                                                     .rate_bytes_s = 1000,
                                                                     .request_ms = 60000});
    struct avt_http_counts counts;
    static const char *const begins[] = {
        "",
        "GET /items/1 HT",
        "GET /items/1 HTTP/1.1\r\nHost: x\r\nX-A: ",
        ("POST /uploads HTTP/1.1\r\nHost: x\r\nContent-Type: video/mp4\r\n"
         "Content-Length: 99999\r\n\r\n"),
    };
    for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
        int fd = client_connect(fixture);
        assert_true(client_send(fd, begins[i], strlen(begins[i])));
        bool open = true;
        for (int step = 0; open && step < WAIT_MS / 50; step++) {
            struct pollfd pollfd = {.fd = fd, .events = POLLIN};
            char byte;
            if (strlen(begins[i]) > 0)
                (void)client_send(fd, "a", 1);
            open = poll(&pollfd, 1, 50) == 0 || recv(fd, &byte, 1, 0) > 0;
        }
        assert_false(open);
        close(fd);
    }
    /* Idle after an answer. */
    int fd = open_stream(fixture, "/items/1", "");
    assert_true(client_read(fd, reply, NULL));
    assert_has(reply, "item=1");
    close(fd);
    avt_http_counts(fixture->server, &counts);
    assert_int_equal(counts.timed_out, 5);
    fixture_stop(fixture);
}

static void deadline__a_client_that_does_not_read_its_answer_is_closed(void **state)
{
    (void)state;
    enum { SIZE = 64 << 20 };
    struct fixture *fixture =
        fixture_start((struct avt_http_limits){.stall_ms = 500, .rate_bytes_s = 1000});
    char path[128];
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *data = avt_new0(char, SIZE);
    snprintf(path, sizeof(path), "%s/../film.bin", fixture->spool);
    assert_int_equal(avt_file_write(path, data, SIZE, &error), AVT_OK);
    int fd = open_stream(fixture, "/file", "");
    wait_for(&fixture->finished, 1);
    close(fd);
    fixture_stop(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sse__replays_then_goes_live_in_order),
        cmocka_unit_test(sse__pings_and_notices_who_leaves),
        cmocka_unit_test(sse__a_slow_client_is_dropped_alone),
        cmocka_unit_test(sse__too_many_are_refused),
        cmocka_unit_test(sse__stop_says_bye),
        cmocka_unit_test(park__is_woken_or_times_out_or_is_given_up),
        cmocka_unit_test(bytes__go_out_as_they_are_made),
        cmocka_unit_test(bytes__a_broken_source_cuts_the_connection),
        cmocka_unit_test(bytes__an_old_client_gets_them_bare),
        cmocka_unit_test(bytes__a_client_that_does_not_read_is_dropped),
        cmocka_unit_test(park__is_woken_by_what_it_waits_for),
        cmocka_unit_test(ws__handshake_is_checked),
        cmocka_unit_test(ws__tells_events_and_answers_control_frames),
        cmocka_unit_test(ws__garbage_closes_it),
        cmocka_unit_test(deadline__slow_clients_are_closed),
        cmocka_unit_test(deadline__a_client_that_does_not_read_its_answer_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
