/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the cloning engine: its counts decide how much is read, its ids become paths. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "voice/clone_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_clone_model_freep) struct avt_clone_model *model = NULL;
    if (avt_clone_model_parse(data, size, &model, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EMODELBAD && error.message[0]);
        return 0;
    }
    float parts[AVT_CLONE_PACKS_MAX];
    for (size_t i = 0; i < model->pack_count; i++)
        avt_assert(!strchr(model->pack_ids[i], '/') && !strchr(model->pack_ids[i], '.'));
    for (size_t i = 0; i < model->sample_count; i++)
        avt_clone_model_parts(model, model->samples[i].coords, (int)(i % 2), parts);
    return 0;
}
