/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How a prompt is read: words (prompt_read.c, prompt_spell.c), phrases and numbers among them (prompt_number.c), what
 * belongs to what (prompt_bind.c), and the wishes that come of it (prompt_wish.c).
 *
 * Threads: no shared state.
 */
#include "portrait/prompt.h"
#include "portrait/prompt_words.h"
#include "portrait/wish.h"

enum { AVT_TOKEN_BYTES = 48, AVT_MATCH_ROWS_MAX = 32 };

/** A word as it is looked up, and where it stands in the prompt. */
struct avt_token {
    char text[AVT_TOKEN_BYTES]; /* lower case, without accents, in British spelling, corrected */
    size_t from, to;            /* bytes of the prompt */
    bool comma;                 /* one is before it, or a bracket */
    bool stop;                  /* a sentence ends before it */
    bool colon;
    bool hyphen;                /* joins it to the word before */
};

/** Bytes of the prompt. */
struct avt_span {
    size_t from, to;
};

/** A phrase of the tables that stands in the prompt, with all its rows. */
struct avt_match {
    size_t words; /* 0: none */
    size_t count;
    const struct avt_word *rows[AVT_MATCH_ROWS_MAX];
};

struct avt_reader {
    const char *prompt;
    struct avt_token *tokens;
    size_t count;
    struct avt_match *matches; /* [count] of the phrase that begins at a word */
    struct avt_wishes wishes;
    struct avt_span by[AVT_SLOT_COUNT];  /* what said so */
    struct avt_span by_own[AVT_SLOT_COUNT]; /* the same without a noun */
    size_t phrase[AVT_SLOT_COUNT];       /* and the noun that it belongs to: SIZE_MAX for none */
    size_t ancestry_end;                 /* token after the last that spoke of ancestry */
    bool is_mixed;                       /* "mixed" was said: several ancestries make one */
    struct avt_prompt_words *unknown;    /* may be NULL */
    struct avt_buf *notes;               /* may be NULL */
    size_t understood;                   /* phrases that say something */
    char first_unknown[4][AVT_TOKEN_BYTES];
    size_t unknown_count;
};

/** Read all of a prompt that is UTF-8 into wishes. Zero the reader but for prompt, unknown and notes. */
void avt_reader_run(struct avt_reader *reader);
void avt_reader_done(struct avt_reader *reader);

void avt_reader_tokenize(struct avt_reader *reader);
/** Correct misspelt words and find the phrase at each. */
void avt_reader_spell(struct avt_reader *reader);
void avt_reader_match(struct avt_reader *reader);
/** Does the word of a prompt mean `word`, as it is or as its plural? 2: as it is; 0: no. */
int avt_word_is(const char *token, const char *word, size_t word_size);
/** How the tables spell a word that is written otherwise (American, contracted), NULL if it is not. */
const char *avt_word_spelling(const char *word);
/** What is meant by a common slip of a short word, NULL. */
const char *avt_word_slip(const char *word);
/** Is this an English word that is near to one of ours and means something else? */
bool avt_word_is_other(const char *word);
/** Number of words that speak of an age or a skin by number at `at`, 0 if none do; what they say is wished. */
size_t avt_reader_number(struct avt_reader *reader, size_t at);
/** What belongs to what, once phrases are found. */
void avt_reader_bind(struct avt_reader *reader);

void avt_reader_unknown(struct avt_reader *reader, struct avt_span span);
/** One note, a line. */
void avt_reader_note(struct avt_reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct avt_saying {
    enum avt_strength strength;
    struct avt_span span; /* of the words that say so */
    size_t own_to;        /* where those without their noun end; 0: as the span */
    size_t phrase;        /* token of the noun that they belong to, SIZE_MAX */
    size_t token;
    bool negated;
    bool alternative; /* "or" is before it */
};
/** Effects as in prompt_words.h. False if a negation of them says nothing. */
bool avt_reader_apply(struct avt_reader *reader, const char *effects, const struct avt_saying *saying);
/** Wish an amount. */
void avt_reader_amount(struct avt_reader *reader, size_t slot, float low, float high, const struct avt_saying *saying);
/** Does every part of these effects name what there is? For tests. */
bool avt_effects_valid(const char *effects);
