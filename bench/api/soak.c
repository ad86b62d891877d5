/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event streams under load: soak CLIENTS SECONDS EVENTS_PER_SECOND. The server runs in this process, the
 * clients in a child. Every client has to get every event, in order; in between another connection asks for
 * a small answer again and again. Then half of the clients leave, and the server has to notice.
 * Prints one line of JSON; exit status 1 if an event was lost or out of order.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/http.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

enum { PING_MS = 1000, BUFFER = 64 << 10, LATENCIES_MAX = 100000 };
static const char topic[] = "job-1";

/* ---- the server ------------------------------------------------------------------------------ */

static void on_events(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_http_stream *stream = avt_http_stream_sse(request, topic);
    if (stream)
        avt_http_stream_live(stream);
}

static void on_health(struct avt_http_request *request, void *user)
{
    (void)user;
    avt_http_answer_static(request, 200, "application/json", "{\"status\":\"ok\"}", 15);
}

static const struct avt_http_route routes[] = {
    {AVT_HTTP_GET, "/events", on_events, AVT_HTTP_BODY_NONE, 0, NULL},
    {AVT_HTTP_GET, "/health", on_health, AVT_HTTP_BODY_NONE, 0, NULL},
};

/* A line of /proc/self/FILE that begins with `name`: its number. */
static long proc_number(const char *file, const char *name)
{
    char line[256];
    long value = -1;
    FILE *in = fopen(file, "re");
    while (in && value < 0 && fgets(line, sizeof(line), in))
        if (avt_str_starts(line, name))
            value = strtol(line + strlen(name), NULL, 10);
    if (in)
        fclose(in);
    return value;
}

static long private_kb(void)
{
    return proc_number("/proc/self/smaps_rollup", "Private_Dirty:") +
           proc_number("/proc/self/smaps_rollup", "Private_Clean:");
}

static bool wait_for_streams(struct avt_http_server *server, unsigned wanted, double seconds)
{
    struct avt_http_counts counts = {0};
    for (double end = avt_now_s() + seconds; avt_now_s() < end; usleep(2000)) {
        avt_http_counts(server, &counts);
        if (counts.streams == wanted)
            return true;
    }
    return false;
}

/* ---- the clients ----------------------------------------------------------------------------- */

struct client {
    int fd;
    long next;      /* id that has to come */
    bool ended;
    size_t size;
    char tail[512]; /* of the line that is not complete yet */
};

static int connect_to(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        exit(1);
}

/* Lines "id: N" have to count up; false if one does not. */
static bool feed(struct client *client, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\n') {
            if (client->size < sizeof(client->tail) - 1)
                client->tail[client->size++] = data[i];
            continue;
        }
        client->tail[client->size] = '\0';
        client->size = 0;
        if (avt_str_starts(client->tail, "id: ") &&
            strtol(client->tail + 4, NULL, 10) != client->next++)
            return false;
    }
    return true;
}

