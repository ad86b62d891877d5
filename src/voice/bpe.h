/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text into the numbers that a speech model reads: byte pair encoding (Sennrich et al. 2016) as the package tokenizers
 * does it, read from its tokenizer.json. The same numbers as that package gives:
 *
 *   1. added tokens are cut out where they stand in the text: the first, and of those that begin there the longest;
 *      all that are not "normalized" before the others;
 *   2. the rest is cut into words by the pre_tokenizer: "Whitespace" (runs of word characters, runs of others, white
 *      space dropped) or none (one word);
 *   3. of a word's characters, the pair of neighbours whose merge is first in the list becomes one, until none is left.
 *      A character that is not in the vocabulary is the unk_token, or nothing where there is none.
 *
 * Files of other models (Unigram, WordPiece), or with what is not named here (a normalizer, byte_fallback, templates),
 * are refused.
 *
 * Threads: immutable once open; any number of threads may read one.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
    AVT_BPE_FILE_BYTES_MAX = 32 << 20,
    AVT_BPE_TOKENS_MAX = 1 << 18, /* each id is below */
    AVT_BPE_MERGES_MAX = 1 << 18,
    AVT_BPE_TOKEN_BYTES_MAX = 256,
    AVT_BPE_ADDED_MAX = 1024,
    AVT_BPE_TEXT_BYTES_MAX = 16 << 10, /* a word's time grows with its square */
};

struct avt_bpe;

/** @return AVT_OK, AVT_EMODEL (no such file), AVT_EMODELBAD, AVT_EUNSUPPORTED, AVT_EIO, AVT_ENOMEM. Owned by the
 *  caller. */
AVT_CHECKED enum avt_code avt_bpe_open(const char *path, struct avt_bpe **ret_bpe, struct avt_error *reterr);
/** The same from memory, which is not needed afterwards.
 *  @return AVT_OK, AVT_EMODELBAD, AVT_EUNSUPPORTED, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_bpe_parse(const char *json, size_t size, struct avt_bpe **ret_bpe,
                                        struct avt_error *reterr);
void avt_bpe_free(struct avt_bpe *bpe);
AVT_DEFINE_FREEP(struct avt_bpe, avt_bpe_free)

/** Each id is below. */
size_t avt_bpe_size(const struct avt_bpe *bpe);
/** The id of a token or an added token, -1 if there is none of that name. */
int64_t avt_bpe_id(const struct avt_bpe *bpe, const char *token);

/** What a text is in numbers. Nothing is put before or behind.
 *  @param text     UTF-8, NUL-terminated; what is not valid is read as U+FFFD.
 *  @param ret_ids  [*ret_count], owned by the caller (avt_free); never NULL, also for "".
 *  @return AVT_OK, AVT_ELIMIT, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_bpe_encode(const struct avt_bpe *bpe, const char *text, int64_t **ret_ids,
                                         size_t *ret_count, struct avt_error *reterr);
