/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Reader of Server-Sent Events (HTML standard, section 9.2): bytes in, whole events out. */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum {
    AVT_SSE_LINE_BYTES_MAX = 64 << 10,
    AVT_SSE_DATA_BYTES_MAX = 1 << 20,
    AVT_SSE_NAME_SIZE = 64
};

struct avt_sse_event {
    const char *type; /* "message" if not named; borrowed for the call */
    const char *data; /* lines joined by \n; borrowed for the call */
    const char *id;   /* the last one seen, for Last-Event-ID; "" if none */
};

struct avt_sse {
    struct avt_buf line, data;
    char type[AVT_SSE_NAME_SIZE], id[AVT_SSE_NAME_SIZE];
    bool has_data, was_cr, started;
};

void avt_sse_init(struct avt_sse *sse);
enum avt_sse_result { AVT_SSE_OK, AVT_SSE_STOPPED, AVT_SSE_TOO_LONG };
/** Feed bytes as they come. AVT_SSE_STOPPED as soon as `visit` returns false; AVT_SSE_TOO_LONG at a
 * line or event beyond the limits. */
enum avt_sse_result avt_sse_feed(struct avt_sse *sse, const char *bytes, size_t size,
                                 bool (*visit)(const struct avt_sse_event *event, void *user),
                                 void *user);
void avt_sse_done(struct avt_sse *sse);
