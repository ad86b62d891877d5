/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is behind a presenter: a room or a view, drawn from a seed and then out of focus as behind a portrait lens,
 * in both looks. docs/scenery.md tells how it is drawn.
 *
 * Threads: no shared state.
 */
#include "dsp/image.h"
#include "portrait/attributes.h"

/** Draw `attributes->scenery` in the light of `attributes->light` into `image`, of any size and shape; the same
 *  attributes and size give the same pixels, whatever the machine. Takes .1 to .2 s at 1280 x 720.
 *  @param attributes  scenery, scenery_colour and light within their enumerations, which is asserted.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_scenery_draw(const struct avt_attributes *attributes, enum avt_look look,
                                           struct avt_image *image, struct avt_error *reterr);
