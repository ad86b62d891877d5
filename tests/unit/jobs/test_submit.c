/* SPDX-License-Identifier: Apache-2.0 */
/* Submission, estimates and retention. */
#include "../cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "jobs/estimate.h"
#include "jobs/outputs.h"
#include "jobs/retention.h"
#include "jobs/submit.h"
#include "store/layout.h"
#include "store/tree.h"

static struct {
    char storage[64];
    struct avt_jobstore *store;
    int64_t clock_ms;
} b;

static int64_t clock_now(void *user)
{
    (void)user;
    return b.clock_ms;
}

static int set_up(void **state)
{
    (void)state;
    memset(&b, 0, sizeof(b));
    b.clock_ms = 1700000000000;
    snprintf(b.storage, sizeof(b.storage), "/tmp/avatar-submit-XXXXXX");
    if (!mkdtemp(b.storage) || avt_layout_make(b.storage, NULL) != AVT_OK)
        return -1;
    const struct avt_jobstore_options store = {
        .storage = b.storage, .kind = "memory", .now_ms = clock_now};
    return avt_jobstore_open(&store, &b.store, NULL) == AVT_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    avt_jobstore_close(b.store);
    return avt_tree_remove(b.storage, NULL, NULL) == AVT_OK ? 0 : -1;
}

static enum avt_code submit(enum avt_job_type type, const char *params, int64_t free_bytes_min,
                            struct avt_job *ret_job, struct avt_error *reterr)
{
    const struct avt_submit_options options = {b.storage, free_bytes_min};
    bool replayed = true;
    *ret_job = (struct avt_job){.type = type, .params = json_loads(params, 0, NULL)};
    enum avt_code code = avt_jobs_submit(b.store, &options, ret_job, NULL, &replayed, reterr);
    if (code == AVT_OK)
        assert_false(replayed);
    else
        avt_job_done(ret_job);
    return code;
}

#define HELLO "{\"text\":\"Hello.\"}"

static void submit__checks_and_fills_in(void **state)
{
    (void)state;
    struct avt_job job;
    struct avt_error error = {0};
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, HELLO, 0, &job, &error), AVT_OK);
    assert_true(avt_job_id_valid(job.id));
    assert_true(job.estimate_s > 0);
    assert_false(job.short_work);
    assert_int_equal(job.attempts_max, AVT_JOB_ATTEMPTS_DEFAULT);
    avt_job_done(&job);
    assert_int_equal(submit(AVT_JOB_VOICE_SYNTHESIS, HELLO, 1, &job, &error), AVT_OK);
    assert_true(job.short_work);
    avt_job_done(&job);
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, "{}", 0, &job, &error), AVT_EINVAL);
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, "{\"text\":\" \"}", 0, &job, &error), AVT_ETEXT);
    assert_int_equal(submit(AVT_JOB_AVATAR_GENERATE, "{}", 0, &job, &error), AVT_EINVAL);
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, HELLO, INT64_MAX, &job, &error), AVT_ENOSPACE);
    assert_non_null(strstr(error.message, "avatar jobs cleanup"));
}

static void finish(struct avt_job *job, enum avt_job_status status)
{
    const struct avt_job_claim_options claim = {.worker = "w", .lease_ms = 1000, .types = ~0u};
    struct avt_job claimed;
    const struct avt_error why = {.code = AVT_ENOFACE, .message = "no face"};
    assert_int_equal(avt_jobstore_claim(b.store, &claim, &claimed, NULL), AVT_OK);
    assert_string_equal(claimed.id, job->id);
    if (status == AVT_JOB_COMPLETED) {
        AVT_CLEANUP(avt_freep) char *folder = NULL;
        assert_int_equal(avt_job_output_make(b.storage, job->id, 1, &folder, NULL), AVT_OK);
        AVT_CLEANUP(avt_freep) char *file = avt_asprintf("%s/film.mp4", folder);
        assert_int_equal(avt_file_write(file, "12345678", 8, NULL), AVT_OK);
        AVT_CLEANUP(avt_json_decrefp) json_t *result = json_pack("{s:s}", "file", "1/film.mp4");
        assert_int_equal(avt_jobstore_complete(b.store, job->id, 1, result, NULL, NULL), AVT_OK);
    } else {
        bool failed;
        assert_int_equal(avt_jobstore_fail(b.store, job->id, 1, &why, "face", 0, &failed, NULL),
                         AVT_OK);
    }
    avt_job_done(&claimed);
}

