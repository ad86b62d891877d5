/* SPDX-License-Identifier: Apache-2.0 */
/* Shells: the body's own surface, moved outwards, cut, hemmed and creased. */
#include <string.h>

#include "base/mem.h"
#include "portrait/clothes.h"
#include "portrait/noise.h"
#include "portrait/vec.h"

/* Of the average body: where the arm's axis begins and where it leads, the point of the armpit, the
 * ridge of the shoulders that parts front and back. */
static const struct avt_point3 SHOULDER = {17.0f, -18.5f, -10.5f}, ARM = {.17f, -.975f, .12f};
static const struct avt_point ARMPIT = {15.2f, -28.0f};
#define RIDGE_Z (-11.3f)
/* Of the average body: where the breasts' points are, and how far around cloth does not follow
 * them. */
static const struct avt_point BREAST = {10.0f, -34.3f};
#define BREAST_CM       4.2f
#define BREAST_CLEAR_CM .30f
#define CLEAR_CM        .38f /* skin stays this far inside */

/* ---- cutting lines ------------------------------------------------------------------------------
 */

/* Below 0 inside the opening; about centimetres near its edge. */
static float oval(float x, float y, float half_width, float top, float depth, float power)
{
    float across = fabsf(x) / half_width, down = fmaxf(top - y, 0) / depth;
    float sum = powf(across, power) + powf(down, power);
    return (powf(sum, 1 / power) - 1) * fminf(half_width, depth);
}

float avt_neckline_vee(const struct avt_neckline *cut, float y)
{
    float down = fmaxf((cut->vee_top - y) / (cut->vee_top - cut->vee_bottom), 0);
    return cut->vee_half_width * (1 - powf(fminf(down, 2), cut->vee_power));
}

float avt_neckline_at(const struct avt_neckline *cut, struct avt_point3 p)
{
    float before = oval(p.x, p.y, cut->half_width, cut->top, cut->front, cut->power);
    float behind = oval(p.x, p.y, cut->half_width, cut->top, cut->back, 2);
    float value = avt_mix(behind, before, avt_smoothstep(RIDGE_Z - 2, RIDGE_Z + 2.5f, p.z));
    if (cut->vee_half_width > 0 && p.z > -9 && p.y < cut->vee_top + 3)
        value = fminf(value, (fabsf(p.x) - avt_neckline_vee(cut, p.y)) * .9f);
    return value;
}

/* How much of an arm this is: 1 beyond the armpit's line. */
static float arm_share(struct avt_point3 p)
{
    float line = p.y < ARMPIT.y ? 15.3f + .02f * (ARMPIT.y - p.y) : 15.3f;
    return avt_smoothstep(line - .8f, line + .8f, fabsf(p.x)) * avt_smoothstep(-16, -21, p.y);
}

static float along_arm(struct avt_point3 p)
{
    struct avt_point3 from = {fabsf(p.x) - SHOULDER.x, p.y - SHOULDER.y, p.z - SHOULDER.z};
    return avt_vec_dot(from, ARM);
}

/* ---- folds --------------------------------------------------------------------------------------
 */

/* Sharp ridges, wide valleys: 0..1. */
static float creased(float noise)
{
    float ridge = 1 - fminf(fabsf(2.6f * noise - 1.3f), 1);
    return ridge * sqrtf(ridge);
}

/* Height of folds at a place of the average body, about -1..1: what pulls from the armpits, what
 * hangs, what bends with the arm. */
