/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The part of a picture that MuseTalk 1.5 sees and paints, found by its rules for the 68 points of iBUG, on the mesh.
 *
 * Its rules: y of lm29, the third of the four points down the bridge of the nose (lm27 between the eyes, lm30 the tip),
 * is the middle; the lowest point, of the chin, is as far below it as the upper edge is above it; the sides are the
 * leftmost and rightmost points, of the jaw line lm0..lm16; then 10 pixels of the picture are added below. Points are
 * cut to whole pixels first.
 *
 * On the mesh: 168 lies between the eyes and 1 is the tip; points 197 and 5 divide the line between them in thirds, so
 * that lm27..lm30 are 168, 197, 5 and 1. The jaw line is the lower part of the face's oval, from 127 before the one ear
 * round the chin, 152, to 356 before the other. On a turned head the nose may be further out than the jaw: it counts.
 *
 * Threads: pure.
 */
#include <stdbool.h>
#include <stdint.h>

#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "lipsync/musetalk_model.h"

enum {
    AVT_MUSETALK_MARGIN = 10,  /* pixels of the picture, below the chin */
    AVT_MUSETALK_BOX_MIN = 16, /* pixels of a side: smaller faces are left alone */
};

/** Pixels [x1, x2) x [y1, y2), inside the picture. */
struct avt_musetalk_box {
    int x1, y1, x2, y2;
};

/** Where the landmarks give no box, or one that begins left of the picture, the detector's is taken, as upstream does.
 *  @return  False: neither gives one. */
bool avt_musetalk_box_find(const struct avt_face *face, int width, int height, struct avt_musetalk_box *ret_box);

/** The square around a box in which faces are parsed and laid back: its middle, and one and a half times as large. May
 *  reach beyond the picture. */
struct avt_musetalk_square {
    int x, y, side;
};
struct avt_musetalk_square avt_musetalk_square_of(const struct avt_musetalk_box *box);

/** What the VAE sees: the box at 256 x 256 (Lanczos, as OpenCV), [3, 256, 256] of -1..1; in `ret_masked` rows 128 and
 *  below are -1, black. */
void avt_musetalk_crop(const struct avt_image *image, const struct avt_musetalk_box *box, float *ret_masked,
                       float *ret_reference);

/** What the face parser sees: the square at 512 x 512 (bilinear, as Pillow), black outside the picture, [3, 512, 512],
 *  by the mean and deviation of ImageNet.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_musetalk_parse_input(const struct avt_image *image,
                                                   const struct avt_musetalk_square *square, float *ret_planes,
                                                   struct avt_error *reterr);
