/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rng.h"

#include <errno.h>
#include <math.h>
#include <sys/random.h>

#include "base/assert.h"

void avt_rng_init(struct avt_rng *rng, uint64_t seed)
{
    rng->state = 0;
    rng->inc = (seed << 1) | 1;
    (void)avt_rng_u32(rng);
    rng->state += 0x853c49e6748fea9bULL ^ seed;
    (void)avt_rng_u32(rng);
}

uint32_t avt_rng_u32(struct avt_rng *rng)
{
    uint64_t old = rng->state;
    rng->state = old * 6364136223846793005ULL + rng->inc;
    uint32_t shifted = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t turn = (uint32_t)(old >> 59);
    return shifted >> turn | shifted << (-turn & 31);
}

double avt_rng_uniform(struct avt_rng *rng)
{
    return avt_rng_u32(rng) / 4294967296.0;
}

double avt_rng_normal(struct avt_rng *rng)
{
    double u = 1.0 - avt_rng_uniform(rng), v = avt_rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

void avt_random_bytes(void *ret_data, size_t size)
{
    unsigned char *bytes = ret_data;
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);
        avt_assert(got > 0 || errno == EINTR);
        if (got > 0) {
            bytes += got;
            size -= (size_t)got;
        }
    }
}
