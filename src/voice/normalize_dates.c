/* SPDX-License-Identifier: Apache-2.0 */
/* Dates, years and times of day. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/normalize_parts.h"

static const char *const MONTHS[12] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};

int norm_month(const char *word)
{
    static const char *const SHORT[12] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
    for (int i = 0; i < 12; i++) {
        char full[16];
        norm_fold_lower(MONTHS[i], strlen(MONTHS[i]), full, sizeof full);
        if (avt_str_equal(word, full) || avt_str_equal(word, SHORT[i]))
            return i + 1;
    }
    return avt_str_equal(word, "sept") ? 9 : 0;
}

/* A month's name with its capital letter: "may" and "march" are words of their own. */
static int neighbour_month(const struct reader *reader, int offset)
{
    const struct raw *raw = norm_neighbour(reader, offset);
    if (!raw || raw->kind != RAW_WORD || !norm_is_upper(reader->text[raw->start]))
        return 0;
    char word[32];
    norm_neighbour_word(reader, offset, word);
    return norm_month(word);
}

static bool is_day(const struct norm_field *field)
{
    long value = norm_value(field->text, field->size);
    return field->size <= 2 && value >= 1 && value <= 31;
}

static bool is_month_number(const struct norm_field *field)
{
    long value = norm_value(field->text, field->size);
    return field->size <= 2 && value >= 1 && value <= 12;
}

/* Digits without leading zeros, for "03" as a day. */
static struct norm_field trimmed(const struct norm_field *field)
{
    struct norm_field rest = *field;
    while (rest.size > 1 && rest.text[0] == '0') {
        rest.text++;
        rest.size--;
    }
    return rest;
}

static void say_ordinal(struct reader *reader, const struct norm_field *day)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(256);
    struct norm_field number = trimmed(day);
    norm_ordinal(&words, number.text, number.size, reader->british);
    norm_say_number(reader, &words);
}

static void say_year(struct reader *reader, const struct norm_field *year)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(256);
    long value = norm_value(year->text, year->size);
    if (year->size == 2 && value < 10) {
        norm_digits(&words, year->text, 2, "oh"); /* '05 */
    } else {
        norm_year(&words, year->text, year->size, reader->british);
    }
    norm_say_number(reader, &words);
}

static void say_date(struct reader *reader, const struct norm_field *day,
                     const struct norm_field *month, const struct norm_field *year)
{
    const char *name = MONTHS[norm_value(month->text, month->size) - 1];
    if (reader->british) {
        norm_say(reader, "the");
        say_ordinal(reader, day);
        norm_say(reader, "of");
        norm_say(reader, name);
    } else {
        norm_say(reader, name);
        say_ordinal(reader, day);
    }
    if (year)
        say_year(reader, year);
}

/* Day first in Britain and with dots, month first in America, unless it cannot be. */
static bool read_day_month(struct reader *reader, const struct norm_field *a,
                           const struct norm_field *b, const struct norm_field *year,
                           bool day_first)
{
    const struct norm_field *day = day_first ? a : b, *month = day_first ? b : a;
    if (!is_month_number(month)) {
        const struct norm_field *swap = day;
        day = month;
        month = swap;
    }
    if (!is_month_number(month) || !is_day(day))
        return false;
    say_date(reader, day, month, year);
    return true;
}

bool norm_read_date(struct reader *reader, const struct norm_shape *shape)
{
    const struct norm_field *a = &shape->fields[0], *b = &shape->fields[2];
    const struct norm_field *c = &shape->fields[4];
    bool dashes = avt_str_equal(shape->pattern, "d-d-d");
    bool slashes = avt_str_equal(shape->pattern, "d/d/d");
    bool dots = avt_str_equal(shape->pattern, "d.d.d");
    if (!dashes && !slashes && !dots)
        return false;
    if (a->size == 4 && b->size <= 2 && !dots && is_month_number(b) && is_day(c)) {
        say_date(reader, c, b, a);
        return true;
    }
    if (c->size != 4 && !(slashes && c->size == 2))
        return false;
    return read_day_month(reader, a, b, c, reader->british || dots);
}

bool norm_read_day_month(struct reader *reader, const struct norm_field *a,
                         const struct norm_field *b)
{
    return read_day_month(reader, a, b, NULL, reader->british);
}

bool norm_read_day(struct reader *reader, const struct norm_field *number)
{
    if (!is_day(number) || (number->size == 2 && number->text[0] == '0'))
        return false;
    if (neighbour_month(reader, 1)) {
        char before[32];
        norm_neighbour_word(reader, -1, before);
        if (!avt_str_equal(before, "the"))
            norm_say(reader, "the");
        say_ordinal(reader, number);
        norm_say(reader, "of");
        return true;
    }
    if (neighbour_month(reader, -1)) {
        if (reader->british)
            norm_say(reader, "the");
        say_ordinal(reader, number);
        return true;
    }
    return false;
}

