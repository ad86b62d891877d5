/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Korean in Latin letters, letter by letter (the "academic" rule of the package hangul-romanize, on the letters of the
 * Revised Romanisation of 2000): sounds that change where syllables meet are not written. A hyphen stands before a
 * syllable that begins with a vowel, and where it would be unclear to which of two syllables a consonant belongs.
 */
#include "base/buf.h"

/** Append `text` with its syllables romanised; everything else stays. */
void avt_hangul_romanise(const char *text, struct avt_buf *out);
