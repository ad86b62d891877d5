/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Short names for the rows of prompt_words.h. For words_*.c only. */
#include "portrait/prompt_words.h"

#define AVT_TABLE(name, heading)                                                                                       \
    const struct avt_word_table avt_words_##name = {words, sizeof(words) / sizeof((words)[0]), heading}
#define N(phrase, class, effects) {phrase, AVT_WORD_NOUN, AVT_CLASS_##class, effects}
#define A(phrase, class, effects) {phrase, AVT_WORD_ADJECTIVE, AVT_CLASS_##class, effects}
#define ALONE(phrase, effects) {phrase, AVT_WORD_ALONE, AVT_CLASS_NONE, effects}
#define S(phrase, effects) {phrase, AVT_WORD_SAY, AVT_CLASS_NONE, effects}
#define P(phrase, effects) {phrase, AVT_WORD_PROFESSION, AVT_CLASS_PERSON, effects}
#define W(kind, phrase) {phrase, AVT_WORD_##kind, AVT_CLASS_NONE, ""}
