/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clone_gp.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

struct point {
    float coords[AVT_CLONE_DIMS_MAX];
    int sentence;
    double values[AVT_CLONE_GP_OUTPUTS];
};

struct avt_clone_gp {
    struct avt_clone_kernel kernel;
    size_t dims, count, capacity;
    struct point *points;
    float *lower;   /* rows of the Cholesky factor, packed: row i at i (i + 1) / 2 */
    double *solved; /* [outputs, capacity]: covariance^-1 (values - mean) */
    double *work;   /* [2, capacity] */
    double means[AVT_CLONE_GP_OUTPUTS], variances[AVT_CLONE_GP_OUTPUTS];
    bool is_solved; /* false after a point was added */
};

struct avt_clone_gp *avt_clone_gp_new(const struct avt_clone_kernel *kernel, size_t dims)
{
    avt_assert(dims > 0 && dims <= AVT_CLONE_DIMS_MAX);
    struct avt_clone_gp *gp = avt_new0(struct avt_clone_gp, 1);
    gp->kernel = *kernel;
    gp->dims = dims;
    return gp;
}

void avt_clone_gp_free(struct avt_clone_gp *gp)
{
    if (!gp)
        return;
    avt_free(gp->points);
    avt_free(gp->lower);
    avt_free(gp->solved);
    avt_free(gp->work);
    avt_free(gp);
}

/* Without noise. Sentence -1 is like no other. */
static double covariance(const struct avt_clone_gp *gp, const float *a, int sentence_a,
                         const float *b, int sentence_b)
{
    float apart = 0.0f, product = 0.0f;
    for (size_t i = 0; i < gp->dims; i++) {
        float difference = a[i] - b[i];
        apart += difference * difference;
        product += a[i] * b[i];
    }
    const struct avt_clone_kernel *kernel = &gp->kernel;
    double value = kernel->rbf * exp(-(double)apart / (2.0 * kernel->length * kernel->length)) +
                   kernel->linear * (double)product / (double)gp->dims;
    return sentence_a == sentence_b && sentence_a >= 0 ? value + kernel->sentence : value;
}

static float *row_of(const struct avt_clone_gp *gp, size_t row)
{
    return gp->lower + row * (row + 1) / 2;
}

/* Solve L x = b for the first `count` rows; b is written over. */
static void forward(const struct avt_clone_gp *gp, size_t count, double *b)
{
    for (size_t i = 0; i < count; i++) {
        const float *row = row_of(gp, i);
        double sum = b[i];
        for (size_t k = 0; k < i; k++)
            sum -= (double)row[k] * b[k];
        b[i] = sum / (double)row[i];
    }
}

static void grow(struct avt_clone_gp *gp)
{
    size_t capacity = gp->capacity ? gp->capacity * 2 : 256;
    gp->points = avt_realloc(gp->points, capacity, sizeof(*gp->points));
    gp->lower = avt_realloc(gp->lower, capacity * (capacity + 1) / 2, sizeof(*gp->lower));
    gp->solved = avt_realloc(gp->solved, capacity * AVT_CLONE_GP_OUTPUTS, sizeof(*gp->solved));
    gp->work = avt_realloc(gp->work, capacity, sizeof(*gp->work));
    gp->capacity = capacity;
}

void avt_clone_gp_add(struct avt_clone_gp *gp, const float *coords, int sentence,
                      const double values[AVT_CLONE_GP_OUTPUTS])
{
    if (gp->count == AVT_CLONE_GP_POINTS_MAX)
        return;
    if (gp->count == gp->capacity)
        grow(gp);
    size_t at = gp->count;
    struct point *point = &gp->points[at];
    *point = (struct point){.sentence = sentence};
    memcpy(point->coords, coords, gp->dims * sizeof(*coords));
    memcpy(point->values, values, sizeof(point->values));
    for (size_t i = 0; i < at; i++)
        gp->work[i] =
            covariance(gp, coords, sentence, gp->points[i].coords, gp->points[i].sentence);
    forward(gp, at, gp->work);
    double own = covariance(gp, coords, sentence, coords, sentence) + gp->kernel.noise;
    float *row = row_of(gp, at);
    for (size_t i = 0; i < at; i++) {
        row[i] = (float)gp->work[i];
        own -= gp->work[i] * gp->work[i];
    }
    row[at] = (float)sqrt(fmax(own, 0.25 * gp->kernel.noise));
    gp->count++;
    gp->is_solved = false;
}

static void solve(struct avt_clone_gp *gp)
{
    for (int output = 0; output < AVT_CLONE_GP_OUTPUTS; output++) {
        double sum = 0.0, squares = 0.0, *solved = gp->solved + (size_t)output * gp->capacity;
        for (size_t i = 0; i < gp->count; i++)
            sum += gp->points[i].values[output];
        double mean = sum / (double)gp->count;
        for (size_t i = 0; i < gp->count; i++) {
            solved[i] = gp->points[i].values[output] - mean;
            squares += solved[i] * solved[i];
        }
        gp->means[output] = mean;
        gp->variances[output] = squares / (double)gp->count;
        forward(gp, gp->count, solved);
        for (size_t i = gp->count; i-- > 0;) {
            const float *row = row_of(gp, i);
            solved[i] /= (double)row[i];
            for (size_t k = 0; k < i; k++)
                solved[k] -= (double)row[k] * solved[i];
        }
    }
    gp->is_solved = true;
}

void avt_clone_gp_predict(struct avt_clone_gp *gp, const float *coords,
                          double ret_means[AVT_CLONE_GP_OUTPUTS], double *ret_deviation)
{
    for (int output = 0; output < AVT_CLONE_GP_OUTPUTS; output++)
        ret_means[output] = 0.0;
    if (ret_deviation)
        *ret_deviation = 0.0;
    if (gp->count == 0)
        return;
    if (!gp->is_solved)
        solve(gp);
    for (size_t i = 0; i < gp->count; i++) {
        double value = covariance(gp, coords, -1, gp->points[i].coords, gp->points[i].sentence);
        gp->work[i] = value;
        for (int output = 0; output < AVT_CLONE_GP_OUTPUTS; output++)
            ret_means[output] += value * gp->solved[(size_t)output * gp->capacity + i];
    }
    for (int output = 0; output < AVT_CLONE_GP_OUTPUTS; output++)
        ret_means[output] += gp->means[output];
    if (!ret_deviation)
        return;
    forward(gp, gp->count, gp->work);
    double left = covariance(gp, coords, -1, coords, -1);
    for (size_t i = 0; i < gp->count; i++)
        left -= gp->work[i] * gp->work[i];
    *ret_deviation = sqrt(fmax(left, 0.0) * gp->variances[0]);
}
