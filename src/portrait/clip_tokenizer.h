/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text into the numbers that CLIP's text encoder reads: byte-pair encoding with the vocabulary and the merges that
 * lie in a model's tokenizer folder. The same numbers as transformers' CLIPTokenizerFast gives.
 *
 * Threads: immutable once open; any number of threads may read one.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
    AVT_CLIP_TOKENS = 77,           /* what the encoder reads at once */
    AVT_CLIP_TEXT_BYTES_MAX = 16 << 10,
    AVT_CLIP_VOCAB_MAX = 1 << 18,   /* tokens; CLIP has 49,408 */
    AVT_CLIP_MERGES_MAX = 1 << 18,  /* CLIP has 48,894 */
    AVT_CLIP_TOKEN_BYTES_MAX = 1 << 10,
};

struct avt_clip_tokenizer;

/** The files of a tokenizer, in memory. */
struct avt_clip_files {
    const char *vocab;   /* vocab.json: {"token": number} */
    size_t vocab_size;
    const char *merges;  /* merges.txt: two tokens a line, the best pair first */
    size_t merges_size;
    const char *config;  /* special_tokens_map.json or tokenizer_config.json for "pad_token", or NULL */
    size_t config_size;
};

/** @param folder  Has vocab.json and merges.txt; the pad token is read from what else is there.
 *  @return AVT_OK, AVT_EMODEL (a file is missing), AVT_EMODELBAD, AVT_EIO, AVT_ENOMEM. Owned by the caller. */
AVT_CHECKED enum avt_code avt_clip_tokenizer_open(const char *folder, struct avt_clip_tokenizer **ret_tokenizer,
                                                  struct avt_error *reterr);
/** The same from memory. @return AVT_OK, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_clip_tokenizer_parse(const struct avt_clip_files *files,
                                                   struct avt_clip_tokenizer **ret_tokenizer,
                                                   struct avt_error *reterr);
void avt_clip_tokenizer_free(struct avt_clip_tokenizer *tokenizer);
AVT_DEFINE_FREEP(struct avt_clip_tokenizer, avt_clip_tokenizer_free)

/** @param text     UTF-8, NUL-terminated.
 *  @param ret_ids  Begin, the text, end, and the pad token up to AVT_CLIP_TOKENS.
 *  @param ret_cut  Whether the text was longer than fits; its end is then not read.
 *  @return AVT_OK, AVT_ETEXT (not UTF-8), AVT_ELIMIT, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_clip_tokenizer_encode(const struct avt_clip_tokenizer *tokenizer, const char *text,
                                                    int32_t ret_ids[AVT_CLIP_TOKENS], bool *ret_cut,
                                                    struct avt_error *reterr);
/** Greatest id + 1: what an encoder's table must have. */
int avt_clip_tokenizer_size(const struct avt_clip_tokenizer *tokenizer);
/** What fills up: 49407 for CLIP ViT-L, 0 for OpenCLIP. */
int avt_clip_tokenizer_pad(const struct avt_clip_tokenizer *tokenizer);
