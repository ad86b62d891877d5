/* SPDX-License-Identifier: Apache-2.0 */
/* A voice of Pocket TTS: its counts decide how much memory there is and how much is read. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "kept_voice.h"
#include "voice/pocket.h"
#include "voice/pocket_voice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_voice(const void *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *voice = NULL;
    if (avt_pocket_voice_parse(data, size, KEPT_BYTES_MAX, &voice, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EFORMAT && error.message[0]);
        return;
    }
    AVT_CLEANUP(avt_buf_done) struct avt_buf again = AVT_BUF_INIT(2 * KEPT_BYTES_MAX);
    AVT_CLEANUP(avt_pocket_voice_freep) struct avt_pocket_voice *back = NULL;
    avt_assert(avt_pocket_voice_write(voice, &again, NULL) == AVT_OK);
    avt_assert(avt_pocket_voice_parse(again.data, again.size, KEPT_BYTES_MAX, &back, NULL) == AVT_OK);
    avt_assert(back->positions == voice->positions && back->state.count == voice->state.count);
    for (size_t i = 0; i < voice->state.count; i++) {
        const struct avt_tensor *a = &voice->state.tensors[i], *b = &back->state.tensors[i];
        size_t bytes = avt_tensor_count(a) * avt_dtype_size(a->dtype);
        avt_assert(a->dtype == b->dtype && a->rank == b->rank && memcmp(a->data, b->data, bytes) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_kept(data, size, try_voice);
    return 0;
}
