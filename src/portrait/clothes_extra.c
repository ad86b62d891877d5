/* SPDX-License-Identifier: Apache-2.0 */
/* More trimmings: bows, strings, denim's seams, zips, bibs. */
#include <math.h>

#include "base/mem.h"
#include "portrait/clothes_trim.h"
#include "portrait/noise.h"
#include "portrait/vec.h"

#define PI 3.14159265f

/* ---- a blouse's bow -----------------------------------------------------------------------------
 */

/* A loop or a tail: from the knot outwards along a line of places, wider and fuller in the middle.
 */
static void sew_tongue(struct avt_sheet *sheet, const struct avt_garment *g,
                       const struct avt_stop *stops, size_t count, float full)
{
    struct avt_ribbon ribbon = {.map = &g->front,
                                .stops = stops,
                                .count = count,
                                .lift = .30f,
                                .bulge = full,
                                .follow = 1,
                                .rim = .3f,
                                .step = .5f};
    avt_ribbon_sew(sheet, &ribbon);
}

void avt_bow_sew(struct avt_tailor *t, const struct avt_garment *g,
                 const struct avt_material *cloth)
{
    static const struct avt_around SEAM = {-16.9f, -14.2f, -13.5f}, TOP = {-15.3f, -12.6f, -11.6f};
    struct avt_collar band = {.gap = .02f,
                              .leaf_gap = .02f,
                              .seam = SEAM,
                              .top = TOP,
                              .stand_lift = .45f,
                              .no_leaf = true};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0};
    avt_collar_sew(&t->form, g, &band, cloth, t->wear);
    for (int side = -1; side <= 1; side += 2) {
        float s = (float)side;
        const struct avt_stop tail[] = {{s * 4.3f, -31.5f, 1.5f},
                                        {s * 3.1f, -27, 1.45f},
                                        {s * 1.6f, -21.5f, 1.0f},
                                        {s * .5f, -17.2f, .55f}};
        const struct avt_stop loop[] = {{s * 6.4f, -19.9f, 1.0f},
                                        {s * 5.6f, -19.3f, 1.75f},
                                        {s * 3.4f, -18.2f, 1.6f},
                                        {s * .5f, -17.2f, .6f}};
        sew_tongue(&sheet, g, tail, 4, .35f);
        sew_tongue(&sheet, g, loop, 4, .95f);
    }
    const struct avt_stop knot[] = {{0, -18.5f, .8f}, {0, -17.2f, 1.0f}, {0, -16.0f, .75f}};
    struct avt_ribbon ribbon = {.map = &g->front,
                                .stops = knot,
                                .count = 3,
                                .lift = .55f,
                                .bulge = .75f,
                                .follow = 1,
                                .rim = .5f,
                                .step = .3f};
    avt_ribbon_sew(&sheet, &ribbon);
    avt_wear_add(t->wear, &sheet, cloth);
}

/* ---- a hoodie's strings -------------------------------------------------------------------------
 */

void avt_strings_sew(struct avt_tailor *t, const struct avt_garment *g)
{
    enum { POINTS = 14 };
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0}, tips = {0}, eyes = {0};
    for (int side = -1; side <= 1; side += 2) {
        struct avt_point3 points[POINTS], end[3];
        float radii[POINTS], follow[POINTS] = {0};
        float longer = side > 0 ? 1.6f : 0;
        for (int i = 0; i < POINTS; i++) {
            float down = (float)i / (POINTS - 1);
            float x = (float)side * (3.1f + .35f * sinf(3 * down + (float)side) * down);
            points[i] = avt_map_over(&g->front, x, -19.4f - (11.5f + longer) * down,
                                     .34f + .25f * (1 - down));
            radii[i] = .27f;
            follow[i] = avt_map_at(&g->front, x, -19.4f - 11 * down).follow;
        }
        for (int i = 0; i < 3; i++)
            end[i] = avt_vec_along(points[POINTS - 1], .55f * (float)(i - 1),
                                   (struct avt_point3){0, -1, 0});
        static const float END[3] = {.32f, .32f, .26f};
        struct avt_sheet_path path = {
            .points = points, .radii = radii, .follow = follow, .count = POINTS, .sides = 8};
        struct avt_sheet_path tip = {
            .points = end, .radii = END, .follow = follow + POINTS - 3, .count = 3, .sides = 8};
        avt_sheet_tube(&sheet, &path);
        avt_sheet_tube(&tips, &tip);
        avt_button_sew(&eyes, &g->front, (float)side * 3.1f, -19.3f, .55f, .05f);
    }
    bool white = t->attributes->clothing_colour == AVT_PAINT_WHITE ||
                 t->attributes->clothing_colour == AVT_PAINT_CREAM;
    struct avt_material cord =
        avt_tailor_paint(AVT_STUFF_CLOTH, white ? AVT_PAINT_GREY : AVT_PAINT_WHITE, .12f);
    struct avt_material metal = avt_tailor_paint(AVT_STUFF_METAL, AVT_PAINT_SILVER, 0);
    avt_wear_add(t->wear, &sheet, &cord);
    avt_wear_add(t->wear, &tips, &metal);
    avt_wear_add(t->wear, &eyes, &metal);
}

