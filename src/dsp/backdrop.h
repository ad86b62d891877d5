/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What stands behind a picture that does not fill its frame, or behind a person that was cut out of it: the picture
 * itself, enlarged until it fills the frame, and blurred. */
#include "dsp/image.h"

/** Fill `out` with it, blurred beyond recognition and darkened. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_backdrop_draw(const struct avt_image *picture, struct avt_image *out,
                                            struct avt_error *reterr);
/** Fill `out` with it, as far out of focus as a background is behind a portrait. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_backdrop_blur(const struct avt_image *picture, struct avt_image *out,
                                            struct avt_error *reterr);
