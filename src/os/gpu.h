/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* GPUs, as NVML tells of them: NVIDIA's management library, which a machine without its driver need not have. Any
 * thread. */
#include <stddef.h>
#include <stdint.h>

enum { AVT_GPUS_MAX = 16 };
struct avt_gpu {
    char name[96];
    uint64_t memory_total_bytes, memory_used_bytes;
    int utilization_percent; /* < 0: not known */
};
/** NVML is opened (dlopen) when first asked for; 0 where there is none. @param ret_gpus  [AVT_GPUS_MAX] */
size_t avt_gpus_look(struct avt_gpu *ret_gpus);
