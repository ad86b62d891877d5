/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/form.h"

#include <string.h>

#include "base/mem.h"
#include "portrait/vec.h"

#define PI 3.14159265f
/* Cloth shows folds of a few centimetres: finer than a third of that it need not be. */
#define EDGE_MAX_CM 1.05f
enum { SKULL_ROUNDS = 14, VEIL_ROUNDS = 40 }; /* of stretching */

/* ---- maps ---------------------------------------------------------------------------------------
 */

struct cell {
    float depth; /* which surface lies outermost (front) or innermost (neck) */
    bool filled;
};

static struct avt_point map_place(enum avt_map_kind kind, struct avt_point3 average)
{
    if (kind == AVT_MAP_FRONT)
        return (struct avt_point){average.x, average.y};
    if (kind == AVT_MAP_NECK)
        return (struct avt_point){atan2f(average.x, average.z - AVT_NECK_Z), average.y};
    float x = average.x, z = average.z - AVT_SKULL_Z;
    return (struct avt_point){atan2f(x, z), atan2f(average.y - AVT_SKULL_Y, hypotf(x, z))};
}

static float map_depth(enum avt_map_kind kind, struct avt_point3 average)
{
    if (kind == AVT_MAP_FRONT)
        return average.z;
    if (kind == AVT_MAP_NECK)
        return -hypotf(average.x, average.z - AVT_NECK_Z);
    return hypotf(hypotf(average.x, average.z - AVT_SKULL_Z), average.y - AVT_SKULL_Y);
}

struct corner {
    struct avt_point place;
    float depth;
    const struct avt_sheet_vertex *vertex;
    struct avt_point3 normal;
};

static void fill_cell(struct avt_map *map, struct cell *cells, size_t index,
                      const struct corner corner[3], const float share[3])
{
    float depth = 0;
    for (int k = 0; k < 3; k++)
        depth += share[k] * corner[k].depth;
    if (cells[index].filled && cells[index].depth >= depth)
        return;
    cells[index] = (struct cell){depth, true};
    struct avt_spot spot = {0};
    for (int k = 0; k < 3; k++) {
        spot.at = avt_vec_along(spot.at, share[k], corner[k].vertex->at);
        spot.normal = avt_vec_along(spot.normal, share[k], corner[k].normal);
        spot.average = avt_vec_along(spot.average, share[k], corner[k].vertex->average);
        spot.follow += share[k] * corner[k].vertex->follow;
    }
    map->spots[index] = spot;
}

static void fill_triangle(struct avt_map *map, struct cell *cells, const struct corner corner[3])
{
    float x[3], y[3];
    for (int k = 0; k < 3; k++) {
        x[k] = (corner[k].place.x - map->x0) / map->step_x;
        y[k] = (map->y0 - corner[k].place.y) / map->step_y;
    }
    float area = (x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]);
    if (fabsf(area) < 1e-8f)
        return;
    int left = (int)fmaxf(ceilf(fminf(x[0], fminf(x[1], x[2])) - .01f), 0);
    int top = (int)fmaxf(ceilf(fminf(y[0], fminf(y[1], y[2])) - .01f), 0);
    int right = (int)fminf(floorf(fmaxf(x[0], fmaxf(x[1], x[2])) + .01f), (float)map->columns - 1);
    int bottom = (int)fminf(floorf(fmaxf(y[0], fmaxf(y[1], y[2])) + .01f), (float)map->rows - 1);
    for (int r = top; r <= bottom; r++)
        for (int c = left; c <= right; c++) {
            float share[3], px = (float)c, py = (float)r;
            share[1] = ((px - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (py - y[0])) / area;
            share[2] = ((x[1] - x[0]) * (py - y[0]) - (px - x[0]) * (y[1] - y[0])) / area;
            share[0] = 1 - share[1] - share[2];
            if (share[0] > -.01f && share[1] > -.01f && share[2] > -.01f)
                fill_cell(map, cells, (size_t)r * map->columns + (size_t)c, corner, share);
        }
}

