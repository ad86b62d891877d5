/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What is known of each language of XTTS v2: its limits, short forms, signs and how numbers are written. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AVT_XTTS_SYMBOLS = 6 };

struct avt_xtts_pair {
    const char *written, *spoken; /* a list ends with NULL */
};

/* A dot behind a number that makes it an ordinal: "3. Stock". */
enum avt_xtts_dot {
    AVT_XTTS_DOT_NONE,
    AVT_XTTS_DOT_BEFORE_SMALL, /* if a small letter follows: a sentence begins with a capital */
    AVT_XTTS_DOT_BEFORE_ANY,   /* also before a capital, for numbers below 100: German nouns have one */
};

struct avt_xtts_language {
    const char *code;             /* "zh", of two letters */
    const char *mark;             /* what its text begins with: "[zh-cn]" */
    size_t characters_max;        /* of one piece of text: longer ones end too early */
    const struct avt_xtts_pair *abbreviations; /* in small letters, without their dot */
    bool keeps_hyphens;           /* abbreviations have hyphens in place of a dot: "г-н" */
    const char *symbols[AVT_XTTS_SYMBOLS]; /* the words of & @ % # ° €; NULL: left alone */
    char group;                   /* the sign between thousands */
    enum avt_xtts_dot dot;
    const char *const *ordinals;  /* what makes the number before an ordinal, longest first; a list ends with NULL */
    const char *full_stop;        /* what a piece ends with that has no mark */
};

/** `tag` as "en", "zh-cn", "pt_BR": the first part counts. NULL: not one of the 17. */
const struct avt_xtts_language *avt_xtts_language_find(const char *tag);
/** Whether the dot at text[at], behind a number with `digits` digits, makes it an ordinal; a text's last never does. */
bool avt_xtts_dot_is_ordinal(const struct avt_xtts_language *language, const char *text, size_t size, size_t at,
                             size_t digits);
/** The abbreviation that text[at] begins, at a word's beginning: what is said for it, and its bytes with the dot. NULL:
 *  there is none. */
const char *avt_xtts_abbreviation(const struct avt_xtts_language *language, const char *text, size_t size, size_t at,
                                  size_t *ret_size);
/** A letter or digit, of which words are made, in any script. */
bool avt_xtts_is_letter(uint32_t codepoint);
/** The code point before text[at], 0 at the beginning. */
uint32_t avt_xtts_before(const char *text, size_t at);
