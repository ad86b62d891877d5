/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A model file in memory with more outputs than it declares. Private to nn.
 *
 * An ONNX file is one protobuf message, and protobuf merges a sub-message that occurs again. So a few
 * bytes behind the file's own (ModelProto.graph = field 7 > GraphProto.output = field 12 >
 * ValueInfoProto.name = field 1) make any inner tensor an output, without a copy of the file and
 * without an ONNX library. ONNX Runtime infers the type.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct avt_model_bytes {
    uint8_t *data; /* NULL while closed */
    size_t size;
    size_t reserved; /* mapped and writable: the file's own pages are private copies */
};

/** Map `path` and append outputs by their tensor names (1-100 bytes each).
 *  @return AVT_OK, AVT_EMODEL (missing), AVT_EMODELBAD (empty or beyond 2 GB), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_model_bytes_open(const char *path, const char *const *outputs,
                                               size_t output_count,
                                               struct avt_model_bytes *ret_bytes,
                                               struct avt_error *reterr);
void avt_model_bytes_done(struct avt_model_bytes *bytes);
