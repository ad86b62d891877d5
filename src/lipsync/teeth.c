/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/teeth.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/* Sizes are millimetres of an adult (Wheeler's Dental Anatomy) until they are laid out. */
#define MM (1 / 63.f)

enum { KINDS = 7, SIDE_MAX = 720, ARCH_STEPS = 512 };
/* One tooth of each kind, from the middle line outwards. */
struct tooth {
    float width, height; /* of the crown that shows */
    float raised;        /* edge above that of the front teeth, towards the gum */
    float tip;           /* how far the middle of its edge stands out: cusps */
    float mesial, distal; /* radius of the corners */
    float deep;           /* how far its sides lie behind its middle */
    float shade;          /* canines are darker and yellower */
};
static const struct tooth upper_kinds[KINDS] = {
    {8.5f, 10.2f, 0, -.05f, .6f, 1.1f, 1.3f, 1},     {6.6f, 9.4f, .3f, 0, .8f, 1.2f, 1.2f, .98f},
    {7.5f, 9.8f, .5f, .7f, 1.1f, 1.3f, 1.8f, .94f},  {7.0f, 8.6f, .7f, .5f, 1.1f, 1.2f, 1.7f, .96f},
    {6.8f, 8.0f, 1.0f, .4f, 1.1f, 1.2f, 1.7f, .95f}, {10.2f, 7.6f, 1.2f, .3f, 1.3f, 1.3f, 1.9f, .94f},
    {9.5f, 7.2f, 1.5f, .3f, 1.3f, 1.3f, 1.9f, .93f}};
static const struct tooth lower_kinds[KINDS] = {
    {5.3f, 8.8f, 0, -.05f, .4f, .5f, 1.0f, .98f},    {5.8f, 9.0f, .1f, 0, .5f, .6f, 1.0f, .98f},
    {6.8f, 9.4f, .4f, .6f, .8f, 1.0f, 1.6f, .95f},   {7.0f, 8.4f, .7f, .5f, 1.1f, 1.2f, 1.6f, .96f},
    {7.1f, 7.8f, 1.0f, .4f, 1.1f, 1.2f, 1.6f, .95f}, {11.0f, 7.2f, 1.2f, .3f, 1.3f, 1.3f, 1.8f, .94f},
    {10.5f, 6.8f, 1.5f, .3f, 1.3f, 1.3f, 1.8f, .93f}};

/* An ellipse seen from above: half its width, and its depth. */
#define UPPER_ARCH_X 30.0f
#define UPPER_ARCH_Z 46.0f
#define LOWER_ARCH_X 27.0f
#define LOWER_ARCH_Z 43.0f
#define LOWER_BEHIND 2.0f /* the upper front teeth */

#define EDGE_ROUND   1.1f /* edges are that thick */
#define GUM_PROUD    .7f  /* over the necks of the teeth */
#define GUM_HEIGHT   9.0f
#define PAPILLA      .42f /* of the crown's height that the gum comes down between two teeth */
#define NECK         .80f /* of a crown's width */
/* Enamel lets light through: its shades are softer than those of a solid. */
#define GLOW 0.30f

struct arch {
    float x[ARCH_STEPS], z[ARCH_STEPS]; /* over even steps of the length */
    float step, half_length;
};

/* What lies at one place of the row. */
struct place {
    float relief; /* mm outwards from the arch */
    float cover;  /* of anything, 0..1 */
    float gum;    /* 0..1, of that */
    float deep;   /* 0..1: between two teeth */
    float height; /* on the crown, 0 at the edge, 1 at the neck */
    float shade;
};

/* Relief, cover and light over even steps along the arch and up from the edge. */
struct sheet {
    int length, height;
    float step, from, low; /* mm */
    struct place *places;
    float *rgba;
};

struct drawing {
    const struct avt_teeth_plan *plan;
    const struct tooth *kinds;
    struct arch arch;
    struct sheet sheet;
};

