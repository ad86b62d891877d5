/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlines of connections. The library has only an idle timeout, which a client that sends a byte
 * now and then never meets; so every connection carries the phase it is in and since when, and a
 * look at all of them every few hundred milliseconds shuts the sockets of those that take too long.
 * The library then sees the end of the connection and cleans up in its own thread.
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include "api/http_private.h"

int64_t avt_clock_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void avt_conn_enter(struct avt_conn *conn, enum avt_conn_phase phase)
{
    atomic_store(&conn->since_ms, avt_clock_ms());
    atomic_store(&conn->phase, (int)phase);
}

long long avt_conn_acked_bytes(const struct avt_conn *conn)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    if (getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return (long long)info.tcpi_bytes_acked;
}

/* Is the body, in whichever direction, too slow? `moved` is a count that only grows. */
static bool is_slow(struct avt_conn *conn, const struct avt_http_limits *limits, int64_t since_ms,
                    long long moved, int64_t now_ms)
{
    if (conn->window_since_ms < since_ms) { /* a phase that was not looked at yet */
        conn->window_since_ms = since_ms;
        conn->window_bytes = moved;
    }
    int64_t window_ms = now_ms - conn->window_since_ms;
    if (window_ms < limits->stall_ms)
        return false;
    long long wanted = (long long)limits->rate_bytes_s * window_ms / 1000;
    if (moved - conn->window_bytes < wanted)
        return true;
    conn->window_since_ms = now_ms;
    conn->window_bytes = moved;
    return false;
}

static bool is_over(struct avt_conn *conn, const struct avt_http_limits *limits, int64_t now_ms)
{
    int64_t since = atomic_load(&conn->since_ms);
    int64_t request_since = atomic_load(&conn->request_since_ms);
    enum avt_conn_phase phase = (enum avt_conn_phase)atomic_load(&conn->phase);
    if (phase != AVT_CONN_TAKEN && request_since && now_ms - request_since > limits->request_ms)
        return true;
    switch (phase) {
    case AVT_CONN_HEADERS:
        return now_ms - since > limits->header_ms;
    case AVT_CONN_IDLE:
        return now_ms - since > limits->idle_ms;
    case AVT_CONN_BODY:
        return is_slow(conn, limits, since, atomic_load(&conn->moved_bytes), now_ms);
    case AVT_CONN_ANSWER:
        /* Most answers are out by the next look; only for the others the kernel is asked. */
        return now_ms - since > limits->stall_ms / 16 &&
               is_slow(conn, limits, since, avt_conn_acked_bytes(conn), now_ms);
    default:
        return false;
    }
}

void avt_deadlines_check(struct avt_http_server *server, int64_t now_ms)
{
    avt_mutex_lock(server->lock);
    for (struct avt_conn *conn = server->conns; conn; conn = conn->next) {
        if (atomic_load(&conn->condemned) || !is_over(conn, &server->limits, now_ms))
            continue;
        atomic_store(&conn->condemned, true);
        atomic_fetch_add(&server->timed_out, 1);
        /* The descriptor is this connection's as long as the lock is held: it is closed only after
         * the library has said so, which takes the lock. */
        (void)shutdown(conn->fd, SHUT_RDWR);
    }
    avt_mutex_unlock(server->lock);
}
