/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What Wav2Lip sees of a picture, and how what it painted comes back into it.
 *
 * The published program finds faces by S3FD, whose boxes reach from the hairline to the chin and from cheek to cheek,
 * without the ears; the mesh does, too, so its box is taken. Half of it, where what the network does not see begins, is
 * then at the tip of the nose. Boxes are fractions of pixels: whole ones would jump.
 *
 * The published program lays the whole square over the picture, which shows. Here only the lower face is laid over, to
 * within the contour of the mesh, with soft edges.
 *
 * Threads: pure functions but for avt_wav2lip_boxes_add().
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "dsp/landmarks.h"

enum {
    /* Pixels added to the box, at any size of face. */
    AVT_WAV2LIP_PAD_TOP = 0,
    AVT_WAV2LIP_PAD_BOTTOM = 10,
    AVT_WAV2LIP_PAD_LEFT = 0,
    AVT_WAV2LIP_PAD_RIGHT = 0,
    AVT_WAV2LIP_BOXES = 5,      /* that are averaged */
    AVT_WAV2LIP_BOX_MIN = 16,   /* pixels; smaller faces are left as they are */
    AVT_WAV2LIP_MASK_SIDE = 96, /* at any size of network */
};

struct avt_wav2lip_box {
    double x0, y0, x1, y1; /* pixels, x1 and y1 beyond the last */
};
/** Of a face in a picture of that size, cut off at its borders. False where too little of it is there. */
bool avt_wav2lip_box_of(const struct avt_face *face, int width, int height, struct avt_wav2lip_box *ret_box);

/** Boxes of the last pictures; zero it. */
struct avt_wav2lip_boxes {
    struct avt_wav2lip_box last[AVT_WAV2LIP_BOXES];
    int count;
    long long frame; /* of last[count - 1] */
};
/** The mean of it and those of the AVT_WAV2LIP_BOXES - 1 pictures before. The published program averages over those to
 *  come; pictures come one by one here, and a box that lags is as far off as one that leads. All are forgotten where
 *  one is missing, or the face is elsewhere all of a sudden: in a clip that was cut. */
struct avt_wav2lip_box avt_wav2lip_boxes_add(struct avt_wav2lip_boxes *boxes, long long frame,
                                             const struct avt_wav2lip_box *box);

/** What the network sees: 6 planes of 0..1, B G R with the lower half black, B G R.
 *  @param ret_planes  [6, side, side] f32
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_wav2lip_crop(const struct avt_image *image, const struct avt_wav2lip_box *box, int side,
                                           float *ret_planes, struct avt_error *reterr);

/** How much of each place of the box is laid over: the lower half of it within the face's contour and a little below
 *  its chin, nothing at the borders, and soft between.
 *  @param ret_mask  [AVT_WAV2LIP_MASK_SIDE, AVT_WAV2LIP_MASK_SIDE] 0..1
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_wav2lip_mask(const struct avt_face *face, const struct avt_wav2lip_box *box,
                                           float *ret_mask, struct avt_error *reterr);

/** Lay it over the picture.
 *  @param planes    [3, side, side] B G R, 0..1
 *  @param strength  0..1
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_wav2lip_paste(const float *planes, int side, const float *mask, float strength,
                                            const struct avt_wav2lip_box *box, struct avt_image *image,
                                            struct avt_error *reterr);
