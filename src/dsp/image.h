/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* An RGBA picture, 8 bits a channel, sRGB transfer, straight alpha, top row first. */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/* A picture beyond these is refused, never cut short. */
enum { AVT_IMAGE_SIDE_MAX = 16384 };
#define AVT_IMAGE_PIXELS_MAX ((size_t)100 * 1000 * 1000)

struct avt_image {
    int width, height;
    size_t stride;   /* bytes per row, a multiple of 64 */
    uint8_t *pixels; /* [height, stride], 4 bytes a pixel: R G B A; 64-byte aligned */
};

/** Zeroed picture. @return AVT_OK, AVT_ELIMIT, AVT_ENOMEM. Owned by the caller: avt_image_free(). */
AVT_CHECKED enum avt_code avt_image_new(int width, int height, struct avt_image **ret_image,
                                        struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_image_copy(const struct avt_image *image,
                                         struct avt_image **ret_image, struct avt_error *reterr);
void avt_image_free(struct avt_image *image);
AVT_DEFINE_FREEP(struct avt_image, avt_image_free)

/** Copy `part` into `image`, its upper left corner to left, top; it fits. */
void avt_image_put(struct avt_image *image, const struct avt_image *part, int left, int top);

static inline uint8_t *avt_image_row(const struct avt_image *image, int y)
{
    return image->pixels + (size_t)y * image->stride;
}

/** Area-averaged (down) or bicubic (up) resampling of the source rectangle x,y,w,h (may be
 *  fractional; must lie inside) to the size of `out`. */
void avt_image_resize(const struct avt_image *image, double x, double y, double w, double h,
                      struct avt_image *out);

/** The means of four pixels each: `out` has half of both sides, rounded down. For pictures of at least 2 x 2. */
void avt_image_halve(const struct avt_image *image, struct avt_image *out);
