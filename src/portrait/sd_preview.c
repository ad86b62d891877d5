/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/sd_preview.h"

#include <math.h>

enum { CHANNELS = 4 };

/* Each channel's share of red, green and blue from -1 to 1: a linear fit to the decoder of Stable Diffusion 1,
 * published by Kevin Turner in the model's forum, 2022. */
static const float shares[CHANNELS][3] = {
    {.298f, .207f, .208f},
    {.187f, .286f, .173f},
    {-.158f, .189f, .264f},
    {-.184f, -.271f, -.473f},
};

void avt_sd_preview(const float *latents, const struct avt_image *image)
{
    size_t plane = (size_t)image->width * (size_t)image->height, at = 0;
    for (int y = 0; y < image->height; y++) {
        uint8_t *row = avt_image_row(image, y);
        for (int x = 0; x < image->width; x++, row += 4, at++) {
            for (int k = 0; k < 3; k++) {
                float value = 0;
                for (size_t c = 0; c < CHANNELS; c++)
                    value += latents[c * plane + at] * shares[c][k];
                float level = fminf(fmaxf(value / 2 + .5f, 0), 1);
                row[k] = (uint8_t)lrintf(level * 255);
            }
            row[3] = 255;
        }
    }
}
