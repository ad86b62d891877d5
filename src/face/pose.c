/* SPDX-License-Identifier: Apache-2.0 */
#include "face/pose.h"

#include <math.h>

#include "dsp/similarity.h"
#include "face/canonical.h"

/* Picture coordinates with y up and z towards the viewer, as the canonical face has them. */
static void upright(const struct avt_point3 *point, double out[3])
{
    out[0] = (double)point->x;
    out[1] = -(double)point->y;
    out[2] = -(double)point->z;
}

static void canonical_at(int index, double out[3])
{
    out[0] = (double)avt_face_canonical[index].x;
    out[1] = (double)avt_face_canonical[index].y;
    out[2] = (double)avt_face_canonical[index].z;
}

static void fit_canonical(const struct avt_point3 *mesh, struct avt_similarity *fit)
{
    double model[AVT_FACE_BASIS_POINTS][3];
    double points[AVT_FACE_BASIS_POINTS][3];
    double weights[AVT_FACE_BASIS_POINTS];
    for (int i = 0; i < AVT_FACE_BASIS_POINTS; i++) {
        canonical_at(avt_face_basis[i].point, model[i]);
        upright(&mesh[avt_face_basis[i].point], points[i]);
        weights[i] = (double)avt_face_basis[i].weight;
    }
    avt_similarity_fit(model, points, weights, AVT_FACE_BASIS_POINTS, fit);
}

static double misfit_of(const struct avt_point3 *mesh, const struct avt_similarity *fit)
{
    double sum = 0;
    for (int i = 0; i < AVT_FACE_CANONICAL_POINTS; i++) {
        double model[3], point[3];
        canonical_at(i, model);
        upright(&mesh[i], point);
        avt_similarity_undo(fit, point, point);
        for (int k = 0; k < 3; k++)
            sum += (point[k] - model[k]) * (point[k] - model[k]);
    }
    return sqrt(sum / AVT_FACE_CANONICAL_POINTS);
}

struct avt_head_pose avt_face_pose(const struct avt_point3 mesh[AVT_MESH_POINTS], float *ret_misfit)
{
    struct avt_similarity fit;
    fit_canonical(mesh, &fit);
    if (ret_misfit)
        *ret_misfit = fit.scale > 1e-9 ? (float)misfit_of(mesh, &fit) : INFINITY;
    return avt_similarity_pose(&fit);
}
