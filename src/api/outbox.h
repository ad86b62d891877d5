/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Bytes on their way to clients: chunks that several outboxes may hold at once, since an event is
 * encoded once for all who listen. No lock of its own: the reference counts and the outboxes are
 * guarded by whoever owns them (http_hub.h).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct avt_chunk {
    unsigned refs;
    size_t size;
    char data[];
};
struct avt_outbox_item {
    struct avt_outbox_item *next;
    struct avt_chunk *chunk;
    int64_t id; /* of the event; 0: none */
};
struct avt_outbox {
    struct avt_outbox_item *head, **tail;
    size_t bytes; /* of all chunks in it */
};

/** A copy of `data` (NULL: zeros) with one reference, the caller's. */
struct avt_chunk *avt_chunk_new(const void *data, size_t size);
void avt_chunk_unref(struct avt_chunk *chunk);
/** "id:", "event:", "data:" and an empty line. `json` is one line; both texts are ours. */
struct avt_chunk *avt_chunk_sse(int64_t id, const char *event, const char *json);
/** The same as a text frame of a WebSocket: {"id": ..., "event": ..., "data": ...}. */
struct avt_chunk *avt_chunk_websocket(int64_t id, const char *event, const char *json);

void avt_outbox_init(struct avt_outbox *outbox);
/** Adds a reference. */
void avt_outbox_push(struct avt_outbox *outbox, struct avt_chunk *chunk, int64_t id);
/** Drops the first item; there must be one. */
void avt_outbox_pop(struct avt_outbox *outbox);
void avt_outbox_clear(struct avt_outbox *outbox);
