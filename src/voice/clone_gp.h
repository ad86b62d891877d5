/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Regression by a Gaussian process (Rasmussen & Williams 2006, algorithm 2.1): what a point of the
 * space of voices will sound like, and how sure that is, from all points heard so far. Several
 * quantities that were heard at the same points share one decomposition.
 *
 * Covariance of points x, y and the sentences s, t that they said, as parts of a quantity's
 * variance: rbf exp(-|x - y|^2 / (2 length^2)) + linear x.y / dims + sentence [s = t] + noise [same
 * point]
 *
 * Threads: one instance is used by one thread at a time.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "voice/clone_model.h"

enum { AVT_CLONE_GP_OUTPUTS = 2, AVT_CLONE_GP_POINTS_MAX = AVT_CLONE_SAMPLES_MAX + 4096 };

struct avt_clone_gp;
/** Owned by the caller: avt_clone_gp_free(). */
struct avt_clone_gp *avt_clone_gp_new(const struct avt_clone_kernel *kernel, size_t dims);
void avt_clone_gp_free(struct avt_clone_gp *gp);
AVT_DEFINE_FREEP(struct avt_clone_gp, avt_clone_gp_free)

/** Add what was heard at a point: work grows with the square of the points so far. At most
 *  AVT_CLONE_GP_POINTS_MAX; further ones are dropped. @param coords  [dims], copied */
void avt_clone_gp_add(struct avt_clone_gp *gp, const float *coords, int sentence,
                      const double values[AVT_CLONE_GP_OUTPUTS]);

/** Means of all outputs for no sentence in particular; the standard deviation of the first if
 * wanted (it costs as much as all else; NULL: not). With no points yet, zeros. */
void avt_clone_gp_predict(struct avt_clone_gp *gp, const float *coords,
                          double ret_means[AVT_CLONE_GP_OUTPUTS], double *ret_deviation);
