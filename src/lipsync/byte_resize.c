/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/byte_resize.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "base/assert.h"
#include "base/mem.h"

enum { LANCZOS = 4, LANCZOS_TAPS = 2 * LANCZOS, LANCZOS_BITS = 11, TRIANGLE_BITS = 22 };

/* Output i is the sum of weights[i, k] * source[at[i, k]]. */
struct axis {
    int taps;
    int *at;      /* [size, taps], inside the source */
    int *weights; /* [size, taps], of LANCZOS_BITS or TRIANGLE_BITS */
};

static void axis_done(struct axis *axis)
{
    avt_free(axis->at);
    avt_free(axis->weights);
}

static void weigh_lanczos(struct axis *axis, int in_size, int size)
{
    double scale = (double)in_size / size;
    for (int i = 0; i < size; i++) {
        float place = (float)((i + .5) * scale - .5);
        int base = (int)floorf(place);
        float fraction = place - (float)base, weights[LANCZOS_TAPS] = {0}, sum = 0;
        for (int k = 0; k < LANCZOS_TAPS; k++) {
            /* sinc(t) sinc(t / 4) but for a factor that is the same for all: sin(pi t) changes only its sign. In the
             * order and the precision of OpenCV, as some weights lie just between two of its steps. */
            double angle = (double)(fraction + (LANCZOS - 1) - (float)k) * M_PI / LANCZOS;
            weights[k] = fraction < FLT_EPSILON ? (k == LANCZOS - 1 ? 1.f : 0.f)
                                                : (float)((k & 1 ? 1 : -1) * sin(angle) / (angle * angle));
            sum += weights[k];
        }
        sum = 1 / sum;
        for (int k = 0; k < LANCZOS_TAPS; k++) {
            int at = base - (LANCZOS - 1) + k;
            axis->at[i * LANCZOS_TAPS + k] = at < 0 ? 0 : at >= in_size ? in_size - 1 : at;
            axis->weights[i * LANCZOS_TAPS + k] = (int)lrintf(weights[k] * sum * (1 << LANCZOS_BITS));
        }
    }
}

/* Of the pixel that begins at `t` from the middle. */
static double triangle(double t, double reach)
{
    return fmax(1 - fabs((t + .5) / reach), 0);
}

static void weigh_triangle(struct axis *axis, int in_size, int size)
{
    double scale = (double)in_size / size, reach = fmax(scale, 1);
    for (int i = 0; i < size; i++) {
        double centre = (i + .5) * scale, sum = 0;
        int low = (int)(centre - reach + .5), high = (int)(centre + reach + .5);
        low = low < 0 ? 0 : low;
        high = high > in_size ? in_size : high;
        for (int k = 0; k < high - low; k++)
            sum += triangle(k + low - centre, reach);
        for (int k = 0; k < axis->taps; k++) {
            double weight = k < high - low ? triangle(k + low - centre, reach) / sum : 0;
            axis->at[i * axis->taps + k] = k < high - low ? low + k : low;
            axis->weights[i * axis->taps + k] = (int)(.5 + weight * (1 << TRIANGLE_BITS));
        }
    }
}

static void axis_init(struct axis *axis, enum avt_byte_filter filter, int in_size, int size)
{
    double reach = fmax((double)in_size / size, 1);
    axis->taps = filter == AVT_BYTE_LANCZOS4 ? LANCZOS_TAPS : (int)ceil(reach) * 2 + 1;
    axis->at = avt_new0(int, (size_t)size * (size_t)axis->taps);
    axis->weights = avt_new0(int, (size_t)size * (size_t)axis->taps);
    if (filter == AVT_BYTE_LANCZOS4)
        weigh_lanczos(axis, in_size, size);
    else
        weigh_triangle(axis, in_size, size);
}

static int to_byte(int64_t sum, int bits)
{
    int64_t value = (sum + ((int64_t)1 << (bits - 1))) >> bits;
    return value < 0 ? 0 : value > 255 ? 255 : (int)value;
}

void avt_bytes_resize(const struct avt_bytes *in, int channels, enum avt_byte_filter filter, int out_width,
                      int out_height, uint8_t *out)
{
    avt_assert(in->width > 0 && in->height > 0 && out_width > 0 && out_height > 0);
    avt_assert(channels > 0 && channels <= in->step);
    bool is_lanczos = filter == AVT_BYTE_LANCZOS4;
    AVT_CLEANUP(axis_done) struct axis across = {0};
    AVT_CLEANUP(axis_done) struct axis down = {0};
    axis_init(&across, filter, in->width, out_width);
    axis_init(&down, filter, in->height, out_height);
    size_t row_values = (size_t)out_width * (size_t)channels;
    AVT_CLEANUP(avt_freep) int *rows = avt_new0(int, row_values * (size_t)in->height);
    for (int y = 0; y < in->height; y++) {
        const uint8_t *row = in->pixels + (size_t)y * in->stride;
        int *sums = rows + (size_t)y * row_values;
        for (int x = 0; x < out_width; x++) {
            const int *at = across.at + (size_t)x * (size_t)across.taps,
                      *weights = across.weights + (size_t)x * (size_t)across.taps;
            for (int c = 0; c < channels; c++) {
                int64_t sum = 0;
                for (int k = 0; k < across.taps; k++)
                    sum += (int64_t)weights[k] * row[at[k] * in->step + c];
                sums[x * channels + c] = is_lanczos ? (int)sum : to_byte(sum, TRIANGLE_BITS);
            }
        }
    }
    int bits = is_lanczos ? 2 * LANCZOS_BITS : TRIANGLE_BITS;
    for (int y = 0; y < out_height; y++) {
        const int *at = down.at + (size_t)y * (size_t)down.taps,
                  *weights = down.weights + (size_t)y * (size_t)down.taps;
        for (size_t i = 0; i < row_values; i++) {
            int64_t sum = 0;
            for (int k = 0; k < down.taps; k++)
                sum += (int64_t)weights[k] * rows[(size_t)at[k] * row_values + i];
            out[(size_t)y * row_values + i] = (uint8_t)to_byte(sum, bits);
        }
    }
}
