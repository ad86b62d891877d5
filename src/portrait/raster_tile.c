/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/raster_tile.h"
#include "portrait/vec.h"

#include <math.h>
#include <string.h>


#define NO_ITEM UINT32_MAX

/* Four samples of a pixel at once. */
typedef float v4 __attribute__((vector_size(16)));
typedef int32_t i4 __attribute__((vector_size(16)));

/* A turned square, as graphics cards place them: each row and column of quarters is hit once. */
static const v4 SAMPLE_X = {-.125f, .375f, -.375f, .125f};
static const v4 SAMPLE_Y = {-.375f, -.125f, .125f, .375f};

struct place {
    int left, top, width, height; /* of the tile in the picture */
};

/* A triangle's edges as planes over the picture: at (x, y) edge k is at[k] + x dx[k] + y dy[k], not negative inside,
 * and the share of corner k there. */
struct edges {
    float at[3], dx[3], dy[3];
    float near, near_dx, near_dy;
};

static void edges_of(const struct avt_surface *surface, uint32_t t, float left, float top, struct edges *edges)
{
    const uint32_t *corner = surface->triangles[t];
    struct avt_seen p[3];
    for (int k = 0; k < 3; k++) {
        p[k] = surface->seen[corner[k]];
        p[k].x -= left;
        p[k].y -= top;
    }
    float area = (p[1].x - p[0].x) * (p[2].y - p[0].y) - (p[1].y - p[0].y) * (p[2].x - p[0].x);
    float scale = 1 / area;
    edges->near = edges->near_dx = edges->near_dy = 0;
    for (int k = 0; k < 3; k++) {
        struct avt_seen a = p[(k + 1) % 3], b = p[(k + 2) % 3];
        edges->dx[k] = (a.y - b.y) * scale;
        edges->dy[k] = (b.x - a.x) * scale;
        edges->at[k] = (a.x * b.y - a.y * b.x) * scale;
        edges->near += p[k].near * edges->at[k];
        edges->near_dx += p[k].near * edges->dx[k];
        edges->near_dy += p[k].near * edges->dy[k];
    }
}

/* The pixels of the tile that a triangle may touch. */
static struct place touched(const struct avt_surface *surface, uint32_t t, const struct place *tile)
{
    const uint32_t *corner = surface->triangles[t];
    float x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
    for (int k = 0; k < 3; k++) {
        struct avt_seen p = surface->seen[corner[k]];
        x0 = avt_min(x0, p.x - (float)tile->left);
        x1 = avt_max(x1, p.x - (float)tile->left);
        y0 = avt_min(y0, p.y - (float)tile->top);
        y1 = avt_max(y1, p.y - (float)tile->top);
    }
    int left = (int)avt_max(x0, 0), top = (int)avt_max(y0, 0);
    int right = (int)avt_min(x1, (float)tile->width - 1), bottom = (int)avt_min(y1, (float)tile->height - 1);
    return (struct place){left, top, right - left + 1, bottom - top + 1};
}

/* ---- triangles ---------------------------------------------------------------------------------- */

static void cover_triangle(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place,
                           uint32_t item)
{
    const struct avt_surface *surface = &raster->surfaces[item >> AVT_SURFACE_SHIFT];
    uint32_t t = item & ((1u << AVT_SURFACE_SHIFT) - 1);
    struct edges e;
    edges_of(surface, t, (float)place->left, (float)place->top, &e);
    struct place part = touched(surface, t, place);
    v4 spread[3], near_spread = e.near_dx * SAMPLE_X + e.near_dy * SAMPLE_Y;
    for (int k = 0; k < 3; k++)
        spread[k] = e.dx[k] * SAMPLE_X + e.dy[k] * SAMPLE_Y;
    for (int y = part.top; y < part.top + part.height; y++) {
        for (int x = part.left; x < part.left + part.width; x++) {
            float px = (float)x + .5f, py = (float)y + .5f;
            v4 a = e.at[0] + px * e.dx[0] + py * e.dy[0] + spread[0];
            v4 b = e.at[1] + px * e.dx[1] + py * e.dy[1] + spread[1];
            v4 c = e.at[2] + px * e.dx[2] + py * e.dy[2] + spread[2];
            v4 near = e.near + px * e.near_dx + py * e.near_dy + near_spread;
            int at = y * AVT_TILE_SIDE + x;
            v4 *before = (v4 *)tile->near[at];
            i4 hit = (a >= 0) & (b >= 0) & (c >= 0) & (near > *before);
            i4 *items = (i4 *)tile->item[at];
            *before = (v4)(((i4)near & hit) | ((i4)*before & ~hit));
            *items = ((int32_t)item & hit) | (*items & ~hit);
        }
    }
}

