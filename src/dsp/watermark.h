/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A small picture in the lower right corner of every frame of a film. */
#include "dsp/image.h"

struct avt_watermark;
/** Made for frames of that size: at most 15 % of their width and a quarter of their height, never
 *  enlarged, 3 % of the width from the right and the lower side.
 *  @param picture  With straight alpha, which it keeps; copied.
 *  @return AVT_OK, AVT_EINVAL (nothing of it can be seen), AVT_ENOMEM. avt_watermark_free(). */
AVT_CHECKED enum avt_code avt_watermark_new(const struct avt_image *picture, int width, int height,
                                            struct avt_watermark **ret_mark,
                                            struct avt_error *reterr);
/** How far it reaches into the frame from the right, with its margin; pixels. */
int avt_watermark_reach(const struct avt_watermark *mark);
/** Lay it over `frame`. */
void avt_watermark_draw(const struct avt_watermark *mark, struct avt_image *frame);
void avt_watermark_free(struct avt_watermark *mark);
AVT_DEFINE_FREEP(struct avt_watermark, avt_watermark_free)
