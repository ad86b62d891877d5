/* SPDX-License-Identifier: Apache-2.0 */
#include "api/outbox.h"

#include <stdio.h>
#include <string.h>

#include "api/websocket.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"

struct avt_chunk *avt_chunk_new(const void *data, size_t size)
{
    struct avt_chunk *chunk = avt_alloc0(1, sizeof(*chunk) + size);
    chunk->refs = 1;
    chunk->size = size;
    if (data)
        memcpy(chunk->data, data, size);
    return chunk;
}

void avt_chunk_unref(struct avt_chunk *chunk)
{
    if (chunk && --chunk->refs == 0)
        avt_free(chunk);
}

void avt_outbox_init(struct avt_outbox *outbox)
{
    *outbox = (struct avt_outbox){.tail = &outbox->head};
}

void avt_outbox_push(struct avt_outbox *outbox, struct avt_chunk *chunk, int64_t id)
{
    struct avt_outbox_item *item = avt_new0(struct avt_outbox_item, 1);
    item->chunk = chunk;
    item->id = id;
    chunk->refs++;
    *outbox->tail = item;
    outbox->tail = &item->next;
    outbox->bytes += chunk->size;
}

void avt_outbox_pop(struct avt_outbox *outbox)
{
    struct avt_outbox_item *item = outbox->head;
    outbox->head = item->next;
    if (!outbox->head)
        outbox->tail = &outbox->head;
    outbox->bytes -= item->chunk->size;
    avt_chunk_unref(item->chunk);
    avt_free(item);
}

void avt_outbox_clear(struct avt_outbox *outbox)
{
    while (outbox->head)
        avt_outbox_pop(outbox);
}

struct avt_chunk *avt_chunk_sse(int64_t id, const char *event, const char *json)
{
    /* A line break would end the event early, or begin another. */
    avt_assert(!strpbrk(json, "\r\n") && !strpbrk(event, "\r\n\""));
    struct avt_buf text = AVT_BUF_INIT(SIZE_MAX / 2);
    if (id > 0)
        avt_buf_printf(&text, "id: %lld\n", (long long)id);
    avt_buf_printf(&text, "event: %s\ndata: %s\n\n", event, json);
    struct avt_chunk *chunk = avt_chunk_new(text.data, text.size);
    avt_buf_done(&text);
    return chunk;
}

struct avt_chunk *avt_chunk_websocket(int64_t id, const char *event, const char *json)
{
    /* A line break would end the event early, or begin another. */
    avt_assert(!strpbrk(json, "\r\n") && !strpbrk(event, "\r\n\""));
    struct avt_buf text = AVT_BUF_INIT(SIZE_MAX / 2);
    uint8_t header[AVT_WS_HEADER_MAX];
    char number[32] = "";
    if (id > 0)
        snprintf(number, sizeof(number), "\"id\":%lld,", (long long)id);
    size_t size =
        strlen(number) + strlen(event) + strlen(json) + strlen("{\"event\":\"\",\"data\":}");
    avt_buf_append(&text, header, avt_ws_text_header(size, header));
    avt_buf_printf(&text, "{%s\"event\":\"%s\",\"data\":%s}", number, event, json);
    struct avt_chunk *chunk = avt_chunk_new(text.data, text.size);
    avt_buf_done(&text);
    return chunk;
}
