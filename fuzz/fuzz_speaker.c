/* SPDX-License-Identifier: Apache-2.0 */
/* A voice is named by whoever calls. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "voice/speaker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)data, size);
    AVT_CLEANUP(avt_speaker_done) struct avt_speaker speaker = {0};
    struct avt_error error = {0};
    if (avt_speaker_find(text, NULL, &speaker, &error) == AVT_OK)
        avt_assert(speaker.part_count > 0 && speaker.part_count <= AVT_SPEAKER_PARTS_MAX);
    return 0;
}
