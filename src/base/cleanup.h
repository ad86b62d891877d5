/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Scope-based clean-up. Every owning local carries AVT_CLEANUP; AVT_TAKE hands it over. */
#include <stddef.h>

#define AVT_CHECKED __attribute__((warn_unused_result))
#define AVT_CLEANUP(func) __attribute__((cleanup(func)))

/** The pointer's value; the variable itself becomes NULL, so its clean-up does nothing. */
#define AVT_TAKE(ptr)                                                                              \
    ({                                                                                             \
        __typeof__(ptr) taken_ = (ptr);                                                            \
        (ptr) = NULL;                                                                              \
        taken_;                                                                                    \
    })

/* NOLINTBEGIN(bugprone-macro-parentheses): a type name cannot be parenthesised here. */
#define AVT_DEFINE_FREEP(type, func)                                                               \
    static inline void func##p(type **ptr)                                                         \
    {                                                                                              \
        func(*ptr);                                                                                \
        *ptr = NULL;                                                                               \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
