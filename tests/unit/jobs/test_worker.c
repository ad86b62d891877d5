/* SPDX-License-Identifier: Apache-2.0 */
/* A worker with a runner that only pretends, a store in memory and a clock that is set by hand. */
#include "../cmocka_all.h"

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
#include "jobs/worker.h"
#include "os/thread.h"

/* ---- fakes ----------------------------------------------------------------------------------- */

enum act {
    ACT_FINISH,     /* write a file, succeed */
    ACT_FAIL,       /* with `code` */
    ACT_UNTIL_STOP, /* run until cancelled */
    ACT_STUBBORN,   /* do not listen to cancel() until `let_go` */
    ACT_UNTIL_GO,   /* run until `let_go`, then succeed; honours cancel */
};

struct bench {
    char storage[64];
    struct avt_jobstore *store;
    atomic_llong clock_ms;
    struct avt_worker_options options;
    struct avt_runner runner;
    struct avt_worker *worker;
    struct avt_thread *thread;
    enum avt_worker_end end;
    enum avt_code code;
    atomic_bool over;
    /* the runner */
    enum act act;
    enum avt_code fail_with;
    double eta_s;
    atomic_int running, runs, cancels, stuck, trims;
    atomic_bool let_go;
    char folder[256];
};
static struct bench b;

