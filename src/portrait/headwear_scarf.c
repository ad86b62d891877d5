/* SPDX-License-Identifier: Apache-2.0 */
/* A hijab: a cap under it, and a scarf that leaves the face free and falls over shoulders and
 * chest. */
#include <math.h>

#include "base/mem.h"
#include "portrait/headwear.h"
#include "portrait/noise.h"
#include "portrait/vec.h"

#define PI 3.14159265f
enum { AROUND = 129, ROWS = 40, UNDER_ROWS = 18, DRAPE_ROWS = 30 };

/* The opening around the face, seen from the front on the average head: turn from its top (1 is all
 * around), x, y, and how far forward it lies there. */
static const float FACE[][4] = {{0, 0, 6.0f, 1.6f},         {.09f, 2.9f, 5.7f, 1.4f},
                                {.17f, 5.3f, 4.2f, .4f},    {.25f, 6.45f, 1.4f, -1.6f},
                                {.33f, 6.5f, -2.5f, -2.3f}, {.40f, 5.7f, -6.6f, -2.2f},
                                {.45f, 3.6f, -9.9f, -1.2f}, {.5f, 0, -11.3f, -.9f}};
enum { FACE_POINTS = sizeof(FACE) / sizeof(FACE[0]) };
/* The lower edge, degrees above the middle of the skull. */
static const struct avt_hat_line HEM = {-77, -68, -64};

/* Way from the middle of the skull to the opening's edge, of length 1. */
static struct avt_point3 face_way(float turn)
{
    bool left = turn > .5f;
    float t = left ? 1 - turn : turn, at[3];
    int k = 0;
    while (k + 2 < FACE_POINTS && FACE[k + 1][0] < t)
        k++;
    float linear = (t - FACE[k][0]) / (FACE[k + 1][0] - FACE[k][0]);
    float share = .5f * linear + .5f * avt_smoothstep(0, 1, linear);
    for (int i = 0; i < 3; i++)
        at[i] = avt_mix(FACE[k][i + 1], FACE[k + 1][i + 1], share);
    return avt_vec_unit(
        (struct avt_point3){left ? at[0] : -at[0], at[1] - AVT_SKULL_Y, at[2] - AVT_SKULL_Z});
}

/* From the face's edge (0) over head, cheeks or chin to the hem (1): a bent way, of length 1. */
static struct avt_point3 scarf_way(float turn, float t)
{
    float side = turn > .5f ? 1 : -1,
          half = turn > .5f ? 2 - 2 * turn : 2 * turn; /* 0 top, 1 chin */
    struct avt_point3 from = face_way(turn);
    float hem_turn = PI * (1 - half), up = avt_hat_rim(&HEM, hem_turn);
    struct avt_point3 to = {side * sinf(hem_turn) * cosf(up), sinf(up), cosf(hem_turn) * cosf(up)};
    struct avt_point3 middle = {side * sinf(PI * half), cosf(PI * half),
                                avt_mix(-.35f, .40f, avt_smoothstep(.4f, 1, half))};
    struct avt_point3 way = avt_vec_scale(from, (1 - t) * (1 - t));
    way = avt_vec_along(way, 2 * t * (1 - t), avt_vec_unit(middle));
    return avt_vec_unit(avt_vec_along(way, t * t, to));
}

static struct avt_point place_of(struct avt_point3 way)
{
    return (struct avt_point){atan2f(way.x, way.z), atan2f(way.y, hypotf(way.x, way.z))};
}

/* The end that lies on top: from one side of the face under the chin to the other shoulder. How far
 * beyond its edge. */
static float over_edge(float turn, float t)
{
    return turn - (.66f - .34f * t);
}

/* Folds: around the face close to it, hung in arcs under the chin, down the sides. Height in cm,
 * and how dark. */
static float scarf_relief(float turn, float t, uint32_t seed, float *ret_shade)
{
    float half = turn > .5f ? 2 - 2 * turn : 2 * turn, low = avt_smoothstep(.45f, .9f, half);
    struct avt_point3 p = {3.2f * t, 2.4f * cosf(2 * PI * turn), 2.4f * sinf(2 * PI * turn)};
    struct avt_point3 q = {7 * t, 2 * cosf(2 * PI * turn), 2 * sinf(2 * PI * turn)};
    float wander = avt_noise(p, .8f, seed + 1) - .5f, soft = avt_noise(p, 1.3f, seed + 2) - .5f;
    float arcs =
        sinf(2 * PI * ((3.6f + 1.2f * low) * t + 1.6f * wander + .25f * sinf(2 * PI * turn)));
    float rays = sinf(2 * PI * (13 * turn + 1.5f * (avt_noise(q, .5f, seed + 3) - .5f)));
    float free = avt_smoothstep(.02f, .16f, t), fall = avt_smoothstep(.45f, .85f, t);
    float height = free * (.16f + .26f * low) * arcs + .45f * free * soft +
                   .30f * fall * rays * (1 - .6f * low);
    float past = over_edge(turn, t), fade = avt_smoothstep(.20f, .05f, past);
    height += past > -.03f ? .42f * avt_smoothstep(-.010f, .004f, past) * fade : 0;
    float crease = past > -.05f && past < 0 ? avt_smoothstep(-.03f, -.004f, past) : 0;
    *ret_shade =
        1 - .16f * free * avt_smoothstep(.0f, -.9f, arcs) * (.4f + .6f * low) - .30f * crease;
    return height;
}

