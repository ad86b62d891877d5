/* SPDX-License-Identifier: Apache-2.0 */
/* What begins with a digit or a sign before one: dates, times, money, measures, plain numbers. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "voice/intl.h"
#include "voice/normalize_parts.h"

enum {
    DIGITS_BYTES = 48,
    TELEPHONE_ZH_DIGITS = 11, /* of a mobile telephone in China */
};

struct cursor {
    const struct intl_language *language;
    const char *text;
    size_t size, at;
};

struct number {
    char whole[DIGITS_BYTES], fraction[DIGITS_BYTES];
    size_t whole_count, fraction_count;
    bool negative, grouped;
};

static uint32_t look(const struct cursor *cursor, size_t at, size_t *ret_size)
{
    uint32_t codepoint = 0;
    size_t size = at < cursor->size
                      ? avt_utf8_decode(cursor->text + at, cursor->size - at, &codepoint)
                      : 0;
    *ret_size = size ? size : 1;
    if (codepoint >= 0xff01 && codepoint <= 0xff5e)
        codepoint -= 0xfee0; /* full-width forms */
    return size ? codepoint : 0;
}

/* A run of digits, ASCII whatever the script; how many. */
static size_t take_digits(struct cursor *cursor, char *digits, size_t max)
{
    size_t count = 0, size;
    while (count < max) {
        int digit = intl_digit(look(cursor, cursor->at, &size));
        if (digit < 0)
            break;
        digits[count++] = (char)('0' + digit);
        cursor->at += size;
    }
    return count;
}

static bool take(struct cursor *cursor, uint32_t wanted)
{
    size_t size;
    if (look(cursor, cursor->at, &size) != wanted)
        return false;
    cursor->at += size;
    return true;
}

static bool digit_at(const struct cursor *cursor, size_t at)
{
    size_t size;
    return intl_digit(look(cursor, at, &size)) >= 0;
}

static bool letter_at(const struct cursor *cursor, size_t at)
{
    size_t size;
    return intl_script(look(cursor, at, &size)) == INTL_ALPHABETIC;
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == 0xa0 || c == 0x202f || c == 0x2009;
}

static void skip_blank(struct cursor *cursor)
{
    size_t size;
    if (is_blank(look(cursor, cursor->at, &size)))
        cursor->at += size;
}

/* `word` stands here and no letter follows it. */
static bool take_word(struct cursor *cursor, const char *word)
{
    size_t size = strlen(word);
    if (cursor->size - cursor->at < size || memcmp(cursor->text + cursor->at, word, size) != 0)
        return false;
    if (letter_at(cursor, cursor->at + size) && letter_at(cursor, cursor->at))
        return false;
    cursor->at += size;
    return true;
}

/* The sign between two groups of digits of one number: a dot, a comma, or where the language groups
 * so, a space. 0 for none. */
static uint32_t group_sign(const struct cursor *cursor, size_t *ret_size)
{
    uint32_t c = look(cursor, cursor->at, ret_size);
    if (!digit_at(cursor, cursor->at + *ret_size))
        return 0;
    bool space = is_blank(c) && strchr("fp", cursor->language->tag[0]) != NULL;
    return c == '.' || c == ',' || c == '\'' || space ? c : 0;
}

/* Groups of digits: which signs part thousands, and which the fraction. */
static bool take_number(struct cursor *cursor, struct number *number)
{
    *number = (struct number){0};
    size_t size;
    number->whole_count = take_digits(cursor, number->whole, DIGITS_BYTES - 1);
    if (number->whole_count == 0)
        return false;
    uint32_t thousands = 0;
    for (uint32_t sign = group_sign(cursor, &size); sign; sign = group_sign(cursor, &size)) {
        struct cursor ahead = *cursor;
        ahead.at += size;
        char group[DIGITS_BYTES];
        size_t count = take_digits(&ahead, group, DIGITS_BYTES - 1), next_size;
        uint32_t next = group_sign(&ahead, &next_size);
        bool again = next == sign;
        bool lakh = strcmp(cursor->language->tag, "hi") == 0 && count == 2;
        bool fits = (count == 3 || lakh) && (thousands || number->whole_count <= 3) &&
                    number->whole_count + count < DIGITS_BYTES;
        bool decimal = sign == (uint32_t)cursor->language->decimal && next == 0;
        bool groups = fits && (thousands ? sign == thousands : !decimal);
        if (groups && number->whole[0] != '0') {
            memcpy(number->whole + number->whole_count, group, count);
            number->whole_count += count;
            thousands = sign;
            number->grouped = true;
            *cursor = ahead;
            continue;
        }
        /* "1.2.3" is no number; a second sign of the kind that groups ends it. */
        if ((sign != '.' && sign != ',') || again || sign == thousands)
            break;
        memcpy(number->fraction, group, count);
        number->fraction_count = count;
        *cursor = ahead;
        break;
    }
    return true;
}

