/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What CLIP's tokenizer does to text before it looks into its vocabulary: Unicode's normal form C, white space to
 * single spaces, lower case. And the classes of characters that its words are cut by.
 *
 * Threads: no shared state.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum avt_clip_class { AVT_CLIP_SPACE, AVT_CLIP_LETTER, AVT_CLIP_NUMBER, AVT_CLIP_OTHER };

/** General category L, N, property White_Space, or none of them. */
enum avt_clip_class avt_clip_class(uint32_t character);

/** Append text[0..size), valid UTF-8, as CLIP reads it. @return false if it does not fit `out`, or memory is out. */
bool avt_clip_normalize(const char *text, size_t size, struct avt_buf *out);
