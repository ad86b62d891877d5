/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/raster_tile.h"

#include <math.h>
#include <string.h>

#include "portrait/lanes.h"
#include "portrait/vec.h"

#define NO_ITEM UINT32_MAX

/* The four samples of a pixel form a turned square, as graphics cards place them: each row and column of quarters is
 * hit once. */
static const float SAMPLE_X[AVT_TILE_SAMPLES] = {-.125f, .375f, -.375f, .125f};
static const float SAMPLE_Y[AVT_TILE_SAMPLES] = {-.375f, -.125f, .125f, .375f};
/* Those of two pixels side by side, from the middle of the first. */
static const avt_v8 PAIR_X = {-.125f, .375f, -.375f, .125f, .875f, 1.375f, .625f, 1.125f};
static const avt_v8 PAIR_Y = {-.375f, -.125f, .125f, .375f, -.375f, -.125f, .125f, .375f};

struct place {
    int left, top, width, height; /* of the tile in the picture */
};

static void edges_of(const struct avt_surface *surface, uint32_t t, float left, float top, struct avt_edges *edges)
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

AVT_LANE_FN void cover_triangle(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place,
                                uint32_t item)
{
    const struct avt_surface *surface = &raster->surfaces[item >> AVT_SURFACE_SHIFT];
    uint32_t t = item & ((1u << AVT_SURFACE_SHIFT) - 1);
    struct avt_edges e;
    edges_of(surface, t, (float)place->left, (float)place->top, &e);
    struct place part = touched(surface, t, place);
    /* Two pixels at a time: a row begins with the first of a pair, and what lies beyond is tested anyway. */
    avt_v8 spread[3], near_spread = e.near_dx * PAIR_X + e.near_dy * PAIR_Y;
    for (int k = 0; k < 3; k++)
        spread[k] = e.dx[k] * PAIR_X + e.dy[k] * PAIR_Y;
    int left = part.left & ~1, right = part.left + part.width;
    for (int y = part.top; y < part.top + part.height; y++)
        for (int x = left; x < right; x += 2) {
            float px = (float)x + .5f, py = (float)y + .5f;
            avt_v8 a = e.at[0] + px * e.dx[0] + py * e.dy[0] + spread[0];
            avt_v8 b = e.at[1] + px * e.dx[1] + py * e.dy[1] + spread[1];
            avt_v8 c = e.at[2] + px * e.dx[2] + py * e.dy[2] + spread[2];
            avt_i8 hit = (a >= 0) & (b >= 0) & (c >= 0);
            if (!avt_i8_any(hit))
                continue;
            avt_v8 near = e.near + px * e.near_dx + py * e.near_dy + near_spread;
            int at = y * AVT_TILE_SIDE + x;
            avt_v8 before = avt_v8_load(tile->near[at]);
            avt_i8 items;
            hit &= near > before;
            memcpy(&items, tile->item[at], sizeof(items));
            items = ((int32_t)item & hit) | (items & ~hit);
            avt_v8_store(tile->near[at], avt_v8_pick(hit, near, before));
            memcpy(tile->item[at], &items, sizeof(items));
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

/* Neighbouring pixels mostly show the same triangle. */
static const struct avt_edges *edges_again(const struct avt_raster *raster, struct avt_tile *tile,
                                           const struct place *place, uint32_t item)
{
    if (tile->last_item != item) {
        tile->last_item = item;
        edges_of(&raster->surfaces[item >> AVT_SURFACE_SHIFT], item & ((1u << AVT_SURFACE_SHIFT) - 1),
                 (float)place->left, (float)place->top, &tile->last_edges);
    }
    return &tile->last_edges;
}

/* One piece of a pixel: `weight` of its area, seen around (x, y) of the tile. */
AVT_LANE_FN void add_fragment(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place,
                              uint32_t item, int pixel, float x, float y, float weight)
{
    const struct avt_surface *surface = &raster->surfaces[item >> AVT_SURFACE_SHIFT];
    const uint32_t *corner = surface->triangles[item & ((1u << AVT_SURFACE_SHIFT) - 1)];
    const struct avt_edges *e = edges_again(raster, tile, place, item);
    float share[3];
    for (int k = 0; k < 3; k++)
        share[k] = e->at[k] + x * e->dx[k] + y * e->dy[k];
    struct avt_slot *slot = slot_of(raster, tile, (int)(item >> AVT_SURFACE_SHIFT));
    int i = slot->batch.count++;
    const float *a = surface->varyings[corner[0]], *b = surface->varyings[corner[1]],
                *c = surface->varyings[corner[2]];
    _Static_assert(AVT_VARYINGS % AVT_LANES8 == 0, "varyings are mixed eight at a time");
    for (int first = 0; first < AVT_VARYINGS; first += AVT_LANES8) {
        avt_v8 mixed = share[0] * avt_v8_load(a + first) + share[1] * avt_v8_load(b + first) +
                       share[2] * avt_v8_load(c + first);
        for (int k = 0; k < AVT_LANES8; k++)
            slot->batch.varyings[first + k][i] = mixed[k];
    }
    slot->pixel[i] = (uint16_t)pixel;
    slot->weight[i] = weight;
}

/* Each surface triangle that a pixel shows becomes one fragment, shaded in the middle of its samples. */
AVT_LANE_FN void shade_pixel(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place, int x,
                             int y)
{
    int pixel = y * AVT_TILE_SIDE + x;
    const uint32_t *items = tile->item[pixel];
    bool done[AVT_TILE_SAMPLES] = {false};
    if (items[0] == items[1] && items[0] == items[2] && items[0] == items[3]) {
        if (items[0] != NO_ITEM)
            add_fragment(raster, tile, place, items[0], pixel, (float)x + .5f, (float)y + .5f, 1);
        return;
    }
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
AVT_LANE_FN void draw_clear(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place,
                            uint32_t item)
{
    const struct avt_surface *surface = &raster->surfaces[item >> AVT_SURFACE_SHIFT];
    uint32_t t = item & ((1u << AVT_SURFACE_SHIFT) - 1);
    struct avt_edges e;
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

/* Strands are drawn nearest first: where those before let less than this through, no more is seen. */
#define PASS_LEAST .02f

/* Strands, which cover eight pixels of a row at once, want samples in rows. */
static void spread_samples(struct avt_tile *tile)
{
    for (int pixel = 0; pixel < AVT_TILE_PIXELS; pixel++)
        for (int s = 0; s < AVT_TILE_SAMPLES; s++)
            tile->sample[s][pixel] = tile->near[pixel][s];
}

/* Lay a strand's colours under what eight neighbouring pixels show already; `alpha` where nothing is before it.
 * Returns how much of each is seen. */
AVT_LANE_FN avt_v8 blend8(struct avt_tile *tile, int pixel, avt_v8 near, avt_v8 alpha, const avt_v8 rgb[3])
{
    avt_i8 open = {0};
    for (int s = 0; s < AVT_TILE_SAMPLES; s++)
        open -= near > avt_v8_load(tile->sample[s] + pixel);
    avt_v8 pass = avt_v8_load(tile->pass + pixel);
    avt_v8 seen = alpha * pass * (.25f * __builtin_convertvector(open, avt_v8));
    for (int c = 0; c < 3; c++)
        avt_v8_store(tile->strands[c] + pixel, avt_v8_load(tile->strands[c] + pixel) + seen * rgb[c]);
    avt_v8_store(tile->pass + pixel, pass - seen);
    return seen;
}

/* Strands over what is behind them. */
AVT_LANE_FN void lay_strands(struct avt_tile *tile)
{
    for (int pixel = 0; pixel < AVT_TILE_PIXELS; pixel += AVT_LANES8) {
        avt_v8 pass = avt_v8_load(tile->pass + pixel);
        for (int c = 0; c < 3; c++)
            avt_v8_store(tile->rgb[c] + pixel,
                         avt_v8_load(tile->rgb[c] + pixel) * pass + avt_v8_load(tile->strands[c] + pixel));
        avt_v8_store(tile->cover + pixel, 1 - (1 - avt_v8_load(tile->cover + pixel)) * pass);
    }
}

/* A column that moves from row to row: `at` + `step` for each row below. */
struct bound {
    float at, step;
};

/* A straight piece of a strand: where it starts in the tile and goes, and between which columns, counted like rows from
 * its start, it lies: the lines along its sides and those across its ends. */
struct piece {
    float x, y, dx, dy;
    float inverse, across; /* 1 / length^2, 1 / length */
    float reach;
    struct bound low[2], high[2];
};

AVT_LANE_FN void piece_bounds(struct piece *piece)
{
    const float far = 1e6f;
    for (int i = 0; i < 2; i++) {
        piece->low[i] = (struct bound){-far, 0};
        piece->high[i] = (struct bound){far, 0};
    }
    if (fabsf(piece->dy) > 1e-3f) {
        float slope = piece->dx / piece->dy, half = piece->reach / (piece->across * fabsf(piece->dy));
        piece->low[0] = (struct bound){-half, slope};
        piece->high[0] = (struct bound){half, slope};
    }
    if (fabsf(piece->dx) > 1e-3f) {
        float slope = -piece->dy / piece->dx, length = 1 / (piece->inverse * piece->dx);
        piece->low[1] = (struct bound){avt_min(length, 0), slope};
        piece->high[1] = (struct bound){avt_max(length, 0), slope};
    }
}

/* Seen less than this, a piece of hair is not missed. */
#define NOTICED_LEAST .02f

/* Half-open along itself, so that neighbours meet without overlap; thinner than a pixel, it is a pixel wide and as
 * much fainter. Returns whether any of it shows. */
AVT_LANE_FN bool draw_segment(struct avt_tile *tile, const struct place *place, const struct avt_strand_point *p,
                              float opacity)
{
    static const avt_v8 STEP = {.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5f};
    struct piece at = {.x = p[0].seen.x - (float)place->left, .y = p[0].seen.y - (float)place->top,
                       .dx = p[1].seen.x - p[0].seen.x, .dy = p[1].seen.y - p[0].seen.y};
    float square = at.dx * at.dx + at.dy * at.dy;
    if (!(square > 1e-8f))
        return false;
    at.inverse = 1 / square;
    at.across = 1 / sqrtf(square);
    float width = .5f * (p[0].width + p[1].width), strength = opacity * avt_min(width, 1);
    at.reach = .5f * avt_max(width, 1) + .5f;
    piece_bounds(&at);
    /* Columns from its start, to whole pixels with room for rounding: pixels beyond are tested anyway. */
    float left = avt_max(avt_min(at.x, at.x + at.dx) - at.reach, 0) - at.x;
    float right = avt_min(avt_max(at.x, at.x + at.dx) + at.reach, (float)place->width - 1) - at.x + 1;
    int y0 = (int)avt_max(avt_min(at.y, at.y + at.dy) - at.reach, 0);
    int y1 = (int)avt_min(avt_max(at.y, at.y + at.dy) + at.reach, (float)place->height - 1);
    avt_v8 one = avt_v8_all(1), most = avt_v8_all(0);
    for (int y = y0; y <= y1; y++) {
        float qy = (float)y + .5f - at.y, low = left, high = right;
        for (int i = 0; i < 2; i++) {
            low = avt_max(low, at.low[i].at + qy * at.low[i].step);
            high = avt_min(high, at.high[i].at + qy * at.high[i].step);
        }
        int x0 = (int)avt_max(low + at.x - .51f, 0) & ~(AVT_LANES8 - 1);
        int x1 = (int)avt_min(high + at.x + .01f, (float)place->width - 1);
        for (int x = x0; x <= x1; x += AVT_LANES8) {
            int pixel = y * AVT_TILE_SIDE + x;
            avt_i8 open = avt_v8_load(tile->pass + pixel) >= PASS_LEAST;
            if (!avt_i8_any(open))
                continue;
            avt_v8 qx = (float)x - at.x + STEP;
            avt_v8 t = (qx * at.dx + qy * at.dy) * at.inverse, off = (qx * at.dy - qy * at.dx) * at.across;
            avt_v8 cover = at.reach - avt_v8_max(off, -off), rgb[3];
            avt_i8 hit = (t >= 0) & (t < 1) & (cover > 0) & open;
            if (!avt_i8_any(hit))
                continue;
            for (int c = 0; c < 3; c++)
                rgb[c] = p[0].rgb[c] + t * (p[1].rgb[c] - p[0].rgb[c]);
            avt_v8 alpha = (avt_v8)((avt_i8)(strength * avt_v8_min(cover, one)) & hit);
            most = avt_v8_max(most, blend8(tile, pixel, p[0].seen.near + t * (p[1].seen.near - p[0].seen.near), alpha,
                                           rgb));
        }
    }
    return avt_i8_any(most > NOTICED_LEAST);
}

/* The tile's pieces by how near they are, stable: as many bits of depth as 16 over the tile's own range. */
static const uint64_t *sort_pieces(const struct avt_raster *raster, struct avt_tile *tile, const uint32_t *items,
                                   size_t count)
{
    float low = INFINITY, high = 0;
    for (size_t i = 0; i < count; i++) {
        size_t within;
        const struct avt_strand_point *p = avt_raster_set(raster, items[i], &within)->at + within;
        float near = .5f * (p[0].seen.near + p[1].seen.near);
        low = avt_min(low, near);
        high = avt_max(high, near);
        memcpy(&tile->pieces[1][i], &near, sizeof(near));
    }
    float scale = high > low ? 65535 / (high - low) : 0;
    uint32_t counts[2][256] = {{0}};
    for (size_t i = 0; i < count; i++) {
        float near;
        memcpy(&near, &tile->pieces[1][i], sizeof(near));
        uint32_t key = (uint32_t)((near - low) * scale);
        tile->pieces[0][i] = (uint64_t)items[i] << 16 | key;
        counts[0][key & 255]++;
        counts[1][key >> 8]++;
    }
    for (int digit = 0; digit < 2; digit++) {
        uint32_t total = 0;
        for (int k = 0; k < 256; k++) {
            uint32_t of = counts[digit][k];
            counts[digit][k] = total;
            total += of;
        }
        for (size_t i = 0; i < count; i++) {
            uint64_t piece = tile->pieces[digit][i];
            tile->pieces[1 - digit][counts[digit][piece >> 8 * digit & 255]++] = piece;
        }
    }
    return tile->pieces[0];
}

/* Which blocks of 8 x 8 pixels, a bit each, let nothing more through. */
enum { BLOCKS = AVT_TILE_SIDE / AVT_LANES8, HIDDEN_EVERY = 64 /* pieces */ };

AVT_LANE_FN uint32_t hidden_blocks(const struct avt_tile *tile)
{
    uint32_t hidden = 0;
    for (int block = 0; block < BLOCKS * BLOCKS; block++) {
        const float *pass =
            &tile->pass[block / BLOCKS * AVT_LANES8 * AVT_TILE_SIDE + block % BLOCKS * AVT_LANES8];
        avt_v8 most = avt_v8_load(pass);
        for (int y = 1; y < AVT_LANES8; y++)
            most = avt_v8_max(most, avt_v8_load(pass + y * AVT_TILE_SIDE));
        hidden |= (uint32_t)!avt_i8_any(most >= PASS_LEAST) << block;
    }
    return hidden;
}

/* The blocks that the box around a piece touches. */
AVT_LANE_FN uint32_t touched_blocks(const struct place *place, const struct avt_strand_point *p)
{
    float reach = .5f * avt_max(avt_max(p[0].width, p[1].width), 1) + .5f, last = AVT_TILE_SIDE - 1;
    float x = (float)place->left, y = (float)place->top;
    int left = (int)avt_min(avt_max(avt_min(p[0].seen.x, p[1].seen.x) - reach - x, 0), last) / AVT_LANES8;
    int right = (int)avt_min(avt_max(avt_max(p[0].seen.x, p[1].seen.x) + reach - x, 0), last) / AVT_LANES8;
    int top = (int)avt_min(avt_max(avt_min(p[0].seen.y, p[1].seen.y) - reach - y, 0), last) / AVT_LANES8;
    int bottom = (int)avt_min(avt_max(avt_max(p[0].seen.y, p[1].seen.y) + reach - y, 0), last) / AVT_LANES8;
    uint32_t row = (2u << right) - (1u << left), rows = 0;
    for (int k = top; k <= bottom; k++)
        rows |= row << k * BLOCKS;
    return rows;
}

AVT_LANE_FN void draw_strands(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place,
                              const uint32_t *items, size_t count)
{
    memset(tile->strands, 0, sizeof(tile->strands));
    for (int pixel = 0; pixel < AVT_TILE_PIXELS; pixel++)
        tile->pass[pixel] = 1;
    spread_samples(tile);
    const uint64_t *pieces = sort_pieces(raster, tile, items, count);
    uint32_t hidden = 0;
    for (size_t i = count; i > 0; i--) {
        size_t within;
        const struct avt_strand_set *set = avt_raster_set(raster, (uint32_t)(pieces[i - 1] >> 16), &within);
        if (i % HIDDEN_EVERY == 0)
            hidden = hidden_blocks(tile);
        if (!(touched_blocks(place, set->at + within) & ~hidden))
            continue;
        bool shows = draw_segment(tile, place, set->at + within, set->opacity);
        if (shows && set->noticed)
            __atomic_store_n(&set->noticed[within], 1, __ATOMIC_RELAXED); /* a piece may lie in both workers' tiles */
    }
    lay_strands(tile);
}

/* ---- a tile ------------------------------------------------------------------------------------- */

AVT_LANE_FN void lay_ground(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place)
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

AVT_LANE_FN void write_out(const struct avt_raster *raster, const struct avt_tile *tile, const struct place *place)
{
    const avt_v8 zero = avt_v8_all(0), one = avt_v8_all(1);
    for (int y = 0; y < place->height; y++) {
        uint8_t *out = avt_image_row(raster->image, place->top + y) + 4 * (size_t)place->left;
        for (int x = 0; x < place->width; x += AVT_LANES8) {
            int pixel = y * AVT_TILE_SIDE + x;
            avt_v8 cover = avt_v8_load(tile->cover + pixel), scale = avt_v8_pick(cover > 1e-4f, 1 / cover, zero);
            avt_i8 steps[3], alpha = __builtin_convertvector(avt_v8_min(cover, one) * 255 + .5f, avt_i8);
            for (int c = 0; c < 3; c++) {
                avt_v8 light = avt_v8_load(tile->rgb[c] + pixel) * scale;
                light = avt_v8_sqrt(avt_v8_min(avt_v8_max(light, zero), one));
                steps[c] = __builtin_convertvector(light * AVT_SRGB_STEPS + .5f, avt_i8);
            }
            int some = place->width - x < AVT_LANES8 ? place->width - x : AVT_LANES8;
            for (int k = 0; k < some; k++, out += 4) {
                for (int c = 0; c < 3; c++)
                    out[c] = raster->srgb.bytes[steps[c][k]];
                out[3] = (uint8_t)alpha[k];
            }
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

AVT_LANE_CLONES void avt_raster_tile(const struct avt_raster *raster, struct avt_tile *tile, int index)
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
    tile->last_item = NO_ITEM;
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
    if (hair->first[index] < hair->first[index + 1])
        draw_strands(raster, tile, &place, hair->items + hair->first[index],
                     hair->first[index + 1] - hair->first[index]);
    for (uint32_t i = clear->first[index]; i < clear->first[index + 1]; i++)
        draw_clear(raster, tile, &place, clear->items[i]);
    write_out(raster, tile, &place);
}
