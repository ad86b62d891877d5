/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Convolutions of 8-bit models done in float32 where the processor multiplies bytes slowly. Private to
 * nn.
 *
 * ONNX Runtime's ConvInteger needs 8-bit dot products (VNNI, or ARM's) to be fast; with AVX2 alone its
 * float32 Conv takes half the time (Kokoro: 14 s of CPU against 7 for 7 s of speech on an AMD
 * EPYC of the third generation). So the chain
 *     DynamicQuantizeLinear > ConvInteger > [Add bias] > Cast > Mul by the scales
 * becomes one Conv with the weights as floats. Weights stay as they were quantised, only the rounding
 * of what flows through goes.
 */
#include <stdbool.h>

#include "nn/model_bytes.h"

/* Larger convolutions stay as they are: they run at low rates, and as floats their weights would take
 * four times the memory. */
enum { AVT_FLOAT_CONV_WEIGHTS_MAX = 1 << 20 };

/** True if this processor is one where it pays. */
bool avt_float_convs_pay(void);
/** Change the model in memory. A model that holds no such chain, or is put together in another way, is
 *  left as it is. Returns how many convolutions were changed. */
size_t avt_float_convs_apply(struct avt_model_bytes *bytes);
