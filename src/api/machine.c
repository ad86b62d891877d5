/* SPDX-License-Identifier: Apache-2.0 */
#include "api/machine.h"

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
