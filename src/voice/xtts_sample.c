/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_sample.h"

#include <math.h>

#include "base/assert.h"

/* Puts the likeliest on top of a heap below `root`. */
static void sift(const float *logits, uint32_t *order, size_t count, size_t root)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && logits[order[child + 1]] > logits[order[child]])
            child++;
        if (logits[order[root]] >= logits[order[child]])
            return;
        uint32_t kept = order[root];
        order[root] = order[child];
        order[child] = kept;
    }
}

/* The `wanted` likeliest, in the last places of `order`, the likeliest last. */
static void sort_last(const float *logits, uint32_t *order, size_t count, size_t wanted)
{
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count / 2; i-- > 0;)
        sift(logits, order, count, i);
    for (size_t left = count; left > count - wanted; left--) {
        uint32_t kept = order[0];
        order[0] = order[left - 1];
        order[left - 1] = kept;
        sift(logits, order, left - 1, 0);
    }
}

static size_t likeliest(const float *logits, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        best = logits[i] > logits[best] ? i : best;
    return best;
}

size_t avt_xtts_sample(const struct avt_xtts_sampling *sampling, float *logits, const uint8_t *seen, size_t count,
                       uint32_t *order, struct avt_rng *rng)
{
    avt_assert(count > 0 && sampling->top_k > 0);
    const float penalty = (float)sampling->repetition_penalty;
    for (size_t i = 0; i < count; i++) {
        if (seen[i])
            logits[i] = logits[i] < 0 ? logits[i] * penalty : logits[i] / penalty;
    }
    if (sampling->greedy)
        return likeliest(logits, count);
    size_t kept = sampling->top_k < count ? sampling->top_k : count;
    sort_last(logits, order, count, kept);
    const uint32_t *last = order + count - 1; /* last[-i]: the i-th likeliest */
    const double top = (double)logits[*last];
    double whole = 0, sum = 0, goal = 0;
    for (size_t i = 0; i < kept; i++)
        whole += exp(((double)logits[last[-(ptrdiff_t)i]] - top) / sampling->temperature);
    /* Those before which less than p lies already. */
    size_t few = 0;
    for (; few < kept && (few == 0 || sum < sampling->top_p * whole); few++)
        sum += exp(((double)logits[last[-(ptrdiff_t)few]] - top) / sampling->temperature);
    goal = avt_rng_uniform(rng) * sum;
    for (size_t i = 0; i + 1 < few; i++) {
        goal -= exp(((double)logits[last[-(ptrdiff_t)i]] - top) / sampling->temperature);
        if (goal < 0)
            return last[-(ptrdiff_t)i];
    }
    return last[-(ptrdiff_t)(few - 1)];
}
