/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_numbers.h"

#include <string.h>

#include "base/assert.h"
#include "base/str.h"
#include "voice/numerals.h"

enum { RUN_DIGITS_MAX = 48, GROUP = 3 };

struct reader {
    const struct avt_xtts_language *language;
    const struct avt_numerals *numerals;
    const char *text;
    size_t size;
    struct avt_buf *out;
};

struct number {
    char whole[RUN_DIGITS_MAX], fraction[RUN_DIGITS_MAX];
    size_t whole_count, fraction_count;
};

static bool digit_at(const struct reader *reader, size_t at)
{
    return at < reader->size && reader->text[at] >= '0' && reader->text[at] <= '9';
}

static size_t take_digits(const struct reader *reader, size_t at, char *digits, size_t max)
{
    size_t count = 0;
    while (count < max && digit_at(reader, at + count)) {
        digits[count] = reader->text[at + count];
        count++;
    }
    return count;
}

static size_t starts_with(const struct reader *reader, size_t at, const char *word)
{
    size_t size = strlen(word);
    return reader->size - at >= size && memcmp(reader->text + at, word, size) == 0 ? size : 0;
}

/* Bytes of a sign that parts thousands here, 0 for none. */
static size_t group_sign(const struct reader *reader, size_t at)
{
    static const char *const SPACES[] = {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89"}; /* no-break, narrow, thin */
    if (at < reader->size && reader->text[at] == reader->language->group)
        return 1;
    for (size_t i = 0; i < sizeof(SPACES) / sizeof(SPACES[0]); i++) {
        if (starts_with(reader, at, SPACES[i]))
            return strlen(SPACES[i]);
    }
    return 0;
}

/* "1.250", in Hindi also "12,34,567". */
static size_t take_groups(const struct reader *reader, size_t at, struct number *number)
{
    bool is_hindi = avt_str_equal(reader->language->code, "hi");
    if (number->whole_count > GROUP || number->whole[0] == '0')
        return at;
    for (size_t sign; (sign = group_sign(reader, at)) > 0;) {
        char group[GROUP + 1];
        size_t count = take_digits(reader, at + sign, group, sizeof(group));
        bool is_lakh = is_hindi && count == 2 && group_sign(reader, at + sign + count) > 0;
        if ((count != GROUP && !is_lakh) || number->whole_count + count > RUN_DIGITS_MAX)
            break;
        memcpy(number->whole + number->whole_count, group, count);
        number->whole_count += count;
        at += sign + count;
    }
    return at;
}

/* The number that begins at `at`, where a digit is; where it ends. */
static size_t take_number(const struct reader *reader, size_t at, struct number *number)
{
    *number = (struct number){0};
    /* A later part of "12.05.2024" or "1.2.3". */
    bool is_part = at > 1 && (reader->text[at - 1] == '.' || reader->text[at - 1] == ',') && digit_at(reader, at - 2);
    number->whole_count = take_digits(reader, at, number->whole, RUN_DIGITS_MAX);
    if (is_part)
        return at + number->whole_count;
    at = take_groups(reader, at + number->whole_count, number);
    bool is_sign = at < reader->size && (reader->text[at] == '.' || reader->text[at] == ',');
    if (!is_sign || !digit_at(reader, at + 1))
        return at;
    size_t count = take_digits(reader, at + 1, number->fraction, RUN_DIGITS_MAX), end = at + 1 + count;
    /* And its first part. */
    if (end < reader->size && (reader->text[end] == '.' || reader->text[end] == ',') && digit_at(reader, end + 1))
        return at;
    number->fraction_count = count;
    return end;
}

/* Bytes of a currency's sign, 0 for none. */
static size_t coin_at(const struct reader *reader, size_t at, enum avt_numerals_currency *ret_currency)
{
    static const char *const SIGNS[AVT_NUMERALS_CURRENCIES] = {
        [AVT_NUMERALS_DOLLAR] = "$", [AVT_NUMERALS_EURO] = "€", [AVT_NUMERALS_POUND] = "£"};
    for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
        size_t size = starts_with(reader, at, SIGNS[i]);
        if (size > 0) {
            *ret_currency = (enum avt_numerals_currency)i;
            return size;
        }
    }
    return 0;
}

static size_t blank_at(const struct reader *reader, size_t at)
{
    size_t hard = starts_with(reader, at, "\xc2\xa0");
    return hard ? hard : starts_with(reader, at, " ");
}