/* How much more cloth stands off over ears, cm. */
static float over_ear(struct avt_point place)
{
    float across = (fabsf(place.x) - 1.66f) / .5f, up = (place.y + .27f) / .6f;
    return .15f * avt_smoothstep(1, .25f, hypotf(across, up));
}

static void sew_scarf(const struct avt_hatter *h, const struct avt_map *veil,
                      struct avt_sheet *sheet)
{
    /* Before the first row of the scarf its edge is rolled under. */
    static const float ROLL[3] = {-.40f, -.16f, -.02f};
    struct avt_point places[(ROWS + 3) * AROUND];
    float lifts[(ROWS + 3) * AROUND], shades[(ROWS + 3) * AROUND];
    for (int r = 0; r < ROWS + 3; r++)
        for (int c = 0; c < AROUND; c++) {
            float turn = (float)c / (AROUND - 1), t = fmaxf((float)(r - 3) / (ROWS - 1), 0), shade;
            float relief = scarf_relief(turn, t, h->seed, &shade),
                  edge = avt_smoothstep(1, .96f, t);
            places[r * AROUND + c] = place_of(scarf_way(turn, t + (r == 0 ? .02f : 0)));
            lifts[r * AROUND + c] = .50f + .35f * avt_smoothstep(0, .15f, t) + relief +
                                    over_ear(places[r * AROUND + c]) + (r < 3 ? ROLL[r] : 0) -
                                    .25f * (1 - edge);
            shades[r * AROUND + c] = r == 0 ? .45f : r == 1 ? .75f : shade;
        }
    struct avt_patch patch = {.map = veil,
                              .rows = ROWS + 3,
                              .columns = AROUND,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1,
                              .rim = 0};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet tight = {0};
    avt_patch_sew(sheet, &patch);
    patch.map = &h->skull;
    avt_patch_sew(&tight, &patch);
    for (size_t i = 0; i < sheet->vertex_count; i++) {
        /* Close to the face and under the chin it lies on the skin; elsewhere it bridges hollows.
         */
        size_t at = i < (ROWS + 3) * AROUND ? i : (ROWS + 3) * AROUND - 1;
        float turn = (float)(at % AROUND) / (AROUND - 1),
              t = fmaxf((float)(at / AROUND) - 3, 0) / (ROWS - 1);
        float half = turn > .5f ? 2 - 2 * turn : 2 * turn;
        float loose = avt_smoothstep(.02f, .42f, t) * avt_smoothstep(.96f, .74f, half);
        struct avt_point3 *place = &sheet->vertices[i].at;
        *place =
            avt_vec_along(tight.vertices[i].at, loose, avt_vec_sub(*place, tight.vertices[i].at));
        sheet->vertices[i].shade = shades[at];
    }
    for (size_t i = 0; i < sheet->vertex_count; i++)
        sheet->vertices[i].follow = avt_smoothstep(-19, -7.5f, sheet->vertices[i].average.y);
}

/* Below the chin and over shoulders and chest: folds hung from one shoulder to the other. */
static void sew_drape(const struct avt_hatter *h, const struct avt_map *worn,
                      struct avt_sheet *sheet)
{
    static const struct avt_around TOP = {-11.3f, -10.3f, -10.2f}, BOTTOM = {-32.5f, -20.5f, -24};
    struct avt_point places[DRAPE_ROWS * AROUND];
    float lifts[DRAPE_ROWS * AROUND], shades[DRAPE_ROWS * AROUND];
    for (int r = 0; r < DRAPE_ROWS; r++)
        for (int c = 0; c < AROUND; c++) {
            float angle = -PI + 2 * PI * (float)c / (AROUND - 1),
                  t = 1 - fmaxf((float)(r - 1) / (DRAPE_ROWS - 2), 0);
            float top = avt_around_at(&TOP, angle), bottom = avt_around_at(&BOTTOM, angle);
            float front = .5f + .5f * cosf(angle);
            /* Lower in the middle, and up to the right shoulder. */
            float place = 9.5f * t + 1.6f * front * (1 - t) - .8f * sinf(angle) * front;
            struct avt_point3 p = {place * .8f, 1.5f * sinf(angle), 1.5f * cosf(angle)};
            float bend = place + 1.5f * (avt_noise(p, .7f, h->seed + 21) - .5f),
                  wave = sinf(2 * PI * .62f * bend);
            float ridge = wave > 0 ? wave : .55f * wave,
                  deep = avt_smoothstep(0, .12f, t) * (.35f + .65f * front);
            float soft = avt_noise(p, .45f, h->seed + 22) - .5f;
            /* From under the chin it swings out over the neck's hollow. */
            float slack =
                1.7f * avt_mix(1, avt_smoothstep(0, .14f, t), front) * avt_smoothstep(.72f, .2f, t);
            places[r * AROUND + c] = (struct avt_point){angle, avt_mix(top, bottom, t)};
            lifts[r * AROUND + c] = .35f + .60f * avt_smoothstep(0, .3f, t) + slack +
                                    .40f * deep * ridge + .5f * soft * deep - (r == 0 ? .4f : 0);
            shades[r * AROUND + c] =
                (r == 0 ? .55f : 1) - .24f * deep * avt_smoothstep(.1f, -.5f, ridge);
        }
    struct avt_patch patch = {.map = worn,
                              .rows = DRAPE_ROWS,
                              .columns = AROUND,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1.2f};
    avt_patch_sew(sheet, &patch);
    for (size_t i = 0; i < sheet->vertex_count; i++)
        sheet->vertices[i].shade = shades[i];
}

