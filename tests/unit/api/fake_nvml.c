/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for NVIDIA's management library: two GPUs, of which the second does not tell its use.
 */
#include <stdio.h>

struct memory {
    unsigned long long total, free, used;
};
struct utilization {
    unsigned gpu, memory;
};
#define EXPORT __attribute__((visibility("default")))

EXPORT int nvmlInit_v2(void);
EXPORT int nvmlDeviceGetCount_v2(unsigned *count);
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
EXPORT int nvmlDeviceGetName(void *device, char *name, unsigned size);
EXPORT int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory);
EXPORT int nvmlDeviceGetUtilizationRates(void *device, struct utilization *utilization);

static int devices[2];

int nvmlInit_v2(void)
{
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
    *count = 2;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    *device = &devices[index];
    return 0;
}

int nvmlDeviceGetName(void *device, char *name, unsigned size)
{
    snprintf(name, size, "Fake %d", device == &devices[1]);
    return 0;
}

int nvmlDeviceGetMemoryInfo(void *device, struct memory *memory)
{
    (void)device;
    *memory = (struct memory){8000000000ULL, 6000000000ULL, 2000000000ULL};
    return 0;
}

int nvmlDeviceGetUtilizationRates(void *device, struct utilization *utilization)
{
    *utilization = (struct utilization){55, 10};
    return device == &devices[1] ? 3 : 0; /* not supported */
}
