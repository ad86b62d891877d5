/* SPDX-License-Identifier: Apache-2.0 */
/* A model file as it is walked, and changed in memory, before ONNX Runtime sees it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nn/fuse.h"
#include "nn/onnx_bytes.h"
#include "nn/updates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { INPUT_BYTES_MAX = 1 << 16, ROOM = 1 << 20 };
    if (size > INPUT_BYTES_MAX)
        return 0;
    struct avt_onnx_weights weights = {0};
    (void)avt_onnx_opset((struct avt_slice){data, size});
    avt_onnx_count_weights((struct avt_slice){data, size}, &weights);
    avt_updates_free(avt_updates_parse(data, size));
    AVT_CLEANUP(avt_freep) uint8_t *copy = malloc(size + ROOM);
    if (!copy)
        return 0;
    if (size)
        memcpy(copy, data, size);
    struct avt_model_bytes bytes = {copy, size, size + ROOM};
    struct avt_fused fused = avt_fuse(&bytes, AVT_FUSE_CONV1D | AVT_FUSE_ADAIN);
    bool is_changed = fused.conv1d + fused.adain > 0;
    avt_assert(bytes.size <= bytes.reserved && (is_changed || bytes.size == size));
    return 0;
}