static int64_t clock_now(void *user)
{
    struct bench *bench = user;
    return atomic_load(&bench->clock_ms);
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

static void wait_until(atomic_int *count, int at_least)
{
    for (int i = 0; i < 4000 && atomic_load(count) < at_least; i++)
        pause_ms(5);
    assert_true(atomic_load(count) >= at_least);
}

static enum avt_code fake_run(const struct avt_work *work, struct avt_work_result *ret_result,
                              void *user, struct avt_error *reterr)
{
    struct bench *bench = user;
    int cancels = atomic_load(&bench->cancels);
    snprintf(bench->folder, sizeof(bench->folder), "%s", work->folder);
    const struct avt_work_progress progress = {
        .fraction = 0.4, .stage = "lipsync", .stages_completed = 3, .eta_s = bench->eta_s};
    work->progress(work, &progress);
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/film.mp4", work->folder);
    assert_int_equal(avt_file_write(path, "film", 4, NULL), AVT_OK);
    atomic_fetch_add(&bench->runs, 1);
    atomic_fetch_add(&bench->running, 1);
    enum avt_code code = AVT_OK;
    if (bench->act == ACT_FAIL)
        code = avt_fail(reterr, bench->fail_with, "it did not work");
    while (bench->act >= ACT_UNTIL_STOP) {
        if (atomic_load(&bench->let_go))
            break;
        if (bench->act != ACT_STUBBORN && atomic_load(&bench->cancels) > cancels) {
            code = avt_fail(reterr, AVT_ECANCELLED, "stopped");
            break;
        }
        pause_ms(2);
    }
    if (code == AVT_OK)
        ret_result->result = json_pack("{s:o}", "file", json_sprintf("%sfilm.mp4", work->prefix));
    else
        snprintf(ret_result->stage, sizeof(ret_result->stage), "lipsync");
    atomic_fetch_sub(&bench->running, 1);
    return code;
}

static void fake_cancel(void *user)
{
    atomic_fetch_add(&((struct bench *)user)->cancels, 1);
}

static void fake_trim(int64_t bytes, void *user)
{
    assert_int_equal(bytes, 1000);
    atomic_fetch_add(&((struct bench *)user)->trims, 1);
}

static size_t fake_models(struct avt_link_model *ret_models, size_t max, void *user)
{
    (void)user;
    assert_true(max >= 1);
    ret_models[0] = (struct avt_link_model){.id = "fake", .bytes = 5};
    return 1;
}

static void on_stuck(void *user)
{
    struct bench *bench = user;
    atomic_fetch_add(&bench->stuck, 1);
    atomic_store(&bench->let_go, true);
}

static int set_up(void **state)
{
    (void)state;
    memset(&b, 0, sizeof(b));
    snprintf(b.storage, sizeof(b.storage), "/tmp/avatar-worker-XXXXXX");
    if (!mkdtemp(b.storage))
        return -1;
    atomic_store(&b.clock_ms, 1700000000000);
    const struct avt_jobstore_options store = {
        .storage = b.storage, .kind = "memory", .now_ms = clock_now, .user = &b};
    b.eta_s = -1;
    b.options = avt_worker_options_default;
    b.options.storage = b.storage;
    b.options.name = "worker-1";
    b.options.poll_ms = 20;
    b.options.stuck = on_stuck;
    b.options.user = &b;
    b.runner = (struct avt_runner){.types = ~0u,
                                   .run = fake_run,
                                   .cancel = fake_cancel,
                                   .trim = fake_trim,
                                   .models = fake_models,
                                   .user = &b};
    return avt_jobstore_open(&store, &b.store, NULL) == AVT_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    avt_worker_free(b.worker);
    avt_jobstore_close(b.store);
    AVT_CLEANUP(avt_freep) char *command = avt_asprintf("%s/outputs", b.storage);
    (void)rmdir(command);
    avt_free(AVT_TAKE(command));
    command = avt_asprintf("%s/run", b.storage);
    (void)rmdir(command);
    /* Everything else is gone by then: whatever a job left behind would show here. */
    return rmdir(b.storage);
}

static void submit_of(enum avt_job_type type, const char *params, struct avt_job *ret_job)
{
    bool replayed = false;
    *ret_job = (struct avt_job){.type = type, .attempts_max = 3};
    ret_job->params = json_loads(params, 0, NULL);
    struct avt_error error = {0};
    if (avt_jobstore_submit(b.store, ret_job, NULL, &replayed, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static void submit(const char *params, struct avt_job *ret_job)
{
    submit_of(AVT_JOB_FULL_PIPELINE, params, ret_job);
}

static void reread(struct avt_job *job)
{
    char id[AVT_JOB_ID_SIZE];
    memcpy(id, job->id, sizeof(id));
    avt_job_done(job);
    assert_int_equal(avt_jobstore_get(b.store, id, NULL, job, NULL), AVT_OK);
}

static void make_worker(void)
{
    struct avt_error error = {0};
    b.options.store = b.store;
    if (avt_worker_new(&b.options, &b.runner, &b.worker, &error) != AVT_OK)
        fail_msg("%s", error.message);
}

static void run_once(void)
{
    b.options.once = true;
    if (!b.worker)
        make_worker();
    assert_int_equal(avt_worker_run(b.worker, &b.end, NULL), AVT_OK);
    assert_int_equal(b.end, AVT_WORKER_ONCE);
}

static void worker_main(void *user)
{
    struct bench *bench = user;
    bench->code = avt_worker_run(bench->worker, &bench->end, NULL);
    atomic_store(&bench->over, true);
}

/** The worker on a thread of its own, until join(). */
static void run_beside(void)
{
    make_worker();
    b.thread = avt_thread_start("worker", worker_main, &b);
    assert_non_null(b.thread);
}

static void join(enum avt_worker_end end)
{
    avt_thread_join(b.thread);
    assert_int_equal(b.code, AVT_OK);
    assert_int_equal(b.end, end);
}

static struct avt_worker_counts counts(void)
{
    struct avt_worker_counts result;
    avt_worker_counts(b.worker, &result);
    return result;
}

static void wait_for_status(struct avt_job *job, enum avt_job_status status)
{
    for (int i = 0; i < 4000; i++) {
        reread(job);
        if (job->status == status)
            return;
        pause_ms(5);
    }
    fail_msg("%s is %s", job->id, avt_job_status_name(job->status));
}

static bool output_exists(const struct avt_job *job, int64_t token)
{
    AVT_CLEANUP(avt_freep)
    char *path = avt_asprintf("%s/outputs/%s/%lld/film.mp4", b.storage, job->id, (long long)token);
    return avt_file_exists(path);
}

static void remove_output(const struct avt_job *job, int64_t token)
{
    AVT_CLEANUP(avt_freep)
    char *folder = avt_asprintf("%s/outputs/%s/%lld", b.storage, job->id, (long long)token);
    AVT_CLEANUP(avt_freep) char *file = avt_asprintf("%s/film.mp4", folder);
    AVT_CLEANUP(avt_freep) char *parent = avt_asprintf("%s/outputs/%s", b.storage, job->id);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(folder), 0);
    (void)rmdir(parent);
}

#define HELLO "{\"text\":\"Hello.\"}"

/* ---- ends ------------------------------------------------------------------------------------ */

static void worker__completes(void **state)
{
    (void)state;
    struct avt_job job;
    b.options.budget_bytes = 1000;
    submit(HELLO, &job);
    run_once();
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_COMPLETED);
    assert_string_equal(json_string_value(json_object_get(job.result, "file")), "1/film.mp4");
    assert_true(output_exists(&job, 1));
    assert_int_equal(counts().completed, 1);
    assert_int_equal(atomic_load(&b.trims), 1);
    remove_output(&job, 1);
    avt_job_done(&job);
    /* Nothing more to do. */
    run_once();
    assert_int_equal(atomic_load(&b.runs), 1);
}

static void worker__bad_params_never_reach_the_runner(void **state)
{
    (void)state;
    struct avt_job job;
    submit("{\"text\":\"\"}", &job);
    run_once();
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_FAILED);
    assert_string_equal(job.error_code, "bad_text");
    assert_int_equal(job.attempt, 1);
    assert_int_equal(atomic_load(&b.runs), 0);
    avt_job_done(&job);
}

static void worker__bad_input_is_not_tried_again(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    b.act = ACT_FAIL;
    b.fail_with = AVT_ENOFACE;
    run_once();
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_FAILED);
    assert_string_equal(job.error_code, "no_face");
    assert_string_equal(job.error_message, "it did not work");
    assert_string_equal(job.error_stage, "lipsync");
    assert_false(output_exists(&job, 1));
    avt_job_done(&job);
}

