/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Growable byte buffer with a ceiling that it is born with. Always NUL-terminated after data. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct avt_buf {
    char *data; /* NULL while empty; else data[size] == '\0' */
    size_t size;
    size_t capacity;
    size_t size_max;
    bool overflowed; /* an append was refused: the content is short and must not be used */
};

#define AVT_BUF_INIT(max) {.size_max = (max)}

void avt_buf_init(struct avt_buf *buf, size_t size_max);
/** Appends return false and set `overflowed` instead of growing past size_max. */
bool avt_buf_append(struct avt_buf *buf, const void *data, size_t size);
bool avt_buf_append_str(struct avt_buf *buf, const char *text);
bool avt_buf_append_char(struct avt_buf *buf, char c);
bool avt_buf_append_utf8(struct avt_buf *buf, unsigned codepoint);
bool avt_buf_printf(struct avt_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void avt_buf_clear(struct avt_buf *buf); /* keeps the memory; resets `overflowed` */
/** The text, owned by the caller ("" if empty); the buffer is empty after. */
char *avt_buf_take(struct avt_buf *buf);
/** The text as it stands, borrowed, never NULL. */
const char *avt_buf_str(const struct avt_buf *buf);
void avt_buf_done(struct avt_buf *buf);
