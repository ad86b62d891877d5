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

/* What lies in which tile: items[first[tile]] up to items[first[tile + 1]]. */
struct avt_bins {
    uint32_t *first; /* [tiles + 1] */
    uint32_t *items;
    size_t tile_capacity, capacity;
};

struct avt_slot {
    int surface; /* -1: free */
    struct avt_batch batch;
    uint16_t pixel[AVT_BATCH];
    float weight[AVT_BATCH];
};

struct avt_tile {
    /* All 16-byte aligned: worked on four at a time. */
    _Alignas(64) float near[AVT_TILE_PIXELS][AVT_TILE_SAMPLES];
    uint32_t item[AVT_TILE_PIXELS][AVT_TILE_SAMPLES]; /* UINT32_MAX: none */
    float rgb[3][AVT_TILE_PIXELS];                    /* as covered */
    float cover[AVT_TILE_PIXELS];
    /* What strands show, and what they let through of what is behind. */
    float strands[3][AVT_TILE_PIXELS], pass[AVT_TILE_PIXELS];
    struct avt_slot slots[AVT_TILE_SLOTS];
};

struct avt_raster {
    int width, height, columns, rows;
    size_t surface_count, set_count;
    struct avt_surface surfaces[AVT_RASTER_SURFACES_MAX];
    struct avt_strand_set sets[AVT_RASTER_SETS_MAX];
    uint32_t first_segment[AVT_RASTER_SETS_MAX];
    struct avt_bins triangle_bins, clear_bins, segment_bins;
    uint32_t *order; /* segments, farthest first */
    uint16_t *keys;
    size_t order_capacity;
    struct avt_srgb srgb;
    struct avt_tile *tiles[AVT_CREW_SIZE];
    struct avt_raster_ground ground;
    struct avt_image *image;
};

/** The two points of a segment; `opacity` of its set. */
const struct avt_strand_point *avt_raster_segment(const struct avt_raster *raster, uint32_t segment, float *opacity);
/** Draw one tile into the picture. */
void avt_raster_tile(const struct avt_raster *raster, struct avt_tile *tile, int index);
