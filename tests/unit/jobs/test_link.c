/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/link.h"
#include "jobs/link_peer.h"
#include "os/thread.h"

#define JOB "job-20240115120000-abc12345"

static char storage[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(storage, sizeof(storage), "/tmp/avatar-link-XXXXXX");
    return mkdtemp(storage) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char path[96];
    snprintf(path, sizeof(path), "%s/run", storage);
    (void)rmdir(path);
    return rmdir(storage);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void link__lines(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int type; /* -1: refused */
    } rows[] = {
        {"{\"type\":\"wake\"}", AVT_LINK_WAKE},
        {"{\"type\":\"drain\",\"why\":[1,2]}", AVT_LINK_DRAIN},
        {"{\"type\":\"status\"}", AVT_LINK_ASK_STATUS},
        {"{\"type\":\"cancel\",\"job\":\"" JOB "\"}", AVT_LINK_CANCEL},
        {"{\"type\":\"claimed\",\"job\":\"" JOB "\",\"status\":\"running\"}", AVT_LINK_CLAIMED},
        {"{\"type\":\"finished\",\"job\":\"" JOB "\",\"status\":\"pending\"}", AVT_LINK_FINISHED},
        {"{\"type\":\"progress\",\"job\":\"" JOB "\",\"progress\":7,\"stage\":\"speech\"}",
         AVT_LINK_PROGRESS},
        {"{\"type\":\"status\",\"worker\":\"w.1\",\"pid\":7,\"job\":null,\"models\":[]}",
         AVT_LINK_STATUS},
        {"", -1},
        {"{", -1},
        {"[]", -1},
        {"\"wake\"", -1},
        {"{}", -1},
        {"{\"type\":\"wake\"} x", -1},
        {"{\"type\":\"wakeup\"}", -1},
        {"{\"type\":3}", -1},
        {"{\"type\":\"cancel\"}", -1},
        {"{\"type\":\"cancel\",\"job\":\"../../etc/passwd\"}", -1},
        {"{\"type\":\"cancel\",\"job\":\"" JOB "x\"}", -1},
        {"{\"type\":\"claimed\",\"job\":\"" JOB "\",\"status\":\"fine\"}", -1},
        {"{\"type\":\"claimed\",\"job\":\"" JOB "\"}", -1},
        {"{\"type\":\"progress\",\"job\":\"" JOB "\",\"progress\":101}", -1},
        {"{\"type\":\"progress\",\"job\":\"" JOB "\",\"progress\":1.5}", -1},
        {"{\"type\":\"progress\",\"job\":\"" JOB "\",\"stage\":\"a stage with a very long name\"}",
         -1},
        {"{\"type\":\"progress\",\"job\":\"" JOB "\",\"stage\":\"a b\"}", -1},
        {"{\"type\":\"progress\",\"job\":\"" JOB "\",\"eta_s\":1e99}", -1},
        {"{\"type\":\"status\",\"worker\":\"../x\"}", -1},
        {"{\"type\":\"status\",\"worker\":\"w\",\"pid\":-1}", -1},
        {"{\"type\":\"status\",\"worker\":\"w\",\"models\":{}}", -1},
        {"{\"type\":\"status\",\"worker\":\"w\",\"models\":[{\"id\":\"a/b\"}]}", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_link_message message = {.type = AVT_LINK_WAKE, .progress = -5};
        struct avt_error error = {0};
        enum avt_code code = avt_link_parse(rows[i].line, strlen(rows[i].line), &message, &error);
        if ((code == AVT_OK) != (rows[i].type >= 0) ||
            (code == AVT_OK && (int)message.type != rows[i].type))
            fail_msg("%s: %s", rows[i].line, error.message);
        if (code != AVT_OK) {
            assert_int_equal(code, AVT_EFORMAT);
            assert_int_equal(message.progress, -5);
        }
    }
}

static void link__what_is_written_can_be_read(void **state)
{
    (void)state;
    struct avt_link_message status = {.type = AVT_LINK_STATUS,
                                      .worker = {.name = "worker-1",
                                                 .pid = 12,
                                                 .interactive = true,
                                                 .job = JOB,
                                                 .progress = 41,
                                                 .stage = "encode",
                                                 .uptime_s = 1.5,
                                                 .jobs_done = 3,
                                                 .rss_bytes = 5000000000,
                                                 .budget_bytes = 77,
                                                 .model_count = 1,
                                                 .models = {{"kokoro-82m", 123, 4.25}}}};
    const struct avt_link_message progress = {.type = AVT_LINK_PROGRESS,
                                              .job = JOB,
                                              .progress = 99,
                                              .stage = "lipsync",
                                              .eta_s = -1,
                                              .speed = 2.5};
    AVT_CLEANUP(avt_buf_done) struct avt_buf line = AVT_BUF_INIT(AVT_LINK_LINE_MAX);
    struct avt_link_message read;
    assert_true(avt_link_format(&status, &line));
    assert_int_equal(line.data[line.size - 1], '\n');
    assert_int_equal(avt_link_parse(line.data, line.size - 1, &read, NULL), AVT_OK);
    assert_int_equal(read.type, AVT_LINK_STATUS);
    assert_string_equal(read.worker.name, "worker-1");
    assert_true(read.worker.interactive && !read.worker.draining);
    assert_string_equal(read.worker.job, JOB);
    assert_int_equal(read.worker.rss_bytes, 5000000000);
    assert_int_equal(read.worker.model_count, 1);
    assert_string_equal(read.worker.models[0].id, "kokoro-82m");
    assert_true(read.worker.models[0].idle_s == 4.25);
    avt_buf_clear(&line);
    assert_true(avt_link_format(&progress, &line));
    assert_int_equal(avt_link_parse(line.data, line.size - 1, &read, NULL), AVT_OK);
    assert_int_equal(read.progress, 99);
    assert_string_equal(read.stage, "lipsync");
    assert_true(read.eta_s == -1 && read.speed == 2.5);
}

/* ---- both sides ------------------------------------------------------------------------------ */

struct seen {
    atomic_int wakes, cancels, drains, progress, finished, status;
    char job[AVT_JOB_ID_SIZE], worker[AVT_WORKER_NAME_SIZE];
};

static void at_worker(const struct avt_link_message *message, void *user)
{
    struct seen *seen = user;
    if (message->type == AVT_LINK_CANCEL) {
        memcpy(seen->job, message->job, sizeof(seen->job));
        atomic_fetch_add(&seen->cancels, 1);
    } else {
        atomic_fetch_add(message->type == AVT_LINK_WAKE ? &seen->wakes : &seen->drains, 1);
    }
}

static void give_status(struct avt_worker_status *ret_status, void *user)
{
    (void)user;
    *ret_status = (struct avt_worker_status){.name = "worker-1", .pid = (int)getpid()};
}

static void at_server(const char *worker, const struct avt_link_message *message, void *user)
{
    struct seen *seen = user;
    snprintf(seen->worker, sizeof(seen->worker), "%s", worker);
    if (message->type == AVT_LINK_PROGRESS)
        atomic_fetch_add(&seen->progress, 1);
    else if (message->type == AVT_LINK_FINISHED)
        atomic_fetch_add(&seen->finished, 1);
    else if (message->type == AVT_LINK_STATUS)
        atomic_fetch_add(&seen->status, 1);
}

static void wait_for(atomic_int *count, int at_least)
{
    for (int i = 0; i < 2000 && atomic_load(count) < at_least; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    assert_true(atomic_load(count) >= at_least);
}

static void link__both_ways(void **state)
{
    (void)state;
    struct seen worker = {0}, server = {0};
    const struct avt_link_handler handler = {at_worker, give_status, &worker};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_link_watch_freep) struct avt_link_watch *watch = NULL;
    /* The server first: it finds a worker that starts later. */
    assert_int_equal(avt_link_watch_start(storage, at_server, &server, &watch, &error), AVT_OK);
    AVT_CLEANUP(avt_link_freep) struct avt_link *link = NULL;
    assert_int_equal(avt_link_listen(storage, "worker-1", &handler, &link, &error), AVT_OK);
    wait_for(&server.status, 1);
    struct avt_worker_status list[4];
    assert_int_equal(avt_link_watch_workers(watch, list, 4), 1);
    assert_string_equal(list[0].name, "worker-1");
    assert_int_equal(list[0].pid, getpid());

    avt_link_watch_wake(watch);
    wait_for(&worker.wakes, 1);
    avt_link_watch_cancel(watch, JOB);
    wait_for(&worker.cancels, 1);
    assert_string_equal(worker.job, JOB);
    const struct avt_link_message drain = {.type = AVT_LINK_DRAIN};
    avt_link_watch_send(watch, "worker-2", &drain);
    avt_link_watch_send(watch, "worker-1", &drain);
    wait_for(&worker.drains, 1);
    assert_int_equal(atomic_load(&worker.drains), 1);

    const struct avt_link_message progress = {
        .type = AVT_LINK_PROGRESS, .job = JOB, .progress = 12};
    avt_link_send(link, &progress);
    wait_for(&server.progress, 1);
    assert_string_equal(server.worker, "worker-1");
    assert_int_equal(avt_link_watch_workers(watch, list, 4), 1);
    assert_string_equal(list[0].job, JOB);
    assert_int_equal(list[0].progress, 12);
    const struct avt_link_message finished = {
        .type = AVT_LINK_FINISHED, .job = JOB, .status = AVT_JOB_COMPLETED};
    avt_link_send(link, &finished);
    wait_for(&server.finished, 1);
    assert_int_equal(avt_link_watch_workers(watch, list, 4), 1);
    assert_string_equal(list[0].job, "");

    const struct avt_link_message wake = {.type = AVT_LINK_WAKE};
    int before = atomic_load(&worker.wakes);
    assert_int_equal(avt_link_tell(storage, &wake), 1);
    wait_for(&worker.wakes, before + 1);
    avt_link_free(AVT_TAKE(link));
    for (int i = 0; i < 2000 && avt_link_watch_workers(watch, list, 4); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    assert_int_equal(avt_link_watch_workers(watch, list, 4), 0);
}

static void link__one_worker_a_name(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct avt_link_handler handler = {at_worker, give_status, &seen};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_link_freep) struct avt_link *first = NULL, *second = NULL;
    assert_int_equal(avt_link_listen(storage, "worker-1", &handler, &first, &error), AVT_OK);
    assert_int_equal(avt_link_listen(storage, "worker-1", &handler, &second, &error), AVT_ELIMIT);
    assert_non_null(strstr(error.message, "worker-1"));
    char path[96];
    struct stat st;
    snprintf(path, sizeof(path), "%s/run/worker-1.sock", storage);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    avt_link_free(AVT_TAKE(first));
    assert_int_equal(stat(path, &st), -1);
    static const char *const names[] = {
        "", ".x", "a/b", "a b", "../x", "a-name-of-forty-eight-letters-is-one-too-long-xx"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_int_equal(avt_link_listen(storage, names[i], &handler, &second, &error), AVT_EINVAL);
}

static void link__the_socket_of_a_dead_worker_is_replaced(void **state)
{
    (void)state;
    int folder = avt_link_folder(storage, true);
    assert_true(folder >= 0);
    int dead = avt_link_bind(folder, "worker-1.sock");
    assert_true(dead >= 0);
    close(dead); /* as after SIGKILL: the file stays */
    const struct avt_link_message wake = {.type = AVT_LINK_WAKE};
    assert_int_equal(avt_link_tell(storage, &wake), 0);
    struct seen seen = {0};
    const struct avt_link_handler handler = {at_worker, give_status, &seen};
    AVT_CLEANUP(avt_link_freep) struct avt_link *link = NULL;
    assert_int_equal(avt_link_listen(storage, "worker-1", &handler, &link, NULL), AVT_OK);
    assert_int_equal(avt_link_tell(storage, &wake), 1);
    wait_for(&seen.wakes, 1);
    close(folder);
}

static void link__rubbish_ends_the_connection_only(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct avt_link_handler handler = {at_worker, give_status, &seen};
    AVT_CLEANUP(avt_link_freep) struct avt_link *link = NULL;
    assert_int_equal(avt_link_listen(storage, "worker-1", &handler, &link, NULL), AVT_OK);
    int folder = avt_link_folder(storage, false);
    AVT_CLEANUP(avt_freep) char *block = avt_new0(char, AVT_LINK_LINE_MAX);
    memset(block, 'x', AVT_LINK_LINE_MAX);
    for (int i = 0; i < 2; i++) {
        int fd = avt_link_connect(folder, "worker-1.sock");
        assert_true(fd >= 0);
        if (i == 0)
            assert_true(send(fd, "{\"type\":\"drain\"}\nrubbish\n", 25, MSG_NOSIGNAL) == 25);
        else
            while (send(fd, block, AVT_LINK_LINE_MAX, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
                ; /* a line without an end */
        /* Its status, then it hangs up. */
        char byte;
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        while (poll(&readable, 1, 20000) == 1 && recv(fd, &byte, 1, 0) > 0)
            ;
        assert_true(readable.revents & (POLLHUP | POLLERR));
        close(fd);
    }
    wait_for(&seen.drains, 1);
    const struct avt_link_message wake = {.type = AVT_LINK_WAKE};
    assert_int_equal(avt_link_tell(storage, &wake), 1);
    wait_for(&seen.wakes, 1);
    close(folder);
}

static void link__a_peer_that_does_not_read_costs_nothing(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct avt_link_handler handler = {at_worker, give_status, &seen};
    AVT_CLEANUP(avt_link_freep) struct avt_link *link = NULL;
    assert_int_equal(avt_link_listen(storage, "worker-1", &handler, &link, NULL), AVT_OK);
    int folder = avt_link_folder(storage, false);
    int fd = avt_link_connect(folder, "worker-1.sock");
    assert_true(fd >= 0);
    const struct avt_link_message progress = {.type = AVT_LINK_PROGRESS, .job = JOB, .progress = 1};
    for (int i = 0; i < 20000; i++)
        avt_link_send(link, &progress);
    const struct avt_link_message wake = {.type = AVT_LINK_WAKE};
    assert_int_equal(avt_link_tell(storage, &wake), 1);
    wait_for(&seen.wakes, 1);
    close(fd);
    close(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link__lines),
        cmocka_unit_test(link__what_is_written_can_be_read),
        cmocka_unit_test_setup_teardown(link__both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(link__one_worker_a_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(link__the_socket_of_a_dead_worker_is_replaced, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(link__rubbish_ends_the_connection_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(link__a_peer_that_does_not_read_costs_nothing, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
