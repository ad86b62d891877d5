/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Colour profiles of pictures. The only includer of lcms2. */
#include "dsp/image.h"

/** Turn the colours of `image` from those of an ICC profile into sRGB, in place; alpha stays.
 *  @return AVT_OK, AVT_EFORMAT (broken, or not an RGB profile): the picture is then unchanged. */
AVT_CHECKED enum avt_code avt_icc_to_srgb(struct avt_image *image, const void *profile, size_t size,
                                          struct avt_error *reterr);
