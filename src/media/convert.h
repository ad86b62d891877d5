/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Decoded frames of any pixel format to our RGBA pictures. Private to media. */
#include <libavutil/frame.h>

#include "dsp/image.h"

/** The whole frame at its own size, full-range sRGB values by the frame's own colour tags (BT.601
 *  where untagged). @return AVT_OK, AVT_ELIMIT, AVT_ENOMEM, AVT_EUNSUPPORTED. */
AVT_CHECKED enum avt_code avt_frame_to_image(const AVFrame *frame, struct avt_image **ret_image,
                                             struct avt_error *reterr);
