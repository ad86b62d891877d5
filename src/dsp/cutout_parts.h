/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The steps of avt_cutout(). Private to dsp. */
#include "dsp/cutout.h"

/** What is known of a pixel. */
enum { AVT_KNOWN_NOT, AVT_KNOWN_GROUND, AVT_KNOWN_PERSON };

/** Know all pixels that have no edge of the share (.5) within so many pixels. @param ret_known  [height, width].
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_know(const struct avt_share *share, float inside, float outside, uint8_t *ret_known,
                                   struct avt_error *reterr);

/** Mean over a square of 2 radius + 1 values. @param values  [height, width]. */
void avt_smooth(int width, int height, int radius, float *values);

/** Colours from where there is weight (0..255) to all of the picture: each pixel gets the mean of the nearest that have
 *  it. Push and pull over a pyramid (Gortler and others, The Lumigraph, 1996). Alpha becomes 255.
 *  @param weight  [height, width] without gaps. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_spread_colours(const struct avt_image *image, const uint8_t *weight,
                                             struct avt_image *out, struct avt_error *reterr);

/** Make values [height, width] follow the edges of a picture of that size: within each square of 2 radius + 1 pixels
 *  they are a linear function of the colour, as far as they are one (He and others, Guided Image Filtering, 2013).
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_guided_filter(const struct avt_image *image, int radius, float *values,
                                            struct avt_error *reterr);