/* ---- denim --------------------------------------------------------------------------------------
 */

void avt_denim_sew(struct avt_tailor *t, const struct avt_garment *g, const struct avt_shell *shell,
                   const struct avt_material *cloth)
{
    enum { STOPS = 10 };
    struct avt_material thread = {.stuff = AVT_STUFF_CLOTH, .colour = {.62f, .27f, .07f}};
    struct avt_material copper = {.stuff = AVT_STUFF_METAL, .colour = {.55f, .33f, .20f}};
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet bands = {0}, stitches = {0}, knobs = {0};
    for (int side = -1; side <= 1; side += 2) {
        float s = (float)side;
        struct avt_stop front[STOPS];
        for (int i = 0; i < STOPS; i++) {
            float y = avt_mix(-62, -16.2f, (float)i / (STOPS - 1));
            front[i] =
                (struct avt_stop){s * (avt_neckline_vee(&shell->neckline, y) + 1.5f), y, 1.55f};
        }
        struct avt_ribbon band = {.map = &g->front,
                                  .stops = front,
                                  .count = STOPS,
                                  .lift = .16f,
                                  .follow = 1,
                                  .rim = .2f};
        avt_ribbon_sew(&bands, &band);
        for (int line = 0; line < 2; line++) {
            struct avt_stop edge[STOPS];
            for (int i = 0; i < STOPS; i++)
                edge[i] =
                    (struct avt_stop){front[i].x + s * (line ? 1.2f : -1.2f), front[i].y, .1f};
            band.stops = edge;
            avt_stitch_sew(&stitches, &band, .38f, .20f, .055f);
        }
        for (int k = 0; k < 5; k++) {
            float y = -20.5f - 8.5f * (float)k;
            avt_button_sew(&knobs, &g->front, s * (avt_neckline_vee(&shell->neckline, y) + 1.5f), y,
                           .75f * sqrtf(t->form.size), .2f);
        }
        /* The yoke's seam across the chest, the armhole's, and two that run down from the pocket.
         */
        const struct avt_stop yoke[] = {
            {s * 14.2f, -25.6f, .45f}, {s * 9, -26.2f, .45f}, {s * 4.8f, -26.6f, .45f}};
        const struct avt_stop hole[] = {{s * 15.4f, -29.5f, .4f},
                                        {s * 14.6f, -25.5f, .4f},
                                        {s * 15.2f, -20.5f, .4f},
                                        {s * 16.6f, -17.4f, .4f}};
        const struct avt_stop inner[] = {{s * 5.2f, -60, .4f}, {s * 7.0f, -30.6f, .4f}};
        const struct avt_stop outer[] = {{s * 9.4f, -60, .4f}, {s * 12.2f, -30.6f, .4f}};
        const struct avt_stop *seams[] = {yoke, hole, inner, outer};
        static const size_t COUNTS[] = {3, 4, 2, 2};
        for (int k = 0; k < 4; k++) {
            struct avt_ribbon seam = {.map = &g->front,
                                      .stops = seams[k],
                                      .count = COUNTS[k],
                                      .lift = .07f,
                                      .follow = 1,
                                      .rim = .1f};
            avt_ribbon_sew(&bands, &seam);
            for (int line = -1; line <= 1; line += 2) {
                struct avt_stop moved[4];
                for (size_t i = 0; i < COUNTS[k]; i++) {
                    bool across = k == 0;
                    moved[i] = seams[k][i];
                    moved[i].y += across ? .26f * (float)line : 0;
                    moved[i].x += across ? 0 : .26f * (float)line;
                }
                seam.stops = moved;
                seam.lift = .09f;
                avt_stitch_sew(&stitches, &seam, .38f, .20f, .055f);
            }
        }
        avt_pocket_sew(t, g, s * 9.5f, -26.9f, 3.7f, 4, true, cloth);
        avt_button_sew(&knobs, &g->front, s * 9.5f, -29.1f, .62f * sqrtf(t->form.size), .3f);
    }
    avt_wear_add(t->wear, &bands, cloth);
    avt_wear_add(t->wear, &stitches, &thread);
    avt_wear_add(t->wear, &knobs, &copper);
}

