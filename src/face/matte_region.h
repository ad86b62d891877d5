/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which of what a network takes for people is the one with the face. Private to face. */
#include "face/matte.h"

enum { AVT_FACE_OVAL = 36 };

/** The outline of the face in pixels of the share, drawn in around its middle to that part of its size. */
void avt_face_oval(const struct avt_face *face, const struct avt_matte_view *view, const struct avt_share *share,
                   float part, struct avt_point ret_oval[AVT_FACE_OVAL]);
/** Mean of the share within the outline; 1 if none of it is in view. */
float avt_region_mean(const struct avt_share *share, const struct avt_point oval[AVT_FACE_OVAL]);
/** Set the inside of the outline to 1, what does not hang together with it or only by a thread of doubt to 0, and to 1
 *  those holes that are small or not sure.
 *  @param unit  Height of the face, pixels of the share. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_region_keep(struct avt_share *share, const struct avt_point oval[AVT_FACE_OVAL],
                                          float unit, struct avt_error *reterr);
