/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/numerals.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/numerals_tables.h"

enum { WORDS_BYTES_MAX = 1024, HUNDRED = 100, THOUSAND = 1000 };

const struct avt_numerals *avt_numerals_find(const char *language)
{
    for (size_t i = 0; i < AVT_NUMERALS_COUNT; i++) {
        if (avt_str_equal(AVT_NUMERALS_ALL[i]->language, language))
            return AVT_NUMERALS_ALL[i];
    }
    return NULL;
}

/* ---- whole numbers --------------------------------------------------------------------------- */

static const char *form_of(enum numerals_plural plural, uint64_t count, bool is_last, const char *one, const char *few,
                           const char *many)
{
    bool teens = count % HUNDRED > 10 && count % HUNDRED < 20, is_few = count % 10 >= 2 && count % 10 <= 4 && !teens;
    switch (plural) {
    case NUMERALS_POLISH:
        return count == 1 ? one : is_few ? few : many;
    case NUMERALS_RUSSIAN:
        return count % 10 == 1 && !teens ? one : is_few ? few : many;
    case NUMERALS_ARABIC:
        return count >= 3 && count <= 10 ? few : is_last ? one : many;
    case NUMERALS_ONE_MANY:
        break;
    }
    return count == 1 && one ? one : many;
}

/* A number of `low` as it is before the scale `before` (0: before none). */
static const char *low_word(const struct avt_numerals *numerals, unsigned value, uint64_t before)
{
    for (const struct numerals_word *row = numerals->counted; before > 0 && before <= numerals->counted_max && row &&
                                                              row->word; row++) {
        if (row->value == value)
            return row->word;
    }
    return numerals->low[value];
}

/* 70..79 and 90..99 count on from 60 and 80: "soixante et onze", "quatre-vingt-onze". */
static void say_by_twenty(const struct avt_numerals *numerals, unsigned value, uint64_t before, struct avt_buf *out)
{
    unsigned tens = value / 10, rest = value % 10;
    bool counts_on = tens == 7 || tens == 9;
    tens -= counts_on;
    rest += counts_on ? 10 : 0;
    avt_buf_append_str(out, numerals->tens[tens]);
    if (value == 80 && before != THOUSAND)
        avt_buf_append_char(out, 's');
    if (rest == 0)
        return;
    avt_buf_append_str(out, (rest == 1 || rest == 11) && tens < 8 ? " et " : "-");
    avt_buf_append_str(out, numerals->low[rest]);
}

static void say_below_hundred(const struct avt_numerals *numerals, unsigned value, uint64_t before,
                              struct avt_buf *out)
{
    if (value < numerals->low_count) {
        avt_buf_append_str(out, low_word(numerals, value, before));
        return;
    }
    if (numerals->flags & NUMERALS_BY_TWENTY) {
        say_by_twenty(numerals, value, before, out);
        return;
    }
    const char *tens = numerals->tens[value / 10];
    if (value % 10 == 0) {
        avt_buf_append_str(out, tens);
        return;
    }
    if (numerals->flags & NUMERALS_UNITS_FIRST) {
        /* What is said before the tens is what is counted with: "ein", "een". */
        const char *unit = low_word(numerals, value % 10, numerals->counted_max);
        avt_buf_append_str(out, unit);
        bool needs_dots = avt_str_equal(numerals->tens_join, "en") && avt_str_ends(unit, "e"); /* tweeëntwintig */
        avt_buf_append_str(out, needs_dots ? "ën" : numerals->tens_join);
        avt_buf_append_str(out, tens);
        return;
    }
    bool elides = (numerals->flags & NUMERALS_ELIDES) && (value % 10 == 1 || value % 10 == 8);
    avt_buf_append(out, tens, strlen(tens) - (elides ? 1 : 0));
    avt_buf_append_str(out, numerals->tens_join);
    avt_buf_append_str(out, low_word(numerals, value % 10, before));
}

static void say(const struct avt_numerals *numerals, uint64_t value, uint64_t before, struct avt_buf *out);

/* A number that is a word of its own. */
static void say_whole(const struct avt_numerals *numerals, uint64_t value, uint64_t before, struct avt_buf *out)
{
    say(numerals, value, before, out);
    if ((numerals->flags & NUMERALS_ELIDES) && value % 10 == 3 && value % 100 != 13 && value > 3) {
        out->size--; /* ventitré */
        avt_buf_append_str(out, "é");
    }
}

/* What stands between a scale and what is left of the number. */
static const char *join_of(const struct avt_numerals *numerals, const struct numerals_scale *scale, bool is_single,
                           uint64_t rest)
{
    const char *after = is_single && scale->after_single ? scale->after_single : scale->after ? scale->after : " ";
    if (numerals->flags & NUMERALS_AND_LAST)
        return rest < HUNDRED ? numerals->last_join : after;
    if (!(numerals->flags & NUMERALS_AND_ROUND))
        return after;
    while (rest % THOUSAND == 0)
        rest /= THOUSAND;
    return rest < HUNDRED || (rest < THOUSAND && rest % HUNDRED == 0) ? numerals->last_join : after;
}

