/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "api/limit.h"
#include "api/live.h"

static void take__a_minutes_worth_and_then_as_time_goes(void **state)
{
    (void)state;
    struct avt_limiter *limiter = avt_limiter_new();
    enum { PER_MINUTE = 60 };
    for (int i = 0; i < PER_MINUTE; i++) {
        struct avt_limit_state taken = avt_limiter_take(limiter, "a", PER_MINUTE, 100);
        assert_true(taken.allowed);
        assert_int_equal(taken.left, PER_MINUTE - 1 - i);
    }
    struct avt_limit_state none = avt_limiter_take(limiter, "a", PER_MINUTE, 100);
    assert_false(none.allowed);
    assert_true(none.retry_s > 0.9 && none.retry_s <= 1);
    /* Another name has its own. */
    assert_true(avt_limiter_take(limiter, "b", PER_MINUTE, 100).allowed);
    /* A second brings one; a day no more than a minute's worth. */
    assert_true(avt_limiter_take(limiter, "a", PER_MINUTE, 101.01).allowed);
    assert_false(avt_limiter_take(limiter, "a", PER_MINUTE, 101.01).allowed);
    assert_int_equal(avt_limiter_take(limiter, "a", PER_MINUTE, 90000).left, PER_MINUTE - 1);
    avt_limiter_free(limiter);
}

/* More names than there is room for: none is refused for that. */
static void take__forgets_the_longest_unused(void **state)
{
    (void)state;
    struct avt_limiter *limiter = avt_limiter_new();
    char name[200];
    for (int i = 0; i < 3 * AVT_LIMITER_KEYS_MAX; i++) {
        snprintf(name, sizeof(name), "%d", i);
        assert_true(avt_limiter_take(limiter, name, 1, 100 + i).allowed);
    }
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_true(avt_limiter_take(limiter, name, 1, 1e6).allowed);
    assert_false(avt_limiter_take(limiter, name, 1, 1e6).allowed);
    avt_limiter_free(limiter);
}

static void live__knows_the_last_progress_of_what_runs(void **state)
{
    (void)state;
    struct avt_live *live = avt_live_new();
    struct avt_link_message message = {.type = AVT_LINK_PROGRESS, .progress = 40}, got;
    snprintf(message.job, sizeof(message.job), "job-20260115120000-abc12345");
    assert_false(avt_live_get(live, message.job, &got));
    avt_live_take(live, &message);
    message.progress = 50;
    avt_live_take(live, &message);
    assert_true(avt_live_get(live, message.job, &got));
    assert_int_equal(got.progress, 50);
    message.type = AVT_LINK_FINISHED;
    avt_live_take(live, &message);
    assert_false(avt_live_get(live, message.job, &got));
    avt_live_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take__a_minutes_worth_and_then_as_time_goes),
        cmocka_unit_test(take__forgets_the_longest_unused),
        cmocka_unit_test(live__knows_the_last_progress_of_what_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
