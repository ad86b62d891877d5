/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/lens.h"

#include "base/assert.h"
#include "portrait/laned.h"

enum { SIDE = AVT_LENS_SIDE, MIDDLE = AVT_LENS_MIDDLE, ROWS_AT_ONCE = 16 };

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

static void cut_out_row(const uint8_t *const rows[3], int width, uint8_t *out)
{
    avt_lens_row(rows, width, out); /* right for alpha, and for all that is covered whole: most of it */
    for (int x = 0; x < width; x++, out += 4)
        if (out[3] == 0)
            out[0] = out[1] = out[2] = 0;
        else if (out[3] < 255)
            cut_out_pixel(rows, width, x, out);
}

static void work(void *user, int worker, int first, int end)
{
    (void)worker;
    const struct lens *lens = user;
    for (int row = first; row < end; row++) {
        const uint8_t *rows[3];
        rows_around(lens, row, rows);
        if (lens->cut_out)
            cut_out_row(rows, lens->sharp->width, avt_image_row(lens->image, row));
        else
            avt_lens_row(rows, lens->sharp->width, avt_image_row(lens->image, row));
    }
}

void avt_lens(const struct avt_image *sharp, bool cut_out, struct avt_crew *crew, struct avt_image *ret_image)
{
    avt_assert(sharp != ret_image && sharp->width == ret_image->width && sharp->height == ret_image->height);
    struct lens lens = {sharp, ret_image, cut_out};
    avt_crew_run(crew, work, &lens, sharp->height, ROWS_AT_ONCE);
}
