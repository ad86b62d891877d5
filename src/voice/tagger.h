/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Part of speech of every spoken word, by hand-written lists and context rules: enough to tell
 * heteronyms apart ("they read", "to read"; "the record", "to record"). Wrong tags cost nothing
 * elsewhere: only words with several pronunciations look at them.
 */
#include "voice/normalize.h"

/** Names as in the Penn Treebank. */
enum avt_tag {
    AVT_TAG_NONE,
    AVT_TAG_NN,
    AVT_TAG_NNS,
    AVT_TAG_NNP,
    AVT_TAG_VB,
    AVT_TAG_VBP,
    AVT_TAG_VBZ,
    AVT_TAG_VBD,
    AVT_TAG_VBN,
    AVT_TAG_VBG,
    AVT_TAG_MD,
    AVT_TAG_JJ,
    AVT_TAG_RB,
    AVT_TAG_IN,
    AVT_TAG_DT,
    AVT_TAG_PRP,
    AVT_TAG_PRPS, /* PRP$ */
    AVT_TAG_TO,
    AVT_TAG_CC,
    AVT_TAG_CD,
    AVT_TAG_WH,
    AVT_TAG_EX,
    AVT_TAG_UH,
};

/** Fill in the tag of every word. */
void avt_tagger_run(struct avt_reading *reading);

/** Whether a pause (punctuation other than quotation marks and brackets, or a sentence end) stands
 *  between word `index` and the next one, or there is no next one. */
bool avt_tagger_pause_after(const struct avt_reading *reading, size_t index);

/** tagger_words.c: what a word may be, one bit each. */
enum avt_class {
    AVT_CLASS_NOUN = 1,
    AVT_CLASS_VERB = 2, /* base form */
    AVT_CLASS_PAST = 4,
    AVT_CLASS_PARTICIPLE = 8,
    AVT_CLASS_ADJECTIVE = 16,
    AVT_CLASS_ADVERB = 32,
    AVT_CLASS_GERUND = 64,
    AVT_CLASS_VERB_S = 128, /* third person */
    AVT_CLASS_NOUN_S = 256, /* plural */
};
/** Class bits of a word in lower case, by list and by ending; 0 if nothing is known. */
unsigned avt_tagger_classes(const char *word);
/** The tag of a word that has but one, AVT_TAG_NONE otherwise. */
enum avt_tag avt_tagger_closed(const char *word);
/** Whether the lists have the word itself, not only its ending. */
bool avt_tagger_listed(const char *word);
/** For tests: whether the lists are in order, which look-ups rely on. */
bool avt_tagger_lists_sorted(void);
