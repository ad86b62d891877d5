/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/cutout_parts.h"

enum { LEVELS_MAX = 16 };

typedef float vec4 __attribute__((vector_size(16)));

/* R, G, B times a weight of 0..1, and the weight. */
struct level {
    int width, height;
    vec4 *pixels;
};

struct pyramid {
    struct level levels[LEVELS_MAX];
    int count;
};

static void pyramid_done(struct pyramid *pyramid)
{
    for (int i = 0; i < pyramid->count; i++)
        avt_free(pyramid->levels[i].pixels);
}

static enum avt_code pyramid_init(struct pyramid *pyramid, int width, int height, struct avt_error *reterr)
{
    for (;;) {
        avt_assert(pyramid->count < LEVELS_MAX);
        struct level *level = &pyramid->levels[pyramid->count];
        level->pixels = avt_try_new0(vec4, (size_t)width * (size_t)height);
        if (!level->pixels)
            return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for a picture of %d x %d pixels", width,
                            height);
        level->width = width;
        level->height = height;
        pyramid->count++;
        if (width == 1 && height == 1)
            return AVT_OK;
        width = (width + 1) / 2;
        height = (height + 1) / 2;
    }
}

static vec4 *row_of(const struct level *level, int y)
{
    return level->pixels + (size_t)y * (size_t)level->width;
}

static void fill_finest(const struct level *level, const struct avt_image *image, const uint8_t *weight)
{
    for (int y = 0; y < level->height; y++) {
        const uint8_t *pixel = avt_image_row(image, y);
        vec4 *out = row_of(level, y);
        for (int x = 0; x < level->width; x++, pixel += 4, weight++) {
            float w = (float)*weight / 255;
            out[x] = (vec4){w * pixel[0], w * pixel[1], w * pixel[2], w};
        }
    }
}

/* The mean of four by their weights; whole as soon as one of them is. */
static void push(const struct level *fine, const struct level *coarse)
{
    for (int y = 0; y < coarse->height; y++) {
        const vec4 *upper = row_of(fine, 2 * y);
        const vec4 *lower = 2 * y + 1 < fine->height ? row_of(fine, 2 * y + 1) : upper;
        vec4 *out = row_of(coarse, y);
        for (int x = 0; x < coarse->width; x++) {
            int left = 2 * x, right = left + 1 < fine->width ? left + 1 : left;
            vec4 sum = upper[left] + upper[right] + lower[left] + lower[right];
            out[x] = sum[3] > 1 ? sum / sum[3] : sum;
        }
    }
}

/* Where weight is missing, what the coarser level has there, bilinear. */
static void pull(const struct level *coarse, const struct level *fine)
{
    for (int y = 0; y < fine->height; y++) {
        /* Of two rows of pixels a quarter and three quarters off the centre of a coarse one. */
        int near_y = y / 2, far_y = near_y + (y % 2 ? 1 : -1);
        far_y = far_y < 0 ? 0 : far_y >= coarse->height ? coarse->height - 1 : far_y;
        const vec4 *near = row_of(coarse, near_y), *far = row_of(coarse, far_y);
        vec4 *out = row_of(fine, y);
        for (int x = 0; x < fine->width; x++) {
            if (out[x][3] >= 1)
                continue;
            int here = x / 2, beside = here + (x % 2 ? 1 : -1);
            beside = beside < 0 ? 0 : beside >= coarse->width ? coarse->width - 1 : beside;
            vec4 value = (near[here] * 3 + near[beside]) * 3 + far[here] * 3 + far[beside];
            out[x] += (1 - out[x][3]) * (value / 16);
        }
    }
}

enum avt_code avt_spread_colours(const struct avt_image *image, const uint8_t *weight, struct avt_image *out,
                                 struct avt_error *reterr)
{
    avt_assert(image->width == out->width && image->height == out->height);
    AVT_CLEANUP(pyramid_done) struct pyramid pyramid = {0};
    enum avt_code code = pyramid_init(&pyramid, image->width, image->height, reterr);
    if (code != AVT_OK)
        return code;
    fill_finest(&pyramid.levels[0], image, weight);
    for (int i = 1; i < pyramid.count; i++)
        push(&pyramid.levels[i - 1], &pyramid.levels[i]);
    vec4 *top = pyramid.levels[pyramid.count - 1].pixels;
    if (top[0][3] <= 0) /* nothing to spread */
        top[0] = (vec4){0, 0, 0, 1};
    top[0] /= top[0][3];
    for (int i = pyramid.count - 1; i > 0; i--)
        pull(&pyramid.levels[i], &pyramid.levels[i - 1]);
    for (int y = 0; y < out->height; y++) {
        const vec4 *from = row_of(&pyramid.levels[0], y);
        uint8_t *to = avt_image_row(out, y);
        for (int x = 0; x < out->width; x++, to += 4) {
            for (int c = 0; c < 3; c++)
                to[c] = (uint8_t)(from[x][c] > 0 ? from[x][c] < 255 ? from[x][c] + .5f : 255 : 0);
            to[3] = 255;
        }
    }
    return AVT_OK;
}
