/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The heart of byte pair encoding (Gage 1994, Sennrich et al. 2016): which two neighbours become one token, and which
 * pair of a word goes first. What a word is, and the files, are the tokenizers' own (portrait/clip_tokenizer.c,
 * voice/bpe.c).
 *
 * Threads: immutable once filled.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct avt_merge {
    int32_t left, right; /* tokens, not negative; left -1: a free place */
    int32_t rank, whole; /* the lowest goes first; what they become */
};
struct avt_merges {
    struct avt_merge *slots; /* [count] hashed by left and right, open addressing; owned */
    size_t count;            /* a power of two, twice the merges or more */
};

/** Room for so many. @return False: no memory. Owned: avt_merges_done(). */
bool avt_merges_init(struct avt_merges *merges, size_t most);
void avt_merges_done(struct avt_merges *merges);
/** A pair that is there already is replaced. No more than there is room for. */
void avt_merges_add(struct avt_merges *merges, const struct avt_merge *merge);
/** While two neighbours of a word are a known pair, the best ranked of them, the first of several, become one.
 *  @param symbols  [count] tokens, changed in place.
 *  @param ranks    [count] room for the work.
 *  @return How many are left. */
size_t avt_merges_apply(const struct avt_merges *merges, int32_t *symbols, int32_t *ranks, size_t count);
