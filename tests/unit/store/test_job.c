/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/job.h"

static void job__names_go_there_and_back(void **state)
{
    (void)state;
    for (int i = 0; i < AVT_JOB_TYPE_COUNT; i++) {
        enum avt_job_type type = AVT_JOB_TYPE_COUNT;
        assert_true(avt_job_type_parse(avt_job_type_name((enum avt_job_type)i), &type));
        assert_int_equal(type, i);
    }
    for (int i = 0; i < AVT_JOB_STATUS_COUNT; i++) {
        enum avt_job_status status = AVT_JOB_STATUS_COUNT;
        assert_true(avt_job_status_parse(avt_job_status_name((enum avt_job_status)i), &status));
        assert_int_equal(status, i);
    }
    enum avt_job_type type = AVT_JOB_LIPSYNC;
    assert_false(avt_job_type_parse("Lipsync", &type));
    assert_false(avt_job_type_parse("", &type));
    assert_int_equal(type, AVT_JOB_LIPSYNC);
    assert_false(avt_job_type_listed(AVT_JOB_WEBHOOK));
    assert_true(avt_job_type_listed(AVT_JOB_FULL_PIPELINE));
    assert_true(avt_job_type_short(AVT_JOB_FACE_DETECT));
    assert_false(avt_job_type_short(AVT_JOB_FULL_PIPELINE));
}

static void job__nothing_leaves_a_final_state(void **state)
{
    (void)state;
    static const char *const allowed[AVT_JOB_STATUS_COUNT] = {
        [AVT_JOB_PENDING] = "-r--c", [AVT_JOB_RUNNING] = "p-dfc",   [AVT_JOB_COMPLETED] = "-----",
        [AVT_JOB_FAILED] = "-----",  [AVT_JOB_CANCELLED] = "-----",
    };
    for (int from = 0; from < AVT_JOB_STATUS_COUNT; from++) {
        for (int to = 0; to < AVT_JOB_STATUS_COUNT; to++) {
            if (avt_job_transition_allowed((enum avt_job_status)from, (enum avt_job_status)to) !=
                (allowed[from][to] != '-'))
                fail_msg("from %d to %d", from, to);
        }
        assert_int_equal(avt_job_status_final((enum avt_job_status)from),
                         avt_str_equal(allowed[from], "-----"));
    }
}

