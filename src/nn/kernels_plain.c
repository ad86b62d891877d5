/* SPDX-License-Identifier: Apache-2.0 */
#define KERNELS avt_kernels_plain
#include "nn/kernels_body.h"

#include "os/proc.h"

const struct avt_kernels *avt_kernels(void)
{
#if defined(__x86_64__)
    if (avt_cpu_has_avx2() && __builtin_cpu_supports("fma"))
        return &avt_kernels_avx2;
#endif
    return &avt_kernels_plain;
}
