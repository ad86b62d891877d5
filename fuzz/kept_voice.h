/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Files that end with their own digest (voice/kept_voice.h): tried as they are, and with it put right, which nobody can
 * guess. */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "voice/kept_voice.h"

enum { KEPT_BYTES_MAX = 1 << 16, KEPT_HEX = AVT_SHA256_HEX_SIZE - 1 };

static inline void try_kept(const uint8_t *data, size_t size, void (*try_one)(const void *data, size_t size))
{
    if (size > KEPT_BYTES_MAX)
        return;
    try_one(data, size);
    if (size < KEPT_HEX)
        return;
    AVT_CLEANUP(avt_buf_done) struct avt_buf right = AVT_BUF_INIT(KEPT_BYTES_MAX + KEPT_HEX);
    avt_buf_append(&right, data, size - KEPT_HEX);
    avt_kept_voice_seal(&right);
    try_one(right.data, right.size);
}
