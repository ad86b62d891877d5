/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/musetalk_blend.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "lipsync/byte_resize.h"

enum { SIDE = AVT_MUSETALK_PARSE_SIDE, PIXELS = AVT_MUSETALK_PARSE_PIXELS };

/* --- classes --- */

void avt_musetalk_classes_from_scores(const float *scores, uint8_t *ret_classes)
{
    for (size_t i = 0; i < PIXELS; i++) {
        int best = 0;
        for (int c = 1; c < AVT_MUSETALK_CLASSES; c++)
            best = scores[(size_t)c * PIXELS + i] > scores[(size_t)best * PIXELS + i] ? c : best;
        ret_classes[i] = (uint8_t)best;
    }
}

static const short oval[] = {10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
                             152, 148, 176, 149, 150, 136, 172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109};
static const short nose[] = {168, 351, 456, 420, 429, 279, 331, 358, 294, 327, 326, 2,
                             97,  98,  64,  129, 102, 49,  209, 198, 236, 122};
static const short lips[] = {61,  146, 91,  181, 84,  17,  314, 405, 321, 375,
                             291, 409, 270, 269, 267, 0,   37,  39,  40,  185};
enum { POLYGON_MAX = sizeof(oval) / sizeof(oval[0]) };

/* Give the places whose centres lie inside a polygon of mesh points a class. */
static void fill(const struct avt_face *face, const struct avt_musetalk_square *square, const short *points,
                 size_t count, uint8_t class, uint8_t *classes)
{
    float scale = (float)SIDE / (float)square->side, xs[POLYGON_MAX], ys[POLYGON_MAX];
    for (size_t i = 0; i < count; i++) {
        xs[i] = (face->mesh[points[i]].x - (float)square->x) * scale;
        ys[i] = (face->mesh[points[i]].y - (float)square->y) * scale;
    }
    for (int y = 0; y < SIDE; y++) {
        float centre = (float)y + .5f, cuts[POLYGON_MAX];
        size_t cut_count = 0;
        for (size_t i = 0, k = count - 1; i < count; k = i++) {
            if ((ys[i] > centre) == (ys[k] > centre))
                continue;
            float cut = xs[i] + (centre - ys[i]) / (ys[k] - ys[i]) * (xs[k] - xs[i]);
            size_t at = cut_count++; /* sorted as they come */
            for (; at > 0 && cuts[at - 1] > cut; at--)
                cuts[at] = cuts[at - 1];
            cuts[at] = cut;
        }
        for (size_t i = 0; i + 1 < cut_count; i += 2) {
            int from = (int)ceilf(fminf(fmaxf(cuts[i] - .5f, 0), SIDE)),
                to = (int)ceilf(fminf(fmaxf(cuts[i + 1] - .5f, 0), SIDE));
            if (to > from)
                memset(classes + (size_t)y * SIDE + from, class, (size_t)(to - from));
        }
    }
}

void avt_musetalk_classes_from_mesh(const struct avt_face *face, const struct avt_musetalk_square *square,
                                    uint8_t *ret_classes)
{
    memset(ret_classes, 0, PIXELS);
    fill(face, square, oval, sizeof(oval) / sizeof(oval[0]), AVT_MUSETALK_SKIN, ret_classes);
    fill(face, square, nose, sizeof(nose) / sizeof(nose[0]), AVT_MUSETALK_NOSE, ret_classes);
    fill(face, square, lips, sizeof(lips) / sizeof(lips[0]), AVT_MUSETALK_MOUTH, ret_classes);
}

/* --- the jaw's mask --- */

/* Of each row the number of set places before x, to tell at once how many lie in a span. */
struct counts {
    short before[SIDE][SIDE + 1];
};

static void count_rows(const uint8_t *mask, struct counts *counts)
{
    for (int y = 0; y < SIDE; y++) {
        counts->before[y][0] = 0;
        for (int x = 0; x < SIDE; x++)
            counts->before[y][x + 1] = (short)(counts->before[y][x] + (mask[y * SIDE + x] != 0));
    }
}

/* How many of row y, from x - half to x + half as far as they exist, are not set (or are, for `set`). */
static int count_span(const struct counts *counts, int y, int x, int half, bool set)
{
    int from = x - half < 0 ? 0 : x - half, to = x + half + 1 > SIDE ? SIDE : x + half + 1;
    int found = counts->before[y][to] - counts->before[y][from];
    return set ? found : to - from - found;
}

