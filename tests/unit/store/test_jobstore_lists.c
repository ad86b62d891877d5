/* SPDX-License-Identifier: Apache-2.0 */
/* Job stores, continued: what a clock that is set does to them, lists, statistics, positions. */
#include "fixture.h"

/* ---- the clock ------------------------------------------------------------------------------- */

enum { DAY_MS = 24 * 3600 * 1000 };

static void clock__set_back_loses_and_delays_nothing(void **state)
{
    struct box *box = *state;
    box->now_ms += DAY_MS; /* submitted while the clock was a day ahead */
    const char *now = SUBMIT(), *later = SUBMIT(.run_at_ms = box->now_ms + 5000);
    const char *lost = SUBMIT(.priority = 5);
    assert_string_equal(box_claim(box).id, lost);
    box->now_ms -= DAY_MS;
    assert_string_equal(box_claim(box).id, now);
    assert_string_equal(box_claim(box).id, "");
    box->now_ms += 5000;
    assert_string_equal(box_claim(box).id, later);
    size_t count = 0;
    GOOD(avt_jobstore_rescue(box->store, NULL, 3, NULL, NULL, &count, &error));
    assert_int_equal(count, 0);
    box->now_ms += 55001;
    GOOD(avt_jobstore_rescue(box->store, NULL, 3, NULL, NULL, &count, &error));
    assert_true(count >= 1);
    assert_int_equal(box_job(box, lost).status, AVT_JOB_PENDING);
}

static void clock__set_back_while_the_store_was_closed(void **state)
{
    struct box *box = *state;
    if (!box_lasts(box))
        return;
    box->now_ms += DAY_MS;
    const char *id = SUBMIT();
    box->now_ms -= DAY_MS;
    box_reopen(box);
    assert_string_equal(box_claim(box).id, id);
}