static void blank(const struct cursor *cursor, struct avt_buf *out)
{
    if (out->size > 0 && !cursor->language->no_spaces && out->data[out->size - 1] != ' ')
        avt_buf_append_char(out, ' ');
}

static void say(const struct cursor *cursor, struct avt_buf *out, const char *words)
{
    if (!words || !*words)
        return;
    blank(cursor, out);
    avt_buf_append_str(out, words);
}

static void say_digits(const struct cursor *cursor, struct avt_buf *out, const char *digits,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        blank(cursor, out);
        if (cursor->language->digits)
            avt_buf_append_str(out, cursor->language->digits[digits[i] - '0']);
        else
            avt_buf_append_char(out, digits[i]);
    }
}

void intl_cardinal(const struct intl_language *language, struct avt_buf *out, const char *digits,
                   size_t count)
{
    struct cursor cursor = {.language = language};
    bool telephone = (count > 1 && digits[0] == '0') ||
                     (language->cardinal == intl_cardinal_zh && count >= TELEPHONE_ZH_DIGITS);
    if (count > INTL_DIGITS_MAX || telephone) {
        say_digits(&cursor, out, digits, count);
        return;
    }
    blank(&cursor, out);
    if (language->cardinal)
        language->cardinal(out, digits, count);
    else
        avt_buf_append(out, digits, count);
}

static void say_number(const struct cursor *cursor, struct avt_buf *out,
                       const struct number *number)
{
    if (number->negative)
        say(cursor, out, cursor->language->minus);
    intl_cardinal(cursor->language, out, number->whole, number->whole_count);
    if (number->fraction_count == 0)
        return;
    say(cursor, out, cursor->language->point);
    /* "coma catorce", but "coma cero cinco" and "coma uno cuatro uno seis". */
    bool whole = !cursor->language->digits && strcmp(cursor->language->tag, "hi") != 0 &&
                 number->fraction_count <= 2 && number->fraction[0] != '0';
    if (whole)
        intl_cardinal(cursor->language, out, number->fraction, number->fraction_count);
    else
        say_digits(cursor, out, number->fraction, number->fraction_count);
}

static bool is_one(const struct number *number)
{
    return number->whole_count == 1 && number->whole[0] == '1' && number->fraction_count == 0 &&
           !number->negative;
}

