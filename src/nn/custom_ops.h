/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The operators that fuse.h puts into models, as ONNX Runtime calls them. Private to nn.
 *
 * avatar.Conv1d (x [1, in, n] f32, weights [out, in, taps] u8 initializer, optional bias [out] f32
 *     initializer) -> [1, out, m] f32; attributes dilation, pad_begin, pad_end, zero_point, scale.
 * avatar.AdaIn (x [1, c, n], gamma [c], beta [c], optional alpha [c] and one_by_alpha [c], all f32
 * and with axes of one allowed) -> [1, c, n] f32; attribute epsilon.
 *
 * Their threads are those of ONNX Runtime's pool and their memory is its arena's, so that the
 * thread count and the giving back of memory after a run hold for them too.
 */
#include "nn/runtime.h"

/** The operators, to be added to the options of a session; must outlive it. Each call makes a
 * domain of its own. Also set on failure, if it got so far: ReleaseCustomOpDomain() takes NULL. */
OrtStatus *avt_custom_ops_domain(const OrtApi *api, OrtCustomOpDomain **ret_domain);
