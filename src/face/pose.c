/* SPDX-License-Identifier: Apache-2.0 */
#include "face/pose.h"

#include <math.h>
#include <string.h>

#include "face/canonical.h"

#define DEGREES (180.0 / 3.14159265358979323846)

/* Jacobi's method turns a symmetric 4 x 4 into a diagonal one in 3 to 5 sweeps. */
enum { SWEEPS_MAX = 12 };

static void rotate_rows(double a[4][4], int p, int q, double c, double s)
{
    for (int k = 0; k < 4; k++) {
        double x = a[p][k];
        double y = a[q][k];
        a[p][k] = c * x - s * y;
        a[q][k] = s * x + c * y;
    }
}

static void rotate_columns(double a[4][4], int p, int q, double c, double s)
{
    for (int k = 0; k < 4; k++) {
        double x = a[k][p];
        double y = a[k][q];
        a[k][p] = c * x - s * y;
        a[k][q] = s * x + c * y;
    }
}

/* Eigenvector of the largest eigenvalue; `a` is destroyed. */
static void largest_eigenvector(double a[4][4], double ret_vector[4])
{
    double v[4][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        for (int p = 0; p < 3; p++) {
            for (int q = p + 1; q < 4; q++) {
                if (fabs(a[p][q]) < 1e-300)
                    continue;
                double angle = 0.5 * atan2(2 * a[p][q], a[q][q] - a[p][p]);
                double c = cos(angle);
                double s = sin(angle);
                rotate_columns(a, p, q, c, s);
                rotate_rows(a, p, q, c, s);
                rotate_columns(v, p, q, c, s);
            }
        }
    }
    int best = 0;
    for (int k = 1; k < 4; k++) {
        if (a[k][k] > a[best][best])
            best = k;
    }
    for (int k = 0; k < 4; k++)
        ret_vector[k] = v[k][best];
}

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

struct fit {
    double model_mean[3], mesh_mean[3];
    double rotation[3][3];
    double scale;
};

static void means(const struct avt_point3 *mesh, struct fit *fit)
{
    double total = 0;
    memset(fit, 0, sizeof *fit);
    for (int i = 0; i < AVT_FACE_BASIS_POINTS; i++) {
        double weight = (double)avt_face_basis[i].weight;
        double model[3], point[3];
        canonical_at(avt_face_basis[i].point, model);
        upright(&mesh[avt_face_basis[i].point], point);
        for (int k = 0; k < 3; k++) {
            fit->model_mean[k] += weight * model[k];
            fit->mesh_mean[k] += weight * point[k];
        }
        total += weight;
    }
    for (int k = 0; k < 3; k++) {
        fit->model_mean[k] /= total;
        fit->mesh_mean[k] /= total;
    }
}

/* Horn 1987, "Closed-form solution of absolute orientation using unit quaternions", section 4. */
static void rotation_of(const double m[3][3], double r[3][3])
{
    double n[4][4] = {
        {m[0][0] + m[1][1] + m[2][2], m[1][2] - m[2][1], m[2][0] - m[0][2], m[0][1] - m[1][0]},
        {0, m[0][0] - m[1][1] - m[2][2], m[0][1] + m[1][0], m[2][0] + m[0][2]},
        {0, 0, m[1][1] - m[0][0] - m[2][2], m[1][2] + m[2][1]},
        {0, 0, 0, m[2][2] - m[0][0] - m[1][1]}};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < i; k++)
            n[i][k] = n[k][i];
    }
    double q[4];
    largest_eigenvector(n, q);
    double w = q[0], x = q[1], y = q[2], z = q[3];
    double result[3][3] = {
        {w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)},
        {2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)},
        {2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z}};
    memcpy(r, result, sizeof result);
}

static void turned(const struct fit *fit, const double model[3], double out[3])
{
    for (int i = 0; i < 3; i++) {
        out[i] = 0;
        for (int k = 0; k < 3; k++)
            out[i] += fit->rotation[i][k] * (model[k] - fit->model_mean[k]);
    }
}

static void fit_canonical(const struct avt_point3 *mesh, struct fit *fit)
{
    means(mesh, fit);
    double cross[3][3] = {{0}};
    for (int i = 0; i < AVT_FACE_BASIS_POINTS; i++) {
        double model[3], point[3];
        canonical_at(avt_face_basis[i].point, model);
        upright(&mesh[avt_face_basis[i].point], point);
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 3; b++)
                cross[a][b] += (double)avt_face_basis[i].weight * (model[a] - fit->model_mean[a]) *
                               (point[b] - fit->mesh_mean[b]);
        }
    }
    rotation_of(cross, fit->rotation);

    double shared = 0;
    double own = 0;
    for (int i = 0; i < AVT_FACE_BASIS_POINTS; i++) {
        double model[3], point[3], there[3];
        canonical_at(avt_face_basis[i].point, model);
        upright(&mesh[avt_face_basis[i].point], point);
        turned(fit, model, there);
        for (int k = 0; k < 3; k++) {
            shared += (double)avt_face_basis[i].weight * there[k] * (point[k] - fit->mesh_mean[k]);
            own += (double)avt_face_basis[i].weight * there[k] * there[k];
        }
    }
    fit->scale = shared / own;
}

static double misfit_of(const struct avt_point3 *mesh, const struct fit *fit)
{
    double sum = 0;
    for (int i = 0; i < AVT_FACE_CANONICAL_POINTS; i++) {
        double model[3], point[3], there[3];
        canonical_at(i, model);
        upright(&mesh[i], point);
        turned(fit, model, there);
        for (int k = 0; k < 3; k++) {
            double d = (point[k] - fit->mesh_mean[k]) / fit->scale - there[k];
            sum += d * d;
        }
    }
    return sqrt(sum / AVT_FACE_CANONICAL_POINTS);
}

struct avt_head_pose avt_face_pose(const struct avt_point3 mesh[AVT_MESH_POINTS], float *ret_misfit)
{
    struct fit fit;
    fit_canonical(mesh, &fit);
    if (ret_misfit)
        *ret_misfit = fit.scale > 1e-9 ? (float)misfit_of(mesh, &fit) : INFINITY;

    /* rotation = Rz(tilt) Ry(turn) Rx(nod): the tilt is taken off first, so turn and nod are those
     * of the head however the picture was held. */
    const double(*r)[3] = (const double(*)[3])fit.rotation;
    double sine = fmax(-1, fmin(1, -r[2][0]));
    return (struct avt_head_pose){.yaw = (float)(asin(sine) * DEGREES),
                                  .pitch = (float)(-atan2(r[2][1], r[2][2]) * DEGREES),
                                  .roll = (float)(-atan2(r[1][0], r[0][0]) * DEGREES)};
}
