/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The ONNX Runtime library itself: found, opened and its one environment started. Private to nn.
 *
 * Threads: avt_runtime() may be called from any thread; what it returns never changes once set and
 * lives until the process ends.
 */
#include <onnxruntime_c_api.h>

#include "base/cleanup.h"
#include "base/error.h"

struct avt_runtime {
    const OrtApi *api;
    OrtEnv *env;
    OrtMemoryInfo *cpu;
    OrtCustomOpDomain *operators; /* custom_ops.h */
    const char *version;
};

/** Start with avt_nn_start()'s defaults unless started. @return as avt_nn_start(). */
AVT_CHECKED enum avt_code avt_runtime(const struct avt_runtime **ret_runtime,
                                      struct avt_error *reterr);

/** The text of `status` as part of a sentence (one line, cut short), and `status` released.
 *  @param code  What a failure of this call means; AVT_ENOMEM where the text says so. */
enum avt_code avt_fail_ort(struct avt_error *reterr, enum avt_code code, const OrtApi *api,
                           OrtStatus *status, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
