/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Inside of raster.h: the lists that a picture is sorted into, and a tile of it. */
#include "dsp/srgb.h"
#include "portrait/raster.h"

enum {
    AVT_CREW_SIZE = 2,
    AVT_RASTER_SETS_MAX = 8,
    AVT_SURFACE_SHIFT = 20, /* an item is surface << this | triangle */
    AVT_RUN_SHIFT = 3,      /* a piece of a strand is its first point << this | points to its last, less 1 */
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

/* A triangle in a tile, with its edges as planes over it: at (x, y) of the tile edge k is at[k] + (x - x0) dx[k] +
 * (y - y0) dy[k], not negative inside, and the share of corner k there. (x0, y0) is near, so that those of a sliver,
 * which are steep, are exact enough. */
struct avt_facet {
    float at[3], dx[3], dy[3], x0, y0;
    uint32_t surface, corner[3]; /* vertices of that surface */
    uint32_t even;               /* 0; 1, 2: even, and seen from the front or from behind */
};

/* A piece of a pixel that waits to be shaded: `weight` of its area, seen around (x, y) of the tile. */
struct avt_fragment {
    float x, y, weight;
    uint32_t facet, pixel;
};

struct avt_slot {
    int surface; /* -1: free */
    int count;
    struct avt_fragment fragments[AVT_BATCH];
};

struct avt_tile {
    _Alignas(64) float near[AVT_TILE_PIXELS][AVT_TILE_SAMPLES];
    uint32_t facet[AVT_TILE_PIXELS][AVT_TILE_SAMPLES]; /* UINT32_MAX: none */
    float rgb[3][AVT_TILE_PIXELS];                    /* as covered */
    float cover[AVT_TILE_PIXELS];
    /* What strands show, and what they let through of what is behind. */
    float strands[3][AVT_TILE_PIXELS], pass[AVT_TILE_PIXELS], sample[AVT_TILE_SAMPLES][AVT_TILE_PIXELS];
    float nearest[AVT_TILE_PIXELS]; /* of the samples */
    uint64_t *pieces[2]; /* of strands, while they are sorted: piece << 16 | depth */
    size_t piece_capacity;
    struct avt_facet *facets; /* in the order of the tile's list */
    size_t facet_capacity;
    struct avt_slot slots[AVT_TILE_SLOTS];
    struct avt_batch batch;
};

struct avt_raster {
    int width, height, columns, rows;
    size_t surface_count, set_count;
    bool notices; /* some surface asks what is seen of it */
    struct avt_surface surfaces[AVT_RASTER_SURFACES_MAX];
    struct avt_strand_set sets[AVT_RASTER_SETS_MAX];
    uint32_t first_point[AVT_RASTER_SETS_MAX]; /* of each set, counted through all */
    struct avt_bins triangle_bins, clear_bins, segment_bins;
    struct avt_srgb srgb;
    struct avt_tile *tiles[AVT_CREW_SIZE];
    struct avt_raster_ground ground;
    struct avt_image *image;
};

/** The set of a piece of a strand, and its ends. */
static inline const struct avt_strand_set *avt_raster_piece(const struct avt_raster *raster, uint32_t piece,
                                                            const struct avt_strand_point *ret_ends[2])
{
    uint32_t point = piece >> AVT_RUN_SHIFT;
    size_t s = 0;
    while (s + 1 < raster->set_count && point >= raster->first_point[s + 1])
        s++;
    ret_ends[0] = raster->sets[s].at + (point - raster->first_point[s]);
    ret_ends[1] = ret_ends[0] + 1 + (piece & (AVT_STRAND_RUN_MAX - 1));
    return &raster->sets[s];
}
/** Draw one tile into the picture. */
void avt_raster_tile(const struct avt_raster *raster, struct avt_tile *tile, int index);
