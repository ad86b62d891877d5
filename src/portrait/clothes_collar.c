/* SPDX-License-Identifier: Apache-2.0 */
/* What goes around a neck: folded collars, rolls, hoods. */
#include <math.h>

#include "base/mem.h"
#include "portrait/clothes.h"
#include "portrait/noise.h"
#include "portrait/vec.h"

#define PI 3.14159265f
enum {
    COLUMNS = 57,
    STAND_ROWS = 5,
    LEAF_ROWS = 10,
    FOLD_ROWS = 4,
    ROLL_COLUMNS = 65,
    HOOD_COLUMNS = 48,
    HOOD_SIDES = 16
};

float avt_around_at(const struct avt_around *around, float angle)
{
    float mean = .25f * (around->front + 2 * around->side + around->back);
    return mean + .5f * (around->front - around->back) * cosf(angle) +
           .25f * (around->front - 2 * around->side + around->back) * cosf(2 * angle);
}

static void sew_stand(const struct avt_garment *garment, const struct avt_collar *collar,
                      struct avt_sheet *sheet)
{
    struct avt_point places[STAND_ROWS * COLUMNS];
    float lifts[STAND_ROWS * COLUMNS];
    for (int r = 0; r < STAND_ROWS; r++)
        for (int c = 0; c < COLUMNS; c++) {
            float t = (float)r / (STAND_ROWS - 1);
            float angle = avt_mix(collar->gap, 2 * PI - collar->gap, (float)c / (COLUMNS - 1));
            float seam = avt_around_at(&collar->seam, angle),
                  top = avt_around_at(&collar->top, angle);
            places[r * COLUMNS + c] = (struct avt_point){angle, avt_mix(seam - .3f, top, t)};
            lifts[r * COLUMNS + c] = collar->stand_lift * (.5f + .5f * t);
        }
    struct avt_patch patch = {.map = &garment->neck,
                              .rows = STAND_ROWS,
                              .columns = COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = .92f,
                              .rim = collar->no_leaf ? .2f : .1f};
    avt_patch_sew(sheet, &patch);
}

/* From its edge up to the fold, over it and a little down inside. */
static void sew_leaf(const struct avt_form *form, const struct avt_garment *garment,
                     const struct avt_collar *collar, struct avt_sheet *sheet)
{
    enum { ROWS = LEAF_ROWS + FOLD_ROWS };
    static const float OVER[FOLD_ROWS][2] = {
        {.10f, .75f}, {.12f, .4f}, {0, .08f}, {-.9f, -.02f}}; /* up, out */
    struct avt_point places[ROWS * COLUMNS];
    float lifts[ROWS * COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
        float around = (float)c / (COLUMNS - 1),
              angle = avt_mix(collar->leaf_gap, 2 * PI - collar->leaf_gap, around);
        float end = 1 - fabsf(2 * around - 1),
              front = avt_smoothstep(.42f, 0, end); /* 1 at the points */
        float top = avt_around_at(&collar->top, angle), seam = avt_around_at(&collar->seam, angle);
        float length = avt_mix(collar->leaf, collar->point, front * front) * form->size;
        float stand = fabsf(avt_map_at(&garment->neck, angle, top).uv.y -
                            avt_map_at(&garment->neck, angle, seam).uv.y);
        for (int r = 0; r < ROWS; r++) {
            struct avt_point *place = &places[r * COLUMNS + c];
            float *lift = &lifts[r * COLUMNS + c], out = collar->leaf_lift;
            if (r >= LEAF_ROWS) {
                *place = (struct avt_point){angle, top + OVER[r - LEAF_ROWS][0]};
                *lift = collar->stand_lift + out * OVER[r - LEAF_ROWS][1];
                continue;
            }
            float t = 1 - (float)r / LEAF_ROWS, down = t * length; /* 1 at the edge */
            float swing = collar->spread * front * t * (around < .5f ? 1 : -1);
            *place = (struct avt_point){angle + swing,
                                        avt_map_down(&garment->neck, angle + swing, top, down)};
            float flat = avt_smoothstep(.5f * stand, stand + 2.2f, down);
            *lift = avt_mix(collar->stand_lift + out, .30f, flat);
        }
    }
    struct avt_patch patch = {.map = &garment->neck,
                              .rows = ROWS,
                              .columns = COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = .92f,
                              .rim = .2f};
    avt_patch_sew(sheet, &patch);
}

void avt_collar_sew(const struct avt_form *form, const struct avt_garment *garment,
                    const struct avt_collar *collar, const struct avt_material *material,
                    struct avt_wear *wear)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    sew_stand(garment, collar, &sheet);
    if (!collar->no_leaf)
        sew_leaf(form, garment, collar, &sheet);
    avt_wear_add(wear, &sheet, material);
}

