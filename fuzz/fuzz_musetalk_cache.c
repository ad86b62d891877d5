/* SPDX-License-Identifier: Apache-2.0 */
/* A file of MuseTalk's latents lies in a cache folder, where anything may have happened to it. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "lipsync/musetalk_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MASKLESS_BYTES = 4 * 5 + 8 + 4 * 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char print[] = "0123456789012345678901234567890123456789012345678901234567890123";
    for (int has_masks = 0; has_masks < 2; has_masks++) {
        struct avt_error error = {0};
        const uint8_t *pictures = NULL;
        int count = 0;
        if (avt_musetalk_cache_parse(data, size, print, has_masks, &pictures, &count, &error) != AVT_OK) {
            avt_assert(error.code == AVT_EFORMAT && error.message[0] && !pictures);
            continue;
        }
        size_t one = MASKLESS_BYTES + (has_masks ? (size_t)AVT_MUSETALK_MASK_BYTES : 0);
        avt_assert(count >= 0 && count <= AVT_MUSETALK_CACHE_MAX);
        avt_assert(pictures >= data && (size_t)(pictures - data) + (size_t)count * one == size);
    }
    return 0;
}
