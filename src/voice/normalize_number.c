/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "voice/normalize_parts.h"

static const char *const ONES[] = {"zero",    "one",     "two",       "three",    "four",
                                   "five",    "six",     "seven",     "eight",    "nine",
                                   "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                   "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const TENS[] = {"",      "",      "twenty",  "thirty", "forty",
                                   "fifty", "sixty", "seventy", "eighty", "ninety"};
static const char *const SCALES[] = {"", "thousand", "million", "billion", "trillion"};

static void add(struct avt_buf *out, const char *word)
{
    if (out->size > 0)
        avt_buf_append_char(out, ' ');
    avt_buf_append_str(out, word);
}

static void below_hundred(struct avt_buf *out, unsigned value)
{
    if (value < 20) {
        add(out, ONES[value]);
        return;
    }
    add(out, TENS[value / 10]);
    if (value % 10)
        add(out, ONES[value % 10]);
}

static void below_thousand(struct avt_buf *out, unsigned value, bool british)
{
    if (value >= 100) {
        add(out, ONES[value / 100]);
        add(out, "hundred");
        value %= 100;
        if (value == 0)
            return;
        if (british)
            add(out, "and");
    }
    below_hundred(out, value);
}

long norm_value(const char *digits, size_t count)
{
    if (count == 0 || count > 9)
        return -1;
    long value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

void norm_digits(struct avt_buf *out, const char *digits, size_t count, const char *zero)
{
    for (size_t i = 0; i < count; i++)
        if (norm_is_digit(digits[i]))
            add(out, digits[i] == '0' ? zero : ONES[digits[i] - '0']);
}

void norm_cardinal(struct avt_buf *out, const char *digits, size_t count, bool british)
{
    if (count == 0)
        return;
    if (count > NORM_CARDINAL_DIGITS_MAX || (digits[0] == '0' && count > 1)) {
        norm_digits(out, digits, count, "zero");
        return;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    if (value == 0) {
        add(out, "zero");
        return;
    }
    uint64_t power = 1000000000000u;
    bool spoken = false;
    for (int scale = 4; scale >= 0; scale--, power /= 1000) {
        unsigned part = (unsigned)(value / power % 1000);
        if (part == 0)
            continue;
        /* "one thousand and five": the last two digits alone after anything larger. */
        if (british && spoken && scale == 0 && part < 100)
            add(out, "and");
        below_thousand(out, part, british);
        if (scale > 0)
            add(out, SCALES[scale]);
        spoken = true;
    }
}

/* The last word of a number in words, as an ordinal. */
static void make_ordinal(struct avt_buf *out)
{
    static const struct {
        const char *cardinal, *ordinal;
    } IRREGULAR[] = {{"one", "first"},     {"two", "second"},   {"three", "third"},
                     {"five", "fifth"},    {"eight", "eighth"}, {"nine", "ninth"},
                     {"twelve", "twelfth"}};
    const char *space = out->data ? strrchr(out->data, ' ') : NULL;
    const char *last = space ? space + 1 : avt_buf_str(out);
    for (size_t i = 0; i < sizeof IRREGULAR / sizeof IRREGULAR[0]; i++) {
        if (avt_str_equal(last, IRREGULAR[i].cardinal)) {
            out->size = (size_t)(last - out->data);
            avt_buf_append_str(out, IRREGULAR[i].ordinal);
            return;
        }
    }
    if (out->size > 0 && out->data[out->size - 1] == 'y') {
        out->size--;
        avt_buf_append_str(out, "ie");
    }
    avt_buf_append_str(out, "th");
}

void norm_ordinal(struct avt_buf *out, const char *digits, size_t count, bool british)
{
    /* "1,000,000th" stays a number; a run of single digits has no ordinal. */
    norm_cardinal(out, digits, count, british);
    if (out->size > 0)
        make_ordinal(out);
}

void norm_year(struct avt_buf *out, const char *digits, size_t count, bool british)
{
    long value = norm_value(digits, count);
    if (count != 4 || value < 1000 || value % 1000 < 10) {
        /* 2005 is "two thousand five", British "two thousand and five"; 900 a plain number. */
        norm_cardinal(out, digits, count, british);
        return;
    }
    below_hundred(out, (unsigned)value / 100);
    unsigned rest = (unsigned)value % 100;
    if (rest == 0) {
        add(out, "hundred");
        return;
    }
    if (rest < 10)
        add(out, "oh");
    below_hundred(out, rest);
}

void norm_label(struct avt_buf *out, const char *digits, size_t count, bool british)
{
    long value = norm_value(digits, count);
    if (count < 3 || count > 4 || value < 100 || value % 100 == 0) {
        norm_cardinal(out, digits, count, british);
        return;
    }
    below_hundred(out, (unsigned)value / 100);
    if (value % 100 < 10)
        add(out, "oh");
    below_hundred(out, (unsigned)value % 100);
}

void norm_make_plural(struct avt_buf *out)
{
    if (out->size == 0)
        return;
    if (out->data[out->size - 1] == 'y') {
        out->size--;
        avt_buf_append_str(out, "ie");
    } else if (out->data[out->size - 1] == 'x') {
        avt_buf_append_char(out, 'e');
    }
    avt_buf_append_char(out, 's');
}

void avt_normalize_number(struct avt_buf *out, const char *digits, size_t count, bool ordinal,
                          bool british)
{
    if (count == 0)
        return;
    if (ordinal)
        norm_ordinal(out, digits, count, british);
    else
        norm_cardinal(out, digits, count, british);
}
