/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Numbers as words, in the languages of XTTS v2 but Chinese and Japanese (voice/intl.h has those): a table for each
 * language (numerals_tables.c) that one routine reads. The words are those of the package num2words, which Coqui's code
 * asks, but for what is wrong there; tools/check_xtts_text.py lists the differences. Grammatical gender is that of
 * counting. Everything in small letters.
 *
 * Threads: pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { AVT_NUMERALS_DIGITS_MAX = 15 }; /* of a whole number; one that has more is read digit by digit */

struct avt_numerals;

/** @param language  "en", "de", …; NULL is returned for one that has no table. */
const struct avt_numerals *avt_numerals_find(const char *language);

/** A whole number. digits[0..count): '0'..'9', one at least; zeros before it are not read. */
void avt_numerals_cardinal(const struct avt_numerals *numerals, const char *digits, size_t count, struct avt_buf *out);
/** "21st". Where the language's table has no ordinals for so large a number, the cardinal. */
void avt_numerals_ordinal(const struct avt_numerals *numerals, const char *digits, size_t count, struct avt_buf *out);
/** "3.05": `fraction`, as `digits`, is what stands behind the decimal sign. */
void avt_numerals_decimal(const struct avt_numerals *numerals, const char *digits, size_t count, const char *fraction,
                          size_t fraction_count, struct avt_buf *out);

enum avt_numerals_currency { AVT_NUMERALS_DOLLAR, AVT_NUMERALS_EURO, AVT_NUMERALS_POUND, AVT_NUMERALS_CURRENCIES };
/** "twenty euro, fifteen cents". @param cents  0..99; 0 is not read. */
void avt_numerals_money(const struct avt_numerals *numerals, enum avt_numerals_currency currency, const char *digits,
                        size_t count, unsigned cents, struct avt_buf *out);
/** The words of a currency's sign that has no number. */
const char *avt_numerals_coin(const struct avt_numerals *numerals, enum avt_numerals_currency currency);
