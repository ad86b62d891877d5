/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A presenter that the program models itself: a bust with skin, eyes, mouth, hair and clothes, lit once, and drawn anew
 * for each frame from the same motion that moves a photo (dsp/motion.h). docs/portraits.md tells how it is made.
 *
 * Deterministic: attributes, look, size and motion give the same pixels on every machine.
 *
 * Threads: one portrait is used by one thread at a time; drawing uses a helper thread inside.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "dsp/motion.h"
#include "portrait/attributes.h"
#include "portrait/bust.h"

enum { AVT_PORTRAIT_SIDE_MAX = 4096 };

struct avt_portrait;
/** Model a presenter. @return AVT_OK, AVT_ENOMEM. Owned: avt_portrait_free(). */
AVT_CHECKED enum avt_code avt_portrait_new(const struct avt_head *head, const struct avt_attributes *attributes,
                                           enum avt_look look, struct avt_portrait **ret_portrait,
                                           struct avt_error *reterr);
void avt_portrait_free(struct avt_portrait *portrait);
AVT_DEFINE_FREEP(struct avt_portrait, avt_portrait_free)

/** From now on it is drawn before nothing: with its coverage as alpha. */
void avt_portrait_cut_out(struct avt_portrait *portrait);
/** What stands behind it, alone. @return AVT_OK, AVT_ENOMEM. Owned by the caller: avt_image_free(). */
AVT_CHECKED enum avt_code avt_portrait_scenery(const struct avt_portrait *portrait, int width, int height,
                                               struct avt_image **ret_image, struct avt_error *reterr);

/** Find out once what of hair, skin and clothes can be seen as a head turns, in pictures of this size: they then take
 *  much less time. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_portrait_look_around(struct avt_portrait *portrait, int width, int height,
                                                   struct avt_error *reterr);
/** Draw into `image`, whose sides are at most AVT_PORTRAIT_SIDE_MAX, in front of the presenter's own scenery.
 *  @param motion  NULL: at rest, in the attributes' mood.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_portrait_draw(struct avt_portrait *portrait, const struct avt_motion *motion,
                                            struct avt_image *image, struct avt_error *reterr);
/** The same at twice the size and averaged: sixteen samples a pixel, for a still. */
AVT_CHECKED enum avt_code avt_portrait_still(struct avt_portrait *portrait, const struct avt_motion *motion,
                                             struct avt_image *image, struct avt_error *reterr);
