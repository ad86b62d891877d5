/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Chains of nodes of a model replaced by operators of our own (custom_ops.h). Private to nn.
 *
 * Conv1d. What a dynamic quantiser makes of a convolution,
 *     DynamicQuantizeLinear > ConvInteger > [Add bias] > Cast > Mul by the scales
 * becomes one node that computes in float32 with a quarter of the multiplications (conv1d.h).
 * Weights stay as they were quantised, only the rounding of what flows through goes.
 *
 * AdaIn. Adaptive instance normalisation, and the Snake activation where it follows:
 *     ReduceMean > Sub > Mul > ReduceMean > Add > Sqrt > Div > Mul by gamma > Add beta
 *     [> Mul by alpha > Sin > Pow 2 > Mul > Add]
 * becomes one node, which reads its input three times from the cache instead of a dozen times from
 * memory.
 */
#include <stddef.h>

#include "nn/model_bytes.h"
#include "nn/onnx_graph.h"

#define AVT_DOMAIN "avatar"
#define AVT_CONV1D "Conv1d"
#define AVT_ADAIN  "AdaIn"

enum avt_fusion { AVT_FUSE_CONV1D = 1, AVT_FUSE_ADAIN = 2 };

struct avt_fused {
    size_t conv1d, adain; /* nodes made */
};

/** The fusions that pay on this processor, ORed. */
unsigned avt_fuse_worth(void);
/** Change the model in memory. A model that is damaged, or holds no such chain, or is put together
 * in another way is left as it is. */
struct avt_fused avt_fuse(struct avt_model_bytes *bytes, unsigned fusions);

/* The two passes over an open graph; each returns how many nodes it made. */
size_t avt_fuse_conv1d(struct avt_onnx_graph *graph);
size_t avt_fuse_adain(struct avt_onnx_graph *graph);
