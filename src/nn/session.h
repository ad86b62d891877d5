/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Neural networks through ONNX Runtime, opened by dlopen so that programs which never run a model
 * never load it. One environment with one shared thread pool per process.
 *
 * Threads: sessions are immutable once opened and may run from several threads at once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "nn/device.h"
#include "nn/graph_edit.h"
#include "os/thread.h"

enum avt_dtype {
    AVT_DTYPE_F32,
    AVT_DTYPE_I64,
    AVT_DTYPE_I32,
    AVT_DTYPE_U8,
    AVT_DTYPE_F16,  /* uint16_t: nn/half.h */
    AVT_DTYPE_BOOL, /* one byte each, 0 or 1 */
    AVT_DTYPE_F64,  /* double */
    AVT_DTYPE_NONE, /* of a model's input or output: one that this program has no use for */
};
enum { AVT_TENSOR_RANK_MAX = 8, AVT_SESSION_IO_MAX = 128 };
/** "float16"; "another type" for AVT_DTYPE_NONE. */
const char *avt_dtype_name(enum avt_dtype dtype);
/** "int64 [1, 77]" for messages; a length of -1 is called `any`: "n". Cut off where `size` is short. */
void avt_shape_text(enum avt_dtype dtype, int rank, const int64_t *shape, const char *any, char *text, size_t size);

/** Bytes of one element; 0 for AVT_DTYPE_NONE. */
size_t avt_dtype_size(enum avt_dtype dtype);

/** A dense tensor in row-major order. */
struct avt_tensor {
    const char *name;
    enum avt_dtype dtype;
    int rank;
    int64_t shape[AVT_TENSOR_RANK_MAX];
    void *data; /* inputs: borrowed for the call; outputs: owned, avt_tensor_done() */
};
size_t avt_tensor_count(const struct avt_tensor *tensor);
void avt_tensor_done(struct avt_tensor *tensor);

/** Start the runtime: the library is searched in $AVATAR_ORT, <prefix>/lib/avatar, the model folders.
 *  Called by the first avt_session_open() if not before. threads: 0 = one per core; the first caller
 *  decides. @return AVT_OK, AVT_EMODEL (not installed: message says `avatar models fetch`),
 *  AVT_EMODELBAD (wrong version). */
AVT_CHECKED enum avt_code avt_nn_start(int threads, struct avt_error *reterr);
/** "1.32.0", or NULL when not started. */
const char *avt_nn_version(void);

struct avt_session_options {
    /** Inner tensors to expose as further outputs, or NULL: names, each known to be f32, rank 2. */
    const char *const *extra_outputs;
    size_t extra_output_count;
    const struct avt_graph_edit *edit; /* NULL: the graph as it is */
    bool sequential; /* no intra-op threads: for tiny models run beside others */
    /** The file as it is, for models that users bring: weights may lie in files beside it, and nothing above
     *  is done to its graph. */
    bool foreign;
    /** Only to be asked what it takes and gives: opened in a fraction of the time, slow to run. */
    bool unoptimized;
    /** AVT_DEVICE_GPU: on the GPU, all of it that has operators there. AVT_EUNSUPPORTED where that cannot be. */
    enum avt_device device;
    long long gpu_bytes_max; /* of its arena there; 0: as much as there is */
};

struct avt_session;
/** @param path  An .onnx file; mapped, not read, where possible.
 *  @return AVT_OK, AVT_EMODEL (missing), AVT_EMODELBAD (not loadable, or the edit does not fit it),
 *          AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_session_open(const char *path,
                                           const struct avt_session_options *options,
                                           struct avt_session **ret_session,
                                           struct avt_error *reterr);
/** Run. `outputs[i].name` chooses the output; the rest of it is filled on success. */
AVT_CHECKED enum avt_code avt_session_run(struct avt_session *session,
                                          const struct avt_tensor *inputs, size_t input_count,
                                          struct avt_tensor *outputs, size_t output_count,
                                          struct avt_error *reterr);
/** The same, given up soon after `cancel` (may be NULL) is requested: AVT_ECANCELLED. A watching thread
 *  runs beside it, so this is for runs of a second, not of a millisecond. */
AVT_CHECKED enum avt_code avt_session_run_until(struct avt_session *session,
                                                const struct avt_tensor *inputs, size_t input_count,
                                                struct avt_tensor *outputs, size_t output_count,
                                                const struct avt_cancel *cancel,
                                                struct avt_error *reterr);

/** What a model says of one input or output. */
struct avt_tensor_info {
    char *name;
    enum avt_dtype dtype;
    int rank;                            /* as declared; AVT_TENSOR_RANK_MAX + 1 for any beyond it */
    int64_t shape[AVT_TENSOR_RANK_MAX]; /* -1: of any length */
};
/** Of input or output `index`. Borrowed from the session. */
const struct avt_tensor_info *avt_session_input_info(const struct avt_session *session, size_t index);
const struct avt_tensor_info *avt_session_output_info(const struct avt_session *session, size_t index);
/** Of the one called `name`, or NULL. */
const struct avt_tensor_info *avt_session_find_input(const struct avt_session *session, const char *name);
const struct avt_tensor_info *avt_session_find_output(const struct avt_session *session, const char *name);
/** That there is such an input or output: its name, type, rank, and each length that is not -1 on either side.
 *  @return AVT_OK, AVT_EMODELBAD (file, tensor, what was expected and what is there). */
AVT_CHECKED enum avt_code avt_session_expect(const struct avt_session *session, bool is_output, const char *name,
                                             enum avt_dtype dtype, int rank, const int64_t *shape,
                                             struct avt_error *reterr);
size_t avt_session_input_count(const struct avt_session *session);
const char *avt_session_input_name(const struct avt_session *session, size_t index);
size_t avt_session_output_count(const struct avt_session *session);
const char *avt_session_output_name(const struct avt_session *session, size_t index);
void avt_session_free(struct avt_session *session);
AVT_DEFINE_FREEP(struct avt_session, avt_session_free)