/* ---- fragments ---------------------------------------------------------------------------------- */

static void flush(const struct avt_raster *raster, struct avt_tile *tile, struct avt_slot *slot)
{
    struct avt_batch *batch = &slot->batch;
    if (!batch->count)
        return;
    const struct avt_surface *surface = &raster->surfaces[slot->surface];
    memset(batch->pass, 0, sizeof(batch->pass));
    surface->shader(surface->data, batch);
    for (int i = 0; i < batch->count; i++) {
        int pixel = slot->pixel[i];
        float weight = slot->weight[i], keep = surface->see_through ? 1 - weight + weight * batch->pass[i] : 1;
        for (int c = 0; c < 3; c++)
            tile->rgb[c][pixel] = tile->rgb[c][pixel] * keep + weight * batch->rgb[c][i];
        tile->cover[pixel] = surface->see_through ? 1 - (1 - tile->cover[pixel]) * keep : tile->cover[pixel] + weight;
    }
    batch->count = 0;
}

static struct avt_slot *slot_of(const struct avt_raster *raster, struct avt_tile *tile, int surface)
{
    struct avt_slot *slot = &tile->slots[surface % AVT_TILE_SLOTS];
    if (slot->surface != surface || slot->batch.count == AVT_BATCH) {
        flush(raster, tile, slot);
        slot->surface = surface;
    }
    return slot;
}

/* One piece of a pixel: `weight` of its area, seen around (x, y) of the tile. */
static void add_fragment(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place,
                         uint32_t item, int pixel, float x, float y, float weight)
{
    const struct avt_surface *surface = &raster->surfaces[item >> AVT_SURFACE_SHIFT];
    uint32_t t = item & ((1u << AVT_SURFACE_SHIFT) - 1);
    struct edges e;
    edges_of(surface, t, (float)place->left, (float)place->top, &e);
    float share[3];
    for (int k = 0; k < 3; k++)
        share[k] = e.at[k] + x * e.dx[k] + y * e.dy[k];
    struct avt_slot *slot = slot_of(raster, tile, (int)(item >> AVT_SURFACE_SHIFT));
    int i = slot->batch.count++;
    const uint32_t *corner = surface->triangles[t];
    const float *a = surface->varyings[corner[0]], *b = surface->varyings[corner[1]],
                *c = surface->varyings[corner[2]];
    for (int k = 0; k < AVT_VARYINGS; k++)
        slot->batch.varyings[k][i] = share[0] * a[k] + share[1] * b[k] + share[2] * c[k];
    slot->pixel[i] = (uint16_t)pixel;
    slot->weight[i] = weight;
}

/* Each surface triangle that a pixel shows becomes one fragment, shaded in the middle of its samples. */
static void shade_pixel(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place, int x, int y)
{
    int pixel = y * AVT_TILE_SIDE + x;
    const uint32_t *items = tile->item[pixel];
    bool done[AVT_TILE_SAMPLES] = {false};
    for (int s = 0; s < AVT_TILE_SAMPLES; s++) {
        if (done[s] || items[s] == NO_ITEM)
            continue;
        float sx = 0, sy = 0;
        int count = 0;
        for (int k = s; k < AVT_TILE_SAMPLES; k++)
            if (items[k] == items[s]) {
                done[k] = true;
                sx += SAMPLE_X[k];
                sy += SAMPLE_Y[k];
                count++;
            }
        float part = 1 / (float)count;
        add_fragment(raster, tile, place, items[s], pixel, (float)x + .5f + sx * part, (float)y + .5f + sy * part,
                     (float)count / AVT_TILE_SAMPLES);
    }
}

static void flush_all(const struct avt_raster *raster, struct avt_tile *tile)
{
    for (int i = 0; i < AVT_TILE_SLOTS; i++)
        flush(raster, tile, &tile->slots[i]);
}

/* See-through triangles, one after the other; where nothing is nearer. */
static void draw_clear(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place, uint32_t item)
{
    const struct avt_surface *surface = &raster->surfaces[item >> AVT_SURFACE_SHIFT];
    uint32_t t = item & ((1u << AVT_SURFACE_SHIFT) - 1);
    struct edges e;
    edges_of(surface, t, (float)place->left, (float)place->top, &e);
    struct place part = touched(surface, t, place);
    for (int y = part.top; y < part.top + part.height; y++)
        for (int x = part.left; x < part.left + part.width; x++) {
            int count = 0;
            for (int s = 0; s < AVT_TILE_SAMPLES; s++) {
                float px = (float)x + .5f + SAMPLE_X[s], py = (float)y + .5f + SAMPLE_Y[s];
                bool in = e.near + px * e.near_dx + py * e.near_dy > tile->near[y * AVT_TILE_SIDE + x][s];
                for (int k = 0; k < 3; k++)
                    in = in && e.at[k] + px * e.dx[k] + py * e.dy[k] >= 0;
                count += in;
            }
            if (count)
                add_fragment(raster, tile, place, item, y * AVT_TILE_SIDE + x, (float)x + .5f, (float)y + .5f,
                             (float)count / AVT_TILE_SAMPLES);
        }
    flush_all(raster, tile);
}

