/* SPDX-License-Identifier: Apache-2.0 */
#include "os/gpu.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Of nvml.h (docs.nvidia.com/deploy/nvml-api), which need not be installed. Success is 0. */
struct nvml_memory {
    unsigned long long total, free, used;
};
struct nvml_utilization {
    unsigned gpu, memory;
};
static struct {
    bool tried;
    void *library;
    int (*init)(void);
    int (*count)(unsigned *count);
    int (*handle)(unsigned index, void **device);
    int (*name)(void *device, char *name, unsigned size);
    int (*memory)(void *device, struct nvml_memory *memory);
    int (*utilization)(void *device, struct nvml_utilization *utilization);
} nvml; /* guarded by lock */

static bool symbol(const char *name, void *ret_function, size_t size)
{
    void *found = dlsym(nvml.library, name);
    memcpy(ret_function, &found, size);
    return found != NULL;
}

static bool nvml_open(void)
{
    if (nvml.tried)
        return nvml.library != NULL;
    nvml.tried = true;
    nvml.library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!nvml.library)
        return false;
    bool whole =
        symbol("nvmlInit_v2", &nvml.init, sizeof(nvml.init)) &&
        symbol("nvmlDeviceGetCount_v2", &nvml.count, sizeof(nvml.count)) &&
        symbol("nvmlDeviceGetHandleByIndex_v2", &nvml.handle, sizeof(nvml.handle)) &&
        symbol("nvmlDeviceGetName", &nvml.name, sizeof(nvml.name)) &&
        symbol("nvmlDeviceGetMemoryInfo", &nvml.memory, sizeof(nvml.memory)) &&
        symbol("nvmlDeviceGetUtilizationRates", &nvml.utilization, sizeof(nvml.utilization));
    if (whole && nvml.init() == 0)
        return true;
    dlclose(nvml.library);
    nvml.library = NULL;
    return false;
}

static size_t look(struct avt_gpu *gpus)
{
    unsigned count = 0, found = 0;
    if (nvml.count(&count) != 0)
        return 0;
    for (unsigned i = 0; i < count && found < AVT_GPUS_MAX; i++) {
        void *device = NULL;
        struct nvml_memory memory = {0};
        struct nvml_utilization utilization = {0};
        struct avt_gpu gpu = {.utilization_percent = -1};
        if (nvml.handle(i, &device) != 0 || nvml.memory(device, &memory) != 0)
            continue;
        if (nvml.name(device, gpu.name, sizeof(gpu.name)) != 0)
            snprintf(gpu.name, sizeof(gpu.name), "GPU %u", i);
        if (nvml.utilization(device, &utilization) == 0)
            gpu.utilization_percent = (int)utilization.gpu;
        gpu.memory_total_bytes = memory.total;
        gpu.memory_used_bytes = memory.used;
        gpus[found++] = gpu;
    }
    return found;
}

size_t avt_gpus_look(struct avt_gpu *ret_gpus)
{
    pthread_mutex_lock(&lock);
    size_t count = nvml_open() ? look(ret_gpus) : 0;
    pthread_mutex_unlock(&lock);
    return count;
}
