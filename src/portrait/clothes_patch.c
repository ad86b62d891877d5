/* SPDX-License-Identifier: Apache-2.0 */
/* What is sewn onto a garment: patches, ribbons, stitches, buttons. */
#include <math.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/clothes.h"
#include "portrait/vec.h"

#define PI     3.14159265f
#define ROW_CM .8f
enum { RIBBON_ROWS_MAX = 160, RIBBON_COLUMNS = 5, BUTTON_SIDES = 14 };

/* ---- patches ------------------------------------------------------------------------------------
 */

/* The border of a grid, anticlockwise from its first vertex. */
static uint32_t *border_of(size_t rows, size_t columns, size_t *ret_count)
{
    uint32_t *border = avt_new0(uint32_t, 2 * (rows + columns));
    size_t count = 0;
    for (size_t c = 0; c + 1 < columns; c++)
        border[count++] = (uint32_t)c;
    for (size_t r = 0; r + 1 < rows; r++)
        border[count++] = (uint32_t)(r * columns + columns - 1);
    for (size_t c = columns - 1; c > 0; c--)
        border[count++] = (uint32_t)((rows - 1) * columns + c);
    for (size_t r = rows - 1; r > 0; r--)
        border[count++] = (uint32_t)(r * columns);
    *ret_count = count;
    return border;
}

/* The vertex that lies inwards from one of the border. */
static size_t inwards(size_t rows, size_t columns, size_t at)
{
    size_t r = at / columns, c = at % columns;
    r = r == 0 ? 1 : r + 1 == rows ? r - 1 : r;
    c = c == 0 ? 1 : c + 1 == columns ? c - 1 : c;
    return r * columns + c;
}

static void add_rim(struct avt_sheet *sheet, const struct avt_patch *patch, uint32_t first,
                    const struct avt_point3 *normals)
{
    size_t count;
    AVT_CLEANUP(avt_freep) uint32_t *border = border_of(patch->rows, patch->columns, &count);
    uint32_t ring = (uint32_t)sheet->vertex_count;
    for (size_t i = 0; i < count; i++) {
        size_t at = border[i];
        struct avt_point3 here = sheet->vertices[first + at].at;
        struct avt_point3 away =
            avt_vec_sub(here, sheet->vertices[first + inwards(patch->rows, patch->columns, at)].at);
        away = avt_vec_unit(avt_vec_along(away, -avt_vec_dot(away, normals[at]), normals[at]));
        for (int step = 0; step < 2; step++) {
            struct avt_sheet_vertex v = sheet->vertices[first + at];
            v.at = avt_vec_along(here, (step ? .22f : .3f) * patch->rim, away);
            v.at = avt_vec_along(v.at, -(step ? 1 : .4f) * patch->rim, normals[at]);
            v.shade *= step ? .5f : .85f;
            avt_sheet_add(sheet, &v);
        }
    }
    for (size_t i = 0; i < count; i++) {
        size_t next = (i + 1) % count;
        uint32_t a = first + border[i], b = first + border[next];
        for (uint32_t step = 0; step < 2; step++) {
            uint32_t c = ring + 2 * (uint32_t)i + step, d = ring + 2 * (uint32_t)next + step;
            avt_sheet_triangle(sheet, b, a, c);
            avt_sheet_triangle(sheet, b, c, d);
            a = c;
            b = d;
        }
    }
}

