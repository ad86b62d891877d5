/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events: the same events come out however the bytes are cut. */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "net/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEEN_BYTES_MAX = 8 << 20 };

static bool on_event(const struct avt_sse_event *event, void *user)
{
    struct avt_buf *seen = user;
    avt_assert(event->type[0] && strlen(event->type) < AVT_SSE_NAME_SIZE &&
               strlen(event->id) < AVT_SSE_NAME_SIZE);
    avt_assert(!strpbrk(event->type, "\r\n") && !strchr(event->data, '\r'));
    avt_buf_printf(seen, "%s|%s|%s;", event->type, event->id, event->data);
    return true;
}

/** All that was seen, with the result at its end. */
static void feed(const uint8_t *data, size_t size, size_t step, struct avt_buf *seen)
{
    struct avt_sse sse;
    enum avt_sse_result result = AVT_SSE_OK;
    avt_sse_init(&sse);
    for (size_t i = 0; i < size && result == AVT_SSE_OK; i += step)
        result = avt_sse_feed(&sse, (const char *)data + i, size - i < step ? size - i : step,
                              on_event, seen);
    avt_buf_printf(seen, "%d", (int)result);
    avt_sse_done(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_buf whole = AVT_BUF_INIT(SEEN_BYTES_MAX), parts = AVT_BUF_INIT(SEEN_BYTES_MAX);
    feed(data, size, size ? size : 1, &whole);
    feed(data, size, 1 + size % 7, &parts);
    avt_assert(whole.overflowed || strcmp(avt_buf_str(&whole), avt_buf_str(&parts)) == 0);
    avt_buf_done(&whole);
    avt_buf_done(&parts);
    return 0;
}