static void fill(struct avt_map *map, struct cell *cells, const struct avt_sheet *sheet)
{
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_sheet_normals(sheet);
    for (size_t t = 0; t < sheet->triangle_count; t++) {
        struct corner corner[3];
        bool behind = false;
        for (int k = 0; k < 3; k++) {
            uint32_t i = sheet->triangles[t][k];
            const struct avt_sheet_vertex *vertex = &sheet->vertices[i];
            corner[k] = (struct corner){map_place(map->kind, vertex->average),
                                        map_depth(map->kind, vertex->average), vertex, normals[i]};
            /* What belongs to the mouth and the chin hangs over the neck. */
            behind = behind || (map->kind == AVT_MAP_NECK && corner[k].depth > -3.6f);
        }
        if (behind)
            continue;
        if (map->kind == AVT_MAP_FRONT) {
            fill_triangle(map, cells, corner);
            continue;
        }
        for (int k = 1; k < 3; k++)
            corner[k].place.x -=
                2 * PI * roundf((corner[k].place.x - corner[0].place.x) / (2 * PI));
        for (int turn = -1; turn <= 1; turn++) {
            struct corner turned[3] = {corner[0], corner[1], corner[2]};
            for (int k = 0; k < 3; k++)
                turned[k].place.x += 2 * PI * (float)turn;
            fill_triangle(map, cells, turned);
        }
    }
}

/* Row or column beside, which goes around a neck. */
static size_t beside(const struct avt_map *map, size_t row, size_t column, int dx, int dy)
{
    long r = (long)row + dy, c = (long)column + dx, rows = (long)map->rows,
         columns = (long)map->columns;
    r = r < 0 ? 0 : r >= rows ? rows - 1 : r;
    if (map->kind != AVT_MAP_FRONT)
        c = (c + columns) % columns;
    else
        c = c < 0 ? 0 : c >= columns ? columns - 1 : c;
    return (size_t)(r * columns + c);
}

static void add_spot(struct avt_spot *sum, float weight, const struct avt_spot *spot)
{
    sum->at = avt_vec_along(sum->at, weight, spot->at);
    sum->normal = avt_vec_along(sum->normal, weight, spot->normal);
    sum->average = avt_vec_along(sum->average, weight, spot->average);
    sum->follow += weight * spot->follow;
    sum->uv.x += weight * spot->uv.x;
    sum->uv.y += weight * spot->uv.y;
}

/* Cells without surface take their neighbours' mean, from the border on; then everything is
 * softened a little. */
