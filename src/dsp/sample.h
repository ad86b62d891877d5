/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Pieces of a picture as the input of a network: a turned square as planes of floats. */
#include "dsp/image.h"

/** A square around x, y in pixels; `angle` in radians, clockwise on screen: its upper edge points
 *  along (cos angle, sin angle). */
struct avt_square {
    float x, y, side, angle;
};

/** Where (u, v) in 0..1 of the square (right, down) lies in the picture. */
void avt_square_point(const struct avt_square *square, float u, float v, float *ret_x,
                      float *ret_y);

/** Fill planes[3, size, size] (R, G, B) with byte * scale + offset. Beyond the border of the picture
 *  its last pixels repeat; transparent pixels show a middle grey. Shrinks up to eightfold cleanly;
 *  reduce the picture first for more. */
void avt_sample_square(const struct avt_image *image, const struct avt_square *square, int size,
                       float scale, float offset, float *planes);

/** One pixel's colour as seen over a middle grey. */
static inline float avt_pixel_over_grey(const uint8_t *pixel, int channel)
{
    int alpha = pixel[3];
    return alpha == 255 ? (float)pixel[channel]
                        : (float)(pixel[channel] * alpha + 128 * (255 - alpha)) / 255;
}
