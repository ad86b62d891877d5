/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/own_teeth.h"

#include <math.h>
#include <stdbool.h>

#include "base/mem.h"

/* Pixels of the copy for each of the picture: it is sampled twice, which must not blur it. */
#define FINER 2.f
/* Lips cover their edge, and the mesh is out by a pixel: so much of the opening is left to them. */
#define UPPER_MARGIN .018f
#define LOWER_MARGIN .010f
#define MARGIN_PIXELS 1.2f /* at least: edges are soft */
#define FADE         .016f
/* Teeth are at least this bright, of the skin, and less red than lips and gums, which are as bright. */
#define TOOTH_LIGHT .2f
#define TOOTH_GREEN .5f
/* A row of teeth: at least this much of the opening's inner part, or they are highlights of wet lips. */
#define TOOTH_SHARE .2f
/* So much of the opening beside the outermost ones is tooth. */
#define COLUMN_SHARE .3f
/* Ends of the teeth are one line, not one for each column. */
#define SMOOTH .05f
/* A row bends by no more than this, .1 eye distances at the canines. */
#define BEND_MAX 1.4f
enum { SIDE_MAX = 4096, SMOOTH_PASSES = 2 };

struct avt_own_teeth {
    int width, height;
    float x0, y0, step; /* of the copy, in the mouth's frame */
    float *rgba;        /* [height, width, 4] linear light, share */
    float colour[3];
    float edge, edge_bend; /* y where they end: edge + edge_bend x^2 */
    float first, last;     /* x between which they show */
};

/* One column of the opening, in the mouth's frame; end: where its teeth end, 0 if it has none. */
struct column {
    float top, bottom, end;
    float seen; /* places of it */
};

static float to_linear(uint8_t v)
{
    return avt_light_of((float)v / 255);
}

/* Colour of the picture behind a place of the mouth, false beyond its border. */
static bool sample(const struct avt_image *image, const struct avt_rig *rig, float x, float y, float ret_rgb[3])
{
    struct avt_point at = avt_rig_project(
        rig, (struct avt_point3){rig->mouth_x + x, rig->seam.y[AVT_CURVE_POINTS / 2] + y,
                                 rig->mouth_z - AVT_TEETH_BEHIND});
    int ix = (int)floorf(at.x), iy = (int)floorf(at.y);
    if (ix < 0 || iy < 0 || ix + 1 >= image->width || iy + 1 >= image->height)
        return false;
    float fx = at.x - (float)ix, fy = at.y - (float)iy;
    const uint8_t *up = avt_image_row(image, iy) + 4 * (ptrdiff_t)ix;
    const uint8_t *down = avt_image_row(image, iy + 1) + 4 * (ptrdiff_t)ix;
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = avt_mix(avt_mix(to_linear(up[c]), to_linear(up[4 + c]), fx),
                             avt_mix(to_linear(down[c]), to_linear(down[4 + c]), fx), fy);
    return true;
}

static bool is_tooth(const float rgb[3], float light)
{
    float luminance = .2126f * rgb[0] + .7152f * rgb[1] + .0722f * rgb[2];
    return luminance > TOOTH_LIGHT * light && rgb[1] > TOOTH_GREEN * rgb[0];
}

/* The lips stand before the teeth, so in a turned head their edges lie elsewhere before them. */
static struct avt_point3 before_teeth(const struct avt_rig *rig, const struct avt_curve *edge, float x)
{
    struct avt_point at =
        avt_rig_project(rig, (struct avt_point3){x, avt_curve_at(edge, x), avt_curve_at(&rig->lip_depth, x)});
    struct avt_point3 p = avt_rig_unproject(rig, at.x, at.y, rig->mouth_z - AVT_TEETH_BEHIND);
    return (struct avt_point3){p.x - rig->mouth_x, p.y - rig->seam.y[AVT_CURVE_POINTS / 2], 0};
}