static float folds_at(struct avt_point3 p, uint32_t seed)
{
    float side = p.x < 0 ? -1 : 1, x = fabsf(p.x), arm = arm_share(p);
    float dx = x - ARMPIT.x, dy = p.y - ARMPIT.y, far = hypotf(dx, dy), angle = atan2f(dy, -dx);
    struct avt_point3 ray = {angle * 3.8f + .12f * far, far * .05f, side * 7};
    float pulled = creased(avt_noise(ray, 1, seed)) * avt_smoothstep(1.5f, 5, far) *
                   avt_smoothstep(17, 6, far);
    struct avt_point3 slant = {.36f * x + .20f * p.y, .08f * p.y - .05f * x, side * 3 + .1f * p.z};
    float hung = creased(avt_noise(slant, 1, seed + 11)) * avt_smoothstep(-17, -24, p.y);
    struct avt_point3 ring = {.55f * along_arm(p) + .22f * x + .25f * p.z, .12f * x,
                              side * 5 + .20f * p.z};
    float bent = creased(avt_noise(ring, 1, seed + 23)) * avt_smoothstep(3, 9, along_arm(p));
    float soft = avt_noise(p, .22f, seed + 37) - .5f;
    float body = .75f * pulled + .45f * hung - .35f;
    return avt_mix(body, .60f * bent - .25f, arm) + .28f * soft;
}

/* ---- draping ------------------------------------------------------------------------------------
 */

/* Cloth hangs from where the body stands out farthest: how much farther out it is in front than the
 * skin, cm. */
static float *hang_depths(const struct avt_map *map)
{
    float *hang = avt_new0(float, map->rows * map->columns);
    AVT_CLEANUP(avt_freep) float *row = avt_new0(float, map->columns);
    for (size_t r = 0; r < map->rows; r++) {
        for (size_t c = 0; c < map->columns; c++) {
            float z = map->spots[r * map->columns + c].at.z;
            row[c] = r ? fmaxf(z, hang[(r - 1) * map->columns + c] - .10f * map->step_y) : z;
        }
        /* A thread across pulls its neighbours along. */
        for (size_t c = 0; c < map->columns; c++) {
            float left = row[c ? c - 1 : c], right = row[c + 1 < map->columns ? c + 1 : c];
            hang[r * map->columns + c] = fmaxf(row[c], .5f * (left + right));
        }
    }
    for (size_t i = 0; i < map->rows * map->columns; i++)
        hang[i] -= map->spots[i].at.z;
    return hang;
}

static float hang_at(const struct avt_map *map, const float *hang, float x, float y)
{
    float across = fminf(fmaxf((x - map->x0) / map->step_x, 0), (float)map->columns - 1.01f);
    float down = fminf(fmaxf((map->y0 - y) / map->step_y, 0), (float)map->rows - 1.01f);
    size_t c = (size_t)across, r = (size_t)down;
    const float *at = hang + r * map->columns + c;
    float fx = across - (float)c, fy = down - (float)r;
    return avt_mix(avt_mix(at[0], at[1], fx), avt_mix(at[map->columns], at[map->columns + 1], fx),
                   fy);
}

static void thicken(const struct avt_form *form, const struct avt_shell *shell,
                    struct avt_sheet *sheet)
{
    AVT_CLEANUP(avt_freep) float *hang = hang_depths(&form->front);
    for (size_t i = 0; i < sheet->vertex_count; i++) {
        struct avt_sheet_vertex *v = &sheet->vertices[i];
        struct avt_point3 p = v->average, n = form->normals[i];
        float below = avt_smoothstep(-16, -24, p.y), arm = arm_share(p);
        /* Less over the arm: a sleeve that stands off all around makes a balloon of it. */
        float sleeve = .55f * avt_smoothstep(4, 12, along_arm(p));
        float out = shell->thick * (1 - .30f * arm) + shell->loose * avt_mix(below, sleeve, arm);
        out *= fminf(.25f + .75f * form->size, 1.1f);
        /* A pad from the middle of the shoulder to its point. */
        float x = fabsf(p.x);
        float padded =
            avt_smoothstep(8, 15, x) * avt_smoothstep(21, 17.5f, x) * avt_smoothstep(-24, -17, p.y);
        out += shell->pad * padded * fmaxf(n.y, 0);
        v->at = avt_vec_along(v->at, out, n);
        float front = avt_smoothstep(.0f, .5f, n.z) * (1 - arm) * below;
        v->at.z += .9f * front * fmaxf(hang_at(&form->front, hang, p.x, p.y), 0);
        v->follow *= shell->follow;
    }
}

