/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/wav2lip_crop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/sample.h"
#include "lipsync/cover.h"
#include "lipsync/taps.h"

enum {
    POINTS = 468, /* of the mesh without the irises */
    MASK = AVT_WAV2LIP_MASK_SIDE,
    BOXES = AVT_WAV2LIP_BOXES,
};

/* The mesh ends on the chin, S3FD's boxes just below it: part of the height. */
#define CHIN_ROOM .02

/* Of the mask, in parts of the box. A mouth that opens takes the chin down with it, and cheeks seen from the side end
 * in the background: so a little more below, a little less at the sides. */
#define BELOW     .025f
#define NARROWER  .93f
enum {
    SOFT_PASSES = 10, /* of binomial filters: a standard deviation of 2.2 of 96 */
    RISE = 7,         /* of 96: from the half where the network's own begins */
    BORDER = 4,       /* of 96: at the other borders */
};

bool avt_wav2lip_box_of(const struct avt_face *face, int width, int height, struct avt_wav2lip_box *ret_box)
{
    double x0 = HUGE_VAL, x1 = -HUGE_VAL, y0 = HUGE_VAL, y1 = -HUGE_VAL;
    for (int i = 0; i < POINTS; i++) {
        const struct avt_point3 *point = &face->mesh[i];
        if (!isfinite(point->x) || !isfinite(point->y))
            return false;
        x0 = fmin(x0, (double)point->x);
        x1 = fmax(x1, (double)point->x);
        y0 = fmin(y0, (double)point->y);
        y1 = fmax(y1, (double)point->y);
    }
    y1 += CHIN_ROOM * (y1 - y0);
    struct avt_wav2lip_box box = {fmax(x0 - AVT_WAV2LIP_PAD_LEFT, 0), fmax(y0 - AVT_WAV2LIP_PAD_TOP, 0),
                                  fmin(x1 + AVT_WAV2LIP_PAD_RIGHT, width), fmin(y1 + AVT_WAV2LIP_PAD_BOTTOM, height)};
    if (box.x1 - box.x0 < AVT_WAV2LIP_BOX_MIN || box.y1 - box.y0 < AVT_WAV2LIP_BOX_MIN)
        return false;
    *ret_box = box;
    return true;
}

/* Whether a face can have come from one place to the other from a picture to the next. */
static bool follows(const struct avt_wav2lip_box *before, const struct avt_wav2lip_box *now)
{
    double width = before->x1 - before->x0, height = before->y1 - before->y0;
    double dx = fabs(now->x0 + now->x1 - before->x0 - before->x1) / 2,
           dy = fabs(now->y0 + now->y1 - before->y0 - before->y1) / 2, larger = (now->y1 - now->y0) / height;
    return dx < .25 * width && dy < .25 * height && larger > .8 && larger < 1.25;
}

struct avt_wav2lip_box avt_wav2lip_boxes_add(struct avt_wav2lip_boxes *boxes, long long frame,
                                             const struct avt_wav2lip_box *box)
{
    if (boxes->count && (frame != boxes->frame + 1 || !follows(&boxes->last[boxes->count - 1], box)))
        boxes->count = 0;
    if (boxes->count == BOXES)
        memmove(boxes->last, boxes->last + 1, (size_t)--boxes->count * sizeof(*box));
    boxes->last[boxes->count++] = *box;
    boxes->frame = frame;
    struct avt_wav2lip_box mean = {0};
    for (int i = 0; i < boxes->count; i++) {
        mean.x0 += boxes->last[i].x0 / boxes->count;
        mean.y0 += boxes->last[i].y0 / boxes->count;
        mean.x1 += boxes->last[i].x1 / boxes->count;
        mean.y1 += boxes->last[i].y1 / boxes->count;
    }
    return mean;
}

static enum avt_code no_memory(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to paint a mouth");
}

