/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Eyeballs: a sphere with a bulging cornea that turns to what is looked at. */
#include "portrait/pose.h"

/** A ball of radius 1 around the origin that looks along z; share of its back is left out.
 *  @return AVT_OK, AVT_ENOMEM. Owned: avt_mesh_done(). */
AVT_CHECKED enum avt_code avt_eyeball_mesh(struct avt_mesh *ret_mesh, struct avt_error *reterr);
/** Place `part`, made of that mesh, at `ball`, look where the motion looks, and shade it below the lid.
 *  @param left   The subject's left eye.
 *  @param lid    [lid_count] margin of the upper lid as shaped, any order along x. */
void avt_eyeball_shape(struct avt_part *part, const struct avt_ball *ball, const struct avt_motion *motion, bool left,
                       const struct avt_point3 *lid, size_t lid_count);
