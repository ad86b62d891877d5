/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/** Monotonic seconds since an arbitrary start. */
double avt_now_s(void);
/** Wall clock as RFC 3339 UTC, "2026-11-23T22:10:25Z". */
void avt_time_rfc3339(char out[32]);

/** Wall clock, milliseconds since 1970 (UTC). It may be set back or forwards at any time. */
int64_t avt_time_now_ms(void);
enum { AVT_TIME_SIZE = 32 };
/** "2026-11-23T22:10:25.123Z"; years outside 1970..9999 are cut to these. */
void avt_time_format_ms(int64_t ms, char ret_text[AVT_TIME_SIZE]);
/** RFC 3339, whole string: any offset, "T" or a space, up to nine decimals. False if it is none, or
 *  before 1970. */
bool avt_time_parse_ms(const char *text, int64_t *ret_ms);
