/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

void avt_buf_init(struct avt_buf *buf, size_t size_max)
{
    *buf = (struct avt_buf)AVT_BUF_INIT(size_max);
}

/* Room for `extra` more bytes and the NUL. */
static bool reserve(struct avt_buf *buf, size_t extra)
{
    if (buf->overflowed || extra > buf->size_max - buf->size) {
        buf->overflowed = true;
        return false;
    }
    size_t need = buf->size + extra + 1;
    if (need > buf->capacity) {
        size_t capacity = buf->capacity ? buf->capacity : 64;
        while (capacity < need)
            capacity *= 2;
        buf->data = avt_realloc(buf->data, capacity, 1);
        buf->capacity = capacity;
    }
    return true;
}

bool avt_buf_append(struct avt_buf *buf, const void *data, size_t size)
{
    if (!reserve(buf, size))
        return false;
    if (size)
        memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    buf->data[buf->size] = '\0';
    return true;
}

bool avt_buf_append_str(struct avt_buf *buf, const char *text)
{
    return avt_buf_append(buf, text, strlen(text));
}

bool avt_buf_append_char(struct avt_buf *buf, char c)
{
    return avt_buf_append(buf, &c, 1);
}

bool avt_buf_append_utf8(struct avt_buf *buf, unsigned codepoint)
{
    char bytes[4];
    return avt_buf_append(buf, bytes, avt_utf8_encode(codepoint, bytes));
}

bool avt_buf_printf(struct avt_buf *buf, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int size = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    avt_assert(size >= 0);
    if (!reserve(buf, (size_t)size))
        return false;
    va_start(ap, format);
    vsnprintf(buf->data + buf->size, (size_t)size + 1, format, ap);
    va_end(ap);
    buf->size += (size_t)size;
    return true;
}

void avt_buf_clear(struct avt_buf *buf)
{
    buf->size = 0;
    buf->overflowed = false;
    if (buf->data)
        buf->data[0] = '\0';
}

char *avt_buf_take(struct avt_buf *buf)
{
    char *text = buf->data ? buf->data : avt_strdup("");
    *buf = (struct avt_buf)AVT_BUF_INIT(buf->size_max);
    return text;
}

const char *avt_buf_str(const struct avt_buf *buf)
{
    return buf->data ? buf->data : "";
}

void avt_buf_done(struct avt_buf *buf)
{
    avt_free(buf->data);
    *buf = (struct avt_buf)AVT_BUF_INIT(buf->size_max);
}