enum { GROW_MIDDLE = 16, CONE_FIRST = 10, CONE_LAST = 20, GROW_LAST = 32, GROW_HALF = 10, SHRINK_HALF = 17 };

static bool is_near(const struct counts *counts, int y, int x)
{
    for (int row = CONE_FIRST; row <= GROW_LAST; row++) {
        int at = y + row - GROW_MIDDLE, half = row <= CONE_LAST ? row - CONE_FIRST : GROW_HALF;
        if (at >= 0 && at < SIDE && count_span(counts, at, x, half, true) > 0)
            return true;
    }
    return false;
}

static void grow(const uint8_t *mask, struct counts *counts, uint8_t *out)
{
    count_rows(mask, counts);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++)
            out[y * SIDE + x] = is_near(counts, y, x) ? 255 : 0;
    }
}

/* In place: an ellipse of 35 x 3 is a line with a place above and one below its middle. */
static void shrink(uint8_t *mask, struct counts *counts)
{
    count_rows(mask, counts);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            bool is_whole = count_span(counts, y, x, SHRINK_HALF, false) == 0 &&
                            (y == 0 || count_span(counts, y - 1, x, 0, false) == 0) &&
                            (y == SIDE - 1 || count_span(counts, y + 1, x, 0, false) == 0);
            mask[y * SIDE + x] = is_whole ? 255 : 0;
        }
    }
}

void avt_musetalk_jaw(const uint8_t *classes, uint8_t *ret_mask)
{
    AVT_CLEANUP(avt_freep) struct counts *counts = avt_new0(struct counts, 1);
    AVT_CLEANUP(avt_freep) uint8_t *skin = avt_new0(uint8_t, PIXELS);
    AVT_CLEANUP(avt_freep) uint8_t *shrunk = avt_new0(uint8_t, PIXELS);
    for (size_t i = 0; i < PIXELS; i++)
        skin[i] = classes[i] == AVT_MUSETALK_SKIN ? 255 : 0;
    grow(skin, counts, ret_mask);
    memcpy(shrunk, ret_mask, PIXELS);
    shrink(shrunk, counts);
    shrink(shrunk, counts);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            int i = y * SIDE + x, class = classes[i];
            if (x <= SIDE / 2 - AVT_MUSETALK_CHEEK || x >= SIDE / 2 + AVT_MUSETALK_CHEEK)
                ret_mask[i] = shrunk[i];
            if (class == AVT_MUSETALK_NOSE)
                ret_mask[i] = 0;
            if (class >= AVT_MUSETALK_MOUTH && class <= AVT_MUSETALK_LIP_LOWER)
                ret_mask[i] = 255;
        }
    }
}

/* --- laying over --- */

int avt_musetalk_blur_size(int side)
{
    return (int)(.05 * side) / 2 * 2 + 1;
}

/* A blurred mask of a part of the picture. */
struct soft {
    int x, y, width, height; /* pixels of the picture */
    float *alpha;            /* [height, width], 0..255 */
};

static void soft_done(struct soft *soft)
{
    avt_free(soft->alpha);
}

static void make_kernel(int half, float *kernel)
{
    double sigma = .3 * (half - 1) + .8, sum = 0; /* OpenCV's for a size of 2 half + 1 */
    for (int k = -half; k <= half; k++)
        sum += exp(-k * k / (2 * sigma * sigma));
    for (int k = -half; k <= half; k++)
        kernel[k + half] = (float)(exp(-k * k / (2 * sigma * sigma)) / sum);
}

/* Blur the part [box] x [first row, lower edge) of the square's mask; all else counts as not set. The blurred rows
 * begin half a kernel above it. */
