/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about this machine and process: cores, memory, where the program lies. */
#include <dlfcn.h>
#include <limits.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"

static char self_folder[PATH_MAX];

static void find_self(void)
{
    /* Of the file that holds this code: the program, or libavatar.so inside another program. */
    Dl_info info;
    char path[PATH_MAX] = "";
    if (dladdr((void *)(uintptr_t)&avt_self_folder, &info) && info.dli_fname &&
        strchr(info.dli_fname, '/') && realpath(info.dli_fname, path)) {
        /* found */
    } else {
        ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
        path[size > 0 ? size : 0] = '\0';
    }
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    snprintf(self_folder, sizeof(self_folder), "%s", *path ? path : ".");
}

const char *avt_self_folder(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_self);
    return self_folder;
}

/* First number of a small file such as a cgroup limit; -1 if it is missing or says "max". */
static long long file_number(const char *path)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    if (avt_file_read_text(path, 4096, &text, NULL) != AVT_OK)
        return -1;
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    return end == text ? -1 : value;
}

static int cgroup_cpus(void)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    long long quota = 0, period = 0;
    if (avt_file_read_text("/sys/fs/cgroup/cpu.max", 4096, &text, NULL) != AVT_OK ||
        sscanf(text, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0)
        return INT_MAX;
    return (int)((quota + period - 1) / period);
}

int avt_cpu_count(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    int quota = cgroup_cpus();
    count = count < quota ? count : quota;
    return count > 0 ? count : 1;
}

size_t avt_memory_peak_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}

void avt_memory_trim(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

void avt_memory_setup(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
    /* Runs of a network take and give back some megabytes each; fetching them in small pieces costs page faults. */
    (void)mallopt(M_TOP_PAD, 16 << 20);
#endif
}

size_t avt_memory_now_bytes(void)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    long long pages = 0, resident = 0;
    if (avt_file_read_text("/proc/self/statm", 4096, &text, NULL) != AVT_OK ||
        sscanf(text, "%lld %lld", &pages, &resident) != 2)
        return 0;
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

size_t avt_memory_total_bytes(void)
{
    long long total = (long long)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    long long limit = file_number("/sys/fs/cgroup/memory.max");
    return (size_t)(limit > 0 && limit < total ? limit : total);
}

size_t avt_memory_available_bytes(void)
{
    AVT_CLEANUP(avt_freep) char *text = NULL;
    long long kilobytes = 0;
    if (avt_file_read_text("/proc/meminfo", 1 << 16, &text, NULL) == AVT_OK) {
        const char *line = strstr(text, "MemAvailable:");
        if (line)
            (void)sscanf(line, "MemAvailable: %lld", &kilobytes);
    }
    long long available = kilobytes * 1024;
    long long limit = file_number("/sys/fs/cgroup/memory.max");
    long long used = file_number("/sys/fs/cgroup/memory.current");
    if (limit > 0 && used >= 0 && limit - used < available)
        available = limit > used ? limit - used : 0;
    return (size_t)available;
}

bool avt_cpu_has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}
