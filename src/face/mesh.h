/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The attention mesh: a turned square around a face to 478 points in the picture. */
#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "dsp/sample.h"
#include "face/detect.h"
#include "nn/session.h"

/* From MediaPipe's face_detection_front_detection_to_roi and face_landmark_landmarks_to_roi. */
#define AVT_ROI_SCALE 1.5f
/** The square to look at, from a detection or from points found before: 1.5 times the longer side,
 *  turned so that the eyes lie level. */
struct avt_square avt_roi_of_detection(const struct avt_detection *detection);
struct avt_square avt_roi_of_points(const struct avt_point3 points[AVT_MESH_POINTS]);

/** The smallest upright rectangle around all points. */
struct avt_rect avt_mesh_bounds(const struct avt_point3 points[AVT_MESH_POINTS]);
/** Centre of an eye's corners: 0 the subject's right eye, 1 the left. */
struct avt_point avt_mesh_eye(const struct avt_point3 points[AVT_MESH_POINTS], int eye);
/** Between the eye centres, in three dimensions: a turned head keeps its size. */
float avt_mesh_eye_distance(const struct avt_point3 points[AVT_MESH_POINTS]);

struct avt_mesh_fit {
    struct avt_point3 points[AVT_MESH_POINTS];
    float presence;
    float unrest; /* mean scatter of the points between slightly different squares, eye distances */
};
/** Find the mesh near a detection: `presence` is small when no face is there. */
AVT_CHECKED enum avt_code avt_mesh_fit(struct avt_session *session, const struct avt_image *image,
                                       const struct avt_square *start, struct avt_mesh_fit *ret_fit,
                                       struct avt_error *reterr);
/** One look, for a face that is followed from picture to picture: `square` of the points in the one before.
 *  A tenth of the work of avt_mesh_fit(), and less exact; `unrest` is 0. */
AVT_CHECKED enum avt_code avt_mesh_look(struct avt_session *session, const struct avt_image *image,
                                        const struct avt_square *square, struct avt_mesh_fit *ret_fit,
                                        struct avt_error *reterr);