void avt_patch_sew(struct avt_sheet *sheet, const struct avt_patch *patch)
{
    avt_assert(patch->rows > 1 && patch->columns > 1);
    size_t count = patch->rows * patch->columns;
    uint32_t first = (uint32_t)sheet->vertex_count;
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_new0(struct avt_point3, count);
    float across = 0, up = 0;
    for (size_t i = 0; i < count; i++) {
        struct avt_spot spot = avt_map_at(patch->map, patch->places[i].x, patch->places[i].y);
        struct avt_sheet_vertex v = {.at = avt_vec_along(spot.at, patch->lifts[i], spot.normal),
                                     .average = spot.average,
                                     .follow = spot.follow * patch->follow,
                                     .shade = 1};
        if (i % patch->columns)
            across += avt_vec_length(avt_vec_sub(v.at, sheet->vertices[first + i - 1].at));
        else
            across = 0;
        if (i % patch->columns == 0 && i)
            up += avt_vec_length(avt_vec_sub(v.at, sheet->vertices[first + i - patch->columns].at));
        v.uv = (struct avt_point){.1f * (across * cosf(patch->turn) - up * sinf(patch->turn)),
                                  .1f * (across * sinf(patch->turn) + up * cosf(patch->turn))};
        normals[i] = spot.normal;
        avt_sheet_add(sheet, &v);
    }
    avt_sheet_grid(sheet, first, patch->rows, patch->columns, false);
    if (patch->rim > 0)
        add_rim(sheet, patch, first, normals);
}

/* ---- ribbons ------------------------------------------------------------------------------------
 */