static void ask_health(unsigned port, int *fd, double *latencies, size_t *count)
{
    char reply[1024];
    double from = avt_now_s();
    if (*fd < 0)
        *fd = connect_to(port);
    say(*fd, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
    if (read(*fd, reply, sizeof(reply)) <= 0)
        exit(1);
    if (*count < LATENCIES_MAX)
        latencies[(*count)++] = avt_now_s() - from;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Reads all streams until they end. Returns how many did everything right. */
static size_t follow(unsigned port, struct client *clients, size_t count, long events, double *ret_p50_ms,
                     double *ret_p99_ms)
{
    struct epoll_event ready[256];
    AVT_CLEANUP(avt_freep) char *buffer = avt_new0(char, BUFFER);
    AVT_CLEANUP(avt_freep) double *latencies = avt_new0(double, LATENCIES_MAX);
    size_t asked = 0, open = count, good = 0;
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC), health_fd = -1;
    for (size_t i = 0; i < count; i++)
        (void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, clients[i].fd,
                        &(struct epoll_event){.events = EPOLLIN, .data.ptr = &clients[i]});
    for (double next_s = 0; open > 0;) {
        int got = epoll_wait(epoll_fd, ready, 256, 10);
        for (int i = 0; i < got; i++) {
            struct client *client = ready[i].data.ptr;
            ssize_t size = read(client->fd, buffer, BUFFER);
            if (size > 0 && feed(client, buffer, (size_t)size))
                continue;
            good += size == 0 && client->next == events + 1;
            close(client->fd);
            open--;
        }
        if (avt_now_s() > next_s) {
            ask_health(port, &health_fd, latencies, &asked);
            next_s = avt_now_s() + 0.02;
        }
    }
    close(epoll_fd);
    qsort(latencies, asked, sizeof(*latencies), by_size);
    *ret_p50_ms = asked ? latencies[asked / 2] * 1000 : 0;
    *ret_p99_ms = asked ? latencies[asked * 99 / 100] * 1000 : 0;
    return good;
}

static void open_all(unsigned port, struct client *clients, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        clients[i] = (struct client){.fd = connect_to(port), .next = 1};
        say(clients[i].fd, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    }
}

/* Words from the parent: the port, then one byte for each step. */
static void run_clients(int in, int out, size_t count, long events)
{
    unsigned port = 0;
    char byte;
    double p50_ms = 0, p99_ms = 0;
    AVT_CLEANUP(avt_freep) struct client *clients = avt_new0(struct client, count);
    if (read(in, &port, sizeof(port)) != sizeof(port))
        exit(1);
    open_all(port, clients, count);
    size_t good = follow(port, clients, count, events, &p50_ms, &p99_ms);
    dprintf(out, "\"clients_right\": %zu, \"health_p50_ms\": %.2f, \"health_p99_ms\": %.2f", good, p50_ms,
            p99_ms);
    open_all(port, clients, count);
    if (read(in, &byte, 1) != 1)
        exit(1);
    for (size_t i = 0; i < count / 2; i++) {
        struct linger reset = {.l_onoff = (int)(i % 2)}; /* every other one without a farewell */
        (void)setsockopt(clients[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(clients[i].fd);
    }
    (void)!read(in, &byte, 1);
    exit(good == count ? 0 : 1);
}

static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

int main(int argc, char **argv)
{
    int to_child[2], from_child[2], status = 1;
    int64_t count = 500, seconds = 60, rate = 20;
    struct avt_error error = {0};
    struct avt_http_server *server = NULL;
    if (argc > 4 || (argc > 1 && !avt_parse_int(argv[1], 1, 50000, &count)) ||
        (argc > 2 && !avt_parse_int(argv[2], 1, 3600, &seconds)) ||
        (argc > 3 && !avt_parse_int(argv[3], 1, 10000, &rate))) {
        fprintf(stderr, "usage: soak [CLIENTS [SECONDS [EVENTS_PER_SECOND]]]\n");
        return 2;
    }
    long events = (long)(seconds * rate);
    raise_file_limit();
    if (pipe2(to_child, O_CLOEXEC) != 0 || pipe2(from_child, O_CLOEXEC) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0)
        run_clients(to_child[0], from_child[1], (size_t)count, events);
    const struct avt_http_options options = {
        .host = "127.0.0.1",
        .spool = "/tmp",
        .limits = {.streams = (unsigned)count, .connections = 2 * (unsigned)count + 64, .ping_ms = PING_MS},
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(*routes),
    };
    if (avt_http_start(&options, &server, &error) != AVT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    long before_kb = private_kb();
    unsigned port = avt_http_port(server);
    if (write(to_child[1], &port, sizeof(port)) != sizeof(port) ||
        !wait_for_streams(server, (unsigned)count, 60)) {
        fprintf(stderr, "the streams are not all open\n");
        return 1;
    }
    long idle_kb = private_kb(), threads = proc_number("/proc/self/status", "Threads:");
    struct rusage used;
    double from_s = avt_now_s();
    for (long i = 1; i <= events; i++) {
        avt_http_publish(server, topic, i, "progress",
                         "{\"job\":\"job-20240115120000-abc12345\",\"status\":\"running\",\"progress\":42,"
                         "\"stage\":\"lipsync\",\"eta_seconds\":12.5}",
                         i == events);
        double wait_s = from_s + (double)i / (double)rate - avt_now_s();
        if (wait_s > 0)
            usleep((useconds_t)(wait_s * 1e6));
    }
    char said[256] = "";
    ssize_t size = read(from_child[0], said, sizeof(said) - 1);
    double took_s = avt_now_s() - from_s;
    (void)getrusage(RUSAGE_SELF, &used);
    long busy_kb = private_kb();
    bool reopened = wait_for_streams(server, (unsigned)count, 60);
    double left_s = avt_now_s();
    bool noticed = write(to_child[1], "x", 1) == 1 &&
                   wait_for_streams(server, (unsigned)(count - count / 2), 60);
    left_s = avt_now_s() - left_s;
    (void)!write(to_child[1], "x", 1);
    (void)waitpid(child, &status, 0);
    avt_http_stop(server, 1000);
    printf("{\"clients\": %lld, \"events\": %ld, \"seconds\": %.1f, %s, \"threads\": %ld, "
           "\"private_kb\": {\"before\": %ld, \"idle\": %ld, \"after\": %ld}, \"cpu_s\": %.2f, "
           "\"leaving_noticed_s\": %.3f}\n",
           (long long)count, events, took_s, size > 0 ? said : "\"clients_right\": 0", threads, before_kb,
           idle_kb, busy_kb,
           (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
               1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec),
           reopened && noticed ? left_s : -1.0);
    return status == 0 && reopened && noticed ? 0 : 1;
}
