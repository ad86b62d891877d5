/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/enhance_place.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/sample.h"
#include "lipsync/wav2lip_crop.h"

enum { MASK = AVT_WAV2LIP_MASK_SIDE, FINER_MAX = 8 };
/* Part of the square at each border over which the work fades out. */
#define BORDER .06

const struct avt_point avt_enhance_template[AVT_ENHANCE_POINTS] = {{192.98138f, 239.94708f},
                                                                   {318.90277f, 240.1936f},
                                                                   {256.63416f, 314.01935f},
                                                                   {201.26117f, 371.41043f},
                                                                   {313.08905f, 371.15118f}};

double avt_enhance_place_scale(const struct avt_enhance_place *place)
{
    return hypot(place->a, place->b);
}

double avt_enhance_square_length(const struct avt_enhance_square *square)
{
    return square->window.side * avt_enhance_place_scale(&square->place);
}

/* The same five of the mesh. An eye is the middle of its corners: irises move with the gaze. */
static void points_of(const struct avt_face *face, double points[AVT_ENHANCE_POINTS][2])
{
    static const short which[AVT_ENHANCE_POINTS][2] = {{33, 133}, {362, 263}, {1, 1}, {61, 61}, {291, 291}};
    for (int i = 0; i < AVT_ENHANCE_POINTS; i++) {
        const struct avt_point3 *p = &face->mesh[which[i][0]], *q = &face->mesh[which[i][1]];
        points[i][0] = ((double)p->x + (double)q->x) / 2;
        points[i][1] = ((double)p->y + (double)q->y) / 2;
    }
}

bool avt_enhance_place_of(const struct avt_face *face, struct avt_enhance_place *ret_place)
{
    double points[AVT_ENHANCE_POINTS][2], from[2] = {0}, to[2] = {0};
    points_of(face, points);
    for (int i = 0; i < AVT_ENHANCE_POINTS; i++) {
        from[0] += points[i][0] / AVT_ENHANCE_POINTS;
        from[1] += points[i][1] / AVT_ENHANCE_POINTS;
        to[0] += ((double)avt_enhance_template[i].x + .5) / AVT_ENHANCE_POINTS;
        to[1] += ((double)avt_enhance_template[i].y + .5) / AVT_ENHANCE_POINTS;
    }
    /* From the picture to the template, as numbers of the plane: t - to = (a + ib)(p - from). */
    double a = 0, b = 0, norm = 0;
    for (int i = 0; i < AVT_ENHANCE_POINTS; i++) {
        double px = points[i][0] - from[0], py = points[i][1] - from[1];
        double tx = (double)avt_enhance_template[i].x + .5 - to[0], ty = (double)avt_enhance_template[i].y + .5 - to[1];
        a += px * tx + py * ty;
        b += px * ty - py * tx;
        norm += px * px + py * py;
    }
    /* And back again: p = from + (t - to) / (a + ib). */
    double size = (a * a + b * b) / norm;
    struct avt_enhance_place place = {.a = a / size, .b = -b / size};
    place.x = from[0] - place.a * to[0] + place.b * to[1];
    place.y = from[1] - place.b * to[0] - place.a * to[1];
    if (!isfinite(place.a) || !isfinite(place.b) || !isfinite(place.x) || !isfinite(place.y))
        return false;
    *ret_place = place;
    return true;
}

static void point_at(const struct avt_enhance_place *place, double u, double v, double *ret_x, double *ret_y)
{
    *ret_x = place->x + place->a * u - place->b * v;
    *ret_y = place->y + place->b * u + place->a * v;
}

/* Whether a face can have come from one place to the other from a picture to the next: measured in the middle of the
 * template, where the nose is. */
static bool follows(const struct avt_enhance_place *before, const struct avt_enhance_place *now)
{
    double x0, y0, x1, y1, middle = AVT_ENHANCE_TEMPLATE / 2.;
    point_at(before, middle, middle, &x0, &y0);
    point_at(now, middle, middle, &x1, &y1);
    double scale = avt_enhance_place_scale(before), larger = avt_enhance_place_scale(now) / scale;
    return hypot(x1 - x0, y1 - y0) < 80 * scale && larger > .8 && larger < 1.25;
}

struct avt_enhance_place avt_enhance_places_add(struct avt_enhance_places *places, long long frame,
                                                const struct avt_enhance_place *place)
{
    if (places->count && (frame != places->frame + 1 || !follows(&places->last[places->count - 1], place)))
        places->count = 0;
    if (places->count == AVT_ENHANCE_PLACES)
        memmove(places->last, places->last + 1, (size_t)--places->count * sizeof(*place));
    places->last[places->count++] = *place;
    places->frame = frame;
    struct avt_enhance_place mean = {0};
    for (int i = 0; i < places->count; i++) {
        mean.a += places->last[i].a / places->count;
        mean.b += places->last[i].b / places->count;
        mean.x += places->last[i].x / places->count;
        mean.y += places->last[i].y / places->count;
    }
    return mean;
}

