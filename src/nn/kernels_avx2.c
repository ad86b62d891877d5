/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled with -mavx2 -mfma -ffp-contract=fast: a product and a sum become one instruction. */
#define KERNELS avt_kernels_avx2
#include "nn/kernels_body.h"
