/* SPDX-License-Identifier: Apache-2.0 */
#include "media/still_note.h"

#include <libavutil/crc.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

/* PNG (ISO/IEC 15948): a signature, then chunks of u32 length, 4 bytes type, data, u32 CRC, big-endian. A note is an
 * uncompressed iTXt chunk: keyword, NUL, two zero bytes, empty language and translation, NUL each, text. */
enum { SIGNATURE_SIZE = 8, CHUNK_FRAME = 12, KEY_MAX = 79 };
static const uint8_t SIGNATURE[SIGNATURE_SIZE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void append_u32(struct avt_buf *out, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
    avt_buf_append(out, bytes, sizeof(bytes));
}

static bool is_png(const uint8_t *data, size_t size)
{
    return size >= SIGNATURE_SIZE && memcmp(data, SIGNATURE, SIGNATURE_SIZE) == 0;
}

enum avt_code avt_still_note_add(const uint8_t *png, size_t size, const char *key, const char *text,
                                 struct avt_buf *ret_png, struct avt_error *reterr)
{
    const size_t first = SIGNATURE_SIZE + CHUNK_FRAME + 13; /* behind IHDR */
    if (!is_png(png, size) || size < first || strlen(key) > KEY_MAX || strlen(text) > AVT_STILL_NOTE_MAX)
        return avt_fail(reterr, AVT_EINTERNAL, "a note of %zu bytes cannot be put into a picture", strlen(text));
    AVT_CLEANUP(avt_buf_done) struct avt_buf chunk = AVT_BUF_INIT(AVT_STILL_NOTE_MAX + 256);
    avt_buf_append(&chunk, "iTXt", 4);
    avt_buf_append(&chunk, key, strlen(key) + 1);
    avt_buf_append(&chunk, "\0\0\0\0", 4); /* not compressed, method 0, no language, no translation */
    avt_buf_append_str(&chunk, text);
    const AVCRC *table = av_crc_get_table(AV_CRC_32_IEEE_LE);
    uint32_t crc = av_crc(table, UINT32_MAX, (const uint8_t *)chunk.data, chunk.size) ^ UINT32_MAX;
    avt_buf_append(ret_png, png, first);
    append_u32(ret_png, (uint32_t)chunk.size - 4);
    avt_buf_append(ret_png, chunk.data, chunk.size);
    append_u32(ret_png, crc);
    avt_buf_append(ret_png, png + first, size - first);
    return chunk.overflowed || ret_png->overflowed
               ? avt_fail(reterr, AVT_ELIMIT, "a picture with its note is larger than %zu bytes", ret_png->size_max)
               : AVT_OK;
}

/* The text of an iTXt chunk with that key; NULL: another, or compressed. */
static char *text_of(const uint8_t *data, size_t size, const char *key)
{
    size_t length = strlen(key);
    if (size < length + 5 || memcmp(data, key, length + 1) != 0 || data[length + 1] != 0)
        return NULL;
    size_t at = length + 3;
    for (int skip = 0; skip < 2; skip++) { /* language, translated keyword */
        const uint8_t *end = memchr(data + at, 0, size - at);
        if (!end)
            return NULL;
        at = (size_t)(end - data) + 1;
    }
    if (size - at > AVT_STILL_NOTE_MAX || memchr(data + at, 0, size - at))
        return NULL;
    return avt_strndup((const char *)data + at, size - at);
}

char *avt_still_note_find(const uint8_t *png, size_t size, const char *key)
{
    if (!is_png(png, size))
        return NULL;
    for (size_t at = SIGNATURE_SIZE; size - at >= CHUNK_FRAME;) {
        size_t length = read_u32(png + at);
        if (length > size - at - CHUNK_FRAME)
            return NULL;
        if (memcmp(png + at + 4, "iTXt", 4) == 0) {
            char *text = text_of(png + at + 8, length, key);
            if (text)
                return text;
        }
        at += CHUNK_FRAME + length;
    }
    return NULL;
}

char *avt_still_note_read(const char *path, const char *key)
{
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    if (avt_file_read(path, AVT_STILL_BYTES_MAX, &data, &size, NULL) != AVT_OK)
        return NULL;
    return avt_still_note_find((const uint8_t *)data, size, key);
}
