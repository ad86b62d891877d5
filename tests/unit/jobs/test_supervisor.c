/* SPDX-License-Identifier: Apache-2.0 */
/* A supervisor whose workers are small shell scripts. */
#include "../cmocka_all.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "jobs/link_peer.h"
#include "jobs/supervisor.h"
#include "jobs/worker.h"
#include "os/paths.h"
#include "os/proc.h"
#include "store/layout.h"
#include "store/tree.h"

static struct {
    char storage[64];
    char *script, *notes;
    struct avt_jobstore *store;
    struct avt_supervisor_options options;
    struct avt_supervisor *supervisor;
    atomic_int finished, problems;
    enum avt_job_status status;
} b;

static void on_message(const char *worker, const struct avt_link_message *message, void *user)
{
    (void)worker;
    (void)user;
    if (message->type == AVT_LINK_FINISHED) {
        b.status = message->status;
        atomic_fetch_add(&b.finished, 1);
    }
}

static void on_log(bool problem, const char *worker, const char *text, void *user)
{
    (void)worker;
    (void)text;
    (void)user;
    atomic_fetch_add(&b.problems, problem);
}

static int set_up(void **state)
{
    (void)state;
    memset(&b, 0, sizeof(b));
    snprintf(b.storage, sizeof(b.storage), "/tmp/avatar-super-XXXXXX");
    if (!mkdtemp(b.storage) || avt_layout_make(b.storage, NULL) != AVT_OK)
        return -1;
    b.script = avt_path_join(b.storage, "worker.sh");
    b.notes = avt_path_join(b.storage, "notes");
    const struct avt_jobstore_options store = {.storage = b.storage, .kind = "memory"};
    if (avt_jobstore_open(&store, &b.store, NULL) != AVT_OK)
        return -1;
    b.options = avt_supervisor_options_default;
    b.options.storage = b.storage;
    b.options.store = b.store;
    b.options.program = b.script;
    b.options.interactive = 0;
    b.options.message = on_message;
    b.options.log = on_log;
    b.options.drain_ms = 20000;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    avt_supervisor_stop(b.supervisor);
    avt_jobstore_close(b.store);
    avt_free(b.script);
    avt_free(b.notes);
    return avt_tree_remove(b.storage, NULL, NULL) == AVT_OK ? 0 : -1;
}

/** The workers' program: `body` in sh, where $notes is a file to leave words in. */
static void write_script(const char *body)
{
    AVT_CLEANUP(avt_freep) char *text = avt_asprintf("#!/bin/sh\nnotes='%s'\n%s\n", b.notes, body);
    assert_int_equal(avt_file_write(b.script, text, strlen(text), NULL), AVT_OK);
    assert_int_equal(chmod(b.script, 0700), 0);
}

