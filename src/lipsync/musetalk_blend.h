/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Laying a painted face back: MuseTalk 1.5's "jaw" mask. The classes of a face parser on the square around the box (or
 * the same made of the mesh, where there is no parser) give a mask at 512 x 512:
 *
 *   skin (1), grown once by a kernel of 33 x 33 whose rows 10..20 are a cone, 1 to 21 wide, and rows 21..32 21 wide;
 *   beside the middle (x <= 256 - 90, x >= 256 + 90) shrunk twice by an ellipse of 35 x 3;
 *   without the nose (10); with the mouth (11) and the lips (12, 13).
 *
 * It is resized to the square, kept inside the box and below the square's middle, blurred (Gauss, of 5 % of the
 * square's width, an odd number of pixels) and laid over with that.
 *
 * Departure: the painted face is resized as dsp/image.h does, cubic or by area, where upstream's is bilinear: softer.
 *
 * Threads: pure.
 */
#include "lipsync/musetalk_crop.h"

enum { AVT_MUSETALK_CHEEK = 90 };

/* Classes of CelebAMask-HQ that count here. */
enum {
    AVT_MUSETALK_SKIN = 1,
    AVT_MUSETALK_NOSE = 10,
    AVT_MUSETALK_MOUTH = 11,
    AVT_MUSETALK_LIP_UPPER = 12,
    AVT_MUSETALK_LIP_LOWER = 13,
};

/** The likeliest class of each place.  @param scores  [19, 512, 512].  @param ret_classes  [512, 512]. */
void avt_musetalk_classes_from_scores(const float *scores, uint8_t *ret_classes);
/** What a parser would see of a face like this mesh: the oval is skin, upon it nose and lips; the rest is 0. */
void avt_musetalk_classes_from_mesh(const struct avt_face *face, const struct avt_musetalk_square *square,
                                    uint8_t *ret_classes);
/** @param ret_mask  [512, 512], 0 or 255. */
void avt_musetalk_jaw(const uint8_t *classes, uint8_t *ret_mask);

/** Pixels of the blur of a square's mask: odd. */
int avt_musetalk_blur_size(int side);

/** Lay `face`, [3, 256, 256] of -1..1 (what is beyond is cut off), over the box of `image`; alpha stays.
 *  @param mask      [512, 512] of the square around the box.
 *  @param strength  0..1.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_musetalk_blend(struct avt_image *image, const struct avt_musetalk_box *box,
                                             const uint8_t *mask, const float *face, float strength,
                                             struct avt_error *reterr);