static void close_map(struct avt_map *map, struct cell *cells)
{
    static const int WAYS[8][2] = {{1, 0}, {-1, 0}, {0, 1},  {0, -1},
                                   {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};
    size_t count = map->rows * map->columns;
    struct avt_spot *next = avt_new0(struct avt_spot, count);
    AVT_CLEANUP(avt_freep) struct cell *before = avt_new0(struct cell, count);
    for (int round = 0; round < 120; round++) {
        bool open = false, soften = round >= 118;
        memcpy(before, cells, count * sizeof(*cells));
        for (size_t i = 0; i < count; i++) {
            struct avt_spot sum = {0};
            float weight = 0;
            open = open || !before[i].filled;
            next[i] = map->spots[i];
            if (before[i].filled && !soften)
                continue;
            for (int k = 0; k < (soften ? 4 : 8); k++) {
                size_t other =
                    beside(map, i / map->columns, i % map->columns, WAYS[k][0], WAYS[k][1]);
                if (!before[other].filled)
                    continue;
                add_spot(&sum, 1, &map->spots[other]);
                weight += 1;
            }
            if (weight == 0)
                continue;
            if (before[i].filled) {
                add_spot(&sum, weight, &map->spots[i]);
                weight *= 2;
            }
            next[i] = (struct avt_spot){0};
            add_spot(&next[i], 1 / weight, &sum);
            cells[i].filled = true;
        }
        struct avt_spot *swap = map->spots;
        map->spots = next;
        next = swap;
        if (!open && round < 117)
            round = 117;
    }
    avt_free(next);
    for (size_t i = 0; i < count; i++)
        map->spots[i].normal = avt_vec_unit(map->spots[i].normal);
}

/* Lengths along the surface: across from the middle column, down from the first row. */
static void measure_map(struct avt_map *map)
{
    size_t middle = map->columns / 2;
    for (size_t r = 0; r < map->rows; r++) {
        struct avt_spot *row = map->spots + r * map->columns;
        for (size_t c = middle + 1; c < map->columns; c++)
            row[c].uv.x = row[c - 1].uv.x + avt_vec_length(avt_vec_sub(row[c].at, row[c - 1].at));
        for (size_t c = middle; c > 0; c--)
            row[c - 1].uv.x = row[c].uv.x - avt_vec_length(avt_vec_sub(row[c].at, row[c - 1].at));
        for (size_t c = 0; r > 0 && c < map->columns; c++)
            row[c].uv.y = row[c - map->columns].uv.y -
                          avt_vec_length(avt_vec_sub(row[c].at, row[c - map->columns].at));
    }
}

void avt_map_make(enum avt_map_kind kind, const struct avt_sheet *sheet, struct avt_map *ret_map)
{
    *ret_map = kind == AVT_MAP_FRONT ? (struct avt_map){kind, 113, 104, -28, -9.5f, .5f, .5f, NULL}
               : kind == AVT_MAP_NECK
                   ? (struct avt_map){kind, 128, 98, -PI, AVT_FORM_TOP, 2 * PI / 128, .25f, NULL}
                   : (struct avt_map){kind, 128, 56, -PI, .5f * PI, 2 * PI / 128, PI / 60, NULL};
    size_t count = ret_map->rows * ret_map->columns;
    ret_map->spots = avt_new0(struct avt_spot, count);
    AVT_CLEANUP(avt_freep) struct cell *cells = avt_new0(struct cell, count);
    fill(ret_map, cells, sheet);
    close_map(ret_map, cells);
    measure_map(ret_map);
}

/* Spots move to the middle of their neighbours, but not into the head. */
static void stretch_map(struct avt_map *map, int rounds)
{
    size_t count = map->rows * map->columns;
    AVT_CLEANUP(avt_freep) struct avt_spot *before = avt_new0(struct avt_spot, count);
    for (int round = 0; round < rounds; round++) {
        memcpy(before, map->spots, count * sizeof(*before));
        for (size_t i = 0; i < count; i++) {
            struct avt_spot mean = {0};
            for (int k = 0; k < 4; k++)
                add_spot(&mean, .25f,
                         &before[beside(map, i / map->columns, i % map->columns,
                                        k == 0   ? 1
                                        : k == 1 ? -1
                                                 : 0,
                                        k == 2   ? 1
                                        : k == 3 ? -1
                                                 : 0)]);
            struct avt_point3 normal = avt_vec_unit(avt_vec_add(before[i].normal, mean.normal));
            float out = avt_vec_dot(avt_vec_sub(mean.at, before[i].at), normal);
            map->spots[i].at = avt_vec_along(before[i].at, .6f * fmaxf(out, 0), normal);
            map->spots[i].normal = normal;
        }
    }
}

static void take_head(const struct avt_bust *bust, bool ears, float lowest, struct avt_sheet *head)
{
    const struct avt_mesh *skin = &bust->skin;
    for (size_t i = 0; i < skin->vertex_count; i++) {
        struct avt_sheet_vertex v = {
            .at = skin->points[i], .average = bust->average[i], .shade = 1, .follow = 1};
        avt_sheet_add(head, &v);
    }
    for (size_t t = 0; t < skin->triangle_count; t++) {
        bool take = true;
        for (int k = 0; k < 3; k++) {
            struct avt_point3 p = bust->average[skin->triangles[t][k]];
            bool ear = p.z < -5.2f && p.y < 2 && p.y > -6 && fabsf(p.x) > 7.75f;
            take = take && (ears || !ear) && p.y > lowest;
        }
        if (take)
            avt_sheet_triangle(head, skin->triangles[t][0], skin->triangles[t][1],
                               skin->triangles[t][2]);
    }
}

void avt_map_make_skull(const struct avt_bust *bust, struct avt_map *ret_map)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet head = {0};
    take_head(bust, false, -13, &head);
    avt_map_make(AVT_MAP_SKULL, &head, ret_map);
    stretch_map(ret_map, SKULL_ROUNDS);
}