static void measure_edges(const struct avt_own_teeth *teeth, const struct avt_rig *rig, struct column *columns)
{
    struct avt_point3 shift = before_teeth(rig, &rig->lip_upper, rig->mouth_x);
    float soft = MARGIN_PIXELS / rig->unit;
    for (int i = 0; i < teeth->width; i++) {
        /* Depths along the lips differ little: one shift sideways does for all. */
        float x = rig->mouth_x + teeth->x0 + teeth->step * (float)i - shift.x;
        columns[i] = (struct column){.top = before_teeth(rig, &rig->lip_upper, x).y + fmaxf(UPPER_MARGIN, soft),
                                     .bottom = before_teeth(rig, &rig->lip_lower, x).y - fmaxf(LOWER_MARGIN, soft)};
    }
}

/* Where the teeth of each column end. False if there are too few to be teeth. */
static bool measure_teeth(struct avt_own_teeth *teeth, const struct avt_image *image, const struct avt_rig *rig,
                          float light, struct column *columns)
{
    int seen = 0, all = 0;
    for (int i = 0; i < teeth->width; i++) {
        struct column *column = &columns[i];
        float x = teeth->x0 + teeth->step * (float)i, rgb[3];
        for (float y = column->top; y < column->bottom; y += teeth->step) {
            if (!sample(image, rig, x, y, rgb))
                continue;
            all++;
            if (!is_tooth(rgb, light))
                continue;
            seen++;
            column->end = y + teeth->step;
            column->seen++;
            for (int c = 0; c < 3; c++)
                teeth->colour[c] += rgb[c];
        }
    }
    for (int i = 0; i < teeth->width; i++) {
        /* A wet corner of the lips is bright, too, but for a pixel or two. */
        if (columns[i].end == 0 || columns[i].seen * teeth->step < COLUMN_SHARE * (columns[i].bottom - columns[i].top))
            continue;
        teeth->last = teeth->x0 + teeth->step * (float)i;
        teeth->first = teeth->first < teeth->last ? teeth->first : teeth->last;
    }
    for (int c = 0; c < 3; c++)
        teeth->colour[c] /= seen > 0 ? (float)seen : 1;
    return seen >= 40 && (float)seen > TOOTH_SHARE * (float)all;
}

/* A column without teeth shows the dark beside them: it goes as far down as its neighbours do. */
static void smooth_ends(const struct avt_own_teeth *teeth, struct column *columns)
{
    int reach = (int)ceilf(SMOOTH / teeth->step);
    AVT_CLEANUP(avt_freep) float *ends = avt_new0(float, (size_t)teeth->width);
    for (int pass = 0; pass < SMOOTH_PASSES; pass++) {
        for (int i = 0; i < teeth->width; i++) {
            float sum = 0, count = 0;
            for (int k = i - reach; k <= i + reach; k++) {
                if (k < 0 || k >= teeth->width || columns[k].end == 0)
                    continue;
                sum += columns[k].end;
                count++;
            }
            ends[i] = count > 0 ? sum / count : 0;
        }
        for (int i = 0; i < teeth->width; i++)
            columns[i].end = fminf(ends[i], columns[i].bottom);
    }
}

/* The line that their ends make: a parabola, least squares. It goes on where the photo shows none. */
static void measure_edge(struct avt_own_teeth *teeth, const struct column *columns)
{
    double n = 0, xx = 0, xxxx = 0, y = 0, xxy = 0;
    for (int i = 0; i < teeth->width; i++) {
        if (columns[i].end == 0)
            continue;
        double x = (double)(teeth->x0 + teeth->step * (float)i), end = (double)columns[i].end;
        n++;
        xx += x * x;
        xxxx += x * x * x * x;
        y += end;
        xxy += x * x * end;
    }
    double det = n * xxxx - xx * xx + 1e-4 * n * n;
    teeth->edge_bend = avt_clampf((float)((n * xxy - xx * y) / det), -BEND_MAX, BEND_MAX);
    teeth->edge = n > 0 ? (float)((y - (double)teeth->edge_bend * xx) / n) : 0;
}

static void copy_opening(struct avt_own_teeth *teeth, const struct avt_image *image, const struct avt_rig *rig,
                         const struct column *columns)
{
    for (int j = 0; j < teeth->height; j++) {
        float y = teeth->y0 + teeth->step * (float)j;
        for (int i = 0; i < teeth->width; i++) {
            const struct column *column = &columns[i];
            float *out = teeth->rgba + 4 * ((ptrdiff_t)j * teeth->width + i);
            float x = teeth->x0 + teeth->step * (float)i, from_side = fminf(x - teeth->first, teeth->last - x);
            if (column->end <= column->top ||
                !sample(image, rig, x, y, out))
                continue;
            out[3] = avt_step(0, FADE, column->end - y) * avt_step(0, 2 * FADE, from_side) *
                     avt_step(0, FADE, y - column->top);
        }
    }
}

