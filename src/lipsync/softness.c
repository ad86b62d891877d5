/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/softness.h"

#include <math.h>
#include <stdlib.h>

#include "dsp/warp.h"

/*
 * Across a blurred edge the difference over 2 pixels is a smaller part of that over 6 the wider the
 * blur: erf(1 / (s sqrt 2)) / erf(3 / (s sqrt 2)) for a Gaussian of s. Only the strongest edges
 * count, for a shading is no edge.
 */
/* Of the energy of the finest detail, which goes with the square of its contrast. */
#define GRAIN_KEPT .75

enum { LEVELS = 256, CONTRAST_MIN = 24 };

static int luma(const struct avt_image *image, int x, int y)
{
    const uint8_t *p = avt_image_row(image, y) + 4 * (ptrdiff_t)x;
    return (54 * p[0] + 183 * p[1] + 19 * p[2]) >> 8;
}

static float sigma_of(float ratio)
{
    static const struct {
        float ratio, sigma;
    } rows[] = {{.98f, .40f}, {.905f, .60f}, {.79f, .80f}, {.685f, 1.f},
                {.52f, 1.5f}, {.44f, 2.f},   {.39f, 2.5f}};
    if (ratio >= rows[0].ratio)
        return rows[0].sigma;
    for (size_t i = 1; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (ratio >= rows[i].ratio)
            return avt_mix(rows[i].sigma, rows[i - 1].sigma,
                           (ratio - rows[i].ratio) / (rows[i - 1].ratio - rows[i].ratio));
    return 2.5f;
}

float avt_edge_softness(const struct avt_image *image, const struct avt_rig *rig)
{
    static const short places[] = {159, 145, 386, 374, 33, 133, 263, 362,
                                   13,  14,  78,  308, 2,  98,  327};
    /* By contrast: sums of the ratio, so that the strongest can be taken without sorting. */
    double sum[LEVELS] = {0};
    int count[LEVELS] = {0}, total = 0;
    int reach = (int)(.09f * rig->unit) + 1;
    for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
        struct avt_point p = avt_rig_project(rig, rig->points[places[k]]);
        for (int j = -reach; j <= reach; j++) {
            for (int i = -reach; i <= reach; i++) {
                float fx = p.x + (float)i, fy = p.y + (float)j;
                if (!(fx >= 3 && fy >= 3 && fx < (float)image->width - 4 &&
                      fy < (float)image->height - 4))
                    continue;
                int x = (int)fx, y = (int)fy;
                for (int across = 0; across < 2; across++) {
                    int dx = across, dy = 1 - across;
                    int wide = abs(luma(image, x + 3 * dx, y + 3 * dy) -
                                   luma(image, x - 3 * dx, y - 3 * dy));
                    int here = luma(image, x, y);
                    int near = abs(luma(image, x + dx, y + dy) - luma(image, x - dx, y - dy));
                    /* In the middle of the edge only. */
                    if (wide < CONTRAST_MIN ||
                        near < abs(luma(image, x + 2 * dx, y + 2 * dy) - here) ||
                        near < abs(luma(image, x - 2 * dx, y - 2 * dy) - here))
                        continue;
                    sum[wide] += fmin((double)near / wide, 1);
                    count[wide]++;
                    total++;
                }
            }
        }
    }
    double ratio = 0;
    int taken = 0;
    for (int level = LEVELS - 1; level >= 0 && taken < total / 12 + 1; level--) {
        ratio += sum[level];
        taken += count[level];
    }
    return taken > 20 ? sigma_of((float)(ratio / taken)) : .7f;
}

enum { PATCH = 48 };

/* Energy of the finest detail of a square of luma. */
static double detail(const int *patch)
{
    double sum = 0;
    for (int y = 1; y < PATCH - 1; y++) {
        for (int x = 1; x < PATCH - 1; x++) {
            const int *p = patch + y * PATCH + x;
            int laplacian = 4 * p[0] - p[-1] - p[1] - p[-PATCH] - p[PATCH];
            sum += (double)laplacian * laplacian;
        }
    }
    return sum;
}

/* Detail of the square at (x0, y0) when moved by parts of a pixel, in the mean of a few parts. */
static double moved_detail(const struct avt_image *image, int x0, int y0, int filter)
{
    static const float parts[4][2] = {{.25f, .25f}, {.5f, .2f}, {.2f, .5f}, {.45f, .45f}};
    double sum = 0;
    for (int k = 0; k < 4; k++) {
        int32_t dx[16], dy[16];
        for (int i = 0; i < 16; i++) {
            dx[i] = avt_warp_fixed(parts[k][0]);
            dy[i] = avt_warp_fixed(parts[k][1]);
        }
        struct avt_warp_lattice lattice = {.x = x0,
                                           .y = y0,
                                           .step_log2 = AVT_WARP_STEP_LOG2_MAX,
                                           .filter = filter,
                                           .nx = PATCH / 16 + 1,
                                           .ny = PATCH / 16 + 1,
                                           .dx = dx,
                                           .dy = dy};
        uint8_t row[4 * PATCH];
        int patch[PATCH * PATCH];
        for (int y = 0; y < PATCH; y++) {
            avt_warp_row(image, &lattice, y0 + y, x0, x0 + PATCH, row);
            for (int x = 0; x < PATCH; x++)
                patch[y * PATCH + x] =
                    (54 * row[4 * x] + 183 * row[4 * x + 1] + 19 * row[4 * x + 2]) >> 8;
        }
        sum += detail(patch) / 4;
    }
    return sum;
}

int avt_filter_for_grain(const struct avt_image *image, const struct avt_rig *rig)
{
    static const short places[] = {50, 280, 18, 205, 425};
    double still = 0, moved[AVT_WARP_FILTERS] = {0};
    for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
        struct avt_point p = avt_rig_project(rig, rig->points[places[k]]);
        float fx = p.x - PATCH / 2, fy = p.y - PATCH / 2;
        if (!(fx >= 0 && fy >= 0 && fx <= (float)(image->width - PATCH) &&
              fy <= (float)(image->height - PATCH)))
            continue;
        int x0 = (int)fx, y0 = (int)fy, patch[PATCH * PATCH];
        for (int y = 0; y < PATCH; y++)
            for (int x = 0; x < PATCH; x++)
                patch[y * PATCH + x] = luma(image, x0 + x, y0 + y);
        still += detail(patch);
        for (int f = 0; f < AVT_WARP_FILTERS; f++)
            moved[f] += moved_detail(image, x0, y0, f);
    }
    int filter = 0;
    while (filter < AVT_WARP_FILTERS - 1 && moved[filter] < GRAIN_KEPT * still)
        filter++;
    return filter;
}
