/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "cli/moment.h"

#define DAYS INT64_C(86400000)

static int64_t at(const char *text)
{
    int64_t ms = 0;
    assert_true(avt_time_parse_ms(text, &ms));
    return ms;
}

/* In a zone with summer time: noon of 15 January 2026 is 13:00 there. */
static void moment__forms(void **state)
{
    (void)state;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    const int64_t now = at("2026-01-15T12:00:00Z");
    const struct {
        const char *text, *forward, *back; /* NULL: refused */
    } rows[] = {
        {"2h", "2026-01-15T14:00:00Z", "2026-01-15T10:00:00Z"},
        {"0s", "2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z"},
        {"18:30", "2026-01-15T17:30:00Z", "2026-01-14T17:30:00Z"},
        {"9:05", "2026-01-16T08:05:00Z", "2026-01-15T08:05:00Z"},
        {"12:59:59", "2026-01-16T11:59:59Z", "2026-01-15T11:59:59Z"},
        {"2026-07-01", "2026-06-30T22:00:00Z", "2026-06-30T22:00:00Z"},
        {"2026-07-01 18:30", "2026-07-01T16:30:00Z", "2026-07-01T16:30:00Z"},
        {"2026-01-01T18:30:10", "2026-01-01T17:30:10Z", "2026-01-01T17:30:10Z"},
        {"2026-07-01T18:30:00Z", "2026-07-01T18:30:00Z", "2026-07-01T18:30:00Z"},
        {"2026-07-01T18:30:00+05:30", "2026-07-01T13:00:00Z", "2026-07-01T13:00:00Z"},
        {"2026-02-30", NULL, NULL},
        {"2026-03-29 02:30", NULL, NULL}, /* the hour that summer time skips */
        {"2026-13-01", NULL, NULL},
        {"1800-01-01", NULL, NULL},
        {"26-01-01", NULL, NULL},
        {"25:00", NULL, NULL},
        {"18:61", NULL, NULL},
        {"18", NULL, NULL}, /* seconds: out of range here, see the limit below */
        {"11d", NULL, NULL},
        {"tomorrow", NULL, NULL},
        {"2026-07-01 18:30 x", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int back = 0; back < 2; back++) {
            const char *expected = back ? rows[i].back : rows[i].forward;
            int64_t ms = -1, limit = rows[i].text[0] == '1' && !rows[i].text[2] ? 17000 : 10 * DAYS;
            bool good = avt_moment_parse(rows[i].text, now, back, limit, &ms);
            if (good != (expected != NULL) || (expected && ms != at(expected)))
                fail_msg("'%s' (%s) is %lld", rows[i].text, back ? "back" : "forward",
                         (long long)(ms - now));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(moment__forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
