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
    for (int worker = 0; worker < AVT_CREW_SIZE; worker++)
        avt_free(bins->cursor[worker]);
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
    for (int worker = 0; worker < AVT_CREW_SIZE; worker++) {
        for (int i = 0; raster->tiles[worker] && i < 2; i++)
            avt_free(raster->tiles[worker]->pieces[i]);
        if (raster->tiles[worker])
            avt_free(raster->tiles[worker]->facets);
        avt_free(raster->tiles[worker]);
    }
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
    raster->notices = false;
}

void avt_raster_surface(struct avt_raster *raster, const struct avt_surface *surface)
{
    avt_assert(raster->surface_count < AVT_RASTER_SURFACES_MAX);
    raster->notices = raster->notices || surface->noticed;
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
static void bin(const struct avt_raster *raster, struct avt_bins *bins, int part, struct box box, uint32_t item,
                bool write)
{
    for (int row = box.top; row <= box.bottom; row++)
        for (int column = box.left; column <= box.right; column++) {
            uint32_t *at = &bins->cursor[part][row * raster->columns + column];
            if (write)
                bins->items[*at] = item;
            (*at)++;
        }
}

/* Counts become places: of each tile's first item, and of the first that each part puts there. */
static enum avt_code bins_settle(struct avt_bins *bins, size_t tiles, struct avt_error *reterr)
{
    size_t total = 0;
    for (size_t tile = 0; tile < tiles; tile++) {
        bins->first[tile] = (uint32_t)total;
        for (int part = 0; part < AVT_CREW_SIZE; part++) {
            uint32_t count = bins->cursor[part][tile];
            bins->cursor[part][tile] = (uint32_t)total;
            total += count;
        }
        if (total > LIST_MAX)
            return avt_fail(reterr, AVT_ELIMIT, "the scene has more than %d pieces", LIST_MAX);
    }
    bins->first[tiles] = (uint32_t)total;
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
    bool there = true;
    if (bins->tile_capacity < tiles) {
        avt_free(bins->first);
        bins->first = avt_try_new0(uint32_t, tiles + 1);
        there = bins->first;
        for (int part = 0; part < AVT_CREW_SIZE; part++) {
            avt_free(bins->cursor[part]);
            bins->cursor[part] = avt_try_new0(uint32_t, tiles);
            there = there && bins->cursor[part];
        }
        bins->tile_capacity = there ? tiles : 0;
    }
    if (!there)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the tiles of a picture");
    for (int part = 0; part < AVT_CREW_SIZE; part++)
        memset(bins->cursor[part], 0, tiles * sizeof(*bins->cursor[part]));
    return AVT_OK;
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

/* What is sorted into bins, in as many parts as there are workers; part after part, so that the order in a tile is
 * always the same. */
struct bin_work {
    struct avt_raster *raster;
    struct avt_bins *bins;
    size_t count; /* of pieces of strands */
    bool see_through, write;
};

static void bin_triangles(void *user, int worker, int first, int end)
{
    (void)worker;
    const struct bin_work *work = user;
    for (int part = first; part < end; part++)
        for (size_t s = 0; s < work->raster->surface_count; s++) {
            const struct avt_surface *surface = &work->raster->surfaces[s];
            if (surface->see_through != work->see_through)
                continue;
            size_t from = surface->triangle_count * (size_t)part / AVT_CREW_SIZE;
            size_t to = surface->triangle_count * (size_t)(part + 1) / AVT_CREW_SIZE;
            for (size_t t = from; t < to; t++)
                bin(work->raster, work->bins, part, triangle_box(work->raster, surface, t),
                    (uint32_t)(s << AVT_SURFACE_SHIFT | t), work->write);
        }
}

/* ---- strands ------------------------------------------------------------------------------------ */

static struct box segment_box(const struct avt_raster *raster, const struct avt_strand_point *from,
                              const struct avt_strand_point *to)
{
    struct avt_seen a = from->seen, b = to->seen;
    float reach = 1 + .5f * avt_max(from->width, to->width);
    if (!(a.near > 0) || !(b.near > 0))
        return (struct box){0, 0, -1, -1};
    return box_of(raster, avt_min(a.x, b.x) - reach, avt_min(a.y, b.y) - reach, avt_max(a.x, b.x) + reach,
                  avt_max(a.y, b.y) + reach);
}

static void bin_segments(void *user, int worker, int first, int end)
{
    (void)worker;
    const struct bin_work *work = user;
    const struct avt_raster *raster = work->raster;
    for (int part = first; part < end; part++)
        for (size_t s = 0; s < raster->set_count; s++) {
            const struct avt_strand_set *set = &raster->sets[s];
            size_t from = set->count * (size_t)part / AVT_CREW_SIZE;
            size_t to = set->count * (size_t)(part + 1) / AVT_CREW_SIZE;
            for (size_t strand = from; strand < to; strand++)
                for (size_t i = strand * set->points; i + 1 < (strand + 1) * set->points; i++) {
                    size_t run = set->wanted ? set->wanted[i] : 1;
                    if (run)
                        bin(raster, work->bins, part, segment_box(raster, &set->at[i], &set->at[i + run]),
                            (raster->first_point[s] + (uint32_t)i) << AVT_RUN_SHIFT | (uint32_t)(run - 1),
                            work->write);
                }
        }
}

static enum avt_code number_points(struct avt_raster *raster, struct avt_error *reterr)
{
    size_t total = 0;
    for (size_t s = 0; s < raster->set_count; s++) {
        raster->first_point[s] = (uint32_t)total;
        total += raster->sets[s].count * raster->sets[s].points;
        if (total > LIST_MAX)
            return avt_fail(reterr, AVT_ELIMIT, "the scene has more than %d pieces of hair", LIST_MAX);
    }
    return AVT_OK;
}

static enum avt_code fill_bins(struct avt_raster *raster, struct avt_bins *bins, avt_crew_fn fill, bool see_through,
                               struct avt_crew *crew, struct avt_error *reterr)
{
    size_t tiles = (size_t)raster->columns * (size_t)raster->rows;
    struct bin_work work = {.raster = raster, .bins = bins, .see_through = see_through};
    enum avt_code code = bins_begin(bins, tiles, reterr);
    if (code != AVT_OK)
        return code;
    avt_crew_run(crew, fill, &work, AVT_CREW_SIZE, 1);
    code = bins_settle(bins, tiles, reterr);
    work.write = true;
    if (code == AVT_OK)
        avt_crew_run(crew, fill, &work, AVT_CREW_SIZE, 1);
    return code;
}

/* ---- a picture ---------------------------------------------------------------------------------- */

static void draw_tiles(void *user, int worker, int first, int end)
{
    struct avt_raster *raster = user;
    for (int tile = first; tile < end; tile++)
        avt_raster_tile(raster, raster->tiles[worker], tile);
}

/* How many the fullest tile has. */
static size_t fullest(const struct avt_bins *bins, size_t tiles)
{
    size_t most = 0;
    for (size_t tile = 0; tile < tiles; tile++)
        most = bins->first[tile + 1] - bins->first[tile] > most ? bins->first[tile + 1] - bins->first[tile] : most;
    return most;
}

/* Room for each worker's tile, and for what of triangles and hair lies in the fullest. */
static enum avt_code tiles_begin(struct avt_raster *raster, struct avt_error *reterr)
{
    size_t tiles = (size_t)raster->columns * (size_t)raster->rows;
    /* A see-through one takes the place of the first. */
    size_t facets = fullest(&raster->triangle_bins, tiles) + 1, pieces = fullest(&raster->segment_bins, tiles);
    for (int worker = 0; worker < AVT_CREW_SIZE; worker++) {
        if (!raster->tiles[worker])
            raster->tiles[worker] = avt_try_new0(struct avt_tile, 1);
        struct avt_tile *tile = raster->tiles[worker];
        if (!tile)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for a tile of a picture");
        if (tile->facet_capacity < facets) {
            avt_free(tile->facets);
            tile->facet_capacity = facets + facets / 4;
            tile->facets = avt_try_new0(struct avt_facet, tile->facet_capacity);
        }
        if (tile->piece_capacity < pieces) {
            tile->piece_capacity = pieces + pieces / 4;
            for (int i = 0; i < 2; i++) {
                avt_free(tile->pieces[i]);
                tile->pieces[i] = avt_try_new0(uint64_t, tile->piece_capacity);
            }
        }
        if (tile->facets && (!tile->piece_capacity || (tile->pieces[0] && tile->pieces[1])))
            continue;
        tile->facet_capacity = tile->piece_capacity = 0;
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the pieces of a picture");
    }
    return AVT_OK;
}

enum avt_code avt_raster_draw(struct avt_raster *raster, struct avt_crew *crew,
                              const struct avt_raster_ground *ground, struct avt_image *image,
                              struct avt_error *reterr)
{
    avt_assert(image->width == raster->width && image->height == raster->height);
    enum avt_code code = fill_bins(raster, &raster->triangle_bins, bin_triangles, false, crew, reterr);
    if (code == AVT_OK)
        code = fill_bins(raster, &raster->clear_bins, bin_triangles, true, crew, reterr);
    if (code == AVT_OK)
        code = number_points(raster, reterr);
    if (code == AVT_OK)
        code = fill_bins(raster, &raster->segment_bins, bin_segments, false, crew, reterr);
    if (code == AVT_OK)
        code = tiles_begin(raster, reterr);
    if (code != AVT_OK)
        return code;
    raster->ground = ground ? *ground : (struct avt_raster_ground){0};
    raster->image = image;
    avt_crew_run(crew, draw_tiles, raster, raster->columns * raster->rows, 4);
    return AVT_OK;
}