/* ---- leather ------------------------------------------------------------------------------------
 */

/* Teeth of metal along the edge of the right lapel, which leads aside and down. */
void avt_zip_sew(struct avt_tailor *t, const struct avt_garment *g)
{
    static const struct avt_stop LINE[] = {
        {3.4f, -62, .32f}, {1.6f, -46, .32f}, {.2f, -37, .32f}, {-1.6f, -33, .32f}};
    static const struct avt_stop POCKET[] = {{7.2f, -38.5f, .3f}, {12.6f, -33.8f, .3f}};
    struct avt_material metal = avt_tailor_paint(AVT_STUFF_METAL, AVT_PAINT_SILVER, 0);
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet teeth = {0};
    struct avt_ribbon zip = {.map = &g->front,
                             .stops = LINE,
                             .count = 4,
                             .lift = .10f,
                             .bulge = .10f,
                             .follow = 1,
                             .rim = .1f};
    struct avt_ribbon pocket = {.map = &g->front,
                                .stops = POCKET,
                                .count = 2,
                                .lift = .10f,
                                .bulge = .1f,
                                .follow = 1,
                                .rim = .1f};
    avt_ribbon_sew(&teeth, &zip);
    avt_ribbon_sew(&teeth, &pocket);
    for (int side = -1; side <= 1; side += 2)
        avt_button_sew(&teeth, &g->front, (float)side * 9.9f, -21.4f, .5f * sqrtf(t->form.size),
                       .45f);
    avt_wear_add(t->wear, &teeth, &metal);
}

/* ---- aprons -------------------------------------------------------------------------------------
 */

void avt_bib_sew(struct avt_tailor *t, const struct avt_garment *g,
                 const struct avt_material *cloth)
{
    enum { ROWS = 34, COLUMNS = 25 };
    struct avt_point places[ROWS * COLUMNS];
    float lifts[ROWS * COLUMNS];
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet sheet = {0}, hem = {0};
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++) {
            float y = avt_mix(-62, -26, (float)r / (ROWS - 1)),
                  across = 2 * (float)c / (COLUMNS - 1) - 1;
            float half = 8.6f + 6 * powf(avt_smoothstep(-30, -52, y), 1.3f);
            struct avt_point3 place = {half * across * .25f, y * .08f, 3};
            places[r * COLUMNS + c] =
                (struct avt_point){half * across, y - .35f * (1 - across * across)};
            lifts[r * COLUMNS + c] = .30f + .35f * avt_noise(place, 1, t->form.seed + 3);
        }
    struct avt_patch bib = {.map = &g->front,
                            .rows = ROWS,
                            .columns = COLUMNS,
                            .places = places,
                            .lifts = lifts,
                            .follow = 1,
                            .rim = .22f};
    avt_patch_sew(&sheet, &bib);
    for (int side = -1; side <= 1; side += 2) {
        float s = (float)side;
        const struct avt_stop strap[] = {{s * 7.4f, -27.6f, 1.25f},
                                         {s * 7.7f, -22, 1.25f},
                                         {s * 7.6f, -17, 1.25f},
                                         {s * 7.5f, -14.2f, 1.25f}};
        struct avt_ribbon ribbon = {.map = &g->front,
                                    .stops = strap,
                                    .count = 4,
                                    .lift = .26f,
                                    .follow = 1,
                                    .rim = .2f,
                                    .step = .6f};
        avt_ribbon_sew(&sheet, &ribbon);
    }
    const struct avt_stop edge[] = {{-8.5f, -27, .9f}, {0, -27.25f, .9f}, {8.5f, -27, .9f}};
    struct avt_ribbon turned = {
        .map = &g->front, .stops = edge, .count = 3, .lift = .62f, .follow = 1, .rim = .2f};
    avt_ribbon_sew(&hem, &turned);
    avt_sheet_append(&sheet, &hem);
    avt_wear_add(t->wear, &sheet, cloth);
}
