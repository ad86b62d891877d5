/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Frames with transparency, as the encoders that keep it take them: straight alpha. Private to media. */
#include <libavutil/frame.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "media/preset.h"

/** Pixel format in which frames of that codec keep their alpha; AV_PIX_FMT_NONE: they keep none. */
enum AVPixelFormat avt_alpha_format(enum AVCodecID id);

/** Remembers the set-up from frame to frame; zeroed to begin with. */
struct avt_alpha {
    struct SwsContext *sws;
};
/** Fill a frame of one of the formats above, whose planes are there, with a picture of its size.
 *  @return AVT_OK, AVT_EUNSUPPORTED, AVT_EINTERNAL. */
AVT_CHECKED enum avt_code avt_alpha_fill(struct avt_alpha *alpha, const struct avt_image *image, AVFrame *frame,
                                         struct avt_error *reterr);
void avt_alpha_done(struct avt_alpha *alpha);
