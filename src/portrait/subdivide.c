/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Catmull and Clark 1978, once, as weights: a vertex of the result is a sum of base vertices. Borders, where the
 * bust is cut, follow the rule for B-spline curves (Hoppe 1994).
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/head.h"

/* A side of a face. */
struct side {
    uint32_t low, high; /* its vertices */
    uint32_t face;
};

/* Weights of one vertex while they are summed up. */
struct sum {
    float *weights;  /* [base vertices] */
    uint32_t *marks; /* [base vertices] the last sum that each is listed in */
    uint32_t mark;
    uint16_t *from;
    size_t count;
};

/* Which faces and edges lie around a vertex. */
struct around {
    uint32_t *starts, *items;
};

struct topology {
    const avt_quad *quads;
    size_t quad_count, vertex_count, edge_count;
    uint32_t *edges;      /* [edge_count][2] */
    uint32_t *edge_faces; /* [edge_count][2]; the second UINT32_MAX on a border */
    struct around faces, edges_around;
};

static void topology_done(struct topology *topology)
{
    avt_free(topology->edges);
    avt_free(topology->edge_faces);
    avt_free(topology->faces.starts);
    avt_free(topology->faces.items);
    avt_free(topology->edges_around.starts);
    avt_free(topology->edges_around.items);
}

void avt_subdivision_done(struct avt_subdivision *subdivision)
{
    avt_free(subdivision->starts);
    avt_free(subdivision->from);
    avt_free(subdivision->weights);
    avt_free(subdivision->triangles);
    avt_free(subdivision->edges);
    *subdivision = (struct avt_subdivision){0};
}

static int compare_sides(const void *left, const void *right)
{
    const struct side *a = left, *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return a->face < b->face ? -1 : a->face > b->face;
}

static enum avt_code damaged(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EMODELBAD,
                    "the mesh of the modelled head is damaged: run 'avatar models fetch head --force'");
}

static enum avt_code no_memory(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOMEM, "out of memory for the head");
}

static enum avt_code find_edges(struct topology *topology, struct avt_error *reterr)
{
    size_t count = topology->quad_count * 4;
    AVT_CLEANUP(avt_freep) struct side *sides = avt_try_new0(struct side, count);
    topology->edges = avt_try_new0(uint32_t, 2 * count);
    topology->edge_faces = avt_try_new0(uint32_t, 2 * count);
    if (!sides || !topology->edges || !topology->edge_faces)
        return no_memory(reterr);
    for (size_t i = 0; i < count; i++) {
        uint32_t a = topology->quads[i / 4][i % 4], b = topology->quads[i / 4][(i + 1) % 4];
        sides[i] = (struct side){a < b ? a : b, a < b ? b : a, (uint32_t)(i / 4)};
        if (a == b)
            return damaged(reterr);
    }
    qsort(sides, count, sizeof(*sides), compare_sides);
    for (size_t i = 0; i < count; i++) {
        size_t edge = topology->edge_count;
        bool second = i > 0 && sides[i].low == sides[i - 1].low && sides[i].high == sides[i - 1].high;
        if (second && topology->edge_faces[2 * (edge - 1) + 1] != UINT32_MAX)
            return damaged(reterr);
        if (second) {
            topology->edge_faces[2 * (edge - 1) + 1] = sides[i].face;
            continue;
        }
        topology->edges[2 * edge] = sides[i].low;
        topology->edges[2 * edge + 1] = sides[i].high;
        topology->edge_faces[2 * edge] = sides[i].face;
        topology->edge_faces[2 * edge + 1] = UINT32_MAX;
        topology->edge_count++;
    }
    return AVT_OK;
}

