/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/cutout_parts.h"

/* Colours are of 0..1 here. What varies less than this (its square is a variance) is no edge. */
#define SMOOTHNESS 1e-4

/* Sums over a square: R, G, B, their products RR RG RB GG GB BB, the value, its products with R, G, B. */
enum { SUMS = 13, V = 9 };
/* Of a square: value = a . colour + b. */
enum { FIT = 4 };

struct filter {
    const struct avt_image *image;
    const float *values;
    int width, height, radius;
    double *columns; /* [width, SUMS] sums over the rows of the square */
    float *fit;      /* [height, width, FIT] */
};

static void add_row(struct filter *filter, int y, double sign)
{
    if (y < 0 || y >= filter->height)
        return;
    const uint8_t *pixel = avt_image_row(filter->image, y);
    const float *value = filter->values + (size_t)y * (size_t)filter->width;
    double *sums = filter->columns;
    for (int x = 0; x < filter->width; x++, pixel += 4, sums += SUMS) {
        double r = pixel[0] / 255., g = pixel[1] / 255., b = pixel[2] / 255., v = (double)value[x];
        const double more[SUMS] = {r, g, b, r * r, r * g, r * b, g * g, g * b, b * b, v, v * r, v * g, v * b};
        for (int i = 0; i < SUMS; i++)
            sums[i] += sign * more[i];
    }
}

/* Solves for a of the square with these means: (covariance of colour + smoothness) a = covariance with value. */
static void fit_square(const double mean[SUMS], float ret_fit[FIT])
{
    const double *m = mean;
    double rr = m[3] - m[0] * m[0] + SMOOTHNESS, rg = m[4] - m[0] * m[1], rb = m[5] - m[0] * m[2];
    double gg = m[6] - m[1] * m[1] + SMOOTHNESS, gb = m[7] - m[1] * m[2], bb = m[8] - m[2] * m[2] + SMOOTHNESS;
    double cr = m[10] - m[V] * m[0], cg = m[11] - m[V] * m[1], cb = m[12] - m[V] * m[2];
    double i0 = gg * bb - gb * gb, i1 = gb * rb - rg * bb, i2 = rg * gb - gg * rb;
    double det = rr * i0 + rg * i1 + rb * i2; /* positive: a covariance with something added */
    double i3 = rr * bb - rb * rb, i4 = rb * rg - rr * gb, i5 = rr * gg - rg * rg;
    double a0 = (i0 * cr + i1 * cg + i2 * cb) / det;
    double a1 = (i1 * cr + i3 * cg + i4 * cb) / det;
    double a2 = (i2 * cr + i4 * cg + i5 * cb) / det;
    ret_fit[0] = (float)a0;
    ret_fit[1] = (float)a1;
    ret_fit[2] = (float)a2;
    ret_fit[3] = (float)(m[V] - a0 * m[0] - a1 * m[1] - a2 * m[2]);
}

static void fit_row(struct filter *filter, int y)
{
    int width = filter->width, r = filter->radius;
    int rows = (y + r < filter->height ? y + r + 1 : filter->height) - (y - r > 0 ? y - r : 0);
    double sums[SUMS] = {0};
    float *fit = filter->fit + (size_t)y * (size_t)width * FIT;
    for (int x = -r; x < width; x++, fit += x > 0 ? FIT : 0) {
        for (int i = 0; x + r < width && i < SUMS; i++)
            sums[i] += filter->columns[(x + r) * SUMS + i];
        for (int i = 0; x - r - 1 >= 0 && i < SUMS; i++)
            sums[i] -= filter->columns[(x - r - 1) * SUMS + i];
        if (x < 0)
            continue;
        double count = rows * (double)((x + r < width ? x + r + 1 : width) - (x - r > 0 ? x - r : 0));
        /* Where nothing but all or nothing is, nothing needs to be solved. */
        if (sums[V] < 1e-6 || sums[V] > count - 1e-6) {
            memset(fit, 0, FIT * sizeof(*fit));
            fit[3] = sums[V] < 1e-6 ? 0 : 1;
            continue;
        }
        double mean[SUMS];
        for (int i = 0; i < SUMS; i++)
            mean[i] = sums[i] / count;
        fit_square(mean, fit);
    }
}

static void add_fit(struct filter *filter, int y, double sign)
{
    if (y < 0 || y >= filter->height)
        return;
    const float *fit = filter->fit + (size_t)y * (size_t)filter->width * FIT;
    for (size_t i = 0; i < (size_t)filter->width * FIT; i++)
        filter->columns[i] += sign * (double)fit[i];
}

static void apply_row(struct filter *filter, int y, float *values)
{
    int width = filter->width, r = filter->radius;
    int rows = (y + r < filter->height ? y + r + 1 : filter->height) - (y - r > 0 ? y - r : 0);
    double sums[FIT] = {0};
    const uint8_t *pixel = avt_image_row(filter->image, y);
    for (int x = -r; x < width; x++) {
        for (int i = 0; x + r < width && i < FIT; i++)
            sums[i] += filter->columns[(x + r) * FIT + i];
        for (int i = 0; x - r - 1 >= 0 && i < FIT; i++)
            sums[i] -= filter->columns[(x - r - 1) * FIT + i];
        if (x < 0)
            continue;
        double count = rows * (double)((x + r < width ? x + r + 1 : width) - (x - r > 0 ? x - r : 0));
        double value = (sums[0] * pixel[0] + sums[1] * pixel[1] + sums[2] * pixel[2]) / 255 + sums[3];
        values[x] = (float)(value > 0 ? value < count ? value / count : 1 : 0);
        pixel += 4;
    }
}

enum avt_code avt_guided_filter(const struct avt_image *image, int radius, float *values, struct avt_error *reterr)
{
    avt_assert(image && radius > 0 && values);
    size_t width = (size_t)image->width, height = (size_t)image->height;
    AVT_CLEANUP(avt_freep) double *columns = avt_try_new0(double, width * SUMS);
    AVT_CLEANUP(avt_freep) float *fit = avt_try_new0(float, width * height * FIT);
    if (!columns || !fit)
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for a picture of %d x %d pixels", image->width,
                        image->height);
    struct filter filter = {image, values, image->width, image->height, radius, columns, fit};
    for (int y = -radius; y < filter.height; y++) {
        add_row(&filter, y + radius, 1);
        add_row(&filter, y - radius - 1, -1);
        if (y >= 0)
            fit_row(&filter, y);
    }
    memset(columns, 0, width * SUMS * sizeof(*columns));
    for (int y = -radius; y < filter.height; y++) {
        add_fit(&filter, y + radius, 1);
        add_fit(&filter, y - radius - 1, -1);
        if (y >= 0)
            apply_row(&filter, y, values + (size_t)y * width);
    }
    return AVT_OK;
}