static void say_scale(const struct avt_numerals *numerals, const struct numerals_scale *scale, uint64_t value,
                      uint64_t before, struct avt_buf *out)
{
    uint64_t count = value / scale->power, rest = value % scale->power;
    if (count == 1) {
        avt_buf_append_str(out, scale->single);
    } else if (count == 2 && scale->pair) {
        avt_buf_append_str(out, scale->pair);
    } else {
        (scale->many[0] == ' ' ? say_whole : say)(numerals, count, scale->power, out);
        const char *form = form_of(numerals->plural, count, rest == 0, scale->one, scale->few, scale->many);
        avt_buf_append_str(out, form ? form : scale->many);
    }
    bool is_plural = (numerals->flags & NUMERALS_BY_TWENTY) && count > 1 && rest == 0 && before != THOUSAND;
    if (is_plural && scale->power == HUNDRED)
        avt_buf_append_char(out, 's'); /* deux cents, deux cent un, deux cent mille */
    bool elides = (numerals->flags & NUMERALS_ELIDES) && scale->power == HUNDRED && (rest == 8 || rest / 10 == 8);
    if (elides)
        out->size--; /* centotto, centottanta */
    if (rest > 0)
        avt_buf_append_str(out, join_of(numerals, scale, count == 1, rest));
}

static void say(const struct avt_numerals *numerals, uint64_t value, uint64_t before, struct avt_buf *out)
{
    bool is_zero = value == 0;
    for (const struct numerals_scale *scale = numerals->scales; scale->power > 0; scale++) {
        if (value >= scale->power) {
            say_scale(numerals, scale, value, before, out);
            value %= scale->power;
        }
    }
    unsigned hundreds = (unsigned)(value / HUNDRED), rest = (unsigned)(value % HUNDRED);
    avt_assert(hundreds < 10);
    if (hundreds > 0) {
        bool is_alone = hundreds == 1 && rest == 0 && numerals->hundred_alone;
        avt_buf_append_str(out, is_alone ? numerals->hundred_alone : numerals->hundreds[hundreds]);
        if (rest > 0)
            avt_buf_append_str(out, numerals->hundreds_join);
    }
    if (rest > 0 || is_zero)
        say_below_hundred(numerals, rest, before, out);
}

static void say_each(const struct avt_numerals *numerals, const char *digits, size_t count, struct avt_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            avt_buf_append_char(out, ' ');
        avt_buf_append_str(out, numerals->low[digits[i] - '0']);
    }
}