void avt_roll_sew(const struct avt_form *form, const struct avt_garment *garment,
                  const struct avt_around *bottom, const struct avt_around *top, float thick,
                  const struct avt_material *material, struct avt_wear *wear)
{
    /* From under the folded edge up its outside, over and down inside: share of the height, of the
     * thickness. */
    static const float ROWS[][2] = {{-.15f, .0f}, {.03f, .45f},  {-.03f, .75f}, {0, .98f},
                                    {.1f, 1.08f}, {.25f, 1.06f}, {.4f, 1},      {.55f, .98f},
                                    {.7f, .98f},  {.85f, 1},     {.95f, .9f},   {1, .65f},
                                    {.98f, .4f},  {.85f, .28f},  {.5f, .25f}};
    enum { ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0]) };
    struct avt_point places[ROW_COUNT * ROLL_COLUMNS];
    float lifts[ROW_COUNT * ROLL_COLUMNS];
    for (int r = 0; r < ROW_COUNT; r++)
        for (int c = 0; c < ROLL_COLUMNS; c++) {
            float angle = avt_mix(-PI, PI, (float)c / (ROLL_COLUMNS - 1));
            float low = avt_around_at(bottom, angle), high = avt_around_at(top, angle);
            struct avt_point3 place = {2 * cosf(angle), 1.3f * ROWS[r][0], 2 * sinf(angle)};
            float soft = avt_noise(place, .9f, form->seed + 5) - .5f;
            places[r * ROLL_COLUMNS + c] =
                (struct avt_point){angle, avt_mix(low, high, ROWS[r][0]) + .35f * soft};
            lifts[r * ROLL_COLUMNS + c] = thick * ROWS[r][1] * (1 + .5f * soft);
        }
    struct avt_patch patch = {.map = &garment->neck,
                              .rows = ROW_COUNT,
                              .columns = ROLL_COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = .95f};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    avt_patch_sew(&sheet, &patch);
    for (size_t i = 0; i < sheet.vertex_count; i++)
        sheet.vertices[i].shade = i / ROLL_COLUMNS < 2               ? .55f
                                  : i / ROLL_COLUMNS + 3 > ROW_COUNT ? .6f
                                                                     : 1;
    avt_wear_add(wear, &sheet, material);
}

/* A thick fold that lies behind the neck and comes down in front on both sides. */
void avt_hood_sew(const struct avt_form *form, const struct avt_garment *garment,
                  const struct avt_material *material, struct avt_wear *wear)
{
    static const struct avt_around LINE = {-18.4f, -13.3f, -12.2f}, HIGH = {.55f, 2.2f, 3.4f},
                                   THICK = {.45f, 1.5f, 2.6f};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    for (int c = 0; c < HOOD_COLUMNS; c++) {
        float angle = avt_mix(.0f, 2 * PI, (float)c / (HOOD_COLUMNS - 1));
        float thick = avt_around_at(&THICK, angle) * form->size,
              high = avt_around_at(&HIGH, angle) * form->size;
        struct avt_spot spot = avt_map_at(&garment->neck, angle, avt_around_at(&LINE, angle));
        struct avt_point3 out = {sinf(angle), 0, cosf(angle)},
                          up = {.12f * out.x, .99f, .12f * out.z};
        struct avt_point3 middle =
            avt_vec_along(avt_vec_along(spot.at, thick + .35f, out), .35f * high, up);
        for (int k = 0; k < HOOD_SIDES; k++) {
            float turn = 2 * PI * (float)k / HOOD_SIDES, s = sinf(turn), co = cosf(turn);
            /* Fuller outside below than inside above. */
            float wide = thick * (1 + .25f * co - .25f * s), tall = high * (s < 0 ? .75f : 1);
            struct avt_point3 place = {4 * out.x + co, s, 4 * out.z};
            float soft = 1 + .30f * (avt_noise(place, .7f, form->seed + 9) - .5f);
            struct avt_point3 at =
                avt_vec_along(avt_vec_along(middle, wide * co * soft, out), tall * s * soft, up);
            at = avt_form_outside(form, at, .5f);
            struct avt_sheet_vertex v = {.at = at,
                                         .follow = .8f * spot.follow,
                                         .shade = co < -.2f ? .75f : 1,
                                         .uv = {.1f * 7 * angle, .1f * thick * turn}};
            avt_sheet_add(&sheet, &v);
        }
    }
    /* Columns run around the neck, sides around the section: towards the outside, up, inside. */
    for (uint32_t c = 0; c + 1 < HOOD_COLUMNS; c++)
        for (uint32_t k = 0; k < HOOD_SIDES; k++) {
            uint32_t a = c * HOOD_SIDES + k, b = c * HOOD_SIDES + (k + 1) % HOOD_SIDES;
            avt_sheet_triangle(&sheet, a, a + HOOD_SIDES, b + HOOD_SIDES);
            avt_sheet_triangle(&sheet, a, b + HOOD_SIDES, b);
        }
    for (uint32_t k = 1; k + 1 < HOOD_SIDES; k++) {
        uint32_t last = (HOOD_COLUMNS - 1) * HOOD_SIDES;
        avt_sheet_triangle(&sheet, 0, k, k + 1);
        avt_sheet_triangle(&sheet, last, last + k + 1, last + k);
    }
    avt_wear_add(wear, &sheet, material);
}