/* ---- strands ------------------------------------------------------------------------------------ */

/* How many of the samples of four neighbouring pixels lie behind `near`, in quarters. */
static v4 open_share(const float (*before)[AVT_TILE_SAMPLES], v4 near)
{
    v4 share;
    for (int k = 0; k < 4; k++) {
        v4 mine = {near[k], near[k], near[k], near[k]};
        i4 hit = mine > *(const v4 *)before[k];
        share[k] = -.25f * (float)(hit[0] + hit[1] + hit[2] + hit[3]);
    }
    return share;
}

/* Strands are drawn nearest first: where those before let less than this through, no more is seen. */
#define PASS_LEAST .02f

static bool all_hidden(const struct avt_tile *tile, int pixel)
{
    const float *pass = &tile->pass[pixel];
    return avt_max(avt_max(pass[0], pass[1]), avt_max(pass[2], pass[3])) < PASS_LEAST;
}

/* Lay colours under what four neighbouring pixels show already. */
static void blend4(struct avt_tile *tile, int pixel, v4 alpha, const v4 rgb[3])
{
    v4 *pass = (v4 *)&tile->pass[pixel], seen = alpha * *pass;
    for (int c = 0; c < 3; c++)
        *(v4 *)&tile->strands[c][pixel] += seen * rgb[c];
    *pass -= seen;
}

/* Strands over what is behind them. */
static void lay_strands(struct avt_tile *tile)
{
    for (int pixel = 0; pixel < AVT_TILE_PIXELS; pixel++) {
        float pass = tile->pass[pixel];
        for (int c = 0; c < 3; c++)
            tile->rgb[c][pixel] = tile->rgb[c][pixel] * pass + tile->strands[c][pixel];
        tile->cover[pixel] = 1 - (1 - tile->cover[pixel]) * pass;
    }
}

/* A straight piece: half-open along itself, so that neighbours meet without overlap; thinner than a pixel, it is a
 * pixel wide and as much fainter. Four pixels at a time: a tile's rows are multiples of that. */
static void draw_segment(struct avt_tile *tile, const struct place *place,
                                                   const struct avt_strand_point *p, float opacity)
{
    static const v4 STEP = {.5f, 1.5f, 2.5f, 3.5f};
    float ax = p[0].seen.x - (float)place->left, ay = p[0].seen.y - (float)place->top;
    float dx = p[1].seen.x - p[0].seen.x, dy = p[1].seen.y - p[0].seen.y;
    float square = dx * dx + dy * dy;
    if (!(square > 1e-8f))
        return;
    float inverse = 1 / square, across = 1 / sqrtf(square);
    float width = .5f * (p[0].width + p[1].width), reach = .5f * avt_max(width, 1) + .5f;
    float strength = opacity * avt_min(width, 1);
    float bx = ax + dx, by = ay + dy;
    int x0 = (int)avt_max(avt_min(ax, bx) - reach, 0) & ~3, y0 = (int)avt_max(avt_min(ay, by) - reach, 0);
    int x1 = (int)avt_min(avt_max(ax, bx) + reach, (float)place->width - 1);
    int y1 = (int)avt_min(avt_max(ay, by) + reach, (float)place->height - 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x += 4) {
            if (all_hidden(tile, y * AVT_TILE_SIDE + x))
                continue;
            v4 qx = (float)x - ax + STEP;
            float qy = (float)y + .5f - ay;
            v4 t = (qx * dx + qy * dy) * inverse, off = (qx * dy - qy * dx) * across;
            v4 cover = reach - (v4)((i4)off & INT32_MAX);
            i4 hit = (t >= 0) & (t < 1) & (cover > 0);
            if (!(hit[0] | hit[1] | hit[2] | hit[3]))
                continue;
            v4 one = {1, 1, 1, 1}, near = p[0].seen.near + t * (p[1].seen.near - p[0].seen.near), rgb[3];
            i4 full = cover > one;
            cover = (v4)(((i4)one & full) | ((i4)cover & ~full));
            int pixel = y * AVT_TILE_SIDE + x;
            v4 open = open_share((const float(*)[AVT_TILE_SAMPLES])tile->near + pixel, near);
            v4 alpha = (v4)((i4)(strength * cover * open) & hit);
            for (int c = 0; c < 3; c++)
                rgb[c] = p[0].rgb[c] + t * (p[1].rgb[c] - p[0].rgb[c]);
            blend4(tile, pixel, alpha, rgb);
        }
}

