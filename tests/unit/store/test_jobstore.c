/* SPDX-License-Identifier: Apache-2.0 */
/* What every job store has to do, run on each kind of it: clients and workers. Events, records and
 * keys are in test_records.c, several processes in test_together.c, damage in test_damage.c. */
#include "fixture.h"

/* ---- submit and get -------------------------------------------------------------------------- */

static void submit__fills_in_and_keeps_all(void **state)
{
    struct box *box = *state;
    struct avt_job job = {.type = AVT_JOB_LIPSYNC,
                          .priority = 7,
                          .attempts_max = 5,
                          .owner = "0a1b2c3d",
                          .short_work = true,
                          .estimate_s = 2.5,
                          .request_id = "req-1",
                          .webhook_url = "https://example.org/x",
                          .params =
                              json_pack("{s:s, s:f}", "text", "Grüße\n\"you\"", "speed", 0.1)};
    bool replayed = true;
    GOOD(avt_jobstore_submit(box->store, &job, NULL, &replayed, &error));
    assert_false(replayed);
    assert_true(avt_job_id_valid(job.id));
    assert_memory_equal(job.id, "job-20250615150640-", 19);
    assert_int_equal(job.status, AVT_JOB_PENDING);
    assert_int_equal(job.created_ms, START_MS);
    assert_int_equal(job.run_at_ms, START_MS);
    assert_true(job.sequence > 0);

    if (box_lasts(box))
        box_reopen(box);
    struct avt_job got = {0};
    GOOD(avt_jobstore_get(box->store, job.id, NULL, &got, &error));
    AVT_CLEANUP(avt_json_decrefp) json_t *a = avt_job_to_json(&job, true);
    AVT_CLEANUP(avt_json_decrefp) json_t *b = avt_job_to_json(&got, true);
    if (!json_equal(a, b))
        fail_msg("%s\n%s", json_dumps(a, 0), json_dumps(b, 0));
    avt_job_done(&job);
    avt_job_done(&got);

    struct avt_job plain = {.type = AVT_JOB_FULL_PIPELINE, .params = json_object()};
    GOOD(avt_jobstore_submit(box->store, &plain, NULL, NULL, &error));
    assert_int_equal(plain.attempts_max, AVT_JOB_ATTEMPTS_DEFAULT);
    avt_job_done(&plain);
}

