/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/raster.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/raster_tile.h"
#include "portrait/vec.h"

/* Growth of the lists by powers of two; what a picture of the largest scene needs. */
enum { LIST_MAX = 1 << 26 };

struct avt_raster *avt_raster_new(void)
{
    struct avt_raster *raster = avt_new0(struct avt_raster, 1);
    avt_srgb_init(&raster->srgb);
    return raster;
}

static void bins_done(struct avt_bins *bins)
{
    avt_free(bins->first);
    avt_free(bins->items);
    *bins = (struct avt_bins){0};
}

void avt_raster_free(struct avt_raster *raster)
{
    if (!raster)
        return;
    bins_done(&raster->triangle_bins);
    bins_done(&raster->clear_bins);
    bins_done(&raster->segment_bins);
    avt_free(raster->order);
    avt_free(raster->keys);
    for (int worker = 0; worker < AVT_CREW_SIZE; worker++)
        avt_free(raster->tiles[worker]);
    avt_free(raster);
}

void avt_raster_begin(struct avt_raster *raster, int width, int height)
{
    avt_assert(width > 0 && height > 0);
    raster->width = width;
    raster->height = height;
    raster->columns = (width + AVT_TILE_SIDE - 1) / AVT_TILE_SIDE;
    raster->rows = (height + AVT_TILE_SIDE - 1) / AVT_TILE_SIDE;
    raster->surface_count = raster->set_count = 0;
}

void avt_raster_surface(struct avt_raster *raster, const struct avt_surface *surface)
{
    avt_assert(raster->surface_count < AVT_RASTER_SURFACES_MAX);
    if (surface->triangle_count)
        raster->surfaces[raster->surface_count++] = *surface;
}

void avt_raster_strands(struct avt_raster *raster, const struct avt_strand_set *set)
{
    avt_assert(raster->set_count < AVT_RASTER_SETS_MAX);
    if (set->count && set->points > 1)
        raster->sets[raster->set_count++] = *set;
}

/* ---- bins: which tiles a primitive may touch ---------------------------------------------------- */

struct box {
    int left, top, right, bottom; /* tiles, inclusive; right < left: none */
};

static struct box box_of(const struct avt_raster *raster, float x0, float y0, float x1, float y1)
{
    const float side = 1.0f / AVT_TILE_SIDE;
    if (!(x1 >= 0) || !(y1 >= 0) || !(x0 < (float)raster->width) || !(y0 < (float)raster->height))
        return (struct box){0, 0, -1, -1};
    struct box box = {(int)(avt_max(x0, 0) * side), (int)(avt_max(y0, 0) * side),
                      (int)(avt_min(x1, (float)raster->width - 1) * side),
                      (int)(avt_min(y1, (float)raster->height - 1) * side)};
    return box;
}

/* Twice: once to count, once to write. */
static void bin(const struct avt_raster *raster, struct avt_bins *bins, struct box box, uint32_t item, bool write)
{
    for (int row = box.top; row <= box.bottom; row++)
        for (int column = box.left; column <= box.right; column++) {
            uint32_t *at = &bins->first[row * raster->columns + column];
            if (write)
                bins->items[*at] = item;
            (*at)++;
        }
}