static void retry__makes_a_new_job(void **state)
{
    (void)state;
    struct avt_job job, again;
    struct avt_error error = {0};
    const struct avt_submit_options options = {.storage = b.storage};
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, HELLO, 0, &job, &error), AVT_OK);
    assert_int_equal(avt_jobs_retry(b.store, &options, job.id, NULL, &again, &error), AVT_EINVAL);
    finish(&job, AVT_JOB_FAILED);
    assert_int_equal(avt_jobs_retry(b.store, &options, job.id, NULL, &again, &error), AVT_OK);
    assert_string_not_equal(again.id, job.id);
    assert_int_equal(again.status, AVT_JOB_PENDING);
    assert_true(json_equal(again.params, job.params));
    assert_int_equal(again.attempt, 0);
    assert_int_equal(
        avt_jobs_retry(b.store, &options, "job-20240115120000-ffffffff", NULL, &again, &error),
        AVT_ENOENT);
    avt_job_done(&again);
    avt_job_done(&job);
}

/* ---- retention ------------------------------------------------------------------------------- */

enum { JOBS = 5 };

/** JOBS finished jobs, a day apart, the first 5 days ago; one waits and one runs. */
static void fill(struct avt_job jobs[JOBS + 2])
{
    struct avt_error error = {0};
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, HELLO, 0, &jobs[i], &error), AVT_OK);
        finish(&jobs[i], i == 1 ? AVT_JOB_FAILED : AVT_JOB_COMPLETED);
        b.clock_ms += 24 * 3600 * 1000;
    }
    const struct avt_job_claim_options claim = {.worker = "w", .lease_ms = 1000, .types = ~0u};
    struct avt_job claimed;
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, HELLO, 0, &jobs[JOBS], &error), AVT_OK);
    assert_int_equal(avt_jobstore_claim(b.store, &claim, &claimed, NULL), AVT_OK);
    avt_job_done(&claimed);
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, HELLO, 0, &jobs[JOBS + 1], &error), AVT_OK);
}

/** "01-34rw": which are left, in the order of fill(). Job and output go together. */
static void expect_left(const struct avt_job *jobs, const char *expected)
{
    char left[JOBS + 3] = "";
    for (int i = 0; i < JOBS + 2; i++) {
        struct avt_job job;
        AVT_CLEANUP(avt_freep)
        char *folder = avt_layout_path(b.storage, AVT_LAYOUT_OUTPUTS, jobs[i].id);
        bool there = avt_jobstore_get(b.store, jobs[i].id, NULL, &job, NULL) == AVT_OK;
        left[i] = !there ? '-' : i < JOBS ? (char)('0' + i) : "rw"[i - JOBS];
        if (i < JOBS && i != 1)
            assert_int_equal(avt_file_exists(folder), there);
        if (there)
            avt_job_done(&job);
    }
    assert_string_equal(left, expected);
}

