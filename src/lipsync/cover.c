/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/cover.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

struct avt_cover *avt_cover_new(int x, int y, int width, int height)
{
    AVT_CLEANUP(avt_cover_freep) struct avt_cover *cover = avt_new0(struct avt_cover, 1);
    *cover = (struct avt_cover){.x = x, .y = y, .width = width, .height = height};
    cover->areas = avt_try_new0(float, (size_t)(width + 2) * (size_t)height);
    cover->part = avt_try_new0(uint16_t, (size_t)width * (size_t)height);
    return cover->areas && cover->part ? AVT_TAKE(cover) : NULL;
}

void avt_cover_free(struct avt_cover *cover)
{
    if (!cover)
        return;
    avt_free(cover->areas);
    avt_free(cover->part);
    avt_free(cover);
}

/* Within one row: the edge from (x0) to (x1) that goes down by `height` covers all to its right. */
static void add_row(struct avt_cover *cover, int row, float x0, float x1, float height)
{
    float *areas = cover->areas + (ptrdiff_t)row * (cover->width + 2);
    float right = (float)cover->width;
    if (x0 > x1) {
        float swap = x0;
        x0 = x1;
        x1 = swap;
    }
    if (x1 <= 0 || x0 >= right) {
        if (x1 <= 0)
            areas[0] += height;
        return;
    }
    /* What lies outside the window is folded onto its edge. */
    float slope = height / (x1 - x0 > 1e-6f ? x1 - x0 : 1e-6f);
    if (x0 < 0) {
        areas[0] += slope * -x0;
        height -= slope * -x0;
        x0 = 0;
    }
    if (x1 > right) {
        height -= slope * (x1 - right);
        x1 = right;
    }
    int first = (int)x0, last = (int)x1;
    if (first == last) {
        float middle = .5f * (x0 + x1) - (float)first;
        areas[first] += height * (1 - middle);
        areas[first + 1] += height * middle;
        return;
    }
    for (int i = first; i <= last && i <= cover->width; i++) {
        float a = x0 > (float)i ? x0 : (float)i, b = x1 < (float)(i + 1) ? x1 : (float)(i + 1);
        if (b <= a)
            continue;
        float part = slope * (b - a), middle = .5f * (a + b) - (float)i;
        areas[i] += part * (1 - middle);
        areas[i + 1] += part * middle;
    }
}

static void add_edge(struct avt_cover *cover, struct avt_point a, struct avt_point b)
{
    float sign = 1;
    if (a.y > b.y) {
        struct avt_point swap = a;
        a = b;
        b = swap;
        sign = -1;
    }
    if (!(b.y > a.y) || b.y <= 0 || a.y >= (float)cover->height)
        return;
    float per_y = (b.x - a.x) / (b.y - a.y);
    float top = a.y > 0 ? a.y : 0;
    float bottom = b.y < (float)cover->height ? b.y : (float)cover->height;
    for (int row = (int)top; row < cover->height && (float)row < bottom; row++) {
        float y0 = top > (float)row ? top : (float)row;
        float y1 = bottom < (float)(row + 1) ? bottom : (float)(row + 1);
        if (y1 > y0)
            add_row(cover, row, a.x + (y0 - a.y) * per_y, a.x + (y1 - a.y) * per_y,
                    sign * (y1 - y0));
    }
}

void avt_cover_polygon(struct avt_cover *cover, const struct avt_point *points, int count)
{
    size_t row_size = (size_t)(cover->width + 2);
    memset(cover->areas, 0, row_size * (size_t)cover->height * sizeof(float));
    for (int i = 0; i < count; i++) {
        struct avt_point a = points[i], b = points[(i + 1) % count];
        /* Pixel centres are whole numbers, so pixel k spans k - .5 .. k + .5. */
        float x = .5f - (float)cover->x, y = .5f - (float)cover->y;
        add_edge(cover, (struct avt_point){a.x + x, a.y + y}, (struct avt_point){b.x + x, b.y + y});
    }
    for (int row = 0; row < cover->height; row++) {
        const float *areas = cover->areas + (size_t)row * row_size;
        uint16_t *part = cover->part + (size_t)row * (size_t)cover->width;
        float sum = 0;
        for (int i = 0; i < cover->width; i++) {
            sum += areas[i];
            float whole = fabsf(sum) < 1 ? fabsf(sum) : 1;
            part[i] = (uint16_t)(whole * AVT_COVER_FULL + .5f);
        }
    }
}

void avt_cover_soften(struct avt_cover *cover, int passes)
{
    int width = cover->width, height = cover->height;
    uint16_t *part = cover->part;
    for (int pass = 0; pass < passes; pass++) {
        for (int y = 0; y < height; y++) {
            uint16_t *row = part + (ptrdiff_t)y * width;
            unsigned before = row[0];
            for (int x = 0; x < width; x++) {
                unsigned here = row[x], after = row[x + 1 < width ? x + 1 : x];
                row[x] = (uint16_t)((before + 2 * here + after + 2) >> 2);
                before = here;
            }
        }
        for (int x = 0; x < width; x++) {
            unsigned before = part[x];
            for (int y = 0; y < height; y++) {
                uint16_t *at = part + (ptrdiff_t)y * width + x;
                unsigned here = *at, after = y + 1 < height ? at[width] : here;
                *at = (uint16_t)((before + 2 * here + after + 2) >> 2);
                before = here;
            }
        }
    }
}
