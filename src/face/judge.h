/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Measures on a face that was found; the verdict itself is declared in face/face.h. */
#include "face/detect.h"
#include "face/mesh.h"

/** Whether detector and mesh speak of the same, face-like thing. */
bool avt_face_plausible(const struct avt_detection *detection, const struct avt_mesh_fit *fit);

/** Fine detail inside the face against its contrast, 0..1; see struct avt_face. */
float avt_face_sharpness(const struct avt_image *image,
                         const struct avt_point3 mesh[AVT_MESH_POINTS]);

/** How much a face stands out as the one to animate: large and central. */
float avt_face_weight(const struct avt_face *face, int width, int height);