static void clock__order_of_lists_does_not_depend_on_it(void **state)
{
    struct box *box = *state;
    char ids[4][AVT_JOB_ID_SIZE];
    for (int i = 0; i < 4; i++) {
        memcpy(ids[i], SUBMIT(), AVT_JOB_ID_SIZE);
        box->now_ms -= DAY_MS;
    }
    struct avt_job_filter filter = {.status = -1, .type = -1, .limit = 3};
    struct avt_job *jobs;
    size_t count;
    char cursor[64];
    GOOD(avt_jobstore_list(box->store, &filter, &jobs, &count, cursor, &error));
    assert_int_equal(count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(jobs[i].id, ids[3 - i]);
    avt_job_list_done(jobs, count);
}

static void clock__set_forwards_costs_a_rescue_but_no_job(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT();
    int64_t token = box_claim(box).lease_token;
    box->now_ms += DAY_MS;
    size_t count = 0;
    GOOD(avt_jobstore_rescue(box->store, NULL, 3, NULL, NULL, &count, &error));
    assert_int_equal(count, 1);
    box_expect_fenced(box, id, token);
    token = box_claim_with(box, box->store, "worker-2").lease_token;
    GOOD(avt_jobstore_complete(box->store, id, token, NULL, NULL, &error));
}

/* Two openers whose clocks are an hour apart, as on two machines that nobody keeps together: one that
 * is ahead takes what the other works on, and the one that is behind moves what lies ahead of it. */
static void clock__two_apart_cost_rescues_but_no_job_is_done_twice(void **state)
{
    struct box *box = *state;
    enum { HOUR_MS = 3600 * 1000 };
    if (!box_lasts(box))
        return;
    struct box ahead = *box;
    ahead.now_ms += HOUR_MS;
    const char *id = SUBMIT();
    int64_t first = box_claim(box).lease_token;
    ahead.store = box_open(&ahead);
    size_t count = 0;
    GOOD(avt_jobstore_rescue(ahead.store, NULL, 3, NULL, NULL, &count, &error));
    assert_int_equal(count, 1);
    struct avt_job second = box_claim_with(&ahead, ahead.store, "ahead");
    assert_string_equal(second.id, id);
    box_expect_fenced(box, id, first);
    /* A third one, whose clock is behind again, sees a clock that was set back. */
    box_reopen(box);
    assert_string_equal(box_claim(box).id, "");
    GOOD(avt_jobstore_complete(ahead.store, id, second.lease_token, NULL, NULL, &error));
    box_expect_fenced(box, id, second.lease_token);
    struct avt_job job = box_job(box, id);
    assert_int_equal(job.status, AVT_JOB_COMPLETED);
    assert_int_equal(job.rescues, 1);
    avt_jobstore_close(ahead.store);
}

/* ---- lists and statistics -------------------------------------------------------------------- */

static void list__pages_stay_while_jobs_come(void **state)
{
    struct box *box = *state;
    enum { JOBS = 25 };
    char ids[JOBS][AVT_JOB_ID_SIZE];
    for (int i = 0; i < JOBS; i++)
        memcpy(ids[i], SUBMIT(), AVT_JOB_ID_SIZE);
    struct avt_job_filter filter = {.status = -1, .type = -1, .limit = 10};
    int seen = 0;
    do {
        struct avt_job *jobs;
        size_t count;
        GOOD(avt_jobstore_list(box->store, &filter, &jobs, &count, filter.cursor, &error));
        for (size_t i = 0; i < count; i++, seen++)
            assert_string_equal(jobs[i].id, ids[JOBS - 1 - seen]);
        avt_job_list_done(jobs, count);
        SUBMIT(); /* newer than all pages: on none of them */
    } while (filter.cursor[0]);
    assert_int_equal(seen, JOBS);
}

static size_t list_count(struct box *box, struct avt_job_filter filter)
{
    struct avt_job *jobs;
    size_t count = 0;
    char cursor[64];
    filter.limit = 100;
    GOOD(avt_jobstore_list(box->store, &filter, &jobs, &count, cursor, &error));
    for (size_t i = 0; i < count; i++) {
        assert_non_null(jobs[i].params);
        if (filter.owner)
            assert_string_equal(jobs[i].owner, filter.owner);
        if (filter.status >= 0)
            assert_int_equal(jobs[i].status, filter.status);
        if (filter.type >= 0)
            assert_int_equal(jobs[i].type, filter.type);
    }
    assert_string_equal(cursor, "");
    avt_job_list_done(jobs, count);
    return count;
}

#define LIST(s, t, ...)                                                                            \
    list_count(box, (struct avt_job_filter){.status = (s), .type = (t), __VA_ARGS__})

static void list__filters(void **state)
{
    struct box *box = *state;
    struct avt_job job;
    SUBMIT(.owner = "alice");
    SUBMIT(.owner = "alice", .type = AVT_JOB_LIPSYNC);
    box->now_ms += 1000;
    const char *bobs = SUBMIT(.owner = "bob");
    SUBMIT(.type = AVT_JOB_WEBHOOK);
    GOOD(avt_jobstore_cancel(box->store, bobs, "bob", &job, &error));
    avt_job_done(&job);
    assert_int_equal(LIST(-1, -1), 3);
    assert_int_equal(LIST(-1, -1, .owner = "alice"), 2);
    assert_int_equal(LIST(-1, -1, .owner = ""), 0);
    assert_int_equal(LIST(AVT_JOB_CANCELLED, -1), 1);
    assert_int_equal(LIST(AVT_JOB_CANCELLED, -1, .owner = "alice"), 0);
    assert_int_equal(LIST(-1, AVT_JOB_LIPSYNC), 1);
    assert_int_equal(LIST(-1, AVT_JOB_WEBHOOK), 1);
    assert_int_equal(LIST(-1, -1, .since_ms = START_MS), 3);
    assert_int_equal(LIST(-1, -1, .since_ms = START_MS + 1), 1);
    assert_int_equal(LIST(-1, -1, .finished_before_ms = box->now_ms + 1), 1);
    assert_int_equal(LIST(-1, -1, .finished_before_ms = box->now_ms), 0);
    assert_int_equal(LIST(AVT_JOB_CANCELLED, AVT_JOB_FULL_PIPELINE, .owner = "bob", .since_ms = 1,
                          .finished_before_ms = box->now_ms + 1),
                     1);
}

static void list__refuses(void **state)
{
    struct box *box = *state;
    static const char *const cursors[] = {
        "x", "c", "cg", "c-1", "c1 ", "C1", "c1000000000000000", "c' OR 1", "1"};
    struct avt_job *jobs;
    size_t count;
    char cursor[64];
    struct avt_job_filter filter = {.status = -1, .type = -1, .limit = 0};
    BAD(AVT_EINVAL, "1 to 1000",
        avt_jobstore_list(box->store, &filter, &jobs, &count, cursor, &error));
    filter.limit = AVT_JOB_LIST_MAX + 1;
    BAD(AVT_EINVAL, "1001", avt_jobstore_list(box->store, &filter, &jobs, &count, cursor, &error));
    filter.limit = AVT_JOB_LIST_MAX;
    filter.type = AVT_JOB_TYPE_COUNT;
    BAD(AVT_EINVAL, "type", avt_jobstore_list(box->store, &filter, &jobs, &count, cursor, &error));
    filter.type = -1;
    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++) {
        snprintf(filter.cursor, sizeof(filter.cursor), "%s", cursors[i]);
        BAD(AVT_EINVAL, "cursor",
            avt_jobstore_list(box->store, &filter, &jobs, &count, cursor, &error));
    }
}