/* ---- between pixels -------------------------------------------------------------------------- */

/* Planes of floats, all of one size. */
struct sheet {
    const float *values; /* [3, height, width] */
    int width, height;
};

/* Catmull-Rom's four weights, for a point `t` behind the second of four. */
static void cubic(float t, float weights[4])
{
    weights[0] = ((-.5f * t + 1) * t - .5f) * t;
    weights[1] = (1.5f * t - 2.5f) * t * t + 1;
    weights[2] = ((-1.5f * t + 2) * t + .5f) * t;
    weights[3] = (.5f * t - .5f) * t * t;
}

static int within(int value, int count)
{
    return value < 0 ? 0 : value >= count ? count - 1 : value;
}

/* At x, y from the edges. Beyond the borders the last values repeat. */
static void look(const struct sheet *sheet, double x, double y, float ret[3])
{
    double left = floor(x - .5), top = floor(y - .5);
    float across[4], down[4];
    int columns[4];
    size_t plane = (size_t)sheet->width * (size_t)sheet->height;
    cubic((float)(x - .5 - left), across);
    cubic((float)(y - .5 - top), down);
    for (int k = 0; k < 4; k++)
        columns[k] = within((int)left - 1 + k, sheet->width);
    ret[0] = ret[1] = ret[2] = 0;
    for (int k = 0; k < 4; k++) {
        const float *row = sheet->values + (size_t)within((int)top - 1 + k, sheet->height) * (size_t)sheet->width;
        for (int c = 0; c < 3; c++, row += plane)
            ret[c] += down[k] * (across[0] * row[columns[0]] + across[1] * row[columns[1]] +
                                 across[2] * row[columns[2]] + across[3] * row[columns[3]]);
    }
}

/* ---- out of the picture ---------------------------------------------------------------------- */

/* Whole pixels of a picture, x1 and y1 beyond the last. */
struct area {
    int x0, y0, x1, y1;
};

/* All that the square touches, and `more` around it, of a picture of that size; at least one pixel of it. */
static struct area area_of(const struct avt_enhance_square *square, int more, int width, int height)
{
    double x0 = HUGE_VAL, y0 = HUGE_VAL, x1 = -HUGE_VAL, y1 = -HUGE_VAL;
    for (int i = 0; i < 4; i++) {
        double x, y, side = square->window.side;
        point_at(&square->place, square->window.left + (i & 1) * side, square->window.top + (i >> 1) * side, &x, &y);
        x0 = fmin(x0, x);
        y0 = fmin(y0, y);
        x1 = fmax(x1, x);
        y1 = fmax(y1, y);
    }
    struct area area = {
        (int)fmin(fmax(floor(x0) - more, 0), width - 1), (int)fmin(fmax(floor(y0) - more, 0), height - 1),
        (int)fmin(fmax(ceil(x1) + more, 0), width), (int)fmin(fmax(ceil(y1) + more, 0), height)};
    area.x1 = area.x1 > area.x0 ? area.x1 : area.x0 + 1;
    area.y1 = area.y1 > area.y0 ? area.y1 : area.y0 + 1;
    return area;
}

static enum avt_code no_memory(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOMEM, "there is not enough memory to enhance a mouth");
}

/* Template pixels of the middle of pixel `i` of the square. */
static double step_of(const struct avt_enhance_square *square, double from, int i)
{
    return from + (i + .5) * square->window.side / square->side;
}

enum avt_code avt_enhance_crop(const struct avt_image *image, const struct avt_enhance_square *square,
                               float *ret_planes, struct avt_error *reterr)
{
    avt_assert(image && square && square->side > 0 && ret_planes);
    struct area area = area_of(square, 2, image->width, image->height);
    struct sheet sheet = {.width = area.x1 - area.x0, .height = area.y1 - area.y0};
    size_t plane = (size_t)sheet.width * (size_t)sheet.height, size = (size_t)square->side;
    AVT_CLEANUP(avt_freep) float *values = avt_try_new0(float, 3 * plane);
    if (!values)
        return no_memory(reterr);
    sheet.values = values;
    for (int y = 0; y < sheet.height; y++) {
        const uint8_t *pixel = avt_image_row(image, area.y0 + y) + (size_t)area.x0 * 4;
        float *row = values + (size_t)y * (size_t)sheet.width;
        for (int x = 0; x < sheet.width; x++, pixel += 4) {
            for (int c = 0; c < 3; c++)
                row[(size_t)c * plane + (size_t)x] = avt_pixel_over_grey(pixel, c) / 255;
        }
    }
    for (int j = 0; j < square->side; j++) {
        double v = step_of(square, square->window.top, j);
        for (int i = 0; i < square->side; i++) {
            double x, y;
            float colour[3];
            point_at(&square->place, step_of(square, square->window.left, i), v, &x, &y);
            /* Far outside it is the border's, too, and numbers stay those of pixels. */
            look(&sheet, fmin(fmax(x - area.x0, -1), sheet.width + 1), fmin(fmax(y - area.y0, -1), sheet.height + 1),
                 colour);
            for (int c = 0; c < 3; c++)
                ret_planes[((size_t)c * size + (size_t)j) * size + (size_t)i] = fminf(fmaxf(colour[c], 0), 1);
        }
    }
    return AVT_OK;
}