static void worker__what_may_pass_is_tried_again_later(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    b.act = ACT_FAIL;
    b.fail_with = AVT_EHELPER;
    int64_t before_ms = atomic_load(&b.clock_ms);
    run_once();
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_PENDING);
    assert_string_equal(job.error_code, "phonemizer");
    assert_true(job.run_at_ms >= before_ms + 3750 && job.run_at_ms <= before_ms + 6250);
    run_once(); /* not yet */
    assert_int_equal(atomic_load(&b.runs), 1);
    for (int attempt = 2; attempt <= 3; attempt++) {
        atomic_fetch_add(&b.clock_ms, 60000);
        run_once();
        reread(&job);
        assert_int_equal(job.attempt, attempt);
    }
    assert_int_equal(job.status, AVT_JOB_FAILED);
    assert_int_equal(counts().retried, 2);
    assert_int_equal(counts().failed, 1);
    avt_job_done(&job);
}

static void worker__cancel_through_the_store(void **state)
{
    (void)state;
    struct avt_job job, after;
    submit(HELLO, &job);
    b.act = ACT_UNTIL_STOP;
    b.options.no_link = true;
    run_beside();
    wait_until(&b.running, 1);
    assert_int_equal(avt_jobstore_cancel(b.store, job.id, NULL, &after, NULL), AVT_OK);
    assert_int_equal(after.status, AVT_JOB_RUNNING);
    avt_job_done(&after);
    wait_for_status(&job, AVT_JOB_CANCELLED);
    avt_worker_drain(b.worker);
    join(AVT_WORKER_DRAINED);
    assert_int_equal(counts().cancelled, 1);
    avt_job_done(&job);
}

static void worker__cancel_through_the_socket(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    b.act = ACT_UNTIL_STOP;
    b.options.lease_ms = 3600 * 1000;
    run_beside();
    wait_until(&b.running, 1);
    struct avt_link_message cancel = {.type = AVT_LINK_CANCEL};
    snprintf(cancel.job, sizeof(cancel.job), "job-20240115120000-ffffffff");
    assert_int_equal(avt_link_tell(b.storage, &cancel), 1); /* another's: nothing happens */
    memcpy(cancel.job, job.id, sizeof(cancel.job));
    assert_int_equal(avt_link_tell(b.storage, &cancel), 1);
    wait_for_status(&job, AVT_JOB_CANCELLED);
    avt_worker_drain(b.worker);
    join(AVT_WORKER_DRAINED);
    avt_job_done(&job);
}