static void stats__count_and_mean(void **state)
{
    struct box *box = *state;
    struct avt_job_stats stats;
    for (int i = 1; i <= 3; i++) {
        const char *id = SUBMIT(.owner = "alice");
        const double seconds[AVT_JOB_STAGES] = {[1] = i};
        int64_t token = box_claim(box).lease_token;
        box->now_ms += 1000 * i;
        GOOD(avt_jobstore_complete(box->store, id, token, NULL, seconds, &error));
    }
    SUBMIT(.run_at_ms = box->now_ms + 500);
    box->now_ms += 100;
    int64_t oldest = box->now_ms;
    SUBMIT(.owner = "bob");
    box->now_ms += 100;
    SUBMIT(.owner = "bob", .type = AVT_JOB_LIPSYNC);
    SUBMIT(.type = AVT_JOB_WEBHOOK, .priority = -5);
    GOOD(avt_jobstore_stats(box->store, NULL, &stats, &error));
    assert_int_equal(stats.count[AVT_JOB_FULL_PIPELINE][AVT_JOB_COMPLETED], 3);
    assert_int_equal(stats.count[AVT_JOB_FULL_PIPELINE][AVT_JOB_PENDING], 2);
    assert_int_equal(stats.count[AVT_JOB_LIPSYNC][AVT_JOB_PENDING], 1);
    assert_int_equal(stats.count[AVT_JOB_WEBHOOK][AVT_JOB_PENDING], 0);
    assert_int_equal(stats.oldest_pending_ms, oldest);
    assert_true(stats.stage_mean_s[1] > 1.999 && stats.stage_mean_s[1] < 2.001);
    assert_true(stats.seconds_mean[AVT_JOB_FULL_PIPELINE] > 1.999 &&
                stats.seconds_mean[AVT_JOB_FULL_PIPELINE] < 2.001);
    assert_int_equal(stats.completed_last_hour, 3);
    GOOD(avt_jobstore_stats(box->store, "bob", &stats, &error));
    assert_int_equal(stats.count[AVT_JOB_FULL_PIPELINE][AVT_JOB_COMPLETED], 0);
    assert_int_equal(stats.count[AVT_JOB_FULL_PIPELINE][AVT_JOB_PENDING], 1);
    box->now_ms += 3600 * 1000 + 1;
    GOOD(avt_jobstore_stats(box->store, "alice", &stats, &error));
    assert_int_equal(stats.completed_last_hour, 0);
    assert_int_equal(stats.oldest_pending_ms, 0);
}

static void position__is_the_order_of_claims(void **state)
{
    struct box *box = *state;
    enum { JOBS = 8 };
    static const int priorities[JOBS] = {0, 5, -5, 0, 100, 5, 0, -5};
    for (int i = 0; i < JOBS; i++)
        SUBMIT(.priority = priorities[i], .estimate_s = 2.0);
    SUBMIT(.type = AVT_JOB_WEBHOOK, .priority = 100, .run_at_ms = 1);
    SUBMIT(.run_at_ms = START_MS + 1000, .priority = 100); /* not yet, so not ahead */
    int positions[JOBS] = {0};
    struct avt_job *jobs;
    size_t count;
    char cursor[64];
    struct avt_job_filter filter = {.status = AVT_JOB_PENDING, .type = -1, .limit = 100};
    GOOD(avt_jobstore_list(box->store, &filter, &jobs, &count, cursor, &error));
    assert_int_equal(count, JOBS + 1);
    for (size_t i = 0; i < count; i++) {
        long long ahead = -1;
        double seconds = -1;
        GOOD(avt_jobstore_queue_position(box->store, &jobs[i], &ahead, &seconds, &error));
        if (jobs[i].run_at_ms > START_MS) {
            assert_int_equal(ahead, 1); /* by then only the other of its priority is */
            continue;
        }
        assert_in_range(ahead, 0, JOBS - 1);
        positions[ahead]++;
        assert_true(seconds == 2.0 * (double)ahead);
    }
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(positions[i], 1);
    avt_job_list_done(jobs, count);
    struct avt_job running = box_claim(box);
    long long ahead = -1;
    double seconds = -1;
    GOOD(avt_jobstore_queue_position(box->store, &running, &ahead, &seconds, &error));
    assert_int_equal(ahead, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clock__set_back_loses_and_delays_nothing),
        TEST(clock__set_back_while_the_store_was_closed),
        TEST(clock__order_of_lists_does_not_depend_on_it),
        TEST(clock__set_forwards_costs_a_rescue_but_no_job),
        TEST(clock__two_apart_cost_rescues_but_no_job_is_done_twice),
        TEST(list__pages_stay_while_jobs_come),
        TEST(list__filters),
        TEST(list__refuses),
        TEST(stats__count_and_mean),
        TEST(position__is_the_order_of_claims),
    };
    return RUN_ALL_KINDS(tests);
}
