/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Written words to spoken ones in languages other than English: one pass over the text, with what
 * differs between languages in a table each (intl_tables.c). Numbers stay digits where espeak-ng
 * reads them well (es, fr, hi, it, pt-br) and become words of the language where nothing else would
 * (ja, zh); around them, "1.234,50 €", "3:05", "25/12/2024" and "Sr." become what a reader says.
 *
 * Files: intl_lex.c cuts the text, intl_number.c reads what begins with a digit or a sign,
 * intl_cjk.c says numbers in Chinese and Japanese.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "voice/normalize.h"

enum {
    INTL_SPOKEN_BYTES_MAX = 900, /* of one token: within one question to the phonemizer */
    INTL_WORD_LETTERS_MAX = 60,  /* a longer word is cut */
    INTL_DIGITS_MAX = 15,        /* longer numbers are read digit by digit */
};

struct intl_pair {
    const char *written, *spoken; /* a list ends with NULL */
};

struct intl_unit {
    const char *written; /* a list ends with NULL */
    const char *one;     /* the whole phrase for 1: "un kilo" */
    const char *many;
};

struct intl_currency {
    const char *sign; /* "€", "EUR"; a list ends with NULL */
    const char *one;  /* "un euro" */
    const char *many;
    const char *cents;
};

struct intl_language {
    const char *tag;
    bool plain;   /* nothing is known of it: numbers and signs are left to espeak-ng as they stand */
    char decimal; /* the sign before a fraction */
    const char *point, *minus, *percent, *range;
    bool percent_first;  /* 百分之五十 */
    bool no_spaces;      /* between words of a reading */
    const char *cents;   /* between whole money and cents */
    const char *of_coin; /* "4 millones | de | euros" */
    /* "12:30": hour, `minutes`, minutes, `minutes_end`; "12:00": hour, `full_hour`. */
    const char *minutes, *minutes_end, *full_hour, *full_hour_one;
    const struct intl_pair *hours; /* those that differ from the number: "1" una */
    const char *date_of;           /* between day, month and year */
    const char *first_day;         /* NULL: as the number */
    const char *months[12];        /* months[0] NULL: dates are year, month, day with these signs: */
    const char *year, *month, *day;
    const char *ordinals[21]; /* [1..20] masculine; NULL: as the number */
    const struct intl_unit *units;
    const struct intl_currency *currencies;
    const char *const *large;              /* words that money may be counted in: "millones" */
    const struct intl_pair *abbreviations; /* as written, dot included, in small letters */
    const struct intl_pair *symbols;       /* "&" and */
    /* The number in words of the language; NULL: its digits are left to espeak-ng. */
    void (*cardinal)(struct avt_buf *out, const char *digits, size_t count);
    const char *const *digits; /* [10], with `cardinal` */
};

/** NULL for English and what is not known. */
const struct intl_language *intl_language(const char *tag);
/** For what is not known. */
const struct intl_language *intl_language_plain(void);

/** As avt_normalize(), but every token that is no punctuation has exactly one word, whose text is
 *  what is to be said in place of it: any script, no sentence marks. */
AVT_CHECKED enum avt_code intl_normalize(const char *text, size_t size,
                                         const struct intl_language *language,
                                         struct avt_reading *ret_reading, struct avt_error *reterr);

/** Read the number, date, time or amount of money that text[0..size) begins with.
 *  @param ret_spoken  What to say is appended.
 *  @return bytes read, 0 if there is none. */
size_t intl_number(const struct intl_language *language, const char *text, size_t size,
                   struct avt_buf *ret_spoken);
/** A number in words of the language or, where it is left to espeak-ng, in digits. */
void intl_cardinal(const struct intl_language *language, struct avt_buf *out, const char *digits,
                   size_t count);

void intl_cardinal_zh(struct avt_buf *out, const char *digits, size_t count);
void intl_cardinal_ja(struct avt_buf *out, const char *digits, size_t count);
extern const char *const INTL_DIGITS_ZH[10];
extern const char *const INTL_DIGITS_JA[10];

/** What kind of letter a code point is, of those that words are made of. */
enum intl_script { INTL_NO_LETTER, INTL_ALPHABETIC, INTL_HAN, INTL_KANA };
enum intl_script intl_script(uint32_t codepoint);
/** Value of a digit in any script that these languages write numbers in, -1 for anything else. */
int intl_digit(uint32_t codepoint);
