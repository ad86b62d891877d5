/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/similarity.h"

#include <math.h>
#include <string.h>

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

void avt_similarity_apply(const struct avt_similarity *similarity, const double at[3],
                          double ret_at[3])
{
    double out[3];
    for (int i = 0; i < 3; i++) {
        double turned = 0;
        for (int k = 0; k < 3; k++)
            turned += similarity->rotation[i][k] * (at[k] - similarity->from[k]);
        out[i] = similarity->to[i] + similarity->scale * turned;
    }
    memcpy(ret_at, out, sizeof out);
}

void avt_similarity_undo(const struct avt_similarity *similarity, const double at[3],
                         double ret_at[3])
{
    double out[3];
    for (int i = 0; i < 3; i++) {
        double turned = 0;
        for (int k = 0; k < 3; k++)
            turned += similarity->rotation[k][i] * (at[k] - similarity->to[k]);
        out[i] = similarity->from[i] + turned / similarity->scale;
    }
    memcpy(ret_at, out, sizeof out);
}

static void mean(const double (*points)[3], const double *weights, size_t count, double ret_mean[3])
{
    double total = 0;
    for (int k = 0; k < 3; k++)
        ret_mean[k] = 0;
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < 3; k++)
            ret_mean[k] += weights[i] * points[i][k];
        total += weights[i];
    }
    for (int k = 0; k < 3; k++)
        ret_mean[k] /= total;
}

void avt_similarity_fit(const double (*model)[3], const double (*points)[3], const double *weights,
                        size_t count, struct avt_similarity *ret_similarity)
{
    struct avt_similarity fit = {.scale = 1};
    mean(model, weights, count, fit.from);
    mean(points, weights, count, fit.to);
    double cross[3][3] = {{0}};
    for (size_t i = 0; i < count; i++) {
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 3; b++)
                cross[a][b] +=
                    weights[i] * (model[i][a] - fit.from[a]) * (points[i][b] - fit.to[b]);
        }
    }
    rotation_of(cross, fit.rotation);
    double shared = 0;
    double own = 0;
    for (size_t i = 0; i < count; i++) {
        double there[3];
        avt_similarity_apply(&fit, model[i], there);
        for (int k = 0; k < 3; k++) {
            double turned = there[k] - fit.to[k];
            shared += weights[i] * turned * (points[i][k] - fit.to[k]);
            own += weights[i] * turned * turned;
        }
    }
    fit.scale = shared / own;
    *ret_similarity = fit;
}

struct avt_head_pose avt_similarity_pose(const struct avt_similarity *similarity)
{
    /* rotation = Rz(tilt) Ry(turn) Rx(nod): the tilt is taken off first, so turn and nod are those
     * of the head however the picture was held. */
    const double(*r)[3] = (const double(*)[3])similarity->rotation;
    double sine = fmax(-1, fmin(1, -r[2][0]));
    return (struct avt_head_pose){.yaw = (float)(asin(sine) * DEGREES),
                                  .pitch = (float)(-atan2(r[2][1], r[2][2]) * DEGREES),
                                  .roll = (float)(-atan2(r[1][0], r[0][0]) * DEGREES)};
}