static void worker__cancel_need_not_wait_for_the_runner(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    b.act = ACT_STUBBORN;
    b.options.stop_ms = 20;
    b.options.stuck_ms = 300;
    run_beside();
    wait_until(&b.running, 1);
    struct avt_link_message cancel = {.type = AVT_LINK_CANCEL};
    memcpy(cancel.job, job.id, sizeof(cancel.job));
    (void)avt_link_tell(b.storage, &cancel);
    wait_for_status(&job, AVT_JOB_CANCELLED);
    wait_until(&b.stuck, 1); /* and then the process is given up; here the runner comes back */
    avt_worker_drain(b.worker);
    join(AVT_WORKER_DRAINED);
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_CANCELLED);
    assert_false(output_exists(&job, 1));
    assert_int_equal(counts().cancelled, 1);
    assert_int_equal(counts().completed, 0);
    avt_job_done(&job);
}

static void worker__time_limit(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    b.act = ACT_UNTIL_STOP;
    b.options.time_limit_ms[AVT_JOB_FULL_PIPELINE] = 50;
    run_once();
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_FAILED);
    assert_string_equal(job.error_code, "time_limit");
    assert_int_equal(job.attempt, 1);
    avt_job_done(&job);
}

/* Each type has a limit of its own: what is too long for a picture is nothing for a film. */
static void worker__time_limit_is_by_type(void **state)
{
    (void)state;
    struct avt_job film, speech;
    submit_of(AVT_JOB_VOICE_SYNTHESIS, HELLO, &speech);
    atomic_fetch_add(&b.clock_ms, 10); /* so that the speech is first */
    submit(HELLO, &film);
    b.act = ACT_UNTIL_STOP;
    b.options.time_limit_ms[AVT_JOB_VOICE_SYNTHESIS] = 50;
    b.options.time_limit_ms[AVT_JOB_FULL_PIPELINE] = 0; /* none */
    run_beside();
    wait_for_status(&speech, AVT_JOB_FAILED);
    assert_string_equal(speech.error_code, "time_limit");
    wait_for_status(&film, AVT_JOB_RUNNING);
    pause_ms(400); /* several times as long, and more than a look of the watch */
    reread(&film);
    assert_int_equal(film.status, AVT_JOB_RUNNING);
    atomic_store(&b.let_go, true);
    wait_for_status(&film, AVT_JOB_COMPLETED);
    avt_worker_drain(b.worker);
    join(AVT_WORKER_DRAINED);
    remove_output(&film, 1);
    avt_job_done(&film);
    avt_job_done(&speech);
}

static void worker__time_limits_of_types(void **state)
{
    (void)state;
    enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };
    static const struct {
        enum avt_job_type type;
        int64_t limit_ms;
    } rows[] = {
        {AVT_JOB_FULL_PIPELINE, 6 * HOUR_MS},   {AVT_JOB_LIPSYNC, 6 * HOUR_MS},
        {AVT_JOB_VIDEO_ENCODE, 6 * HOUR_MS},    {AVT_JOB_VOICE_SYNTHESIS, 2 * HOUR_MS},
        {AVT_JOB_VOICE_CLONE, 2 * HOUR_MS},     {AVT_JOB_AVATAR_GENERATE, 2 * HOUR_MS},
        {AVT_JOB_FACE_DETECT, 2 * MINUTE_MS},   {AVT_JOB_VIDEO_INFO, MINUTE_MS},
        {AVT_JOB_WEBHOOK, MINUTE_MS},
    };
    assert_int_equal(sizeof(rows) / sizeof(*rows), AVT_JOB_TYPE_COUNT);
    for (size_t i = 0; i < AVT_JOB_TYPE_COUNT; i++)
        assert_int_equal(avt_worker_options_default.time_limit_ms[rows[i].type], rows[i].limit_ms);
}

/* ---- leases ---------------------------------------------------------------------------------- */

