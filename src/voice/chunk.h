/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From tokens to what an engine is given at once. All symbols of a text are laid out in a row, each
 * with the place it comes from and how good a place to cut follows it; chunks are then taken from
 * the front, one by one, so that speech can start before the end of the text is reached.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voice/frontend.h"

enum {
    AVT_CHUNK_SYMBOLS_MAX = 150,  /* Kokoro's memory and haste grow beyond; see docs/timeline.md */
    AVT_CHUNK_SYMBOLS_GOOD = 50,  /* shorter ones sound hurried or clipped */
    AVT_CHUNK_SYMBOLS_FIRST = 20, /* enough for the first, which everybody waits for */
};

/* Pauses at normal speed, in ms. Read speech pauses 300-500 ms between sentences and about 700
 * between paragraphs; within a sentence the engine makes its own. */
enum {
    AVT_PAUSE_WORD = 20,
    AVT_PAUSE_CLAUSE = 170,
    AVT_PAUSE_SEMICOLON = 260,
    AVT_PAUSE_SENTENCE = 400,
    AVT_PAUSE_FALTER = 450,   /* Well... perhaps */
    AVT_PAUSE_TRAIL = 650,    /* a sentence that trails off... */
    AVT_PAUSE_ELLIPSIS = 850, /* "..." standing alone: a pause that everybody sees */
    AVT_PAUSE_MAX = 10000,
};

/** How good a place to cut is, worst first. */
enum avt_cut {
    AVT_CUT_NONE,
    AVT_CUT_SPACE,
    AVT_CUT_CLAUSE,
    AVT_CUT_SENTENCE,
    AVT_CUT_ALWAYS, /* paragraph, or a pause that the text asks for */
};

struct avt_symbol {
    uint32_t codepoint;
    int32_t token;     /* whose it is, -1 for a space between tokens */
    uint8_t cut;       /* enum avt_cut: after this symbol */
    uint16_t pause_ms; /* silence that a cut here asks for, at normal speed */
};

struct avt_symbol_row {
    struct avt_symbol *symbols;
    size_t count, capacity;
};
void avt_symbol_row_done(struct avt_symbol_row *row);

/** Lay out all tokens. False if nothing in them can be spoken. */
bool avt_symbol_row_build(const struct avt_token_list *tokens, struct avt_symbol_row *ret_row);

/** The chunk that starts at symbol `at` or after it: symbols [*ret_from, *ret_to), never empty,
 *  without spaces at its ends. False when only spaces and marks are left.
 *  @param ret_next  Where the next one starts. */
bool avt_chunk_next(const struct avt_symbol_row *row, size_t at, size_t *ret_from, size_t *ret_to,
                    size_t *ret_next);
