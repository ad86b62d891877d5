/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "store/job_view.h"

static int64_t now_ms = INT64_C(1700000000000);

static int64_t clock_now(void *user)
{
    (void)user;
    return now_ms;
}

static int setup(void **state)
{
    struct avt_jobstore_options options = {
        .storage = "/tmp", .kind = "memory", .now_ms = clock_now};
    struct avt_jobstore *store = NULL;
    assert_int_equal(avt_jobstore_open(&options, &store, NULL), AVT_OK);
    *state = store;
    return 0;
}

static int teardown(void **state)
{
    avt_jobstore_close(*state);
    return 0;
}

static struct avt_job submit(struct avt_jobstore *store, double estimate_s, int64_t run_at_ms)
{
    struct avt_job job = {.type = AVT_JOB_FULL_PIPELINE,
                          .estimate_s = estimate_s,
                          .run_at_ms = run_at_ms,
                          .attempts_max = 3};
    struct avt_error error = {0};
    bool replayed;
    job.params = json_pack("{s:s}", "text", "Hi.");
    if (avt_jobstore_submit(store, &job, NULL, &replayed, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return job;
}

/** -1: null. */
static double number(struct avt_jobstore *store, const struct avt_job *job, const char *key,
                     int workers, const struct avt_job_live *live)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *view = avt_job_view(store, job, workers, live);
    const json_t *value = json_object_get(view, key);
    assert_non_null(value);
    return json_is_null(value) ? -1 : json_number_value(value);
}

static void job_view__place_and_time_of_what_waits(void **state)
{
    struct avt_jobstore *store = *state;
    struct avt_job first = submit(store, 10, 0);
    now_ms++; /* of two in the same millisecond the id decides, which is random */
    struct avt_job second = submit(store, 4, 0);
    now_ms++;
    struct avt_job unknown = submit(store, 0, 0), later = submit(store, 5, now_ms + 60000);
    assert_int_equal(number(store, &first, "queue_position", 1, NULL), 1);
    assert_int_equal(number(store, &second, "queue_position", 1, NULL), 2);
    assert_true(number(store, &first, "eta_seconds", 1, NULL) == 10);
    assert_true(number(store, &second, "eta_seconds", 1, NULL) == 14);
    assert_true(number(store, &second, "eta_seconds", 2, NULL) == 9); /* two share the queue */
    assert_true(number(store, &second, "eta_seconds", 0, NULL) == 14);
    assert_true(number(store, &unknown, "eta_seconds", 1, NULL) == -1);
    assert_true(number(store, &later, "eta_seconds", 1, NULL) == 65);
    avt_job_done(&first);
    avt_job_done(&second);
    avt_job_done(&unknown);
    avt_job_done(&later);
}

static void job_view__time_of_what_runs(void **state)
{
    struct avt_jobstore *store = *state;
    struct avt_job job = submit(store, 10, 0);
    job.status = AVT_JOB_RUNNING;
    job.started_ms = now_ms - 4000;
    assert_true(number(store, &job, "queue_position", 1, NULL) == -1);
    assert_true(number(store, &job, "eta_seconds", 1, NULL) == 6); /* the estimate */
    job.progress = 20;
    assert_true(number(store, &job, "eta_seconds", 1, NULL) == 16); /* the pace: 4 s for a fifth */
    struct avt_job_live live = {.eta_s = 2.5, .progress = 80};
    assert_true(number(store, &job, "eta_seconds", 1, &live) == 2.5);
    assert_true(number(store, &job, "progress", 1, &live) == 80);
    live = (struct avt_job_live){.eta_s = -1, .progress = -1};
    assert_true(number(store, &job, "progress", 1, &live) == 20);
    job.progress = 5;
    job.started_ms = now_ms - 60000;
    assert_true(number(store, &job, "eta_seconds", 1, NULL) == 0); /* late, not negative */
    job.started_ms = now_ms + 5000;                                /* the clock was set back */
    assert_true(number(store, &job, "eta_seconds", 1, NULL) == -1);
    avt_job_done(&job);
}

static void job_view__nothing_to_say_of_what_has_ended(void **state)
{
    struct avt_jobstore *store = *state;
    struct avt_job job = submit(store, 10, 0), after = {0};
    assert_int_equal(avt_jobstore_cancel(store, job.id, NULL, &after, NULL), AVT_OK);
    assert_true(number(store, &after, "queue_position", 1, NULL) == -1);
    assert_true(number(store, &after, "eta_seconds", 1, NULL) == -1);
    avt_job_done(&job);
    avt_job_done(&after);
}

static void job_view__stats(void **state)
{
    (void)state;
    struct avt_job_stats stats = {.oldest_pending_ms = now_ms - 1500, .completed_last_hour = 7};
    stats.count[AVT_JOB_LIPSYNC][AVT_JOB_FAILED] = 2;
    stats.count[AVT_JOB_FULL_PIPELINE][AVT_JOB_FAILED] = 3;
    stats.count[AVT_JOB_WEBHOOK][AVT_JOB_FAILED] = 100; /* not a client's */
    stats.seconds_mean[AVT_JOB_LIPSYNC] = 2.5;
    AVT_CLEANUP(avt_json_decrefp) json_t *view = avt_job_stats_view(&stats, now_ms);
    json_t *by_type = json_object_get(view, "by_type");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(view, "jobs"), "failed")),
                     5);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(by_type, "lipsync"), "failed")), 2);
    assert_null(json_object_get(by_type, "webhook"));
    assert_true(json_real_value(json_object_get(view, "oldest_pending_s")) == 1.5);
    assert_int_equal(json_integer_value(json_object_get(view, "completed_last_hour")), 7);
    assert_true(json_is_null(json_object_get(view, "mean_stage_seconds")));
    assert_int_equal(json_object_size(json_object_get(view, "mean_seconds")), 1);
}

static void job_view__stats_of_stages(void **state)
{
    (void)state;
    struct avt_job_stats stats = {.rescues = 2};
    for (int i = 0; i < AVT_JOB_STAGES; i++)
        stats.stage_mean_s[i] = i + 0.5;
    AVT_CLEANUP(avt_json_decrefp) json_t *view = avt_job_stats_view(&stats, now_ms);
    json_t *stages = json_object_get(view, "mean_stage_seconds");
    assert_int_equal(json_object_size(stages), AVT_JOB_STAGES);
    for (int i = 0; i < AVT_JOB_STAGES; i++)
        assert_true(json_real_value(json_object_get(stages, avt_job_stage_name(i))) == i + 0.5);
    assert_int_equal(json_integer_value(json_object_get(view, "rescues")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(job_view__place_and_time_of_what_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(job_view__time_of_what_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(job_view__nothing_to_say_of_what_has_ended, setup,
                                        teardown),
        cmocka_unit_test(job_view__stats),
        cmocka_unit_test(job_view__stats_of_stages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
