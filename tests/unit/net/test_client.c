/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/client.h"
#include "os/thread.h"

/* ---- a server that answers one request with bytes given beforehand ------------------------------ */

enum { PATIENCE_MS = 20000 };

struct server {
    int listener, port;
    const char *answer;  /* NULL: never answers */
    int repeat;          /* the answer's last `repeat_size` bytes so many times more */
    size_t repeat_size;
    struct avt_buf request; /* as it came, up to the end of its Content-Length */
    struct avt_thread *thread;
    char url[64];
};

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, PATIENCE_MS) == 1;
}

static bool whole(const struct avt_buf *request)
{
    const char *text = avt_buf_str(request), *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");
    if (!end)
        return false;
    size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
    return request->size >= (size_t)(end + 4 - text) + body;
}

static void send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = send(fd, data, size, MSG_NOSIGNAL);
        if (put <= 0)
            return;
        data += put;
        size -= (size_t)put;
    }
}

static void serve(void *user)
{
    struct server *server = user;
    if (!readable(server->listener))
        return;
    int fd = accept(server->listener, NULL, NULL);
    char block[4096];
    while (fd >= 0 && !whole(&server->request) && readable(fd)) {
        ssize_t got = recv(fd, block, sizeof(block), 0);
        if (got <= 0)
            break;
        avt_buf_append(&server->request, block, (size_t)got);
    }
    if (fd >= 0 && server->answer) {
        size_t size = strlen(server->answer);
        send_all(fd, server->answer, size);
        for (int i = 0; i < server->repeat; i++)
            send_all(fd, server->answer + size - server->repeat_size, server->repeat_size);
    } else if (fd >= 0) {
        (void)readable(fd); /* until the client gives up */
    }
    if (fd >= 0)
        close(fd);
}

static void server_start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    avt_buf_init(&server->request, 1 << 20);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->listener, 4), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d/path", server->port);
    server->thread = avt_thread_start("server", serve, server);
    assert_non_null(server->thread);
}

static void server_stop(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    avt_thread_join(server->thread);
    close(server->listener);
    avt_buf_done(&server->request);
}

/* ---- tests ------------------------------------------------------------------------------------- */

static void client__sends_and_receives(void **state)
{
    (void)state;
    struct server server = {.answer = "HTTP/1.1 201 Created\r\nContent-Type: Application/JSON; charset=x\r\n"
                                      "Location:  /jobs/1 \r\nlocation-x: no\r\nContent-Length: 4\r\n\r\nbody"};
    server_start(&server);
    const char *const headers[] = {"Authorization: Bearer k", "X-Api: 1", NULL};
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.url = server.url;
    request.headers = headers;
    request.body = "{\"a\":1}";
    request.body_size = 7;
    struct avt_net_response response = {0};
    struct avt_error error = {0};
    char value[32];
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_OK);
    assert_int_equal(response.status, 201);
    assert_string_equal(response.content_type, "application/json");
    assert_string_equal(avt_buf_str(&response.body), "body");
    assert_int_equal(response.received, 4);
    assert_true(avt_net_header(&response, "LOCATION", value, sizeof(value)));
    assert_string_equal(value, "/jobs/1");
    assert_false(avt_net_header(&response, "Loc", value, sizeof(value)));
    assert_string_equal(value, "");
    avt_net_response_done(&response);
    const char *sent = avt_buf_str(&server.request);
    assert_true(avt_str_starts(sent, "POST /path HTTP/1.1\r\n"));
    assert_non_null(strstr(sent, "Authorization: Bearer k\r\n"));
    assert_true(avt_str_ends(sent, "\r\n\r\n{\"a\":1}"));
    server_stop(&server);
}

static void client__methods(void **state)
{
    (void)state;
    static const struct {
        const char *method, *body, *line;
    } rows[] = {
        {NULL, NULL, "GET /path "},      {"GET", NULL, "GET /path "},
        {"HEAD", NULL, "HEAD /path "},   {"DELETE", NULL, "DELETE /path "},
        {"POST", NULL, "POST /path "},   {"POST", "x", "POST /path "},
        {"PATCH", "x", "PATCH /path "},  {"PUT", "x", "PUT /path "},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct server server = {.answer = "HTTP/1.1 204 No Content\r\n\r\n"};
        server_start(&server);
        struct avt_net_request request = AVT_NET_REQUEST_INIT;
        request.url = server.url;
        request.method = rows[i].method;
        request.body = rows[i].body;
        request.body_size = rows[i].body ? strlen(rows[i].body) : 0;
        struct avt_net_response response = {0};
        assert_int_equal(avt_net_perform(&request, &response, NULL), AVT_OK);
        assert_int_equal(response.status, 204);
        avt_net_response_done(&response);
        if (!avt_str_starts(avt_buf_str(&server.request), rows[i].line))
            fail_msg("row %zu sent %s", i, avt_buf_str(&server.request));
        server_stop(&server);
    }
}

