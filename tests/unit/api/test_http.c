/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and answers over a real socket: routing, headers, framing, bodies, files. */
#include "http_fixture.h"

#define H "Host: x\r\nConnection: close\r\n"

static struct fixture *fixture;

static int set_up(void **state)
{
    (void)state;
    fixture = fixture_start((struct avt_http_limits){0});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_stop(fixture);
    return 0;
}

static void http__routes_params_and_methods(void **state)
{
    (void)state;
    static const struct {
        const char *request, *status, *has;
    } rows[] = {
        {"GET /items/a%20b?limit=5 HTTP/1.1\r\n" H "\r\n", "200", "item=a b limit=5"},
        {"GET /items/stats HTTP/1.1\r\n" H "\r\n", "200", "stats"},
        {"GET http://x/items/1 HTTP/1.1\r\n" H "\r\n", "200", "item=1"},
        {"DELETE /items/1 HTTP/1.1\r\n" H "\r\n", "200", "item=1"},
        {"DELETE /items/stats HTTP/1.1\r\n" H "\r\n", "405", "Allow: OPTIONS, GET, HEAD\r\n"},
        {"POST /items/1 HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", "405",
         "Allow: OPTIONS, GET, HEAD, DELETE\r\n"},
        {"GET /nothing HTTP/1.1\r\n" H "\r\n", "404", "\"code\":\"not_found\""},
        {"GET /items HTTP/1.1\r\n" H "\r\n", "404", "not_found"},
        {"OPTIONS /items/1 HTTP/1.1\r\n" H "\r\n", "204", "Allow: OPTIONS, GET, HEAD, DELETE\r\n"},
        {"OPTIONS * HTTP/1.1\r\n" H "\r\n", "204", "Allow: "},
        {"OPTIONS /nothing HTTP/1.1\r\n" H "\r\n", "404", "not_found"},
        {"BREW /items/1 HTTP/1.1\r\n" H "\r\n", "405", "method_not_allowed"},
        {"GET /items/../file HTTP/1.1\r\n" H "\r\n", "400", "bad_address"},
        {"GET /items/%00 HTTP/1.1\r\n" H "\r\n", "400", "control character"},
        {"GET /items/1 HTTP/1.1\r\nConnection: close\r\n\r\n", "400", "Host"},
        {"GET /items/1 HTTP/1.0\r\n\r\n", "200", "item=1"},
        {"GET /items/1 HTTP/3.0\r\n" H "\r\n", "505", ""},
        {"garbage\r\n\r\n", "400", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *reply = ask(fixture, rows[i].request);
        char status[32];
        snprintf(status, sizeof(status), "HTTP/1.1 %s ", rows[i].status);
        if (i < sizeof(rows) / sizeof(*rows) - 1 || strlen(reply) > 0) {
            if (!avt_str_starts(reply, status) && !avt_str_starts(reply + 7, status + 7))
                fail_msg("%s: %s", rows[i].request, reply);
            assert_has(reply, rows[i].has);
        }
    }
}

static void http__head_has_no_body_and_the_length_of_get(void **state)
{
    (void)state;
    const char *reply = ask(fixture, "HEAD /items/1 HTTP/1.1\r\n" H "\r\n");
    assert_has(reply, "HTTP/1.1 200 ");
    assert_has(reply, "Content-Length: 14\r\n");
    assert_true(avt_str_ends(reply, "\r\n\r\n"));
}

static void http__request_ids_come_back_or_are_made(void **state)
{
    (void)state;
    assert_has(ask(fixture, "GET /items/1 HTTP/1.1\r\n" H "X-Request-Id: abc.1\r\n\r\n"),
               "X-Request-Id: abc.1\r\n");
    assert_has(ask(fixture, "GET /items/1 HTTP/1.1\r\n" H "X-Request-Id: a b\r\n\r\n"),
               "X-Request-Id: req-");
    assert_has(ask(fixture, "GET /nothing HTTP/1.1\r\n" H "\r\n"),
               "X-Content-Type-Options: nosniff\r\n");
}

static void http__cors_only_for_configured_origins(void **state)
{
    (void)state;
    const char *reply =
        ask(fixture, "OPTIONS /items/1 HTTP/1.1\r\n" H "Origin: https://pages.example\r\n"
                     "Access-Control-Request-Method: DELETE\r\n\r\n");
    assert_has(reply, "Access-Control-Allow-Origin: https://pages.example\r\n");
    assert_has(reply, "Access-Control-Allow-Methods: ");
    reply = ask(fixture, "GET /items/1 HTTP/1.1\r\n" H "Origin: https://evil.example\r\n\r\n");
    assert_has(reply, "Vary: Origin");
    assert_null(strstr(reply, "Access-Control-Allow-Origin"));
}

static void http__ambiguous_framing_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *request, *status;
    } rows[] = {
        {"POST /echo HTTP/1.1\r\n" H "Content-Type: application/json\r\nContent-Length: 2\r\n"
         "Content-Length: 2\r\n\r\n{}",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nContent-Length: 2, 2\r\n\r\n{}",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nContent-Length: +2\r\n\r\n{}",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nContent-Length: -2\r\n\r\n{}",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nContent-Length: 0x2\r\n\r\n{}",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
         "413"},
        {"POST /echo HTTP/1.1\r\n" H "Content-Type: application/json\r\nContent-Length: 2\r\n"
         "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nTransfer-Encoding: gzip\r\n\r\n",
         "501"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nTransfer-Encoding: xchunked\r\n\r\n",
         "501"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
         "zz\r\n{}\r\n0\r\n\r\n",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
         "2\r\n{}xx0\r\n\r\n",
         "400"},
        {"POST /echo HTTP/1.1\r\n" H
         "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
         "fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
         "413"},
        /* Blanks before the colon, folded lines, names that are none. */
        {"POST /echo HTTP/1.1\r\n" H "Content-Length : 2\r\n\r\n{}", "400"},
        {"POST /echo HTTP/1.1\r\n" H "Content-:2\r\n Length\r\n\r\n{}", "400"},
        {"GET /items/1 HTTP/1.1\r\n" H "X-A: 1\r\n folded\r\n\r\n", "400"},
        {"GET /items/1 HTTP/1.1\r\n" H "X A: 1\r\n\r\n", "400"},
        {"GET /items/1 HTTP/1.1\r\n" H "X-A: a\001b\r\n\r\n", "400"},
        {"GET /items/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", "400"},
        {"GET /items/1 HTTP/1.1\r\n" H "nocolon\r\n\r\n", "400"},
        {"POST /echo HTTP/1.1\r\n" H "Expect: miracles\r\nContent-Length: 0\r\n\r\n", "417"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *reply = ask(fixture, rows[i].request);
        if (strlen(reply) < 12 || strncmp(reply + 9, rows[i].status, 3) != 0)
            fail_msg("%s\n-> %s", rows[i].request, reply);
    }
}

