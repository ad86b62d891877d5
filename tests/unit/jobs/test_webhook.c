/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries end to end are in tests/e2e/test_api_work.py. */
#include "../cmocka_all.h"

#include <string.h>

#include "jobs/webhook.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static struct avt_jobstore *open_store(void)
{
    struct avt_jobstore_options options = {.kind = "memory"};
    struct avt_jobstore *store = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_jobstore_open(&options, &store, &error), AVT_OK);
    return store;
}

/* The signature that Standard Webhooks' own libraries give for this message. */
static void sign__is_as_the_standard_has_it(void **state)
{
    (void)state;
    char text[64];
    assert_true(avt_webhook_sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                                 "{\"test\": 2432232314}", text));
    assert_string_equal(text, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_false(avt_webhook_sign("whsec_c2hvcnQ=", "m", "1", "", text));
    assert_false(avt_webhook_sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "m", "1", "", text));
    assert_false(avt_webhook_sign("whsec_!", "m", "1", "", text));
}

static struct avt_job pending_job(struct avt_jobstore *store, const char *url)
{
    struct avt_job job = {.type = AVT_JOB_VOICE_SYNTHESIS, .attempts_max = 1};
    struct avt_error error = {0};
    bool replayed;
    job.params = json_pack("{s:s}", "text", "x");
    memcpy(job.webhook_url, url, strlen(url) + 1);
    assert_int_equal(avt_jobstore_submit(store, &job, NULL, &replayed, &error), AVT_OK);
    return job;
}

static bool claim(struct avt_jobstore *store, struct avt_job *ret_job)
{
    struct avt_job_claim_options options = {
        .worker = "w", .lease_ms = 60000, .types = 1u << AVT_JOB_WEBHOOK};
    return avt_jobstore_claim(store, &options, ret_job, NULL) == AVT_OK;
}

static void enqueue__is_once_per_job(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = open_store();
    struct avt_job job = pending_job(store, "http://127.0.0.1:9/hook"), ended = {0}, delivery = {0};
    struct avt_error error = {0};
    /* Not while it waits. */
    assert_int_equal(avt_webhook_enqueue(store, &job, &error), AVT_OK);
    assert_false(claim(store, &delivery));
    assert_int_equal(avt_jobstore_cancel(store, job.id, NULL, &ended, &error), AVT_OK);
    assert_int_equal(avt_webhook_enqueue(store, &ended, &error), AVT_OK);
    assert_int_equal(avt_webhook_enqueue(store, &ended, &error), AVT_OK);
    assert_true(claim(store, &delivery));
    assert_int_equal(delivery.attempts_max, AVT_WEBHOOK_ATTEMPTS);
    assert_string_equal(json_string_value(json_object_get(delivery.params, "event")), "cancelled");

    /* The address is one of ours: refused for good. */
    struct avt_webhook_options options = {.secret = SECRET};
    json_t *result = NULL;
    assert_int_equal(avt_webhook_deliver(store, &delivery, &options, &result, &error), AVT_EINVAL);
    assert_non_null(strstr(error.message, "127.0.0.1"));
    /* Allowed, nobody listens there: to be tried again. */
    options.allow_private = true;
    assert_int_equal(avt_webhook_deliver(store, &delivery, &options, &result, &error),
                     AVT_ENETWORK);
    avt_job_done(&delivery);
    assert_false(claim(store, &delivery));
    avt_job_done(&ended);
    avt_job_done(&job);
}

static void deliver__a_purged_job_is_nothing_to_tell(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = open_store();
    struct avt_job delivery = {.type = AVT_JOB_WEBHOOK};
    struct avt_webhook_options options = {0};
    struct avt_error error = {0};
    json_t *result = NULL;
    delivery.params = json_pack("{s:s, s:s, s:s}", "url", "http://127.0.0.1:9/", "job",
                                "job-20260101000000-00000000", "event", "completed");
    assert_int_equal(avt_webhook_deliver(store, &delivery, &options, &result, &error), AVT_OK);
    json_decref(result);
    avt_job_done(&delivery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign__is_as_the_standard_has_it),
        cmocka_unit_test(enqueue__is_once_per_job),
        cmocka_unit_test(deliver__a_purged_job_is_nothing_to_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