void avt_map_make_veil(const struct avt_bust *bust, struct avt_map *ret_map)
{
    AVT_CLEANUP(avt_sheet_done) struct avt_sheet head = {0};
    take_head(bust, true, -13, &head);
    avt_map_make(AVT_MAP_SKULL, &head, ret_map);
    stretch_map(ret_map, VEIL_ROUNDS);
}

void avt_map_done(struct avt_map *map)
{
    avt_free(map->spots);
    *map = (struct avt_map){0};
}

struct avt_spot avt_map_at(const struct avt_map *map, float x, float y)
{
    float across = (x - map->x0) / map->step_x, down = (map->y0 - y) / map->step_y;
    if (map->kind != AVT_MAP_FRONT)
        across -= (float)map->columns * floorf(across / (float)map->columns);
    else
        across = fminf(fmaxf(across, 0), (float)map->columns - 1);
    down = fminf(fmaxf(down, 0), (float)map->rows - 1);
    size_t c = (size_t)across, r = (size_t)down;
    float fx = across - (float)c, fy = down - (float)r;
    struct avt_spot spot = {0};
    c = c < map->columns ? c : map->columns - 1;
    for (int k = 0; k < 4; k++)
        add_spot(&spot, (k % 2 ? fx : 1 - fx) * (k / 2 ? fy : 1 - fy),
                 &map->spots[beside(map, r, c, k % 2, k / 2)]);
    spot.normal = avt_vec_unit(spot.normal);
    return spot;
}

struct avt_point3 avt_map_over(const struct avt_map *map, float x, float y, float lift)
{
    struct avt_spot spot = avt_map_at(map, x, y);
    return avt_vec_along(spot.at, lift, spot.normal);
}

float avt_map_down(const struct avt_map *map, float x, float y, float cm)
{
    float target = avt_map_at(map, x, y).uv.y - cm, high = y,
          low = map->y0 - map->step_y * (float)(map->rows - 1);
    for (int round = 0; round < 14; round++) {
        float middle = .5f * (high + low);
        if (avt_map_at(map, x, middle).uv.y > target)
            high = middle;
        else
            low = middle;
    }
    return .5f * (high + low);
}

/* ---- nearness -----------------------------------------------------------------------------------
 */

/* Vertices of the body by the cube they lie in. */
#define BIN_CM 2.0f
enum { BINS_X = 48, BINS_Y = 32, BINS_Z = 24 };
struct avt_bins {
    uint32_t first[BINS_X * BINS_Y * BINS_Z + 1];
    uint32_t *vertices;
};

static int bin_axis(float x, int count)
{
    int bin = (int)floorf(x / BIN_CM);
    return bin < 0 ? 0 : bin >= count ? count - 1 : bin;
}

static int bin_of(struct avt_point3 p, int dx, int dy, int dz)
{
    int x = bin_axis(p.x + 48, BINS_X) + dx, y = bin_axis(p.y + 60, BINS_Y) + dy,
        z = bin_axis(p.z + 34, BINS_Z) + dz;
    if (x < 0 || y < 0 || z < 0 || x >= BINS_X || y >= BINS_Y || z >= BINS_Z)
        return -1;
    return (z * BINS_Y + y) * BINS_X + x;
}

static struct avt_bins *make_bins(const struct avt_sheet *body)
{
    struct avt_bins *bins = avt_new0(struct avt_bins, 1);
    bins->vertices = avt_new0(uint32_t, body->vertex_count + 1);
    for (size_t i = 0; i < body->vertex_count; i++)
        bins->first[bin_of(body->vertices[i].at, 0, 0, 0) + 1]++;
    for (int b = 0; b < BINS_X * BINS_Y * BINS_Z; b++)
        bins->first[b + 1] += bins->first[b];
    AVT_CLEANUP(avt_freep) uint32_t *used = avt_new0(uint32_t, BINS_X * BINS_Y * BINS_Z);
    for (size_t i = 0; i < body->vertex_count; i++) {
        int b = bin_of(body->vertices[i].at, 0, 0, 0);
        bins->vertices[bins->first[b] + used[b]++] = (uint32_t)i;
    }
    return bins;
}

/* Height above the skin as its near vertices' planes tell, weighted by nearness (implicit moving
 * least squares). */
