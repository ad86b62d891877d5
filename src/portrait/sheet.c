/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/sheet.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/vec.h"

void avt_sheet_done(struct avt_sheet *sheet)
{
    avt_free(sheet->vertices);
    avt_free(sheet->triangles);
    *sheet = (struct avt_sheet){0};
}

void avt_sheet_edges_done(struct avt_sheet_edges *edges)
{
    avt_free(edges->pairs);
    *edges = (struct avt_sheet_edges){0};
}

/* ---- growing ------------------------------------------------------------------------------------
 */

uint32_t avt_sheet_add(struct avt_sheet *sheet, const struct avt_sheet_vertex *vertex)
{
    avt_assert(sheet->vertex_count < AVT_BUST_VERTICES_MAX);
    if (sheet->vertex_count == sheet->vertex_room) {
        sheet->vertex_room = sheet->vertex_room ? 2 * sheet->vertex_room : 256;
        sheet->vertices =
            avt_realloc(sheet->vertices, sheet->vertex_room, sizeof(*sheet->vertices));
    }
    sheet->vertices[sheet->vertex_count] = *vertex;
    return (uint32_t)sheet->vertex_count++;
}

void avt_sheet_triangle(struct avt_sheet *sheet, uint32_t a, uint32_t b, uint32_t c)
{
    avt_assert(sheet->triangle_count < AVT_BUST_TRIANGLES_MAX);
    if (a == b || b == c || c == a)
        return;
    if (sheet->triangle_count == sheet->triangle_room) {
        sheet->triangle_room = sheet->triangle_room ? 2 * sheet->triangle_room : 512;
        sheet->triangles =
            avt_realloc(sheet->triangles, sheet->triangle_room, sizeof(*sheet->triangles));
    }
    uint32_t *corner = sheet->triangles[sheet->triangle_count++];
    corner[0] = a;
    corner[1] = b;
    corner[2] = c;
}

void avt_sheet_grid(struct avt_sheet *sheet, uint32_t first, size_t rows, size_t columns,
                    bool around)
{
    for (size_t r = 0; r + 1 < rows; r++)
        for (size_t c = 0; c + (around ? 0 : 1) < columns; c++) {
            uint32_t next = (uint32_t)((c + 1) % columns), low = first + (uint32_t)(r * columns);
            uint32_t a = low + (uint32_t)c, b = low + next, high = (uint32_t)columns;
            avt_sheet_triangle(sheet, a, b, b + high);
            avt_sheet_triangle(sheet, a, b + high, a + high);
        }
}

void avt_sheet_append(struct avt_sheet *sheet, const struct avt_sheet *from)
{
    uint32_t first = (uint32_t)sheet->vertex_count;
    for (size_t i = 0; i < from->vertex_count; i++)
        avt_sheet_add(sheet, &from->vertices[i]);
    for (size_t t = 0; t < from->triangle_count; t++)
        avt_sheet_triangle(sheet, first + from->triangles[t][0], first + from->triangles[t][1],
                           first + from->triangles[t][2]);
}

void avt_sheet_copy(const struct avt_sheet *from, struct avt_sheet *ret_sheet)
{
    *ret_sheet = (struct avt_sheet){0};
    avt_sheet_append(ret_sheet, from);
}

/* ---- shape --------------------------------------------------------------------------------------
 */

struct avt_point3 *avt_sheet_normals(const struct avt_sheet *sheet)
{
    struct avt_point3 *normals = avt_new0(struct avt_point3, sheet->vertex_count + 1);
    for (size_t t = 0; t < sheet->triangle_count; t++) {
        const uint32_t *corner = sheet->triangles[t];
        struct avt_point3 a = sheet->vertices[corner[0]].at;
        struct avt_point3 across = avt_vec_cross(avt_vec_sub(sheet->vertices[corner[1]].at, a),
                                                 avt_vec_sub(sheet->vertices[corner[2]].at, a));
        for (int k = 0; k < 3; k++)
            normals[corner[k]] = avt_vec_add(normals[corner[k]], across);
    }
    for (size_t i = 0; i < sheet->vertex_count; i++)
        normals[i] = avt_vec_unit(normals[i]);
    return normals;
}

