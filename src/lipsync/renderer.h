/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Draws motion: face asset + motion -> frame. Renderers are const tables, one file each
 * (render_photo.c: backward warp of a still picture at its own resolution, with inner mouth, lids,
 * head, breath).
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