static void http__bodies_in_memory(void **state)
{
    (void)state;
#define JSON "Content-Type: application/json\r\n"
    static const struct {
        const char *request, *status, *has;
    } rows[] = {
        {"POST /echo HTTP/1.1\r\n" H JSON "Content-Length: 7\r\n\r\n{\"a\":1}", "200",
         "\r\n\r\n{\"a\":1}"},
        {"POST /echo HTTP/1.1\r\n" H "Content-Type: application/x+json; charset=utf-8\r\n"
         "Content-Length: 2\r\n\r\n{}",
         "200", "{}"},
        {"POST /echo HTTP/1.1\r\n" H JSON
         "Transfer-Encoding: Chunked\r\n\r\n3;x=y\r\n{\"a\r\n4\r\n\":1}\r\n0\r\nX-T: 1\r\n\r\n",
         "200", "\r\n\r\n{\"a\":1}"},
        {"POST /echo HTTP/1.1\r\n" H "\r\n", "200", "Content-Length: 0\r\n"},
        {"POST /echo HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\n{}", "415",
         "unsupported_media_type"},
        {"POST /echo HTTP/1.1\r\n" H "Content-Type: text/json\r\nContent-Length: 2\r\n\r\n{}",
         "415", "application/json"},
        {"POST /echo HTTP/1.1\r\n" H JSON "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
         "415", "Compressed"},
        {"POST /echo HTTP/1.1\r\n" H JSON "Content-Length: 10000000000\r\n\r\n{", "413",
         "too_large"},
        {"POST /echo HTTP/1.1\r\n" H JSON "X-API-Key: wrong\r\nContent-Length: 10000000\r\n\r\n{",
         "401", "WWW-Authenticate: Bearer\r\n"},
        {"GET /items/1 HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\n{}", "413", "takes no body"},
        {"POST /form HTTP/1.1\r\n" H JSON "Content-Length: 2\r\n\r\n{}", "415", "multipart"},
        {"POST /uploads HTTP/1.1\r\n" H
         "Content-Type: multipart/form-data\r\nContent-Length: 2\r\n\r\n{}",
         "415", "boundary"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *reply = ask(fixture, rows[i].request);
        if (strlen(reply) < 12 || strncmp(reply + 9, rows[i].status, 3) != 0)
            fail_msg("%s\n-> %s", rows[i].request, reply);
        assert_has(reply, rows[i].has);
    }
    assert_true(atomic_load(&fixture->freed) >= 4);
}

/* A chunked body that grows over the limit is refused on the way. */
static void http__a_body_over_its_limit_is_refused_midway(void **state)
{
    (void)state;
    static char reply[REPLY_MAX];
    static char chunk[65536];
    char head[16];
    memset(chunk, 'x', sizeof(chunk));
    int fd = client_connect(fixture);
    const char *request = "POST /uploads HTTP/1.1\r\n" H "Content-Type: video/mp4\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n";
    assert_true(client_send(fd, request, strlen(request)));
    snprintf(head, sizeof(head), "%zx\r\n", sizeof(chunk));
    for (int i = 0; i < 12; i++)
        if (!client_send(fd, head, strlen(head)) || !client_send(fd, chunk, sizeof(chunk)) ||
            !client_send(fd, "\r\n", 2))
            break;
    assert_true(client_read(fd, reply, NULL));
    assert_has(reply, "HTTP/1.1 413 ");
    assert_has(reply, "300000 bytes");
    close(fd);
}

static void http__uploads_are_spooled_and_kept(void **state)
{
    (void)state;
    char request[1024], path[128];
    snprintf(path, sizeof(path), "%s/../film.bin", fixture->spool);
    snprintf(request, sizeof(request),
             "POST /uploads?keep=%s/../film.bin HTTP/1.1\r\n" H
             "Content-Type: video/mp4\r\nContent-Length: 10\r\n\r\n0123456789",
             fixture->spool);
    assert_has(ask(fixture, request), "[|-|video/mp4|10|84d89877|-|48]");
    assert_true(avt_file_exists(path));
    assert_has(ask(fixture, request), "500");
    assert_int_equal(count_entries(fixture->spool), 0);
    const char *form =
        "POST /uploads HTTP/1.1\r\n" H
        "Content-Type: multipart/form-data; boundary=\"b\"\r\nContent-Length: 172\r\n\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../../x\"\r\n"
        "Content-Type: image/png\r\n\r\nPNG\r\n\r\n--b--\r\n";
    const char *body = strstr(form, "\r\n\r\n") + 4;
    snprintf(request, sizeof(request), "%.*s%zu\r\n\r\n%s",
             (int)(strstr(form, "Length: ") + 8 - form), form, strlen(body), body);
    assert_has(ask(fixture, request), "[text|-||5|2cf24dba|hello|104][f|../../x|image/png|5|");
}

static void http__files_answer_ranges_and_conditions(void **state)
{
    (void)state;
    char path[128], etag[100], request[512];
    struct avt_error error = {0};
    snprintf(path, sizeof(path), "%s/../film.bin", fixture->spool);
    assert_int_equal(avt_file_write(path, "0123456789", 10, &error), AVT_OK);
    const char *reply = ask(fixture, "GET /file HTTP/1.1\r\n" H "\r\n");
    assert_has(reply, "HTTP/1.1 200 ");
    assert_has(reply, "Content-Length: 10\r\n");
    assert_has(reply, "Accept-Ranges: bytes\r\n");
    assert_has(reply, "Content-Disposition: attachment; filename=\"film _1_ __.mp4\"; "
                      "filename*=UTF-8''film%20%221%22%20%C3%A9.mp4\r\n");
    assert_true(avt_str_ends(reply, "\r\n\r\n0123456789"));
    const char *from = strstr(reply, "ETag: ") + 6;
    snprintf(etag, sizeof(etag), "%.*s", (int)strcspn(from, "\r"), from);

    reply = ask(fixture, "GET /file HTTP/1.1\r\n" H "Range: bytes=2-4\r\n\r\n");
    assert_has(reply, "HTTP/1.1 206 ");
    assert_has(reply, "Content-Range: bytes 2-4/10\r\n");
    assert_true(avt_str_ends(reply, "\r\n\r\n234"));
    reply = ask(fixture, "GET /file HTTP/1.1\r\n" H "Range: bytes=10-\r\n\r\n");
    assert_has(reply, "HTTP/1.1 416 ");
    assert_has(reply, "Content-Range: bytes */10\r\n");
    snprintf(request, sizeof(request), "GET /file HTTP/1.1\r\n" H "If-None-Match: %s\r\n\r\n",
             etag);
    assert_has(ask(fixture, request), "HTTP/1.1 304 ");
    snprintf(request, sizeof(request),
             "GET /file HTTP/1.1\r\n" H "Range: bytes=-3\r\nIf-Range: %s\r\n\r\n", etag);
    assert_has(ask(fixture, request), "\r\n\r\n789");
    assert_has(
        ask(fixture, "GET /file HTTP/1.1\r\n" H "Range: bytes=-3\r\nIf-Range: \"x\"\r\n\r\n"),
        "\r\n\r\n0123456789");
    assert_has(ask(fixture, "GET /file HTTP/1.1\r\n" H "If-Match: \"x\"\r\n\r\n"), "HTTP/1.1 412 ");
    reply = ask(fixture, "HEAD /file HTTP/1.1\r\n" H "\r\n");
    assert_has(reply, "Content-Length: 10\r\n");
    assert_true(avt_str_ends(reply, "\r\n\r\n"));
}

static void http__pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    const char *reply =
        ask(fixture, "GET /items/1 HTTP/1.1\r\nHost: x\r\n\r\n"
                     "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                     "Content-Length: 3\r\n\r\n[2]"
                     "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
                     "GET /items/4 HTTP/1.1\r\n" H "\r\n");
    const char *first = strstr(reply, "item=1"), *second = strstr(reply, "[2]");
    const char *third = strstr(reply, "not_found"), *fourth = strstr(reply, "item=4");
    assert_true(first && second > first && third > second && fourth > third);
}

