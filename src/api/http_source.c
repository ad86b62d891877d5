/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are made while they are sent: from a source, in pieces, to the queue of a stream. */
#include <stdio.h>
#include <string.h>

#include "api/http_hub.h"

enum { PULL_ROUNDS = 8 /* pieces of one body in a row, then others have their turn */ };

/* A piece of a body goes out, as a chunk unless the client is too old for these. Empty: the last. */
static void put_piece(struct avt_http_stream *stream, const void *data, size_t size)
{
    char head[24];
    bool chunked = stream->request->http_1_1;
    int head_size = chunked ? snprintf(head, sizeof(head), "%zx\r\n", size) : 0;
    struct avt_chunk *chunk = avt_chunk_new(NULL, (size_t)head_size + size + (chunked ? 2 : 0));
    memcpy(chunk->data, head, (size_t)head_size);
    if (size > 0)
        memcpy(chunk->data + head_size, data, size);
    if (chunked)
        memcpy(chunk->data + chunk->size - 2, "\r\n", 2);
    avt_outbox_push(&stream->out, chunk, 0);
    avt_chunk_unref(chunk);
    stream->deadline_ms = avt_clock_ms() + stream->hub->server->limits.stall_ms;
}

bool avt_source_pull(struct avt_http_stream *stream)
{
    char bytes[AVT_HTTP_SOURCE_BYTES];
    for (int i = 0; i < PULL_ROUNDS && !stream->out.head && !stream->ending; i++) {
        ptrdiff_t got = stream->source.read(stream->source.user, bytes, sizeof(bytes));
        stream->deadline_ms = 0;
        if (got == 0)
            return true;
        if (got == AVT_HTTP_SOURCE_BROKEN)
            return false;
        stream->ending = got < 0;
        if (got > 0 || stream->request->http_1_1)
            put_piece(stream, bytes, got > 0 ? (size_t)got : 0);
        if (!avt_stream_write_out(stream))
            return false;
    }
    return true;
}