bool norm_is_year_context(const struct reader *reader, const struct norm_field *number)
{
    static const char *const BEFORE[] = {"in",     "since",  "year",   "circa",  "until",  "till",
                                         "by",     "during", "spring", "summer", "autumn", "fall",
                                         "winter", "early",  "late",   "mid",    "before", "after",
                                         "q1",     "q2",     "q3",     "q4"};
    static const char *const TO[] = {"to", "until", "till", "through", "onward", "onwards"};
    static const char *const COUNTED[] = {"people",    "men",   "women",   "children", "percent",
                                          "times",     "more",  "million", "billion",  "thousand",
                                          "of",        "units", "feet",    "other",    "or",
                                          "different", "new",   "km",      "kg"};
    long value = norm_value(number->text, number->size);
    char next[32], before[32];
    norm_neighbour_word(reader, 1, next);
    norm_neighbour_word(reader, -1, before);
    const struct raw *raw = norm_neighbour(reader, 1);
    /* "It dates from 1066.", "from 1914 to 1918" */
    if (avt_str_equal(before, "from") && number->size == 4 && value >= 1010 && value <= 2099 &&
        (!raw || raw->kind == RAW_PUNCT || AVT_STR_AMONG(next, TO)))
        return true;
    if (number->size != 4 || value < (AVT_STR_AMONG(before, BEFORE) ? 1010 : 1100) || value > 2099)
        return false;
    if (neighbour_month(reader, -1) || neighbour_month(reader, 1))
        return true;
    bool small = raw && raw->kind == RAW_WORD && norm_is_lower(reader->text[raw->start]);
    size_t length = strlen(next);
    bool plural = small && length > 3 && next[length - 1] == 's' && next[length - 2] != 's' &&
                  strcmp(next, "was") != 0 && strcmp(next, "has") != 0 && strcmp(next, "is") != 0;
    if (AVT_STR_AMONG(before, BEFORE))
        return !plural || strcmp(before, "in") == 0 || before[0] == 'q';
    char unit[32];
    if (raw)
        norm_raw_text(reader, raw, unit, sizeof unit);
    return !plural && !(raw && (AVT_STR_AMONG(next, COUNTED) || norm_unit_apart(unit)));
}

/* "am" and "pm" after a time, in the same token or the next. */
static bool half_of_day_follows(const struct reader *reader)
{
    char next[32];
    norm_neighbour_word(reader, 1, next);
    return avt_str_equal(next, "am") || avt_str_equal(next, "pm") || avt_str_equal(next, "a.m") ||
           avt_str_equal(next, "p.m");
}

static void say_minutes(struct avt_buf *words, const struct norm_field *minutes)
{
    struct norm_field number = trimmed(minutes);
    if (minutes->size == 2 && minutes->text[0] == '0') {
        avt_buf_append_str(words, words->size > 0 ? " oh" : "oh");
        if (number.text[0] == '0') {
            avt_buf_append_str(words, " oh");
            return;
        }
    }
    norm_cardinal(words, number.text, number.size, false);
}

static void say_time(struct reader *reader, const struct norm_field *hours,
                     const struct norm_field *minutes, bool half)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(512);
    struct norm_field hour = trimmed(hours);
    long value = norm_value(hour.text, hour.size);
    norm_cardinal(&words, hour.text, hour.size, false);
    if (norm_value(minutes->text, minutes->size) != 0)
        say_minutes(&words, minutes);
    else if (!half && (value > 12 || value == 0))
        avt_buf_append_str(&words, " hundred"); /* "fourteen hundred" */
    else if (!half)
        avt_buf_append_str(&words, " o'clock");
    norm_say_number(reader, &words);
}

static bool is_clock(const struct norm_field *hours, const struct norm_field *minutes)
{
    long hour = norm_value(hours->text, hours->size);
    long minute = norm_value(minutes->text, minutes->size);
    return hours->size <= 2 && minutes->size == 2 && hour >= 0 && hour <= 24 && minute < 60;
}

bool norm_read_time(struct reader *reader, const struct norm_shape *shape)
{
    const struct norm_field *field = shape->fields;
    const char *pattern = shape->pattern;
    if (avt_str_equal(pattern, "d:d") && is_clock(&field[0], &field[2])) {
        char next[32];
        norm_neighbour_word(reader, 1, next);
        bool clock = strncmp(next, "o'clock", 7) == 0;
        say_time(reader, &field[0], &field[2], clock || half_of_day_follows(reader));
        return true;
    }
    if (avt_str_equal(pattern, "d:da") && is_clock(&field[0], &field[2])) {
        say_time(reader, &field[0], &field[2], true);
        char letters[8];
        norm_fold_lower(field[3].text, field[3].size, letters, sizeof letters);
        if (strchr("ap", letters[0]) && letters[1] == 'm' && letters[2] == '\0')
            norm_say_spelled(reader, letters[0] == 'a' ? "AM" : "PM");
        else
            norm_say_mixed(reader, field[3].text, field[3].size);
        return true;
    }
    if (avt_str_equal(pattern, "d:d:d") && is_clock(&field[0], &field[2]) && field[4].size == 2) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(512);
        struct norm_field hour = trimmed(&field[0]);
        norm_cardinal(&words, hour.text, hour.size, false);
        say_minutes(&words, &field[2]);
        say_minutes(&words, &field[4]);
        norm_say_number(reader, &words);
        return true;
    }
    /* "2:1", "16:9": a ratio. */
    if (avt_str_equal(pattern, "d:d")) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf words = AVT_BUF_INIT(512);
        norm_cardinal(&words, field[0].text, field[0].size, reader->british);
        avt_buf_append_str(&words, " to");
        norm_cardinal(&words, field[2].text, field[2].size, reader->british);
        norm_say_number(reader, &words);
        return true;
    }
    return false;
}