static int value_of(const char *digits, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count && i < 5; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

/* ---- dates and times ----------------------------------------------------------------------- */

static void say_value(const struct cursor *cursor, struct avt_buf *out, int value)
{
    char digits[12];
    size_t count = 0, divisor = 1;
    while ((size_t)value / divisor >= 10)
        divisor *= 10;
    for (; divisor; divisor /= 10)
        digits[count++] = (char)('0' + (size_t)value / divisor % 10);
    intl_cardinal(cursor->language, out, digits, count);
}

static void say_date(const struct cursor *cursor, struct avt_buf *out, int day, int month,
                     const char *year, size_t year_count)
{
    const struct intl_language *language = cursor->language;
    if (!language->months[0]) {
        if (language->cardinal == intl_cardinal_zh)
            say_digits(cursor, out, year, year_count);
        else
            intl_cardinal(language, out, year, year_count);
        say(cursor, out, language->year);
        say_value(cursor, out, month);
        say(cursor, out, language->month);
        say_value(cursor, out, day);
        say(cursor, out, language->day);
        return;
    }
    if (day == 1 && language->first_day)
        say(cursor, out, language->first_day);
    else
        say_value(cursor, out, day);
    say(cursor, out, language->date_of);
    say(cursor, out, language->months[month - 1]);
    if (year_count > 0) {
        say(cursor, out, language->date_of);
        intl_cardinal(language, out, year, year_count);
    }
}

static bool read_date(struct cursor *cursor, struct avt_buf *out)
{
    struct cursor ahead = *cursor;
    char a[5], b[5], c[5];
    size_t a_count = take_digits(&ahead, a, 5);
    size_t size;
    uint32_t sign = look(&ahead, ahead.at, &size);
    if ((sign != '/' && sign != '-' && sign != '.') || !take(&ahead, sign))
        return false;
    size_t b_count = take_digits(&ahead, b, 3);
    bool third = take(&ahead, sign);
    size_t c_count = third ? take_digits(&ahead, c, 5) : 0;
    if (b_count == 0 || b_count > 2 || !third || digit_at(&ahead, ahead.at))
        return false;
    bool year_first = a_count == 4 && c_count > 0 && c_count <= 2;
    bool year_last = a_count > 0 && a_count <= 2 && (c_count == 4 || (c_count == 2 && sign == '/'));
    if (!year_first && !year_last)
        return false;
    int month = value_of(b, b_count);
    int day = year_first ? value_of(c, c_count) : value_of(a, a_count);
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    say_date(&ahead, out, day, month, year_first ? a : c, year_first ? a_count : c_count);
    *cursor = ahead;
    return true;
}

static void say_hour(const struct cursor *cursor, struct avt_buf *out, int hour)
{
    char number[8];
    (void)snprintf(number, sizeof number, "%d", hour % 100);
    for (const struct intl_pair *pair = cursor->language->hours; pair && pair->written; pair++) {
        if (avt_str_equal(pair->written, number)) {
            say(cursor, out, pair->spoken);
            return;
        }
    }
    say_value(cursor, out, hour);
}

/* "12:30", "12:30:15", in French and Portuguese also "14h30" and "14 h 30". */
static bool read_time(struct cursor *cursor, struct avt_buf *out)
{
    struct cursor ahead = *cursor;
    const struct intl_language *language = cursor->language;
    char hour[3], minute[3], second[3];
    size_t hour_count = take_digits(&ahead, hour, 3);
    bool letter = strchr("fp", language->tag[0]) != NULL;
    if (hour_count == 0 || hour_count > 2)
        return false;
    bool colon = take(&ahead, ':');
    if (!colon) {
        skip_blank(&ahead);
        if (!letter || !take(&ahead, 'h'))
            return false;
        if (letter_at(&ahead, ahead.at))
            return false;
        struct cursor after = ahead;
        skip_blank(&after);
        if (digit_at(&after, after.at))
            ahead = after;
    }
    size_t minute_count = take_digits(&ahead, minute, 3);
    if (value_of(hour, hour_count) > 24 || (colon && minute_count != 2) || minute_count > 2 ||
        value_of(minute, minute_count) > 59)
        return false;
    size_t second_count = 0;
    struct cursor more = ahead;
    if (take(&more, ':') && take_digits(&more, second, 3) == 2) {
        second_count = 2;
        ahead = more;
    }
    if (digit_at(&ahead, ahead.at))
        return false;
    say_hour(&ahead, out, value_of(hour, hour_count));
    int minutes = value_of(minute, minute_count);
    if (minutes > 0 || second_count > 0) {
        say(&ahead, out, language->minutes);
        say_value(&ahead, out, minutes);
        say(&ahead, out, language->minutes_end);
        if (second_count > 0)
            say_value(&ahead, out, value_of(second, second_count));
    } else {
        bool one = value_of(hour, hour_count) == 1;
        say(&ahead, out, one ? language->full_hour_one : language->full_hour);
    }
    *cursor = ahead;
    return true;
}

/* ---- money, measures, plain numbers --------------------------------------------------------- */

static const struct intl_currency *take_currency(struct cursor *cursor)
{
    for (const struct intl_currency *c = cursor->language->currencies; c && c->sign; c++) {
        struct cursor ahead = *cursor;
        if (take_word(&ahead, c->sign)) {
            *cursor = ahead;
            return c;
        }
    }
    return NULL;
}

/* "4,2 millones" */
static const char *take_large(struct cursor *cursor)
{
    struct cursor ahead = *cursor;
    skip_blank(&ahead);
    for (const char *const *word = cursor->language->large; word && *word; word++) {
        if (take_word(&ahead, *word)) {
            *cursor = ahead;
            return *word;
        }
    }
    return NULL;
}

static void say_money(const struct cursor *cursor, struct avt_buf *out,
                      const struct number *number, const struct intl_currency *currency,
                      const char *large)
{
    const struct intl_language *language = cursor->language;
    if (large) {
        say_number(cursor, out, number);
        say(cursor, out, large);
        say(cursor, out, language->of_coin);
        say(cursor, out, currency->many);
        return;
    }
    struct number whole = *number;
    bool cents = number->fraction_count == 2 && language->cents;
    if (cents)
        whole.fraction_count = 0;
    if (is_one(&whole)) {
        say(cursor, out, currency->one);
    } else {
        say_number(cursor, out, &whole);
        say(cursor, out, currency->many);
    }
    if (cents && strcmp(number->fraction, "00") != 0) {
        say(cursor, out, language->cents);
        say_value(cursor, out, value_of(number->fraction, 2));
        say(cursor, out, currency->cents);
    }
}

static bool read_money_first(struct cursor *cursor, struct avt_buf *out)
{
    struct cursor ahead = *cursor;
    const struct intl_currency *currency = take_currency(&ahead);
    if (!currency)
        return false;
    skip_blank(&ahead);
    struct number number;
    bool negative = take(&ahead, '-');
    if (!take_number(&ahead, &number))
        return false;
    number.negative = negative;
    const char *large = take_large(&ahead);
    say_money(&ahead, out, &number, currency, large);
    *cursor = ahead;
    return true;
}

/* "%", a unit or a currency after a number. */
static bool read_suffix(struct cursor *cursor, const struct number *number, struct avt_buf *out)
{
    struct cursor ahead = *cursor;
    const struct intl_language *language = cursor->language;
    skip_blank(&ahead);
    const struct intl_currency *currency = take_currency(&ahead);
    if (currency) {
        say_money(&ahead, out, number, currency, NULL);
        *cursor = ahead;
        return true;
    }
    if (take(&ahead, '%')) {
        if (language->percent_first)
            say(&ahead, out, language->percent);
        say_number(&ahead, out, number);
        if (!language->percent_first)
            say(&ahead, out, language->percent);
        *cursor = ahead;
        return true;
    }
    for (const struct intl_unit *unit = language->units; unit && unit->written; unit++) {
        struct cursor after = ahead;
        if (!take_word(&after, unit->written))
            continue;
        if (is_one(number)) {
            say(&after, out, unit->one);
        } else {
            say_number(&after, out, number);
            say(&after, out, unit->many);
        }
        *cursor = after;
        return true;
    }
    return false;
}

/* "1.º", "2ª", "3°", in French "1er", "2e", "3ème". */
static bool read_ordinal(struct cursor *cursor, const struct number *number, struct avt_buf *out)
{
    const struct intl_language *language = cursor->language;
    int value = value_of(number->whole, number->whole_count);
    if (number->whole_count > 2 || number->fraction_count || value < 1 || value > 20 ||
        !language->ordinals[1])
        return false;
    struct cursor ahead = *cursor;
    (void)take(&ahead, '.');
    bool feminine = take(&ahead, 0xaa);
    bool found = feminine || take(&ahead, 0xba);
    static const char *const FRENCH[] = {"er", "re", "ère", "ème", "nd", "nde", "e", NULL};
    for (const char *const *suffix = FRENCH; !found && language->tag[0] == 'f' && *suffix; suffix++)
        found = cursor->at == ahead.at && take_word(&ahead, *suffix);
    /* "3°" alone is the third; "3 °C" was taken as a measure before. */
    found = found || (cursor->at == ahead.at && language->tag[0] == 'i' && take(&ahead, 0xb0));
    if (!found)
        return false;
    char word[64];
    (void)snprintf(word, sizeof word, "%s", language->ordinals[value]);
    size_t size = strlen(word);
    if (feminine && word[size - 1] == 'o')
        word[size - 1] = 'a';
    if (language->tag[0] == 'f' && value == 1 &&
        memchr(cursor->text + cursor->at, 'r', 2) == cursor->text + cursor->at)
        (void)snprintf(word, sizeof word, "première");
    say(&ahead, out, word);
    *cursor = ahead;
    return true;
}

static bool read_plain(struct cursor *cursor, struct avt_buf *out)
{
    struct cursor ahead = *cursor;
    bool negative = take(&ahead, '-') || take(&ahead, 0x2212);
    struct number number;
    if (!take_number(&ahead, &number))
        return false;
    number.negative = negative;
    *cursor = ahead;
    if (read_suffix(cursor, &number, out) || read_ordinal(cursor, &number, out))
        return true;
    /* "2019年" is read digit by digit, "3年" is not. */
    size_t size;
    bool year = number.whole_count == 4 && look(cursor, cursor->at, &size) == 0x5e74 &&
                cursor->language->cardinal == intl_cardinal_zh;
    if (year)
        say_digits(cursor, out, number.whole, number.whole_count);
    else
        say_number(cursor, out, &number);
    /* "1984-2024": from one to the other. */
    ahead = *cursor;
    struct number last;
    if ((take(&ahead, '-') || take(&ahead, 0x2013)) && cursor->language->range &&
        !number.negative && digit_at(&ahead, ahead.at) && take_number(&ahead, &last) &&
        last.whole_count >= number.whole_count && !letter_at(&ahead, ahead.at)) {
        struct cursor beyond = ahead;
        if (take(&beyond, '-') && digit_at(&beyond, beyond.at))
            return true; /* a telephone number */
        say(&ahead, out, cursor->language->range);
        *cursor = ahead;
        if (!read_suffix(cursor, &last, out))
            say_number(cursor, out, &last);
    }
    return true;
}

size_t intl_number(const struct intl_language *language, const char *text, size_t size,
                   struct avt_buf *ret_spoken)
{
    struct cursor cursor = {.language = language, .text = text, .size = size};
    if (read_date(&cursor, ret_spoken) || read_time(&cursor, ret_spoken) ||
        read_money_first(&cursor, ret_spoken) || read_plain(&cursor, ret_spoken))
        return cursor.at;
    return 0;
}
