/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text to the ids that XTTS v2 takes, in its 17 languages: ar cs de en es fr hi hu it ja ko nl pl pt ru tr zh. After
 * the steps of Coqui's own code, behind which the model was trained: small letters; numbers, money, ordinals, short
 * forms and signs as words; Chinese in pinyin with a comma for every mark, Japanese and Korean in Latin letters; then
 * "[en]", blanks as "[SPACE]", and byte pair encoding (voice/bpe.h).
 *
 * Otherwise than there, on purpose: quotation marks and square brackets are dropped, and a piece that ends in a letter
 * gets a full stop, since the model runs on after a text without an end; numbers are parted from letters that they
 * touch; money and fractions are read in all languages; characters that the vocabulary lacks are replaced by a plain
 * sign where there is one. Japanese has to be in kana: kanji are refused as everywhere in this program.
 *
 * Threads: immutable once open; any number of threads may read one.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "voice/lexicon.h"

enum {
    AVT_XTTS_IDS_MAX = 399, /* of one piece: the model has places for 402, two of them for start and stop */
    AVT_XTTS_PIECE_BYTES_MAX = 4096,
    AVT_XTTS_TEXT_BYTES_MAX = 1 << 20,
    /* A sentence below this part of the longest is said together with the next: alone it comes out badly. */
    AVT_XTTS_SHORT_SHARE = 12,
};

struct avt_xtts_text;

/** @param vocab  The model's vocab.json.
 *  @param hanzi  Chinese words and readings (voice/hanzi.h); NULL: Chinese is refused. Borrowed until it is freed.
 *  @return as avt_bpe_open(), and AVT_EMODELBAD for a vocabulary without "[SPACE]". Owned by the caller. */
AVT_CHECKED enum avt_code avt_xtts_text_open(const char *vocab, const struct avt_lexicon *hanzi,
                                             struct avt_xtts_text **ret_text, struct avt_error *reterr);
/** The same from memory, which is not needed afterwards. */
AVT_CHECKED enum avt_code avt_xtts_text_parse(const char *json, size_t size, const struct avt_lexicon *hanzi,
                                              struct avt_xtts_text **ret_text, struct avt_error *reterr);
void avt_xtts_text_free(struct avt_xtts_text *text);
AVT_DEFINE_FREEP(struct avt_xtts_text, avt_xtts_text_free)

/** Whether `language` ("en", "pt-br", "zh-cn"; its first part counts) is one that can be spoken. */
bool avt_xtts_text_speaks(const struct avt_xtts_text *text, const char *language);

/** What is to be said of `words` (UTF-8), as the model reads it, without the language's mark. Owned by the caller.
 *  @return AVT_OK, AVT_EVOICE (language), AVT_ETEXT (nothing to say, kanji, not UTF-8), AVT_EMODEL (no Chinese
 *  dictionary), AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_xtts_text_clean(const struct avt_xtts_text *text, const char *language, const char *words,
                                              char **ret_cleaned, struct avt_error *reterr);

/** The ids of one piece, start and stop not among them.
 *  @param ret_ids  [*ret_count], 1..AVT_XTTS_IDS_MAX; owned by the caller.
 *  @return as avt_xtts_text_clean(), and AVT_ELIMIT for more ids. */
AVT_CHECKED enum avt_code avt_xtts_text_ids(const struct avt_xtts_text *text, const char *language, const char *words,
                                            int64_t **ret_ids, size_t *ret_count, struct avt_error *reterr);

/** A part of the text that was given, in bytes; no white space at its ends. */
struct avt_xtts_piece {
    size_t start, end;
};

/** Part a text into what is said at once: sentences, very short ones together with the next; one that is too long for
 *  the language or has more than AVT_XTTS_IDS_MAX ids at commas and their like, else at blanks, else anywhere. Parts in
 *  which there is nothing to say are left out.
 *  @param ret_pieces  [*ret_count], in order; owned by the caller.
 *  @return as avt_xtts_text_clean(). */
AVT_CHECKED enum avt_code avt_xtts_text_split(const struct avt_xtts_text *text, const char *language, const char *words,
                                              struct avt_xtts_piece **ret_pieces, size_t *ret_count,
                                              struct avt_error *reterr);
