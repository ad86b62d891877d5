/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Token buckets, one a key: so many requests a minute, all of them at once if one likes. Any
 * thread. */
#include <stdbool.h>
#include <stddef.h>

struct avt_limiter;

enum { AVT_LIMITER_KEYS_MAX = 4096 }; /* beyond: the one that is longest unused is forgotten */

struct avt_limiter *avt_limiter_new(void);
void avt_limiter_free(struct avt_limiter *limiter);

struct avt_limit_state {
    bool allowed;
    unsigned left;  /* requests that would be allowed now */
    double retry_s; /* until one is allowed; 0 if one is */
};
/** Take one token of `name` (at most 63 characters count). @param per_minute  Above 0. */
struct avt_limit_state avt_limiter_take(struct avt_limiter *limiter, const char *name,
                                        unsigned per_minute, double now_s);