static void start(void)
{
    struct avt_error error = {0};
    if (avt_supervisor_start(&b.options, &b.supervisor, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static char *notes(void)
{
    char *text = NULL;
    return avt_file_read_text(b.notes, 1 << 20, &text, NULL) == AVT_OK ? text : avt_strdup("");
}

static void wait_for_note(const char *word, int times)
{
    for (int i = 0; i < 2000; i++) {
        AVT_CLEANUP(avt_freep) char *text = notes();
        int seen = 0;
        for (const char *p = text; (p = strstr(p, word)); p++)
            seen++;
        if (seen >= times)
            return;
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    }
    fail_msg("no '%s' %d times", word, times);
}

static void supervisor__starts_workers_with_their_options(void **state)
{
    (void)state;
    const char *const extra[] = {"--log=json", "--lease=99s", NULL};
    write_script("echo \"$@\" >> $notes; exec sleep 100");
    b.options.workers = 2;
    b.options.interactive = 1;
    b.options.lease_ms = 3000;
    b.options.jobs_max = 7;
    b.options.budget_bytes = 900 * 1000 * 1000;
    b.options.threads = 0; /* divided by the workers that are not interactive */
    b.options.extra = extra;
    start();
    wait_for_note("--interactive ", 1);
    wait_for_note("worker ", 3);
    AVT_CLEANUP(avt_freep) char *text = notes();
    assert_non_null(strstr(text, "--name=worker-1"));
    assert_non_null(strstr(text, "--name=worker-2"));
    assert_non_null(strstr(text, "--name=interactive-1"));
    assert_non_null(strstr(text, "--store=sqlite"));
    int share = avt_cpu_count() / 2;
    AVT_CLEANUP(avt_freep) char *threads = avt_asprintf("--threads=%d ", share > 0 ? share : 1);
    assert_non_null(strstr(text, threads));
    assert_non_null(strstr(text, "--recycle-jobs=7"));
    assert_non_null(strstr(text, "--memory-budget=300")); /* divided by three */
    /* What the supervisor itself sets comes last, and so wins. */
    assert_true(strstr(text, "--lease=3000ms") > strstr(text, "--lease=99s"));
    assert_non_null(strstr(text, "--log=json"));
    assert_non_null(strstr(text, b.storage));
}

static void supervisor__replaces_those_that_end(void **state)
{
    (void)state;
    write_script("echo run >> $notes; exit 3");
    start();
    wait_for_note("run", 3);
    struct avt_supervisor_counts counts;
    avt_supervisor_counts(b.supervisor, &counts);
    /* The third may have written its note before it is counted. */
    for (int i = 0; i < 2000 && counts.started < 3; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
        avt_supervisor_counts(b.supervisor, &counts);
    }
    assert_true(counts.started >= 3);
    assert_true(counts.crashed >= 2);
    /* Half a second, one, two, ...: not as fast as it can. */
    assert_true(counts.started < 20);
    assert_true(atomic_load(&b.problems) >= 2);
}

static void submit(struct avt_job *ret_job)
{
    bool replayed;
    *ret_job = (struct avt_job){.type = AVT_JOB_FULL_PIPELINE, .attempts_max = 3};
    ret_job->params = json_pack("{s:s}", "text", "Hi.");
    assert_int_equal(avt_jobstore_submit(b.store, ret_job, NULL, &replayed, NULL), AVT_OK);
}

static void claim_as(const char *owner, int64_t lease_ms)
{
    const struct avt_job_claim_options claim = {
        .worker = owner, .lease_ms = lease_ms, .types = ~0u};
    struct avt_job job;
    assert_int_equal(avt_jobstore_claim(b.store, &claim, &job, NULL), AVT_OK);
    avt_job_done(&job);
}

static enum avt_job_status status_of(const char *id)
{
    struct avt_job job;
    assert_int_equal(avt_jobstore_get(b.store, id, NULL, &job, NULL), AVT_OK);
    enum avt_job_status status = job.status;
    avt_job_done(&job);
    return status;
}

static void wait_for_status(const char *id, enum avt_job_status status)
{
    for (int i = 0; i < 2000 && status_of(id) != status; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    assert_int_equal(status_of(id), status);
}

static void supervisor__frees_the_lease_of_a_dead_worker_at_once(void **state)
{
    (void)state;
    write_script("echo pid:$$ >> $notes; exec sleep 100");
    start();
    wait_for_note("pid:", 1);
    AVT_CLEANUP(avt_freep) char *text = notes();
    int pid = 0;
    assert_int_equal(sscanf(text, "pid:%d", &pid), 1);
    char owner[AVT_LEASE_OWNER_SIZE];
    avt_worker_lease_owner("worker-1", pid, owner);
    struct avt_job job;
    submit(&job);
    claim_as(owner, 3600 * 1000); /* an hour */
    assert_int_equal(kill(pid, SIGKILL), 0);
    wait_for_status(job.id, AVT_JOB_PENDING);
    for (int i = 0; i < 2000 && atomic_load(&b.finished) == 0; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    assert_int_equal(b.status, AVT_JOB_PENDING);
    struct avt_supervisor_counts counts;
    avt_supervisor_counts(b.supervisor, &counts);
    assert_int_equal(counts.rescued, 1);
    wait_for_note("pid:", 2);
    avt_job_done(&job);
}

static void supervisor__rescues_leases_that_are_over(void **state)
{
    (void)state;
    struct avt_job job;
    b.options.workers = 0;
    b.options.lease_ms = 300;
    submit(&job);
    start();
    claim_as("elsewhere:1", 1);
    wait_for_status(job.id, AVT_JOB_PENDING);
    avt_job_done(&job);
}

/* A server that was killed leaves leases, sockets and folders; the next one need not wait for them.
 */
static void supervisor__clears_up_after_the_server_before(void **state)
{
    (void)state;
    struct avt_job jobs[3];
    static const char *const owners[] = {"worker-1:%d", "gpu-host:%d", "worker-2:%d"};
    int dead = 0x3fffff - 1, alive = (int)getpid();
    for (int i = 0; i < 3; i++) {
        char owner[AVT_LEASE_OWNER_SIZE];
        submit(&jobs[i]);
        const char *colon = strchr(owners[i], ':');
        snprintf(owner, sizeof(owner), "%.*s:%d", (int)(colon - owners[i]), owners[i],
                 i == 2 ? alive : dead);
        claim_as(owner, 3600 * 1000);
    }
    AVT_CLEANUP(avt_freep) char *left = avt_layout_output(b.storage, jobs[0].id, 1);
    assert_int_equal(avt_mkdirs(left, NULL), AVT_OK);
    int folder = avt_link_folder(b.storage, true);
    int sockets[2] = {avt_link_bind(folder, "worker-1.sock"),
                      avt_link_bind(folder, "gpu-host.sock")};
    close(sockets[0]);
    close(sockets[1]);
    write_script("exec sleep 100");
    b.options.workers = 2;
    start();
    assert_int_equal(status_of(jobs[0].id), AVT_JOB_PENDING);
    assert_int_equal(status_of(jobs[1].id), AVT_JOB_RUNNING); /* perhaps on another machine */
    assert_int_equal(status_of(jobs[2].id), AVT_JOB_RUNNING); /* its process lives */
    assert_false(avt_file_exists(left));
    struct stat st;
    assert_int_equal(fstatat(folder, "worker-1.sock", &st, 0), -1);
    assert_int_equal(fstatat(folder, "gpu-host.sock", &st, 0), 0);
    close(folder);
    for (int i = 0; i < 3; i++)
        avt_job_done(&jobs[i]);
}

static void supervisor__waits_while_a_worker_of_that_name_lives(void **state)
{
    (void)state;
    int folder = avt_link_folder(b.storage, true);
    int socket = avt_link_bind(folder, "worker-1.sock");
    write_script("echo run >> $notes; exec sleep 100");
    b.options.workers = 2;
    start();
    wait_for_note("run", 1); /* worker-2 */
    struct avt_supervisor_counts counts;
    avt_supervisor_counts(b.supervisor, &counts);
    assert_int_equal(counts.started, 1);
    close(socket);
    wait_for_note("run", 2);
    close(folder);
}

static void supervisor__stop_asks_and_then_kills(void **state)
{
    (void)state;
    write_script("trap 'echo drained >> $notes; exit 0' TERM\n"
                 "if echo \"$@\" | grep -q worker-2; then trap '' TERM; fi\n"
                 "echo run:$$ >> $notes\nwhile :; do sleep 0.05; done");
    b.options.workers = 2;
    b.options.drain_ms = 1;
    start();
    wait_for_note("run:", 2);
    avt_supervisor_stop(AVT_TAKE(b.supervisor));
    wait_for_note("drained", 1);
    AVT_CLEANUP(avt_freep) char *text = notes();
    for (const char *p = text; (p = strstr(p, "run:")); p++) {
        int pid = 0;
        assert_int_equal(sscanf(p, "run:%d", &pid), 1);
        assert_int_equal(kill(pid, 0), -1);
    }
}

static void supervisor__workers_see_its_death(void **state)
{
    (void)state;
    /* Their standard input is a pipe from it: its end is the end of the supervisor. */
    write_script("echo run >> $notes; cat > /dev/null; echo eof >> $notes");
    start();
    wait_for_note("run", 1);
    AVT_CLEANUP(avt_freep) char *text = notes();
    assert_null(strstr(text, "eof"));
}

/* Deliveries are its own work; everything else is for workers. */
static void supervisor__delivers_webhooks(void **state)
{
    (void)state;
    struct avt_job film, delivery = {.type = AVT_JOB_WEBHOOK, .attempts_max = 1};
    bool replayed;
    submit(&film);
    delivery.params = json_pack("{s:s, s:s, s:s}", "url", "http://127.0.0.1:9/", "job", film.id,
                                "event", "completed");
    assert_int_equal(avt_jobstore_submit(b.store, &delivery, NULL, &replayed, NULL), AVT_OK);
    b.options.workers = 0;
    start();
    /* An address of this machine, which is refused without a connection. */
    wait_for_status(delivery.id, AVT_JOB_FAILED);
    assert_int_equal(status_of(film.id), AVT_JOB_PENDING);
    AVT_CLEANUP(avt_freep) char *left =
        avt_layout_path(b.storage, AVT_LAYOUT_OUTPUTS, delivery.id);
    for (int i = 0; i < 2000 && avt_file_exists(left); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    assert_false(avt_file_exists(left));
    avt_job_done(&film);
    avt_job_done(&delivery);
}

static void supervisor__bad_options(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct avt_supervisor *none = NULL;
    b.options.program = "/no/such/avatar";
    assert_int_equal(avt_supervisor_start(&b.options, &none, &error), AVT_ENOENT);
    b.options.workers = AVT_SUPERVISOR_WORKERS_MAX + 1;
    assert_int_equal(avt_supervisor_start(&b.options, &none, &error), AVT_EINVAL);
    b.options.workers = -1;
    assert_int_equal(avt_supervisor_start(&b.options, &none, &error), AVT_EINVAL);
    assert_null(none);
    b.options.workers = 0;
    start();
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(supervisor__starts_workers_with_their_options),
        ROW(supervisor__replaces_those_that_end),
        ROW(supervisor__frees_the_lease_of_a_dead_worker_at_once),
        ROW(supervisor__rescues_leases_that_are_over),
        ROW(supervisor__clears_up_after_the_server_before),
        ROW(supervisor__waits_while_a_worker_of_that_name_lives),
        ROW(supervisor__stop_asks_and_then_kills),
        ROW(supervisor__workers_see_its_death),
        ROW(supervisor__delivers_webhooks),
        ROW(supervisor__bad_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