static void submit__refuses(void **state)
{
    struct box *box = *state;
    static const struct {
        struct avt_job job;
        const char *says;
    } rows[] = {
        {{.priority = AVT_JOB_PRIORITY_MAX + 1}, "priority"},
        {{.priority = -AVT_JOB_PRIORITY_MAX - 1}, "priority"},
        {{.attempts_max = AVT_JOB_ATTEMPTS_MAX + 1}, "times"},
        {{.attempts_max = -1}, "times"},
        {{.owner = "a/b"}, "odd"},
        {{.request_id = "a\nb"}, "odd"},
        {{.webhook_url = "https://\xff"}, "odd"},
        {{.run_at_ms = -1}, "time"},
        {{.estimate_s = -1}, "estimate"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct avt_job job = rows[i].job;
        job.params = json_object();
        BAD(AVT_EINVAL, rows[i].says, avt_jobstore_submit(box->store, &job, NULL, NULL, &error));
        avt_job_done(&job);
    }
    struct avt_job job = {.params = json_object()};
    char *text = avt_alloc0(AVT_JOB_PARAMS_BYTES_MAX, 1);
    memset(text, 'x', AVT_JOB_PARAMS_BYTES_MAX - 1);
    json_object_set_new(job.params, "text", json_string(text));
    BAD(AVT_ELIMIT, "parameters", avt_jobstore_submit(box->store, &job, NULL, NULL, &error));
    avt_free(text);
    avt_job_done(&job);
    struct avt_job_stats stats;
    GOOD(avt_jobstore_stats(box->store, NULL, &stats, &error));
    assert_int_equal(stats.oldest_pending_ms, 0);
}

static void submit__large_params_pass(void **state)
{
    struct box *box = *state;
    enum { SIZE = 1 << 20 };
    struct avt_job job = {.params = json_object()}, got = {0};
    char *text = avt_alloc0(SIZE, 1);
    memset(text, 'y', SIZE - 1);
    json_object_set_new(job.params, "text", json_string(text));
    GOOD(avt_jobstore_submit(box->store, &job, NULL, NULL, &error));
    GOOD(avt_jobstore_get(box->store, job.id, NULL, &got, &error));
    assert_string_equal(json_string_value(json_object_get(got.params, "text")), text);
    avt_free(text);
    avt_job_done(&job);
    avt_job_done(&got);
}

static void submit__queue_has_a_limit(void **state)
{
    struct box *box = *state;
    avt_jobstore_close(box->store);
    struct avt_jobstore_options options = {
        .storage = box->folder, .kind = box->kind, .now_ms = box_now, .user = box, .queue_max = 3};
    GOOD(avt_jobstore_open(&options, &box->store, &error));
    for (int i = 0; i < 3; i++)
        SUBMIT();
    struct avt_job job = {.params = json_object()};
    BAD(AVT_ELIMIT, "3 jobs are waiting",
        avt_jobstore_submit(box->store, &job, NULL, NULL, &error));
    assert_string_not_equal(box_claim(box).id, "");
    GOOD(avt_jobstore_submit(box->store, &job, NULL, NULL, &error));
    BAD(AVT_ELIMIT, "waiting", avt_jobstore_submit(box->store, &job, NULL, NULL, &error));
    avt_job_done(&job);
}

static void get__only_what_is_there_and_ones_own(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT(.owner = "alice");
    struct avt_job job = {0};
    BAD(AVT_ENOENT, "no job", avt_jobstore_get(box->store, id, "bob", &job, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_get(box->store, id, "", &job, &error));
    BAD(AVT_ENOENT, "no job",
        avt_jobstore_get(box->store, "job-20240115120000-abc12345", NULL, &job, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_get(box->store, "../jobs/x", NULL, &job, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_get(box->store, "", NULL, &job, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_cancel(box->store, id, "bob", &job, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_cancel(box->store, "x", NULL, &job, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_delete(box->store, id, "bob", &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_delete(box->store, "%", NULL, &error));
    assert_int_equal(box_job(box, id).status, AVT_JOB_PENDING);
    GOOD(avt_jobstore_get(box->store, id, "alice", &job, &error));
    assert_string_equal(job.owner, "alice");
    avt_job_done(&job);
    long long count = -1;
    GOOD(avt_jobstore_active_count(box->store, "bob", &count, &error));
    assert_int_equal(count, 0);
    GOOD(avt_jobstore_active_count(box->store, "alice", &count, &error));
    assert_int_equal(count, 1);
}

static void resolve__unique_beginnings(void **state)
{
    struct box *box = *state;
    char id[AVT_JOB_ID_SIZE], first[AVT_JOB_ID_SIZE];
    memcpy(first, SUBMIT(.owner = "alice"), sizeof(first));
    GOOD(avt_jobstore_resolve(box->store, first, NULL, id, &error));
    assert_string_equal(id, first);
    GOOD(avt_jobstore_resolve(box->store, "job-2025", NULL, id, &error));
    GOOD(avt_jobstore_resolve(box->store, "2025", "alice", id, &error));
    assert_string_equal(id, first);
    BAD(AVT_ENOENT, "no job", avt_jobstore_resolve(box->store, "2025", "bob", id, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_resolve(box->store, "2024", NULL, id, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_resolve(box->store, "", NULL, id, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_resolve(box->store, "%", NULL, id, &error));
    BAD(AVT_ENOENT, "no job",
        avt_jobstore_resolve(box->store, "job-20250615150640-0123456789", NULL, id, &error));
    SUBMIT(.owner = "bob");
    BAD(AVT_EINVAL, "several", avt_jobstore_resolve(box->store, "2025", NULL, id, &error));
    GOOD(avt_jobstore_resolve(box->store, "2025", "alice", id, &error));
    SUBMIT(.type = AVT_JOB_WEBHOOK, .owner = "alice");
    GOOD(avt_jobstore_resolve(box->store, "2025", "alice", id, &error));
    assert_string_equal(id, first);
}

/* ---- idempotency ----------------------------------------------------------------------------- */

static enum avt_code submit_with_key(struct box *box, const char *key, const char *scope,
                                     char request, char ret_id[AVT_JOB_ID_SIZE], bool *ret_replayed,
                                     struct avt_error *error)
{
    struct avt_jobstore_idempotency idempotency = {.key = key, .scope = scope};
    struct avt_job job = {.type = AVT_JOB_FULL_PIPELINE,
                          .params = json_pack("{s:i}", "n", request)};
    memset(idempotency.request_sha256, request, 64);
    enum avt_code code = avt_jobstore_submit(box->store, &job, &idempotency, ret_replayed, error);
    memcpy(ret_id, job.id, AVT_JOB_ID_SIZE);
    avt_job_done(&job);
    return code;
}

static void idempotency__the_same_request_gives_the_same_job(void **state)
{
    struct box *box = *state;
    char first[AVT_JOB_ID_SIZE], id[AVT_JOB_ID_SIZE];
    bool replayed = true;
    GOOD(submit_with_key(box, "k", "POST /jobs alice", 'a', first, &replayed, &error));
    assert_false(replayed);
    if (box_lasts(box))
        box_reopen(box);
    GOOD(submit_with_key(box, "k", "POST /jobs alice", 'a', id, &replayed, &error));
    assert_true(replayed);
    assert_string_equal(id, first);
    BAD(AVT_EINVAL, "another request",
        submit_with_key(box, "k", "POST /jobs alice", 'b', id, &replayed, &error));
    /* Other scope, other key; and the border between them is no way to collide. */
    GOOD(submit_with_key(box, "k", "POST /jobs bob", 'b', id, &replayed, &error));
    assert_false(replayed);
    GOOD(submit_with_key(box, " alicek", "POST /jobs", 'a', id, &replayed, &error));
    assert_false(replayed);
    /* It works after the job ended, too, and no longer than it is remembered. */
    struct avt_job job;
    GOOD(avt_jobstore_cancel(box->store, first, NULL, &job, &error));
    avt_job_done(&job);
    GOOD(submit_with_key(box, "k", "POST /jobs alice", 'a', id, &replayed, &error));
    assert_string_equal(id, first);
    box->now_ms += AVT_IDEMPOTENCY_MS;
    GOOD(submit_with_key(box, "k", "POST /jobs alice", 'b', id, &replayed, &error));
    assert_false(replayed);
    assert_string_not_equal(id, first);
}

static void idempotency__a_deleted_job_frees_its_key(void **state)
{
    struct box *box = *state;
    char first[AVT_JOB_ID_SIZE], id[AVT_JOB_ID_SIZE];
    bool replayed;
    struct avt_job job;
    GOOD(submit_with_key(box, "k", "s", 'a', first, &replayed, &error));
    GOOD(avt_jobstore_cancel(box->store, first, NULL, &job, &error));
    avt_job_done(&job);
    GOOD(avt_jobstore_delete(box->store, first, NULL, &error));
    GOOD(submit_with_key(box, "k", "s", 'b', id, &replayed, &error));
    assert_false(replayed);
    BAD(AVT_EINVAL, "idempotency key", submit_with_key(box, "", "s", 'b', id, &replayed, &error));
    char *key = avt_alloc0(AVT_IDEMPOTENCY_KEY_MAX + 2, 1);
    memset(key, 'k', AVT_IDEMPOTENCY_KEY_MAX);
    GOOD(submit_with_key(box, key, "s", 'b', id, &replayed, &error));
    key[AVT_IDEMPOTENCY_KEY_MAX] = 'k';
    BAD(AVT_EINVAL, "idempotency key", submit_with_key(box, key, "s", 'b', id, &replayed, &error));
    avt_free(key);
}

/* ---- claims ---------------------------------------------------------------------------------- */

static void claim__by_priority_then_time_then_id(void **state)
{
    struct box *box = *state;
    char expected[6][AVT_JOB_ID_SIZE];
    memcpy(expected[3], SUBMIT(.run_at_ms = START_MS - 10), AVT_JOB_ID_SIZE);
    memcpy(expected[2], SUBMIT(.run_at_ms = START_MS - 20), AVT_JOB_ID_SIZE);
    memcpy(expected[5], SUBMIT(.priority = -1, .run_at_ms = START_MS - 50), AVT_JOB_ID_SIZE);
    memcpy(expected[1], SUBMIT(.priority = 1), AVT_JOB_ID_SIZE);
    memcpy(expected[0], SUBMIT(.priority = 100), AVT_JOB_ID_SIZE);
    memcpy(expected[4], SUBMIT(.run_at_ms = START_MS - 5), AVT_JOB_ID_SIZE);
    for (int i = 0; i < 6; i++)
        assert_string_equal(box_claim(box).id, expected[i]);
    assert_string_equal(box_claim(box).id, "");

    const char *a = SUBMIT(), *b = SUBMIT();
    bool a_first = strcmp(a, b) < 0;
    assert_string_equal(box_claim(box).id, a_first ? a : b);
    assert_string_equal(box_claim(box).id, a_first ? b : a);
}

static void claim__gives_a_lease(void **state)
{
    struct box *box = *state;
    struct avt_job submitted = {.type = AVT_JOB_FULL_PIPELINE,
                                .params = json_pack("{s:i}", "n", 5)};
    GOOD(avt_jobstore_submit(box->store, &submitted, NULL, NULL, &error));
    box->now_ms += 1000;
    struct avt_job_claim_options options = {.worker = "w", .lease_ms = 3000, .types = ALL_TYPES};
    struct avt_job job = {0};
    GOOD(avt_jobstore_claim(box->store, &options, &job, &error));
    assert_string_equal(job.id, submitted.id);
    assert_int_equal(job.status, AVT_JOB_RUNNING);
    assert_int_equal(job.attempt, 1);
    assert_int_equal(job.lease_token, 1);
    assert_int_equal(job.lease_until_ms, START_MS + 4000);
    assert_int_equal(job.started_ms, START_MS + 1000);
    assert_string_equal(job.lease_owner, "w");
    assert_true(json_equal(job.params, submitted.params));
    struct avt_job now = box_job(box, job.id);
    assert_int_equal(now.status, AVT_JOB_RUNNING);
    assert_string_equal(now.lease_owner, "w");
    avt_job_done(&job);
    avt_job_done(&submitted);
}

static void claim__only_what_a_worker_can_do(void **state)
{
    struct box *box = *state;
    struct avt_job job = {0};
    struct avt_job_claim_options options = {
        .worker = "w", .lease_ms = 1000, .short_only = true, .types = ALL_TYPES};
    SUBMIT(.priority = 50);
    assert_int_equal(avt_jobstore_claim(box->store, &options, &job, NULL), AVT_ENOENT);
    const char *quick = SUBMIT(.type = AVT_JOB_VOICE_SYNTHESIS, .short_work = true);
    SUBMIT(.type = AVT_JOB_VOICE_SYNTHESIS);
    options.types = 1u << AVT_JOB_FACE_DETECT;
    assert_int_equal(avt_jobstore_claim(box->store, &options, &job, NULL), AVT_ENOENT);
    options.types = 1u << AVT_JOB_FACE_DETECT | 1u << AVT_JOB_VOICE_SYNTHESIS;
    GOOD(avt_jobstore_claim(box->store, &options, &job, &error));
    assert_string_equal(job.id, quick);
    avt_job_done(&job);
    assert_int_equal(avt_jobstore_claim(box->store, &options, &job, NULL), AVT_ENOENT);
    options.short_only = false;
    GOOD(avt_jobstore_claim(box->store, &options, &job, &error));
    assert_int_equal(job.type, AVT_JOB_VOICE_SYNTHESIS);
    avt_job_done(&job);
    options.types = 0;
    assert_int_equal(avt_jobstore_claim(box->store, &options, &job, NULL), AVT_ENOENT);
}

static void claim__refuses(void **state)
{
    struct box *box = *state;
    struct avt_job job;
    char name[80] = "";
    struct avt_job_claim_options options = {.worker = name, .lease_ms = 1000, .types = ALL_TYPES};
    SUBMIT();
    BAD(AVT_EINVAL, "name", avt_jobstore_claim(box->store, &options, &job, &error));
    memset(name, 'w', sizeof(name) - 1);
    BAD(AVT_EINVAL, "name", avt_jobstore_claim(box->store, &options, &job, &error));
    options.worker = "w";
    options.lease_ms = 0;
    BAD(AVT_EINVAL, "lease", avt_jobstore_claim(box->store, &options, &job, &error));
}

static void claim__not_before_its_time(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT(.run_at_ms = START_MS + 5000, .priority = 100);
    const char *now = SUBMIT();
    assert_string_equal(box_claim(box).id, now);
    assert_string_equal(box_claim(box).id, "");
    box->now_ms = START_MS + 4999;
    assert_string_equal(box_claim(box).id, "");
    box->now_ms = START_MS + 5000;
    assert_string_equal(box_claim(box).id, id);
}

/* ---- heartbeats and the end of claims -------------------------------------------------------- */

static void heartbeat__prolongs_and_tells(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT();
    struct avt_job claimed = box_claim(box), job;
    bool cancel = true;
    box->now_ms += 20000;
    GOOD(avt_jobstore_heartbeat(box->store, id, claimed.lease_token, 60000, 42, "speech", 1,
                                &cancel, &error));
    assert_false(cancel);
    job = box_job(box, id);
    assert_int_equal(job.progress, 42);
    assert_string_equal(job.stage, "speech");
    assert_int_equal(job.stages_completed, 1);
    assert_int_equal(job.lease_until_ms, START_MS + 80000);
    assert_int_equal(job.updated_ms, START_MS + 20000);
    GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error));
    assert_int_equal(job.status, AVT_JOB_RUNNING);
    assert_true(job.cancel_requested);
    avt_job_done(&job);
    box->now_ms += 2000;
    GOOD(avt_jobstore_heartbeat(box->store, id, claimed.lease_token, 60000, 1000,
                                "a stage whose name is long", -1, &cancel, &error));
    assert_true(cancel);
    job = box_job(box, id);
    assert_int_equal(job.progress, 100);
    assert_string_equal(job.stage, "a stage whose n");
    assert_int_equal(job.stages_completed, 63);
}

static void heartbeat__often_is_cheap_and_keeps_the_lease(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT();
    int64_t token = box_claim(box).lease_token;
    int writes = 0;
    int64_t last_ms = box->now_ms;
    for (int second = 1; second <= 120; second++) {
        box->now_ms += 1000;
        GOOD(avt_jobstore_heartbeat(box->store, id, token, 60000, second / 3, "speech", 1, NULL,
                                    &error));
        struct avt_job job = box_job(box, id);
        assert_true(job.lease_until_ms >= box->now_ms + 45000);
        assert_true(second / 3 - job.progress < 10);
        writes += job.updated_ms != last_ms;
        last_ms = job.updated_ms;
    }
    assert_in_range(writes, 8, 12); /* of 120 */
    box->now_ms += 44999;
    size_t count = 9;
    GOOD(avt_jobstore_rescue(box->store, NULL, 1, NULL, NULL, &count, &error));
    assert_int_equal(count, 0);
    box->now_ms += 15002;
    GOOD(avt_jobstore_rescue(box->store, NULL, 1, NULL, NULL, &count, &error));
    assert_int_equal(count, 1);
}

static void complete__keeps_the_result(void **state)
{
    struct box *box = *state;
    const double seconds[AVT_JOB_STAGES] = {0.25, 1.5, -1.0, 0.0, 2.0, 1e300};
    const char *id = SUBMIT();
    int64_t token = box_claim(box).lease_token;
    AVT_CLEANUP(avt_json_decrefp) json_t *result = json_pack("{s:s}", "file", "1/film.mp4");
    box->now_ms += 5000;
    GOOD(avt_jobstore_complete(box->store, id, token, result, seconds, &error));
    if (box_lasts(box))
        box_reopen(box);
    struct avt_job job = {0};
    GOOD(avt_jobstore_get(box->store, id, NULL, &job, &error));
    assert_int_equal(job.status, AVT_JOB_COMPLETED);
    assert_int_equal(job.progress, 100);
    assert_int_equal(job.finished_ms, START_MS + 5000);
    assert_true(json_equal(job.result, result));
    assert_true(job.stage_s[1] == 1.5 && job.stage_s[2] == 0.0 && job.stage_s[5] == 0.0);
    assert_string_equal(job.lease_owner, "");
    assert_int_equal(job.lease_until_ms, 0);
    avt_job_done(&job);
    /* A second end is none. */
    BAD(AVT_ENOENT, "lease", avt_jobstore_complete(box->store, id, token, NULL, NULL, &error));
}

static void complete__result_has_a_limit(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT();
    int64_t token = box_claim(box).lease_token;
    char *text = avt_alloc0(AVT_JOB_RESULT_BYTES_MAX, 1);
    memset(text, 'r', AVT_JOB_RESULT_BYTES_MAX - 1);
    AVT_CLEANUP(avt_json_decrefp) json_t *result = json_pack("{s:s}", "r", text);
    BAD(AVT_ELIMIT, "result", avt_jobstore_complete(box->store, id, token, result, NULL, &error));
    assert_int_equal(box_job(box, id).status, AVT_JOB_RUNNING);
    avt_free(text);
}

static void fail__tries_again_up_to_the_limit(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT(.attempts_max = 2);
    struct avt_error why = {AVT_EIO, "the disk\nis gone \xff"};
    bool failed = true;
    int64_t token = box_claim(box).lease_token;
    GOOD(avt_jobstore_fail(box->store, id, token, &why, "encode", 9000, &failed,
                           &error));
    assert_false(failed);
    struct avt_job job = box_job(box, id);
    assert_int_equal(job.status, AVT_JOB_PENDING);
    assert_int_equal(job.attempt, 1);
    assert_string_equal(job.error_code, "io");
    assert_string_equal(job.error_message, "the disk is gone ?");
    assert_string_equal(job.error_stage, "encode");
    assert_string_equal(box_claim(box).id, "");
    box->now_ms += 9000;
    job = box_claim(box);
    assert_string_equal(job.id, id);
    assert_int_equal(job.attempt, 2);
    assert_string_equal(job.error_code, "");
    GOOD(avt_jobstore_fail(box->store, id, job.lease_token, &why, NULL, 1, &failed,
                           &error));
    assert_true(failed);
    job = box_job(box, id);
    assert_int_equal(job.status, AVT_JOB_FAILED);
    assert_int_equal(job.finished_ms, box->now_ms);
    assert_string_equal(box_claim(box).id, "");

    id = SUBMIT();
    why = (struct avt_error){AVT_ETEXT, "nothing to say"};
    GOOD(avt_jobstore_fail(box->store, id, box_claim(box).lease_token, &why, "speech", 0, &failed,
                           &error));
    assert_true(failed);
    assert_int_equal(box_job(box, id).attempt, 1);
}

static void fail__a_full_disk_does_not_use_up_attempts(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT(.attempts_max = 1);
    struct avt_error why = {AVT_ENOSPACE, "the disk is full"};
    for (int i = 1; i <= AVT_JOB_ATTEMPTS_MAX; i++) {
        bool failed = false;
        GOOD(avt_jobstore_fail(box->store, id, box_claim(box).lease_token, &why, "", 1000, &failed,
                               &error));
        struct avt_job job = box_job(box, id);
        assert_int_equal(job.attempt, i);
        assert_int_equal(failed, i == AVT_JOB_ATTEMPTS_MAX);
        box->now_ms += 1000;
    }
    assert_string_equal(box_job(box, id).error_code, "no_space");
}

static void hand_back__does_not_count(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT(.attempts_max = 1);
    for (int i = 0; i < 5; i++) {
        struct avt_job job = box_claim(box);
        assert_string_equal(job.id, id);
        assert_int_equal(job.attempt, 1);
        assert_int_equal(job.lease_token, i + 1);
        GOOD(avt_jobstore_hand_back(box->store, id, job.lease_token, &error));
        assert_int_equal(box_job(box, id).attempt, 0);
        assert_int_equal(box_job(box, id).status, AVT_JOB_PENDING);
    }
}

static void token__fences_every_write(void **state)
{
    struct box *box = *state;
    const char *id = SUBMIT();
    box_expect_fenced(box, id, 0); /* pending */
    int64_t old = box_claim(box).lease_token;
    box_expect_fenced(box, id, old + 1);
    box_expect_fenced(box, id, old - 1);
    box->now_ms += 60001;
    size_t rescued = 0;
    GOOD(avt_jobstore_rescue(box->store, NULL, 3, NULL, NULL, &rescued, &error));
    assert_int_equal(rescued, 1);
    box_expect_fenced(box, id, old); /* pending again */
    int64_t new = box_claim_with(box, box->store, "worker-2").lease_token;
    assert_int_equal(new, old + 1);
    box_expect_fenced(box, id, old); /* somebody else's */
    GOOD(avt_jobstore_complete(box->store, id, new, NULL, NULL, &error));
    box_expect_fenced(box, id, new); /* final */
    const double seconds[AVT_JOB_STAGES] = {0};
    BAD(AVT_ENOENT, "lease",
        avt_jobstore_complete(box->store, "job-20240115120000-abc12345", 1, NULL, seconds, &error));
}

/* ---- cancel ---------------------------------------------------------------------------------- */

static void cancel__in_every_state(void **state)
{
    struct box *box = *state;
    struct avt_job job;
    const char *id = SUBMIT();
    GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error));
    avt_job_done(&job);
    assert_int_equal(job.status, AVT_JOB_CANCELLED);
    assert_int_equal(job.finished_ms, box->now_ms);
    assert_string_equal(box_claim(box).id, "");
    box->now_ms += 10;
    GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error)); /* again: unchanged */
    avt_job_done(&job);
    assert_int_equal(job.finished_ms, START_MS);

    id = SUBMIT(); /* running: the worker ends it */
    int64_t token = box_claim(box).lease_token;
    for (int i = 0; i < 2; i++) {
        GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error));
        assert_non_null(job.params);
        avt_job_done(&job);
        assert_int_equal(job.status, AVT_JOB_RUNNING);
        assert_true(job.cancel_requested);
    }
    GOOD(avt_jobstore_cancelled(box->store, id, token, &error));
    assert_int_equal(box_job(box, id).status, AVT_JOB_CANCELLED);

    id = SUBMIT(); /* running, but finished first */
    token = box_claim(box).lease_token;
    GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error));
    avt_job_done(&job);
    GOOD(avt_jobstore_complete(box->store, id, token, NULL, NULL, &error));
    GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error));
    avt_job_done(&job);
    assert_int_equal(job.status, AVT_JOB_COMPLETED);
}

