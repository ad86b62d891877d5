/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

double avt_now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

void avt_time_rfc3339(char out[32])
{
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

int64_t avt_time_now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void avt_time_format_ms(int64_t ms, char ret_text[AVT_TIME_SIZE])
{
    const int64_t last = INT64_C(253402300799999); /* 9999-12-31T23:59:59.999 */
    ms = ms < 0 ? 0 : ms > last ? last : ms;
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t size = strftime(ret_text, AVT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(ret_text + size, AVT_TIME_SIZE - size, ".%03dZ", (int)(ms % 1000));
}

/* `count` digits as a number within min..max; moves *text behind them. */
static bool take_digits(const char **text, int count, int min, int max, int *ret_value)
{
    int value = 0;
    for (int i = 0; i < count; i++, ++*text) {
        if (!isdigit((unsigned char)**text))
            return false;
        value = value * 10 + (**text - '0');
    }
    *ret_value = value;
    return value >= min && value <= max;
}

static bool take_char(const char **text, const char *allowed)
{
    if (**text == '\0' || !strchr(allowed, **text))
        return false;
    ++*text;
    return true;
}

static bool take_fraction(const char **text, int *ret_ms)
{
    int digits = 0;
    *ret_ms = 0;
    if (**text != '.')
        return true;
    for (++*text; isdigit((unsigned char)**text); ++*text, digits++)
        *ret_ms += digits == 0   ? (**text - '0') * 100
                   : digits == 1 ? (**text - '0') * 10
                   : digits == 2 ? **text - '0'
                                 : 0;
    return digits >= 1 && digits <= 9;
}

static bool take_offset(const char **text, int *ret_minutes)
{
    int hours = 0, minutes = 0;
    *ret_minutes = 0;
    if (take_char(text, "Zz"))
        return true;
    int sign = **text == '-' ? -1 : 1;
    if (!take_char(text, "+-") || !take_digits(text, 2, 0, 23, &hours) || !take_char(text, ":") ||
        !take_digits(text, 2, 0, 59, &minutes))
        return false;
    *ret_minutes = sign * (hours * 60 + minutes);
    return true;
}

bool avt_time_parse_ms(const char *text, int64_t *ret_ms)
{
    struct tm tm = {0};
    int ms, offset, second; /* 60: a leap second, taken for the first of the next minute */
    if (!take_digits(&text, 4, 1970, 9999, &tm.tm_year) || !take_char(&text, "-") ||
        !take_digits(&text, 2, 1, 12, &tm.tm_mon) || !take_char(&text, "-") ||
        !take_digits(&text, 2, 1, 31, &tm.tm_mday) || !take_char(&text, "Tt ") ||
        !take_digits(&text, 2, 0, 23, &tm.tm_hour) || !take_char(&text, ":") ||
        !take_digits(&text, 2, 0, 59, &tm.tm_min) || !take_char(&text, ":") ||
        !take_digits(&text, 2, 0, 60, &second) || !take_fraction(&text, &ms) ||
        !take_offset(&text, &offset) || *text != '\0')
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int day = tm.tm_mday;
    time_t seconds = timegm(&tm);
    if (tm.tm_mday != day)
        return false; /* 30 February became 1 or 2 March */
    seconds += second - (time_t)offset * 60;
    if (seconds < 0)
        return false;
    *ret_ms = (int64_t)seconds * 1000 + ms;
    return true;
}
