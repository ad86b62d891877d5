/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/moment.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/config.h"

enum { DAY_MS = 86400000 };

/** mktime() in milliseconds; false for a day or hour that does not exist. */
static bool local_ms(struct tm given, int64_t *ret_ms)
{
    struct tm tm = given;
    tm.tm_isdst = -1;
    time_t seconds = mktime(&tm);
    if (seconds < 0 || tm.tm_mday != given.tm_mday || tm.tm_hour != given.tm_hour ||
        tm.tm_min != given.tm_min)
        return false;
    *ret_ms = (int64_t)seconds * 1000;
    return true;
}

static bool whole(const char *text, const char *format, struct tm *tm)
{
    const char *end = strptime(text, format, tm);
    return end && *end == '\0';
}

/** The hour of today, or the day beside it, so that it lies ahead or behind. */
static bool parse_hour(const char *text, int64_t now_ms, bool back, int64_t *ret_ms)
{
    time_t now = (time_t)(now_ms / 1000);
    struct tm tm = {0}, hour = {0};
    if (!whole(text, "%H:%M", &hour) && !whole(text, "%H:%M:%S", &hour))
        return false;
    localtime_r(&now, &tm);
    tm.tm_hour = hour.tm_hour;
    tm.tm_min = hour.tm_min;
    tm.tm_sec = hour.tm_sec;
    if (!local_ms(tm, ret_ms))
        return false;
    if (back && *ret_ms > now_ms)
        *ret_ms -= DAY_MS;
    else if (!back && *ret_ms < now_ms)
        *ret_ms += DAY_MS;
    return true;
}

bool avt_moment_parse(const char *text, int64_t now_ms, bool back, int64_t max_ms, int64_t *ret_ms)
{
    static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
                                          "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"};
    int64_t away_ms = 0;
    if (avt_parse_duration_ms(text, 0, max_ms, &away_ms)) {
        *ret_ms = back ? now_ms - away_ms : now_ms + away_ms;
        return true;
    }
    if (avt_time_parse_ms(text, ret_ms) || parse_hour(text, now_ms, back, ret_ms))
        return true;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct tm tm = {0};
        if (strlen(text) >= 8 && whole(text, formats[i], &tm))
            return local_ms(tm, ret_ms);
    }
    return false;
}
