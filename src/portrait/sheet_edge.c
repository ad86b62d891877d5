/* SPDX-License-Identifier: Apache-2.0 */
/* Rims, loops and tubes of cloth. */
#include <string.h>

#include "base/mem.h"
#include "portrait/sheet.h"
#include "portrait/vec.h"

#define PI 3.14159265f
enum { RIM_STEPS = 4 }; /* of the half circle of a hem */

/* Who comes before and after on the line of a cut; itself at an end. */
struct neighbours {
    uint32_t *before, *after;
};

/* The mean of neighbours along the line, half. */
static void soften_line(const struct avt_sheet_edges *edges, const struct neighbours *line,
                        struct avt_point3 *values, struct avt_point3 *scratch, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        for (size_t e = 0; e < 2 * edges->count; e++) {
            uint32_t at = edges->pairs[e / 2][e % 2];
            struct avt_point3 sides =
                avt_vec_add(values[line->before[at]], values[line->after[at]]);
            scratch[at] = avt_vec_add(avt_vec_scale(values[at], .5f), avt_vec_scale(sides, .25f));
        }
        for (size_t e = 0; e < 2 * edges->count; e++) {
            uint32_t at = edges->pairs[e / 2][e % 2];
            values[at] = scratch[at];
        }
    }
}

/* Cuts run through triangles of all sizes: evened out, and with them the normals. */
static void even_out(struct avt_sheet *sheet, const struct avt_sheet_edges *edges,
                     struct avt_point3 *normals, struct avt_point3 *ret_out)
{
    size_t count = sheet->vertex_count;
    struct neighbours line = {avt_new0(uint32_t, count + 1), avt_new0(uint32_t, count + 1)};
    AVT_CLEANUP(avt_freep) struct avt_point3 *places = avt_new0(struct avt_point3, count + 1);
    AVT_CLEANUP(avt_freep) struct avt_point3 *scratch = avt_new0(struct avt_point3, count + 1);
    for (size_t i = 0; i < count; i++) {
        line.before[i] = line.after[i] = (uint32_t)i;
        places[i] = sheet->vertices[i].at;
    }
    for (size_t e = 0; e < edges->count; e++) {
        line.after[edges->pairs[e][0]] = edges->pairs[e][1];
        line.before[edges->pairs[e][1]] = edges->pairs[e][0];
    }
    soften_line(edges, &line, places, scratch, 8);
    soften_line(edges, &line, normals, scratch, 8);
    for (size_t e = 0; e < edges->count; e++) {
        uint32_t a = edges->pairs[e][0], b = edges->pairs[e][1];
        sheet->vertices[a].at = places[a];
        sheet->vertices[b].at = places[b];
        struct avt_point3 away = avt_vec_cross(avt_vec_unit(avt_vec_sub(places[b], places[a])),
                                               avt_vec_add(normals[a], normals[b]));
        ret_out[a] = avt_vec_add(ret_out[a], away);
        ret_out[b] = avt_vec_add(ret_out[b], away);
    }
    soften_line(edges, &line, ret_out, scratch, 12);
    avt_free(line.before);
    avt_free(line.after);
}

void avt_sheet_hem(struct avt_sheet *sheet, const struct avt_sheet_edges *edges, float radius,
                   float depth)
{
    size_t old_count = sheet->vertex_count;
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_sheet_normals(sheet);
    AVT_CLEANUP(avt_freep) struct avt_point3 *out = avt_new0(struct avt_point3, old_count + 1);
    AVT_CLEANUP(avt_freep)
    uint32_t *rows = avt_new0(uint32_t, old_count + 1); /* first vertex of a rim, from 1 */
    even_out(sheet, edges, normals, out);
    for (size_t e = 0; e < edges->count; e++) {
        for (int k = 0; k < 2; k++) {
            uint32_t at = edges->pairs[e][k];
            if (rows[at])
                continue;
            struct avt_point3 n = avt_vec_unit(normals[at]), o = avt_vec_unit(out[at]);
            for (int step = 1; step <= RIM_STEPS + 1; step++) {
                float angle = PI * (float)(step < RIM_STEPS ? step : RIM_STEPS) / RIM_STEPS;
                struct avt_sheet_vertex rim = sheet->vertices[at];
                rim.at = avt_vec_along(rim.at, radius * sinf(angle), o);
                rim.at = avt_vec_along(
                    rim.at, radius * (cosf(angle) - 1) - (step > RIM_STEPS ? .3f * depth : 0), n);
                rim.at = avt_vec_along(rim.at, step > RIM_STEPS ? -depth : 0, o);
                rim.uv.y += .1f * radius * angle;
                rim.shade *= step > RIM_STEPS ? .55f : step == RIM_STEPS ? .7f : 1;
                uint32_t added = avt_sheet_add(sheet, &rim);
                if (step == 1)
                    rows[at] = added + 1;
            }
        }
    }
    for (size_t e = 0; e < edges->count; e++) {
        uint32_t a = edges->pairs[e][0], b = edges->pairs[e][1], before_a = a, before_b = b;
        for (uint32_t step = 0; step <= RIM_STEPS; step++) {
            uint32_t next_a = rows[a] - 1 + step, next_b = rows[b] - 1 + step;
            avt_sheet_triangle(sheet, before_b, before_a, next_a);
            avt_sheet_triangle(sheet, before_b, next_a, next_b);
            before_a = next_a;
            before_b = next_b;
        }
    }
}

