/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/clothes_trim.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/vec.h"

#define PI           3.14159265f
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- colours ------------------------------------------------------------------------------------
 */

struct avt_material avt_tailor_paint(enum avt_stuff stuff, int paint, float weave)
{
    struct avt_material out = {.stuff = stuff, .weave = weave};
    memcpy(out.colour, avt_paint_colour(paint), sizeof(out.colour));
    return out;
}

struct avt_material avt_tailor_cloth(const struct avt_tailor *t, enum avt_stuff stuff, float weave)
{
    return avt_tailor_paint(stuff, t->attributes->clothing_colour, weave);
}

static int pick(struct avt_tailor *t, const int *paints, size_t count)
{
    int first = paints[avt_rng_u32(&t->rng) % count];
    /* Not the garment's own colour: the next one then. */
    for (size_t i = 0; i < count; i++)
        if (paints[i] == first && first == t->attributes->clothing_colour)
            return paints[(i + 1) % count];
    return first;
}

struct avt_material avt_tailor_shirt(struct avt_tailor *t)
{
    static const int PAINTS[] = {AVT_PAINT_WHITE, AVT_PAINT_LIGHT_BLUE, AVT_PAINT_WHITE,
                                 AVT_PAINT_CREAM};
    return avt_tailor_paint(AVT_STUFF_CLOTH, pick(t, PAINTS, COUNT(PAINTS)), .04f);
}

struct avt_material avt_tailor_under(struct avt_tailor *t, float weave)
{
    static const int PAINTS[] = {AVT_PAINT_WHITE, AVT_PAINT_CREAM,      AVT_PAINT_GREY,
                                 AVT_PAINT_BLACK, AVT_PAINT_LIGHT_BLUE, AVT_PAINT_WHITE};
    return avt_tailor_paint(AVT_STUFF_CLOTH, pick(t, PAINTS, COUNT(PAINTS)), weave);
}

float avt_tailor_tie(struct avt_tailor *t, struct avt_material *ret_first,
                     struct avt_material *ret_second)
{
    static const int FIRST[] = {AVT_PAINT_BURGUNDY, AVT_PAINT_NAVY,     AVT_PAINT_TEAL,
                                AVT_PAINT_PURPLE,   AVT_PAINT_CHARCOAL, AVT_PAINT_RED,
                                AVT_PAINT_BLUE,     AVT_PAINT_OLIVE};
    static const int SECOND[] = {AVT_PAINT_SILVER, AVT_PAINT_CREAM, AVT_PAINT_GOLD,
                                 AVT_PAINT_LIGHT_BLUE};
    *ret_first = avt_tailor_paint(AVT_STUFF_SATIN, pick(t, FIRST, COUNT(FIRST)), 0);
    *ret_second = avt_tailor_paint(AVT_STUFF_SATIN, pick(t, SECOND, COUNT(SECOND)), 0);
    /* Silk is dyed deeper than cloth. */
    for (int c = 0; c < 3; c++)
        ret_first->colour[c] *= .62f;
    return avt_rng_u32(&t->rng) % 3 ? 1.8f : 0;
}

/* ---- fronts -------------------------------------------------------------------------------------
 */

/* Add the ribbon as a piece of its own. */
static void ribbon_piece(struct avt_tailor *t, const struct avt_ribbon *ribbon,
                         const struct avt_material *material)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    avt_ribbon_sew(&sheet, ribbon);
    avt_wear_add(t->wear, &sheet, material);
}

void avt_placket_sew(struct avt_tailor *t, const struct avt_garment *g, float top, float bottom,
                     float half_width, const struct avt_material *cloth)
{
    const struct avt_stop stops[] = {{0, bottom, half_width}, {0, top, half_width}};
    struct avt_ribbon ribbon = {
        .map = &g->front, .stops = stops, .count = 2, .lift = .14f, .follow = 1, .rim = .16f};
    ribbon_piece(t, &ribbon, cloth);
}

void avt_buttons_sew(struct avt_tailor *t, const struct avt_garment *g, float x, float top,
                     float bottom, float step, float radius, const struct avt_material *material)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    for (float y = top; y > bottom; y -= step)
        avt_button_sew(&sheet, &g->front, x, y, radius * sqrtf(t->form.size), .22f);
    avt_wear_add(t->wear, &sheet, material);
}

