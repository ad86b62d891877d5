/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What numerals.c reads and numerals_tables.c holds. */
#include <stddef.h>
#include <stdint.h>

#include "voice/numerals.h"

/* Which of its forms a word takes behind a number. */
enum numerals_plural {
    NUMERALS_ONE_MANY,
    NUMERALS_POLISH,  /* few: 2..4, 22..24 …, also Czech */
    NUMERALS_RUSSIAN, /* one: 1, 21 …; few: 2..4, 22..24 … */
    NUMERALS_ARABIC,  /* one: nothing follows; few: 3..10; many: something follows */
};

enum numerals_flags {
    NUMERALS_UNITS_FIRST = 1, /* einundzwanzig */
    NUMERALS_BY_TWENTY = 2,   /* soixante et onze, quatre-vingt-un */
    NUMERALS_ELIDES = 4,      /* ventuno, ventotto */
    NUMERALS_AND_LAST = 8,    /* last_join stands before what is below a hundred, `after` elsewhere */
    NUMERALS_PLAIN_CENTS = 16, /* what follows the decimal sign is a number, with its zeros before it */
    NUMERALS_NATIVE_ORDINALS = 32, /* Korean */
    NUMERALS_AND_ROUND = 64, /* last_join also before what is whole hundreds: "mil e duzentos" */
};

/* A power that is counted, largest first; a list ends with power 0. Forms begin with a space where one is written. */
struct numerals_scale {
    uint64_t power;
    const char *single;          /* for 1, the number with it: "mil", "one thousand" */
    const char *one, *few, *many; /* behind a number; NULL: as `many` */
    const char *after;           /* before what follows; NULL: a space */
    const char *pair;            /* for 2, the number with it; NULL: as the others */
    const char *after_single;    /* behind `single`; NULL: `after` */
};

struct numerals_word {
    unsigned value;
    const char *word; /* a list ends with NULL */
};

/* Cardinal to ordinal: a word that ends so ends otherwise. A list ends with NULL; the first that fits counts. */
struct numerals_ending {
    const char *cardinal, *ordinal;
};

struct numerals_coin {
    const char *one, *few, *many;                /* "dollar", "dollars"; few NULL: as many */
    const char *cent_one, *cent_few, *cent_many;
    const char *single; /* of 1, with the number: "una libra"; NULL: number and `one` */
};

struct avt_numerals {
    const char *language;
    unsigned flags;
    enum numerals_plural plural;
    const char *const *low; /* [low_count], 10 at least: as they are said */
    size_t low_count;
    const char *tens[10];       /* from low_count on */
    const char *tens_join;      /* between tens and ones */
    const char *hundreds[10];   /* [1] NULL: a hundred is one of the scales */
    const char *hundred_alone;  /* "cien", where that is another word than hundreds[1] */
    const char *hundreds_join;
    const struct numerals_scale *scales;
    const struct numerals_word *counted; /* words that are others before a scale up to counted_max */
    uint64_t counted_max;
    const char *last_join;
    const char *point;     /* with its spaces */
    /* Behind a fraction of 1, 2, 3 digits, and of 1 of them: "tized", "десятых", "десятая"; [1] NULL: none.
     * [0] of `fractions`: the point behind 1. */
    const char *fractions[4], *fraction_one[4];
    const char *const *ordinals; /* [ordinal_count] of small numbers; [0] is not said */
    size_t ordinal_count;
    const struct numerals_ending *endings; /* of larger ones, NULL: none */
    unsigned ordinal_words;                /* how many words at the end change */
    struct numerals_coin coins[AVT_NUMERALS_CURRENCIES];
    const char *cents_join; /* "twenty euro | , | fifteen cents" */
};

extern const struct avt_numerals *const AVT_NUMERALS_ALL[];
extern const size_t AVT_NUMERALS_COUNT;