/* Through four stops, between the second and third (Catmull and Rom). */
static float through(float a, float b, float c, float d, float t)
{
    return b + .5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

static struct avt_stop stop_at(const struct avt_ribbon *ribbon, float where)
{
    size_t last = ribbon->count - 1, b = (size_t)fminf(fmaxf(where, 0), (float)last - .001f);
    float t = where - (float)b;
    const struct avt_stop *stops = ribbon->stops;
    const struct avt_stop *p = &stops[b ? b - 1 : 0], *q = &stops[b],
                          *r = &stops[b + 1 < last ? b + 1 : last];
    const struct avt_stop *s = &stops[b + 2 < last ? b + 2 : last];
    return (struct avt_stop){
        through(p->x, q->x, r->x, s->x, t), through(p->y, q->y, r->y, s->y, t),
        through(p->half_width, q->half_width, r->half_width, s->half_width, t)};
}

static float ribbon_length(const struct avt_ribbon *ribbon)
{
    float length = 0;
    for (size_t i = 1; i < ribbon->count; i++)
        length += hypotf(ribbon->stops[i].x - ribbon->stops[i - 1].x,
                         ribbon->stops[i].y - ribbon->stops[i - 1].y);
    return length;
}

void avt_ribbon_sew(struct avt_sheet *sheet, const struct avt_ribbon *ribbon)
{
    static const float ACROSS[RIBBON_COLUMNS] = {-1, -.72f, 0, .72f, 1};
    struct avt_point places[RIBBON_ROWS_MAX * RIBBON_COLUMNS];
    float lifts[RIBBON_ROWS_MAX * RIBBON_COLUMNS];
    float step = ribbon->step > 0 ? ribbon->step : ROW_CM, length = ribbon_length(ribbon);
    size_t rows = (size_t)(length / step) + 2;
    rows = rows < RIBBON_ROWS_MAX ? rows : RIBBON_ROWS_MAX;
    for (size_t r = 0; r < rows; r++) {
        float where = (float)(ribbon->count - 1) * (float)r / (float)(rows - 1);
        struct avt_stop at = stop_at(ribbon, where), before = stop_at(ribbon, where - .02f);
        struct avt_stop after = stop_at(ribbon, where + .02f);
        float dx = after.x - before.x, dy = after.y - before.y, far = fmaxf(hypotf(dx, dy), 1e-6f);
        for (size_t c = 0; c < RIBBON_COLUMNS; c++) {
            float across = ACROSS[c] * at.half_width;
            places[r * RIBBON_COLUMNS + c] =
                (struct avt_point){at.x + across * dy / far, at.y - across * dx / far};
            lifts[r * RIBBON_COLUMNS + c] =
                ribbon->lift + ribbon->bulge * (1 - ACROSS[c] * ACROSS[c]);
        }
    }
    struct avt_patch patch = {.map = ribbon->map,
                              .rows = rows,
                              .columns = RIBBON_COLUMNS,
                              .places = places,
                              .lifts = lifts,
                              .follow = ribbon->follow,
                              .rim = ribbon->rim};
    avt_patch_sew(sheet, &patch);
}

void avt_stitch_sew(struct avt_sheet *sheet, const struct avt_ribbon *ribbon, float dash, float gap,
                    float radius)
{
    float length = ribbon_length(ribbon), stops = (float)(ribbon->count - 1);
    int count = (int)(length / (dash + gap));
    for (int i = 0; i < count; i++) {
        uint32_t first = (uint32_t)sheet->vertex_count;
        for (int row = 0; row < 2; row++) {
            float where = stops * ((float)i * (dash + gap) + (row ? dash : 0)) / length;
            struct avt_stop at = stop_at(ribbon, where), after = stop_at(ribbon, where + .02f);
            float dx = after.x - at.x, dy = after.y - at.y, far = fmaxf(hypotf(dx, dy), 1e-6f);
            for (int c = 0; c < 3; c++) {
                float across = (float)(c - 1) * radius;
                struct avt_spot spot =
                    avt_map_at(ribbon->map, at.x + across * dy / far, at.y - across * dx / far);
                struct avt_sheet_vertex v = {
                    .at = avt_vec_along(spot.at, ribbon->lift + (c == 1 ? radius : 0), spot.normal),
                    .follow = spot.follow * ribbon->follow,
                    .shade = 1};
                avt_sheet_add(sheet, &v);
            }
        }
        avt_sheet_grid(sheet, first, 2, 3, false);
    }
}

/* ---- buttons ------------------------------------------------------------------------------------
 */

void avt_button_sew(struct avt_sheet *sheet, const struct avt_map *map, float x, float y,
                    float radius, float lift)
{
    /* Radius and height of its rings, shares of the radius: side, rounded rim, hollow. */
    static const float RINGS[][2] = {{.97f, -.3f}, {1, .12f},    {.93f, .24f},
                                     {.80f, .26f}, {.66f, .17f}, {.04f, .15f}};
    enum { RING_COUNT = sizeof(RINGS) / sizeof(RINGS[0]) };
    struct avt_spot spot = avt_map_at(map, x, y);
    struct avt_point3 n = spot.normal,
                      right = avt_vec_unit(avt_vec_cross((struct avt_point3){0, 1, 0}, n));
    struct avt_point3 up = avt_vec_cross(n, right), middle = avt_vec_along(spot.at, lift, n);
    uint32_t first = (uint32_t)sheet->vertex_count;
    for (int ring = 0; ring < RING_COUNT; ring++)
        for (int k = 0; k < BUTTON_SIDES; k++) {
            float turn = 2 * PI * (float)k / BUTTON_SIDES, far = radius * RINGS[ring][0];
            struct avt_point3 at =
                avt_vec_along(avt_vec_along(middle, far * cosf(turn), right), far * sinf(turn), up);
            at = avt_vec_along(at, radius * RINGS[ring][1], n);
            struct avt_sheet_vertex v = {.at = at,
                                         .follow = spot.follow,
                                         .shade = ring == 0   ? .5f
                                                  : ring == 4 ? .8f
                                                              : 1};
            avt_sheet_add(sheet, &v);
        }
    avt_sheet_grid(sheet, first, RING_COUNT, BUTTON_SIDES, true);
    for (int hole = 0; hole < 4; hole++) {
        uint32_t corner = (uint32_t)sheet->vertex_count;
        float turn = PI * (.25f + .5f * (float)hole);
        struct avt_point3 at = avt_vec_along(middle, radius * .19f, n);
        at = avt_vec_along(avt_vec_along(at, .27f * radius * cosf(turn), right),
                           .27f * radius * sinf(turn), up);
        for (int k = 0; k < 4; k++) {
            struct avt_sheet_vertex v = {.follow = spot.follow, .shade = .12f};
            v.at = avt_vec_along(avt_vec_along(at, (k == 1 || k == 2 ? .1f : -.1f) * radius, right),
                                 (k > 1 ? .1f : -.1f) * radius, up);
            avt_sheet_add(sheet, &v);
        }
        avt_sheet_triangle(sheet, corner, corner + 1, corner + 2);
        avt_sheet_triangle(sheet, corner, corner + 2, corner + 3);
    }
}