/* Around the neck, under everything else. */
static void sew_neck(const struct avt_form *form, struct avt_sheet *sheet)
{
    enum { NECK_ROWS = 9 };
    struct avt_point places[NECK_ROWS * AROUND];
    float lifts[NECK_ROWS * AROUND];
    for (int r = 0; r < NECK_ROWS; r++)
        for (int c = 0; c < AROUND; c++) {
            float angle = -PI + 2 * PI * (float)c / (AROUND - 1), t = (float)r / (NECK_ROWS - 1);
            places[r * AROUND + c] = (struct avt_point){angle, avt_mix(-18, AVT_FORM_TOP, t)};
            lifts[r * AROUND + c] = .40f +
                                    .7f * avt_smoothstep(.55f, 1, t) * (.5f - .5f * cosf(angle)) +
                                    .10f * sinf(11 * t + 2 * sinf(angle));
        }
    struct avt_patch patch = {.map = &form->neck,
                              .rows = NECK_ROWS,
                              .columns = AROUND,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1};
    avt_patch_sew(sheet, &patch);
}

/* A tight cap under the scarf, of which a band at the hairline shows, and the neck in its shadow.
 */
static void sew_under(const struct avt_hatter *h, struct avt_sheet *sheet)
{
    struct avt_point places[UNDER_ROWS * AROUND];
    float lifts[UNDER_ROWS * AROUND];
    for (int r = 0; r < UNDER_ROWS; r++)
        for (int c = 0; c < AROUND; c++) {
            float t =
                r < 4 ? -.030f + .03f * (float)r : .06f + .94f * (float)(r - 3) / (UNDER_ROWS - 4);
            places[r * AROUND + c] = place_of(scarf_way((float)c / (AROUND - 1), t));
            lifts[r * AROUND + c] = r == 0 ? .05f : .20f + .15f * avt_smoothstep(.1f, .5f, t);
        }
    struct avt_patch patch = {.map = &h->skull,
                              .rows = UNDER_ROWS,
                              .columns = AROUND,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1};
    avt_patch_sew(sheet, &patch);
    for (size_t i = 0; i < sheet->vertex_count; i++)
        sheet->vertices[i].follow = avt_smoothstep(-19, -7.5f, sheet->vertices[i].average.y);
}

/* How far the thickest of a garment stands off: shells are as in clothes.c, lapels and hems on
 * them. */
static float garment_height(int clothing)
{
    switch (clothing) {
    case AVT_CLOTHING_SUIT:
    case AVT_CLOTHING_BLAZER:
    case AVT_CLOTHING_LAB_COAT:
        return 1.3f;
    case AVT_CLOTHING_SWEATER:
    case AVT_CLOTHING_TURTLENECK:
    case AVT_CLOTHING_HOODIE:
    case AVT_CLOTHING_CARDIGAN:
    case AVT_CLOTHING_DENIM_JACKET:
    case AVT_CLOTHING_LEATHER_JACKET:
        return 1.0f;
    default:
        return .6f;
    }
}

void avt_scarf_make(struct avt_hatter *h)
{
    struct avt_form form;
    struct avt_map veil, worn_map;
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet under = {0}, scarf = {0}, drape = {0}, worn = {0};
    avt_form_make(h->bust, h->attributes->seed, &form);
    /* The surface that the scarf lies on: what is worn, without its folds. */
    struct avt_shell shell = {
        .thick = garment_height(h->attributes->clothing), .loose = .6f, .follow = .7f};
    avt_shell_surface(&form, &shell, &worn);
    avt_map_make_veil(h->bust, &veil);
    avt_map_make(AVT_MAP_NECK, &worn, &worn_map);
    bool shiny = h->seed % 3 == 0;
    struct avt_material cloth = h->cloth;
    cloth.stuff = shiny ? AVT_STUFF_SATIN : AVT_STUFF_CLOTH;
    cloth.weave = shiny ? 0 : .06f;
    sew_under(h, &under);
    sew_scarf(h, &veil, &scarf);
    sew_neck(&form, &scarf);
    sew_drape(h, &worn_map, &drape);
    avt_wear_add(h->wear, &under, &h->second);
    avt_wear_add(h->wear, &scarf, &cloth);
    avt_wear_add(h->wear, &drape, &cloth);
    avt_map_done(&veil);
    avt_map_done(&worn_map);
    avt_form_done(&form);
}