static void worker__heartbeats_keep_the_lease(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    b.act = ACT_UNTIL_GO;
    b.options.lease_ms = 3000;
    run_beside();
    wait_until(&b.running, 1);
    /* The store's clock goes on by several leases, a little at a time. */
    for (int i = 0; i < 5; i++) {
        reread(&job);
        int64_t until_ms = job.lease_until_ms;
        atomic_fetch_add(&b.clock_ms, 2000);
        for (int wait = 0; wait < 4000 && job.lease_until_ms <= until_ms; wait++) {
            pause_ms(2);
            reread(&job);
        }
        assert_true(job.lease_until_ms > until_ms);
        size_t rescued = 0;
        assert_int_equal(avt_jobstore_rescue(b.store, NULL, 3, NULL, NULL, &rescued, NULL), AVT_OK);
        assert_int_equal(rescued, 0);
    }
    assert_int_equal(job.progress, 40);
    assert_string_equal(job.stage, "lipsync");
    assert_int_equal(job.stages_completed, 3);
    atomic_store(&b.let_go, true);
    wait_for_status(&job, AVT_JOB_COMPLETED);
    avt_worker_drain(b.worker);
    join(AVT_WORKER_DRAINED);
    remove_output(&job, 1);
    avt_job_done(&job);
}

static void worker__a_lost_lease_ends_the_work(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    b.act = ACT_UNTIL_STOP;
    b.options.lease_ms = 300;
    run_beside();
    wait_until(&b.running, 1);
    /* As after SIGSTOP: the lease is over, and another worker has the job. */
    atomic_fetch_add(&b.clock_ms, 3600 * 1000);
    size_t rescued = 0;
    assert_int_equal(avt_jobstore_rescue(b.store, NULL, 3, NULL, NULL, &rescued, NULL), AVT_OK);
    if (rescued == 0) /* a heartbeat was quicker */
        assert_int_equal(
            avt_jobstore_rescue(b.store, b.worker ? "worker-1" : "", 3, NULL, NULL, &rescued, NULL),
            AVT_OK);
    char owner[AVT_LEASE_OWNER_SIZE];
    avt_worker_lease_owner("worker-1", (int)getpid(), owner);
    if (rescued == 0)
        assert_int_equal(avt_jobstore_rescue(b.store, owner, 3, NULL, NULL, &rescued, NULL),
                         AVT_OK);
    assert_int_equal(rescued, 1);
    avt_worker_drain(b.worker);
    const struct avt_job_claim_options other = {.worker = "other", .lease_ms = 60000, .types = ~0u};
    struct avt_job stolen;
    if (avt_jobstore_claim(b.store, &other, &stolen, NULL) != AVT_OK)
        fail_msg("the job is not to be had");
    join(AVT_WORKER_DRAINED);
    assert_int_equal(counts().lost, 1);
    assert_false(output_exists(&job, 1));
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_RUNNING);
    assert_string_equal(job.lease_owner, "other");
    assert_int_equal(job.attempt, 2);
    avt_job_done(&stolen);
    avt_job_done(&job);
}

static void worker__a_result_that_comes_too_late_is_refused(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    b.act = ACT_UNTIL_GO;
    b.options.lease_ms = 3600 * 1000;
    b.options.no_link = true;
    run_beside();
    wait_until(&b.running, 1);
    char owner[AVT_LEASE_OWNER_SIZE];
    avt_worker_lease_owner("worker-1", (int)getpid(), owner);
    size_t rescued = 0;
    avt_worker_drain(b.worker);
    assert_int_equal(avt_jobstore_rescue(b.store, owner, 3, NULL, NULL, &rescued, NULL), AVT_OK);
    assert_int_equal(rescued, 1);
    const struct avt_job_claim_options other = {.worker = "other", .lease_ms = 60000, .types = ~0u};
    struct avt_job stolen;
    assert_int_equal(avt_jobstore_claim(b.store, &other, &stolen, NULL), AVT_OK);
    atomic_store(&b.let_go, true);
    join(AVT_WORKER_DRAINED);
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_RUNNING);
    assert_int_equal(job.lease_token, 2);
    assert_null(job.result);
    assert_int_equal(counts().completed, 0);
    assert_int_equal(counts().lost, 1);
    /* Its file is in a folder of its own, where the sweep finds it, if it was not dropped at once.
     */
    if (output_exists(&job, 1))
        remove_output(&job, 1);
    avt_job_done(&stolen);
    avt_job_done(&job);
}

