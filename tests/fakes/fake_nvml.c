/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libnvidia-ml.so.1 with one GPU that is none. Its memory is FAKE_GPU_MB (10240); what of it is in use stands in
 * FAKE_GPU_LOG.used, where fake_ort.c writes it. FAKE_GPU=absent: there is a driver, but no GPU.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct memory {
    unsigned long long total, free, used;
};

int nvmlInit_v2(void);
int nvmlInit_v2(void)
{
    return 0;
}

static bool is_absent(void)
{
    const char *kind = getenv("FAKE_GPU");
    return kind && strcmp(kind, "absent") == 0;
}

int nvmlDeviceGetCount_v2(unsigned *count);
int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = is_absent() ? 0 : 1;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = device;
    return index == 0 && !is_absent() ? 0 : 6; /* NVML_ERROR_NOT_FOUND */
}

int nvmlDeviceGetName(void *device, char *name, unsigned size);
int nvmlDeviceGetName(void *device, char *name, unsigned size)
{
    (void)device;
    snprintf(name, size, "Fake RTX 3080");
    return 0;
}

int nvmlDeviceGetUtilizationRates(void *device, void *utilization);
int nvmlDeviceGetUtilizationRates(void *device, void *utilization)
{
    (void)device, (void)utilization;
    return 3; /* NVML_ERROR_NOT_SUPPORTED */
}

int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory);
int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory)
{
    char path[4096];
    (void)device;
    const char *megabytes = getenv("FAKE_GPU_MB"), *log = getenv("FAKE_GPU_LOG");
    memory->total = (megabytes ? strtoull(megabytes, NULL, 10) : 10240) << 20;
    memory->used = 0;
    snprintf(path, sizeof(path), "%s.used", log ? log : "");
    FILE *file = log ? fopen(path, "re") : NULL;
    if (file && fscanf(file, "%llu", &memory->used) != 1)
        memory->used = 0;
    if (file)
        fclose(file);
    memory->free = memory->total > memory->used ? memory->total - memory->used : 0;
    return 0;
}
