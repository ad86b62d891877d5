/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "jobs/retry.h"

static void retry__faults_that_may_pass(void **state)
{
    (void)state;
    for (int i = 0; i < AVT_CODE_COUNT; i++) {
        enum avt_code code = (enum avt_code)-i;
        bool passes = code == AVT_ENOMEM || code == AVT_EIO || code == AVT_ENOSPACE ||
                      code == AVT_EHELPER || code == AVT_ENETWORK;
        if (avt_retry_may_help(code) != passes)
            fail_msg("%s", avt_code_name(code));
    }
}

static void retry__pauses_double_up_to_a_limit(void **state)
{
    (void)state;
    static const struct {
        enum avt_job_type type;
        int attempt;
        double random;
        int64_t ms;
    } rows[] = {
        {AVT_JOB_FULL_PIPELINE, 1, 0.5, 5000},    {AVT_JOB_FULL_PIPELINE, 1, 0, 3750},
        {AVT_JOB_FULL_PIPELINE, 2, 0.5, 10000},   {AVT_JOB_FULL_PIPELINE, 3, 0.5, 20000},
        {AVT_JOB_FULL_PIPELINE, 8, 0.5, 600000},  {AVT_JOB_FULL_PIPELINE, 1000, 0.5, 600000},
        {AVT_JOB_WEBHOOK, 8, 0.5, 640000},        {AVT_JOB_WEBHOOK, 20, 0.5, 6 * 3600 * 1000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(avt_retry_delay_ms(rows[i].type, rows[i].attempt, rows[i].random),
                         rows[i].ms);
    assert_true(avt_retry_delay_ms(AVT_JOB_LIPSYNC, 1, 0.999) < 6250);
}

static void retry__a_webhook_is_tried_for_a_day(void **state)
{
    (void)state;
    int64_t sum = 0;
    int attempts = 1;
    for (; attempts < AVT_JOB_ATTEMPTS_MAX && sum < INT64_C(24) * 3600 * 1000; attempts++)
        sum += avt_retry_delay_ms(AVT_JOB_WEBHOOK, attempts, 0);
    assert_true(sum >= INT64_C(24) * 3600 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry__faults_that_may_pass),
        cmocka_unit_test(retry__pauses_double_up_to_a_limit),
        cmocka_unit_test(retry__a_webhook_is_tried_for_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
