/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * BlazeFace: a square picture to boxes with six key points. Anchors, decoding and the weighted
 * suppression follow MediaPipe (ssd_anchors_calculator, tensors_to_detections_calculator,
 * non_max_suppression_calculator). Pure maths but for what takes a session.
 */
#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "dsp/sample.h"
#include "nn/session.h"

enum { AVT_DETECTIONS_MAX = 32, AVT_ANCHORS_MAX = 2304, AVT_DETECTOR_SIDE_MAX = 192 };

struct avt_detection {
    float score;
    struct avt_rect box;
    struct avt_point keypoints[AVT_KEYPOINTS];
};

/** The two networks; what differs between them. */
enum avt_detector { AVT_DETECTOR_SHORT, AVT_DETECTOR_FULL };
enum { AVT_DETECTOR_COUNT = 2 };
struct avt_detector_spec {
    const char *asset; /* id in the manifest */
    int side;          /* pixels */
    int anchor_count;
    float score_min;
};
const struct avt_detector_spec *avt_detector_spec(enum avt_detector detector);

/** Centres in 0..1, as many as the detector has. */
void avt_detector_anchors(enum avt_detector detector, struct avt_point out[AVT_ANCHORS_MAX]);

/** Boxes of raw outputs in units of the square (0..1), unsuppressed, best score first.
 *  boxes [anchors, 16], scores [anchors]. Returns how many, at most AVT_DETECTIONS_MAX. */
size_t avt_detector_decode(enum avt_detector detector, const float *boxes, const float *scores,
                           struct avt_detection out[AVT_DETECTIONS_MAX]);

/** Merge what overlaps into score-weighted means. `detections` must be sorted, best first. Returns
 *  the new count. */
size_t avt_detections_merge(struct avt_detection *detections, size_t count);
float avt_rect_overlap(const struct avt_rect *a, const struct avt_rect *b);

/** How a rectangle of the picture was laid into the square that a detector sees. */
struct avt_letterbox {
    struct avt_rect source;   /* in the picture */
    float x, y, width, height; /* of it in the square, 0..1 */
    int quarter_turns;        /* clockwise turns of the square before detection: 0..3 */
};
/** From the (turned) square to the picture. */
void avt_letterbox_restore(const struct avt_letterbox *letterbox, struct avt_detection *detection);

/** Detect in planes [3, side, side], -1..1. Merged, best first, in 0..1 of the square. */
AVT_CHECKED enum avt_code avt_detector_infer(enum avt_detector detector,
                                             struct avt_session *session, float *planes,
                                             struct avt_detection out[AVT_DETECTIONS_MAX],
                                             size_t *ret_count, struct avt_error *reterr);

/** A second opinion of the short range detector, on the face that a mesh claims (`face` bounds it)
 *  set upright. What it sees there in the picture's coordinates; score 0 for nothing. */
AVT_CHECKED enum avt_code avt_detector_confirm(struct avt_session *session,
                                               const struct avt_image *image,
                                               const struct avt_square *face,
                                               struct avt_detection *ret_detection,
                                               struct avt_error *reterr);

/** Detect in the `source` rectangle. Returns picture coordinates, merged, best first. */
AVT_CHECKED enum avt_code avt_detector_run(enum avt_detector detector, struct avt_session *session,
                                           const struct avt_image *image,
                                           const struct avt_rect *source, int quarter_turns,
                                           struct avt_detection out[AVT_DETECTIONS_MAX],
                                           size_t *ret_count, struct avt_error *reterr);