static void keep_clear(const struct avt_form *form, struct avt_sheet *sheet, float clear)
{
    for (size_t i = 0; i < form->body.vertex_count; i++) {
        struct avt_point3 n = form->normals[i];
        struct avt_point3 *at = &sheet->vertices[i].at;
        float height = avt_vec_dot(avt_vec_sub(*at, form->body.vertices[i].at), n);
        /* The points of breasts are pressed in. */
        struct avt_point3 p = form->body.vertices[i].average;
        if (p.z > -4 && hypotf(fabsf(p.x) - BREAST.x, p.y - BREAST.y) < BREAST_CM)
            continue;
        *at = avt_vec_along(*at, fmaxf(clear - height, 0), n);
    }
}

static void crease(const struct avt_form *form, const struct avt_shell *shell,
                   struct avt_sheet *sheet)
{
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_sheet_normals(sheet);
    for (size_t i = 0; i < sheet->vertex_count; i++) {
        struct avt_sheet_vertex *v = &sheet->vertices[i];
        float height = folds_at(v->average, form->seed);
        float near = avt_smoothstep(-14, -18, v->average.y);
        v->at = avt_vec_along(v->at,
                              (.70f - .15f * arm_share(v->average)) * shell->folds * near * height *
                                  form->size,
                              normals[i]);
        v->shade =
            1 - .15f * fminf(shell->folds, 1.2f) * near * avt_smoothstep(.15f, -.35f, height);
    }
}

/* Along the cloth: body and arms are taken for cylinders, as cloth is cut for them. */
static struct avt_point thread_place(const struct avt_form *form, struct avt_point3 p)
{
    float side = p.x < 0 ? -1 : 1, x = fabsf(p.x);
    float body = 26 * asinf(fminf(x / 26, 1)),
          arm = 18.5f + 4.6f * asinf(fminf(fmaxf((x - 18.5f) / 4.7f, -1), 1));
    float up = p.y - .7f * (p.z + 6) * avt_smoothstep(-22, -15, p.y);
    float across = side * avt_mix(body, arm, arm_share(p));
    return (struct avt_point){.1f * form->size * across, .1f * form->size * up};
}

/* ---- sewing -------------------------------------------------------------------------------------
 */

void avt_garment_done(struct avt_garment *garment)
{
    avt_map_done(&garment->front);
    avt_map_done(&garment->neck);
    avt_free(garment->rim);
    *garment = (struct avt_garment){0};
}

enum { RIM_POINTS = 160, RIM_SOFTENED = 6, OUT_SOFTENED = 12 };

