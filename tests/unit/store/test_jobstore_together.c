/* SPDX-License-Identifier: Apache-2.0 */
/* Job stores, continued: several threads, several processes, and processes that are killed. */
#include "fixture.h"

#include <signal.h>
#include <time.h>

#include "os/thread.h"

static void sleep_ms(int ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
    (void)nanosleep(&pause, NULL);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 8, EACH = 25 };

struct submitter {
    struct box *box;
    const char *key; /* the same for all, or NULL */
    int good, replayed;
    char ids[EACH][AVT_JOB_ID_SIZE];
};

static void submit_many(void *user)
{
    struct submitter *submitter = user;
    for (int i = 0; i < EACH; i++) {
        struct avt_jobstore_idempotency idempotency = {.key = submitter->key, .scope = "s"};
        struct avt_job job = {.params = json_pack("{s:i}", "n", i)};
        bool replayed = false;
        if (avt_jobstore_submit(submitter->box->store, &job, &idempotency, &replayed, NULL) ==
            AVT_OK) {
            memcpy(submitter->ids[submitter->good++], job.id, AVT_JOB_ID_SIZE);
            submitter->replayed += replayed;
        }
        avt_job_done(&job);
    }
}

static void run_threads(struct box *box, struct submitter *submitters, const char *key)
{
    struct avt_thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        submitters[i] = (struct submitter){.box = box, .key = key};
        threads[i] = avt_thread_start("submit", submit_many, &submitters[i]);
        assert_non_null(threads[i]);
    }
    for (int i = 0; i < THREADS; i++)
        avt_thread_join(threads[i]);
}

static long long jobs_in(struct box *box)
{
    struct avt_job_stats stats;
    long long count = 0;
    GOOD(avt_jobstore_stats(box->store, NULL, &stats, &error));
    for (int t = 0; t < AVT_JOB_TYPE_COUNT; t++)
        for (int s = 0; s < AVT_JOB_STATUS_COUNT; s++)
            count += stats.count[t][s];
    return count;
}

static void threads__submit_at_the_same_time(void **state)
{
    struct box *box = *state;
    AVT_CLEANUP(avt_freep)
    struct submitter *submitters = avt_new0(struct submitter, THREADS);
    run_threads(box, submitters, NULL);
    assert_int_equal(jobs_in(box), THREADS * EACH);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(submitters[i].good, EACH);
        for (int j = 0; j < EACH; j++) /* every thread was told about its own jobs */
            assert_int_equal(box_job(box, submitters[i].ids[j]).status, AVT_JOB_PENDING);
    }
}

static void threads__one_key_makes_one_job(void **state)
{
    struct box *box = *state;
    int replayed = 0;
    AVT_CLEANUP(avt_freep)
    struct submitter *submitters = avt_new0(struct submitter, THREADS);
    run_threads(box, submitters, "the same");
    assert_int_equal(jobs_in(box), 1);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(submitters[i].good, EACH);
        replayed += submitters[i].replayed;
        for (int j = 0; j < EACH; j++)
            assert_string_equal(submitters[i].ids[j], submitters[0].ids[0]);
    }
    assert_int_equal(replayed, THREADS * EACH - 1);
}

/* ---- processes ------------------------------------------------------------------------------- */

/* Runs `work` in a new process with a handle of its own; it ends with what `work` returns. */
static pid_t start(struct box *box, int (*work)(struct box *box, int out), int out)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    /* The parent's handle is its own, and neither used nor closed here. */
    struct box mine = *box;
    struct avt_jobstore_options options = {
        .storage = box->folder, .kind = box->kind, .now_ms = box_now, .user = &mine};
    if (avt_jobstore_open(&options, &mine.store, NULL) != AVT_OK)
        _exit(99);
    int status = work(&mine, out);
    avt_jobstore_close(mine.store);
    _exit(status);
}

static void expect_end(pid_t child, int status)
{
    int got = -1;
    assert_true(waitpid(child, &got, 0) == child);
    assert_true(WIFEXITED(got));
    assert_int_equal(WEXITSTATUS(got), status);
}

