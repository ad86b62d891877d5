/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which code comes next: as Hugging Face's generate() chooses, in this order: the penalty of codes that were said, the
 * temperature, the k likeliest, the likeliest that make up p together. Private to xtts*.c and tests.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

struct avt_xtts_sampling {
    double temperature, top_p, repetition_penalty;
    size_t top_k;
    bool greedy; /* the likeliest one after the penalty */
};

/** @param logits  [count], all of them numbers; changed.
 *  @param seen    [count]: not 0 where it was said before.
 *  @param order   [count], written over.
 *  @return Its number. */
size_t avt_xtts_sample(const struct avt_xtts_sampling *sampling, float *logits, const uint8_t *seen, size_t count,
                       uint32_t *order, struct avt_rng *rng);
