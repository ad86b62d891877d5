/* SPDX-License-Identifier: Apache-2.0 */
#include "api/websocket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"

/* READ_MAX: of one turn, so that a client that never stops does not hold up the others. */
enum { MESSAGE_MAX = 64 << 10, READ_MAX = 64 << 10, KEY_SIZE = 24 };

struct avt_ws {
    wslay_event_context_ptr wslay;
    const struct avt_ws_calls *calls;
    void *user;
    size_t budget;
    bool ended;   /* the end of input was read */
    bool refused; /* the sink had no room */
};

/* ---- handshake ------------------------------------------------------------------------------- */

bool avt_ws_accept_key(const char *key, char ret_accept[AVT_WS_ACCEPT_SIZE])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[KEY_SIZE + 37];
    uint8_t digest[AVT_SHA1_BYTES];
    if (strlen(key) != KEY_SIZE || strspn(key, alphabet) != KEY_SIZE - 2 ||
        strcmp(key + KEY_SIZE - 2, "==") != 0)
        return false;
    snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    avt_sha1_data(text, strlen(text), digest);
    avt_base64_encode(digest, sizeof(digest), ret_accept);
    return true;
}

bool avt_ws_has_token(const char *list, const char *token)
{
    size_t size = strlen(token);
    while (*list != '\0') {
        list += strspn(list, " \t,");
        size_t length = strcspn(list, " \t,");
        if (length == size && strncasecmp(list, token, size) == 0)
            return true;
        list += length;
    }
    return false;
}

bool avt_ws_same_origin(const char *origin, const char *host)
{
    const char *authority = strstr(origin, "://");
    return authority && avt_str_casecmp(authority + 3, host) == 0;
}

size_t avt_ws_text_header(size_t size, uint8_t ret_header[AVT_WS_HEADER_MAX])
{
    size_t extra = size < 126 ? 0 : size <= UINT16_MAX ? 2 : 8;
    ret_header[0] = 0x81; /* final fragment, text */
    ret_header[1] = (uint8_t)(extra == 0 ? size : extra == 2 ? 126 : 127);
    for (size_t i = 0; i < extra; i++)
        ret_header[2 + i] = (uint8_t)((uint64_t)size >> (8 * (extra - 1 - i)));
    return 2 + extra;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static ssize_t on_receive(wslay_event_context_ptr wslay, uint8_t *data, size_t size, int flags,
                          void *user)
{
    struct avt_ws *ws = user;
    (void)flags;
    size = size < ws->budget ? size : ws->budget;
    ptrdiff_t got = -1;
    if (size == 0)
        errno = EAGAIN;
    else
        got = ws->calls->receive(data, size, ws->user);
    if (got > 0) {
        ws->budget -= (size_t)got;
        return got;
    }
    bool later = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    ws->ended = !later;
    wslay_event_set_error(wslay, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t on_send(wslay_event_context_ptr wslay, const uint8_t *data, size_t size, int flags,
                       void *user)
{
    struct avt_ws *ws = user;
    (void)flags;
    if (ws->calls->send(data, size, ws->user))
        return (ssize_t)size;
    ws->refused = true;
    wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

struct avt_ws *avt_ws_new(const struct avt_ws_calls *calls, void *user)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_receive,
        .send_callback = on_send,
    };
    struct avt_ws *ws = avt_new0(struct avt_ws, 1);
    ws->calls = calls;
    ws->user = user;
    if (wslay_event_context_server_init(&ws->wslay, &callbacks, ws) != 0) {
        avt_free(ws);
        return NULL;
    }
    wslay_event_config_set_max_recv_msg_length(ws->wslay, MESSAGE_MAX);
    wslay_event_config_set_no_buffering(ws->wslay, 1);
    return ws;
}

static bool flush(struct avt_ws *ws)
{
    return !wslay_event_want_write(ws->wslay) || (wslay_event_send(ws->wslay) == 0 && !ws->refused);
}

enum avt_ws_state avt_ws_read(struct avt_ws *ws)
{
    ws->budget = READ_MAX;
    int failed = wslay_event_want_read(ws->wslay) ? wslay_event_recv(ws->wslay) : 0;
    /* A protocol error of the client has queued its own close frame. */
    if (!flush(ws))
        return AVT_WS_BROKEN;
    if (wslay_event_get_close_received(ws->wslay) && wslay_event_get_close_sent(ws->wslay))
        return AVT_WS_CLOSED;
    if (ws->ended)
        return AVT_WS_CLOSED;
    if (failed != 0 || !wslay_event_want_read(ws->wslay))
        return AVT_WS_BROKEN;
    return AVT_WS_OPEN;
}

bool avt_ws_ping(struct avt_ws *ws)
{
    struct wslay_event_msg ping = {.opcode = WSLAY_PING};
    return wslay_event_queue_msg(ws->wslay, &ping) == 0 && flush(ws);
}

bool avt_ws_close(struct avt_ws *ws, unsigned status)
{
    return wslay_event_queue_close(ws->wslay, (uint16_t)status, NULL, 0) == 0 && flush(ws);
}

void avt_ws_free(struct avt_ws *ws)
{
    if (!ws)
        return;
    wslay_event_context_free(ws->wslay);
    avt_free(ws);
}
