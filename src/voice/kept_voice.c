/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/kept_voice.h"

#include <string.h>

enum { HEX_SIZE = AVT_SHA256_HEX_SIZE - 1 };

void avt_kept_voice_begin(struct avt_buf *out, const char *magic, const char model[AVT_SHA256_HEX_SIZE],
                          const char sound[AVT_SHA256_HEX_SIZE])
{
    avt_buf_append(out, magic, strlen(magic));
    avt_buf_append(out, model, HEX_SIZE);
    avt_buf_append(out, sound, HEX_SIZE);
}

void avt_kept_voice_number(struct avt_buf *out, size_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        avt_buf_append_char(out, (char)(value >> (8 * i) & 255));
}

void avt_kept_voice_seal(struct avt_buf *out)
{
    char digest[AVT_SHA256_HEX_SIZE];
    avt_sha256_data(avt_buf_str(out), out->size, digest);
    avt_buf_append(out, digest, HEX_SIZE);
}

static void take_hex(struct avt_cursor *cursor, char ret_hex[AVT_SHA256_HEX_SIZE])
{
    const uint8_t *bytes = avt_cursor_take(cursor, HEX_SIZE);
    if (bytes)
        memcpy(ret_hex, bytes, HEX_SIZE);
    ret_hex[bytes ? HEX_SIZE : 0] = '\0';
}

bool avt_kept_voice_open(const void *data, size_t size, const char *magic, struct avt_cursor *ret_cursor,
                         char ret_model[AVT_SHA256_HEX_SIZE], char ret_sound[AVT_SHA256_HEX_SIZE])
{
    size_t magic_size = strlen(magic);
    char digest[AVT_SHA256_HEX_SIZE];
    if (size < magic_size + HEX_SIZE || memcmp(data, magic, magic_size) != 0)
        return false;
    avt_sha256_data(data, size - HEX_SIZE, digest);
    if (memcmp(digest, (const char *)data + size - HEX_SIZE, HEX_SIZE) != 0)
        return false;
    *ret_cursor = (struct avt_cursor){.at = (const uint8_t *)data + magic_size, .left = size - magic_size - HEX_SIZE};
    take_hex(ret_cursor, ret_model);
    take_hex(ret_cursor, ret_sound);
    return !ret_cursor->bad;
}