void avt_sheet_smooth(struct avt_sheet *sheet, int rounds, float share)
{
    AVT_CLEANUP(avt_freep)
    struct avt_point3 *sums = avt_new0(struct avt_point3, sheet->vertex_count + 1);
    AVT_CLEANUP(avt_freep) float *counts = avt_new0(float, sheet->vertex_count + 1);
    for (int round = 0; round < rounds; round++) {
        memset(sums, 0, sheet->vertex_count * sizeof(*sums));
        memset(counts, 0, sheet->vertex_count * sizeof(*counts));
        for (size_t t = 0; t < sheet->triangle_count; t++)
            for (int k = 0; k < 3; k++) {
                uint32_t a = sheet->triangles[t][k], b = sheet->triangles[t][(k + 1) % 3];
                sums[a] = avt_vec_add(sums[a], sheet->vertices[b].at);
                sums[b] = avt_vec_add(sums[b], sheet->vertices[a].at);
                counts[a] += 1;
                counts[b] += 1;
            }
        for (size_t i = 0; i < sheet->vertex_count; i++) {
            if (counts[i] == 0)
                continue;
            struct avt_point3 middle = avt_vec_scale(sums[i], 1 / counts[i]);
            sheet->vertices[i].at = avt_vec_along(sheet->vertices[i].at, share,
                                                  avt_vec_sub(middle, sheet->vertices[i].at));
        }
    }
}

static struct avt_sheet_vertex between(const struct avt_sheet_vertex *a,
                                       const struct avt_sheet_vertex *b, float t)
{
    return (struct avt_sheet_vertex){
        .at = avt_vec_along(a->at, t, avt_vec_sub(b->at, a->at)),
        .average = avt_vec_along(a->average, t, avt_vec_sub(b->average, a->average)),
        .uv = {avt_mix(a->uv.x, b->uv.x, t), avt_mix(a->uv.y, b->uv.y, t)},
        .follow = avt_mix(a->follow, b->follow, t),
        .shade = avt_mix(a->shade, b->shade, t)};
}

/* ---- edges --------------------------------------------------------------------------------------
 */

/* A vertex for each of some edges: open addressing, the edge's two ends as key. */
struct edge_map {
    uint64_t *keys; /* 0: free */
    uint32_t *values;
    size_t mask;
};

static void edge_map_init(struct edge_map *map, size_t triangle_count)
{
    size_t room = 64;
    while (room < 6 * triangle_count)
        room *= 2;
    *map = (struct edge_map){avt_new0(uint64_t, room), avt_new0(uint32_t, room), room - 1};
}

static void edge_map_done(struct edge_map *map)
{
    avt_free(map->keys);
    avt_free(map->values);
}

