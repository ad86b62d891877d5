/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * misaki's phoneme alphabet for English as Kokoro v1.0 knows it: the classes that the pronunciation
 * rules ask for, stress marks, and what the model must never be given.
 */
#include <stdbool.h>
#include <stddef.h>

#define AVT_STRESS_PRIMARY   "ˈ"
#define AVT_STRESS_SECONDARY "ˌ"

/** Whether every symbol of `phonemes` belongs to the dictionaries' alphabet. */
bool avt_alphabet_all_known(const char *phonemes);
/** Whether the symbol at `symbol` (UTF-8, first of a string) is in `set`, a string of symbols. */
bool avt_alphabet_in(const char *symbol, const char *set);
/** Bytes of the UTF-8 sequence that starts at `text`, at least 1 unless at the end. */
size_t avt_alphabet_symbol_size(const char *text);
/** Last symbol of a text, NULL if empty. */
const char *avt_alphabet_last(const char *phonemes);
/** The one before the last, NULL if there is none. */
const char *avt_alphabet_before_last(const char *phonemes);

extern const char AVT_ALPHABET_VOWELS[];
extern const char AVT_ALPHABET_CONSONANTS[];
/** Vowels after which American English flaps a t. */
extern const char AVT_ALPHABET_FLAPPERS[];

/** How far a word's stress is to be changed; AVT_STRESS_KEEP leaves it. The steps are misaki's. */
enum avt_stress {
    AVT_STRESS_KEEP,
    AVT_STRESS_NONE,               /* -2: remove every mark */
    AVT_STRESS_LOWER,              /* -1: primary becomes secondary, secondary goes */
    AVT_STRESS_SOFTEN,             /* -.5: as LOWER if there is a primary mark, else keep */
    AVT_STRESS_SECONDARY_AT_LEAST, /* .5: a secondary mark if there is none at all */
    AVT_STRESS_RAISE, /* 1: secondary becomes primary; a secondary mark if there was none */
    AVT_STRESS_PRIMARY_AT_LEAST, /* 2: a primary mark in any case */
};
/** `phonemes` with its stress changed; owned by the caller. */
char *avt_alphabet_stress(const char *phonemes, enum avt_stress stress);
/** Length that counts diphthongs and affricates twice: which half of a compound is the heavier. */
size_t avt_alphabet_weight(const char *phonemes);

/** What the model is given in the end, owned: the flap as T, the glottal stop as t, and nothing
 *  that its vocabulary lacks. Spaces stay. */
char *avt_alphabet_finish(const char *phonemes);