uint32_t *avt_sheet_loop(const struct avt_sheet *sheet, const struct avt_sheet_edges *edges,
                         size_t *ret_count)
{
    AVT_CLEANUP(avt_freep)
    uint32_t *next = avt_new0(uint32_t, sheet->vertex_count + 1); /* from 1 */
    AVT_CLEANUP(avt_freep) bool *seen = avt_new0(bool, sheet->vertex_count + 1);
    for (size_t e = 0; e < edges->count; e++)
        next[edges->pairs[e][0]] = edges->pairs[e][1] + 1;
    uint32_t *best = NULL, *line = avt_new0(uint32_t, edges->count + 1);
    size_t best_count = 0;
    for (size_t e = 0; e < edges->count; e++) {
        uint32_t start = edges->pairs[e][0], at = start;
        size_t count = 0;
        while (!seen[at] && next[at] && count < edges->count) {
            seen[at] = true;
            line[count++] = at;
            at = next[at] - 1;
        }
        if (at != start || count <= best_count)
            continue;
        if (!best)
            best = avt_new0(uint32_t, edges->count + 1);
        memcpy(best, line, count * sizeof(*best));
        best_count = count;
    }
    avt_free(line);
    *ret_count = best_count;
    return best;
}

void avt_sheet_tube(struct avt_sheet *sheet, const struct avt_sheet_path *path)
{
    struct avt_point3 side = {0};
    uint32_t first = (uint32_t)sheet->vertex_count;
    float along_cm = 0;
    bool turned = avt_vec_length(path->up) > 0;
    for (size_t i = 0; i < path->count; i++) {
        size_t before = i ? i - 1 : path->around ? path->count - 1 : 0;
        size_t after = i + 1 < path->count ? i + 1 : path->around ? 0 : i;
        struct avt_point3 along =
            avt_vec_unit(avt_vec_sub(path->points[after], path->points[before]));
        struct avt_point3 helper =
            fabsf(along.y) < .9f ? (struct avt_point3){0, 1, 0} : (struct avt_point3){0, 0, 1};
        /* Carried on from the last point, so that the tube does not twist. */
        if (turned)
            side = avt_vec_unit(avt_vec_cross(along, path->up));
        else if (i == 0)
            side = avt_vec_unit(avt_vec_cross(along, helper));
        else
            side = avt_vec_unit(avt_vec_along(side, -avt_vec_dot(side, along), along));
        struct avt_point3 up = avt_vec_cross(side, along);
        along_cm += i ? avt_vec_length(avt_vec_sub(path->points[i], path->points[i - 1])) : 0;
        for (size_t k = 0; k < path->sides; k++) {
            float turn = 2 * PI * (float)k / (float)path->sides,
                  flat = path->flat > 0 ? path->flat : 1;
            struct avt_point3 at =
                avt_vec_along(path->points[i], path->radii[i] * cosf(turn), side);
            at = avt_vec_along(at, -flat * path->radii[i] * sinf(turn), up);
            struct avt_sheet_vertex vertex = {.at = at,
                                              .average = at,
                                              .shade = 1,
                                              .uv = {.1f * path->radii[i] * turn, .1f * along_cm},
                                              .follow = path->follow ? path->follow[i] : 1};
            avt_sheet_add(sheet, &vertex);
        }
    }
    uint32_t sides = (uint32_t)path->sides, last = first + (uint32_t)(path->count - 1) * sides;
    avt_sheet_grid(sheet, first, path->count, path->sides, true);
    for (uint32_t k = 0; k < sides; k++) {
        uint32_t other = (k + 1) % sides;
        if (path->around) {
            avt_sheet_triangle(sheet, last + k, last + other, first + other);
            avt_sheet_triangle(sheet, last + k, first + other, first + k);
        } else if (k + 2 < sides) {
            avt_sheet_triangle(sheet, first, first + k + 2, first + k + 1);
            avt_sheet_triangle(sheet, last, last + k + 1, last + k + 2);
        }
    }
}