/* Lists what has corners by corner: corners [count][width]. */
static bool gather(struct around *around, size_t vertex_count, size_t count, size_t width,
                   uint32_t (*corner)(const struct topology *, size_t), const struct topology *topology)
{
    around->starts = avt_try_new0(uint32_t, vertex_count + 2);
    around->items = avt_try_new0(uint32_t, count * width + 1);
    if (!around->starts || !around->items)
        return false;
    for (size_t i = 0; i < count * width; i++)
        around->starts[corner(topology, i) + 2]++;
    for (size_t v = 2; v < vertex_count + 2; v++)
        around->starts[v] += around->starts[v - 1];
    for (size_t i = 0; i < count * width; i++)
        around->items[around->starts[corner(topology, i) + 1]++] = (uint32_t)(i / width);
    return true;
}

static uint32_t quad_corner(const struct topology *topology, size_t i)
{
    return topology->quads[i / 4][i % 4];
}

static uint32_t edge_corner(const struct topology *topology, size_t i)
{
    return topology->edges[i];
}

/* ---- weights ------------------------------------------------------------------------------- */

static void add(struct sum *sum, uint32_t vertex, float weight)
{
    if (sum->marks[vertex] != sum->mark) {
        sum->marks[vertex] = sum->mark;
        sum->weights[vertex] = 0;
        sum->from[sum->count++] = (uint16_t)vertex;
    }
    sum->weights[vertex] += weight;
}

static void add_quad(struct sum *sum, const avt_quad quad, float weight)
{
    for (int k = 0; k < 4; k++)
        add(sum, quad[k], weight / 4);
}

static void sum_vertex(const struct topology *t, size_t vertex, struct sum *sum)
{
    const uint32_t *edges = t->edges_around.items;
    uint32_t from = t->edges_around.starts[vertex], to = t->edges_around.starts[vertex + 1];
    float borders = 0;
    for (uint32_t i = from; i < to; i++)
        borders += t->edge_faces[2 * edges[i] + 1] == UINT32_MAX;
    if (borders > 0 || to == from) {
        /* More than two borders: pieces that touch in a point; it stays where it is. */
        bool smooth = borders == 2;
        add(sum, (uint32_t)vertex, smooth ? .75f : 1);
        for (uint32_t i = from; smooth && i < to; i++) {
            const uint32_t *edge = &t->edges[2 * edges[i]];
            if (t->edge_faces[2 * edges[i] + 1] == UINT32_MAX)
                add(sum, edge[0] == vertex ? edge[1] : edge[0], .125f);
        }
        return;
    }
    float n = (float)(to - from);
    add(sum, (uint32_t)vertex, (n - 3) / n);
    for (uint32_t i = from; i < to; i++) {
        add(sum, t->edges[2 * edges[i]], 1 / (n * n));
        add(sum, t->edges[2 * edges[i] + 1], 1 / (n * n));
    }
    for (uint32_t i = t->faces.starts[vertex]; i < t->faces.starts[vertex + 1]; i++)
        add_quad(sum, t->quads[t->faces.items[i]], 1 / (n * n));
}

static void sum_edge(const struct topology *t, size_t edge, struct sum *sum)
{
    const uint32_t *faces = &t->edge_faces[2 * edge];
    bool border = faces[1] == UINT32_MAX;
    for (int k = 0; k < 2; k++) {
        add(sum, t->edges[2 * edge + (size_t)k], border ? .5f : .25f);
        if (!border)
            add_quad(sum, t->quads[faces[k]], .25f);
    }
}

