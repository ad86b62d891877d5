/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The average face that the mesh was trained around: cm, x to the subject's left, y up, z towards
 * the viewer. canonical.c is made by tools/make_face_canonical.py. */
#include "dsp/landmarks.h"

enum { AVT_FACE_CANONICAL_POINTS = 468, AVT_FACE_BASIS_POINTS = 33 };
extern const struct avt_point3 avt_face_canonical[AVT_FACE_CANONICAL_POINTS];

/** Points that hardly move with expression, and how much each counts for the pose of the head. */
struct avt_face_basis {
    int point;
    float weight;
};
extern const struct avt_face_basis avt_face_basis[AVT_FACE_BASIS_POINTS];