static void make_arch(struct arch *arch, float half_width, float depth)
{
    enum { FINE = 4096 };
    const float quarter = 1.5f;
    float length[FINE], total = 0;
    for (int i = 0; i < FINE; i++) {
        float a = quarter * ((float)i - .5f) / (FINE - 1);
        total += i > 0 ? hypotf(half_width * cosf(a), depth * sinf(a)) * quarter / (FINE - 1) : 0;
        length[i] = total;
    }
    arch->half_length = total;
    arch->step = total / (ARCH_STEPS - 1);
    int k = 0;
    for (int i = 0; i < ARCH_STEPS; i++) {
        while (k < FINE - 2 && length[k + 1] < arch->step * (float)i)
            k++;
        float t = avt_clampf((arch->step * (float)i - length[k]) / (length[k + 1] - length[k]), 0, 1);
        float a = quarter * ((float)k + t) / (FINE - 1);
        arch->x[i] = half_width * sinf(a);
        arch->z[i] = -depth * (1 - cosf(a));
    }
}

/* Place on the arch, `along` mm from the middle; its normal, level. */
static void arch_at(const struct arch *arch, float along, float *ret_x, float *ret_z, float *ret_nx, float *ret_nz)
{
    float t = avt_clampf(fabsf(along) / arch->step, 0, ARCH_STEPS - 1.01f), side = along < 0 ? -1 : 1;
    int i = (int)t;
    float dx = arch->x[i + 1] - arch->x[i], dz = arch->z[i + 1] - arch->z[i], length = hypotf(dx, dz);
    *ret_x = side * avt_mix(arch->x[i], arch->x[i + 1], t - (float)i);
    *ret_z = avt_mix(arch->z[i], arch->z[i + 1], t - (float)i);
    *ret_nx = side * -dz / length;
    *ret_nz = dx / length;
}

/* 0 on the flat, 1 at the rim, round between. */
static float rounding(float from_rim, float radius)
{
    float t = avt_clampf(1 - from_rim / radius, 0, 1);
    return 1 - sqrtf(1 - t * t);
}

/* The relief of a row at a place: along the arch, and up from the edge of the front teeth, both in mm. */
static struct place place_at(const struct tooth *kinds, float along, float up)
{
    float at = fabsf(along), start = 0;
    int k = 0;
    while (k < KINDS - 1 && at > start + kinds[k].width)
        start += kinds[k++].width;
    const struct tooth *tooth = &kinds[k];
    float half = .5f * tooth->width, across = (at - start - half) / half; /* -1 mesial, 1 distal */
    float wide = avt_clampf(fabsf(across), 0, 1);
    float v = (up - tooth->raised) / tooth->height;
    /* Crowns are narrower at the neck, and a cusp stands out from their edge. */
    float width = half * avt_mix(.995f, NECK, avt_step(.25f, 1.05f, v));
    float edge = tooth->raised - tooth->tip + tooth->tip * 2 * powf(wide, 1.4f) * .8f;
    float from_side = width - fabsf(across) * half, from_edge = up - edge;
    float corner = across < 0 ? tooth->mesial : tooth->distal;
    float inside = fminf(from_side, from_edge);
    if (from_side < corner && from_edge < corner)
        inside = corner - hypotf(corner - from_side, corner - from_edge);
    /* The rim of the gum is an arch over each neck and comes down between two teeth. */
    float rim = tooth->raised + tooth->height * (1 - PAPILLA * powf(wide, 2.6f));
    float on_gum = up - rim;

