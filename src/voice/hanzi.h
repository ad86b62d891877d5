/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Chinese characters to words and pinyin. The dictionary is a file of the format in lexicon.h, made
 * at set-up from jieba's word list and pypinyin's readings: a word's value is how often it was seen,
 * followed by its pinyin where the readings of its characters one by one would be wrong.
 *
 * Words are found as jieba finds them: of all ways to part a run of characters, the one whose words
 * are the most frequent together.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "voice/lexicon.h"

enum {
    AVT_HANZI_RUN_MAX = 64, /* characters that are parted into words at once */
    AVT_HANZI_WORD_MAX = 8, /* characters of a word that is looked for */
};

/** Part `text`, all Chinese characters (AVT_HANZI_RUN_MAX at most), into words.
 *  @param ret_ends  [AVT_HANZI_RUN_MAX]: byte offsets where they end. @return how many. */
size_t avt_hanzi_words(const struct avt_lexicon *lexicon, const char *text, size_t size,
                       size_t *ret_ends);

/** Append the phonemes of a word in misaki's alphabet ("中国" as ꭧʊ→ŋkwo↗). Characters without a
 *  known reading are left out. */
void avt_hanzi_phonemes(const struct avt_lexicon *lexicon, const char *word, size_t size,
                        struct avt_buf *out);

/** Append the word in pinyin, a tone's number behind each syllable and nothing between them, 5 for the neutral one, ü
 *  as v ("中国" as zhong1guo2). Characters without a known reading stay as they are. */
void avt_hanzi_pinyin(const struct avt_lexicon *lexicon, const char *word, size_t size, struct avt_buf *out);

/** Append the phonemes of one syllable, "zhong1"; false if it is none. */
bool avt_pinyin_phonemes(const char *syllable, size_t size, struct avt_buf *out);

/** @param words_txt        jieba's dict.txt: word, count and part of speech a line.
 *  @param characters_json  pypinyin's pinyin_dict.json: {"20013": "zhōng,zhòng"}.
 *  @param phrases_json     pypinyin's phrases_dict.json: {"中国": [["zhōng"], ["guó"]]}.
 *  @return as avt_lexicon_compile(). */
AVT_CHECKED enum avt_code avt_hanzi_compile(const char *words_txt, const char *characters_json,
                                            const char *phrases_json, const char *out_path,
                                            struct avt_error *reterr);