static bool letter_at(const struct reader *reader, size_t at)
{
    uint32_t codepoint = 0;
    return avt_utf8_decode(reader->text + at, reader->size - at, &codepoint) > 0 && avt_xtts_is_letter(codepoint);
}

/* Bytes of what makes the number before `at` an ordinal, 0 if nothing does. */
static size_t ordinal_at(const struct reader *reader, size_t at, size_t digits)
{
    const struct avt_xtts_language *language = reader->language;
    if (at < reader->size && reader->text[at] == '.' &&
        avt_xtts_dot_is_ordinal(language, reader->text, reader->size, at, digits))
        return 1;
    for (const char *const *word = language->ordinals; word && *word; word++) {
        size_t size = starts_with(reader, at, *word);
        if (size > 0 && !letter_at(reader, at + size))
            return size;
    }
    return 0;
}

static void say_money(const struct reader *reader, const struct number *number, enum avt_numerals_currency currency)
{
    unsigned cents = 0;
    if (number->fraction_count > 2) {
        avt_numerals_decimal(reader->numerals, number->whole, number->whole_count, number->fraction,
                             number->fraction_count, reader->out);
        avt_buf_append_char(reader->out, ' ');
        avt_buf_append_str(reader->out, avt_numerals_coin(reader->numerals, currency));
        return;
    }
    for (size_t i = 0; i < number->fraction_count; i++)
        cents = cents * 10 + (unsigned)(number->fraction[i] - '0');
    cents *= number->fraction_count == 1 ? 10 : 1;
    avt_numerals_money(reader->numerals, currency, number->whole, number->whole_count, cents, reader->out);
}

/* Words do not touch letters, but Korean ones, to which what they count is joined. */
static void part(const struct reader *reader, bool is_letter_next)
{
    if (is_letter_next && !avt_str_equal(reader->language->code, "ko"))
        avt_buf_append_char(reader->out, ' ');
}

/* What is at `at`, if it is a number; where it ends, or `at`. */
static size_t read_one(const struct reader *reader, size_t at)
{
    enum avt_numerals_currency currency = AVT_NUMERALS_DOLLAR;
    struct number number;
    size_t sign = coin_at(reader, at, &currency), start = at;
    if (sign > 0)
        start += sign + blank_at(reader, at + sign);
    if (!digit_at(reader, start))
        return at;
    size_t end = take_number(reader, start, &number);
    part(reader, reader->out->size > 0 && avt_xtts_is_letter(avt_xtts_before(reader->out->data, reader->out->size)));
    if (sign == 0) {
        size_t behind = end + blank_at(reader, end);
        sign = coin_at(reader, behind, &currency);
        /* "5 $10": the sign belongs to what follows. */
        if (sign > 0 && !digit_at(reader, behind + sign))
            end = behind + sign;
        else
            sign = 0;
    }
    size_t ordinal = sign == 0 && number.fraction_count == 0 ? ordinal_at(reader, end, number.whole_count) : 0;
    if (sign > 0)
        say_money(reader, &number, currency);
    else if (ordinal > 0)
        avt_numerals_ordinal(reader->numerals, number.whole, number.whole_count, reader->out);
    else if (number.fraction_count > 0)
        avt_numerals_decimal(reader->numerals, number.whole, number.whole_count, number.fraction,
                             number.fraction_count, reader->out);
    else
        avt_numerals_cardinal(reader->numerals, number.whole, number.whole_count, reader->out);
    end += ordinal;
    part(reader, letter_at(reader, end));
    return end;
}

void avt_xtts_read_numbers(const struct avt_xtts_language *language, const char *text, struct avt_buf *out)
{
    struct reader reader = {language, avt_numerals_find(language->code), text, strlen(text), out};
    avt_assert(reader.numerals);
    for (size_t at = 0; at < reader.size;) {
        size_t end = read_one(&reader, at);
        enum avt_numerals_currency currency = AVT_NUMERALS_DOLLAR;
        size_t sign = end == at ? coin_at(&reader, at, &currency) : 0;
        if (sign > 0) { /* one that has no number */
            avt_buf_append_char(out, ' ');
            avt_buf_append_str(out, avt_numerals_coin(reader.numerals, currency));
            avt_buf_append_char(out, ' ');
            end += sign;
        } else if (end == at) {
            avt_buf_append_char(out, text[end++]);
        }
        at = end;
    }
}