static void cancel__wins_over_going_back(void **state)
{
    struct box *box = *state;
    const struct avt_error why = {AVT_EIO, "broken"};
    struct avt_job job;
    bool failed = false;
    for (int way = 0; way < 3; way++) {
        const char *id = SUBMIT();
        int64_t token = box_claim(box).lease_token;
        GOOD(avt_jobstore_cancel(box->store, id, NULL, &job, &error));
        avt_job_done(&job);
        if (way == 0)
            GOOD(avt_jobstore_hand_back(box->store, id, token, &error));
        else if (way == 1)
            GOOD(avt_jobstore_fail(box->store, id, token, &why, "", 1, &failed,
                                   &error));
        else
            GOOD(avt_jobstore_rescue(box->store, "worker-1", 5, NULL, NULL, NULL, &error));
        assert_int_equal(box_job(box, id).status, AVT_JOB_CANCELLED);
    }
    assert_true(failed);
}

static void delete__final_jobs_only(void **state)
{
    struct box *box = *state;
    struct avt_job job;
    const char *id = SUBMIT();
    BAD(AVT_EINVAL, "pending", avt_jobstore_delete(box->store, id, NULL, &error));
    int64_t token = box_claim(box).lease_token;
    BAD(AVT_EINVAL, "running", avt_jobstore_delete(box->store, id, NULL, &error));
    GOOD(avt_jobstore_complete(box->store, id, token, NULL, NULL, &error));
    GOOD(avt_jobstore_delete(box->store, id, NULL, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_get(box->store, id, NULL, &job, &error));
    BAD(AVT_ENOENT, "no job", avt_jobstore_delete(box->store, id, NULL, &error));
    struct avt_job_event *events;
    size_t count = 9;
    GOOD(avt_jobstore_events(box->store, id, 0, 10, &events, &count, &error));
    assert_int_equal(count, 0);
    avt_job_events_done(events, count);
}

/* ---- rescue ---------------------------------------------------------------------------------- */

static void count_visit(const struct avt_job *job, void *user)
{
    assert_non_null(job->params);
    ((int *)user)[job->status]++;
}

static void rescue__lost_leases_up_to_a_limit(void **state)
{
    struct box *box = *state;
    size_t count = 9;
    int seen[AVT_JOB_STATUS_COUNT] = {0};
    const char *id = SUBMIT(.attempts_max = 1);
    for (int i = 1; i <= 3; i++) {
        assert_string_equal(box_claim(box).id, id);
        GOOD(avt_jobstore_rescue(box->store, NULL, 2, count_visit, seen, &count, &error));
        assert_int_equal(count, 0); /* alive */
        box->now_ms += 60000;
        GOOD(avt_jobstore_rescue(box->store, NULL, 2, count_visit, seen, &count, &error));
        assert_int_equal(count, 0); /* to the last moment */
        box->now_ms += 1;
        GOOD(avt_jobstore_rescue(box->store, NULL, 2, count_visit, seen, &count, &error));
        assert_int_equal(count, 1);
        assert_int_equal(box_job(box, id).rescues, i);
    }
    struct avt_job job = box_job(box, id);
    assert_int_equal(job.status, AVT_JOB_FAILED);
    assert_string_equal(job.error_code, "worker_lost");
    assert_int_equal(seen[AVT_JOB_PENDING], 2);
    assert_int_equal(seen[AVT_JOB_FAILED], 1);
    struct avt_job_stats stats;
    GOOD(avt_jobstore_stats(box->store, NULL, &stats, &error));
    assert_int_equal(stats.rescues, 3);
}

static void rescue__does_not_use_up_the_attempts(void **state)
{
    struct box *box = *state;
    const struct avt_error why = {AVT_EIO, "the disk is full"};
    const char *id = SUBMIT(.attempts_max = 2);
    bool failed = true;
    for (int i = 0; i < 4; i++) {
        assert_string_equal(box_claim(box).id, id);
        GOOD(avt_jobstore_rescue(box->store, "worker-1", 9, NULL, NULL, NULL, &error));
    }
    struct avt_job job = box_claim(box);
    assert_int_equal(job.attempt, 5);
    GOOD(
        avt_jobstore_fail(box->store, id, job.lease_token, &why, "", 1, &failed, &error));
    assert_false(failed);
    box->now_ms++;
    job = box_claim(box);
    GOOD(
        avt_jobstore_fail(box->store, id, job.lease_token, &why, "", 1, &failed, &error));
    assert_true(failed);
}

static void rescue__a_dead_worker_at_once(void **state)
{
    struct box *box = *state;
    size_t count = 0;
    SUBMIT();
    SUBMIT();
    struct avt_job a = box_claim_with(box, box->store, "worker-1");
    struct avt_job b = box_claim_with(box, box->store, "worker-2");
    GOOD(avt_jobstore_rescue(box->store, "worker-2", 3, NULL, NULL, &count, &error));
    assert_int_equal(count, 1);
    assert_int_equal(box_job(box, a.id).status, AVT_JOB_RUNNING);
    assert_int_equal(box_job(box, b.id).status, AVT_JOB_PENDING);
    assert_string_equal(box_claim(box).id, b.id);
}

static void rescue__more_than_one_batch(void **state)
{
    struct box *box = *state;
    enum { JOBS = 150 };
    size_t count = 0;
    for (int i = 0; i < JOBS; i++)
        SUBMIT();
    for (int i = 0; i < JOBS; i++)
        assert_string_not_equal(box_claim(box).id, "");
    GOOD(avt_jobstore_rescue(box->store, "worker-1", 0, NULL, NULL, &count, &error));
    assert_int_equal(count, JOBS);
    struct avt_job_stats stats;
    GOOD(avt_jobstore_stats(box->store, NULL, &stats, &error));
    assert_int_equal(stats.count[AVT_JOB_FULL_PIPELINE][AVT_JOB_FAILED], JOBS);
}

static void open__refuses_an_unknown_kind(void **state)
{
    struct box *box = *state;
    struct avt_jobstore_options options = {.storage = box->folder, .kind = "postgres"};
    struct avt_jobstore *store = NULL;
    BAD(AVT_EINVAL, "'postgres'", avt_jobstore_open(&options, &store, &error));
    assert_null(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(submit__fills_in_and_keeps_all),
        TEST(submit__refuses),
        TEST(submit__large_params_pass),
        TEST(submit__queue_has_a_limit),
        TEST(get__only_what_is_there_and_ones_own),
        TEST(resolve__unique_beginnings),
        TEST(idempotency__the_same_request_gives_the_same_job),
        TEST(idempotency__a_deleted_job_frees_its_key),
        TEST(claim__by_priority_then_time_then_id),
        TEST(claim__gives_a_lease),
        TEST(claim__only_what_a_worker_can_do),
        TEST(claim__refuses),
        TEST(claim__not_before_its_time),
        TEST(heartbeat__prolongs_and_tells),
        TEST(heartbeat__often_is_cheap_and_keeps_the_lease),
        TEST(complete__keeps_the_result),
        TEST(complete__result_has_a_limit),
        TEST(fail__tries_again_up_to_the_limit),
        TEST(fail__a_full_disk_does_not_use_up_attempts),
        TEST(hand_back__does_not_count),
        TEST(token__fences_every_write),
        TEST(cancel__in_every_state),
        TEST(cancel__wins_over_going_back),
        TEST(delete__final_jobs_only),
        TEST(rescue__lost_leases_up_to_a_limit),
        TEST(rescue__does_not_use_up_the_attempts),
        TEST(rescue__a_dead_worker_at_once),
        TEST(rescue__more_than_one_batch),
        TEST(open__refuses_an_unknown_kind),
    };
    return RUN_ALL_KINDS(tests);
}
