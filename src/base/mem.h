/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Memory. avt_new0() and friends are for sizes that are fixed or capped by us and abort when memory
 * runs out; avt_try_alloc() is for sizes that come from input and fails the call, not the process.
 */
#include <stddef.h>
#include <stdlib.h>

#include "base/cleanup.h"

void *avt_alloc0(size_t count, size_t size)
    __attribute__((returns_nonnull, malloc, alloc_size(1, 2)));
void *avt_realloc(void *ptr, size_t count, size_t size) __attribute__((returns_nonnull));
char *avt_strdup(const char *text) __attribute__((returns_nonnull, malloc));
char *avt_strndup(const char *text, size_t size) __attribute__((returns_nonnull, malloc));
/** Formatted string, owned by the caller: avt_free(). */
char *avt_asprintf(const char *format, ...)
    __attribute__((returns_nonnull, malloc, format(printf, 1, 2)));

/** count x size zeroed bytes, 64-byte aligned, or NULL (also on overflow). avt_free(). */
AVT_CHECKED void *avt_try_alloc(size_t count, size_t size) __attribute__((malloc));

#define avt_new0(type, count) ((type *)avt_alloc0((count), sizeof(type)))
#define avt_try_new0(type, count) ((type *)avt_try_alloc((count), sizeof(type)))
#define avt_free free

/** For AVT_CLEANUP on any plain heap pointer. */
static inline void avt_freep(void *ptr_to_ptr)
{
    void **ptr = (void **)ptr_to_ptr;
    free(*ptr);
    *ptr = NULL;
}