/* Slot of the edge: its key is 0 if it is not there. */
static size_t edge_slot(const struct edge_map *map, uint32_t a, uint32_t b)
{
    uint64_t key = ((uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a)) + 1;
    size_t slot = (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & map->mask;
    while (map->keys[slot] && map->keys[slot] != key)
        slot = (slot + 1) & map->mask;
    return slot;
}

static void edge_take(struct edge_map *map, size_t slot, uint32_t a, uint32_t b, uint32_t value)
{
    map->keys[slot] = ((uint64_t)(a < b ? a : b) << 32 | (a < b ? b : a)) + 1;
    map->values[slot] = value;
}

/* ---- refining -----------------------------------------------------------------------------------
 */

/* Middle of an edge on the round surface that its ends' normals tell of (Boubekeur and Alexa, Phong
 * Tessellation, 2008; half of it is where a circle would pass). */
static struct avt_sheet_vertex round_middle(const struct avt_sheet *sheet,
                                            const struct avt_point3 *normals, uint32_t a,
                                            uint32_t b)
{
    struct avt_sheet_vertex middle = between(&sheet->vertices[a], &sheet->vertices[b], .5f);
    float over_a = avt_vec_dot(avt_vec_sub(sheet->vertices[a].at, middle.at), normals[a]);
    float over_b = avt_vec_dot(avt_vec_sub(sheet->vertices[b].at, middle.at), normals[b]);
    middle.at = avt_vec_along(avt_vec_along(middle.at, .25f * over_a, normals[a]), .25f * over_b,
                              normals[b]);
    return middle;
}

static void split_triangle(struct avt_sheet *sheet, const uint32_t corner[3],
                           const uint32_t middle[3])
{
    int count = 0, first = 0;
    for (int k = 0; k < 3; k++)
        count += middle[k] != UINT32_MAX;
    if (count == 0) {
        avt_sheet_triangle(sheet, corner[0], corner[1], corner[2]);
        return;
    }
    /* Turned so that the odd one comes first: the only edge that is split, or the only one that is
     * not. */
    for (int k = 0; k < 3; k++)
        if (count < 3 && (middle[k] != UINT32_MAX) == (count == 1))
            first = k;
    uint32_t a = corner[first], b = corner[(first + 1) % 3], c = corner[(first + 2) % 3];
    uint32_t ab = middle[first], bc = middle[(first + 1) % 3], ca = middle[(first + 2) % 3];
    if (count == 1) {
        avt_sheet_triangle(sheet, a, ab, c);
        avt_sheet_triangle(sheet, ab, b, c);
    } else if (count == 2) {
        avt_sheet_triangle(sheet, a, b, bc);
        avt_sheet_triangle(sheet, a, bc, ca);
        avt_sheet_triangle(sheet, ca, bc, c);
    } else {
        avt_sheet_triangle(sheet, a, ab, ca);
        avt_sheet_triangle(sheet, ab, b, bc);
        avt_sheet_triangle(sheet, ca, bc, c);
        avt_sheet_triangle(sheet, ab, bc, ca);
    }
}

/* One round of halving. @return whether an edge was split. */
static bool refine_once(struct avt_sheet *sheet, float edge_max)
{
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_sheet_normals(sheet);
    struct edge_map map;
    edge_map_init(&map, sheet->triangle_count);
    struct avt_sheet out = {0};
    bool any = false;
    size_t old_count = sheet->triangle_count;
    uint32_t (*middles)[3] = avt_alloc0(old_count + 1, sizeof(*middles));
    for (size_t t = 0; t < old_count; t++)
        for (int k = 0; k < 3; k++) {
            uint32_t a = sheet->triangles[t][k], b = sheet->triangles[t][(k + 1) % 3];
            float length =
                avt_vec_length(avt_vec_sub(sheet->vertices[a].at, sheet->vertices[b].at));
            middles[t][k] = UINT32_MAX;
            if (length <= edge_max || (normals[a].z < -.25f && normals[b].z < -.25f))
                continue;
            size_t slot = edge_slot(&map, a, b);
            if (!map.keys[slot]) {
                struct avt_sheet_vertex middle = round_middle(sheet, normals, a, b);
                edge_take(&map, slot, a, b, avt_sheet_add(sheet, &middle));
            }
            middles[t][k] = map.values[slot];
            any = true;
        }
    for (size_t t = 0; t < old_count; t++)
        split_triangle(&out, sheet->triangles[t], middles[t]);
    avt_free(middles);
    edge_map_done(&map);
    avt_free(sheet->triangles);
    sheet->triangles = out.triangles;
    sheet->triangle_count = out.triangle_count;
    sheet->triangle_room = out.triangle_room;
    return any;
}

void avt_sheet_refine(struct avt_sheet *sheet, float edge_max)
{
    for (int round = 0; round < 4; round++)
        if (!refine_once(sheet, edge_max))
            return;
}

/* ---- cutting ------------------------------------------------------------------------------------
 */

static void add_edge(struct avt_sheet_edges *edges, uint32_t a, uint32_t b)
{
    if (!edges || a == b)
        return;
    if (edges->count == edges->room) {
        edges->room = edges->room ? 2 * edges->room : 128;
        edges->pairs = avt_realloc(edges->pairs, edges->room, sizeof(*edges->pairs));
    }
    edges->pairs[edges->count][0] = a;
    edges->pairs[edges->count++][1] = b;
}

/* Where the edge from a (kept) to b (not) is cut. */
static uint32_t cut_edge(struct avt_sheet *sheet, struct edge_map *map, const float *values,
                         uint32_t a, uint32_t b)
{
    size_t slot = edge_slot(map, a, b);
    if (!map->keys[slot]) {
        float t = values[a] / (values[a] - values[b]);
        struct avt_sheet_vertex at = between(&sheet->vertices[a], &sheet->vertices[b], t);
        edge_take(map, slot, a, b, avt_sheet_add(sheet, &at));
    }
    return map->values[slot];
}

void avt_sheet_cut(struct avt_sheet *sheet, const float *values, struct avt_sheet_edges *edges)
{
    struct edge_map map;
    edge_map_init(&map, sheet->triangle_count);
    struct avt_sheet out = {0};
    for (size_t t = 0; t < sheet->triangle_count; t++) {
        const uint32_t *corner = sheet->triangles[t];
        int kept = 0, first = 0;
        for (int k = 0; k < 3; k++)
            kept += values[corner[k]] < 0;
        for (int k = 0; k < 3; k++)
            if ((values[corner[k]] < 0) == (kept == 1))
                first = k; /* the only one that is kept, or the only one that is not */
        uint32_t a = corner[first], b = corner[(first + 1) % 3], c = corner[(first + 2) % 3];
        if (kept == 3) {
            avt_sheet_triangle(&out, a, b, c);
        } else if (kept == 1) {
            uint32_t ab = cut_edge(sheet, &map, values, a, b),
                     ac = cut_edge(sheet, &map, values, a, c);
            avt_sheet_triangle(&out, a, ab, ac);
            add_edge(edges, ab, ac);
        } else if (kept == 2) {
            uint32_t ba = cut_edge(sheet, &map, values, b, a),
                     ca = cut_edge(sheet, &map, values, c, a);
            avt_sheet_triangle(&out, ba, b, c);
            avt_sheet_triangle(&out, ba, c, ca);
            add_edge(edges, ca, ba);
        }
    }
    edge_map_done(&map);
    avt_free(sheet->triangles);
    sheet->triangles = out.triangles;
    sheet->triangle_count = out.triangle_count;
    sheet->triangle_room = out.triangle_room;
}

/* ---- pieces -------------------------------------------------------------------------------------
 */

void avt_wear_add(struct avt_wear *wear, struct avt_sheet *sheet,
                  const struct avt_material *material)
{
    if (sheet->triangle_count == 0) {
        avt_sheet_done(sheet);
        return;
    }
    avt_assert(wear->count < AVT_WEAR_PIECES_MAX);
    struct avt_piece *piece = &wear->pieces[wear->count++];
    AVT_CLEANUP(avt_freep)
    uint32_t *number = avt_new0(uint32_t, sheet->vertex_count); /* from 1; 0: not used yet */
    *piece = (struct avt_piece){.stuff = material->stuff, .weave = material->weave};
    memcpy(piece->colour, material->colour, sizeof(piece->colour));
    struct avt_mesh *mesh = &piece->mesh;
    mesh->points = avt_new0(struct avt_point3, sheet->vertex_count);
    mesh->uv = avt_new0(struct avt_point, sheet->vertex_count);
    mesh->follow = avt_new0(float, sheet->vertex_count);
    piece->shade = avt_new0(float, sheet->vertex_count);
    for (size_t t = 0; t < sheet->triangle_count; t++)
        for (int k = 0; k < 3; k++) {
            uint32_t *corner = &sheet->triangles[t][k];
            const struct avt_sheet_vertex *vertex = &sheet->vertices[*corner];
            if (!number[*corner]) {
                mesh->points[mesh->vertex_count] = vertex->at;
                mesh->uv[mesh->vertex_count] = vertex->uv;
                mesh->follow[mesh->vertex_count] = vertex->follow;
                piece->shade[mesh->vertex_count] = vertex->shade;
                number[*corner] = (uint32_t)++mesh->vertex_count;
            }
            *corner = number[*corner] - 1;
        }
    mesh->uv_count = mesh->vertex_count;
    mesh->triangles = sheet->triangles;
    mesh->triangle_count = sheet->triangle_count;
    sheet->triangles = NULL;
    avt_sheet_done(sheet);
}
