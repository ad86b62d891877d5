/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the big networks run on and how much of it they may take: a profile, chosen by name or by what is there.
 *
 *   profile    computes on   pictures at once   chosen by "auto" where there are
 *   cpu-small  processor     1                  below 5 cores or 12 GB of memory
 *   cpu        processor     4                  more of both
 *   gpu-10gb   GPU           4                  a usable GPU of 6 GB or more
 *   gpu-24gb   GPU           16                 a usable GPU of 20 GB or more
 *
 * Cores are those that this process may use, and so many threads compute, whatever the profile. Precision is that of
 * the weights: float16 files are half as large.
 */
#include <stdbool.h>

#include "base/error.h"
#include "nn/device.h"

enum { AVT_HARDWARE_WHY_SIZE = 256 };

struct avt_hardware {
    const char *profile; /* "cpu-small" */
    enum avt_device device;
    int batch;
    long long vram_bytes; /* that may be taken of the GPU; 0 on the processor */
    char why[AVT_HARDWARE_WHY_SIZE]; /* "2 cores and 24.0 GB of memory, no GPU: there is no NVIDIA GPU, …" */
};

/** What "auto" says of a machine. @param gpu  A usable one, or NULL. */
const char *avt_hardware_suits(int cores, long long memory_bytes, const struct avt_gpu *gpu);
bool avt_hardware_valid(const char *profile);
/** @param profile     "auto" (NULL: that) or one of the table.
 *  @param vram_bytes  At most so much of the GPU; 0: what the profile has, at most what there is.
 *  @return AVT_OK, AVT_EINVAL (no such profile), AVT_EUNSUPPORTED (one of a GPU that cannot be used: why). */
AVT_CHECKED enum avt_code avt_hardware_choose(const char *profile, long long vram_bytes,
                                              struct avt_hardware *ret_hardware, struct avt_error *reterr);