    float bulge = -tooth->deep * (1 - powf(fmaxf(1 - powf(wide, 2.5f), 0), .42f));
    bulge -= 2.2f * (v - .5f) * (v - .5f); /* most in the middle of the crown */
    bulge += .10f * cosf(6.2831853f * across * .75f) * avt_step(1, .2f, v) * (tooth->tip < .1f ? 1 : 0);
    bulge -= EDGE_ROUND * rounding(from_edge, EDGE_ROUND);
    bulge -= .7f * rounding(fmaxf(inside, 0), 1.1f);
    float gum_relief = GUM_PROUD * (1 - rounding(fmaxf(on_gum, 0), 1.4f)) - .5f * wide * wide -
                       1.3f * (v - .5f) * (v - .5f) - .4f;
    struct place place = {.height = v, .shade = tooth->shade};
    place.gum = avt_step(-.15f, .25f, on_gum);
    place.relief = avt_mix(bulge, gum_relief, place.gum);
    place.deep = (1 - place.gum) * avt_step(.10f, -.35f, inside);
    /* Behind the gap between two crowns stands the next tooth. */
    float behind = avt_step(.5f, 1.2f, from_edge);
    place.cover = fmaxf(fmaxf(avt_step(-.14f, .14f, inside), behind), place.gum);
    place.cover *= avt_step(0, 2, GUM_HEIGHT + kinds[0].height - up);
    return place;
}

static void make_sheet(struct drawing *drawing)
{
    struct sheet *sheet = &drawing->sheet;
    sheet->step = fmaxf(.55f * drawing->plan->pixel / (MM * drawing->plan->scale), .12f);
    sheet->from = -drawing->arch.half_length;
    sheet->low = -1.6f;
    sheet->length = (int)(2 * drawing->arch.half_length / sheet->step) + 1;
    sheet->height = (int)((drawing->kinds[0].height + GUM_HEIGHT - sheet->low) / sheet->step) + 1;
    size_t count = (size_t)sheet->length * (size_t)sheet->height;
    sheet->places = avt_new0(struct place, count);
    sheet->rgba = avt_new0(float, 4 * count);
    for (int j = 0; j < sheet->height; j++)
        for (int i = 0; i < sheet->length; i++)
            sheet->places[(ptrdiff_t)j * sheet->length + i] =
                place_at(drawing->kinds, sheet->from + sheet->step * (float)i, sheet->low + sheet->step * (float)j);
}

/* Colour of a place that a surface facing the viewer would have in the open. */
static void albedo_of(const struct drawing *drawing, const struct place *place, float ret_rgb[3])
{
    const struct avt_mouth_light *light = drawing->plan->light;
    static const float neck[3] = {.93f, .86f, .74f}, edge[3] = {.91f, .93f, .97f};
    float lines = light->contrast;
    float at_neck = .8f * avt_step(.45f, 1.05f, place->height), at_edge = .7f * avt_step(.28f, -.02f, place->height);
    float shade = avt_mix(1, place->shade, lines), deep = 1 - .62f * lines * place->deep;
    for (int c = 0; c < 3; c++) {
        float tooth = light->tooth[c] * avt_mix(1, neck[c], at_neck * (.4f + .6f * lines)) *
                      avt_mix(1, edge[c], at_edge * lines) * shade;
        /* Dark enamel is yellower. */
        tooth *= c == 2 ? avt_mix(1, shade, .8f) : 1;
        /* Between teeth light has been through flesh and enamel. */
        tooth *= c == 0 ? powf(deep, .8f) : deep;
        ret_rgb[c] = avt_mix(tooth, light->gum[c], place->gum);
    }
}

static float highlight(const struct avt_mouth_light *light, struct avt_point3 n)
{
    struct avt_point3 to = light->toward;
    float length = sqrtf(to.x * to.x + to.y * to.y + to.z * to.z);
    if (!(length > .05f) || to.z <= 0)
        return 0;
    struct avt_point3 half = {to.x / length, to.y / length, to.z / length + 1};
    float size = sqrtf(half.x * half.x + half.y * half.y + half.z * half.z);
    float s = avt_clampf((n.x * half.x + n.y * half.y + n.z * half.z) / size, 0, 1);
    s *= s;
    s *= s;
    s *= s;
    s *= s;
    return s * s * s; /* to the 48th */
}

