/* SPDX-License-Identifier: Apache-2.0 */
/* Lapels with their collar, and ties. */
#include <math.h>

#include "base/mem.h"
#include "portrait/clothes.h"
#include "portrait/vec.h"

#define PI 3.14159265f

static struct avt_point mixed(struct avt_point a, struct avt_point b, float t)
{
    return (struct avt_point){avt_mix(a.x, b.x, t), avt_mix(a.y, b.y, t)};
}

/* ---- lapels -------------------------------------------------------------------------------------
 */

enum { LAPEL_ROWS = 26, LAPEL_COLUMNS = 9, COLLAR_ROWS = 10, COLLAR_COLUMNS = 45 };
/* Where collar and lapel meet: from the fold outwards and down. The notch opens beyond the first of
 * the two. */
static const struct avt_point GORGE = {9.4f, -18.7f}, CORNER = {11.3f, -19.7f},
                              COLLAR_CORNER = {10.4f, -17.0f};

/* The lapel's outer edge, from the gorge's end (0) to the button (1). */
static struct avt_point lapel_edge(const struct avt_lapels *lapels, float t,
                                   struct avt_point bottom)
{
    /* Half way down it swells out a little: straight lines look cut from card. */
    float swell = 1.9f * sinf(PI * powf(t, .8f));
    struct avt_point out = mixed(CORNER, bottom, t);
    out.x = (out.x + swell) * avt_mix(lapels->wide, 1, t);
    out.y -= .35f * swell;
    return out;
}

static void sew_lapel(const struct avt_garment *garment, const struct avt_shell *shell,
                      const struct avt_lapels *lapels, float side, struct avt_sheet *sheet)
{
    struct avt_point places[LAPEL_ROWS * LAPEL_COLUMNS];
    float lifts[LAPEL_ROWS * LAPEL_COLUMNS];
    struct avt_point bottom = {avt_neckline_vee(&shell->neckline, lapels->bottom_y) + .5f,
                               lapels->bottom_y};
    for (int r = 0; r < LAPEL_ROWS; r++) {
        float t = 1 - (float)r / (LAPEL_ROWS - 1); /* rows go up */
        float y = avt_mix(lapels->top_y, lapels->bottom_y, t);
        struct avt_point fold = {avt_neckline_vee(&shell->neckline, y) - .12f, y},
                         edge = lapel_edge(lapels, t, bottom);
        for (int c = 0; c < LAPEL_COLUMNS; c++) {
            int column = side > 0 ? c : LAPEL_COLUMNS - 1 - c;
            float across = (float)c / (LAPEL_COLUMNS - 1), roll = 1 - across;
            struct avt_point at = mixed(fold, edge, across);
            places[r * LAPEL_COLUMNS + column] = (struct avt_point){side * at.x, at.y};
            lifts[r * LAPEL_COLUMNS + column] =
                .30f + .50f * roll * roll * (1 - .5f * t) + .12f * sinf(PI * across);
        }
    }
    struct avt_patch patch = {.map = &garment->front,
                              .rows = LAPEL_ROWS,
                              .columns = LAPEL_COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1,
                              .rim = .34f,
                              .turn = side * .35f};
    avt_patch_sew(sheet, &patch);
}

/* The same place by neck. */
static struct avt_point by_neck(const struct avt_garment *garment, struct avt_point front)
{
    struct avt_point3 average = avt_map_at(&garment->front, front.x, front.y).average;
    return (struct avt_point){atan2f(front.x, average.z - AVT_NECK_Z), front.y};
}

/* How high the garment's opening lies there. */
static float opening_y(const struct avt_garment *garment, const struct avt_neckline *cut,
                       float angle)
{
    for (float y = AVT_FORM_TOP; y > -24; y -= .1f)
        if (avt_neckline_at(cut, avt_map_at(&garment->neck, angle, y).average) > 0)
            return y;
    return -24;
}

