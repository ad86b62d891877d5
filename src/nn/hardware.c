/* SPDX-License-Identifier: Apache-2.0 */
#include "nn/hardware.h"

#include <stdio.h>

#include "base/str.h"
#include "os/proc.h"

#define GB INT64_C(1000000000)

struct row {
    const char *name;
    enum avt_device device;
    int batch;
    long long vram_bytes;
};
static const struct row ROWS[] = {
    {"cpu-small", AVT_DEVICE_CPU, 1, 0},
    {"cpu", AVT_DEVICE_CPU, 4, 0},
    {"gpu-10gb", AVT_DEVICE_GPU, 4, 10 * GB},
    {"gpu-24gb", AVT_DEVICE_GPU, 16, 24 * GB},
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

enum avt_code avt_hardware_choose(const char *profile, long long vram_bytes, struct avt_hardware *ret_hardware,
                                  struct avt_error *reterr)
{
    struct avt_hardware hardware = {0};
    struct avt_gpu gpu = {0};
    struct avt_error why_not = {0};
    bool is_auto = !profile || avt_str_equal(profile, "auto");
    if (!is_auto && !row_of(profile))
        return avt_fail(reterr, AVT_EINVAL, "'%.40s' is no hardware profile: use auto, cpu-small, cpu, gpu-10gb or "
                                            "gpu-24gb",
                        profile);
    /* The processor's profiles need no look at the GPU, which takes a moment. */
    bool wants_gpu = is_auto || row_of(profile)->device == AVT_DEVICE_GPU;
    bool usable = wants_gpu && avt_gpu_usable(&why_not) == AVT_OK && avt_gpu_look(&gpu);
    if (!is_auto && wants_gpu && !usable)
        return avt_fail(reterr, AVT_EUNSUPPORTED, "the hardware profile %s cannot be used: %s", profile,
                        why_not.message);
    int cores = avt_cpu_count();
    long long memory = (long long)avt_memory_total_bytes();
    const struct row *row = row_of(is_auto ? avt_hardware_suits(cores, memory, usable ? &gpu : NULL) : profile);
    hardware.profile = row->name;
    hardware.device = row->device;
    hardware.batch = row->batch;
    if (row->device == AVT_DEVICE_GPU) {
        hardware.vram_bytes = vram_bytes > 0 ? vram_bytes : row->vram_bytes;
        if (hardware.vram_bytes > (long long)gpu.memory_total_bytes)
            hardware.vram_bytes = (long long)gpu.memory_total_bytes;
        snprintf(hardware.why, sizeof(hardware.why), "%s with %.1f GB, of which %.1f may be used", gpu.name,
                 (double)(long long)gpu.memory_total_bytes / 1e9, (double)hardware.vram_bytes / 1e9);
    } else {
        snprintf(hardware.why, sizeof(hardware.why), "%d core%s and %.1f GB of memory%s%.150s", cores,
                 cores == 1 ? "" : "s",
                 (double)memory / 1e9, *why_not.message ? "; no GPU: " : "", why_not.message);
    }
    *ret_hardware = hardware;
    return AVT_OK;
}