static void light_sheet(struct drawing *drawing)
{
    struct sheet *sheet = &drawing->sheet;
    const struct avt_mouth_light *light = drawing->plan->light;
    float up_sign = drawing->plan->row == AVT_TEETH_UPPER ? -1 : 1; /* of y, towards the gum */
    for (int j = 0; j < sheet->height; j++) {
        for (int i = 0; i < sheet->length; i++) {
            const struct place *place = &sheet->places[(ptrdiff_t)j * sheet->length + i];
            const struct place *row = sheet->places + (ptrdiff_t)j * sheet->length;
            int left = i > 0 ? i - 1 : i, right = i < sheet->length - 1 ? i + 1 : i;
            int low = j > 0 ? j - 1 : j, high = j < sheet->height - 1 ? j + 1 : j;
            float along = (row[right].relief - row[left].relief) / (sheet->step * (float)(right - left));
            float up = (sheet->places[(ptrdiff_t)high * sheet->length + i].relief -
                        sheet->places[(ptrdiff_t)low * sheet->length + i].relief) /
                       (sheet->step * (float)(high - low));
            along = avt_clampf(along, -1.8f, 1.8f);
            up = avt_clampf(up, -1.2f, 1.2f);
            float x, z, nx, nz;
            arch_at(&drawing->arch, sheet->from + sheet->step * (float)i, &x, &z, &nx, &nz);
            /* The tangent along the arch is (nz, 0, -nx). */
            struct avt_point3 n = {nx - along * nz, -up * up_sign, nz + along * nx};
            float length = sqrtf(n.x * n.x + n.y * n.y + n.z * n.z);
            n = (struct avt_point3){n.x / length, n.y / length, n.z / length};
            float lit = avt_mix(avt_mouth_light_on(light, n), 1, GLOW * (1 - place->gum));
            /* What turns away looks at dark cheeks. */
            lit *= .30f + .70f * avt_step(-.15f, .95f, n.z);
            lit = avt_mix(.9f, lit, .4f + .6f * light->contrast);
            float shine = highlight(light, n) * avt_mix(.16f, .10f, place->gum) * light->contrast;
            float *out = sheet->rgba + 4 * ((ptrdiff_t)j * sheet->length + i), rgb[3];
            albedo_of(drawing, place, rgb);
            for (int c = 0; c < 3; c++)
                rgb[c] = rgb[c] * lit + shine * (1 - place->deep) * light->cap;
            float over = light->cap / fmaxf(avt_luminance(rgb), 1e-6f);
            for (int c = 0; c < 3; c++)
                out[c] = rgb[c] * fminf(over, 1) * place->cover;
            out[3] = place->cover;
        }
    }
}

static void add_sample(const struct sheet *sheet, float along, float up, float weight, float sum[4])
{
    float u = (along - sheet->from) / sheet->step, v = (up - sheet->low) / sheet->step;
    if (!(u >= 0 && v >= 0 && u < (float)(sheet->length - 1) && v < (float)(sheet->height - 1)))
        return;
    int i = (int)u, j = (int)v;
    float fu = u - (float)i, fv = v - (float)j;
    const float *low = sheet->rgba + 4 * ((ptrdiff_t)j * sheet->length + i), *high = low + 4 * (ptrdiff_t)sheet->length;
    for (int c = 0; c < 4; c++)
        sum[c] += weight * avt_mix(avt_mix(low[c], low[4 + c], fu), avt_mix(high[c], high[4 + c], fu), fv);
}

/* Where along the arch each column of the picture meets it first, and how far back: along is beyond the arch
 * where it does not. */