/* The neckline as an even, smooth closed line. */
static void take_rim(const struct avt_sheet *sheet, const struct avt_sheet_edges *edges,
                     struct avt_garment *garment)
{
    size_t count;
    AVT_CLEANUP(avt_freep) uint32_t *loop = avt_sheet_loop(sheet, edges, &count);
    if (!loop || count < 8)
        return;
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_sheet_normals(sheet);
    AVT_CLEANUP(avt_freep) float *far = avt_new0(float, count + 1);
    for (size_t i = 0; i < count; i++)
        far[i + 1] = far[i] + avt_vec_length(avt_vec_sub(sheet->vertices[loop[(i + 1) % count]].at,
                                                         sheet->vertices[loop[i]].at));
    struct avt_rim_point *rim = avt_new0(struct avt_rim_point, RIM_POINTS);
    size_t at = 0;
    for (size_t i = 0; i < RIM_POINTS; i++) {
        float target = far[count] * (float)i / RIM_POINTS;
        while (at + 1 < count && far[at + 1] < target)
            at++;
        uint32_t a = loop[at], b = loop[(at + 1) % count];
        float t = far[at + 1] > far[at] ? (target - far[at]) / (far[at + 1] - far[at]) : 0;
        const struct avt_sheet_vertex *va = &sheet->vertices[a], *vb = &sheet->vertices[b];
        rim[i] = (struct avt_rim_point){
            .at = avt_vec_along(va->at, t, avt_vec_sub(vb->at, va->at)),
            .normal = avt_vec_along(normals[a], t, avt_vec_sub(normals[b], normals[a])),
            .follow = avt_mix(va->follow, vb->follow, t)};
    }
    for (int round = 0; round < RIM_SOFTENED; round++) {
        struct avt_rim_point before = rim[RIM_POINTS - 1], first = rim[0];
        for (size_t i = 0; i < RIM_POINTS; i++) {
            struct avt_rim_point here = rim[i], *next = i + 1 < RIM_POINTS ? &rim[i + 1] : &first;
            rim[i].at = avt_vec_add(avt_vec_scale(here.at, .5f),
                                    avt_vec_scale(avt_vec_add(before.at, next->at), .25f));
            rim[i].normal = avt_vec_add(
                here.normal, avt_vec_scale(avt_vec_add(before.normal, next->normal), .5f));
            rim[i].follow = .5f * here.follow + .25f * (before.follow + next->follow);
            before = here;
        }
        for (size_t i = 0; i < RIM_POINTS; i++)
            rim[i].normal = avt_vec_unit(rim[i].normal);
    }
    for (size_t i = 0; i < RIM_POINTS; i++) {
        struct avt_point3 along =
            avt_vec_sub(rim[(i + 1) % RIM_POINTS].at, rim[(i + RIM_POINTS - 1) % RIM_POINTS].at);
        rim[i].out = avt_vec_unit(avt_vec_cross(along, rim[i].normal));
    }
    for (int round = 0; round < OUT_SOFTENED; round++) {
        struct avt_point3 before = rim[RIM_POINTS - 1].out, first = rim[0].out;
        for (size_t i = 0; i < RIM_POINTS; i++) {
            struct avt_point3 here = rim[i].out, next = i + 1 < RIM_POINTS ? rim[i + 1].out : first;
            rim[i].out =
                avt_vec_unit(avt_vec_add(avt_vec_scale(here, 2), avt_vec_add(before, next)));
            before = here;
        }
    }
    garment->rim = rim;
    garment->rim_count = RIM_POINTS;
}

static void cut_by(const struct avt_form *form, const struct avt_shell *shell,
                   struct avt_sheet *sheet, int line, struct avt_sheet_edges *edges)
{
    AVT_CLEANUP(avt_freep) float *values = avt_new0(float, sheet->vertex_count + 1);
    (void)form;
    for (size_t i = 0; i < sheet->vertex_count; i++) {
        struct avt_point3 p = sheet->vertices[i].average;
        float x = fabsf(p.x);
        if (line == 0)
            values[i] = -avt_neckline_at(&shell->neckline, p);
        else if (line == 1) /* the sleeve's end */
            values[i] = arm_share(p) > .02f || x > 19 ? along_arm(p) - shell->sleeve : -5;
        else if (line == 2) /* no sleeves: a curve from the shoulder to the armpit */
            values[i] =
                fmaxf(x - 14.6f + .012f * (p.y + 23) * (p.y + 23) * (p.y > -23 ? -.6f : 1), -5);
        else
            values[i] = fmaxf(shell->inner_top - p.y, x - shell->inner_half_width);
    }
    avt_sheet_cut(sheet, values, edges);
}

/* The chest never turns: what lies behind, but for the neck's surroundings, is never seen. */
static void drop_back(struct avt_sheet *sheet)
{
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_sheet_normals(sheet);
    size_t kept = 0;
    for (size_t t = 0; t < sheet->triangle_count; t++) {
        const uint32_t *corner = sheet->triangles[t];
        bool seen = false;
        for (int k = 0; k < 3; k++) {
            struct avt_point3 p = sheet->vertices[corner[k]].average;
            seen = seen || normals[corner[k]].z > -.45f || (p.y > -21 && fabsf(p.x) < 14);
        }
        if (seen)
            memmove(sheet->triangles[kept++], sheet->triangles[t], sizeof(*sheet->triangles));
    }
    sheet->triangle_count = kept;
}

