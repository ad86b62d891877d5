/* SPDX-License-Identifier: Apache-2.0 */
#include "media/palette.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* Colours are counted by 5 bits a channel and looked up by 6. */
enum { COUNT_BITS = 5, BINS = 1 << (3 * COUNT_BITS), LOOK_BITS = 6, LOOKS = 1 << (3 * LOOK_BITS) };
enum { REFINE_PASSES = 4, MATRIX = 8, NOT_LOOKED_UP = 0xFFFF };
/* Half the distance of neighbouring colours in a portrait's palette, in 8-bit steps. */
enum { DITHER_AMPLITUDE = 9 };

struct bin {
    double weight, sum[3];
};

struct box {
    size_t first, last; /* of `order` */
    double error;       /* weighted variance, all channels */
    int axis;           /* that varies most */
    double mean[3], weight;
};

struct avt_palette {
    struct bin *bins; /* [BINS]; NULL after avt_palette_choose() */
    uint32_t colours[AVT_PALETTE_SIZE];
    int rgb[AVT_PALETTE_COLOURS][3];
    uint16_t *looked_up; /* [LOOKS], filled as colours are met */
    int8_t dither[MATRIX][MATRIX];
};

/* Bayer's matrix by its recursive definition, centred on zero. */
static void make_dither(int8_t dither[MATRIX][MATRIX])
{
    for (int y = 0; y < MATRIX; y++) {
        for (int x = 0; x < MATRIX; x++) {
            int rank = 0;
            for (int bit = 0; bit < 3; bit++) {
                int xb = x >> bit & 1, yb = y >> bit & 1;
                rank = rank << 2 | (xb ^ yb) << 1 | yb;
            }
            dither[y][x] = (int8_t)lround((rank / 63. - .5) * DITHER_AMPLITUDE);
        }
    }
}

struct avt_palette *avt_palette_new(void)
{
    struct avt_palette *palette = avt_new0(struct avt_palette, 1);
    palette->bins = avt_new0(struct bin, BINS);
    palette->looked_up = avt_new0(uint16_t, LOOKS);
    memset(palette->looked_up, 0xFF, LOOKS * sizeof(uint16_t));
    make_dither(palette->dither);
    return palette;
}

static unsigned index_of(const int rgb[3], int bits)
{
    int shift = 8 - bits;
    return (unsigned)((rgb[0] >> shift) << 2 * bits | (rgb[1] >> shift) << bits | rgb[2] >> shift);
}

void avt_palette_sample(struct avt_palette *palette, const struct avt_image *image)
{
    avt_assert(palette->bins);
    for (int y = 0; y < image->height; y++) {
        const uint8_t *p = avt_image_row(image, y);
        for (int x = 0; x < image->width; x++, p += 4) {
            const int rgb[3] = {p[0], p[1], p[2]};
            struct bin *bin = &palette->bins[index_of(rgb, COUNT_BITS)];
            bin->weight++;
            for (int c = 0; c < 3; c++)
                bin->sum[c] += rgb[c];
        }
    }
}

static void measure(struct box *box, const struct bin *bins, const unsigned *order)
{
    double sum[3] = {0}, square[3] = {0};
    box->weight = 0;
    for (size_t i = box->first; i < box->last; i++) {
        const struct bin *bin = &bins[order[i]];
        box->weight += bin->weight;
        for (int c = 0; c < 3; c++) {
            sum[c] += bin->sum[c];
            square[c] += bin->sum[c] * bin->sum[c] / bin->weight;
        }
    }
    box->error = 0;
    double most = -1;
    for (int c = 0; c < 3; c++) {
        box->mean[c] = sum[c] / box->weight;
        double variance = square[c] - sum[c] * sum[c] / box->weight;
        box->error += variance;
        if (variance > most) {
            most = variance;
            box->axis = c;
        }
    }
}

/* Split at the mean of the axis that varies most; false if it is one colour. */
static bool split(struct box *box, struct box *rest, const struct bin *bins, unsigned *order)
{
    size_t low = box->first, high = box->last;
    while (low < high) {
        const struct bin *bin = &bins[order[low]];
        if (bin->sum[box->axis] / bin->weight <= box->mean[box->axis]) {
            low++;
        } else {
            unsigned swap = order[low];
            order[low] = order[--high];
            order[high] = swap;
        }
    }
    if (low == box->first || low == box->last)
        return false;
    *rest = (struct box){.first = low, .last = box->last};
    box->last = low;
    measure(box, bins, order);
    measure(rest, bins, order);
    return true;
}

static size_t cut_boxes(const struct bin *bins, unsigned *order, size_t used, struct box *boxes)
{
    boxes[0] = (struct box){.first = 0, .last = used};
    measure(&boxes[0], bins, order);
    size_t count = 1;
    while (count < AVT_PALETTE_COLOURS) {
        size_t worst = 0;
        for (size_t i = 1; i < count; i++)
            worst = boxes[i].error > boxes[worst].error ? i : worst;
        if (boxes[worst].error <= 0)
            break;
        if (split(&boxes[worst], &boxes[count], bins, order))
            count++;
        else
            boxes[worst].error = 0;
    }
    return count;
}

