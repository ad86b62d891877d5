/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Written English to spoken words: "$4.2 million" becomes "four point two" and "million dollars",
 * each tied to the bytes it was written with.
 *
 * Two passes, both linear in the text. normalize_lex.c cuts the text into written tokens without
 * caring what they mean; normalize.c then reads them left to right, looking at their neighbours,
 * with one file per subject (numbers, dates, units, words, addresses).
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "voice/frontend.h"

enum avt_word_flags {
    AVT_WORD_SPELL = 1,   /* letter by letter */
    AVT_WORD_JOIN = 2,    /* one with the word before it: no space between their phonemes */
    AVT_WORD_NUMBER = 4,  /* comes from digits */
    AVT_WORD_INITIAL = 8, /* a single capital letter that is a name: "A" in "Plan A" */
};

/** One word to speak. */
struct avt_word {
    char *text; /* UTF-8, case kept; owned */
    unsigned flags;
    size_t token;   /* index of the written token it belongs to */
    int tag;        /* enum avt_tag, by voice/tagger.h */
    char *phonemes; /* by voice/g2p_en.h; owned, NULL until then */
};

/** The written tokens (phonemes not filled in yet) and the words that they are spoken as. A
 *  punctuation token has no words; the words of one token are neighbours. */
struct avt_reading {
    struct avt_token_list tokens;
    struct avt_word *words;
    size_t word_count, word_capacity;
};
void avt_reading_done(struct avt_reading *reading);

/** `text` should be valid UTF-8 (bytes that are not are passed over).
 *  @return AVT_OK, AVT_ELIMIT (text too long). */
AVT_CHECKED enum avt_code avt_normalize(const char *text, size_t size, bool british,
                                        struct avt_reading *ret_reading, struct avt_error *reterr);

/** A whole number in words, appended with a space between. `digits`: only those. */
void avt_normalize_number(struct avt_buf *out, const char *digits, size_t count, bool ordinal,
                          bool british);

/* Longest text taken in one go; callers have lower limits of their own. */
enum { AVT_NORMALIZE_BYTES_MAX = 16 << 20 };
