/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which faults may pass, and how long to wait before the next try. */
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/job.h"

/** True for what another try may not meet again: memory, disk, I/O, the phonemizer, the network.
 * Never for bad input: the same params fail the same way. */
bool avt_retry_may_help(enum avt_code code);
/**
 * Milliseconds before try `attempt` + 1: doubling from 5 s, at most 10 minutes (deliveries of
 * webhooks: 6 hours), give or take a quarter.
 * @param attempt  The one that failed, from 1.
 * @param random   Uniform in [0, 1).
 */
int64_t avt_retry_delay_ms(enum avt_job_type type, int attempt, double random);