static void retention__by_age_number_and_space(void **state)
{
    (void)state;
    enum { DAY = 24 * 3600 * 1000 };
    static const struct {
        struct avt_retention retention;
        const char *left;
        long long jobs;
        bool upload; /* a byte of uploads counts too */
    } rows[] = {
        {{.older_than_ms = -1, .status = -1}, "01234rw", 0, false},
        {{.older_than_ms = 3LL * DAY, .status = -1}, "---34rw", 3, false},
        {{.older_than_ms = 3LL * DAY, .status = -1, .keep_last = 4}, "-1234rw", 1, false},
        {{.older_than_ms = 0, .status = -1}, "-----rw", 5, false},
        {{.older_than_ms = 0, .status = AVT_JOB_FAILED}, "0-234rw", 1, false},
        {{.older_than_ms = 0, .status = AVT_JOB_RUNNING}, "01234rw", 0, false},
        {{.older_than_ms = -1, .status = -1, .keep_last = 2}, "---34rw", 3, false},
        {{.older_than_ms = -1, .status = -1, .quota_bytes = 24}, "-1234rw", 1, false},
        {{.older_than_ms = -1, .status = -1, .quota_bytes = 24}, "---34rw", 3, true},
        {{.older_than_ms = -1, .status = -1, .quota_bytes = 16}, "---34rw", 3, false},
        {{.older_than_ms = 0, .status = -1, .dry_run = true}, "01234rw", 5, false},
        {{.older_than_ms = 0, .status = -1, .owner = "somebody"}, "01234rw", 0, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_job jobs[JOBS + 2];
        struct avt_retention_result result;
        fill(jobs);
        struct avt_error error = {0};
        if (rows[i].upload) {
            AVT_CLEANUP(avt_freep) char *folder = avt_layout_folder(b.storage, AVT_LAYOUT_UPLOADS);
            AVT_CLEANUP(avt_freep) char *file = avt_asprintf("%s/up-0123456789abcdef", folder);
            assert_int_equal(avt_mkdirs(folder, NULL), AVT_OK);
            assert_int_equal(avt_file_write(file, "x", 1, NULL), AVT_OK);
        }
        assert_int_equal(
            avt_retention_apply(b.store, b.storage, &rows[i].retention, &result, &error), AVT_OK);
        expect_left(jobs, rows[i].left);
        assert_int_equal(result.jobs, rows[i].jobs);
        for (int k = 0; k < JOBS + 2; k++)
            avt_job_done(&jobs[k]);
        tear_down(NULL);
        assert_int_equal(set_up(NULL), 0);
    }
}

static void retention__of_what_no_list_shows(void **state)
{
    (void)state;
    struct avt_job brief, film, now;
    struct avt_error error = {0};
    assert_int_equal(
        submit(AVT_JOB_VIDEO_INFO, "{\"input\":\"up-0123456789abcdef\"}", 0, &brief, &error),
        AVT_OK);
    finish(&brief, AVT_JOB_FAILED);
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, HELLO, 0, &film, &error), AVT_OK);
    finish(&film, AVT_JOB_FAILED);
    assert_int_equal(avt_retention_internal(b.store, b.storage, &error), AVT_OK);
    assert_int_equal(avt_jobstore_get(b.store, brief.id, NULL, &now, &error), AVT_OK);
    avt_job_done(&now);
    b.clock_ms += AVT_RETENTION_INTERNAL_MS + 1000;
    assert_int_equal(avt_retention_internal(b.store, b.storage, &error), AVT_OK);
    assert_int_equal(avt_jobstore_get(b.store, brief.id, NULL, &now, &error), AVT_ENOENT);
    assert_int_equal(avt_jobstore_get(b.store, film.id, NULL, &now, &error), AVT_OK);
    avt_job_done(&now);
    avt_job_done(&brief);
    avt_job_done(&film);
}

static void purge__one_job(void **state)
{
    (void)state;
    struct avt_job job;
    struct avt_error error = {0};
    assert_int_equal(submit(AVT_JOB_FULL_PIPELINE, HELLO, 0, &job, &error), AVT_OK);
    assert_int_equal(avt_jobs_purge(b.store, b.storage, job.id, NULL, &error), AVT_EINVAL);
    finish(&job, AVT_JOB_COMPLETED);
    AVT_CLEANUP(avt_freep) char *folder = avt_layout_path(b.storage, AVT_LAYOUT_OUTPUTS, job.id);
    assert_int_equal(avt_jobs_purge(b.store, b.storage, job.id, "other", &error), AVT_ENOENT);
    assert_true(avt_file_exists(folder));
    assert_int_equal(avt_jobs_purge(b.store, b.storage, job.id, NULL, &error), AVT_OK);
    assert_false(avt_file_exists(folder));
    assert_int_equal(avt_jobs_purge(b.store, b.storage, job.id, NULL, &error), AVT_ENOENT);
    avt_job_done(&job);
}

/* ---- estimates ------------------------------------------------------------------------------- */

static double estimate(enum avt_job_type type, const char *json, double media_s,
                       struct avt_job_estimate *ret)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *params = json_loads(json, 0, NULL);
    struct avt_job_params read;
    assert_int_equal(avt_job_params_read(type, params, &read, NULL), AVT_OK);
    avt_job_estimate(b.storage, &read, media_s, ret);
    return ret->total_s;
}

