/* SPDX-License-Identifier: Apache-2.0 */
/* A voice of XTTS: its counts decide how much memory there is and how much is read. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "kept_voice.h"
#include "voice/xtts_voice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_voice(const void *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_xtts_voice_freep) struct avt_xtts_voice *voice = NULL;
    if (avt_xtts_voice_parse(data, size, &voice, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EFORMAT && error.message[0]);
        return;
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf again = AVT_BUF_INIT(2 * KEPT_BYTES_MAX);
    avt_assert(avt_xtts_voice_write(voice, &again, NULL) == AVT_OK);
    avt_assert(again.size == size && memcmp(again.data, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_kept(data, size, try_voice);
    return 0;
}
