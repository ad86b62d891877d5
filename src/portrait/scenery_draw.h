/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* From a scene to linear light. Private to scenery.h. */
#include "portrait/scenery_parts.h"

/** Pixels that AVT_SCENE_FOCAL is a multiple of: the height, or somewhat more than the width of a tall picture, so that
 *  one shows more above and below and the other more at its sides. */
static inline float avt_scene_unit(int width, int height)
{
    float tall = 1.25f * (float)width;
    return (float)height < tall ? (float)height : tall;
}
/** Radius of the blur disc at a depth, in picture units. */
float avt_scene_coc(const struct avt_scene *scene, float depth);
/** Draw all of it into `sum`, which is empty.
 *  @param unit  Pixels of the layer that AVT_SCENE_FOCAL is a multiple of. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_scene_paint(const struct avt_scene *scene, float unit, float centre_x, float centre_y,
                                          struct avt_layer *sum, struct avt_error *reterr);