/* Cloth does not follow the breasts' points. */
static void span_breasts(struct avt_sheet *sheet)
{
    AVT_CLEANUP(avt_freep) float *shares = avt_new0(float, sheet->vertex_count + 1);
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet part = {0};
    AVT_CLEANUP(avt_freep)
    uint32_t *number = avt_new0(uint32_t, sheet->vertex_count + 1); /* from 1 */
    AVT_CLEANUP(avt_freep) uint32_t *whole = avt_new0(uint32_t, sheet->vertex_count + 1);
    for (size_t t = 0; t < sheet->triangle_count; t++) {
        uint32_t corner[3];
        bool near = false;
        for (int k = 0; k < 3; k++) {
            uint32_t i = sheet->triangles[t][k];
            struct avt_point3 p = sheet->vertices[i].average;
            shares[i] = p.z < -4 ? 0
                                 : avt_smoothstep(BREAST_CM, .4f * BREAST_CM,
                                                  hypotf(fabsf(p.x) - BREAST.x, p.y - BREAST.y));
            near = near || shares[i] > 0;
        }
        for (int k = 0; near && k < 3; k++) {
            uint32_t i = sheet->triangles[t][k];
            if (!number[i]) {
                whole[part.vertex_count] = i;
                number[i] = avt_sheet_add(&part, &sheet->vertices[i]) + 1;
            }
            corner[k] = number[i] - 1;
        }
        if (near)
            avt_sheet_triangle(&part, corner[0], corner[1], corner[2]);
    }
    for (int round = 0; round < 36; round++) {
        avt_sheet_smooth(&part, 1, .8f);
        for (size_t i = 0; i < part.vertex_count; i++) {
            struct avt_point3 *at = &sheet->vertices[whole[i]].at, to = part.vertices[i].at;
            *at = avt_vec_along(*at, shares[whole[i]], avt_vec_sub(to, *at));
            part.vertices[i].at = *at;
        }
    }
}

/* Where skin would come through, the cloth around is moved out as a whole, so that it stays smooth.
 */
static void clear_breasts(const struct avt_form *form, struct avt_sheet *sheet)
{
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_sheet_normals(sheet);
    for (int side = -1; side <= 1; side += 2) {
        struct avt_point3 way = {0};
        float lack = 0;
        for (int pass = 0; pass < 3; pass++)
            for (size_t i = 0; i < form->body.vertex_count; i++) {
                struct avt_point3 p = form->body.vertices[i].average, *at = &sheet->vertices[i].at;
                float far = hypotf(p.x - (float)side * BREAST.x, p.y - BREAST.y);
                if (p.z < -4 || far > 2 * BREAST_CM)
                    continue;
                if (pass == 0)
                    way = avt_vec_add(way, normals[i]);
                else if (pass == 1 && far < BREAST_CM)
                    lack = fmaxf(lack, BREAST_CLEAR_CM -
                                           avt_vec_dot(avt_vec_sub(*at, form->body.vertices[i].at),
                                                       avt_vec_unit(way)));
                else if (pass == 2)
                    *at = avt_vec_along(*at,
                                        lack * avt_smoothstep(2 * BREAST_CM, .5f * BREAST_CM, far),
                                        avt_vec_unit(way));
            }
    }
}

void avt_shell_surface(const struct avt_form *form, const struct avt_shell *shell,
                       struct avt_sheet *ret_sheet)
{
    avt_sheet_copy(&form->body, ret_sheet);
    thicken(form, shell, ret_sheet);
    avt_sheet_smooth(ret_sheet, 6, .5f);
    keep_clear(form, ret_sheet, CLEAR_CM + .4f * (shell->thick - .4f));
    span_breasts(ret_sheet);
}

