/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What stands behind a picture that does not fill its frame: the picture itself, enlarged until it
 * does, blurred and darkened. */
#include "dsp/image.h"

/** Fill `out` with it. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_backdrop_draw(const struct avt_image *picture, struct avt_image *out,
                                            struct avt_error *reterr);