static bool soften(const struct avt_musetalk_box *box, const struct avt_musetalk_square *square, const uint8_t *wide,
                   struct soft *soft)
{
    int half = avt_musetalk_blur_size(square->side) / 2, first = square->y + square->side / 2;
    first = first < box->y1 ? box->y1 : first;
    int rows = box->y2 - first, width = box->x2 - box->x1, top = first - half < box->y1 ? box->y1 : first - half;
    *soft = (struct soft){box->x1, top, width, box->y2 - top, NULL};
    soft->alpha = avt_try_new0(float, (size_t)width * (size_t)soft->height);
    AVT_CLEANUP(avt_freep) float *across = avt_try_new0(float, (size_t)width * (size_t)rows);
    AVT_CLEANUP(avt_freep) float *kernel = avt_try_new0(float, (size_t)half * 2 + 1);
    if (!soft->alpha || !across || !kernel)
        return false;
    make_kernel(half, kernel);
    for (int y = 0; y < rows; y++) {
        const uint8_t *row = wide + (size_t)(first + y - square->y) * (size_t)square->side + (box->x1 - square->x);
        float *sums = across + (size_t)y * (size_t)width;
        for (int k = -half; k <= half; k++) {
            int from = k < 0 ? -k : 0, to = k > 0 ? width - k : width;
            for (int x = from; x < to; x++)
                sums[x] += kernel[k + half] * row[x + k];
        }
    }
    for (int y = 0; y < soft->height; y++) {
        float *sums = soft->alpha + (size_t)y * (size_t)width;
        for (int k = -half; k <= half; k++) {
            int at = top + y + k - first;
            if (at < 0 || at >= rows)
                continue;
            for (int x = 0; x < width; x++)
                sums[x] += kernel[k + half] * across[(size_t)at * (size_t)width + (size_t)x];
        }
    }
    return true;
}

static enum avt_code face_image(const float *face, struct avt_image **ret_image, struct avt_error *reterr)
{
    enum avt_code code = avt_image_new(AVT_MUSETALK_SIDE, AVT_MUSETALK_SIDE, ret_image, reterr);
    for (int y = 0; code == AVT_OK && y < AVT_MUSETALK_SIDE; y++) {
        uint8_t *pixel = avt_image_row(*ret_image, y);
        for (int x = 0; x < AVT_MUSETALK_SIDE; x++, pixel += 4) {
            for (int c = 0; c < 3; c++) {
                float value = face[c * AVT_MUSETALK_PIXELS + y * AVT_MUSETALK_SIDE + x] / 2 + .5f;
                pixel[c] = (uint8_t)lrintf(fminf(fmaxf(value, 0), 1) * 255);
            }
            pixel[3] = 255;
        }
    }
    return code;
}

static void lay(struct avt_image *image, const struct avt_musetalk_box *box, const struct avt_image *face,
                const struct soft *soft, float strength)
{
    for (int y = 0; y < soft->height; y++) {
        uint8_t *pixel = avt_image_row(image, soft->y + y) + 4 * (size_t)soft->x;
        const uint8_t *painted = avt_image_row(face, soft->y + y - box->y1);
        const float *alpha = soft->alpha + (size_t)y * (size_t)soft->width;
        for (int x = 0; x < soft->width; x++, pixel += 4, painted += 4) {
            int over = (int)(fminf(alpha[x], 255) * strength + .5f);
            for (int c = 0; c < 3; c++) {
                int sum = painted[c] * over + pixel[c] * (255 - over) + 128;
                pixel[c] = (uint8_t)((sum + (sum >> 8)) >> 8); /* / 255, rounded */
            }
        }
    }
}

enum avt_code avt_musetalk_blend(struct avt_image *image, const struct avt_musetalk_box *box, const uint8_t *mask,
                                 const float *face, float strength, struct avt_error *reterr)
{
    struct avt_musetalk_square square = avt_musetalk_square_of(box);
    AVT_CLEANUP(avt_image_freep) struct avt_image *small = NULL;
    AVT_CLEANUP(avt_image_freep) struct avt_image *large = NULL;
    enum avt_code code = face_image(face, &small, reterr);
    if (code == AVT_OK)
        code = avt_image_new(box->x2 - box->x1, box->y2 - box->y1, &large, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(small, 0, 0, AVT_MUSETALK_SIDE, AVT_MUSETALK_SIDE, large);
    AVT_CLEANUP(avt_freep) uint8_t *wide = avt_try_new0(uint8_t, (size_t)square.side * (size_t)square.side);
    AVT_CLEANUP(soft_done) struct soft soft = {0};
    if (wide) {
        const struct avt_bytes bytes = {mask, SIDE, SIDE, SIDE, 1};
        avt_bytes_resize(&bytes, 1, AVT_BYTE_TRIANGLE, square.side, square.side, wide);
    }
    if (!wide || !soften(box, &square, wide, &soft))
        return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory for a face of %d pixels", square.side);
    lay(image, box, large, &soft, strength);
    return AVT_OK;
}
