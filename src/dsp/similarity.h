/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Laying one set of points onto another by turning, scaling and shifting it: weighted Procrustes
 * analysis. Coordinates are right-handed: x right, y up, z towards the viewer.
 *
 * Threads: pure.
 */
#include <stddef.h>

#include "dsp/landmarks.h"

/** p -> to + scale * rotation (p - from). */
struct avt_similarity {
    double scale;
    double rotation[3][3];
    double from[3], to[3]; /* the weighted means */
};

/** The one that brings `model` nearest to `points`, weights being those of the squared distances.
 *  `scale` is not positive, or not a number, if the points give none.
 *  @param count  At least 3 that do not lie on one line. */
void avt_similarity_fit(const double (*model)[3], const double (*points)[3], const double *weights,
                        size_t count, struct avt_similarity *ret_similarity);
void avt_similarity_apply(const struct avt_similarity *similarity, const double at[3],
                          double ret_at[3]);
/** The other way round; scale must not be 0. */
void avt_similarity_undo(const struct avt_similarity *similarity, const double at[3],
                         double ret_at[3]);
/** How a head that looks straight into the camera has been turned. */
struct avt_head_pose avt_similarity_pose(const struct avt_similarity *similarity);
