/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/sample.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"

/* Samples per output pixel and axis at most: shrinking further than this would alias. */
enum { SUBSAMPLES_MAX = 4 };

void avt_square_point(const struct avt_square *square, float u, float v, float *ret_x, float *ret_y)
{
    float c = cosf(square->angle) * square->side;
    float s = sinf(square->angle) * square->side;
    *ret_x = square->x + c * (u - 0.5f) - s * (v - 0.5f);
    *ret_y = square->y + s * (u - 0.5f) + c * (v - 0.5f);
}

static float clamp_to(float value, int size)
{
    float last = (float)(size - 1);
    return value > 0 ? value < last ? value : last : 0; /* not a number: 0 */
}

typedef float vec4 __attribute__((vector_size(16)));
typedef uint8_t byte4 __attribute__((vector_size(4)));

static inline vec4 pixel_at(const uint8_t *pixel)
{
    byte4 bytes;
    memcpy(&bytes, pixel, sizeof bytes);
    if (bytes[3] == 255)
        return __builtin_convertvector(bytes, vec4);
    return (vec4){avt_pixel_over_grey(pixel, 0), avt_pixel_over_grey(pixel, 1),
                  avt_pixel_over_grey(pixel, 2), 255};
}

/* The picture at x, y (pixel centres at .5). */
static vec4 bilinear(const struct avt_image *image, float x, float y)
{
    x = clamp_to(x - 0.5f, image->width);
    y = clamp_to(y - 0.5f, image->height);
    int x0 = (int)x;
    int y0 = (int)y;
    float fx = x - (float)x0;
    float fy = y - (float)y0;
    size_t right = x0 + 1 < image->width ? 4 : 0;
    const uint8_t *top = avt_image_row(image, y0) + (size_t)x0 * 4;
    const uint8_t *bottom = y0 + 1 < image->height ? top + image->stride : top;
    vec4 upper = pixel_at(top) * (1 - fx) + pixel_at(top + right) * fx;
    vec4 lower = pixel_at(bottom) * (1 - fx) + pixel_at(bottom + right) * fx;
    return upper * (1 - fy) + lower * fy;
}

void avt_sample_square(const struct avt_image *image, const struct avt_square *square, int size,
                       float scale, float offset, float *planes)
{
    avt_assert(image && square && size > 0 && planes);
    float ratio = roundf(square->side / (float)size);
    int sub = ratio > 1 ? (int)fminf(ratio, SUBSAMPLES_MAX) : 1;
    float x0, y0, x1, y1, x2, y2;
    avt_square_point(square, 0, 0, &x0, &y0);
    avt_square_point(square, 1, 0, &x1, &y1);
    avt_square_point(square, 0, 1, &x2, &y2);
    float step = 1 / (float)(size * sub);
    float ux = (x1 - x0) * step, uy = (y1 - y0) * step;
    float vx = (x2 - x0) * step, vy = (y2 - y0) * step;

    size_t plane = (size_t)size * (size_t)size;
    float weight = scale / (float)(sub * sub);
    for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
            vec4 sum = {0};
            for (int k = 0; k < sub * sub; k++) {
                float u = (float)(column * sub + k % sub) + 0.5f;
                float v = (float)(row * sub + k / sub) + 0.5f;
                sum += bilinear(image, x0 + u * ux + v * vx, y0 + u * uy + v * vy);
            }
            float *out = planes + (size_t)row * (size_t)size + (size_t)column;
            for (size_t c = 0; c < 3; c++)
                out[c * plane] = sum[c] * weight + offset;
        }
    }
}