static void client__streams_a_file_up_and_down(void **state)
{
    (void)state;
    char folder[] = "/tmp/avt-net-XXXXXX";
    assert_non_null(mkdtemp(folder));
    AVT_CLEANUP(avt_freep) char *up = avt_asprintf("%s/up", folder);
    AVT_CLEANUP(avt_freep) char *down = avt_asprintf("%s/down", folder);
    AVT_CLEANUP(avt_freep) char *data = avt_alloc0(100000, 1);
    memset(data, 'u', 100000);
    assert_int_equal(avt_file_write(up, data, 100000, NULL), AVT_OK);
    FILE *out = fopen(down, "w+");
    assert_non_null(out);

    struct server server = {.answer = "HTTP/1.1 200 OK\r\n\r\n0123456789", .repeat = 9999,
                            .repeat_size = 10};
    server_start(&server);
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.url = server.url;
    request.body_file = up;
    request.response_fd = fileno(out);
    struct avt_net_response response = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_OK);
    assert_int_equal(response.received, 100000);
    assert_int_equal(response.body.size, 0);
    assert_int_equal(lseek(fileno(out), 0, SEEK_END), 100000);
    avt_net_response_done(&response);
    assert_int_equal(server.request.size -
                         (size_t)(strstr(avt_buf_str(&server.request), "\r\n\r\n") + 4 -
                                  avt_buf_str(&server.request)),
                     100000);
    server_stop(&server);

    /* A refusal goes to memory, not into the file. */
    struct server refusing = {.answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"};
    server_start(&refusing);
    request.url = refusing.url;
    request.body_file = NULL;
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_OK);
    assert_int_equal(response.status, 404);
    assert_string_equal(avt_buf_str(&response.body), "no");
    assert_int_equal(lseek(fileno(out), 0, SEEK_END), 100000);
    avt_net_response_done(&response);
    server_stop(&refusing);

    request.url = "http://127.0.0.1:1/";
    request.body_file = "/nonexistent/file";
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_ENOENT);
    assert_non_null(strstr(error.message, "/nonexistent/file"));
    fclose(out);
    unlink(up);
    unlink(down);
    rmdir(folder);
}

static void client__an_answer_has_a_limit(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int repeat;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\n\r\n0123456789", 20000},
        {"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n0123456789", 20000},
        {"HTTP/1.1 200 OK\r\nX: 01234\r\n", 20000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct server server = {.answer = rows[i].answer, .repeat = rows[i].repeat, .repeat_size = 10};
        server_start(&server);
        struct avt_net_request request = AVT_NET_REQUEST_INIT;
        request.url = server.url;
        request.size_max = 50000;
        struct avt_net_response response = {0};
        struct avt_error error = {0};
        if (avt_net_perform(&request, &response, &error) != AVT_ELIMIT)
            fail_msg("row %zu: %d %s", i, error.code, error.message);
        assert_null(response.body.data);
        server_stop(&server);
    }
}

static bool count_to_two(const struct avt_sse_event *event, void *user)
{
    int *count = user;
    assert_string_equal(event->type, "progress");
    return ++*count < 2;
}

static void client__events_as_they_come(void **state)
{
    (void)state;
    struct server server = {.answer = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                                      "event: progress\ndata: 1\n\n",
                            .repeat = 50,
                            .repeat_size = 25};
    server_start(&server);
    int count = 0;
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.url = server.url;
    request.on_event = count_to_two;
    request.user = &count;
    struct avt_net_response response = {0};
    assert_int_equal(avt_net_perform(&request, &response, NULL), AVT_OK);
    assert_int_equal(response.status, 200);
    assert_int_equal(count, 2);
    avt_net_response_done(&response);
    server_stop(&server);
}