/* false: it has too many digits. */
static bool value_of(const char *digits, size_t count, uint64_t *ret_value)
{
    uint64_t value = 0;
    while (count > 1 && *digits == '0')
        digits++, count--;
    if (count > AVT_NUMERALS_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    *ret_value = value;
    return true;
}

void avt_numerals_cardinal(const struct avt_numerals *numerals, const char *digits, size_t count, struct avt_buf *out)
{
    uint64_t value = 0;
    avt_assert(numerals && digits && count > 0 && out);
    if (value_of(digits, count, &value))
        say_whole(numerals, value, 0, out);
    else
        say_each(numerals, digits, count, out);
}

/* ---- ordinals -------------------------------------------------------------------------------- */

/* The word with its ending changed, or as it is. */
static void append_ordinal(const struct avt_numerals *numerals, const char *word, size_t size, struct avt_buf *out)
{
    for (const struct numerals_ending *row = numerals->endings; row && row->cardinal; row++) {
        size_t length = strlen(row->cardinal);
        if (size < length || memcmp(word + size - length, row->cardinal, length) != 0)
            continue;
        avt_buf_append(out, word, size - length);
        avt_buf_append_str(out, row->ordinal);
        return;
    }
    avt_buf_append(out, word, size);
}

/* Counting words of Korean's own below a hundred: "스물한 번째". */
static void say_native(const struct avt_numerals *numerals, uint64_t value, struct avt_buf *out)
{
    static const char *const TENS[] = {"", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"};
    unsigned rest = (unsigned)(value % HUNDRED);
    if (value == 1) {
        avt_buf_append_str(out, "첫 번째");
        return;
    }
    if (value >= HUNDRED || value == 0)
        say(numerals, value - rest, 0, out);
    if (value >= HUNDRED && rest > 0)
        avt_buf_append_char(out, ' ');
    avt_buf_append_str(out, TENS[rest / 10]);
    avt_buf_append_str(out, rest % 10 ? numerals->ordinals[rest % 10] : "");
    avt_buf_append_str(out, " 번째");
}

/* Where the words begin that become ordinals: all of them, the last one, or that and the tens before it. */
static size_t first_ordinal(const struct avt_numerals *numerals, const char *text, size_t size)
{
    size_t start = size, count = sizeof(numerals->tens) / sizeof(numerals->tens[0]);
    if (numerals->ordinal_words > 2)
        return 0;
    while (start > 0 && text[start - 1] != ' ')
        start--;
    for (size_t i = 0; numerals->ordinal_words == 2 && start > 0 && i < count; i++) {
        size_t length = numerals->tens[i] ? strlen(numerals->tens[i]) : 0;
        if (length > 0 && start > length && memcmp(text + start - 1 - length, numerals->tens[i], length) == 0)
            return start - 1 - length;
    }
    return start;
}

void avt_numerals_ordinal(const struct avt_numerals *numerals, const char *digits, size_t count, struct avt_buf *out)
{
    uint64_t value = 0;
    avt_assert(numerals && digits && count > 0 && out);
    if (!value_of(digits, count, &value)) {
        say_each(numerals, digits, count, out);
        return;
    }
    if (numerals->flags & NUMERALS_NATIVE_ORDINALS) {
        say_native(numerals, value, out);
        return;
    }
    if (value > 0 && value < numerals->ordinal_count) {
        avt_buf_append_str(out, numerals->ordinals[value]);
        return;
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf cardinal = AVT_BUF_INIT(WORDS_BYTES_MAX);
    say(numerals, value, 0, &cardinal);
    const char *text = avt_buf_str(&cardinal);
    size_t start = first_ordinal(numerals, text, cardinal.size);
    avt_buf_append(out, text, start);
    for (const char *word = text + start; *word;) {
        size_t size = strcspn(word, " "), before = out->size;
        append_ordinal(numerals, word, size, out);
        word += size;
        bool is_dropped = out->size == before; /* the "y" of "treinta y uno" */
        if (*word == ' ' && !is_dropped)
            avt_buf_append_char(out, ' ');
        word += *word == ' ';
    }
}

/* ---- fractions and money --------------------------------------------------------------------- */

void avt_numerals_decimal(const struct avt_numerals *numerals, const char *digits, size_t count, const char *fraction,
                          size_t fraction_count, struct avt_buf *out)
{
    avt_assert(numerals && fraction && fraction_count > 0);
    uint64_t value = 0;
    bool is_named = numerals->fractions[1] && fraction_count <= 3;
    if (is_named && value_of(digits, count, &value)) {
        /* Both are counted as a thousand is, where that makes a difference: "две целых две десятых". */
        uint64_t before = numerals->plural == NUMERALS_RUSSIAN ? THOUSAND : 0, parts = 0;
        say(numerals, value, before, out);
        avt_buf_append_str(out, form_of(numerals->plural, value, true, numerals->fractions[0], numerals->point,
                                        numerals->point));
        (void)value_of(fraction, fraction_count, &parts);
        say(numerals, parts, before, out);
        avt_buf_append_str(out, form_of(numerals->plural, parts, true, numerals->fraction_one[fraction_count],
                                        numerals->fractions[fraction_count], numerals->fractions[fraction_count]));
        return;
    }
    avt_numerals_cardinal(numerals, digits, count, out);
    avt_buf_append_str(out, numerals->point);
    if (!(numerals->flags & NUMERALS_PLAIN_CENTS)) {
        say_each(numerals, fraction, fraction_count, out);
        return;
    }
    for (; fraction_count > 1 && *fraction == '0'; fraction++, fraction_count--) {
        avt_buf_append_str(out, numerals->low[0]);
        avt_buf_append_char(out, ' ');
    }
    avt_numerals_cardinal(numerals, fraction, fraction_count, out);
}

static void say_coins(const struct avt_numerals *numerals, uint64_t count, const char *one, const char *few,
                      const char *many, struct avt_buf *out)
{
    const char *form = form_of(numerals->plural, count, true, one, few, many);
    bool is_joined = (numerals->flags & NUMERALS_NATIVE_ORDINALS) != 0; /* 이십달러 */
    /* Where a number before any scale is counted with, it is before a coin: "veintiún euros". */
    say_whole(numerals, count, numerals->counted_max > THOUSAND ? numerals->counted_max : 0, out);
    avt_buf_append_str(out, is_joined ? "" : " ");
    avt_buf_append_str(out, form ? form : many);
}

void avt_numerals_money(const struct avt_numerals *numerals, enum avt_numerals_currency currency, const char *digits,
                        size_t count, unsigned cents, struct avt_buf *out)
{
    avt_assert(numerals && currency < AVT_NUMERALS_CURRENCIES && cents < HUNDRED);
    const struct numerals_coin *coin = &numerals->coins[currency];
    uint64_t value = 0;
    if (!value_of(digits, count, &value)) {
        say_each(numerals, digits, count, out);
        avt_buf_append_char(out, ' ');
        avt_buf_append_str(out, coin->many);
    } else if (value == 1 && coin->single) {
        avt_buf_append_str(out, coin->single);
    } else {
        say_coins(numerals, value, coin->one, coin->few, coin->many, out);
    }
    if (cents == 0)
        return;
    avt_buf_append_str(out, numerals->cents_join);
    say_coins(numerals, cents, coin->cent_one, coin->cent_few, coin->cent_many, out);
}

const char *avt_numerals_coin(const struct avt_numerals *numerals, enum avt_numerals_currency currency)
{
    return numerals->coins[currency].one;
}
