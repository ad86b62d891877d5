/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Skin as a map over the average head: what colour it reflects and its fine relief. Regions are told in centimetres on
 * that head (struct avt_bust, `average`), so that one description fits every face. The map is a cylinder around the
 * head: the angle goes across, from behind the right ear over the face, and the height down.
 *
 * Sources: melanin darkens blue most, blood darkens green and blue (Jacques, Optical properties of biological tissues,
 * 2013); the ten tones are Monk's scale (skintone.google); where blood shines through (cheeks, nose, ears, lids, lips),
 * pores, and what age does are by eye.
 *
 * Threads: immutable once made.
 */
#include <math.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "os/crew.h"
#include "portrait/attributes.h"
#include "portrait/bust.h"
#include "portrait/vec.h"

enum { AVT_SKIN_COLUMNS = 2048, AVT_SKIN_ROWS = 1024 };
#define AVT_SKIN_TOP_CM 16.0f     /* above the eyes */
#define AVT_SKIN_HEIGHT_CM 42.0f
#define AVT_SKIN_AXIS_CM (-9.0f)  /* z of the cylinder's axis */
#define AVT_SKIN_SLOPE 1.0f       /* the relief's slope at a stored 127 */

struct avt_skin_texel {
    uint8_t albedo[3]; /* square root of linear light */
    uint8_t oil;       /* 0 matt .. 255 wet */
    uint8_t across, up; /* slope of the relief, 128 is none */
    uint8_t lip;        /* 255: lip */
    uint8_t spare;      /* eight bytes are read at once */
};

struct avt_skin_map {
    struct avt_skin_texel *texels; /* [AVT_SKIN_ROWS, AVT_SKIN_COLUMNS] */
    float tone[3];                 /* linear light: the skin's own colour, without blood */
};
/** @param look  AVT_LOOK_TOON leaves out pores, blotches and relief.
 *  @return AVT_OK, AVT_ENOMEM. Owned: avt_skin_map_done(). */
AVT_CHECKED enum avt_code avt_skin_map_make(const struct avt_bust *bust, const struct avt_attributes *attributes,
                                            enum avt_look look, struct avt_crew *crew, struct avt_skin_map *ret_map,
                                            struct avt_error *reterr);
void avt_skin_map_done(struct avt_skin_map *map);

/** Where a point of the average head lies on the map: column and row, in texels. */
static inline void avt_skin_place(float x, float y, float z, float *ret_column, float *ret_row)
{
    /* atan2 by a polynomial, off by less than 1e-4: the same bits on every machine. */
    float depth = z - AVT_SKIN_AXIS_CM, ax = fabsf(x), az = fabsf(depth);
    float t = avt_min(ax, az) / avt_max(avt_max(ax, az), 1e-6f), s = t * t;
    float angle = t * (.99986f + s * (-.33029f + s * (.18014f + s * (-.08513f + s * .02083f))));
    angle = ax > az ? 1.57079633f - angle : angle;
    angle = depth < 0 ? 3.14159265f - angle : angle;
    angle = x < 0 ? -angle : angle;
    *ret_column = (angle * (.5f / 3.14159265f) + .5f) * AVT_SKIN_COLUMNS;
    *ret_row = (AVT_SKIN_TOP_CM - y) * (AVT_SKIN_ROWS / AVT_SKIN_HEIGHT_CM);
}
