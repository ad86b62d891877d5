/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A tailor's dummy: the body of a bust from the jaw down, and maps of surfaces by which collars,
 * lapels and pockets are placed. Places are told on the average body (struct avt_bust), in
 * centimetres, and come out on this one:
 *
 * - by front: x and y as seen from the front;
 * - by neck: the angle around the neck, 0 in front, pi / 2 at the subject's left, pi at the back,
 * and y;
 * - by skull: the same angle around the middle of the skull, and the height above it, radians.
 *
 * Private to portrait. Threads: plain values.
 */
#include "portrait/sheet.h"

/* Of the average body: the middle of its neck, and how far up its clothes reach. */
#define AVT_NECK_Z   (-8.8f)
#define AVT_SKULL_Y  1.5f /* of the middle of the skull */
#define AVT_SKULL_Z  (-7.0f)
#define AVT_FORM_TOP (-10.2f)
/* How far down a bust is seen and dressed, cm. */
#define AVT_FORM_BOTTOM (-41.0f)

enum avt_map_kind { AVT_MAP_FRONT, AVT_MAP_NECK, AVT_MAP_SKULL };
/** A place on a surface. */
struct avt_spot {
    struct avt_point3 at, normal, average;
    float follow;
    struct avt_point uv; /* cm along the surface from its middle line and a height on it */
};
struct avt_map {
    enum avt_map_kind kind;
    size_t columns, rows;
    float x0, y0, step_x, step_y; /* of the first cell's middle; rows go down */
    struct avt_spot *spots;       /* [rows, columns] */
};
/** Of a surface whose vertices know their average. */
void avt_map_make(enum avt_map_kind kind, const struct avt_sheet *sheet, struct avt_map *ret_map);
/** Of a head without ears, softened as stretched cloth is. */
void avt_map_make_skull(const struct avt_bust *bust, struct avt_map *ret_map);
/** Of a head and neck with ears, as a scarf lies over them: hollows are bridged. */
void avt_map_make_veil(const struct avt_bust *bust, struct avt_map *ret_map);
void avt_map_done(struct avt_map *map);
/** Between cells; beyond the border, the border's. */
struct avt_spot avt_map_at(const struct avt_map *map, float x, float y);
/** `lift` cm above it. */
struct avt_point3 avt_map_over(const struct avt_map *map, float x, float y, float lift);

/** The y that lies `cm` of surface below y, straight down. */
float avt_map_down(const struct avt_map *map, float x, float y, float cm);

struct avt_form {
    struct avt_sheet body;      /* refined skin */
    struct avt_point3 *normals; /* [body.vertex_count] */
    struct avt_map front, neck; /* of the skin */
    float size;                 /* of this body: shoulder's width by the average's */
    uint32_t seed;
    struct avt_bins *bins;
};
void avt_form_make(const struct avt_bust *bust, uint64_t seed, struct avt_form *ret_form);
void avt_form_done(struct avt_form *form);
/** `p` no nearer than `clear` cm to the skin. */
struct avt_point3 avt_form_outside(const struct avt_form *form, struct avt_point3 p, float clear);
