/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One face of one picture, fitted by the baked rig: where the head is and how it is turned, by how
 * much this face differs from the canonical one, and which shapes it wears in the picture. ARKit
 * weights then give displaced points, seen in perspective, so that a turned face opens its mouth
 * along its own axis.
 *
 * rig_face.c fits and moves; rig_neutral.c estimates what the picture's own mouth is doing.
 *
 * Threads: immutable once fitted.
 */
#include <stdbool.h>

#include "dsp/similarity.h"
#include "lipsync/rig_model.h"

/** The camera. A crop does not change where its axis went through the picture, but nobody knows;
 *  the middle of the picture, or of the face, is a good guess. */
struct avt_rig_view {
    float centre_x, centre_y; /* pixels */
    float distance_cm;        /* to the head; 0: AVT_RIG_DISTANCE_CM */
};
/* Portraits are taken from about a metre; nearer, noses grow. */
#define AVT_RIG_DISTANCE_CM 100.0f

struct avt_rig_face {
    const struct avt_rig_model *model; /* borrowed */
    struct avt_rig_view view;
    struct avt_similarity head; /* the rig's space -> camera: pixels at the depth of the face, x
                                   right, y up, z towards the viewer */
    double camera_px;           /* distance of the camera in the same unit */
    struct avt_head_pose pose;
    struct avt_point3 residual[AVT_MESH_POINTS]; /* cm: the points of the picture, laid back, minus
                                                    the canonical ones */
    float own[AVT_ARKIT_COUNT]; /* 0..1: the shapes of the mouth that the picture shows */
    struct avt_point3 seal[AVT_MESH_POINTS]; /* cm: what closes the lips once `own` is taken off */
    float gain[AVT_ARKIT_COUNT];             /* of this face; 1 but for its lids */
    float gap; /* widest between the lips in the picture, in distances of the outer eye corners */
};

/** Fit a face. False if its points are no face (folded, not finite, no size).
 *  @param model  Must outlive the fit. */
bool avt_rig_face_fit(const struct avt_rig_model *model, const struct avt_face *face,
                      const struct avt_rig_view *view, struct avt_rig_face *ret_fit);

/** Shapes of the mouth that explain the residual, and the seal; part of avt_rig_face_fit(). */
void avt_rig_face_neutral(struct avt_rig_face *fit);

/** The points of the face with the shapes `weights`.
 *  @param neutral  0: on top of what the picture shows; 1: instead of the picture's own mouth, from
 *                  lips that touch; speech moves between by how much it needs them to.
 *  @param ret_points  Pixels; z as MediaPipe's. */
void avt_rig_face_move(const struct avt_rig_face *fit, const float weights[AVT_ARKIT_COUNT],
                       float neutral, struct avt_point3 ret_points[AVT_MESH_POINTS]);
/** The vertices of a part behind this face: moved by the shapes, behind its own lips or lids.
 *  @param ret_vertices  [part->vertex_count], as above. */
void avt_rig_face_move_part(const struct avt_rig_face *fit, const struct avt_rig_part *part,
                            const float weights[AVT_ARKIT_COUNT], struct avt_point3 *ret_vertices);

/** A place of the rig's space -> pixels and MediaPipe's depth. */
struct avt_point3 avt_rig_face_project(const struct avt_rig_face *fit, struct avt_point3 at);

/** Lip points at nine places from the subject's right to the left, from the outer edge to the inner
 *  one: [upper, lower][ring][place]. */
enum { AVT_LIP_RINGS = 4, AVT_LIP_PLACES = 9 };
extern const short avt_lip_points[2][AVT_LIP_RINGS][AVT_LIP_PLACES];