/* Of a mask, between its places; beyond its borders there is nothing. */
static float mask_at(const float *mask, double x, double y)
{
    double left = floor(x - .5), top = floor(y - .5);
    float fx = (float)(x - .5 - left), fy = (float)(y - .5 - top), sum = 0;
    if (!(left >= -1 && left < MASK && top >= -1 && top < MASK))
        return 0;
    for (int k = 0; k < 4; k++) {
        int i = (int)left + (k & 1), j = (int)top + (k >> 1);
        if (i >= 0 && i < MASK && j >= 0 && j < MASK)
            sum += ((k & 1) ? fx : 1 - fx) * ((k >> 1) ? fy : 1 - fy) * mask[j * MASK + i];
    }
    return sum;
}

static float smooth(double x)
{
    float t = (float)fmin(fmax(x, 0), 1);
    return t * t * (3 - 2 * t);
}

enum avt_code avt_enhance_mask(const struct avt_face *face, int width, int height,
                               const struct avt_enhance_square *square, float *ret_mask, struct avt_error *reterr)
{
    avt_assert(face && square && square->side > 0 && ret_mask);
    struct avt_wav2lip_box box;
    float mask[MASK * MASK];
    memset(ret_mask, 0, (size_t)square->side * (size_t)square->side * sizeof(*ret_mask));
    if (!avt_wav2lip_box_of(face, width, height, &box))
        return AVT_OK;
    enum avt_code code = avt_wav2lip_mask(face, &box, mask, reterr);
    double across = MASK / (box.x1 - box.x0), down = MASK / (box.y1 - box.y0);
    for (int j = 0; j < square->side && code == AVT_OK; j++) {
        int below = j < square->side / 2 ? j : square->side - 1 - j;
        float fade = smooth((below + .5) / square->side / BORDER);
        for (int i = 0; i < square->side; i++) {
            double x, y;
            int beside = i < square->side / 2 ? i : square->side - 1 - i;
            point_at(&square->place, step_of(square, square->window.left, i),
                     step_of(square, square->window.top, j), &x, &y);
            *ret_mask++ = mask_at(mask, (x - box.x0) * across, (y - box.y0) * down) * fade *
                          smooth((beside + .5) / square->side / BORDER);
        }
    }
    return code;
}

/* ---- back into it ---------------------------------------------------------------------------- */

void avt_enhance_add(const float *change, const struct avt_enhance_square *square, float strength,
                     struct avt_image *image)
{
    avt_assert(change && square && square->side > 0 && image);
    const struct avt_enhance_place *place = &square->place;
    const struct sheet sheet = {change, square->side, square->side};
    struct area area = area_of(square, 0, image->width, image->height);
    double finer = square->side / avt_enhance_square_length(square), norm = place->a * place->a + place->b * place->b;
    double step = square->side / square->window.side;
    int parts = finer > 1.25 ? (int)fmin(ceil(finer), FINER_MAX) : 1;
    float share = 255 * strength / (float)(parts * parts);
    for (int y = area.y0; y < area.y1; y++) {
        uint8_t *pixel = avt_image_row(image, y) + (size_t)area.x0 * 4;
        for (int x = area.x0; x < area.x1; x++, pixel += 4) {
            float sums[3] = {0}, colour[3];
            for (int k = 0; k < parts * parts; k++) {
                double px = x + (k % parts + .5) / parts - place->x, py = y + (k / parts + .5) / parts - place->y;
                double u = ((place->a * px + place->b * py) / norm - square->window.left) * step;
                double v = ((place->a * py - place->b * px) / norm - square->window.top) * step;
                if (!(u >= 0 && u <= sheet.width && v >= 0 && v <= sheet.height))
                    continue;
                look(&sheet, u, v, colour);
                for (int c = 0; c < 3; c++)
                    sums[c] += colour[c];
            }
            for (int c = 0; c < 3; c++)
                pixel[c] = (uint8_t)(fminf(fmaxf((float)pixel[c] + share * sums[c], 0), 255) + .5f);
        }
    }
}
