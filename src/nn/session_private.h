/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What session.c and bound.c share. Private to nn. */
#include "nn/runtime.h"
#include "nn/session.h"

struct avt_session {
    const struct avt_runtime *runtime;
    OrtSession *ort;
    OrtRunOptions *run_options;
    struct avt_tensor_info inputs[AVT_SESSION_IO_MAX], outputs[AVT_SESSION_IO_MAX];
    size_t input_count, output_count;
    enum avt_device device;
    char *path; /* for messages */
};

/** Whether it can be an input at all, before the call: ONNX Runtime's own message would not name the model. */
AVT_CHECKED enum avt_code avt_session_check(const struct avt_session *session, const struct avt_tensor *tensor,
                                            struct avt_error *reterr);
/** A value whose memory is the tensor's, borrowed for as long as it lives. */
OrtStatus *avt_session_value(const struct avt_session *session, const struct avt_tensor *tensor,
                             OrtValue **ret_value);
/** What a value holds, into all of `tensor` but its name; the data is borrowed from the value. */
AVT_CHECKED enum avt_code avt_session_look(const struct avt_session *session, OrtValue *value,
                                           struct avt_tensor *tensor, struct avt_error *reterr);