static bool skin_height(const struct avt_form *form, struct avt_point3 p, float *ret_height,
                        struct avt_point3 *ret_normal)
{
    float weights = 0, height = 0;
    struct avt_point3 normal = {0};
    for (int k = 0; k < 27; k++) {
        int b = bin_of(p, k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1);
        for (uint32_t i = b < 0 ? 0 : form->bins->first[b]; b >= 0 && i < form->bins->first[b + 1];
             i++) {
            uint32_t at = form->bins->vertices[i];
            struct avt_point3 away = avt_vec_sub(p, form->body.vertices[at].at);
            float far2 = avt_vec_dot(away, away) / (BIN_CM * BIN_CM);
            if (far2 >= 1)
                continue;
            float weight = (1 - far2) * (1 - far2) * (1 - far2);
            weights += weight;
            height += weight * avt_vec_dot(away, form->normals[at]);
            normal = avt_vec_along(normal, weight, form->normals[at]);
        }
    }
    if (weights <= 0)
        return false;
    *ret_height = height / weights;
    *ret_normal = avt_vec_unit(normal);
    return true;
}

struct avt_point3 avt_form_outside(const struct avt_form *form, struct avt_point3 p, float clear)
{
    for (int round = 0; round < 2; round++) {
        float height;
        struct avt_point3 normal;
        if (!skin_height(form, p, &height, &normal) || height >= clear)
            break;
        p = avt_vec_along(p, clear - height, normal);
    }
    return p;
}

/* ---- the dummy ----------------------------------------------------------------------------------
 */

static void take_body(const struct avt_bust *bust, struct avt_sheet *body)
{
    const struct avt_mesh *skin = &bust->skin;
    AVT_CLEANUP(avt_freep)
    uint32_t *number = avt_new0(uint32_t, skin->vertex_count + 1); /* from 1 */
    for (size_t t = 0; t < skin->triangle_count; t++) {
        uint32_t corner[3];
        float low = 1e9f, high = -1e9f;
        for (int k = 0; k < 3; k++) {
            corner[k] = skin->triangles[t][k];
            low = fminf(low, bust->average[corner[k]].y);
            high = fmaxf(high, skin->points[corner[k]].y);
        }
        if (low > AVT_FORM_TOP || high < AVT_FORM_BOTTOM)
            continue;
        for (int k = 0; k < 3; k++) {
            uint32_t i = corner[k];
            if (!number[i]) {
                struct avt_sheet_vertex vertex = {.at = skin->points[i],
                                                  .average = bust->average[i],
                                                  .shade = 1,
                                                  .follow = skin->follow ? skin->follow[i] : 1};
                number[i] = avt_sheet_add(body, &vertex) + 1;
            }
            corner[k] = number[i] - 1;
        }
        avt_sheet_triangle(body, corner[0], corner[1], corner[2]);
    }
}

void avt_form_make(const struct avt_bust *bust, uint64_t seed, struct avt_form *ret_form)
{
    *ret_form = (struct avt_form){.seed = (uint32_t)(seed ^ seed >> 32)};
    take_body(bust, &ret_form->body);
    avt_sheet_refine(&ret_form->body, EDGE_MAX_CM);
    ret_form->normals = avt_sheet_normals(&ret_form->body);
    avt_map_make(AVT_MAP_FRONT, &ret_form->body, &ret_form->front);
    avt_map_make(AVT_MAP_NECK, &ret_form->body, &ret_form->neck);
    ret_form->bins = make_bins(&ret_form->body);
    struct avt_point3 right = avt_map_at(&ret_form->front, -14, -16.4f).at;
    struct avt_point3 left = avt_map_at(&ret_form->front, 14, -16.4f).at;
    ret_form->size = fminf(fmaxf((left.x - right.x) / 28, .4f), 1.5f);
}

void avt_form_done(struct avt_form *form)
{
    avt_sheet_done(&form->body);
    avt_free(form->normals);
    avt_map_done(&form->front);
    avt_map_done(&form->neck);
    if (form->bins)
        avt_free(form->bins->vertices);
    avt_free(form->bins);
    *form = (struct avt_form){0};
}
