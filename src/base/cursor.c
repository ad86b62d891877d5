/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

#include <math.h>
#include <string.h>

const uint8_t *avt_cursor_take(struct avt_cursor *cursor, size_t size)
{
    if (cursor->bad || cursor->left < size) {
        cursor->bad = true;
        return NULL;
    }
    const uint8_t *taken = cursor->at;
    cursor->at += size;
    cursor->left -= size;
    return taken;
}

uint32_t avt_cursor_number(struct avt_cursor *cursor, size_t bytes)
{
    const uint8_t *data = avt_cursor_take(cursor, bytes);
    uint32_t value = 0;
    for (size_t i = bytes; data && i-- > 0;)
        value = value << 8 | data[i];
    return value;
}

float avt_cursor_float(struct avt_cursor *cursor, float limit)
{
    uint32_t bits = avt_cursor_number(cursor, 4);
    float value;
    memcpy(&value, &bits, sizeof(value));
    if (!(fabsf(value) < limit))
        cursor->bad = true;
    return cursor->bad ? 0.0f : value;
}
