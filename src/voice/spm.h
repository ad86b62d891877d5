/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text into the numbers that a speech model reads: the unigram language model of SentencePiece (Kudo and Richardson
 * 2018), read from its tokenizer.model, a protobuf message. The same numbers as the package sentencepiece gives:
 *
 *   1. normalisation by the file's own table (precompiled_charsmap, a trie of what is replaced by what: NFKC and more;
 *      empty for "identity"), blanks folded if it says so, one put before, blanks as U+2581;
 *   2. the pieces whose scores sum up highest (Viterbi), unknown characters at the lowest score less 10;
 *   3. unknown ones next to each other as one, or where the file has byte pieces as their bytes.
 *
 * Files of the other kinds (BPE, words, characters) are refused.
 *
 * Threads: immutable once open; any number of threads may read one.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
    AVT_SPM_FILE_BYTES_MAX = 16 << 20,
    AVT_SPM_PIECES_MAX = 1 << 18,
    AVT_SPM_PIECE_BYTES_MAX = 512,
    AVT_SPM_TEXT_BYTES_MAX = 64 << 10, /* and four times that when normalised */
};

struct avt_spm;

/** @return AVT_OK, AVT_EMODEL (no such file), AVT_EMODELBAD, AVT_EIO, AVT_ENOMEM. Owned by the caller. */
AVT_CHECKED enum avt_code avt_spm_open(const char *path, struct avt_spm **ret_spm, struct avt_error *reterr);
/** The same from memory, which is not needed afterwards. @return AVT_OK, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_spm_parse(const void *data, size_t size, struct avt_spm **ret_spm,
                                        struct avt_error *reterr);
void avt_spm_free(struct avt_spm *spm);
AVT_DEFINE_FREEP(struct avt_spm, avt_spm_free)

/** How many pieces there are: each id is below. */
size_t avt_spm_size(const struct avt_spm *spm);

/** What a text is in numbers. Neither begin nor end of sentence is added.
 *  @param text     UTF-8, NUL-terminated; what is not valid becomes U+FFFD, as sentencepiece does.
 *  @param ret_ids  [*ret_count], owned by the caller (avt_free); never NULL.
 *  @return AVT_OK, AVT_ELIMIT, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_spm_encode(const struct avt_spm *spm, const char *text, int32_t **ret_ids,
                                         size_t *ret_count, struct avt_error *reterr);