enum avt_code avt_wav2lip_crop(const struct avt_image *image, const struct avt_wav2lip_box *box, int side,
                               float *ret_planes, struct avt_error *reterr)
{
    avt_assert(image && box && side > 1 && ret_planes);
    AVT_CLEANUP(avt_taps_done) struct avt_taps across = {0};
    AVT_CLEANUP(avt_taps_done) struct avt_taps down = {0};
    if (!avt_taps_init(&across, box->x0, box->x1, image->width, side) ||
        !avt_taps_init(&down, box->y0, box->y1, image->height, side))
        return no_memory(reterr);
    int top = down.first[0], rows = down.first[side - 1] + down.width - top;
    size_t row_size = (size_t)side * 3, plane = (size_t)side * (size_t)side;
    AVT_CLEANUP(avt_freep) float *narrow = avt_try_new0(float, row_size * (size_t)rows); /* [rows, 3, side] */
    if (!narrow)
        return no_memory(reterr);
    for (int y = 0; y < rows; y++) {
        const uint8_t *pixels = avt_image_row(image, top + y);
        float *out = narrow + (size_t)y * row_size;
        for (int x = 0; x < side; x++) {
            const float *weights = across.weights + (size_t)x * (size_t)across.width;
            const uint8_t *pixel = pixels + (size_t)across.first[x] * 4;
            float sums[3] = {0};
            for (int k = 0; k < across.width; k++, pixel += 4) {
                for (int c = 0; c < 3; c++)
                    sums[c] += weights[k] * avt_pixel_over_grey(pixel, 2 - c);
            }
            for (int c = 0; c < 3; c++)
                out[c * side + x] = sums[c];
        }
    }
    for (int y = 0; y < side; y++) {
        const float *weights = down.weights + (size_t)y * (size_t)down.width;
        const float *in = narrow + (size_t)(down.first[y] - top) * row_size;
        for (int i = 0; i < 3 * side; i++) {
            float sum = 0;
            for (int k = 0; k < down.width; k++)
                sum += weights[k] * in[(size_t)k * row_size + (size_t)i];
            size_t at = (size_t)(i / side) * plane + (size_t)(y * side + i % side);
            float value = fminf(fmaxf(sum / 255, 0), 1);
            ret_planes[3 * plane + at] = value;
            ret_planes[at] = y < side / 2 ? value : 0;
        }
    }
    return AVT_OK;
}

/* 0 to 1 without corners. */
static float smooth(float x)
{
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    return x * x * (3 - 2 * x);
}

