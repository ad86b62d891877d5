/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/image.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* AVX-512 loads of a whole row start aligned. */
enum { ROW_ALIGN = 64 };

enum avt_code avt_image_new(int width, int height, struct avt_image **ret_image,
                            struct avt_error *reterr)
{
    avt_assert(ret_image);
    if (width <= 0 || height <= 0)
        return avt_fail(reterr, AVT_EINVAL, "a picture of %d x %d pixels has no content", width,
                        height);
    if (width > AVT_IMAGE_SIDE_MAX || height > AVT_IMAGE_SIDE_MAX ||
        (size_t)width * (size_t)height > AVT_IMAGE_PIXELS_MAX)
        return avt_fail(reterr, AVT_ELIMIT,
                        "a picture of %d x %d pixels is too large: at most %d pixels a side and "
                        "%zu million in all; scale it down first",
                        width, height, AVT_IMAGE_SIDE_MAX, AVT_IMAGE_PIXELS_MAX / 1000000);

    AVT_CLEANUP(avt_image_freep) struct avt_image *image = avt_new0(struct avt_image, 1);
    image->width = width;
    image->height = height;
    image->stride = ((size_t)width * 4 + ROW_ALIGN - 1) / ROW_ALIGN * ROW_ALIGN;
    image->pixels = avt_try_alloc((size_t)height, image->stride);
    if (!image->pixels)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a picture of %d x %d pixels", width,
                        height);
    *ret_image = AVT_TAKE(image);
    return AVT_OK;
}

enum avt_code avt_image_copy(const struct avt_image *image, struct avt_image **ret_image,
                             struct avt_error *reterr)
{
    avt_assert(image && ret_image);
    struct avt_image *copy = NULL;
    enum avt_code code = avt_image_new(image->width, image->height, &copy, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_put(copy, image, 0, 0);
    *ret_image = copy;
    return AVT_OK;
}

void avt_image_put(struct avt_image *image, const struct avt_image *part, int left, int top)
{
    avt_assert(left >= 0 && top >= 0 && part->width <= image->width - left && part->height <= image->height - top);
    for (int y = 0; y < part->height; y++)
        memcpy(avt_image_row(image, top + y) + 4 * (size_t)left, avt_image_row(part, y), 4 * (size_t)part->width);
}

void avt_image_free(struct avt_image *image)
{
    if (!image)
        return;
    avt_free(image->pixels);
    avt_free(image);
}

/* One axis of a resampling: output i is the sum of weights[first[i] ..] over source positions
 * from[i] .. from[i] + count[i] - 1. */
struct axis {
    int *from, *count;
    size_t *first;
    float *weights;
};

static void axis_done(struct axis *axis)
{
    avt_free(axis->from);
    avt_free(axis->count);
    avt_free(axis->first);
    avt_free(axis->weights);
}

/* Catmull-Rom: cubic convolution with a = -0.5 (Keys 1981), which keeps straight ramps straight. */
static double cubic(double t)
{
    t = fabs(t);
    if (t < 1)
        return (1.5 * t - 2.5) * t * t + 1;
    if (t < 2)
        return ((-0.5 * t + 2.5) * t - 4) * t + 2;
    return 0;
}

enum { CUBIC_TAPS = 4 };

static size_t weigh_area(struct axis *axis, int i, size_t used, double lo, double hi, int size)
{
    int from = (int)floor(lo);
    int to = (int)ceil(hi);
    from = from < 0 ? 0 : from > size - 1 ? size - 1 : from;
    to = to > size ? size : to <= from ? from + 1 : to;
    double sum = 0;
    for (int s = from; s < to; s++) {
        double cover = fmin(hi, s + 1) - fmax(lo, s);
        axis->weights[used + (size_t)(s - from)] = (float)(cover > 0 ? cover : 0);
        sum += cover > 0 ? cover : 0;
    }
    if (sum <= 0) { /* rounding left nothing of a sliver at the border: take that one pixel */
        axis->weights[used] = 1;
        sum = 1;
        to = from + 1;
    }
    for (int s = from; s < to; s++)
        axis->weights[used + (size_t)(s - from)] /= (float)sum;
    axis->from[i] = from;
    axis->count[i] = to - from;
    return used + (size_t)(to - from);
}

static size_t weigh_cubic(struct axis *axis, int i, size_t used, double centre, int size)
{
    int base = (int)floor(centre - 0.5) - 1;
    int from = base < 0 ? 0 : base > size - 1 ? size - 1 : base;
    int to = base + CUBIC_TAPS > size ? size : base + CUBIC_TAPS;
    if (to <= from)
        to = from + 1;
    for (int k = 0; k < CUBIC_TAPS; k++) {
        int s = base + k;
        float weight = (float)cubic(s + 0.5 - centre);
        s = s < from ? from : s >= to ? to - 1 : s; /* beyond the border its last pixel repeats */
        axis->weights[used + (size_t)(s - from)] += weight;
    }
    axis->from[i] = from;
    axis->count[i] = to - from;
    return used + (size_t)(to - from);
}

static void axis_init(struct axis *axis, double start, double length, int size, int out_size)
{
    double scale = length / out_size;
    size_t most = scale > 1 ? (size_t)ceil(scale) + 2 : CUBIC_TAPS;
    *axis = (struct axis){.from = avt_new0(int, (size_t)out_size),
                          .count = avt_new0(int, (size_t)out_size),
                          .first = avt_new0(size_t, (size_t)out_size),
                          .weights = avt_new0(float, (size_t)out_size * most)};
    size_t used = 0;
    for (int i = 0; i < out_size; i++) {
        axis->first[i] = used;
        double lo = start + i * scale;
        used = scale > 1 ? weigh_area(axis, i, used, lo, lo + scale, size)
                         : weigh_cubic(axis, i, used, start + (i + 0.5) * scale, size);
    }
}

typedef float vec4 __attribute__((vector_size(16)));
typedef uint8_t byte4 __attribute__((vector_size(4)));

/* Colour is weighted by alpha, so that what hides under full transparency never bleeds out. */
static vec4 premultiplied(const uint8_t *pixel)
{
    byte4 bytes;
    memcpy(&bytes, pixel, sizeof bytes);
    vec4 value = __builtin_convertvector(bytes, vec4);
    if (bytes[3] == 255)
        return value;
    float alpha = value[3] / 255;
    return (vec4){value[0] * alpha, value[1] * alpha, value[2] * alpha, value[3]};
}

static void resample_row(const uint8_t *row, const struct axis *axis, int out_width, vec4 *out)
{
    for (int x = 0; x < out_width; x++) {
        const uint8_t *pixel = row + (size_t)axis->from[x] * 4;
        const float *weight = axis->weights + axis->first[x];
        vec4 sum = {0};
        for (int k = 0; k < axis->count[x]; k++, pixel += 4)
            sum += weight[k] * premultiplied(pixel);
        out[x] = sum;
    }
}

static uint8_t to_byte(float value)
{
    return (uint8_t)(value <= 0 ? 0 : value >= 255 ? 255 : (int)(value + 0.5f));
}

static void store_row(const vec4 *sums, int width, uint8_t *out)
{
    for (int x = 0; x < width; x++, out += 4) {
        vec4 value = sums[x];
        uint8_t alpha = to_byte(value[3]);
        float scale = alpha == 255 ? 1 : alpha == 0 ? 0 : 255 / value[3];
        for (int c = 0; c < 3; c++)
            out[c] = to_byte(value[c] * scale);
        out[3] = alpha;
    }
}

void avt_image_resize(const struct avt_image *image, double x, double y, double w, double h,
                      struct avt_image *out)
{
    avt_assert(image && out && w > 0 && h > 0);
    /* Half a pixel of slack: callers arrive here by arithmetic on fractions. */
    avt_assert(x > -0.5 && y > -0.5 && x + w < image->width + 0.5 && y + h < image->height + 0.5);