void avt_shell_sew(const struct avt_form *form, const struct avt_shell *shell,
                   const struct avt_material *material, struct avt_wear *wear,
                   struct avt_garment *ret_garment)
{
    *ret_garment = (struct avt_garment){0};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    AVT_CLEANUP(avt_sheet_edges_done) struct avt_sheet_edges edges = {0};
    avt_shell_surface(form, shell, &sheet);
    crease(form, shell, &sheet);
    keep_clear(form, &sheet, CLEAR_CM + .4f * (shell->thick - .4f));
    clear_breasts(form, &sheet);
    avt_map_make(AVT_MAP_FRONT, &sheet, &ret_garment->front);
    avt_map_make(AVT_MAP_NECK, &sheet, &ret_garment->neck);
    for (size_t i = 0; i < sheet.vertex_count; i++)
        sheet.vertices[i].uv = thread_place(form, sheet.vertices[i].average);
    drop_back(&sheet);
    cut_by(form, shell, &sheet, 0, &edges);
    take_rim(&sheet, &edges, ret_garment);
    if (shell->sleeve > 0)
        cut_by(form, shell, &sheet, 1, &edges);
    if (shell->sleeve < 0)
        cut_by(form, shell, &sheet, 2, &edges);
    if (shell->inner_top < 0)
        cut_by(form, shell, &sheet, 3, NULL);
    avt_sheet_hem(&sheet, &edges, shell->hem, shell->depth);
    avt_wear_add(wear, &sheet, material);
}

/* Across a band: how far into the opening (share of the width) and how high (share of the
 * thickness). */
static const struct avt_point BAND[] = {{-.12f, -.2f}, {-.10f, .55f}, {0, .95f},     {.15f, 1},
                                        {.35f, 1.08f}, {.5f, 1.1f},   {.65f, 1.08f}, {.85f, 1},
                                        {.96f, .85f},  {1, .45f},     {.98f, .0f},   {.8f, -.4f}};
enum { BAND_POINTS = sizeof(BAND) / sizeof(BAND[0]) };

/* A band is knitted in one: its threads along it have no corners, the less the farther in. */
static void soften_rows(struct avt_sheet *sheet, size_t count)
{
    for (size_t k = 2; k < BAND_POINTS; k++)
        for (size_t round = 0; round < 2 * k; round++) {
            struct avt_point3 before = sheet->vertices[(count - 1) * BAND_POINTS + k].at,
                              first = sheet->vertices[k].at;
            for (size_t i = 0; i < count; i++) {
                struct avt_point3 *at = &sheet->vertices[i * BAND_POINTS + k].at, here = *at;
                struct avt_point3 next =
                    i + 1 < count ? sheet->vertices[(i + 1) * BAND_POINTS + k].at : first;
                *at = avt_vec_add(avt_vec_scale(here, .5f),
                                  avt_vec_scale(avt_vec_add(before, next), .25f));
                before = here;
            }
            sheet->vertices[count * BAND_POINTS + k].at = sheet->vertices[k].at;
        }
}

void avt_band_sew(const struct avt_form *form, const struct avt_garment *garment, float width,
                  float thick, const struct avt_material *material, struct avt_wear *wear)
{
    if (!garment->rim_count)
        return;
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    float along = 0;
    width *= form->size;
    for (size_t i = 0; i <= garment->rim_count; i++) {
        const struct avt_rim_point *rim = &garment->rim[i % garment->rim_count];
        if (i)
            along += avt_vec_length(avt_vec_sub(rim->at, garment->rim[i - 1].at));
        for (int k = 0; k < BAND_POINTS; k++) {
            /* Over the shell's edge, then along the skin. */
            struct avt_point3 at = avt_vec_along(rim->at, BAND[k].x * width, rim->out);
            at = avt_vec_along(at, (BAND[k].y - .35f) * thick, rim->normal);
            at = avt_form_outside(form, at, .16f + .8f * thick * fmaxf(BAND[k].y, 0));
            struct avt_sheet_vertex v = {.at = at,
                                         .average = at,
                                         .uv = {.1f * along, .1f * width * BAND[k].x},
                                         .follow = rim->follow * (1 + .25f * BAND[k].x),
                                         .shade = k < 2   ? .62f
                                                  : k > 9 ? .6f
                                                          : 1};
            avt_sheet_add(&sheet, &v);
        }
    }
    soften_rows(&sheet, garment->rim_count);
    avt_sheet_grid(&sheet, 0, garment->rim_count + 1, BAND_POINTS, false);
    avt_wear_add(wear, &sheet, material);
}
