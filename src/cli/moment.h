/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Points in time as people give them. */
#include <stdbool.h>
#include <stdint.h>

/**
 * "2h" (from now; ago if `back`), "18:30" (the next, or if `back` the last), "2026-01-15",
 * "2026-01-15 18:30", "2026-01-15 18:30:05" (local time), or RFC 3339. False unless all of it is
 * one.
 * @param max_ms  Of a duration.
 */
bool avt_moment_parse(const char *text, int64_t now_ms, bool back, int64_t max_ms, int64_t *ret_ms);
