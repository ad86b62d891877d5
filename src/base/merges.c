/* SPDX-License-Identifier: Apache-2.0 */
#include "base/merges.h"

#include <string.h>

#include "base/mem.h"

bool avt_merges_init(struct avt_merges *merges, size_t most)
{
    size_t count = 16;
    while (count < 2 * most)
        count *= 2;
    *merges = (struct avt_merges){avt_try_new0(struct avt_merge, count), count};
    for (size_t i = 0; merges->slots && i < count; i++)
        merges->slots[i].left = -1;
    return merges->slots != NULL;
}

void avt_merges_done(struct avt_merges *merges)
{
    avt_free(merges->slots);
    *merges = (struct avt_merges){0};
}

static size_t slot_of(const struct avt_merges *merges, int32_t left, int32_t right)
{
    uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    key *= 0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio: Fibonacci hashing (Knuth 6.4) */
    return (size_t)(key >> 32) & (merges->count - 1);
}

/* The pair's slot, or the free one where it would be. */
static struct avt_merge *find(const struct avt_merges *merges, int32_t left, int32_t right)
{
    for (size_t i = slot_of(merges, left, right);; i = (i + 1) & (merges->count - 1)) {
        struct avt_merge *merge = &merges->slots[i];
        if (merge->left < 0 || (merge->left == left && merge->right == right))
            return merge;
    }
}

void avt_merges_add(struct avt_merges *merges, const struct avt_merge *merge)
{
    *find(merges, merge->left, merge->right) = *merge;
}

static int32_t rank_of(const struct avt_merges *merges, int32_t left, int32_t right)
{
    const struct avt_merge *merge = find(merges, left, right);
    return merge->left < 0 ? INT32_MAX : merge->rank;
}

size_t avt_merges_apply(const struct avt_merges *merges, int32_t *symbols, int32_t *ranks, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        ranks[i] = rank_of(merges, symbols[i], symbols[i + 1]); /* of the pair i, i + 1 */
    while (count > 1) {
        size_t best = 0;
        for (size_t i = 1; i + 1 < count; i++) {
            if (ranks[i] < ranks[best])
                best = i;
        }
        if (ranks[best] == INT32_MAX)
            break;
        symbols[best] = find(merges, symbols[best], symbols[best + 1])->whole;
        memmove(&symbols[best + 1], &symbols[best + 2], (count - best - 2) * sizeof(*symbols));
        memmove(&ranks[best], &ranks[best + 1], (count - best - 2) * sizeof(*ranks));
        count--;
        for (size_t i = best ? best - 1 : 0; i <= best && i + 1 < count; i++)
            ranks[i] = rank_of(merges, symbols[i], symbols[i + 1]);
    }
    return count;
}
