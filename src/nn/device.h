/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The GPU, if there is one (os/gpu.h): whether ONNX Runtime can compute on it, and who does so now. The runtime's CUDA
 * provider comes with its GPU build (`avatar models fetch onnxruntime-gpu`, or $AVATAR_ORT); CUDA 13 and cuDNN 9 are
 * the machine's own.
 *
 * Only the first GPU is used.
 *
 * Threads: every function may be called from any thread.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "os/gpu.h"
#include "os/thread.h"

enum avt_device {
    AVT_DEVICE_CPU,
    AVT_DEVICE_GPU,
};

/** False: there is none, or no driver. */
bool avt_gpu_look(struct avt_gpu *ret_gpu);
/** @return AVT_OK: networks may be opened on the GPU. AVT_EUNSUPPORTED: there is none, or the runtime has no CUDA
 *          provider, or that cannot be loaded: why, and what to do. As avt_nn_start(). */
AVT_CHECKED enum avt_code avt_gpu_usable(struct avt_error *reterr);

/** Whether a failure on the GPU would be none on the processor. */
bool avt_gpu_is_at_fault(enum avt_code code);

/** One at a time, of all processes with the same `folder` (made if missing), computes on the GPU. Waits.
 *  @return AVT_OK, AVT_ECANCELLED, AVT_EIO. */
struct avt_gpu_turn;
AVT_CHECKED enum avt_code avt_gpu_take_turn(const char *folder, const struct avt_cancel *cancel,
                                            struct avt_gpu_turn **ret_turn, struct avt_error *reterr);
/** Does nothing for NULL. */
void avt_gpu_end_turn(struct avt_gpu_turn *turn);
AVT_DEFINE_FREEP(struct avt_gpu_turn, avt_gpu_end_turn)
