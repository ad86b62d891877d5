/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which part of a picture an enhancer sees: a square that is turned and sized with the face, so that what does not move
 * in the face does not move in the square either.
 *
 * Squares are parts of the template that face restorers were trained in (FFHQ at 512 x 512): eyes, nose and corners of
 * the mouth lie at fixed places of it. The five places are those of facexlib, which GFPGAN, CodeFormer and
 * RestoreFormer are run with. facexlib takes the points of a detector (RetinaFace) and, with LMedS, may leave some of
 * them out; here they are those of the mesh, all of them count, and the places of five pictures are averaged: squares
 * that tremble make textures that shimmer.
 *
 * Threads: pure functions but for avt_enhance_places_add().
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "dsp/landmarks.h"

enum {
    AVT_ENHANCE_TEMPLATE = 512, /* pixels of its side */
    AVT_ENHANCE_POINTS = 5,
    AVT_ENHANCE_PLACES = 5, /* that are averaged */
};
/** Pixels of the template, the centre of the first at 0, 0: the eye at the picture's left, the other, the tip of the
 *  nose, the corner of the mouth at the left, the other. */
extern const struct avt_point avt_enhance_template[AVT_ENHANCE_POINTS];

/** A part of the template, from edge to edge of its pixels. */
struct avt_enhance_window {
    double left, top, side;
};

/** Where the template lies in a picture: (u, v) of it at x + a u - b v, y + b u + a v; both from the edges of their
 *  first pixels. */
struct avt_enhance_place {
    double a, b, x, y;
};
/** Pixels of the picture in one of the template. */
double avt_enhance_place_scale(const struct avt_enhance_place *place);
/** Of a face: the least squares in the template, as facexlib. False where its points give none. */
bool avt_enhance_place_of(const struct avt_face *face, struct avt_enhance_place *ret_place);

/** Places in the last pictures; zero it. */
struct avt_enhance_places {
    struct avt_enhance_place last[AVT_ENHANCE_PLACES];
    int count;
    long long frame; /* of last[count - 1] */
};
/** The mean of it and those of the AVT_ENHANCE_PLACES - 1 pictures before, of which none may be missing. All are
 *  forgotten where the face is elsewhere all of a sudden. */
struct avt_enhance_place avt_enhance_places_add(struct avt_enhance_places *places, long long frame,
                                                const struct avt_enhance_place *place);

/** A square of pixels out of a picture: `side` of them across the window, as they lie in the place. */
struct avt_enhance_square {
    struct avt_enhance_place place;
    struct avt_enhance_window window;
    int side;
};
/** Pixels of the picture along the window. */
double avt_enhance_square_length(const struct avt_enhance_square *square);

/** What is seen in it, cubic between pixels, which makes it for squares that do not shrink: side >= its length. Beyond
 *  the picture's borders its last pixels repeat.
 *  @param ret_planes  [3, side, side] R G B, 0..1
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_enhance_crop(const struct avt_image *image, const struct avt_enhance_square *square,
                                           float *ret_planes, struct avt_error *reterr);

/** How much of each pixel is worked on: that part of the face that Wav2Lip's mask has (lipsync/wav2lip_crop.h), nothing
 *  at the square's borders.
 *  @param ret_mask  [side, side] 0..1; all 0 for faces that are too small
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_enhance_mask(const struct avt_face *face, int width, int height,
                                           const struct avt_enhance_square *square, float *ret_mask,
                                           struct avt_error *reterr);

/** Add `change` [3, side, side] to the picture, times `strength`, averaged where it is finer than the picture. Where it
 *  is 0 not a byte changes. Alpha stays. */
void avt_enhance_add(const float *change, const struct avt_enhance_square *square, float strength,
                     struct avt_image *image);