static void worker__a_job_that_kills_workers_stops(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    const struct avt_job_claim_options dead = {.worker = "dead", .lease_ms = 1000, .types = ~0u};
    for (int i = 1; i <= 3; i++) {
        struct avt_job claimed;
        size_t rescued = 0;
        assert_int_equal(avt_jobstore_claim(b.store, &dead, &claimed, NULL), AVT_OK);
        avt_job_done(&claimed);
        assert_int_equal(avt_jobstore_rescue(b.store, "dead", 2, NULL, NULL, &rescued, NULL),
                         AVT_OK);
        assert_int_equal(rescued, 1);
        reread(&job);
        assert_int_equal(job.status, i <= 2 ? AVT_JOB_PENDING : AVT_JOB_FAILED);
    }
    assert_string_equal(job.error_code, "worker_lost");
    run_once();
    assert_int_equal(atomic_load(&b.runs), 0);
    avt_job_done(&job);
}

/* A disk that was full for a second is no reason to wait for minutes because workers died before. */
static void worker__lost_workers_do_not_lengthen_the_pause(void **state)
{
    (void)state;
    struct avt_job job;
    submit(HELLO, &job);
    const struct avt_job_claim_options dead = {.worker = "dead", .lease_ms = 1000, .types = ~0u};
    for (int i = 0; i < 6; i++) {
        struct avt_job claimed;
        size_t rescued = 0;
        assert_int_equal(avt_jobstore_claim(b.store, &dead, &claimed, NULL), AVT_OK);
        avt_job_done(&claimed);
        assert_int_equal(avt_jobstore_rescue(b.store, "dead", 10, NULL, NULL, &rescued, NULL),
                         AVT_OK);
    }
    b.act = ACT_FAIL;
    b.fail_with = AVT_ENOSPACE;
    int64_t before_ms = atomic_load(&b.clock_ms);
    run_once();
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_PENDING);
    assert_int_equal(job.attempt, 7);
    assert_true(job.run_at_ms >= before_ms + 3750 && job.run_at_ms <= before_ms + 6250);
    avt_job_done(&job);
}

/* Where there is no server nobody else would. */
static void worker__an_idle_one_frees_lost_leases(void **state)
{
    (void)state;
    struct avt_job job, claimed;
    submit(HELLO, &job);
    const struct avt_job_claim_options dead = {.worker = "dead", .lease_ms = 1000, .types = ~0u};
    assert_int_equal(avt_jobstore_claim(b.store, &dead, &claimed, NULL), AVT_OK);
    avt_job_done(&claimed);
    run_once(); /* it is not over yet */
    assert_int_equal(atomic_load(&b.runs), 0);
    atomic_fetch_add(&b.clock_ms, 2000);
    avt_worker_free(AVT_TAKE(b.worker)); /* a new one looks at once */
    run_once();
    reread(&job);
    assert_int_equal(job.status, AVT_JOB_COMPLETED);
    assert_int_equal(job.rescues, 1);
    remove_output(&job, 2);
    avt_job_done(&job);
}

/* ---- ends of the worker ---------------------------------------------------------------------- */

static void worker__drain_finishes_what_is_nearly_done(void **state)
{
    (void)state;
    struct avt_job job, next;
    submit(HELLO, &job);
    atomic_fetch_add(&b.clock_ms, 1);
    submit(HELLO, &next);
    b.act = ACT_UNTIL_GO;
    b.eta_s = 0.1;
    run_beside();
    wait_until(&b.running, 1);
    avt_worker_drain(b.worker);
    pause_ms(50);
    assert_int_equal(atomic_load(&b.cancels), 0);
    atomic_store(&b.let_go, true);
    join(AVT_WORKER_DRAINED);
    reread(&job);
    reread(&next);
    assert_int_equal(job.status, AVT_JOB_COMPLETED);
    assert_int_equal(next.status, AVT_JOB_PENDING);
    remove_output(&job, 1);
    avt_job_done(&job);
    avt_job_done(&next);
}

