/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

void *avt_alloc0(size_t count, size_t size)
{
    void *ptr = calloc(count ? count : 1, size ? size : 1);
    avt_assert(ptr);
    return ptr;
}

void *avt_realloc(void *ptr, size_t count, size_t size)
{
    void *grown = reallocarray(ptr, count ? count : 1, size ? size : 1);
    avt_assert(grown);
    return grown;
}

char *avt_strdup(const char *text)
{
    return avt_strndup(text, strlen(text));
}

char *avt_strndup(const char *text, size_t size)
{
    char *copy = avt_alloc0(size + 1, 1);
    memcpy(copy, text, size);
    return copy;
}

char *avt_asprintf(const char *format, ...)
{
    va_list ap;
    char *text = NULL;
    va_start(ap, format);
    int size = vasprintf(&text, format, ap);
    va_end(ap);
    avt_assert(size >= 0 && text);
    return text;
}

void *avt_try_alloc(size_t count, size_t size)
{
    enum { ALIGN = 64 };
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - ALIGN)
        return NULL;
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    void *ptr = aligned_alloc(ALIGN, bytes ? bytes : ALIGN);
    if (ptr)
        memset(ptr, 0, bytes);
    return ptr;
}