static void job__ids(void **state)
{
    (void)state;
    char id[AVT_JOB_ID_SIZE], other[AVT_JOB_ID_SIZE];
    avt_job_id_make(INT64_C(1705320000123), id);
    assert_memory_equal(id, "job-20240115120000-", 19);
    assert_true(avt_job_id_valid(id));
    avt_job_id_make(INT64_C(1705320000123), other);
    assert_string_not_equal(id, other);
    const int64_t odd[] = {INT64_MIN, -1, 0, INT64_C(253402300799999), INT64_MAX};
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        avt_job_id_make(odd[i], id);
        assert_true(avt_job_id_valid(id));
    }
    const char *bad[] = {"",
                         "job",
                         "job-20240115120000-abc1234",
                         "job-20240115120000-abc123456",
                         "job-20240115120000-ABC12345",
                         "job-20240115120000-abc1234g",
                         "job-2024011512000x-abc12345",
                         "jab-20240115120000-abc12345",
                         "job-20240115120000/abc12345",
                         "../../../../../etc/passwd",
                         " job-20240115120000-abc12345",
                         "job-20240115120000-abc12345\n"};
    assert_true(avt_job_id_valid("job-20240115120000-abc12345"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (avt_job_id_valid(bad[i]))
            fail_msg("'%s' passed", bad[i]);
}

static void job__times(void **state)
{
    (void)state;
    char text[AVT_TIME_SIZE];
    int64_t ms = 0;
    avt_time_format_ms(INT64_C(1705320000007), text);
    assert_string_equal(text, "2024-01-15T12:00:00.007Z");
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {"2024-01-15T12:00:00.007Z", INT64_C(1705320000007)},
        {"2024-01-15T12:00:00Z", INT64_C(1705320000000)},
        {"2024-01-15 14:30:00.5+02:30", INT64_C(1705320000500)},
        {"2024-01-15t12:00:00.123456789z", INT64_C(1705320000123)},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
        {"1970-01-01T00:00:00Z", 0},
        {"2023-02-29T00:00:00Z", -1},
        {"2024-01-15T12:00:00", -1},
        {"2024-01-15T12:00:00.Z", -1},
        {"2024-01-15T12:00:00.1234567890Z", -1},
        {"2024-01-15T24:00:00Z", -1},
        {"2024-13-15T12:00:00Z", -1},
        {"2024-01-15T12:00:00+2:30", -1},
        {"2024-01-15T12:00:00Z ", -1},
        {"1970-01-01T00:00:00+01:00", -1},
        {"15 Jan 2024", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        ms = -1;
        if (avt_time_parse_ms(rows[i].text, &ms) != (rows[i].ms >= 0) || ms != rows[i].ms)
            fail_msg("'%s' gave %lld", rows[i].text, (long long)ms);
    }
}

static struct avt_job example(void)
{
    struct avt_job job = {
        .id = "job-20240115120000-abc12345",
        .sequence = 42,
        .type = AVT_JOB_LIPSYNC,
        .status = AVT_JOB_RUNNING,
        .owner = "0a1b2c3d",
        .params = json_pack("{s:s, s:{s:f}}", "text", "Grüße \"you\"", "config", "speed", 1.25),
        .priority = -7,
        .run_at_ms = INT64_C(1705320000001),
        .created_ms = INT64_C(1705320000000),
        .started_ms = INT64_C(1705320001000),
        .updated_ms = INT64_C(1705320002000),
        .attempt = 2,
        .attempts_max = 5,
        .rescues = 1,
        .progress = 37,
        .stage = "lipsync",
        .stages_completed = 5,
        .cancel_requested = true,
        .short_work = true,
        .lease_owner = "host-1",
        .lease_until_ms = INT64_C(1705320060000),
        .lease_token = 3,
        .error_code = "io",
        .error_message = "it broke",
        .error_stage = "speech",
        .estimate_s = 12.5,
        .request_id = "r-1",
        .webhook_url = "https://example.org/hook",
    };
    return job;
}

static void job__json_there_and_back(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct avt_job job = example(), back = {0};
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_job_to_json(&job, true);
    assert_int_equal(avt_job_from_json(json, &back, &error), AVT_OK);
    AVT_CLEANUP(avt_json_decrefp) json_t *again = avt_job_to_json(&back, true);
    assert_true(json_equal(json, again));
    assert_int_equal(back.lease_token, 3);
    assert_int_equal(back.stages_completed, 5);
    assert_string_equal(json_string_value(json_object_get(json, "created_at")),
                        "2024-01-15T12:00:00.000Z");
    avt_job_done(&back);

    /* A completed one has seconds per stage and no lease. */
    job.status = AVT_JOB_COMPLETED;
    job.finished_ms = INT64_C(1705320003000);
    job.stage_s[1] = 0.25;
    job.result = json_pack("{s:s}", "file", "3/film.mp4");
    AVT_CLEANUP(avt_json_decrefp) json_t *done = avt_job_to_json(&job, true);
    assert_int_equal(avt_job_from_json(done, &back, &error), AVT_OK);
    assert_true(back.stage_s[1] == 0.25 && back.stage_s[0] == 0.0);
    assert_string_equal(back.lease_owner, "");
    assert_true(json_equal(back.result, job.result));
    avt_job_done(&back);
    avt_job_done(&job);
    avt_job_done(&job);
}

static void job__json_for_others_hides_the_owner(void **state)
{
    (void)state;
    struct avt_job job = example();
    AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_job_to_json(&job, false);
    assert_null(json_object_get(json, "owner"));
    assert_null(json_object_get(json, "lease"));
    assert_null(json_object_get(json, "sequence"));
    assert_non_null(json_object_get(json, "params"));
    avt_job_done(&job);
}

static void job__bad_json_names_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value, *says;
    } rows[] = {
        {"id", "\"../etc\"", "'id'"},
        {"id", "null", "'id'"},
        {"type", "\"dance\"", "'type'"},
        {"status", "7", "'status'"},
        {"owner", "\"a/b\"", "'owner'"},
        {"created_at", "null", "'created_at'"},
        {"created_at", "\"yesterday\"", "'created_at'"},
        {"run_at", "5", "'run_at'"},
        {"progress", "101", "'progress'"},
        {"progress", "1.5", "'progress'"},
        {"priority", "101", "'priority'"},
        {"attempts_max", "21", "'attempts_max'"},
        {"attempt", "-1", "'attempt'"},
        {"stages_completed", "[\"speech\", \"x\"]", "'stages_completed'"},
        {"stages_completed", "{}", "'stages_completed'"},
        {"stage", "\"a stage with a long name\"", "'stage'"},
        {"cancel_requested", "1", "'cancel_requested'"},
        {"short_work", "\"yes\"", "'short_work'"},
        {"estimate_seconds", "-1", "'estimate_seconds'"},
        {"params", "[]", "'params'"},
        {"params", "null", "'params'"},
        {"result", "\"x\"", "'result'"},
        {"lease", "[]", "'lease'"},
        {"lease", "{\"token\": -1}", "'lease.token'"},
        {"lease", "{\"until\": \"x\"}", "'lease.until'"},
        {"error", "{\"message\": \"a\\nb\"}", "'error.message'"},
        {"sequence", "-3", "'sequence'"},
        {"webhook_url", "true", "'webhook_url'"},
    };
    struct avt_job job = example();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        AVT_CLEANUP(avt_json_decrefp) json_t *json = avt_job_to_json(&job, true);
        json_object_set_new(json, rows[i].field, json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
        struct avt_job back = {.progress = -5};
        struct avt_error error = {0};
        if (avt_job_from_json(json, &back, &error) != AVT_EFORMAT ||
            !strstr(error.message, rows[i].says))
            fail_msg("%s = %s: \"%s\"", rows[i].field, rows[i].value, error.message);
        assert_int_equal(back.progress, -5); /* untouched */
    }
    struct avt_error error = {0};
    struct avt_job back;
    AVT_CLEANUP(avt_json_decrefp) json_t *list = json_array();
    assert_int_equal(avt_job_from_json(list, &back, &error), AVT_EFORMAT);
    avt_job_done(&job);
}

static void job__little_json_is_enough(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct avt_job job = {0};
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_loads("{\"id\": \"job-20240115120000-abc12345\", \"type\": \"lipsync\","
                              " \"status\": \"failed\", \"params\": {}, \"whatever\": 1,"
                              " \"created_at\": \"2024-01-15T12:00:00Z\"}",
                              0, NULL);
    assert_int_equal(avt_job_from_json(json, &job, &error), AVT_OK);
    assert_int_equal(job.attempts_max, AVT_JOB_ATTEMPTS_DEFAULT);
    assert_true(job.run_at_ms == job.created_ms && job.finished_ms == job.created_ms);
    avt_job_done(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job__names_go_there_and_back),
        cmocka_unit_test(job__nothing_leaves_a_final_state),
        cmocka_unit_test(job__ids),
        cmocka_unit_test(job__times),
        cmocka_unit_test(job__json_there_and_back),
        cmocka_unit_test(job__json_for_others_hides_the_owner),
        cmocka_unit_test(job__bad_json_names_the_field),
        cmocka_unit_test(job__little_json_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