static size_t nearest(const double (*colours)[3], size_t count, const double rgb[3])
{
    size_t best = 0;
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        double distance = 0;
        for (int c = 0; c < 3; c++)
            distance += (colours[i][c] - rgb[c]) * (colours[i][c] - rgb[c]);
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

/* One pass of Lloyd's algorithm over the counted colours. */
static void refine(const struct bin *bins, const unsigned *order, size_t used, double (*colours)[3],
                   size_t count)
{
    struct bin sums[AVT_PALETTE_COLOURS] = {0};
    for (size_t i = 0; i < used; i++) {
        const struct bin *bin = &bins[order[i]];
        const double rgb[3] = {bin->sum[0] / bin->weight, bin->sum[1] / bin->weight,
                               bin->sum[2] / bin->weight};
        struct bin *sum = &sums[nearest(colours, count, rgb)];
        sum->weight += bin->weight;
        for (int c = 0; c < 3; c++)
            sum->sum[c] += bin->sum[c];
    }
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < 3 && sums[i].weight > 0; c++)
            colours[i][c] = sums[i].sum[c] / sums[i].weight;
    }
}

void avt_palette_choose(struct avt_palette *palette)
{
    avt_assert(palette->bins);
    AVT_CLEANUP(avt_freep) unsigned *order = avt_new0(unsigned, BINS);
    AVT_CLEANUP(avt_freep) struct box *boxes = avt_new0(struct box, AVT_PALETTE_COLOURS);
    double colours[AVT_PALETTE_COLOURS][3] = {{0}};
    size_t used = 0;
    for (unsigned i = 0; i < BINS; i++) {
        if (palette->bins[i].weight > 0)
            order[used++] = i;
    }
    size_t count = used > 0 ? cut_boxes(palette->bins, order, used, boxes) : 1;
    for (size_t i = 0; i < count && used > 0; i++)
        memcpy(colours[i], boxes[i].mean, sizeof(colours[i]));
    for (int pass = 0; pass < REFINE_PASSES && used > 0; pass++)
        refine(palette->bins, order, used, colours, count);
    for (size_t i = 0; i < AVT_PALETTE_COLOURS; i++) {
        for (int c = 0; c < 3; c++)
            palette->rgb[i][c] = (int)lround(colours[i < count ? i : 0][c]);
        palette->colours[i] = 0xFF000000u | (uint32_t)palette->rgb[i][0] << 16 |
                              (uint32_t)palette->rgb[i][1] << 8 | (uint32_t)palette->rgb[i][2];
    }
    palette->colours[AVT_PALETTE_TRANSPARENT] = 0;
    avt_free(AVT_TAKE(palette->bins));
}

const uint32_t *avt_palette_colours(const struct avt_palette *palette)
{
    return palette->colours;
}

static uint8_t look_up(struct avt_palette *palette, const int rgb[3])
{
    uint16_t *slot = &palette->looked_up[index_of(rgb, LOOK_BITS)];
    if (*slot != NOT_LOOKED_UP)
        return (uint8_t)*slot;
    /* The middle of the cell, so that the answer does not depend on who asks first. */
    int middle[3];
    for (int c = 0; c < 3; c++)
        middle[c] = (rgb[c] & ~3) | 2;
    int least = INT32_MAX;
    for (int i = 0; i < AVT_PALETTE_COLOURS; i++) {
        int distance = 0;
        for (int c = 0; c < 3; c++)
            distance += (palette->rgb[i][c] - middle[c]) * (palette->rgb[i][c] - middle[c]);
        if (distance < least) {
            least = distance;
            *slot = (uint16_t)i;
        }
    }
    return (uint8_t)*slot;
}

void avt_palette_map(struct avt_palette *palette, const struct avt_image *image, uint8_t *out,
                     size_t stride)
{
    avt_assert(!palette->bins);
    for (int y = 0; y < image->height; y++) {
        const uint8_t *p = avt_image_row(image, y);
        for (int x = 0; x < image->width; x++, p += 4) {
            int rgb[3];
            int shift = palette->dither[y % MATRIX][x % MATRIX];
            for (int c = 0; c < 3; c++) {
                int value = p[c] + shift;
                rgb[c] = value < 0 ? 0 : value > 255 ? 255 : value;
            }
            out[(size_t)y * stride + (size_t)x] = look_up(palette, rgb);
        }
    }
}

void avt_palette_free(struct avt_palette *palette)
{
    if (!palette)
        return;
    avt_free(palette->bins);
    avt_free(palette->looked_up);
    avt_free(palette);
}
