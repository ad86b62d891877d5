/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The server's end of a WebSocket (RFC 6455) that only tells: text messages go out, control frames
 * are answered, messages of the client are read and dropped. Bytes go through callbacks, so it
 * knows no socket. Frames are parsed by wslay.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum { AVT_WS_ACCEPT_SIZE = 29, AVT_WS_HEADER_MAX = 10 };

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key. False if that is not 16 bytes in base64. */
bool avt_ws_accept_key(const char *key, char ret_accept[AVT_WS_ACCEPT_SIZE]);
/** Is `token` in a comma-separated header value? Case does not matter. */
bool avt_ws_has_token(const char *list, const char *token);
/** Is Origin "https://host:port" the host named by the Host header? */
bool avt_ws_same_origin(const char *origin, const char *host);
/** The bytes before a text message of `size` bytes; their number. */
size_t avt_ws_text_header(size_t size, uint8_t ret_header[AVT_WS_HEADER_MAX]);

struct avt_ws;
struct avt_ws_calls {
    /** As recv(): bytes read, 0 at the end, -1 with EAGAIN when there is nothing for now. */
    ptrdiff_t (*receive)(void *data, size_t size, void *user);
    /** Takes all of it. False: no room, the connection is to be dropped. */
    bool (*send)(const void *data, size_t size, void *user);
};
/** NULL if memory runs out. `calls` is borrowed for its life. */
struct avt_ws *avt_ws_new(const struct avt_ws_calls *calls, void *user);
enum avt_ws_state { AVT_WS_OPEN, AVT_WS_CLOSED, AVT_WS_BROKEN };
/** Reads what there is, to a limit, and answers it. CLOSED: both sides have said so, or the end was
 * read. */
enum avt_ws_state avt_ws_read(struct avt_ws *ws);
bool avt_ws_ping(struct avt_ws *ws);
/** Say that we close; 1001: going away, 1000: done. */
bool avt_ws_close(struct avt_ws *ws, unsigned status);
void avt_ws_free(struct avt_ws *ws);
AVT_DEFINE_FREEP(struct avt_ws, avt_ws_free)