static enum avt_code make_weights(const struct topology *t, struct avt_subdivision *out, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) float *weights = avt_try_new0(float, t->vertex_count);
    AVT_CLEANUP(avt_freep) uint32_t *marks = avt_try_new0(uint32_t, t->vertex_count);
    AVT_CLEANUP(avt_freep) uint16_t *from = avt_try_new0(uint16_t, t->vertex_count);
    struct sum sum = {.weights = weights, .marks = marks, .from = from};
    out->starts = avt_try_new0(uint32_t, out->vertex_count + 1);
    /* A vertex is made of itself and the corners of the faces around it; an edge of six; a face of four. */
    size_t room = t->quad_count * 4 * 4 + t->vertex_count * 4 + t->edge_count * 8 + t->quad_count * 4;
    out->from = avt_try_new0(uint16_t, room);
    out->weights = avt_try_new0(float, room);
    if (!weights || !marks || !from || !out->starts || !out->from || !out->weights)
        return no_memory(reterr);
    size_t used = 0;
    for (size_t i = 0; i < out->vertex_count; i++) {
        sum.count = 0;
        sum.mark = (uint32_t)i + 1;
        if (i < t->vertex_count)
            sum_vertex(t, i, &sum);
        else if (i < t->vertex_count + t->edge_count)
            sum_edge(t, i - t->vertex_count, &sum);
        else
            add_quad(&sum, t->quads[i - t->vertex_count - t->edge_count], 1);
        for (size_t k = 0; k < sum.count; k++, used++) {
            out->from[used] = sum.from[k];
            out->weights[used] = sum.weights[sum.from[k]];
        }
        out->starts[i + 1] = (uint32_t)used;
    }
    return AVT_OK;
}

/* ---- faces --------------------------------------------------------------------------------- */

uint32_t avt_subdivision_middle(const struct avt_subdivision *subdivision, uint32_t a, uint32_t b)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    size_t from = 0, to = subdivision->edge_count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        const uint32_t *edge = &subdivision->edges[2 * middle];
        if (edge[0] == low && edge[1] == high)
            return (uint32_t)(subdivision->base_count + middle);
        if (edge[0] < low || (edge[0] == low && edge[1] < high))
            from = middle + 1;
        else
            to = middle;
    }
    return UINT32_MAX;
}

static enum avt_code make_triangles(const struct topology *t, struct avt_subdivision *out, struct avt_error *reterr)
{
    out->triangles = avt_try_alloc(t->quad_count * 8, sizeof(*out->triangles));
    if (!out->triangles)
        return no_memory(reterr);
    for (size_t q = 0; q < t->quad_count; q++) {
        uint32_t middle = (uint32_t)(t->vertex_count + t->edge_count + q), edges[4];
        for (int k = 0; k < 4; k++)
            edges[k] = avt_subdivision_middle(out, t->quads[q][k], t->quads[q][(k + 1) % 4]);
        for (int k = 0; k < 4; k++) {
            uint32_t corner = t->quads[q][k], next = edges[k], before = edges[(k + 3) % 4];
            uint32_t *triangle = out->triangles[out->triangle_count++];
            triangle[0] = corner, triangle[1] = next, triangle[2] = middle;
            triangle = out->triangles[out->triangle_count++];
            triangle[0] = corner, triangle[1] = middle, triangle[2] = before;
        }
    }
    return AVT_OK;
}

enum avt_code avt_subdivide(const avt_quad *quads, size_t quad_count, size_t vertex_count,
                            struct avt_subdivision *ret, struct avt_error *reterr)
{
    AVT_CLEANUP(topology_done) struct topology t = {
        .quads = quads, .quad_count = quad_count, .vertex_count = vertex_count};
    enum avt_code code = find_edges(&t, reterr);
    if (code != AVT_OK)
        return code;
    if (!gather(&t.faces, vertex_count, quad_count, 4, quad_corner, &t) ||
        !gather(&t.edges_around, vertex_count, t.edge_count, 2, edge_corner, &t))
        return no_memory(reterr);
    ret->base_count = vertex_count;
    ret->edge_count = t.edge_count;
    ret->vertex_count = vertex_count + t.edge_count + quad_count;
    code = make_weights(&t, ret, reterr);
    ret->edges = AVT_TAKE(t.edges);
    return code == AVT_OK ? make_triangles(&t, ret, reterr) : code;
}

void avt_subdivision_apply(const struct avt_subdivision *subdivision, const struct avt_point3 *base,
                           struct avt_point3 *points)
{
    for (size_t i = 0; i < subdivision->vertex_count; i++) {
        struct avt_point3 sum = {0};
        for (uint32_t k = subdivision->starts[i]; k < subdivision->starts[i + 1]; k++) {
            struct avt_point3 from = base[subdivision->from[k]];
            float weight = subdivision->weights[k];
            sum.x += weight * from.x;
            sum.y += weight * from.y;
            sum.z += weight * from.z;
        }
        points[i] = sum;
    }
}