static void http__too_much_of_everything_is_refused(void **state)
{
    (void)state;
    static char request[200000];
    char *end = stpcpy(request, "GET /items/");
    memset(end, 'a', 10000);
    strcpy(end + 10000, " HTTP/1.1\r\n" H "\r\n");
    assert_has(ask(fixture, request), "HTTP/1.1 414 ");
    memset(end, 'a', 150000);
    strcpy(end + 150000, " HTTP/1.1\r\n" H "\r\n");
    assert_has(ask(fixture, request), " 414 ");
    end = stpcpy(request, "GET /items/1 HTTP/1.1\r\n" H);
    for (int i = 0; i < 150; i++)
        end += sprintf(end, "X-%d: 1\r\n", i);
    strcpy(end, "\r\n");
    assert_has(ask(fixture, request), "HTTP/1.1 431 ");
    end = stpcpy(request, "GET /items/1 HTTP/1.1\r\n" H "X-Long: ");
    for (size_t size = 66000; size <= 180000; size += 19000) {
        memset(end, 'a', size);
        strcpy(end + size, "\r\n\r\n");
        assert_has(ask(fixture, request), " 431 ");
    }
}

static void http__finish_sees_every_request(void **state)
{
    (void)state;
    int before = atomic_load(&fixture->finished);
    (void)ask(fixture, "GET /items/1 HTTP/1.1\r\n" H "\r\n");
    wait_for(&fixture->finished, before + 1);
    assert_int_equal(atomic_load(&fixture->last_status), 200);
    assert_string_equal(atomic_load(&fixture->last_route), "/items/{id}");
    (void)ask(fixture, "GET /nothing HTTP/1.1\r\n" H "\r\n");
    wait_for(&fixture->finished, before + 2);
    assert_int_equal(atomic_load(&fixture->last_status), 404);
    assert_string_equal(atomic_load(&fixture->last_route), "");
    /* A client that leaves in the middle of its body. */
    int fd = client_connect(fixture);
    const char *request = "POST /uploads HTTP/1.1\r\n" H "Content-Type: video/mp4\r\n"
                          "Content-Length: 1000\r\n\r\nabc";
    assert_true(client_send(fd, request, strlen(request)));
    usleep(50000);
    close(fd);
    wait_for(&fixture->finished, before + 3);
    assert_int_equal(atomic_load(&fixture->last_status), 499);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http__routes_params_and_methods),
        cmocka_unit_test(http__head_has_no_body_and_the_length_of_get),
        cmocka_unit_test(http__request_ids_come_back_or_are_made),
        cmocka_unit_test(http__cors_only_for_configured_origins),
        cmocka_unit_test(http__ambiguous_framing_is_refused),
        cmocka_unit_test(http__bodies_in_memory),
        cmocka_unit_test(http__a_body_over_its_limit_is_refused_midway),
        cmocka_unit_test(http__uploads_are_spooled_and_kept),
        cmocka_unit_test(http__files_answer_ranges_and_conditions),
        cmocka_unit_test(http__pipelined_requests_are_answered_in_order),
        cmocka_unit_test(http__too_much_of_everything_is_refused),
        cmocka_unit_test(http__finish_sees_every_request),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