static void worker__drain_hands_back_what_takes_longer(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct avt_job job;
        atomic_store(&b.runs, 0);
        submit(HELLO, &job);
        b.act = ACT_UNTIL_STOP;
        b.eta_s = how == 0 ? 3600 : -1;              /* it says so */
        b.options.drain_ms = how == 1 ? 30 : 600000; /* it is not done in time */
        run_beside();
        wait_until(&b.running, 1);
        avt_worker_drain(b.worker);
        if (how == 2)
            avt_worker_drain(b.worker); /* asked twice: at once */
        join(AVT_WORKER_DRAINED);
        reread(&job);
        assert_int_equal(job.status, AVT_JOB_PENDING);
        assert_int_equal(job.attempt, 0);
        assert_int_equal(counts().handed_back, 1);
        assert_false(output_exists(&job, 1));
        avt_worker_free(AVT_TAKE(b.worker));
        struct avt_job after;
        assert_int_equal(avt_jobstore_cancel(b.store, job.id, NULL, &after, NULL), AVT_OK);
        avt_job_done(&after);
        avt_job_done(&job);
    }
}

static void worker__drains_when_the_server_is_gone(void **state)
{
    (void)state;
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    b.options.parent_fd = pipe_fds[0];
    run_beside();
    pause_ms(30);
    assert_false(atomic_load(&b.over));
    close(pipe_fds[1]);
    join(AVT_WORKER_DRAINED);
    close(pipe_fds[0]);
}

static void worker__the_least_recently_used_model_goes_first(void **state)
{
    (void)state;
    struct avt_link_model models[] = {
        {.id = "speech", .bytes = 150, .idle_s = 3},
        {.id = "mesh", .bytes = 4, .idle_s = 0.1},
        {.id = "older", .bytes = 1, .idle_s = 60},
    };
    assert_int_equal(avt_worker_model_to_drop(models, 3, 155), 3); /* all fit */
    assert_int_equal(avt_worker_model_to_drop(models, 3, 154), 2);
    /* Large or small, loaded first or last: only its last use counts. */
    assert_int_equal(avt_worker_model_to_drop(models, 2, 153), 0);
    models[0].idle_s = 0;
    assert_int_equal(avt_worker_model_to_drop(models, 2, 153), 1);
    assert_int_equal(avt_worker_model_to_drop(models, 1, 1), 0); /* one alone that is too large */
    assert_int_equal(avt_worker_model_to_drop(models, 0, 0), 0);
}

static void worker__recycles(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        struct avt_job jobs[2];
        atomic_store(&b.runs, 0);
        for (int i = 0; i < 2; i++)
            submit(HELLO, &jobs[i]);
        b.options.jobs_max = how == 0 ? 1 : 0;
        b.options.rss_max_bytes = how == 0 ? 0 : 1;
        make_worker();
        assert_int_equal(avt_worker_run(b.worker, &b.end, NULL), AVT_OK);
        assert_int_equal(b.end, AVT_WORKER_RECYCLE);
        assert_int_equal(atomic_load(&b.runs), 1);
        avt_worker_free(AVT_TAKE(b.worker));
        b.options.jobs_max = b.options.rss_max_bytes = 0;
        run_once();
        avt_worker_free(AVT_TAKE(b.worker));
        b.options.once = false;
        for (int i = 0; i < 2; i++) {
            reread(&jobs[i]);
            assert_int_equal(jobs[i].status, AVT_JOB_COMPLETED);
            remove_output(&jobs[i], 1);
            avt_job_done(&jobs[i]);
        }
    }
}

static void worker__wakes_when_work_comes(void **state)
{
    (void)state;
    b.options.poll_ms = 3600 * 1000;
    run_beside();
    pause_ms(30);
    struct avt_job job;
    submit(HELLO, &job);
    const struct avt_link_message wake = {.type = AVT_LINK_WAKE};
    assert_int_equal(avt_link_tell(b.storage, &wake), 1);
    wait_for_status(&job, AVT_JOB_COMPLETED);
    avt_worker_drain(b.worker);
    join(AVT_WORKER_DRAINED);
    remove_output(&job, 1);
    avt_job_done(&job);
}

