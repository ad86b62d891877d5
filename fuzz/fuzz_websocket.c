/* SPDX-License-Identifier: Apache-2.0 */
/* What a client sends on a WebSocket, in pieces of a size that the first byte says. Answers must be
 * frames of a server and not many more bytes than came in. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "api/websocket.h"
#include "base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct wire {
    const uint8_t *data;
    size_t size, step, sent;
};

static ptrdiff_t on_receive(void *data, size_t size, void *user)
{
    struct wire *wire = user;
    size_t part = size < wire->step ? size : wire->step;
    part = part < wire->size ? part : wire->size;
    if (part == 0) {
        errno = EAGAIN;
        return -1;
    }
    memcpy(data, wire->data, part);
    wire->data += part;
    wire->size -= part;
    return (ptrdiff_t)part;
}

static bool on_send(const void *data, size_t size, void *user)
{
    struct wire *wire = user;
    (void)data;
    wire->sent += size;
    return true;
}

static const struct avt_ws_calls calls = {.receive = on_receive, .send = on_send};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct wire wire = {.data = data + 1, .size = size - 1, .step = 1 + data[0] % 32};
    AVT_CLEANUP(avt_ws_freep) struct avt_ws *ws = avt_ws_new(&calls, &wire);
    avt_assert(ws);
    enum avt_ws_state state = AVT_WS_OPEN;
    while (wire.size > 0 && state == AVT_WS_OPEN)
        state = avt_ws_read(ws);
    avt_assert(wire.sent <= size + 16);
    if (state == AVT_WS_OPEN) {
        (void)avt_ws_ping(ws);
        (void)avt_ws_close(ws, 1001);
    }
    return 0;
}