static void client__gives_up(void **state)
{
    (void)state;
    struct server server = {.answer = NULL};
    server_start(&server);
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.url = server.url;
    request.timeout_ms = 100;
    struct avt_net_response response = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_ENETWORK);
    assert_non_null(strstr(error.message, "in time"));
    server_stop(&server);

    /* The flag is set before: the request ends at the first look. */
    struct server second = {.answer = NULL};
    server_start(&second);
    struct avt_cancel cancel = {0};
    avt_cancel_request(&cancel);
    request.url = second.url;
    request.timeout_ms = 0;
    request.cancel = &cancel;
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_ECANCELLED);
    server_stop(&second);

    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", second.port); /* closed now */
    request.url = url;
    request.cancel = NULL;
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_ENETWORK);
    url[strlen(url) - 1] = '\0';
    assert_true(avt_str_starts(error.message, "nothing answers at "));
    assert_string_equal(error.message + strlen("nothing answers at "), url);
}

static void client__bad_urls(void **state)
{
    (void)state;
    const char *const urls[] = {"", "nothing", "ftp://example.org/", "file:///etc/passwd",
                                "gopher://x/", "http://", "http://[::1", "http:// /"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct avt_net_request request = AVT_NET_REQUEST_INIT;
        request.url = urls[i];
        request.guarded = i % 2;
        struct avt_net_response response = {0};
        struct avt_error error = {0};
        if (avt_net_perform(&request, &response, &error) != AVT_EINVAL)
            fail_msg("'%s': %d %s", urls[i], error.code, error.message);
    }
}

/* The server would answer each of these; the guard does not let the connection be made. Names resolve
 * without a network: they are numbers in odd clothes, or in /etc/hosts. */
static void client__guarded_does_not_reach_this_machine(void **state)
{
    (void)state;
    const char *const hosts[] = {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]",
                                 "2130706433", "0x7f.1", "0", "017700000001"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct server server = {.answer = "HTTP/1.1 200 OK\r\n\r\nsecret"};
        server_start(&server);
        char url[96];
        snprintf(url, sizeof(url), "http://%s:%d/", hosts[i], server.port);
        struct avt_net_request request = AVT_NET_REQUEST_INIT;
        request.url = url;
        request.guarded = true;
        struct avt_net_response response = {0};
        struct avt_error error = {0};
        if (avt_net_perform(&request, &response, &error) != AVT_EINVAL)
            fail_msg("'%s': %d %s", url, error.code, error.message);
        assert_non_null(strstr(error.message, "not allowed here"));
        server_stop(&server);
        assert_int_equal(server.request.size, 0);
    }
}

static void client__guarded_takes_no_password_and_no_proxy(void **state)
{
    (void)state;
    struct server server = {.answer = "HTTP/1.1 200 OK\r\n\r\nproxied"};
    server_start(&server);
    char proxy[64];
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", server.port);
    setenv("http_proxy", proxy, 1);
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.guarded = true;
    request.url = "http://192.168.0.1/";
    struct avt_net_response response = {0};
    struct avt_error error = {0};
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_EINVAL);
    request.url = "http://name:password@example.org/";
    assert_int_equal(avt_net_perform(&request, &response, &error), AVT_EINVAL);
    assert_null(strstr(error.message, "password@"));
    unsetenv("http_proxy");
    server_stop(&server);
    assert_int_equal(server.request.size, 0);
}

static void client__redirects_are_answers(void **state)
{
    (void)state;
    struct server server = {.answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                                      "Content-Length: 0\r\n\r\n"};
    server_start(&server);
    struct avt_net_request request = AVT_NET_REQUEST_INIT;
    request.url = server.url;
    struct avt_net_response response = {0};
    assert_int_equal(avt_net_perform(&request, &response, NULL), AVT_OK);
    assert_int_equal(response.status, 302);
    avt_net_response_done(&response);
    server_stop(&server);
}

static void client__escapes(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *text = avt_url_escape("a-Z_0.~/ ?&\xc3\xa4%");
    assert_string_equal(text, "a-Z_0.~%2F%20%3F%26%C3%A4%25");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client__sends_and_receives),
        cmocka_unit_test(client__methods),
        cmocka_unit_test(client__streams_a_file_up_and_down),
        cmocka_unit_test(client__an_answer_has_a_limit),
        cmocka_unit_test(client__events_as_they_come),
        cmocka_unit_test(client__gives_up),
        cmocka_unit_test(client__bad_urls),
        cmocka_unit_test(client__guarded_does_not_reach_this_machine),
        cmocka_unit_test(client__guarded_takes_no_password_and_no_proxy),
        cmocka_unit_test(client__redirects_are_answers),
        cmocka_unit_test(client__escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