void avt_edge_sew(struct avt_tailor *t, const struct avt_garment *g, const struct avt_shell *shell,
                  float half_width, float lift, const struct avt_material *rib)
{
    enum { STOPS = 14 };
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    for (int side = -1; side <= 1; side += 2) {
        struct avt_stop stops[STOPS];
        for (int i = 0; i < STOPS; i++) {
            float y = avt_mix(-62, -14.1f, (float)i / (STOPS - 1));
            float x =
                fmaxf(avt_neckline_vee(&shell->neckline, y), -half_width + .2f) + .5f * half_width;
            stops[i] = (struct avt_stop){(float)side * x, y, half_width};
        }
        /* The one that lies on top overlaps the other below the opening. */
        struct avt_ribbon ribbon = {.map = &g->front,
                                    .stops = stops,
                                    .count = STOPS,
                                    .lift = lift + (side > 0 ? .1f : 0),
                                    .bulge = .08f,
                                    .follow = 1,
                                    .rim = lift + .1f};
        avt_ribbon_sew(&sheet, &ribbon);
    }
    /* Ribs run along the edge. */
    avt_wear_add(t->wear, &sheet, rib);
}

void avt_embroidery_sew(struct avt_tailor *t, const struct avt_garment *g,
                        const struct avt_material *thread)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    for (int side = -1; side <= 1; side += 2)
        for (int line = 0; line < 2; line++) {
            float x = (float)side * (1.35f + .75f * (float)line);
            const struct avt_stop stops[] = {{x, -37.3f, .1f}, {x, -21.5f, .1f}};
            struct avt_ribbon ribbon = {.map = &g->front,
                                        .stops = stops,
                                        .count = 2,
                                        .lift = line ? .03f : .17f,
                                        .bulge = .08f,
                                        .follow = 1,
                                        .rim = .06f};
            avt_ribbon_sew(&sheet, &ribbon);
            /* Petals between the lines. */
            for (int k = 0; line == 1 && k < 13; k++)
                avt_button_sew(&sheet, &g->front, (float)side * 2.75f, -21.8f - 1.25f * (float)k,
                               .22f * t->form.size, .02f);
        }
    avt_wear_add(t->wear, &sheet, thread);
}

/* ---- pockets and what is in them ----------------------------------------------------------------
 */

enum { POCKET_ROWS = 9, POCKET_COLUMNS = 9 };

/* Straight above, pointed below by `point`. */
static void patch_of(struct avt_sheet *sheet, const struct avt_garment *g, float x, float top,
                     float bottom, float half_width, float point, float lift)
{
    struct avt_point places[POCKET_ROWS * POCKET_COLUMNS];
    float lifts[POCKET_ROWS * POCKET_COLUMNS];
    for (int r = 0; r < POCKET_ROWS; r++)
        for (int c = 0; c < POCKET_COLUMNS; c++) {
            float t = (float)r / (POCKET_ROWS - 1),
                  across = 2 * (float)c / (POCKET_COLUMNS - 1) - 1;
            places[r * POCKET_COLUMNS + c] = (struct avt_point){
                x + half_width * across, avt_mix(bottom - point * (1 - fabsf(across)), top, t)};
            lifts[r * POCKET_COLUMNS + c] = lift;
        }
    struct avt_patch patch = {.map = &g->front,
                              .rows = POCKET_ROWS,
                              .columns = POCKET_COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1,
                              .rim = lift};
    avt_patch_sew(sheet, &patch);
}

void avt_pocket_sew(struct avt_tailor *t, const struct avt_garment *g, float x, float y,
                    float half_width, float height, bool flap, const struct avt_material *cloth)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    patch_of(&sheet, g, x, y, y - height, half_width, flap ? 0 : 1, .10f);
    if (flap)
        patch_of(&sheet, g, x, y + .5f, y - 2.2f, half_width + .2f, 1.2f, .26f);
    else
        patch_of(&sheet, g, x, y + .05f, y - 1.3f, half_width + .03f, 0, .15f);
    avt_wear_add(t->wear, &sheet, cloth);
}

void avt_welt_sew(struct avt_tailor *t, const struct avt_garment *g,
                  const struct avt_material *cloth)
{
    const struct avt_stop stops[] = {{8.2f, -31.6f, .95f}, {15.2f, -30.8f, .95f}};
    struct avt_ribbon ribbon = {
        .map = &g->front, .stops = stops, .count = 2, .lift = .16f, .follow = 1, .rim = .2f};
    ribbon_piece(t, &ribbon, cloth);
}

