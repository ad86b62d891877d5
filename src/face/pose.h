/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* How a head is turned: the canonical face laid onto the mesh. */
#include "dsp/landmarks.h"

/** @param ret_misfit  Root mean square distance between mesh and canonical face after the fit, in
 *                     canonical cm; may be NULL. A real face has below 1.5. */
struct avt_head_pose avt_face_pose(const struct avt_point3 mesh[AVT_MESH_POINTS],
                                   float *ret_misfit);
