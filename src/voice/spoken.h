/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Text as it is spoken, for engines that read letters: in English numbers, dates, signs and abbreviations as words.
 * Pure. */

/** "It costs $4.20." gives "It costs four dollars and twenty cents." Marks of the sentence stay, and "FBI" does:
 *  whoever reads it knows. Owned by the caller. */
char *avt_spoken_text(const char *text);
/** The same in another language ("de", "pt-br"), where it is numbers, ordinals and money alone, of those of
 *  xtts_words.h; what is in none of them is left as it is. Owned by the caller. */
char *avt_spoken_text_in(const char *language, const char *text);