void avt_pen_sew(struct avt_tailor *t, const struct avt_garment *g, float x, float y)
{
    if (t->scarf)
        return;
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0}, clip = {0};
    struct avt_point3 points[4], clip_points[3];
    float radii[4] = {.36f, .36f, .36f, .28f}, clip_radii[3] = {.09f, .09f, .09f};
    float follow[4] = {0};
    for (int i = 0; i < 4; i++)
        points[i] = avt_map_over(&g->front, x, y - 2 + 1.15f * (float)i, .42f);
    for (int i = 0; i < 3; i++)
        clip_points[i] = avt_map_over(&g->front, x, y - 1.2f + 1.1f * (float)i, .85f);
    struct avt_sheet_path path = {
        .points = points, .radii = radii, .follow = follow, .count = 4, .sides = 10};
    struct avt_sheet_path clip_path = {
        .points = clip_points, .radii = clip_radii, .follow = follow, .count = 3, .sides = 6};
    avt_sheet_tube(&sheet, &path);
    avt_sheet_tube(&clip, &clip_path);
    struct avt_material plastic = avt_tailor_paint(AVT_STUFF_PLASTIC, AVT_PAINT_NAVY, 0);
    struct avt_material metal = avt_tailor_paint(AVT_STUFF_METAL, AVT_PAINT_SILVER, 0);
    avt_wear_add(t->wear, &sheet, &plastic);
    avt_wear_add(t->wear, &clip, &metal);
}

/* ---- uniforms -----------------------------------------------------------------------------------
 */

void avt_epaulette_sew(struct avt_tailor *t, const struct avt_garment *g, float side,
                       const struct avt_material *cloth, const struct avt_material *button)
{
    if (t->scarf)
        return;
    enum { ROWS = 12, COLUMNS = 7 };
    struct avt_point places[ROWS * COLUMNS];
    float lifts[ROWS * COLUMNS];
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0}, knob = {0};
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++) {
            /* From the shoulder's end inwards to a point, along the ridge. */
            float along = (float)r / (ROWS - 1), across = 2 * (float)c / (COLUMNS - 1) - 1;
            float x = avt_mix(17.3f, 8.6f, along),
                  wide = .17f * (along > .85f ? (1 - along) / .15f * .8f + .2f : 1);
            float angle = .5f * PI - .18f + wide * across * 8.5f / x;
            int column = side > 0 ? c : COLUMNS - 1 - c;
            places[r * COLUMNS + column] = (struct avt_point){
                side * angle, -13.6f - .34f * (x - 7.2f) - .016f * (x - 8) * (x - 8)};
            lifts[r * COLUMNS + column] = .30f;
        }
    struct avt_patch patch = {.map = &g->neck,
                              .rows = ROWS,
                              .columns = COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = 1,
                              .rim = .28f};
    avt_patch_sew(&sheet, &patch);
    avt_button_sew(&knob, &g->front, side * 9.4f, -15.6f, .55f * sqrtf(t->form.size), .35f);
    avt_wear_add(t->wear, &sheet, cloth);
    avt_wear_add(t->wear, &knob, button);
}

void avt_badge_sew(struct avt_tailor *t, const struct avt_garment *g, float x, float y,
                   const struct avt_material *metal)
{
    if (t->scarf)
        return;
    /* A shield: its outline's radius by angle, domed. */
    enum { SIDES = 32, RINGS = 5 };
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    struct avt_spot spot = avt_map_at(&g->front, x, y);
    struct avt_point3 n = spot.normal,
                      right = avt_vec_unit(avt_vec_cross((struct avt_point3){0, 1, 0}, n));
    struct avt_point3 up = avt_vec_cross(n, right);
    for (int ring = 0; ring < RINGS; ring++)
        for (int k = 0; k < SIDES; k++) {
            static const float FAR[RINGS] = {1, .98f, .84f, .78f, .02f},
                               HIGH[RINGS] = {-.1f, .22f, .26f, .18f, .34f};
            float turn = 2 * PI * (float)k / SIDES, co = cosf(turn), s = sinf(turn);
            float wide = 1.35f * (s < 0 ? 1 - .25f * s * s : 1 + .10f * s),
                  tall = s < 0 ? 1.9f : 1.25f;
            float star = 1 + .05f * cosf(8 * turn), size = FAR[ring] * star * t->form.size;
            struct avt_point3 at =
                avt_vec_along(avt_vec_along(spot.at, wide * size * co, right), tall * size * s, up);
            struct avt_sheet_vertex v = {.at = avt_vec_along(at, HIGH[ring] + .1f, n),
                                         .follow = spot.follow,
                                         .shade = ring == 0 ? .5f : 1};
            avt_sheet_add(&sheet, &v);
        }
    avt_sheet_grid(&sheet, 0, RINGS, SIDES, true);
    avt_wear_add(t->wear, &sheet, metal);
}
