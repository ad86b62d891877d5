/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limit.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "os/thread.h"

enum { WAYS = 8, SETS = AVT_LIMITER_KEYS_MAX / WAYS, NAME_SIZE = 64 };

struct bucket {
    char name[NAME_SIZE]; /* "" = free */
    double tokens, seen_s;
};
struct avt_limiter {
    struct avt_mutex *lock;
    struct bucket buckets[SETS][WAYS]; /* guarded by lock */
};

struct avt_limiter *avt_limiter_new(void)
{
    struct avt_limiter *limiter = avt_new0(struct avt_limiter, 1);
    limiter->lock = avt_mutex_new();
    return limiter;
}

void avt_limiter_free(struct avt_limiter *limiter)
{
    if (!limiter)
        return;
    avt_mutex_free(limiter->lock);
    avt_free(limiter);
}

/* FNV-1a (Fowler, Noll, Vo), 32 bits. */
static uint32_t hash(const char *name)
{
    uint32_t value = 2166136261u;
    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * 16777619u;
    return value;
}

static struct bucket *find(struct avt_limiter *limiter, const char *name, double full, double now_s)
{
    struct bucket *set = limiter->buckets[hash(name) % SETS], *oldest = set;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].name[0] && strcmp(set[i].name, name) == 0)
            return &set[i];
        if (set[i].seen_s < oldest->seen_s)
            oldest = &set[i];
    }
    *oldest = (struct bucket){.tokens = full, .seen_s = now_s};
    memcpy(oldest->name, name, strlen(name) + 1);
    return oldest;
}

struct avt_limit_state avt_limiter_take(struct avt_limiter *limiter, const char *name,
                                        unsigned per_minute, double now_s)
{
    char known[NAME_SIZE] = "";
    memcpy(known, name, strnlen(name, NAME_SIZE - 1));
    double full = per_minute, per_s = full / 60;
    struct avt_limit_state state = {0};
    avt_mutex_lock(limiter->lock);
    struct bucket *bucket = find(limiter, known, full, now_s);
    bucket->tokens = fmin(full, bucket->tokens + (now_s - bucket->seen_s) * per_s);
    bucket->seen_s = now_s;
    state.allowed = bucket->tokens >= 1;
    if (state.allowed)
        bucket->tokens -= 1;
    else
        state.retry_s = (1 - bucket->tokens) / per_s;
    state.left = (unsigned)bucket->tokens;
    avt_mutex_unlock(limiter->lock);
    return state;
}
