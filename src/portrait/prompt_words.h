/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the words of a prompt mean: tables of phrases. A phrase may stand in several rows, as "long" does, which is
 * one thing of hair and another of a nose.
 *
 * Phrases are in lower case, in British spelling and singular where the word has one; hyphens are spaces.
 *
 * Effects: "hair=bob|lob; age=20..30". Several values: one of them is drawn. "~" before: only where nothing else is
 * said. "@" before one value of a choice: there is no such thing, this comes nearest, and that is told. After "!": what
 * it means when negated; without it, all other values.
 *
 * Threads: constant tables.
 */
#include <stddef.h>

enum avt_word_kind {
    AVT_WORD_NOUN,       /* takes the adjectives of its class, and has effects of its own */
    AVT_WORD_PARTICIPLE, /* the same, but of words that also go with people only those joined by a hyphen: "bearded" */
    AVT_WORD_ADJECTIVE,  /* effects where it belongs to a noun of its class */
    AVT_WORD_ALONE,      /* effects of an adjective that no noun takes */
    AVT_WORD_SAY,        /* effects wherever it stands */
    AVT_WORD_PROFESSION, /* a noun for a person; its effects give way to whatever is said */
    AVT_WORD_SMALL,      /* understood, without effect */
    AVT_WORD_LINK,       /* the same, and adjectives do not reach over it: "with", "who" */
    AVT_WORD_IN,         /* the same; a colour after it is of clothes: "dressed in" */
    AVT_WORD_IS,         /* adjectives after it belong to the noun before */
    AVT_WORD_ARTICLE,
    AVT_WORD_AND,
    AVT_WORD_OR,
    AVT_WORD_BUT,
    AVT_WORD_NOT,
    AVT_WORD_WITHOUT, /* as "not", but "and" carries it on */
    AVT_WORD_NAME,    /* a name follows */
    AVT_WORD_HALF,    /* what follows is a part of somebody's ancestry */
    AVT_WORD_KIND_COUNT,
};

enum avt_word_class {
    AVT_CLASS_NONE,
    AVT_CLASS_PERSON,
    AVT_CLASS_HAIR,
    AVT_CLASS_BEARD,
    AVT_CLASS_EYES,
    AVT_CLASS_BROWS,
    AVT_CLASS_SKIN,
    AVT_CLASS_FACE,
    AVT_CLASS_NOSE,
    AVT_CLASS_LIPS,
    AVT_CLASS_JAW,
    AVT_CLASS_CHIN,
    AVT_CLASS_CHEEKS,
    AVT_CLASS_CHEEKBONES,
    AVT_CLASS_FOREHEAD,
    AVT_CLASS_EARS,
    AVT_CLASS_NECK,
    AVT_CLASS_SHOULDERS,
    AVT_CLASS_BODY,
    AVT_CLASS_SMILE,
    AVT_CLASS_CLOTHES,
    AVT_CLASS_TIE,
    AVT_CLASS_HEADWEAR,
    AVT_CLASS_GLASSES,
    AVT_CLASS_EARRINGS,
    AVT_CLASS_MAKEUP,
    AVT_CLASS_PLACE,
    AVT_CLASS_LIGHT,
    AVT_CLASS_PICTURE,
    AVT_CLASS_COUNT,
};

struct avt_word {
    const char *phrase;
    enum avt_word_kind kind;
    enum avt_word_class class;
    const char *effects;
};
struct avt_word_table {
    const struct avt_word *words;
    size_t count;
    const char *title; /* for docs/prompts.md */
};

extern const struct avt_word_table avt_words_people, avt_words_professions, avt_words_from, avt_words_hair,
    avt_words_face, avt_words_colour, avt_words_worn, avt_words_place, avt_words_small;

enum { AVT_WORD_TABLES = 9, AVT_WORD_PHRASE_WORDS_MAX = 5 };
/** All tables. */
const struct avt_word_table *avt_word_table(size_t index);
