/* SPDX-License-Identifier: Apache-2.0 */
/* Defocus: the mean over a disc, from sums along the rows, so that its cost is that of its height alone. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/scenery_parts.h"

enum { RADIUS_MAX = 64 };

enum avt_code avt_layer_init(int width, int height, struct avt_layer *ret_layer, struct avt_error *reterr)
{
    size_t pixels = (size_t)width * (size_t)height;
    struct avt_layer layer = {
        width, height, avt_try_new0(float, 4 * pixels), avt_try_new0(float, 4 * (pixels + (size_t)height)), 0, 0,
        width, height};
    if (!layer.pixels || !layer.sums) {
        avt_layer_done(&layer);
        return avt_fail(reterr, AVT_ENOMEM, "out of memory drawing a background of %d x %d pixels", width, height);
    }
    *ret_layer = layer;
    return AVT_OK;
}

void avt_layer_done(struct avt_layer *layer)
{
    avt_free(layer->pixels);
    avt_free(layer->sums);
    layer->pixels = layer->sums = NULL;
}

void avt_layer_clear(struct avt_layer *layer)
{
    memset(layer->pixels, 0, 4 * sizeof(float) * (size_t)layer->width * (size_t)layer->height);
    layer->x0 = layer->width;
    layer->y0 = layer->height;
    layer->x1 = layer->y1 = 0;
}

static void sum_rows(struct avt_layer *layer)
{
    for (int y = layer->y0; y < layer->y1; y++) {
        const float *in = layer->pixels + 4 * (size_t)y * (size_t)layer->width;
        float *out = layer->sums + 4 * (size_t)y * ((size_t)layer->width + 1);
        float sum[4] = {0};
        for (int x = 0; x <= layer->width; x++) {
            for (int c = 0; c < 4; c++) {
                out[4 * x + c] = sum[c];
                sum[c] += x < layer->width ? in[4 * x + c] : 0;
            }
        }
    }
}

/* Add to the row `out` the sums over `half` pixels to both sides of `row`. */
static void add_span(const struct avt_layer *layer, const float *row, int half, float *out)
{
    int w = layer->width, from = layer->x0, to = layer->x1;
    int inner_from = from > half ? from : half, inner_to = to < w - half - 1 ? to : w - half - 1;
    for (int x = from; x < to; x++) {
        if (x == inner_from && inner_to > inner_from) {
            const float *high = row + 4 * (half + 1), *low = row - 4 * half;
            for (int i = 4 * inner_from; i < 4 * inner_to; i++)
                out[i] += high[i] - low[i];
            x = inner_to - 1;
            continue;
        }
        int left = x - half < 0 ? 0 : x - half, right = x + half + 1 > w ? w : x + half + 1;
        for (int c = 0; c < 4; c++)
            out[4 * x + c] += row[4 * right + c] - row[4 * left + c];
    }
}

static void blur_rows(struct avt_layer *layer, int reach, const int *half, float scale)
{
    size_t w = (size_t)layer->width;
    for (int y = layer->y0; y < layer->y1; y++) {
        float *out = layer->pixels + 4 * (size_t)y * w;
        memset(out, 0, 4 * sizeof(float) * w);
        for (int dy = -reach; dy <= reach; dy++) {
            /* Beyond the border the last row goes on. */
            int at = (int)avt_scene_clamp((float)(y + dy), 0, (float)layer->height - 1);
            if (half[dy + reach] >= 0)
                add_span(layer, layer->sums + 4 * (size_t)at * (w + 1), half[dy + reach], out);
        }
        for (int i = 4 * layer->x0; i < 4 * layer->x1; i++)
            out[i] *= scale;
    }
}

void avt_layer_blur(struct avt_layer *layer, float radius)
{
    int half[2 * RADIUS_MAX + 1], area = 0;
    radius = avt_scene_clamp(radius, 0, RADIUS_MAX - 1);
    int reach = (int)(radius + .35f);
    if (reach < 1 || layer->x1 <= layer->x0 || layer->y1 <= layer->y0)
        return;
    for (int dy = -reach; dy <= reach; dy++) {
        float square = (radius + .35f) * (radius + .35f) - (float)(dy * dy);
        half[dy + reach] = square >= 0 ? (int)sqrtf(square) : -1;
        area += 2 * half[dy + reach] + 1;
    }
    layer->x0 = layer->x0 > reach ? layer->x0 - reach : 0;
    layer->y0 = layer->y0 > reach ? layer->y0 - reach : 0;
    layer->x1 = layer->x1 + reach < layer->width ? layer->x1 + reach : layer->width;
    layer->y1 = layer->y1 + reach < layer->height ? layer->y1 + reach : layer->height;
    int top = layer->y0, bottom = layer->y1; /* sums of all rows that are read */
    layer->y0 = top > reach ? top - reach : 0;
    layer->y1 = bottom + reach < layer->height ? bottom + reach : layer->height;
    sum_rows(layer);
    layer->y0 = top;
    layer->y1 = bottom;
    blur_rows(layer, reach, half, 1 / (float)area);
}

void avt_layer_over(const struct avt_layer *layer, struct avt_layer *below)
{
    for (int y = layer->y0; y < layer->y1; y++) {
        const float *top = layer->pixels + 4 * (size_t)y * (size_t)layer->width;
        float *out = below->pixels + 4 * (size_t)y * (size_t)layer->width;
        for (int x = layer->x0; x < layer->x1; x++) {
            float rest = 1 - top[4 * x + 3];
            for (int c = 0; c < 4; c++)
                out[4 * x + c] = top[4 * x + c] + rest * out[4 * x + c];
        }
    }
}
