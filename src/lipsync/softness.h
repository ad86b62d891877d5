/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* How soft the edges of a picture are around the features of a face, so that what is drawn into it
 * is as soft, and what is moved stays as grainy. Threads: pure. */
#include "dsp/image.h"
#include "lipsync/rig.h"

/** Standard deviation of the blur of the sharpest edges, pixels, .4 to 2.5. */
float avt_edge_softness(const struct avt_image *image, const struct avt_rig *rig);

/** The mildest filter of the warp that keeps the grain of the skin: a face that moves must not
 * stand out as smoother than the still picture around it. */
int avt_filter_for_grain(const struct avt_image *image, const struct avt_rig *rig);
