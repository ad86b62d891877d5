/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Cutting a person out of a picture. A network says roughly, on a coarse grid, which part of each pixel is the
 * person; here the edges are found at the picture's own size, the colour of what is half covered is freed of the
 * old background, and that background is completed where the person stood.
 *
 * Threads: pure functions.
 */
#include "base/cleanup.h"
#include "dsp/image.h"

/* Edges are found on a copy of at most so many pixels; of larger pictures they are enlarged. */
enum { AVT_CUTOUT_PIXELS_MAX = 2 * 1000 * 1000 };
/* And of the pictures of a clip, where there is a new one every 30 ms, on a smaller one; the picture's own colours
 * bring back what that lacks. */
enum { AVT_CUTTER_PIXELS_MAX = 72 * 1000 };

/** Roughly how much of each pixel is the person. */
struct avt_share {
    int width, height;
    float *values; /* [height, width] 0..1; owned: avt_share_done() */
    float reach;   /* how far off its edges may be, pixels of its own */
};
/** At most as large as a picture of that size and as AVT_CUTOUT_PIXELS_MAX, zeroed.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_share_init(int width, int height, struct avt_share *ret_share,
                                         struct avt_error *reterr);
void avt_share_done(struct avt_share *share);

/**
 * Put the person's part of each pixel of `image` into its alpha, and the person's own colour into the pixels that
 * are not all person; beyond the edge that colour goes on, so that whatever shifts the edge meets nothing old.
 *
 * @param share      Of all of the picture; its values are used up.
 * @param ret_ground Without the person, where that stood filled in from around; of the share's size. Owned by the
 *                   caller. NULL if it is not wanted.
 * @return AVT_OK, AVT_ENOMEM.
 */
AVT_CHECKED enum avt_code avt_cutout(struct avt_image *image, struct avt_share *share,
                                     struct avt_image **ret_ground, struct avt_error *reterr);

/**
 * Cuts a person out of one picture after another. Edges hold still where the picture does, and follow it where it
 * moves.
 *
 * Threads: one cutter is used by one thread at a time. Its memory does not grow.
 */
struct avt_cutter;
/** For pictures of that size. @return AVT_OK, AVT_ENOMEM, AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_cutter_new(int width, int height, struct avt_cutter **ret_cutter,
                                         struct avt_error *reterr);
void avt_cutter_free(struct avt_cutter *cutter);
AVT_DEFINE_FREEP(struct avt_cutter, avt_cutter_free)
/** To be filled anew before each picture. Borrowed. */
struct avt_share *avt_cutter_share(struct avt_cutter *cutter);
/** As avt_cutout(), with avt_cutter_share(), of the next picture in the order in which they are shown.
 *  @param reduced  The same in a smaller size, at least the share's; or `image`. */
AVT_CHECKED enum avt_code avt_cutter_run(struct avt_cutter *cutter, const struct avt_image *reduced,
                                         struct avt_image *image, struct avt_image **ret_ground,
                                         struct avt_error *reterr);

/** `top` over the part of `ground` that begins at x, y, by its alpha, into that part of `out`, which is as large as
 *  `ground`. `top` may be `out` itself. The result is as opaque as `ground`, which is opaque. */
void avt_lay_over(const struct avt_image *top, const struct avt_image *ground, int x, int y,
                  struct avt_image *out);

/** One colour over one pixel of a picture that may be transparent itself. @param alpha  0..255. */
void avt_lay_pixel(uint8_t *pixel, const uint8_t colour[3], unsigned alpha);
