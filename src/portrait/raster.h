/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What covers which pixel: triangles with four samples a pixel, and strands over them as thin lines, farthest
 * first. The picture is made tile by tile, so that what a tile needs stays in the processor's cache; tiles are
 * independent of each other, and workers share them.
 *
 * A vertex is a row of AVT_VARYINGS floats (normal, place, whatever the shader wants) and where it is seen.
 * Colours are linear light as the screen will show it (tone-mapped), so that edges mix as they should.
 *
 * Threads: a raster is filled by one thread; avt_raster_draw() uses a crew.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/image.h"
#include "os/crew.h"

enum {
    AVT_VARYINGS = 16,
    AVT_TILE_SIDE = 32,
    AVT_RASTER_SURFACES_MAX = 64,
    AVT_BATCH = 64, /* fragments that are shaded at once */
    AVT_STRAND_RUN_MAX = 8,
};

/** Where a vertex is seen: pixels, y down; `near` grows towards the viewer (1 / distance). */
struct avt_seen {
    float x, y, near;
};

/** Fragments of one surface, a row for each varying so that loops over them run in parallel lanes. */
struct avt_batch {
    int count;
    float varyings[AVT_VARYINGS][AVT_BATCH];
    float rgb[3][AVT_BATCH];  /* out: linear light */
    float pass[AVT_BATCH];    /* out, see-through surfaces: share of what is behind that passes; preset 0 */
};
/** @param data  The surface's own. */
typedef void (*avt_shader)(const void *data, struct avt_batch *batch);

struct avt_surface {
    size_t vertex_count, triangle_count;
    const uint32_t (*triangles)[3];
    const uint8_t *even;                      /* [triangle_count]: 1 where little changes across; or NULL: nowhere */
    float steep;                              /* nor where `near` changes by more than this share of it per pixel */
    const struct avt_seen *seen;              /* [vertex_count] */
    const float (*varyings)[AVT_VARYINGS];    /* [vertex_count] */
    avt_shader shader;
    const void *data;
    uint8_t *noticed; /* [triangle_count], out: 1 where a triangle is seen; or NULL; not of see-through ones */
    bool two_sided;   /* seen from behind too */
    bool see_through; /* drawn last, over strands, by `pass` */
};

/** A point of a strand. */
struct avt_strand_point {
    struct avt_seen seen;
    float width;  /* pixels */
    float rgb[3]; /* linear light */
    float spare;  /* 32 bytes in all */
};
struct avt_strand_set {
    size_t count, points;                /* as in struct avt_strands */
    const struct avt_strand_point *at;   /* [count, points] */
    float opacity;                       /* of a strand as wide as a pixel, 0..1 */
    /* [count, points]: how many points on the piece ends that begins there, at most AVT_STRAND_RUN_MAX; 0: none does.
     * NULL: each goes to the next point. */
    const uint8_t *wanted;
    uint8_t *noticed;                    /* [count, points], out: 1 where the piece that begins there shows; or NULL */
};

struct avt_raster;
struct avt_raster *avt_raster_new(void);
void avt_raster_free(struct avt_raster *raster);
AVT_DEFINE_FREEP(struct avt_raster, avt_raster_free)

/** Begin a picture. */
void avt_raster_begin(struct avt_raster *raster, int width, int height);
/** Add what is to be drawn; all is borrowed until avt_raster_draw() returns. */
void avt_raster_surface(struct avt_raster *raster, const struct avt_surface *surface);
void avt_raster_strands(struct avt_raster *raster, const struct avt_strand_set *set);
/** What is drawn over: the same picture as light, for what mixes with it, and as bytes, for where nothing is. */
struct avt_raster_ground {
    const float *light;            /* [height, width, 3], linear; NULL: there is none */
    const struct avt_image *bytes; /* opaque */
};
/** Draw over `ground` into `image`, of its size, opaque; without one with coverage as alpha.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_raster_draw(struct avt_raster *raster, struct avt_crew *crew,
                                          const struct avt_raster_ground *ground, struct avt_image *image,
                                          struct avt_error *reterr);
