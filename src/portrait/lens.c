/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/lens.h"

#include "base/assert.h"
#include "portrait/lanes.h"

/* Three pixels across, of sixteen parts: a variance of 6/16. */
enum { SIDE = 3, MIDDLE = 10, ROWS_AT_ONCE = 16 };

struct lens {
    const struct avt_image *sharp;
    struct avt_image *image;
    bool cut_out;
};

/* The row `row` of the picture with those above and below, or itself at the edge. */
static void rows_around(const struct lens *lens, int row, const uint8_t *ret_rows[3])
{
    int last = lens->sharp->height - 1;
    for (int k = 0; k < 3; k++) {
        int y = row + k - 1;
        ret_rows[k] = avt_image_row(lens->sharp, y < 0 ? 0 : y > last ? last : y);
    }
}

/* In parts of 256. */
AVT_LANE_FN int seen_through(const uint8_t *const rows[3], int left, int at, int right)
{
    int column[3];
    const int from[3] = {left, at, right};
    for (int k = 0; k < 3; k++)
        column[k] = SIDE * (rows[0][from[k]] + rows[2][from[k]]) + MIDDLE * rows[1][from[k]];
    return SIDE * (column[0] + column[2]) + MIDDLE * column[1];
}

AVT_LANE_FN void opaque_row(const uint8_t *const rows[3], int width, uint8_t *out)
{
    for (int c = 0; c < 4; c++) {
        int end = 4 * (width - 1) + c;
        out[c] = (uint8_t)((seen_through(rows, c, c, width > 1 ? 4 + c : c) + 128) >> 8);
        out[end] = (uint8_t)((seen_through(rows, width > 1 ? end - 4 : end, end, end) + 128) >> 8);
    }
    for (int i = 4; i < 4 * (width - 1); i++)
        out[i] = (uint8_t)((seen_through(rows, i - 4, i, i + 4) + 128) >> 8);
}

/* Where not all is covered colours count by how much they cover: those of what is not there are black. */
static void cut_out_pixel(const uint8_t *const rows[3], int width, int x, uint8_t *out)
{
    static const uint32_t PARTS[3] = {SIDE, MIDDLE, SIDE};
    uint32_t cover = 0, light[3] = {0};
    for (int i = 0; i < 9; i++) {
        int at = x + i % 3 - 1;
        const uint8_t *pixel = rows[i / 3] + 4 * (at < 0 ? 0 : at >= width ? width - 1 : at);
        uint32_t part = PARTS[i / 3] * PARTS[i % 3] * pixel[3];
        cover += part;
        for (int c = 0; c < 3; c++)
            light[c] += part * pixel[c];
    }
    for (int c = 0; c < 3; c++)
        out[c] = (uint8_t)(cover ? (light[c] + cover / 2) / cover : 0);
}

AVT_LANE_FN void cut_out_row(const uint8_t *const rows[3], int width, uint8_t *out)
{
    opaque_row(rows, width, out); /* right for alpha, and for all that is covered whole: most of it */
    for (int x = 0; x < width; x++, out += 4)
        if (out[3] == 0)
            out[0] = out[1] = out[2] = 0;
        else if (out[3] < 255)
            cut_out_pixel(rows, width, x, out);
}

AVT_LANE_CLONES static void lens_rows(const struct lens *lens, int first, int end)
{
    for (int row = first; row < end; row++) {
        const uint8_t *rows[3];
        rows_around(lens, row, rows);
        if (lens->cut_out)
            cut_out_row(rows, lens->sharp->width, avt_image_row(lens->image, row));
        else
            opaque_row(rows, lens->sharp->width, avt_image_row(lens->image, row));
    }
}

static void work(void *user, int worker, int first, int end)
{
    (void)worker;
    lens_rows(user, first, end);
}

void avt_lens(const struct avt_image *sharp, bool cut_out, struct avt_crew *crew, struct avt_image *ret_image)
{
    avt_assert(sharp != ret_image && sharp->width == ret_image->width && sharp->height == ret_image->height);
    struct lens lens = {sharp, ret_image, cut_out};
    avt_crew_run(crew, work, &lens, sharp->height, ROWS_AT_ONCE);
}