static void estimate__grows_with_the_work(void **state)
{
    (void)state;
    struct avt_job_estimate e;
    double brief = estimate(AVT_JOB_FULL_PIPELINE, HELLO, 0, &e);
    assert_true(brief > 0);
    assert_int_equal(e.width, 1280);
    assert_int_equal(e.frames, (long long)(e.duration_s * 25 + 0.999));
    assert_true(estimate(AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hello, and welcome to all of you.\"}",
                         0, &e) > brief);
    assert_true(estimate(AVT_JOB_FULL_PIPELINE,
                         "{\"text\":\"Hello.\",\"config\":{\"size\":\"320x180\"}}", 0, &e) < brief);
    assert_int_equal(e.width, 320);
    assert_true(estimate(AVT_JOB_FULL_PIPELINE, "{\"text\":\"Hello.\",\"config\":{\"fps\":50}}", 0,
                         &e) > brief);
    assert_true(estimate(AVT_JOB_VOICE_SYNTHESIS, HELLO, 0, &e) < brief);
    assert_true(estimate(AVT_JOB_FACE_DETECT, "{\"image\":\"up-0123456789abcdef\"}", 0, &e) > 0);
    double small = estimate(AVT_JOB_AVATAR_GENERATE, "{\"prompt\":\"a man\",\"size\":\"320x320\"}", 0, &e);
    assert_true(small > 0 && e.width == 320);
    assert_true(estimate(AVT_JOB_AVATAR_GENERATE, "{\"prompt\":\"a man\"}", 0, &e) > small);
    assert_true(estimate(AVT_JOB_AVATAR_GENERATE, "{\"prompt\":\"a man\",\"size\":\"320x320\",\"variations\":9}", 0,
                         &e) > 3 * small);
    assert_true(estimate(AVT_JOB_AVATAR_GENERATE, "{\"prompt\":\"a man\",\"engine\":\"sd\"}", 0, &e) > small);
#define SPOKEN "{\"audio\":\"up-0123456789abcdef\",\"timeline\":{\"duration\":60}}"
    double minute = estimate(AVT_JOB_LIPSYNC, SPOKEN, 0, &e);
    assert_true(e.duration_s == 60 && minute > brief && e.stage_s[1] == 0);
    assert_true(estimate(AVT_JOB_LIPSYNC, SPOKEN, 30, &e) < minute);
    /* How long the input is, nobody has said. */
    assert_true(estimate(AVT_JOB_VIDEO_ENCODE, "{\"input\":\"up-0123456789abcdef\"}", 0, &e) == 0);
    assert_true(estimate(AVT_JOB_VIDEO_ENCODE, "{\"input\":\"up-0123456789abcdef\"}", 60, &e) > 0);
}

static void estimate__learns(void **state)
{
    (void)state;
    struct avt_job_estimate e;
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_loads("{\"text\":\"Hello, all of you.\"}", 0, NULL);
    struct avt_job_params params;
    assert_int_equal(avt_job_params_read(AVT_JOB_VOICE_SYNTHESIS, json, &params, NULL), AVT_OK);
    avt_job_estimate(b.storage, &params, 0, &e);
    double before = e.total_s;
    const struct avt_job_measured slow = {.busy_s = 20, .duration_s = 2};
    for (int i = 0; i < 20; i++)
        avt_job_learn(b.storage, &params, &slow);
    avt_job_estimate(b.storage, &params, 0, &e);
    assert_true(e.total_s > before * 2);
    assert_true(e.duration_s > 2.4 && e.duration_s < 2.6);
    assert_true(e.stage_s[1] > 9 * e.duration_s && e.stage_s[1] < 11 * e.duration_s);
    /* Nonsense is not learnt. */
    const struct avt_job_measured nonsense = {.busy_s = -1, .duration_s = 1e9};
    before = e.total_s;
    avt_job_learn(b.storage, &params, &nonsense);
    avt_job_estimate(b.storage, &params, 0, &e);
    assert_true(fabs(e.total_s - before) < 1e-6);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(submit__checks_and_fills_in),
        ROW(retry__makes_a_new_job),
        ROW(retention__by_age_number_and_space),
        ROW(retention__of_what_no_list_shows),
        ROW(purge__one_job),
        ROW(estimate__grows_with_the_work),
        ROW(estimate__learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
