/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/backdrop.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* Blurred at these sizes, since a blur keeps no more than that: the shorter side, pixels. Beyond recognition, and
 * out of focus: a deviation of 7 and of 3 % of the side. */
enum { SMALL_SIDE = 64, FOCUS_SIDE = 150 };
enum { BLUR_RADIUS = 4, BLUR_PASSES = 3 }; /* three boxes are as good as a Gaussian */
/* Of the brightness: the picture in front is what is looked at. */
static const float SHARE = 0.55f;

/* One pass along a line of `count` pixels that lie `step` bytes apart; the ends go on as they are. */
static void blur_line(uint8_t *line, int count, size_t step, uint8_t *scratch)
{
    enum { WIDTH = 2 * BLUR_RADIUS + 1 };
    for (int c = 0; c < 3; c++) {
        int sum = WIDTH / 2;
        for (int i = -BLUR_RADIUS; i < BLUR_RADIUS; i++)
            sum += line[(size_t)(i < 0 ? 0 : i < count ? i : count - 1) * step + (size_t)c];
        for (int i = 0; i < count; i++) {
            int in = i + BLUR_RADIUS < count ? i + BLUR_RADIUS : count - 1;
            int out = i > BLUR_RADIUS ? i - BLUR_RADIUS : 0;
            sum += line[(size_t)in * step + (size_t)c];
            scratch[i] = (uint8_t)(sum / WIDTH);
            sum -= line[(size_t)out * step + (size_t)c];
        }
        for (int i = 0; i < count; i++)
            line[(size_t)i * step + (size_t)c] = scratch[i];
    }
}

static void blur(struct avt_image *image, uint8_t *scratch)
{
    for (int pass = 0; pass < BLUR_PASSES; pass++) {
        for (int y = 0; y < image->height; y++)
            blur_line(avt_image_row(image, y), image->width, 4, scratch);
        for (int x = 0; x < image->width; x++)
            blur_line(image->pixels + 4 * (size_t)x, image->height, image->stride, scratch);
    }
}

static void darken(struct avt_image *image)
{
    for (int y = 0; y < image->height; y++) {
        uint8_t *row = avt_image_row(image, y);
        for (int i = 0; i < 4 * image->width; i++)
            row[i] = i % 4 == 3 ? 255 : (uint8_t)lrintf((float)row[i] * SHARE);
    }
}

static enum avt_code draw_blurred(const struct avt_image *picture, int side, struct avt_image *out,
                                  struct avt_error *reterr)
{
    avt_assert(picture && out);
    double aspect = (double)out->width / out->height;
    double width = fmin(picture->width, picture->height * aspect), height = width / aspect;
    height = fmin(height, picture->height);
    int wide = (int)lround(side * fmax(1, aspect)), high = (int)lround(side / fmin(1, aspect));
    AVT_CLEANUP(avt_image_freep) struct avt_image *small = NULL;
    enum avt_code code = avt_image_new(wide, high, &small, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_freep) uint8_t *scratch = avt_new0(uint8_t, (size_t)(wide > high ? wide : high));
    avt_image_resize(picture, (picture->width - width) / 2, (picture->height - height) / 2, width,
                     height, small);
    blur(small, scratch);
    avt_image_resize(small, 0, 0, wide, high, out);
    return AVT_OK;
}

enum avt_code avt_backdrop_draw(const struct avt_image *picture, struct avt_image *out, struct avt_error *reterr)
{
    enum avt_code code = draw_blurred(picture, SMALL_SIDE, out, reterr);
    if (code == AVT_OK)
        darken(out);
    return code;
}

enum avt_code avt_backdrop_blur(const struct avt_image *picture, struct avt_image *out, struct avt_error *reterr)
{
    return draw_blurred(picture, FOCUS_SIDE, out, reterr);
}