struct avt_nearest *avt_subdivision_nearest(const struct avt_subdivision *subdivision, const uint16_t *line,
                                            size_t count)
{
    struct avt_nearest *nearest = avt_try_new0(struct avt_nearest, subdivision->base_count);
    if (!nearest)
        return NULL;
    for (size_t i = 0; i < subdivision->base_count; i++)
        nearest[i].edges = AVT_NEAREST_NONE;
    for (size_t i = 0; i < count; i++)
        if (line[i] < subdivision->base_count)
            nearest[line[i]] = (struct avt_nearest){(uint8_t)i, 0};
    for (int step = 0; step < AVT_NEAREST_NONE - 1; step++) {
        for (size_t i = 0; i < 2 * subdivision->edge_count; i++) {
            struct avt_nearest from = nearest[subdivision->edges[i]], *to = &nearest[subdivision->edges[i ^ 1]];
            if (from.edges == step && to->edges > step + 1)
                *to = (struct avt_nearest){from.place, (uint8_t)(step + 1)};
        }
    }
    return nearest;
}

/* ---- texture ------------------------------------------------------------------------------- */

enum { CHARTS_MAX = 4 }; /* that meet in one vertex, or the rest share the last */

/* The texture point of a vertex at `at`: its first, another where charts meet, or a new one. */
static uint32_t texture_point(struct avt_head *head, uint32_t *next, bool *seen, uint32_t vertex, struct avt_point at)
{
    uint32_t point = vertex;
    if (!seen[vertex]) {
        seen[vertex] = true;
        head->uv[vertex] = at;
        return vertex;
    }
    for (int i = 0;; i++) {
        if ((head->uv[point].x == at.x && head->uv[point].y == at.y) || i == CHARTS_MAX)
            return point;
        if (next[point] == 0)
            break;
        point = next[point];
    }
    next[point] = (uint32_t)head->uv_count;
    head->uv[head->uv_count] = at;
    return (uint32_t)head->uv_count++;
}

static struct avt_point between(struct avt_point a, struct avt_point b)
{
    return (struct avt_point){(a.x + b.x) / 2, (a.y + b.y) / 2};
}

enum avt_code avt_subdivide_texture(struct avt_head *head, struct avt_error *reterr)
{
    const struct avt_subdivision *skin = &head->meshes[AVT_HEAD_SKIN];
    /* Each triangle could need three of its own. */
    size_t room = skin->vertex_count + 3 * skin->triangle_count + 1;
    AVT_CLEANUP(avt_freep) uint32_t *next = avt_try_new0(uint32_t, room);
    AVT_CLEANUP(avt_freep) bool *seen = avt_try_new0(bool, skin->vertex_count);
    head->uv = avt_try_new0(struct avt_point, room);
    head->uv_triangles = avt_try_alloc(skin->triangle_count, sizeof(*head->uv_triangles));
    if (!next || !seen || !head->uv || !head->uv_triangles)
        return no_memory(reterr);
    head->uv_count = skin->vertex_count;
    for (size_t t = 0; t < skin->triangle_count; t++) {
        const uint16_t *quad = head->texture_quads[t / 8];
        int k = (int)(t % 8 / 2);
        struct avt_point corner = head->texture[quad[k]], after = head->texture[quad[(k + 1) % 4]];
        struct avt_point before = head->texture[quad[(k + 3) % 4]], across = head->texture[quad[(k + 2) % 4]];
        struct avt_point middle = between(between(corner, across), between(after, before));
        struct avt_point at[3] = {corner, between(corner, after), middle};
        if (t % 2)
            at[1] = middle, at[2] = between(corner, before);
        for (int i = 0; i < 3; i++)
            head->uv_triangles[t][i] = texture_point(head, next, seen, skin->triangles[t][i], at[i]);
    }
    return AVT_OK;
}
