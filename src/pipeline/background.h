/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What stands behind the person of a picture: the picture's own background, or something else that the person is cut
 * out for (face/matte.h, dsp/cutout.h). */
#include "base/cleanup.h"
#include "dsp/landmarks.h"
#include "pipeline/plan.h"

/** A picture that stands behind, checked and read, at most as large as a film may be; NULL where none was named.
 *  @return as avt_still_load(). Owned by the caller. */
AVT_CHECKED enum avt_code avt_background_load(const struct avt_background *background, struct avt_image **ret_picture,
                                              struct avt_error *reterr);

/** Any picture that fills a film: read as avt_still_load() does, and scaled down to as large as a film may be. */
AVT_CHECKED enum avt_code avt_picture_load(const char *path, struct avt_image **ret_picture, struct avt_error *reterr);
/** Fill all of a film's frame with the largest part of a picture, from its middle. */
void avt_picture_cover(const struct avt_image *picture, struct avt_image *frame);

/** Cut the person with that face out of what `layout` shows of the picture.
 *  @param shown      That part, at its size in the film; gets its alpha.
 *  @param ret_ground What stood behind; of that shape. Only for AVT_BACKGROUND_BLUR and
 *                   AVT_BACKGROUND_KEEP, else NULL. Owned by the caller.
 *  @return AVT_OK, AVT_EFACE (no person is seen around the face), AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_background_cut(const struct avt_plan *plan, const struct avt_image *picture,
                                             const struct avt_face *face, const struct avt_frame_layout *layout,
                                             struct avt_image *shown, struct avt_image **ret_ground,
                                             struct avt_error *reterr);

/** Fill all of a film's frame with what stands behind, blurred or fitted to it; of AVT_BACKGROUND_TRANSPARENT with
 *  nothing: the frame is zero and stays it.
 *  @param picture  What was loaded or stood behind; NULL for a colour and for nothing. */
AVT_CHECKED enum avt_code avt_background_fill(const struct avt_background *background, const struct avt_image *picture,
                                              struct avt_image *frame, struct avt_error *reterr);

/** A video that stands behind: played in the film's rate, without its sound, there and back again if it is too short.
 *  Its memory does not grow with its length. Used by one thread at a time. */
struct avt_background_video;
/** @return as avt_clip_open(). */
AVT_CHECKED enum avt_code avt_background_video_open(const char *path, struct avt_background_video **ret_video,
                                                    struct avt_error *reterr);
void avt_background_video_free(struct avt_background_video *video);
AVT_DEFINE_FREEP(struct avt_background_video, avt_background_video_free)
/** Size and rate of the film from now on. @return AVT_OK, AVT_ENOMEM, AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_background_video_place(struct avt_background_video *video, int width, int height,
                                                     int fps_num, int fps_den, struct avt_error *reterr);
/** Fill all of the film's frame `number` with its picture, cut to the frame's shape around the middle. Frames in order.
 *  @return as avt_clip_read(). */
AVT_CHECKED enum avt_code avt_background_video_fill(struct avt_background_video *video, long long number,
                                                    struct avt_image *frame, struct avt_error *reterr);