static void worker__an_interactive_one_takes_short_work_only(void **state)
{
    (void)state;
    struct avt_job job,
        brief = {.type = AVT_JOB_VOICE_SYNTHESIS, .attempts_max = 1, .short_work = true};
    submit(HELLO, &job);
    bool replayed;
    brief.params = json_loads(HELLO, 0, NULL);
    assert_int_equal(avt_jobstore_submit(b.store, &brief, NULL, &replayed, NULL), AVT_OK);
    b.options.interactive = true;
    run_once();
    run_once();
    reread(&job);
    reread(&brief);
    assert_int_equal(job.status, AVT_JOB_PENDING);
    assert_int_equal(brief.status, AVT_JOB_COMPLETED);
    remove_output(&brief, 1);
    avt_job_done(&job);
    avt_job_done(&brief);
}

/* ---- what it says ---------------------------------------------------------------------------- */

struct heard {
    atomic_int claimed, progress, finished, models;
    enum avt_job_status status;
};

static void hear(const char *worker, const struct avt_link_message *message, void *user)
{
    struct heard *heard = user;
    assert_string_equal(worker, "worker-1");
    if (message->type == AVT_LINK_CLAIMED)
        atomic_fetch_add(&heard->claimed, 1);
    if (message->type == AVT_LINK_PROGRESS && message->progress == 40)
        atomic_fetch_add(&heard->progress, 1);
    if (message->type == AVT_LINK_STATUS)
        atomic_store(&heard->models, (int)message->worker.model_count);
    if (message->type == AVT_LINK_FINISHED) {
        heard->status = message->status;
        atomic_fetch_add(&heard->finished, 1);
    }
}

static void worker__says_what_it_does(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct avt_job job;
    AVT_CLEANUP(avt_link_watch_freep) struct avt_link_watch *watch = NULL;
    assert_int_equal(avt_link_watch_start(b.storage, hear, &heard, &watch, NULL), AVT_OK);
    b.act = ACT_UNTIL_GO;
    run_beside();
    wait_until(&heard.models, 1);
    submit(HELLO, &job);
    avt_link_watch_wake(watch);
    wait_until(&heard.claimed, 1);
    wait_until(&heard.progress, 3); /* again and again, though the runner spoke once */
    atomic_store(&b.let_go, true);
    wait_until(&heard.finished, 1);
    assert_int_equal(heard.status, AVT_JOB_COMPLETED);
    avt_worker_drain(b.worker);
    join(AVT_WORKER_DRAINED);
    wait_for_status(&job, AVT_JOB_COMPLETED);
    remove_output(&job, 1);
    avt_job_done(&job);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(worker__completes),
        ROW(worker__bad_params_never_reach_the_runner),
        ROW(worker__bad_input_is_not_tried_again),
        ROW(worker__what_may_pass_is_tried_again_later),
        ROW(worker__cancel_through_the_store),
        ROW(worker__cancel_through_the_socket),
        ROW(worker__cancel_need_not_wait_for_the_runner),
        ROW(worker__time_limit),
        ROW(worker__time_limit_is_by_type),
        ROW(worker__time_limits_of_types),
        ROW(worker__heartbeats_keep_the_lease),
        ROW(worker__a_lost_lease_ends_the_work),
        ROW(worker__a_result_that_comes_too_late_is_refused),
        ROW(worker__a_job_that_kills_workers_stops),
        ROW(worker__lost_workers_do_not_lengthen_the_pause),
        ROW(worker__an_idle_one_frees_lost_leases),
        ROW(worker__drain_finishes_what_is_nearly_done),
        ROW(worker__drain_hands_back_what_takes_longer),
        ROW(worker__drains_when_the_server_is_gone),
        ROW(worker__the_least_recently_used_model_goes_first),
        ROW(worker__recycles),
        ROW(worker__wakes_when_work_comes),
        ROW(worker__an_interactive_one_takes_short_work_only),
        ROW(worker__says_what_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