    struct axis across;
    struct axis down;
    axis_init(&across, x, w, image->width, out->width);
    axis_init(&down, y, h, image->height, out->height);

    /* Rows already resampled across; the window of the next output row overlaps that of the last
     * one by at most CUBIC_TAPS rows. */
    size_t width = (size_t)out->width;
    vec4 *cache = avt_new0(vec4, width * CUBIC_TAPS);
    vec4 *sums = avt_new0(vec4, width);
    int cached[CUBIC_TAPS] = {-1, -1, -1, -1};
    for (int oy = 0; oy < out->height; oy++) {
        memset(sums, 0, width * sizeof *sums);
        for (int k = 0; k < down.count[oy]; k++) {
            int sy = down.from[oy] + k;
            vec4 *row = cache + width * (size_t)(sy % CUBIC_TAPS);
            if (cached[sy % CUBIC_TAPS] != sy) {
                resample_row(avt_image_row(image, sy), &across, out->width, row);
                cached[sy % CUBIC_TAPS] = sy;
            }
            float weight = down.weights[down.first[oy] + (size_t)k];
            for (size_t i = 0; i < width; i++)
                sums[i] += weight * row[i];
        }
        store_row(sums, out->width, avt_image_row(out, oy));
    }
    avt_free(cache);
    avt_free(sums);
    axis_done(&across);
    axis_done(&down);
}

void avt_image_halve(const struct avt_image *image, struct avt_image *out)
{
    avt_assert(image && out && out->width == image->width / 2 && out->height == image->height / 2);
    for (int y = 0; y < out->height; y++) {
        const uint8_t *upper = avt_image_row(image, 2 * y), *lower = avt_image_row(image, 2 * y + 1);
        uint8_t *pixel = avt_image_row(out, y);
        for (size_t x = 0; x < (size_t)out->width; x++, pixel += 4, upper += 8, lower += 8)
            for (int c = 0; c < 4; c++)
                pixel[c] = (uint8_t)((upper[c] + upper[4 + c] + lower[c] + lower[4 + c] + 2) / 4);
    }
}
