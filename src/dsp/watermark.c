/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/watermark.h"

#include <math.h>
#include <stdbool.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/cutout.h"

static const double WIDTH_SHARE = 0.15, HEIGHT_SHARE = 0.25, MARGIN_SHARE = 0.03;

struct avt_watermark {
    struct avt_image *picture; /* at its size; colours multiplied by their alpha */
    int x, y, width, height;   /* in frames of width x height */
};

/* Else what transparent pixels are coloured like would bleed into their neighbours when scaled. */
static bool multiply(struct avt_image *image)
{
    bool seen = false;
    for (int y = 0; y < image->height; y++) {
        uint8_t *row = avt_image_row(image, y);
        for (uint8_t *p = row; p < row + 4 * (size_t)image->width; p += 4) {
            for (int c = 0; c < 3; c++)
                p[c] = (uint8_t)((p[c] * p[3] + 127) / 255);
            seen = seen || p[3] > 0;
        }
    }
    return seen;
}

enum avt_code avt_watermark_new(const struct avt_image *picture, int width, int height,
                                struct avt_watermark **ret_mark, struct avt_error *reterr)
{
    avt_assert(picture && width > 0 && height > 0 && ret_mark);
    AVT_CLEANUP(avt_watermark_freep) struct avt_watermark *mark = avt_new0(struct avt_watermark, 1);
    AVT_CLEANUP(avt_image_freep) struct avt_image *whole = NULL;
    double scale = fmin(WIDTH_SHARE * width / picture->width, HEIGHT_SHARE * height / picture->height);
    scale = fmin(scale, 1);
    int wide = (int)fmax(1, floor(picture->width * scale));
    int high = (int)fmax(1, floor(picture->height * scale));
    int margin = (int)lround(MARGIN_SHARE * width);
    enum avt_code code = avt_image_copy(picture, &whole, reterr);
    if (code == AVT_OK)
        code = avt_image_new(wide, high, &mark->picture, reterr);
    if (code != AVT_OK)
        return code;
    if (!multiply(whole))
        return avt_fail(reterr, AVT_EINVAL,
                        "the watermark is transparent everywhere, so nothing of it would be seen");
    avt_image_resize(whole, 0, 0, whole->width, whole->height, mark->picture);
    mark->width = width;
    mark->height = height;
    mark->x = (int)fmax(0, width - margin - wide);
    mark->y = (int)fmax(0, height - margin - high);
    *ret_mark = AVT_TAKE(mark);
    return AVT_OK;
}

int avt_watermark_reach(const struct avt_watermark *mark)
{
    return mark->width - mark->x;
}

/* On a pixel that is transparent itself. @param from  Colour times alpha. */
static void lay_on_clear(const uint8_t *from, uint8_t *to)
{
    uint8_t ink[3] = {0};
    for (int c = 0; c < 3 && from[3] > 0; c++) {
        int value = (from[c] * 255 + from[3] / 2) / from[3];
        ink[c] = (uint8_t)(value > 255 ? 255 : value);
    }
    avt_lay_pixel(to, ink, from[3]);
}

void avt_watermark_draw(const struct avt_watermark *mark, struct avt_image *frame)
{
    avt_assert(frame->width == mark->width && frame->height == mark->height);
    const struct avt_image *picture = mark->picture;
    for (int y = 0; y < picture->height; y++) {
        const uint8_t *from = avt_image_row(picture, y);
        uint8_t *to = avt_image_row(frame, mark->y + y) + 4 * (size_t)mark->x;
        for (int x = 0; x < picture->width; x++, from += 4, to += 4) {
            if (to[3] != 255) {
                lay_on_clear(from, to);
                continue;
            }
            for (int c = 0; c < 3; c++) {
                int value = from[c] + (to[c] * (255 - from[3]) + 127) / 255;
                to[c] = (uint8_t)(value > 255 ? 255 : value);
            }
        }
    }
}

void avt_watermark_free(struct avt_watermark *mark)
{
    if (!mark)
        return;
    avt_image_free(mark->picture);
    avt_free(mark);
}
