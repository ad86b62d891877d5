/* SPDX-License-Identifier: Apache-2.0 */
#include "api/range.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Digits at *text, which moves behind them. Saturates, since a position beyond any file is a fair
 * thing to ask for. False if there is no digit. */
static bool read_number(const char **text, uint64_t *ret_value)
{
    uint64_t value = 0;
    const char *from = *text;
    for (; **text >= '0' && **text <= '9'; ++*text) {
        uint64_t digit = (uint64_t)(**text - '0');
        value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
    }
    *ret_value = value;
    return *text != from;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

enum avt_range avt_range_parse(const char *header, uint64_t size, uint64_t *ret_offset,
                               uint64_t *ret_length)
{
    if (!header || strncasecmp(header, "bytes=", 6) != 0)
        return AVT_RANGE_WHOLE;
    const char *text = skip_blanks(header + 6);
    uint64_t first = 0, last = UINT64_MAX;
    bool has_first = read_number(&text, &first);
    if (*text != '-')
        return AVT_RANGE_WHOLE;
    text++;
    bool has_last = read_number(&text, &last);
    if ((!has_first && !has_last) || *skip_blanks(text) != '\0' ||
        (has_first && has_last && last < first))
        return AVT_RANGE_WHOLE;
    if (!has_first) { /* the last N bytes */
        if (last == 0 || size == 0)
            return AVT_RANGE_UNSATISFIABLE;
        *ret_length = last < size ? last : size;
        *ret_offset = size - *ret_length;
        return AVT_RANGE_PART;
    }
    if (first >= size)
        return AVT_RANGE_UNSATISFIABLE;
    if (!has_last || last > size - 1)
        last = size - 1;
    *ret_offset = first;
    *ret_length = last - first + 1;
    return AVT_RANGE_PART;
}

bool avt_etag_listed(const char *list, const char *etag, bool weak)
{
    if (*skip_blanks(list) == '*')
        return *skip_blanks(skip_blanks(list) + 1) == '\0';
    size_t length = strlen(etag);
    while (length > 0) {
        list += strspn(list, " \t,");
        bool is_weak = avt_str_starts(list, "W/");
        if (is_weak)
            list += 2;
        const char *end = *list == '"' ? strchr(list + 1, '"') : NULL;
        if (!end)
            return false;
        if ((size_t)(end + 1 - list) == length && memcmp(list, etag, length) == 0 &&
            (weak || !is_weak))
            return true;
        list = end + 1;
    }
    return false;
}

static bool two_digits(const char *text, int max, int *ret_value)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *ret_value = (text[0] - '0') * 10 + text[1] - '0';
    return *ret_value <= max;
}

bool avt_http_date_parse(const char *text, int64_t *ret_s)
{
    struct tm tm = {0};
    int century = 0, year = 0, month = 0;
    if (strlen(text) != AVT_HTTP_DATE_SIZE - 1)
        return false;
    while (month < 12 && strncmp(text + 8, month_names[month], 3) != 0)
        month++;
    char rest[AVT_HTTP_DATE_SIZE];
    memcpy(rest, text, sizeof(rest));
    static const char digits_at[] = {5, 6, 12, 13, 14, 15, 17, 18, 20, 21, 23, 24};
    for (size_t i = 0; i < sizeof(digits_at); i++)
        rest[(int)digits_at[i]] = '0';
    if (month == 12 || memcmp(rest + 3, ", 00 ", 5) != 0 ||
        strcmp(rest + 11, " 0000 00:00:00 GMT") != 0)
        return false;
    tm.tm_mon = month;
    if (!two_digits(text + 5, 31, &tm.tm_mday) || !two_digits(text + 12, 99, &century) ||
        !two_digits(text + 14, 99, &year) || !two_digits(text + 17, 23, &tm.tm_hour) ||
        !two_digits(text + 20, 59, &tm.tm_min) || !two_digits(text + 23, 60, &tm.tm_sec))
        return false;
    tm.tm_year = century * 100 + year - 1900;
    if (tm.tm_year < 70 || tm.tm_mday == 0)
        return false;
    *ret_s = (int64_t)timegm(&tm);
    return true;
}

void avt_http_date_format(int64_t s, char ret_text[AVT_HTTP_DATE_SIZE])
{
    time_t time = (time_t)s;
    struct tm tm;
    if (!gmtime_r(&time, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
        time = 0;
        (void)gmtime_r(&time, &tm);
    }
    snprintf(ret_text, AVT_HTTP_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT",
             day_names[tm.tm_wday % 7], (unsigned)tm.tm_mday % 100u, month_names[tm.tm_mon % 12],
             ((unsigned)tm.tm_year + 1900u) % 10000u, (unsigned)tm.tm_hour % 100u,
             (unsigned)tm.tm_min % 100u, (unsigned)tm.tm_sec % 100u);
}

/* Does If-Range (NULL: yes) still mean this representation? Weak tags never do. */
static bool range_applies(const char *if_range, const char *etag, int64_t modified_s)
{
    int64_t date = 0;
    if (!if_range)
        return true;
    if (*if_range == '"')
        return *etag != '\0' && avt_str_equal(if_range, etag);
    return avt_http_date_parse(if_range, &date) && date == modified_s;
}

/* In the order of RFC 9110, 13.2.2. */
int avt_conditions_judge(const struct avt_conditions *conditions, uint64_t size, const char *etag,
                         int64_t modified_s, uint64_t *ret_offset, uint64_t *ret_length)
{
    int64_t date = 0;
    if (conditions->if_match) {
        if (!avt_etag_listed(conditions->if_match, etag, false))
            return 412;
    } else if (conditions->if_unmodified_since &&
               avt_http_date_parse(conditions->if_unmodified_since, &date) && modified_s > date) {
        return 412;
    }
    if (conditions->if_none_match) {
        if (avt_etag_listed(conditions->if_none_match, etag, true))
            return 304;
    } else if (conditions->if_modified_since &&
               avt_http_date_parse(conditions->if_modified_since, &date) && modified_s <= date) {
        return 304;
    }
    *ret_offset = 0;
    *ret_length = size;
    if (!range_applies(conditions->if_range, etag, modified_s))
        return 200;
    switch (avt_range_parse(conditions->range, size, ret_offset, ret_length)) {
    case AVT_RANGE_PART:
        return 206;
    case AVT_RANGE_UNSATISFIABLE:
        return 416;
    default:
        return 200;
    }
}
