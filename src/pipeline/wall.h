/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The wall behind a head that moves. A photo is one surface: what is near the head is dragged along by it, which
 * nobody sees on a plain wall, but lines and leaves swim. There the person is cut out, as for --background, and the
 * photo's own background, completed where the person stood, is laid behind and stands still.
 */
#include "base/cleanup.h"
#include "dsp/landmarks.h"
#include "pipeline/plan.h"

/**
 * Part person and wall if that is to be seen and can be done unseen: something is drawn on the wall beside the
 * person, and person over wall is the picture that it was. Otherwise nothing changes.
 *
 * @param picture     With the face, as it was read.
 * @param shown_face  The same face, in the pixels of `shown`.
 * @param shown     What `layout` shows of it, at its size in the film; gets the person's part of each pixel in its
 *                  alpha.
 * @param ret_wall  As large as `shown`; owned by the caller. NULL: left as it was.
 * @return AVT_OK, AVT_ENOMEM.
 */
AVT_CHECKED enum avt_code avt_wall_part(const struct avt_plan *plan, const struct avt_image *picture,
                                        const struct avt_face *face, const struct avt_frame_layout *layout,
                                        const struct avt_face *shown_face, struct avt_image *shown,
                                        struct avt_image **ret_wall, struct avt_error *reterr);

/* What decides, for tests. */
struct avt_wall_figures {
    float drawn;  /* mean difference of neighbouring pixels of the wall beside the person, levels of green */
    float unlike; /* mean difference of person over wall from the picture, where the edge is, levels of green */
};
/** @param cut  The picture cut out. @param wall  Of the same size. @param reach  how far beside the person, pixels. */
void avt_wall_measure(const struct avt_image *picture, const struct avt_image *cut, const struct avt_image *wall,
                      int reach, struct avt_wall_figures *ret_figures);
