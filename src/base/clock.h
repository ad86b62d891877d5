/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

/** Monotonic seconds since an arbitrary start. */
double avt_now_s(void);
/** Wall clock as RFC 3339 UTC, "2026-11-23T22:10:25Z". */
void avt_time_rfc3339(char out[32]);
