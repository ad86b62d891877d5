/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Facts about the machine for /status and /metrics. Any thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct avt_machine {
    double load_1m;
    double cpu_percent; /* of all cores since the call before; < 0: not known yet */
    uint64_t memory_total_bytes;
    uint64_t disk_total_bytes, disk_free_bytes; /* where `storage` is; free to this user */
};
void avt_machine_look(const char *storage, struct avt_machine *ret_machine);