static void meet_arch(const struct drawing *drawing, const struct avt_teeth *teeth, int columns, float *along,
                      float *depth)
{
    const struct avt_teeth_plan *plan = drawing->plan;
    const struct arch *arch = &drawing->arch;
    float size = MM * plan->scale, last_u = 0, last_z = 0;
    float back = plan->row == AVT_TEETH_LOWER ? -LOWER_BEHIND * size : 0;
    for (int i = 0; i < columns; i++) {
        along[i] = 1e6f;
        depth[i] = -1e6f;
    }
    int steps = 4 * ARCH_STEPS;
    for (int k = 0; k <= steps; k++) {
        float s = arch->half_length * (2 * (float)k / (float)steps - 1), x, z, nx, nz;
        arch_at(arch, s, &x, &z, &nx, &nz);
        z = z * size + back;
        float u = (x * size + plan->turn_x * z - teeth->x0) / teeth->step * (float)columns / (float)teeth->width;
        /* Every column between this place and the last one. */
        float from = fminf(u, last_u), to = fmaxf(u, last_u);
        for (int i = (int)ceilf(fmaxf(from, 0)); k > 0 && i < columns && (float)i <= to; i++) {
            float t = fabsf(u - last_u) > 1e-6f ? ((float)i - last_u) / (u - last_u) : 0;
            float there = avt_mix(last_z, z, t);
            if (there <= depth[i])
                continue;
            depth[i] = there;
            along[i] = s - (1 - t) * 2 * arch->half_length / (float)steps;
        }
        last_u = u;
        last_z = z;
    }
}

/* The sheet as it is seen: each pixel the mean of a few places. */
static void draw_sheet(const struct drawing *drawing, struct avt_teeth *teeth)
{
    enum { ACROSS = 4, DOWN = 2 };
    const struct avt_teeth_plan *plan = drawing->plan;
    int columns = ACROSS * teeth->width;
    AVT_CLEANUP(avt_freep) float *along = avt_new0(float, (size_t)columns);
    AVT_CLEANUP(avt_freep) float *depth = avt_new0(float, (size_t)columns);
    meet_arch(drawing, teeth, columns, along, depth);
    float sign = plan->row == AVT_TEETH_UPPER ? 1 : -1, size = MM * plan->scale;
    for (int j = 0; j < teeth->height; j++) {
        for (int i = 0; i < columns; i++) {
            if (along[i] > 1e5f)
                continue;
            float *out = teeth->rgba + 4 * ((ptrdiff_t)j * teeth->width + i / ACROSS);
            for (int k = 0; k < DOWN; k++) {
                float y = teeth->y0 + teeth->step * ((float)j + ((float)k + .5f) / DOWN - .5f);
                float up = sign * (plan->edge - (y - plan->turn_y * depth[i])) / size;
                add_sample(&drawing->sheet, along[i], up, 1.f / (ACROSS * DOWN), out);
            }
        }
    }
}

/* Grain as fine as a pixel of the picture and as strong, from a hash of the place: the same each time. */
static void add_grain(struct avt_teeth *teeth, const struct avt_teeth_plan *plan)
{
    if (!(plan->light->grain > .2f))
        return;
    for (int j = 0; j < teeth->height; j++) {
        for (int i = 0; i < teeth->width; i++) {
            uint32_t h = (uint32_t)(i / 2) * 0x9E3779B1u ^ (uint32_t)(j / 2) * 0x85EBCA77u;
            h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
            h = (h ^ (h >> 12)) * 0x297A2D39u;
            h ^= h >> 15;
            /* Four bytes: near enough to a normal distribution, of standard deviation 148. */
            int sum = (int)((h & 255) + (h >> 8 & 255) + (h >> 16 & 255) + (h >> 24)) - 510;
            float noise = (float)sum / 148 * avt_clampf(plan->light->grain, 0, 6) / 255;
            float *p = teeth->rgba + 4 * ((ptrdiff_t)j * teeth->width + i);
            float light = avt_luminance(p);
            /* A step of sRGB is so much of linear light, about. */
            float part = light > 1e-4f ? 1 + 2.f * noise / sqrtf(light) : 1;
            part = avt_clampf(part, .7f, 1.3f);
            for (int c = 0; c < 3; c++)
                p[c] *= light * part > plan->light->cap * p[3] ? 1 : part;
        }
    }
}

