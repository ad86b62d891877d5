/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the big networks run on and how much of it they may take: a profile, chosen by name or by what is there.
 *
 *   profile    computes on   pictures   threads     of several imports   chosen by "auto" where there are
 *                            at once                the first of
 *   cpu-small  processor     1          4 at most   int8, 32, 16         below 5 cores or 12 GB of memory
 *   cpu        processor     4          each core   float32, int8, 16    more of both
 *   gpu-10gb   GPU           4          each core   float16, 32, int8    a usable GPU of 6 GB or more
 *   gpu-24gb   GPU           16         each core   float16, 32, int8    a usable GPU of 20 GB or more
 *
 * Cores are those that this process may use. Threads are those of the networks on the processor, of which each film has
 * some. cpu-small takes few only if it is asked for by name: who says "auto" wants all that there is. Precision is that
 * of an import's files (nn/imported.h), and nothing is converted: int8 is the smallest and, on a processor, the
 * fastest; float16 is as fast as float32 there at best, and half as large; on a GPU float16 is the fastest, and int8
 * would be brought back to the processor.
 */
#include <stdbool.h>

#include "base/error.h"
#include "nn/device.h"

enum { AVT_HARDWARE_WHY_SIZE = 384, AVT_HARDWARE_PRECISIONS = 3 };

/* What the user said. */
struct avt_hardware_wish {
    const char *profile;  /* "auto" (NULL: that) or one of the table */
    long long vram_bytes; /* at most so much of the GPU; 0: what the profile has, at most what there is */
    int threads;          /* of the networks on the processor; 0: as the profile has it */
};

struct avt_hardware {
    const char *profile; /* "cpu-small" */
    enum avt_device device;
    int batch;
    int threads;
    const char *precisions[AVT_HARDWARE_PRECISIONS]; /* "int8", of several imports of an engine; the best first */
    long long vram_bytes; /* that may be taken of the GPU; 0 on the processor */
    char why[AVT_HARDWARE_WHY_SIZE]; /* "2 cores and 24.0 GB of memory, no GPU: there is no NVIDIA GPU, …" */
};

/** What "auto" says of a machine. @param gpu  A usable one, or NULL. */
const char *avt_hardware_suits(int cores, long long memory_bytes, const struct avt_gpu *gpu);
bool avt_hardware_valid(const char *profile);
/** Threads that a profile computes with on this machine. NULL: "auto". */
int avt_hardware_threads(const char *profile);
/** @return AVT_OK, AVT_EINVAL (no such profile), AVT_EUNSUPPORTED (one of a GPU that cannot be used: why). */
AVT_CHECKED enum avt_code avt_hardware_choose(const struct avt_hardware_wish *wish,
                                              struct avt_hardware *ret_hardware, struct avt_error *reterr);
/** Of which precision an engine's weights are best, the best first: [AVT_HARDWARE_PRECISIONS]. A profile that cannot be
 *  used counts as it would be.
 *  @param has_gpu  The engine can compute there. */
const char *const *avt_hardware_precisions(const struct avt_hardware_wish *wish, bool has_gpu);