/* The y at this angle that lies `cm` from a place. */
static float away_y(const struct avt_map *map, struct avt_point from, float angle, float cm)
{
    struct avt_point3 start = avt_map_at(map, from.x, from.y).at;
    float high = from.y, low = -26;
    for (int round = 0; round < 12; round++) {
        float middle = .5f * (high + low);
        if (avt_vec_length(avt_vec_sub(avt_map_at(map, angle, middle).at, start)) < cm)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static void sew_jacket_collar(const struct avt_form *form, const struct avt_garment *garment,
                              const struct avt_shell *shell, const struct avt_lapels *lapels,
                              struct avt_sheet *sheet)
{
    struct avt_point places[COLLAR_ROWS * COLLAR_COLUMNS];
    float lifts[COLLAR_ROWS * COLLAR_COLUMNS];
    struct avt_point fold_end = by_neck(
        garment, (struct avt_point){avt_neckline_vee(&shell->neckline, lapels->top_y) - .12f,
                                    lapels->top_y});
    struct avt_point gorge = by_neck(garment, GORGE), corner = by_neck(garment, COLLAR_CORNER);
    for (int c = 0; c < COLLAR_COLUMNS; c++) {
        /* From the gorge on the left around the back to that on the right. */
        float around = (float)c / (COLLAR_COLUMNS - 1),
              half = 1 - fabsf(2 * around - 1); /* 0 front, 1 back */
        float front = avt_smoothstep(.5f, 0, half), angle = avt_mix(fold_end.x, PI, half);
        struct avt_point fold = {angle, opening_y(garment, &shell->neckline, angle) +
                                            avt_mix(1.5f, .15f, front)};
        float swung = angle + (corner.x - fold_end.x) * front;
        struct avt_point edge = {
            swung, away_y(&garment->neck, fold, swung, avt_mix(4.4f, 5.2f, front) * form->size)};
        float end = avt_smoothstep(.07f, 0, half);
        fold = mixed(fold, fold_end, end);
        edge = mixed(edge, corner, end);
        for (int r = 0; r < COLLAR_ROWS; r++) {
            float t = 1 - (float)r / (COLLAR_ROWS - 2); /* below 0: inside of the fold */
            struct avt_point at = mixed(fold, edge, fmaxf(t, 0));
            /* Its end runs along the gorge, then the notch opens. */
            if (end > 0 && t > 0)
                at = mixed(at,
                           t < .75f ? mixed(fold_end, gorge, t / .75f)
                                    : mixed(gorge, corner, (t - .75f) / .25f),
                           end);
            at.y -= t < 0 ? 1.2f : 0;
            float lift = t < 0 ? .05f : .34f + .5f * (1 - t) * (1 - t) + .14f * sinf(PI * t);
            places[r * COLLAR_COLUMNS + c] =
                (struct avt_point){around < .5f ? at.x : 2 * PI - at.x, at.y};
            lifts[r * COLLAR_COLUMNS + c] = lift;
        }
    }
    struct avt_patch patch = {.map = &garment->neck,
                              .rows = COLLAR_ROWS,
                              .columns = COLLAR_COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = .9f,
                              .rim = .34f};
    avt_patch_sew(sheet, &patch);
}

void avt_lapels_sew(const struct avt_form *form, const struct avt_garment *garment,
                    const struct avt_shell *shell, const struct avt_lapels *lapels,
                    const struct avt_material *material, struct avt_wear *wear)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    for (int side = -1; side <= 1; side += 2)
        sew_lapel(garment, shell, lapels, (float)side, &sheet);
    sew_jacket_collar(form, garment, shell, lapels, &sheet);
    avt_wear_add(wear, &sheet, material);
}

/* ---- ties ---------------------------------------------------------------------------------------
 */

enum { KNOT_ROWS = 21, KNOT_COLUMNS = 21, BLADE_ROWS = 150, BLADE_COLUMNS = 15 };
#define KNOT_TOP     (-14.1f)
#define KNOT_BOTTOM  (-18.1f)
#define BLADE_BOTTOM (-62.0f)

static void sew_blade(const struct avt_garment *garment, struct avt_sheet *sheet)
{
    struct avt_point places[BLADE_ROWS * BLADE_COLUMNS];
    float lifts[BLADE_ROWS * BLADE_COLUMNS];
    for (int r = 0; r < BLADE_ROWS; r++)
        for (int c = 0; c < BLADE_COLUMNS; c++) {
            float t = (float)r / (BLADE_ROWS - 1), across = 2 * (float)c / (BLADE_COLUMNS - 1) - 1;
            float y = avt_mix(BLADE_BOTTOM, KNOT_BOTTOM + .5f, t), down = KNOT_BOTTOM - y;
            float half = .98f + 2.85f * (1 - 1 / (1 + fmaxf(down, 0) / 16));
            /* A dimple under the knot. */
            float dimple = .34f * avt_smoothstep(5, 0, down) * (1 - fminf(fabsf(across) * 2.2f, 1));
            places[r * BLADE_COLUMNS + c] = (struct avt_point){half * across, y};
            lifts[r * BLADE_COLUMNS + c] =
                .42f + .22f * (1 - across * across) + .25f * avt_smoothstep(3, 0, down) - dimple;
        }
    struct avt_patch patch = {.map = &garment->front,
                              .rows = BLADE_ROWS,
                              .columns = BLADE_COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1,
                              .rim = .3f};
    avt_patch_sew(sheet, &patch);
}

static void sew_knot(const struct avt_garment *garment, struct avt_sheet *sheet)
{
    struct avt_point places[KNOT_ROWS * KNOT_COLUMNS];
    float lifts[KNOT_ROWS * KNOT_COLUMNS];
    for (int r = 0; r < KNOT_ROWS; r++)
        for (int c = 0; c < KNOT_COLUMNS; c++) {
            float t = (float)r / (KNOT_ROWS - 1), across = 2 * (float)c / (KNOT_COLUMNS - 1) - 1;
            float half =
                avt_mix(1.22f, 1.8f, avt_smoothstep(0, 1, t)) - .22f * avt_smoothstep(.8f, 1, t);
            float round = sqrtf(fmaxf(1 - across * across, 0)),
                  tall = sqrtf(fmaxf(1 - powf(2 * t - 1, 4), 0));
            places[r * KNOT_COLUMNS + c] =
                (struct avt_point){half * across, avt_mix(KNOT_BOTTOM, KNOT_TOP, t) +
                                                      .25f * across * across * (1 - t)};
            lifts[r * KNOT_COLUMNS + c] =
                .32f + .40f * t * round + 1.0f * powf(round, .7f) * tall + .06f * across;
        }
    struct avt_patch patch = {.map = &garment->front,
                              .rows = KNOT_ROWS,
                              .columns = KNOT_COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1,
                              .rim = .3f,
                              .turn = .6f};
    avt_patch_sew(sheet, &patch);
}

void avt_tie_sew(const struct avt_form *form, const struct avt_garment *garment,
                 const struct avt_material *first, const struct avt_material *second, float stripes,
                 struct avt_wear *wear)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0}, other = {0};
    sew_blade(garment, &sheet);
    sew_knot(garment, &sheet);
    if (stripes > 0) {
        avt_sheet_copy(&sheet, &other);
        AVT_CLEANUP(avt_freep) float *values = avt_new0(float, sheet.vertex_count + 1);
        for (int k = 0; k < 2; k++) {
            struct avt_sheet *half = k ? &other : &sheet;
            for (size_t i = 0; i < half->vertex_count; i++) {
                struct avt_point3 p = half->vertices[i].at;
                float at = (p.y + .85f * p.x) / (2 * stripes * form->size);
                float off = .13f - fabsf(at - floorf(at) - .5f); /* above 0 in the thin stripe */
                values[i] = k ? -off : off;
            }
            avt_sheet_cut(half, values, NULL);
        }
    }
    avt_wear_add(wear, &sheet, first);
    avt_wear_add(wear, &other, second);
}
