/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of raster.h: the lists that a picture is sorted into, and a tile of it. */
#include "dsp/srgb.h"
#include "portrait/raster.h"

enum {
    AVT_CREW_SIZE = 2,
    AVT_RASTER_SETS_MAX = 8,
    AVT_SURFACE_SHIFT = 20, /* an item is surface << this | triangle */
    AVT_TILE_PIXELS = AVT_TILE_SIDE * AVT_TILE_SIDE,
    AVT_TILE_SAMPLES = 4,
    AVT_TILE_SLOTS = 8, /* surfaces that wait for a full batch */
};

/* What lies in which tile: items[first[tile]] up to items[first[tile + 1]], in the order in which they were added. */
struct avt_bins {
    uint32_t *first;                 /* [tiles + 1] */
    uint32_t *cursor[AVT_CREW_SIZE]; /* [tiles]: each worker sorts in a part of what there is */
    uint32_t *items;
    size_t tile_capacity, capacity;
};

struct avt_slot {
    int surface; /* -1: free */
    struct avt_batch batch;
    uint16_t pixel[AVT_BATCH];
    float weight[AVT_BATCH];
};

/* A triangle's edges as planes over a tile: at (x, y) edge k is at[k] + x dx[k] + y dy[k], not negative inside, and
 * the share of corner k there. */
struct avt_edges {
    float at[3], dx[3], dy[3];
    float near, near_dx, near_dy;
};

struct avt_tile {
    _Alignas(64) float near[AVT_TILE_PIXELS][AVT_TILE_SAMPLES];
    uint32_t item[AVT_TILE_PIXELS][AVT_TILE_SAMPLES]; /* UINT32_MAX: none */
    float rgb[3][AVT_TILE_PIXELS];                    /* as covered */
    float cover[AVT_TILE_PIXELS];
    /* What strands show, and what they let through of what is behind. */
    float strands[3][AVT_TILE_PIXELS], pass[AVT_TILE_PIXELS], sample[AVT_TILE_SAMPLES][AVT_TILE_PIXELS];
    uint64_t *pieces[2]; /* of strands, while they are sorted: item << 16 | depth */
    size_t piece_capacity;
    uint32_t last_item; /* whose edges are: */
    struct avt_edges last_edges;
    struct avt_slot slots[AVT_TILE_SLOTS];
};

struct avt_raster {
    int width, height, columns, rows;
    size_t surface_count, set_count;
    struct avt_surface surfaces[AVT_RASTER_SURFACES_MAX];
    struct avt_strand_set sets[AVT_RASTER_SETS_MAX];
    uint32_t first_point[AVT_RASTER_SETS_MAX]; /* of each set, counted through all */
    struct avt_bins triangle_bins, clear_bins, segment_bins;
    struct avt_srgb srgb;
    struct avt_tile *tiles[AVT_CREW_SIZE];
    struct avt_raster_ground ground;
    struct avt_image *image;
};

/** The set of the piece of a strand from point `point` on, and which of its points that is. */
static inline const struct avt_strand_set *avt_raster_set(const struct avt_raster *raster, uint32_t point,
                                                          size_t *ret_within)
{
    size_t s = 0;
    while (s + 1 < raster->set_count && point >= raster->first_point[s + 1])
        s++;
    *ret_within = point - raster->first_point[s];
    return &raster->sets[s];
}
/** Draw one tile into the picture. */
void avt_raster_tile(const struct avt_raster *raster, struct avt_tile *tile, int index);
