/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void avt_base64_encode(const uint8_t *data, size_t size, char *ret_text)
{
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)data[i] << 16 | (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                        (left > 2 ? data[i + 2] : 0u);
        *ret_text++ = alphabet[bits >> 18];
        *ret_text++ = alphabet[bits >> 12 & 63];
        *ret_text++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *ret_text++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    *ret_text = '\0';
}

bool avt_base64_decode(const char *text, uint8_t *ret_data, size_t size_max, size_t *ret_size)
{
    size_t length = strlen(text), padding = 0, size = 0;
    for (; padding < 2 && length > 0 && text[length - 1] == '='; padding++)
        length--;
    if (length % 4 == 1 || (padding > 0 && (length + padding) % 4 != 0))
        return false;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < length; i++) {
        const char *found = text[i] ? strchr(alphabet, text[i]) : NULL;
        if (!found)
            return false;
        bits = bits << 6 | (uint32_t)(found - alphabet);
        count += 6;
        if (count >= 8) {
            count -= 8;
            if (size == size_max)
                return false;
            ret_data[size++] = (uint8_t)(bits >> count);
        }
    }
    *ret_size = size;
    return true;
}