/* Counts become the place of each tile's first item, with the end behind the last. */
static enum avt_code bins_settle(struct avt_bins *bins, size_t tiles, struct avt_error *reterr)
{
    size_t total = 0;
    for (size_t tile = 0; tile < tiles; tile++) {
        uint32_t count = bins->first[tile];
        bins->first[tile] = (uint32_t)total;
        total += count;
    }
    if (total > LIST_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the scene has more than %d pieces", LIST_MAX);
    if (total > bins->capacity) {
        avt_free(bins->items);
        bins->capacity = total + total / 4;
        bins->items = avt_try_new0(uint32_t, bins->capacity);
        if (!bins->items) {
            bins->capacity = 0;
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for the pieces of a picture");
        }
    }
    return AVT_OK;
}

static enum avt_code bins_begin(struct avt_bins *bins, size_t tiles, struct avt_error *reterr)
{
    if (bins->tile_capacity < tiles + 1) {
        avt_free(bins->first);
        bins->first = avt_try_new0(uint32_t, tiles + 1);
        bins->tile_capacity = bins->first ? tiles + 1 : 0;
        if (!bins->first)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for the tiles of a picture");
    }
    memset(bins->first, 0, (tiles + 1) * sizeof(*bins->first));
    return AVT_OK;
}

/* After writing, each `first` is its tile's end: move them back by one tile. */
static void bins_finish(struct avt_bins *bins, size_t tiles)
{
    memmove(bins->first + 1, bins->first, tiles * sizeof(*bins->first));
    bins->first[0] = 0;
}

static struct box triangle_box(const struct avt_raster *raster, const struct avt_surface *surface, size_t t)
{
    const uint32_t *corner = surface->triangles[t];
    struct avt_seen a = surface->seen[corner[0]], b = surface->seen[corner[1]], c = surface->seen[corner[2]];
    /* Pictures' y goes down: what faces the viewer turns clockwise there. */
    float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    if (!(a.near > 0) || !(b.near > 0) || !(c.near > 0) || (surface->two_sided ? area == 0 : !(area < 0)))
        return (struct box){0, 0, -1, -1};
    return box_of(raster, avt_min(a.x, avt_min(b.x, c.x)), avt_min(a.y, avt_min(b.y, c.y)),
                  avt_max(a.x, avt_max(b.x, c.x)), avt_max(a.y, avt_max(b.y, c.y)));
}

static enum avt_code bin_triangles(struct avt_raster *raster, bool see_through, struct avt_bins *bins,
                                   struct avt_error *reterr)
{
    size_t tiles = (size_t)raster->columns * (size_t)raster->rows;
    enum avt_code code = bins_begin(bins, tiles, reterr);
    for (int write = 0; code == AVT_OK && write < 2; write++) {
        for (size_t s = 0; s < raster->surface_count; s++) {
            const struct avt_surface *surface = &raster->surfaces[s];
            avt_assert(surface->triangle_count < 1u << AVT_SURFACE_SHIFT);
            for (size_t t = 0; surface->see_through == see_through && t < surface->triangle_count; t++)
                bin(raster, bins, triangle_box(raster, surface, t), (uint32_t)(s << AVT_SURFACE_SHIFT | t), write);
        }
        if (!write)
            code = bins_settle(bins, tiles, reterr);
    }
    if (code == AVT_OK)
        bins_finish(bins, tiles);
    return code;
}

/* ---- strands, farthest first -------------------------------------------------------------------- */

const struct avt_strand_point *avt_raster_segment(const struct avt_raster *raster, uint32_t segment, float *opacity)
{
    size_t s = 0;
    while (s + 1 < raster->set_count && segment >= raster->first_segment[s + 1])
        s++;
    const struct avt_strand_set *set = &raster->sets[s];
    size_t within = segment - raster->first_segment[s], strand = within / (set->points - 1);
    *opacity = set->opacity;
    return &set->at[strand * set->points + within % (set->points - 1)];
}

/* Depth as 16 bits over the range that is there. */
static size_t sort_keys(struct avt_raster *raster, uint32_t counts[65537])
{
    float low = INFINITY, high = 0;
    size_t total = 0;
    for (size_t s = 0; s < raster->set_count; s++) {
        const struct avt_strand_set *set = &raster->sets[s];
        raster->first_segment[s] = (uint32_t)total;
        total += set->count * (set->points - 1);
        for (size_t i = 0; i < set->count * set->points; i++) {
            low = avt_min(low, set->at[i].seen.near);
            high = avt_max(high, set->at[i].seen.near);
        }
    }
    float scale = high > low ? 65535 / (high - low) : 0;
    size_t at = 0;
    for (size_t s = 0; s < raster->set_count; s++) {
        const struct avt_strand_set *set = &raster->sets[s];
        for (size_t i = 0; i < set->count; i++)
            for (size_t k = 0; k + 1 < set->points; k++) {
                const struct avt_strand_point *p = &set->at[i * set->points + k];
                uint16_t key = (uint16_t)((.5f * (p[0].seen.near + p[1].seen.near) - low) * scale);
                raster->keys[at++] = key;
                counts[key + 1]++;
            }
    }
    return total;
}

static enum avt_code sort_segments(struct avt_raster *raster, size_t *ret_total, struct avt_error *reterr)
{
    size_t total = 0;
    for (size_t s = 0; s < raster->set_count; s++)
        total += raster->sets[s].count * (raster->sets[s].points - 1);
    *ret_total = total;
    if (total > LIST_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the scene has more than %d pieces of hair", LIST_MAX);
    if (total > raster->order_capacity) {
        avt_free(raster->order);
        avt_free(raster->keys);
        raster->order = avt_try_new0(uint32_t, total);
        raster->keys = avt_try_new0(uint16_t, total);
        raster->order_capacity = raster->order && raster->keys ? total : 0;
        if (!raster->order_capacity)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a picture");
    }
    AVT_CLEANUP(avt_freep) uint32_t *counts = avt_new0(uint32_t, 65537);
    sort_keys(raster, counts);
    for (int k = 0; k < 65536; k++)
        counts[k + 1] += counts[k];
    for (size_t i = 0; i < total; i++)
        raster->order[counts[raster->keys[i]]++] = (uint32_t)i;
    return AVT_OK;
}

static enum avt_code bin_segments(struct avt_raster *raster, struct avt_error *reterr)
{
    size_t tiles = (size_t)raster->columns * (size_t)raster->rows, total;
    struct avt_bins *bins = &raster->segment_bins;
    enum avt_code code = bins_begin(bins, tiles, reterr);
    if (code == AVT_OK)
        code = sort_segments(raster, &total, reterr);
    for (int write = 0; code == AVT_OK && write < 2; write++) {
        for (size_t i = 0; i < total; i++) {
            float opacity;
            const struct avt_strand_point *p = avt_raster_segment(raster, raster->order[i], &opacity);
            struct avt_seen a = p[0].seen, b = p[1].seen;
            float reach = 1 + .5f * avt_max(p[0].width, p[1].width);
            if (!(a.near > 0) || !(b.near > 0))
                continue;
            bin(raster, bins,
                box_of(raster, avt_min(a.x, b.x) - reach, avt_min(a.y, b.y) - reach, avt_max(a.x, b.x) + reach,
                       avt_max(a.y, b.y) + reach),
                raster->order[i], write);
        }
        if (!write)
            code = bins_settle(bins, tiles, reterr);
    }
    if (code == AVT_OK)
        bins_finish(bins, tiles);
    return code;
}

/* ---- a picture ---------------------------------------------------------------------------------- */

static void draw_tiles(void *user, int worker, int first, int end)
{
    struct avt_raster *raster = user;
    for (int tile = first; tile < end; tile++)
        avt_raster_tile(raster, raster->tiles[worker], tile);
}

enum avt_code avt_raster_draw(struct avt_raster *raster, struct avt_crew *crew,
                              const struct avt_raster_ground *ground, struct avt_image *image,
                              struct avt_error *reterr)
{
    avt_assert(image->width == raster->width && image->height == raster->height);
    enum avt_code code = bin_triangles(raster, false, &raster->triangle_bins, reterr);
    if (code == AVT_OK)
        code = bin_triangles(raster, true, &raster->clear_bins, reterr);
    if (code == AVT_OK)
        code = bin_segments(raster, reterr);
    for (int worker = 0; code == AVT_OK && worker < AVT_CREW_SIZE; worker++) {
        if (!raster->tiles[worker])
            raster->tiles[worker] = avt_try_new0(struct avt_tile, 1);
        if (!raster->tiles[worker])
            code = avt_fail(reterr, AVT_ENOMEM, "out of memory for a tile of a picture");
    }
    if (code != AVT_OK)
        return code;
    raster->ground = ground ? *ground : (struct avt_raster_ground){0};
    raster->image = image;
    avt_crew_run(crew, draw_tiles, raster, raster->columns * raster->rows, 4);
    return AVT_OK;
}
