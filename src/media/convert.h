/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Decoded frames of any pixel format and size to our RGBA pictures, and back. Private to media. */
#include <libavutil/frame.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"

/** Remembers the set-up from frame to frame; zeroed to begin with. */
struct avt_converter {
    bool quick; /* set by the owner: bilinear, in half the time; from bicubic it differs by 57 dB */
    struct SwsContext *sws;
    int width, height, format, matrix, full_range, chroma_location; /* of the frames */
    int out_width, out_height;
};

/** The whole frame scaled to the size of `image`: full-range sRGB values by the frame's own colour
 *  tags, BT.601 where it has none. @return AVT_OK, AVT_EUNSUPPORTED, AVT_EINTERNAL. */
AVT_CHECKED enum avt_code avt_converter_run(struct avt_converter *converter, const AVFrame *frame,
                                            struct avt_image *image, struct avt_error *reterr);
void avt_converter_done(struct avt_converter *converter);

/** The other way, for encoders: the first three planes of an 8-bit 4:2:0 frame of the same size (dsp/yuv.h). */
void avt_image_to_yuv420(const struct avt_image *image, AVFrame *frame);

/** Turn and mirror by an EXIF orientation (1..8); *image is replaced. @return AVT_OK, AVT_ENOMEM.
 */
AVT_CHECKED enum avt_code avt_image_turn(struct avt_image **image, int orientation,
                                         struct avt_error *reterr);
