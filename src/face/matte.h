/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which part of a picture is the person whose face was found: MediaPipe's selfie segmentation, Apache-2.0, converted by
 * tools/convert_matte_model.py. Rough, on a grid of 256 x 256; dsp/cutout.h finds the edges.
 *
 * Threads: pure functions. The model is loaded for the call, which takes a few milliseconds.
 */
#include "dsp/cutout.h"
#include "dsp/landmarks.h"

/** The part of a picture that is wanted, pixels; within the picture. */
struct avt_matte_view {
    double x, y, width, height;
};

/** Fill `share`, which is stretched over the view. Only what hangs together with the face counts, without the holes
 *  that the network is not sure of.
 *  @param name  Of the picture, in messages.
 *  @return AVT_OK, AVT_EFACE (no person is seen around the face), AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_matte_find(const struct avt_image *picture, const struct avt_face *face, const char *name,
                                         const struct avt_matte_view *view, struct avt_share *share,
                                         struct avt_error *reterr);
