/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* English as it is spoken, for engines that read letters: numbers, dates, signs and abbreviations as words. Pure. */

/** "It costs $4.20." gives "It costs four dollars and twenty cents." Marks of the sentence stay, and "FBI" does:
 *  whoever reads it knows. Owned by the caller. */
char *avt_spoken_text(const char *text);
