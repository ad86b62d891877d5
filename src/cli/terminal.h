/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a terminal needs: its width, text without control characters, tables and wrapped prose. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"

enum { AVT_TERMINAL_WIDTH_DEFAULT = 80, AVT_TERMINAL_WIDTH_MIN = 20 };

/** Columns of the terminal behind `fd`: asked, else $COLUMNS, else 80. */
int avt_terminal_width(int fd);
/** True if `fd` is a terminal that understands cursor movement (not TERM=dumb). */
bool avt_terminal_live(int fd);
/** True if `fd` is a terminal that should get colour (NO_COLOR is respected). */
bool avt_terminal_colour(int fd);

/** `text` with control characters, bidirectional overrides and bytes that are no UTF-8 shown as
 *  \xNN or \u{N}: it can be printed whatever it holds. Owned by the caller. */
char *avt_text_safe(const char *text);
/** `text` with invalid bytes replaced by U+FFFD, for JSON. Owned by the caller. */
char *avt_text_utf8(const char *text);
/** Columns that valid UTF-8 takes: wide East Asian characters count 2, combining ones 0. */
int avt_text_width(const char *text);
/** The first part of `text` that fits `width` columns, with "…" where it was cut. Owned. */
char *avt_text_fit(const char *text, int width);
/** Append `text` broken at spaces to `width` columns; every line starts with `indent` spaces, the
 *  first one only if `first` (else the caller stands at that column already). Newlines in `text`
 *  are kept. Ends with a newline. */
void avt_text_wrap(struct avt_buf *out, const char *text, int indent, int width, bool first);

/** 1234567 -> "1.2 MB". */
const char *avt_text_bytes(long long bytes, char out[24]);
/** 75.2 -> "1:15"; 3700 -> "1:01:40". */
const char *avt_text_clock(double seconds, char out[24]);
/** 3.42 -> "3.4 s"; 75 -> "1:15 min". */
const char *avt_text_seconds(double seconds, char out[24]);

enum { AVT_TABLE_COLUMNS_MAX = 8 };

/** A table: cells are copied and made safe. The last column takes what the width leaves, wrapped. */
struct avt_table;
/** @param headings  [columns]. A heading that begins with '>' aligns its column right. */
struct avt_table *avt_table_new(const char *const *headings, size_t columns);
/** @param cells  [columns]. */
void avt_table_row(struct avt_table *table, const char *const *cells);
/** @param width  Columns to fit, or 0: as wide as it takes. */
void avt_table_print(const struct avt_table *table, FILE *out, int width);
void avt_table_free(struct avt_table *table);
AVT_DEFINE_FREEP(struct avt_table, avt_table_free)
