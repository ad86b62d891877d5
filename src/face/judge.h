/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Measures on a face that was found; the verdict itself is declared in face/face.h. */
#include "face/detect.h"
#include "face/mesh.h"

/** Whether the mesh sits on something like a face: presence, rest and shape. */
bool avt_mesh_face_like(const struct avt_mesh_fit *fit);

/** Whether the key points of the detector lie where the mesh has eyes and mouth. */
bool avt_face_plausible(const struct avt_detection *detection, const struct avt_mesh_fit *fit);

/** Whether a detection is surely a head, seen from the side. */
bool avt_detection_aside(const struct avt_detection *detection);

/** Fine detail inside the face against its contrast, 0..1; see struct avt_face. */
float avt_face_sharpness(const struct avt_image *image,
                         const struct avt_point3 mesh[AVT_MESH_POINTS]);

/** How much lips and the line between them stand out from the skin around and from lines that go on beside the mouth,
 *  see struct avt_face: .12 and more on people, paintings and cartoons, in grey too; .05 to .15 on statues; below .05
 *  under a mask or a hand.
 *  @param ret_middle  The same of the middle of the mouth, where the line between the lips counts more: .13 and more;
 *                     mostly below .12 behind a finger. */
float avt_face_mouth(const struct avt_image *image, const struct avt_point3 mesh[AVT_MESH_POINTS], float *ret_middle);

/** How much a face stands out as the one to animate: large and central. */
float avt_face_weight(const struct avt_face *face, int width, int height);
