/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Numbers, ordinals and money in a text as words: for the languages of voice/numerals.h. */
#include "base/buf.h"
#include "voice/xtts_words.h"

/** Append `text` with what has digits '0'..'9' in it read. */
void avt_xtts_read_numbers(const struct avt_xtts_language *language, const char *text, struct avt_buf *out);