/* Claims and completes until nothing is left; writes the ids. */
static int drain(struct box *box, int out)
{
    char name[32];
    snprintf(name, sizeof(name), "worker-%d", (int)getpid());
    struct avt_job_claim_options options = {.worker = name, .lease_ms = 60000, .types = ALL_TYPES};
    for (;;) {
        struct avt_job job = {0};
        enum avt_code code = avt_jobstore_claim(box->store, &options, &job, NULL);
        if (code == AVT_ENOENT)
            return 0;
        if (code != AVT_OK)
            return 1;
        bool good = avt_jobstore_complete(box->store, job.id, job.lease_token, NULL, NULL, NULL) ==
                        AVT_OK &&
                    write(out, job.id, AVT_JOB_ID_SIZE) == AVT_JOB_ID_SIZE;
        avt_job_done(&job);
        if (!good)
            return 1;
    }
}

static void processes__claim_each_job_once(void **state)
{
    struct box *box = *state;
    enum { PROCESSES = 8, JOBS = 50 * PROCESSES };
    pid_t children[PROCESSES];
    char id[AVT_JOB_ID_SIZE];
    int fds[2], claims = 0;
    if (!box_lasts(box))
        return;
    for (int i = 0; i < JOBS; i++)
        SUBMIT();
    assert_int_equal(pipe(fds), 0);
    for (int i = 0; i < PROCESSES; i++)
        children[i] = start(box, drain, fds[1]);
    close(fds[1]);
    while (read(fds[0], id, sizeof(id)) == sizeof(id))
        claims++;
    close(fds[0]);
    for (int i = 0; i < PROCESSES; i++)
        expect_end(children[i], 0);
    assert_int_equal(claims, JOBS);
    struct avt_job_filter filter = {.status = AVT_JOB_COMPLETED, .type = -1, .limit = 1000};
    struct avt_job *jobs;
    size_t count;
    GOOD(avt_jobstore_list(box->store, &filter, &jobs, &count, filter.cursor, &error));
    assert_int_equal(count, JOBS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(jobs[i].attempt, 1);
        assert_int_equal(jobs[i].lease_token, 1);
    }
    avt_job_list_done(jobs, count);
}

static int submit_one_key(struct box *box, int out)
{
    struct avt_jobstore_idempotency idempotency = {.key = "k", .scope = "s"};
    struct avt_job job = {.params = json_object()};
    bool replayed = false;
    enum avt_code code = avt_jobstore_submit(box->store, &job, &idempotency, &replayed, NULL);
    bool good = code == AVT_OK && write(out, job.id, AVT_JOB_ID_SIZE) == AVT_JOB_ID_SIZE;
    avt_job_done(&job);
    return good ? replayed : 99;
}

static void processes__one_key_makes_one_job(void **state)
{
    struct box *box = *state;
    enum { PROCESSES = 4 };
    pid_t children[PROCESSES];
    char first[AVT_JOB_ID_SIZE], id[AVT_JOB_ID_SIZE];
    int fds[2], made = 0;
    if (!box_lasts(box))
        return;
    assert_int_equal(pipe(fds), 0);
    for (int i = 0; i < PROCESSES; i++)
        children[i] = start(box, submit_one_key, fds[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        assert_true(waitpid(children[i], &status, 0) == children[i] && WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 0, 1);
        made += WEXITSTATUS(status) == 0;
        assert_int_equal(read(fds[0], i == 0 ? first : id, sizeof(id)), sizeof(id));
        assert_string_equal(i == 0 ? first : id, first);
    }
    close(fds[0]);
    close(fds[1]);
    assert_int_equal(made, 1);
    assert_int_equal(jobs_in(box), 1);
}

/* ---- killed in the middle -------------------------------------------------------------------- */

/* Everything that writes, again and again, until it is killed. Tells of each job once it is
 * accepted. */
static int work_forever(struct box *box, int out)
{
    struct avt_job_claim_options options = {.worker = "w", .lease_ms = 1000, .types = ALL_TYPES};
    for (unsigned round = 0;; round++) {
        char key[32];
        snprintf(key, sizeof(key), "%d-%u", (int)getpid(), round);
        struct avt_jobstore_idempotency idempotency = {.key = key, .scope = "s"};
        struct avt_job job = {.params = json_object()}, claimed = {0};
        if (avt_jobstore_submit(box->store, &job, &idempotency, NULL, NULL) != AVT_OK ||
            write(out, job.id, AVT_JOB_ID_SIZE) != AVT_JOB_ID_SIZE)
            return 1;
        avt_job_done(&job);
        if (avt_jobstore_claim(box->store, &options, &claimed, NULL) != AVT_OK)
            continue;
        const char *id = claimed.id;
        int64_t token = claimed.lease_token;
        bool good = avt_jobstore_heartbeat(box->store, id, token, 1000, 50, "speech", 1, NULL,
                                           NULL) == AVT_OK;
        if (round % 3 == 0)
            good = good && avt_jobstore_hand_back(box->store, id, token, NULL) == AVT_OK;
        else
            good = good && avt_jobstore_complete(box->store, id, token, NULL, NULL, NULL) == AVT_OK;
        if (good && round % 5 == 4) {
            char told[AVT_JOB_ID_SIZE];
            memcpy(told, id, sizeof(told));
            told[0] = 'D';
            good = write(out, told, sizeof(told)) == sizeof(told) &&
                   avt_jobstore_delete(box->store, id, NULL, NULL) == AVT_OK;
        }
        avt_job_done(&claimed);
        if (!good)
            return 1;
    }
}

/* A job whose history makes sense: each event follows from the one before, the last is what it is.
 */
static void check_history(struct box *box, const struct avt_job *job)
{
    struct avt_job_event *events;
    size_t count;
    enum avt_job_status status = AVT_JOB_PENDING;
    GOOD(avt_jobstore_events(box->store, job->id, 0, 10000, &events, &count, &error));
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        enum avt_job_status next;
        assert_true(avt_job_status_parse(
            json_string_value(json_object_get(events[i].data, "status")), &next));
        assert_true(i == 0 ? next == AVT_JOB_PENDING : avt_job_transition_allowed(status, next));
        status = next;
    }
    assert_int_equal(status, job->status);
    avt_job_events_done(events, count);
}