/* ---- a tile ------------------------------------------------------------------------------------- */

static void lay_ground(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place)
{
    for (int y = 0; y < place->height; y++)
        for (int x = 0; x < place->width; x++) {
            int pixel = y * AVT_TILE_SIDE + x;
            float open = avt_max(1 - tile->cover[pixel], 0);
            size_t at = (size_t)(place->top + y) * (size_t)raster->width + (size_t)(place->left + x);
            const float *ground = raster->ground.light + 3 * at;
            for (int c = 0; c < 3; c++)
                tile->rgb[c][pixel] += open * ground[c];
            tile->cover[pixel] = 1;
        }
}

static void write_out(const struct avt_raster *raster, const struct avt_tile *tile, const struct place *place)
{
    for (int y = 0; y < place->height; y++) {
        uint8_t *out = avt_image_row(raster->image, place->top + y) + 4 * (size_t)place->left;
        for (int x = 0; x < place->width; x++, out += 4) {
            int pixel = y * AVT_TILE_SIDE + x;
            float cover = tile->cover[pixel], scale = cover > 1e-4f ? 1 / cover : 0;
            for (int c = 0; c < 3; c++)
                out[c] = avt_srgb_byte(&raster->srgb, tile->rgb[c][pixel] * scale);
            out[3] = (uint8_t)(avt_min(cover, 1) * 255 + .5f);
        }
    }
}

/* Nothing is in the tile but what is behind. */
static void copy_ground(const struct avt_raster *raster, const struct place *place)
{
    for (int y = place->top; y < place->top + place->height; y++) {
        uint8_t *out = avt_image_row(raster->image, y) + 4 * (size_t)place->left;
        if (raster->ground.bytes)
            memcpy(out, avt_image_row(raster->ground.bytes, y) + 4 * (size_t)place->left, 4 * (size_t)place->width);
        else
            memset(out, 0, 4 * (size_t)place->width);
    }
}

void avt_raster_tile(const struct avt_raster *raster, struct avt_tile *tile, int index)
{
    struct place place = {index % raster->columns * AVT_TILE_SIDE, index / raster->columns * AVT_TILE_SIDE,
                          AVT_TILE_SIDE, AVT_TILE_SIDE};
    place.width = raster->width - place.left < AVT_TILE_SIDE ? raster->width - place.left : AVT_TILE_SIDE;
    place.height = raster->height - place.top < AVT_TILE_SIDE ? raster->height - place.top : AVT_TILE_SIDE;
    const struct avt_bins *solid = &raster->triangle_bins, *clear = &raster->clear_bins;
    const struct avt_bins *hair = &raster->segment_bins;
    if (solid->first[index] == solid->first[index + 1] && clear->first[index] == clear->first[index + 1] &&
        hair->first[index] == hair->first[index + 1]) {
        copy_ground(raster, &place);
        return;
    }
    memset(tile->near, 0, sizeof(tile->near));
    memset(tile->item, 0xff, sizeof(tile->item));
    memset(tile->rgb, 0, sizeof(tile->rgb));
    memset(tile->cover, 0, sizeof(tile->cover));
    for (int i = 0; i < AVT_TILE_SLOTS; i++) {
        tile->slots[i].surface = -1;
        tile->slots[i].batch.count = 0;
    }
    for (uint32_t i = solid->first[index]; i < solid->first[index + 1]; i++)
        cover_triangle(raster, tile, &place, solid->items[i]);
    if (solid->first[index] < solid->first[index + 1])
        for (int y = 0; y < place.height; y++)
            for (int x = 0; x < place.width; x++)
                shade_pixel(raster, tile, &place, x, y);
    flush_all(raster, tile);
    if (raster->ground.light)
        lay_ground(raster, tile, &place);
    bool hairy = hair->first[index] < hair->first[index + 1];
    memset(tile->strands, 0, hairy ? sizeof(tile->strands) : 0);
    for (int pixel = 0; hairy && pixel < AVT_TILE_PIXELS; pixel++)
        tile->pass[pixel] = 1;
    /* Sorted farthest first. */
    for (uint32_t i = hair->first[index + 1]; i > hair->first[index]; i--) {
        float opacity;
        const struct avt_strand_point *p = avt_raster_segment(raster, hair->items[i - 1], &opacity);
        draw_segment(tile, &place, p, opacity);
    }
    if (hairy)
        lay_strands(tile);
    for (uint32_t i = clear->first[index]; i < clear->first[index + 1]; i++)
        draw_clear(raster, tile, &place, clear->items[i]);
    write_out(raster, tile, &place);
}
