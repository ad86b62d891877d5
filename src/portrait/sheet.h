/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Cloth under the scissors: a surface that is grown, refined, cut along a line, hemmed and smoothed
 * until it is a piece of what a presenter wears (wear.h). Private to portrait.
 *
 * Sizes are ours (AVT_BUST_VERTICES_MAX and AVT_BUST_TRIANGLES_MAX are the limits), so memory
 * aborts. Threads: plain values.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portrait/wear.h"

struct avt_sheet_vertex {
    struct avt_point3 at, average; /* here, and on the average body (struct avt_bust) */
    struct avt_point uv;           /* cm / 10 along the cloth */
    float follow, shade;           /* as in struct avt_mesh, struct avt_piece */
};

struct avt_sheet {
    struct avt_sheet_vertex *vertices;
    uint32_t (*triangles)[3]; /* counter-clockwise from outside */
    size_t vertex_count, vertex_room, triangle_count, triangle_room;
};

/** Edges of a cut, each with the cloth on its left as seen from outside. */
struct avt_sheet_edges {
    uint32_t (*pairs)[2];
    size_t count, room;
};

/** What a piece is made of. */
struct avt_material {
    enum avt_stuff stuff;
    float colour[3];
    float weave; /* as in struct avt_piece */
};

void avt_sheet_done(struct avt_sheet *sheet);
void avt_sheet_edges_done(struct avt_sheet_edges *edges);

/** Index of the new vertex. */
uint32_t avt_sheet_add(struct avt_sheet *sheet, const struct avt_sheet_vertex *vertex);
void avt_sheet_triangle(struct avt_sheet *sheet, uint32_t a, uint32_t b, uint32_t c);
/** Join vertices that lie in rows from `first` on. Seen from outside, columns run to the right and
 * rows up.
 *  @param around  The last column meets the first. */
void avt_sheet_grid(struct avt_sheet *sheet, uint32_t first, size_t rows, size_t columns,
                    bool around);
void avt_sheet_copy(const struct avt_sheet *from, struct avt_sheet *ret_sheet);
/** Add all of `from`. */
void avt_sheet_append(struct avt_sheet *sheet, const struct avt_sheet *from);

/** [vertex_count] of length 1, to be freed. */
struct avt_point3 *avt_sheet_normals(const struct avt_sheet *sheet);
/** Halve edges longer than `edge_max` cm that can be seen from the front, so that the surface stays
 * round. */
void avt_sheet_refine(struct avt_sheet *sheet, float edge_max);
/** Move vertices to the middle of their neighbours by `share`, `rounds` times. */
void avt_sheet_smooth(struct avt_sheet *sheet, int rounds, float share);
/** Keep where `values` [vertex_count] are below 0; edges along 0 are added to `edges` if it is
 * given. */
void avt_sheet_cut(struct avt_sheet *sheet, const float *values, struct avt_sheet_edges *edges);
/** Turn a cut's edges over and under: a rounded rim of `radius` cm, then `depth` cm inwards. */
void avt_sheet_hem(struct avt_sheet *sheet, const struct avt_sheet_edges *edges, float radius,
                   float depth);
/** A tube along a path. `radii` one a point; ends are closed unless it runs `around`. */
struct avt_sheet_path {
    const struct avt_point3 *points;
    const float *radii, *follow; /* [count]; follow NULL: 1 */
    size_t count, sides;
    bool around;
    float flat;           /* height of the section along `up`, share of its width; 0: 1 */
    struct avt_point3 up; /* which way it is flat; 0: no matter */
};
void avt_sheet_tube(struct avt_sheet *sheet, const struct avt_sheet_path *path);

/** The longest closed line of the edges, from one vertex to the next: [*ret_count] to be freed, or
 * NULL. */
uint32_t *avt_sheet_loop(const struct avt_sheet *sheet, const struct avt_sheet_edges *edges,
                         size_t *ret_count);

/** Make `sheet` the next piece and leave it empty; vertices that no triangle uses are dropped. An
 * empty one makes none. */
void avt_wear_add(struct avt_wear *wear, struct avt_sheet *sheet,
                  const struct avt_material *material);
