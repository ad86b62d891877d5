/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* RGB to what video encoders take. */
#include "dsp/image.h"

/** Planes of an 8-bit 4:2:0 picture: luma as large as the source, chroma half of it each way. */
struct avt_yuv_planes {
    uint8_t *y, *u, *v;
    size_t y_stride, u_stride, v_stride;
};

/** BT.709 matrix, limited range, chroma sited left: [1 2 1]/4 across, the mean of two rows down.
 *  Alpha is ignored. The size must be even. The same bits with and without AVX2. */
void avt_yuv_from_rgba(const struct avt_image *image, const struct avt_yuv_planes *planes);
/** As avt_yuv_from_rgba(), never with AVX2: what tests compare it to. */
void avt_yuv_from_rgba_scalar(const struct avt_image *image, const struct avt_yuv_planes *planes);
