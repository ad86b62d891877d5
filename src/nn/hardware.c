/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/hardware.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/str.h"
#include "nn/session.h"
#include "os/proc.h"

#define GB INT64_C(1000000000)

struct row {
    const char *name;
    enum avt_device device;
    int batch;
    int threads_max; /* 0: as many as there are cores */
    const char *precisions[AVT_HARDWARE_PRECISIONS];
    long long vram_bytes;
};
static const struct row ROWS[] = {
    {"cpu-small", AVT_DEVICE_CPU, 1, 4, {"int8", "float32", "float16"}, 0},
    {"cpu", AVT_DEVICE_CPU, 4, 0, {"float32", "int8", "float16"}, 0},
    {"gpu-10gb", AVT_DEVICE_GPU, 4, 0, {"float16", "float32", "int8"}, 10 * GB},
    {"gpu-24gb", AVT_DEVICE_GPU, 16, 0, {"float16", "float32", "int8"}, 24 * GB},
};
enum { ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0]), SMALL_CORES = 4 };
#define SMALL_BYTES     (12 * GB)
#define GPU_BYTES_MIN   (6 * GB)
#define GPU_BYTES_LARGE (20 * GB)

static const struct row *row_of(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (avt_str_equal(ROWS[i].name, name))
            return &ROWS[i];
    }
    return NULL;
}

bool avt_hardware_valid(const char *profile)
{
    return avt_str_equal(profile, "auto") || row_of(profile);
}

const char *avt_hardware_suits(int cores, long long memory_bytes, const struct avt_gpu *gpu)
{
    if (gpu && (long long)gpu->memory_total_bytes >= GPU_BYTES_LARGE)
        return "gpu-24gb";
    if (gpu && (long long)gpu->memory_total_bytes >= GPU_BYTES_MIN)
        return "gpu-10gb";
    return cores <= SMALL_CORES || memory_bytes < SMALL_BYTES ? "cpu-small" : "cpu";
}

static bool is_auto(const char *profile)
{
    return !profile || avt_str_equal(profile, "auto");
}

int avt_hardware_threads(const char *profile)
{
    const struct row *row = is_auto(profile) ? NULL : row_of(profile);
    int cores = avt_cpu_count();
    return row && row->threads_max && row->threads_max < cores ? row->threads_max : cores;
}

static int threads_of(const struct avt_hardware_wish *wish)
{
    return wish->threads > 0 ? wish->threads : avt_hardware_threads(wish->profile);
}

/* With the threads that are wanted, since whoever starts the runtime decides. */
static bool find_gpu(const struct avt_hardware_wish *wish, struct avt_gpu *ret_gpu, struct avt_error *ret_why_not)
{
    if (avt_gpu_look(ret_gpu) && avt_nn_start(threads_of(wish), ret_why_not) != AVT_OK)
        return false;
    return avt_gpu_usable(ret_why_not) == AVT_OK && avt_gpu_look(ret_gpu);
}

static const struct row *row_for(const struct avt_hardware_wish *wish, const struct avt_gpu *gpu)
{
    return row_of(is_auto(wish->profile)
                      ? avt_hardware_suits(avt_cpu_count(), (long long)avt_memory_total_bytes(), gpu)
                      : wish->profile);
}

const char *const *avt_hardware_precisions(const struct avt_hardware_wish *wish, bool has_gpu)
{
    struct avt_gpu gpu = {0};
    struct avt_error why_not = {0};
    bool usable = has_gpu && is_auto(wish->profile) && find_gpu(wish, &gpu, &why_not);
    const struct row *row = row_for(wish, usable ? &gpu : NULL);
    avt_assert(row); /* a profile that is none was refused when it was said */
    return row->device == AVT_DEVICE_GPU && !has_gpu ? row_of("cpu")->precisions : row->precisions;
}

/* Why this profile, and what it comes to. */
static void explain(struct avt_hardware *hardware, const struct avt_gpu *gpu, const char *no_gpu)
{
    int cores = avt_cpu_count();
    char what[AVT_HARDWARE_WHY_SIZE / 2];
    snprintf(what, sizeof(what), "%d thread%s, %d picture%s at once, weights of %s before %s", hardware->threads,
             hardware->threads == 1 ? "" : "s", hardware->batch, hardware->batch == 1 ? "" : "s",
             hardware->precisions[0], hardware->precisions[1]);
    if (hardware->device == AVT_DEVICE_GPU)
        snprintf(hardware->why, sizeof(hardware->why), "%.60s with %.1f GB, of which %.1f may be used; %s", gpu->name,
                 (double)(long long)gpu->memory_total_bytes / 1e9, (double)hardware->vram_bytes / 1e9, what);
    else
        snprintf(hardware->why, sizeof(hardware->why), "%d core%s and %.1f GB of memory; %s%s%.120s", cores,
                 cores == 1 ? "" : "s", (double)avt_memory_total_bytes() / 1e9, what, *no_gpu ? "; no GPU: " : "",
                 no_gpu);
}

enum avt_code avt_hardware_choose(const struct avt_hardware_wish *wish, struct avt_hardware *ret_hardware,
                                  struct avt_error *reterr)
{
    struct avt_hardware hardware = {0};
    struct avt_gpu gpu = {0};
    struct avt_error why_not = {0};
    const char *profile = wish->profile;
    bool any = is_auto(profile);
    if (!any && !row_of(profile))
        return avt_fail(reterr, AVT_EINVAL, "'%.40s' is no hardware profile: use auto, cpu-small, cpu, gpu-10gb or "
                                            "gpu-24gb",
                        profile);
    /* The processor's profiles need no look at the GPU, which takes a moment. */
    bool wants_gpu = any || row_of(profile)->device == AVT_DEVICE_GPU;
    bool usable = wants_gpu && find_gpu(wish, &gpu, &why_not);
    if (!any && wants_gpu && !usable)
        return avt_fail(reterr, AVT_EUNSUPPORTED, "the hardware profile %s cannot be used: %s", profile,
                        why_not.message);
    const struct row *row = row_for(wish, usable ? &gpu : NULL);
    hardware.profile = row->name;
    hardware.device = row->device;
    hardware.batch = row->batch;
    hardware.threads = threads_of(wish);
    memcpy(hardware.precisions, row->precisions, sizeof(hardware.precisions));
    if (row->device == AVT_DEVICE_GPU) {
        hardware.vram_bytes = wish->vram_bytes > 0 ? wish->vram_bytes : row->vram_bytes;
        if (hardware.vram_bytes > (long long)gpu.memory_total_bytes)
            hardware.vram_bytes = (long long)gpu.memory_total_bytes;
    }
    explain(&hardware, &gpu, why_not.message);
    *ret_hardware = hardware;
    return AVT_OK;
}
