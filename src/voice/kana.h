/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Japanese kana to misaki's phonemes, mora by mora: a table of the 46 plain kana, rules for voiced
 * and small ones, for the long vowel, the stop (っ) and the nasal (ん), which takes its sound from what
 * follows. Pitch accent is not written: the model makes its own.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/** Append the phonemes of kana text[0..size), hiragana, katakana or half-width; anything else is
 *  passed over. `alone`: it stands between spaces, so は and へ are the particles. */
void avt_kana_phonemes(const char *text, size_t size, int alone, struct avt_buf *out);

/** Append kana text[0..size) in Latin letters by Hepburn's rules: long vowels as they are written ("toukyou",
 *  "koohii"), particles は, へ and を as words of their own ("kore wa", "hon wo"); the rest as avt_kana_phonemes(). */
void avt_kana_romaji(const char *text, size_t size, int alone, struct avt_buf *out);

/** How many bytes of kana text[0..size) make a word for timing: up to a change of script, and no
 *  further than a particle を. At least one character. */
size_t avt_kana_word(const char *text, size_t size);
