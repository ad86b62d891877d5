/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Small deterministic generator (PCG32, O'Neill 2014): the same seed gives the same film. */
#include <stddef.h>
#include <stdint.h>

struct avt_rng {
    uint64_t state, inc;
};
void avt_rng_init(struct avt_rng *rng, uint64_t seed);
uint32_t avt_rng_u32(struct avt_rng *rng);
/** Uniform in [0, 1). */
double avt_rng_uniform(struct avt_rng *rng);
/** Standard normal (Box-Muller). */
double avt_rng_normal(struct avt_rng *rng);

/** Bytes from the kernel that nobody can predict: for ids and secrets. */
void avt_random_bytes(void *ret_data, size_t size);
