/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which part of a picture is the person whose face was found: MediaPipe's selfie segmentation, Apache-2.0, converted by
 * tools/convert_matte_model.py. Rough, on a grid of 256 x 256; dsp/cutout.h finds the edges.
 *
 * Threads: one avt_matte is used by one thread at a time.
 */
#include "base/cleanup.h"
#include "dsp/cutout.h"
#include "dsp/landmarks.h"

/** The part of a picture that is wanted, pixels; within the picture. */
struct avt_matte_view {
    double x, y, width, height;
};

struct avt_matte;
/** Loads the network, which takes a few milliseconds. @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_matte_open(struct avt_matte **ret_matte, struct avt_error *reterr);
void avt_matte_free(struct avt_matte *matte);
AVT_DEFINE_FREEP(struct avt_matte, avt_matte_free)

/** Fill `share`, which is stretched over the view. Only what hangs together with the face counts, without the holes
 *  that the network is not sure of.
 *  @param name  Of the picture, in messages.
 *  @return AVT_OK, AVT_EFACE (no person is seen around the face), AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_matte_find(struct avt_matte *matte, const struct avt_image *picture,
                                         const struct avt_face *face, const char *name,
                                         const struct avt_matte_view *view, struct avt_share *share,
                                         struct avt_error *reterr);

/** The same of a picture of a clip, all of which is wanted, in half the time: half of what the network sees
 *  is the picture's before. Nobody is refused. Pictures come in the order in which they are shown.
 *  @param reduced  The picture in a smaller size, which is what the network is shown; or `picture`.
 *  @param face     NULL: none was found; then all people count whom the network sees. */
AVT_CHECKED enum avt_code avt_matte_follow(struct avt_matte *matte, const struct avt_image *picture,
                                           const struct avt_image *reduced, const struct avt_face *face,
                                           struct avt_share *share, struct avt_error *reterr);
