/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Draws motion: face asset + motion -> frame. One file each: render_photo.c, backward warp of a still picture
 * at its own resolution, with inner mouth, lids, head, breath; render_clip.c, the same for the mouth alone in
 * each picture of a clip, which brings its own eyes, head and light.
 *
 * Threads: one renderer is used by one thread at a time; rendering may use helper threads inside.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "dsp/motion.h"

struct avt_renderer;

/** Prepare a picture for animation: neutral face, matting, inner mouth, warp grid.
 *  @param image  The picture at output size (already cropped and scaled); copied.
 *  @param face   Its face, in pixels of `image`; copied.
 *  @return AVT_OK, AVT_ENOMEM, AVT_EFACE; AVT_EMODEL, AVT_EMODELBAD (the rig). */
AVT_CHECKED enum avt_code avt_render_photo_new(const struct avt_image *image,
                                               const struct avt_face *face,
                                               struct avt_renderer **ret_renderer,
                                               struct avt_error *reterr);
/** Draw one frame into `frame`, of the picture's size. Bit-identical on every CPU path. */
void avt_render(struct avt_renderer *renderer, const struct avt_motion *motion,
                struct avt_image *frame);
void avt_renderer_free(struct avt_renderer *renderer);
AVT_DEFINE_FREEP(struct avt_renderer, avt_renderer_free)

struct avt_clip_renderer;
/** @param image  The picture of the clip whose mouth is the best to learn teeth and colours from, shut if
 *                possible; of the size of all others. Not kept.
 *  @param face   Its face.
 *  @return AVT_OK, AVT_ENOMEM, AVT_EFACE; AVT_EMODEL, AVT_EMODELBAD (the rig). */
AVT_CHECKED enum avt_code avt_render_clip_new(const struct avt_image *image, const struct avt_face *face,
                                              struct avt_clip_renderer **ret_renderer,
                                              struct avt_error *reterr);
/** Draw a picture of the clip with the mouth of `motion` into `frame`, of the same size. What the clip's own
 *  mouth does is taken off first; eyes, head and all that is no part of the lower face stay as they are.
 *  @param face      Of this picture; NULL: it has none, and is copied.
 *  @param strength  0..1: how much of this; 0 copies the picture. */
void avt_render_clip(struct avt_clip_renderer *renderer, const struct avt_image *picture,
                     const struct avt_face *face, float strength, const struct avt_motion *motion,
                     struct avt_image *frame);
void avt_clip_renderer_free(struct avt_clip_renderer *renderer);
AVT_DEFINE_FREEP(struct avt_clip_renderer, avt_clip_renderer_free)