static void check_all(struct box *box)
{
    struct avt_job_filter filter = {.status = -1, .type = -1, .limit = 500};
    do {
        struct avt_job *jobs;
        size_t count;
        GOOD(avt_jobstore_list(box->store, &filter, &jobs, &count, filter.cursor, &error));
        for (size_t i = 0; i < count; i++)
            check_history(box, &jobs[i]);
        avt_job_list_done(jobs, count);
    } while (filter.cursor[0]);
}

static void killed__leaves_a_store_that_is_whole(void **state)
{
    struct box *box = *state;
    enum { ROUNDS = 25 };
    if (!box_lasts(box))
        return;
    for (int round = 0; round < ROUNDS; round++) {
        char told[2000][AVT_JOB_ID_SIZE];
        size_t count = 0;
        int fds[2];
        assert_int_equal(pipe(fds), 0);
        pid_t child = start(box, work_forever, fds[1]);
        close(fds[1]);
        assert_int_equal(read(fds[0], told[count++], AVT_JOB_ID_SIZE), AVT_JOB_ID_SIZE);
        sleep_ms(1 + round * 7 % 30);
        kill(child, SIGKILL);
        assert_true(waitpid(child, NULL, 0) == child);
        while (count < 2000 && read(fds[0], told[count], AVT_JOB_ID_SIZE) == AVT_JOB_ID_SIZE)
            count++;
        close(fds[0]);
        for (size_t i = 0; i < count; i++) {
            struct avt_job job = {0};
            bool deleted = false;
            for (size_t j = i; j < count; j++)
                deleted |= told[j][0] == 'D' && avt_str_equal(told[j] + 1, told[i] + 1);
            enum avt_code code = avt_jobstore_get(box->store, told[i], NULL, &job, NULL);
            if (code != AVT_OK && !(deleted && code == AVT_ENOENT))
                fail_msg("%s: %s was accepted and is lost", box->kind, told[i]);
            avt_job_done(&job);
        }
    }
    check_all(box);
    box_reopen(box);
    assert_string_equal(box->reported, "");
    check_all(box);
    box->now_ms += 3600 * 1000;
    GOOD(avt_jobstore_rescue(box->store, NULL, 100, NULL, NULL, NULL, &error));
    long long active = -1, claimed = 0;
    GOOD(avt_jobstore_active_count(box->store, NULL, &active, &error));
    while (box_claim(box).id[0])
        claimed++;
    assert_int_equal(claimed, active);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(threads__submit_at_the_same_time),     TEST(threads__one_key_makes_one_job),
        TEST(processes__claim_each_job_once),       TEST(processes__one_key_makes_one_job),
        TEST(killed__leaves_a_store_that_is_whole),
    };
    return RUN_ALL_KINDS(tests);
}