/* As soft as the picture: Gaussian, by rows and then by columns. */
static void soften(struct avt_teeth *teeth, float sigma)
{
    enum { REACH_MAX = 24 };
    if (!(sigma > .3f))
        return;
    sigma = fminf(sigma, REACH_MAX / 2.5f);
    float weights[REACH_MAX + 1], sum = 0;
    int reach = (int)ceilf(2.5f * sigma);
    for (int i = 0; i <= reach; i++) {
        weights[i] = expf(-.5f * (float)(i * i) / (sigma * sigma));
        sum += i > 0 ? 2 * weights[i] : weights[i];
    }
    int longest = teeth->width > teeth->height ? teeth->width : teeth->height;
    AVT_CLEANUP(avt_freep) float *line = avt_new0(float, 4 * (size_t)longest);
    for (int pass = 0; pass < 2; pass++) {
        int lines = pass == 0 ? teeth->height : teeth->width, count = pass == 0 ? teeth->width : teeth->height;
        ptrdiff_t next = pass == 0 ? 4 : 4 * (ptrdiff_t)teeth->width;
        for (int l = 0; l < lines; l++) {
            float *at = teeth->rgba + (pass == 0 ? 4 * (ptrdiff_t)teeth->width : 4) * l;
            for (int i = 0; i < count; i++) {
                float out[4] = {0};
                for (int k = -reach; k <= reach; k++) {
                    int from = i + k < 0 ? 0 : i + k >= count ? count - 1 : i + k;
                    for (int c = 0; c < 4; c++)
                        out[c] += weights[k < 0 ? -k : k] / sum * at[from * next + c];
                }
                for (int c = 0; c < 4; c++)
                    line[4 * i + c] = out[c];
            }
            for (int i = 0; i < count; i++)
                for (int c = 0; c < 4; c++)
                    at[i * next + c] = line[4 * i + c];
        }
    }
}

struct avt_teeth *avt_teeth_new(const struct avt_teeth_plan *plan)
{
    bool upper = plan->row == AVT_TEETH_UPPER;
    struct drawing drawing = {.plan = plan, .kinds = upper ? upper_kinds : lower_kinds};
    make_arch(&drawing.arch, upper ? UPPER_ARCH_X : LOWER_ARCH_X, upper ? UPPER_ARCH_Z : LOWER_ARCH_Z);
    struct avt_teeth *teeth = avt_new0(struct avt_teeth, 1);
    float half = (upper ? UPPER_ARCH_X : LOWER_ARCH_X) + 2, size = MM * plan->scale;
    float tall = drawing.kinds[0].height + GUM_HEIGHT, deep = 26 * size;
    float x0 = -half * size - fmaxf(plan->turn_x, 0) * deep, x1 = half * size - fminf(plan->turn_x, 0) * deep;
    float from = plan->edge - (upper ? tall : 2) * size, to = plan->edge + (upper ? 2 : tall) * size;
    from -= fmaxf(plan->turn_y, 0) * deep;
    to -= fminf(plan->turn_y, 0) * deep;
    /* Two to a pixel, for it is sampled once more; nobody sees more than so many. */
    teeth->step = fmaxf(.5f * plan->pixel, (x1 - x0) / SIDE_MAX);
    teeth->x0 = x0;
    teeth->y0 = from;
    teeth->width = (int)ceilf((x1 - x0) / teeth->step) + 1;
    teeth->height = (int)ceilf((to - from) / teeth->step) + 1;
    teeth->rgba = avt_new0(float, 4 * (size_t)teeth->width * (size_t)teeth->height);
    make_sheet(&drawing);
    light_sheet(&drawing);
    draw_sheet(&drawing, teeth);
    /* Sampling has softened it by a third of a pixel already. */
    soften(teeth, sqrtf(fmaxf(plan->softness * plan->softness - .11f * plan->pixel * plan->pixel, 0)) / teeth->step);
    add_grain(teeth, plan);
    avt_free(drawing.sheet.places);
    avt_free(drawing.sheet.rgba);
    return teeth;
}

void avt_teeth_free(struct avt_teeth *teeth)
{
    if (!teeth)
        return;
    avt_free(teeth->rgba);
    avt_free(teeth);
}
