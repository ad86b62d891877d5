/* SPDX-License-Identifier: Apache-2.0 */
#include "api/machine.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- processor, memory, disk
 * --------------------------------------------------------------------- */

static struct {
    unsigned long long busy, all; /* guarded by lock */
} before;

/* The first line of /proc/stat: user nice system idle iowait irq softirq steal, in ticks. */
static double cpu_percent(void)
{
    enum { STAT_BYTES_MAX = 1 << 20, FIELDS = 8, IDLE = 3, IOWAIT = 4 };
    AVT_CLEANUP(avt_freep) char *text = NULL;
    size_t size = 0;
    if (avt_file_read("/proc/stat", STAT_BYTES_MAX, &text, &size, NULL) != AVT_OK ||
        strncmp(text, "cpu ", 4) != 0)
        return -1;
    unsigned long long all = 0, idle = 0;
    char *p = text + 4;
    for (int i = 0; i < FIELDS; i++) {
        unsigned long long ticks = strtoull(p, &p, 10);
        all += ticks;
        if (i == IDLE || i == IOWAIT)
            idle += ticks;
    }
    unsigned long long busy = all - idle;
    pthread_mutex_lock(&lock);
    double percent = before.all > 0 && all > before.all && busy >= before.busy
                         ? 100.0 * (double)(busy - before.busy) / (double)(all - before.all)
                         : -1;
    before.busy = busy;
    before.all = all;
    pthread_mutex_unlock(&lock);
    return percent;
}

void avt_machine_look(const char *storage, struct avt_machine *ret_machine)
{
    struct avt_machine machine = {.cpu_percent = cpu_percent()};
    double load[1] = {0};
    if (getloadavg(load, 1) == 1)
        machine.load_1m = load[0];
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        machine.memory_total_bytes = (uint64_t)pages * (uint64_t)page;
    struct statvfs disk;
    if (statvfs(storage, &disk) == 0) {
        machine.disk_total_bytes = (uint64_t)disk.f_blocks * disk.f_frsize;
        machine.disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    }
    *ret_machine = machine;
}

/* ---- GPUs: NVML, NVIDIA's management library; its API reference names these
 * ------------------------ */

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