/* A place and size for the copy: all of the opening. */
static bool place_copy(struct avt_own_teeth *teeth, const struct avt_image *image, const struct avt_rig *rig)
{
    float x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        float x = avt_mix(rig->lip_upper.x0, rig->lip_upper.x1, (float)i / (AVT_CURVE_POINTS - 1));
        struct avt_point3 upper = before_teeth(rig, &rig->lip_upper, x);
        struct avt_point3 lower = before_teeth(rig, &rig->lip_lower, x);
        x0 = fminf(x0, fminf(upper.x, lower.x));
        x1 = fmaxf(x1, fmaxf(upper.x, lower.x));
        y0 = fminf(y0, upper.y);
        y1 = fmaxf(y1, lower.y);
    }
    teeth->x0 = x0;
    teeth->y0 = y0;
    teeth->step = 1 / (FINER * rig->unit);
    teeth->width = (int)ceilf((x1 - x0) / teeth->step);
    teeth->height = (int)ceilf((y1 - teeth->y0) / teeth->step);
    int most = FINER * (float)(image->width > image->height ? image->width : image->height) < SIDE_MAX
                   ? (int)FINER * (image->width > image->height ? image->width : image->height)
                   : SIDE_MAX;
    return teeth->width > 4 && teeth->height > 4 && teeth->width <= most && teeth->height <= most;
}

struct avt_own_teeth *avt_own_teeth_new(const struct avt_image *image, const struct avt_rig *rig, float light)
{
    if (!rig->parted)
        return NULL;
    AVT_CLEANUP(avt_own_teeth_freep) struct avt_own_teeth *teeth = avt_new0(struct avt_own_teeth, 1);
    if (!place_copy(teeth, image, rig))
        return NULL;
    AVT_CLEANUP(avt_freep) struct column *columns = avt_new0(struct column, (size_t)teeth->width);
    measure_edges(teeth, rig, columns);
    if (!measure_teeth(teeth, image, rig, light, columns))
        return NULL;
    smooth_ends(teeth, columns);
    measure_edge(teeth, columns);
    teeth->rgba = avt_new0(float, 4 * (size_t)teeth->width * (size_t)teeth->height);
    copy_opening(teeth, image, rig, columns);
    return AVT_TAKE(teeth);
}

void avt_own_teeth_free(struct avt_own_teeth *teeth)
{
    if (!teeth)
        return;
    avt_free(teeth->rgba);
    avt_free(teeth);
}

void avt_own_teeth_colour(const struct avt_own_teeth *teeth, float ret_rgb[3])
{
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = teeth->colour[c];
}

float avt_own_teeth_edge(const struct avt_own_teeth *teeth, float x)
{
    return teeth->edge + teeth->edge_bend * fminf(x * x, .12f);
}

float avt_own_teeth_beside(const struct avt_own_teeth *teeth, float x)
{
    return avt_step(0, .08f, fmaxf(teeth->first - x, x - teeth->last));
}

float avt_own_teeth_at(const struct avt_own_teeth *teeth, float x, float y, float ret_rgb[3])
{
    float u = (x - teeth->x0) / teeth->step, v = (y - teeth->y0) / teeth->step;
    if (!(u >= 0 && v >= 0 && u < (float)(teeth->width - 1) && v < (float)(teeth->height - 1)))
        return 0;
    int i = (int)u, j = (int)v;
    float fu = u - (float)i, fv = v - (float)j, at[4];
    const float *up = teeth->rgba + 4 * ((ptrdiff_t)j * teeth->width + i), *down = up + 4 * (ptrdiff_t)teeth->width;
    for (int c = 0; c < 4; c++)
        at[c] = avt_mix(avt_mix(up[c], up[4 + c], fu), avt_mix(down[c], down[4 + c], fu), fv);
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = at[c];
    return at[3];
}