static int compare(const void *a, const void *b)
{
    const struct avt_point *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

static bool turns_left(const struct avt_point *a, const struct avt_point *b, const struct avt_point *c)
{
    return (b->x - a->x) * (c->y - a->y) - (b->y - a->y) * (c->x - a->x) > 0;
}

/* Corners of the convex hull (Andrew's monotone chain). Sorts `points`. @param ret_hull  [count + 1] */
static int hull_of(struct avt_point *points, int count, struct avt_point *ret_hull)
{
    qsort(points, (size_t)count, sizeof(*points), compare);
    int size = 0;
    for (int pass = 0, start = 1; pass < 2; pass++, start = size + 1) {
        for (int i = 0; i < count; i++) {
            const struct avt_point *point = &points[pass ? count - 1 - i : i];
            while (size > start && !turns_left(&ret_hull[size - 2], &ret_hull[size - 1], point))
                size--;
            ret_hull[size++] = *point;
        }
        size--; /* the other chain begins with it */
    }
    return size;
}

enum avt_code avt_wav2lip_mask(const struct avt_face *face, const struct avt_wav2lip_box *box, float *ret_mask,
                               struct avt_error *reterr)
{
    avt_assert(face && box && ret_mask);
    AVT_CLEANUP(avt_cover_freep) struct avt_cover *cover = avt_cover_new(0, 0, MASK, MASK);
    if (!cover)
        return no_memory(reterr);
    struct avt_point points[POINTS], hull[POINTS + 1];
    float low = HUGE_VALF, high = -HUGE_VALF, left = (float)box->x0, top = (float)box->y0;
    float across = MASK / (float)(box->x1 - box->x0), down = MASK / (float)(box->y1 - box->y0);
    for (int i = 0; i < POINTS; i++) {
        low = fminf(low, face->mesh[i].x);
        high = fmaxf(high, face->mesh[i].x);
    }
    for (int i = 0; i < POINTS; i++) {
        const struct avt_point3 *point = &face->mesh[i];
        float middle = (low + high) / 2;
        float x = (middle + NARROWER * (point->x - middle) - left) * across, y = (point->y - top) * down;
        /* Further down, more: the upper half keeps its place. */
        float lower = 2 * y / MASK - 1;
        points[i] = (struct avt_point){x - .5f, y - .5f + (lower > 0 ? BELOW * MASK * lower : 0)};
    }
    avt_cover_polygon(cover, hull, hull_of(points, POINTS, hull));
    avt_cover_soften(cover, SOFT_PASSES);
    for (int y = 0; y < MASK; y++) {
        float rise = smooth(((float)y + .5f - MASK / 2) / RISE) * smooth((MASK - .5f - (float)y) / BORDER);
        for (int x = 0; x < MASK; x++) {
            int beside = x < MASK / 2 ? x : MASK - 1 - x;
            ret_mask[y * MASK + x] =
                (float)cover->part[y * MASK + x] / AVT_COVER_FULL * rise * smooth(((float)beside + .5f) / BORDER);
        }
    }
    return AVT_OK;
}

/* Row `y` of results from planes of side x side, one after the other: [planes, side]. */
static void mix_rows(const float *planes, int side, int plane_count, const struct avt_taps *down, int y, float *out)
{
    const float *weights = down->weights + (size_t)y * (size_t)down->width;
    for (int c = 0; c < plane_count; c++, planes += (size_t)side * (size_t)side, out += side) {
        const float *row = planes + (size_t)down->first[y] * (size_t)side;
        memset(out, 0, (size_t)side * sizeof(*out));
        for (int k = 0; k < down->width; k++, row += side) {
            for (int x = 0; x < side; x++)
                out[x] += weights[k] * row[x];
        }
    }
}

static float mix(const float *row, const struct avt_taps *across, int x)
{
    const float *weights = across->weights + (size_t)x * (size_t)across->width, *from = row + across->first[x];
    float sum = 0;
    for (int k = 0; k < across->width; k++)
        sum += weights[k] * from[k];
    return fminf(fmaxf(sum, 0), 1);
}

/* Steps of a square of `side` over pixels from..to of a box that begins at `start` and is `length` long. */
static bool steps_init(struct avt_taps *taps, double start, double length, int side, int from, int to)
{
    double scale = side / length;
    return avt_taps_init(taps, (from - start) * scale, (to - start) * scale, side, to - from);
}

enum avt_code avt_wav2lip_paste(const float *planes, int side, const float *mask, float strength,
                                const struct avt_wav2lip_box *box, struct avt_image *image, struct avt_error *reterr)
{
    avt_assert(planes && side > 1 && mask && box && image);
    double width = box->x1 - box->x0, height = box->y1 - box->y0;
    /* Only pixels that lie in the box as a whole, and in its lower half. */
    int left = (int)ceil(box->x0), right = (int)floor(box->x1), bottom = (int)floor(box->y1);
    int top = (int)floor(box->y0 + height / 2);
    AVT_CLEANUP(avt_taps_done) struct avt_taps across = {0};
    AVT_CLEANUP(avt_taps_done) struct avt_taps down = {0};
    AVT_CLEANUP(avt_taps_done) struct avt_taps mask_across = {0};
    AVT_CLEANUP(avt_taps_done) struct avt_taps mask_down = {0};
    AVT_CLEANUP(avt_freep) float *rows = avt_try_new0(float, (size_t)side * 3 + MASK);
    if (!rows || !steps_init(&across, box->x0, width, side, left, right) ||
        !steps_init(&down, box->y0, height, side, top, bottom) ||
        !steps_init(&mask_across, box->x0, width, MASK, left, right) ||
        !steps_init(&mask_down, box->y0, height, MASK, top, bottom))
        return no_memory(reterr);
    float *mask_row = rows + (size_t)side * 3;
    for (int y = top; y < bottom; y++) {
        mix_rows(planes, side, 3, &down, y - top, rows);
        mix_rows(mask, MASK, 1, &mask_down, y - top, mask_row);
        uint8_t *pixel = avt_image_row(image, y) + (size_t)left * 4;
        for (int x = 0; x < right - left; x++, pixel += 4) {
            float part = mix(mask_row, &mask_across, x) * strength;
            if (!(part > 0))
                continue;
            for (int c = 0; c < 3; c++) {
                float old = pixel[2 - c], value = 255 * mix(rows + (size_t)c * (size_t)side, &across, x);
                pixel[2 - c] = (uint8_t)(old + (value - old) * part + .5f);
            }
        }
    }
    return AVT_OK;
}
