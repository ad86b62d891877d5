/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/raster_tile.h"

#include <math.h>
#include <string.h>

#include "portrait/laned.h"
#include "portrait/lanes.h"
#include "portrait/vec.h"

#define NO_FACET UINT32_MAX

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

/* A triangle with its edges; `corners` from (x0, y0). Returns the pixels of the tile that it may touch. */
AVT_LANE_FN struct place facet_of(const struct avt_raster *raster, uint32_t item, const struct place *place,
                                  struct avt_facet *facet, struct avt_seen corners[3])
{
    facet->surface = item >> AVT_SURFACE_SHIFT;
    const struct avt_surface *surface = &raster->surfaces[facet->surface];
    uint32_t t = item & ((1u << AVT_SURFACE_SHIFT) - 1);
    memcpy(facet->corner, surface->triangles[t], sizeof(facet->corner));
    struct avt_seen *p = corners;
    for (int k = 0; k < 3; k++) {
        p[k] = surface->seen[facet->corner[k]];
        p[k].x -= (float)place->left;
        p[k].y -= (float)place->top;
    }
    float right = avt_max(p[0].x, avt_max(p[1].x, p[2].x)), bottom = avt_max(p[0].y, avt_max(p[1].y, p[2].y));
    struct place part = {.left = (int)avt_max(avt_min(p[0].x, avt_min(p[1].x, p[2].x)), 0),
                         .top = (int)avt_max(avt_min(p[0].y, avt_min(p[1].y, p[2].y)), 0)};
    part.width = (int)avt_min(right, (float)place->width - 1) - part.left + 1;
    part.height = (int)avt_min(bottom, (float)place->height - 1) - part.top + 1;
    facet->x0 = (float)part.left + .5f;
    facet->y0 = (float)part.top + .5f;
    for (int k = 0; k < 3; k++) {
        p[k].x -= facet->x0;
        p[k].y -= facet->y0;
    }
    float area = (p[1].x - p[0].x) * (p[2].y - p[0].y) - (p[1].y - p[0].y) * (p[2].x - p[0].x);
    float scale = 1 / area;
    facet->even = !surface->even || !surface->even[t] ? 0 : area < 0 ? 1 : 2;
    for (int k = 0; k < 3; k++) {
        struct avt_seen a = p[(k + 1) % 3], b = p[(k + 2) % 3];
        facet->dx[k] = (a.y - b.y) * scale;
        facet->dy[k] = (b.x - a.x) * scale;
        facet->at[k] = (a.x * b.y - a.y * b.x) * scale;
    }
    return part;
}

/* Something that is known at the corners, as a plane. */
struct plane {
    float at, dx, dy;
};

AVT_LANE_FN struct plane near_of(const struct avt_facet *facet, const struct avt_seen corners[3])
{
    struct plane near = {0};
    for (int k = 0; k < 3; k++) {
        near.at += corners[k].near * facet->at[k];
        near.dx += corners[k].near * facet->dx[k];
        near.dy += corners[k].near * facet->dy[k];
    }
    return near;
}

/* ---- triangles ---------------------------------------------------------------------------------- */

AVT_LANE_FN void cover_triangle(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place,
                                uint32_t item, uint32_t number)
{
    struct avt_facet *e = &tile->facets[number];
    struct avt_seen corners[3];
    struct place part = facet_of(raster, item, place, e, corners);
    struct plane near_plane = near_of(e, corners);
    float steep = raster->surfaces[e->surface].steep * near_plane.at;
    if (near_plane.dx * near_plane.dx + near_plane.dy * near_plane.dy > steep * steep)
        e->even = 0;
    /* Two pixels at a time: a row begins with the first of a pair, and what lies beyond is tested anyway. */
    int left = part.left & ~1, right = part.left + part.width;
    float back = (float)(left - part.left);
    avt_v8 start[3], near_start = near_plane.at + (near_plane.dx * (back + PAIR_X) + near_plane.dy * PAIR_Y);
    for (int k = 0; k < 3; k++)
        start[k] = e->at[k] + (e->dx[k] * (back + PAIR_X) + e->dy[k] * PAIR_Y);
    for (int down = 0; down < part.height; down++) {
        float y = (float)down;
        avt_v8 a = start[0] + y * e->dy[0], b = start[1] + y * e->dy[1], c = start[2] + y * e->dy[2];
        for (int x = left; x < right; x += 2, a += 2 * e->dx[0], b += 2 * e->dx[1], c += 2 * e->dx[2]) {
            avt_i8 hit = (a >= 0) & (b >= 0) & (c >= 0);
            if (!avt_i8_any(hit))
                continue;
            avt_v8 near = near_start + y * near_plane.dy + (float)(x - left) * near_plane.dx;
            int at = (part.top + down) * AVT_TILE_SIDE + x;
            avt_v8 before = avt_v8_load(tile->near[at]);
            avt_i8 facets;
            hit &= near > before;
            memcpy(&facets, tile->facet[at], sizeof(facets));
            facets = ((int32_t)number & hit) | (facets & ~hit);
            avt_v8_store(tile->near[at], avt_v8_pick(hit, near, before));
            memcpy(tile->facet[at], &facets, sizeof(facets));
        }
    }
}

/* ---- fragments ---------------------------------------------------------------------------------- */

/* A slot's fragments become a batch: the corners' varyings, mixed by their shares. */
AVT_LANE_FN void mix_varyings(const struct avt_surface *surface, const struct avt_facet *facets,
                              const struct avt_slot *slot, struct avt_batch *batch)
{
    _Static_assert(AVT_VARYINGS % AVT_LANES8 == 0, "varyings are mixed eight at a time");
    for (int first = 0; first < slot->count; first += AVT_LANES8)
        for (int part = 0; part < AVT_VARYINGS; part += AVT_LANES8) {
            avt_v8 rows[AVT_LANES8];
            for (int lane = 0; lane < AVT_LANES8; lane++) {
                /* Those beyond the last are it again. */
                const struct avt_fragment *f =
                    &slot->fragments[first + lane < slot->count ? first + lane : slot->count - 1];
                const struct avt_facet *facet = &facets[f->facet];
                rows[lane] = avt_v8_all(0);
                for (int k = 0; k < 3; k++) {
                    float share = facet->at[k] + (f->x - facet->x0) * facet->dx[k] + (f->y - facet->y0) * facet->dy[k];
                    rows[lane] += share * avt_v8_load(surface->varyings[facet->corner[k]] + part);
                }
            }
            avt_v8_transpose(rows);
            for (int k = 0; k < AVT_LANES8; k++)
                avt_v8_store(batch->varyings[part + k] + first, rows[k]);
        }
    batch->count = slot->count;
}

AVT_LANE_FN void flush(const struct avt_raster *raster, struct avt_tile *tile, struct avt_slot *slot)
{
    if (!slot->count)
        return;
    const struct avt_surface *surface = &raster->surfaces[slot->surface];
    struct avt_batch *batch = &tile->batch;
    mix_varyings(surface, tile->facets, slot, batch);
    memset(batch->pass, 0, sizeof(batch->pass));
    surface->shader(surface->data, batch);
    for (int i = 0; i < slot->count; i++) {
        uint32_t pixel = slot->fragments[i].pixel;
        float weight = slot->fragments[i].weight;
        float keep = surface->see_through ? 1 - weight + weight * batch->pass[i] : 1;
        for (int c = 0; c < 3; c++)
            tile->rgb[c][pixel] = tile->rgb[c][pixel] * keep + weight * batch->rgb[c][i];
        tile->cover[pixel] = surface->see_through ? 1 - (1 - tile->cover[pixel]) * keep : tile->cover[pixel] + weight;
    }
    slot->count = 0;
}

AVT_LANE_FN void add_fragment(const struct avt_raster *raster, struct avt_tile *tile,
                              const struct avt_fragment *fragment)
{
    int surface = (int)tile->facets[fragment->facet].surface;
    struct avt_slot *slot = &tile->slots[surface % AVT_TILE_SLOTS];
    if (slot->surface != surface || slot->count == AVT_BATCH) {
        flush(raster, tile, slot);
        slot->surface = surface;
    }
    slot->fragments[slot->count++] = *fragment;
}

/* Even triangles that meet: what is seen goes on from one to the other, and is not lost if one is shaded for both. */
static bool meet(const struct avt_facet *a, const struct avt_facet *b)
{
    if (a->surface != b->surface || !a->even || a->even != b->even)
        return false;
    bool same = false;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++)
            same |= a->corner[i] == b->corner[k];
    return same;
}

/* What a pixel shows of one surface triangle becomes one fragment, shaded in the middle of its samples; those that meet
 * it count as it. */
AVT_LANE_FN void shade_pixel(const struct avt_raster *raster, struct avt_tile *tile, int x, int y)
{
    uint32_t pixel = (uint32_t)(y * AVT_TILE_SIDE + x);
    const uint32_t *facets = tile->facet[pixel];
    if (facets[0] == facets[1] && facets[0] == facets[2] && facets[0] == facets[3]) {
        if (facets[0] != NO_FACET)
            add_fragment(raster, tile, &(struct avt_fragment){(float)x + .5f, (float)y + .5f, 1, facets[0], pixel});
        return;
    }
    bool done[AVT_TILE_SAMPLES];
    for (int s = 0; s < AVT_TILE_SAMPLES; s++)
        done[s] = facets[s] == NO_FACET;
    for (int s = 0; s < AVT_TILE_SAMPLES; s++) {
        if (done[s])
            continue;
        uint32_t facet = facets[s];
        float sx = 0, sy = 0;
        int own = 0, count = 0;
        for (int k = s; k < AVT_TILE_SAMPLES; k++) {
            if (done[k])
                continue;
            if (facets[k] == facet) {
                sx += SAMPLE_X[k];
                sy += SAMPLE_Y[k];
                own++;
            } else if (!meet(&tile->facets[facet], &tile->facets[facets[k]])) {
                continue;
            }
            done[k] = true;
            count++;
        }
        float part = 1 / (float)own;
        add_fragment(raster, tile,
                     &(struct avt_fragment){(float)x + .5f + sx * part, (float)y + .5f + sy * part,
                                            (float)count / AVT_TILE_SAMPLES, facet, pixel});
    }
}

AVT_LANE_FN void flush_all(const struct avt_raster *raster, struct avt_tile *tile)
{
    for (int i = 0; i < AVT_TILE_SLOTS; i++)
        flush(raster, tile, &tile->slots[i]);
}

/* See-through triangles, one after the other; where nothing is nearer. */
AVT_LANE_FN void draw_clear(const struct avt_raster *raster, struct avt_tile *tile, const struct place *place,
                            uint32_t item)
{
    struct avt_facet *e = &tile->facets[0];
    struct avt_seen corners[3];
    struct place part = facet_of(raster, item, place, e, corners);
    struct plane near = near_of(e, corners);
    for (int y = part.top; y < part.top + part.height; y++)
        for (int x = part.left; x < part.left + part.width; x++) {
            int count = 0;
            for (int s = 0; s < AVT_TILE_SAMPLES; s++) {
                float px = (float)(x - part.left) + SAMPLE_X[s], py = (float)(y - part.top) + SAMPLE_Y[s];
                bool in = near.at + px * near.dx + py * near.dy > tile->near[y * AVT_TILE_SIDE + x][s];
                for (int k = 0; k < 3; k++)
                    in = in && e->at[k] + px * e->dx[k] + py * e->dy[k] >= 0;
                count += in;
            }
            if (count)
                add_fragment(raster, tile,
                             &(struct avt_fragment){(float)x + .5f, (float)y + .5f, (float)count / AVT_TILE_SAMPLES, 0,
                                                    (uint32_t)(y * AVT_TILE_SIDE + x)});
        }
    flush_all(raster, tile);
}

/* ---- strands ------------------------------------------------------------------------------------ */

/* Strands are drawn nearest first: where those before let less than this through, no more is seen. */
#define PASS_LEAST .04f

/* Strands, which cover eight pixels of a row at once, want samples in rows. */
static void spread_samples(struct avt_tile *tile)
{
    for (int pixel = 0; pixel < AVT_TILE_PIXELS; pixel++) {
        const float *near = tile->near[pixel];
        for (int s = 0; s < AVT_TILE_SAMPLES; s++)
            tile->sample[s][pixel] = near[s];
        tile->nearest[pixel] = avt_max(avt_max(near[0], near[1]), avt_max(near[2], near[3]));
    }
}

/* Lay a strand's colours under what eight neighbouring pixels show already; `alpha` where nothing is before it.
 * Returns how much of each is seen. */
AVT_LANE_FN avt_v8 blend8(struct avt_tile *tile, int pixel, avt_v8 near, avt_v8 alpha, const avt_v8 rgb[3])
{
    avt_v8 pass = avt_v8_load(tile->pass + pixel), seen = alpha * pass;
    if (avt_i8_any((near <= avt_v8_load(tile->nearest + pixel)) & (alpha > 0))) {
        avt_i8 open = {0};
        for (int s = 0; s < AVT_TILE_SAMPLES; s++)
            open -= near > avt_v8_load(tile->sample[s] + pixel);
        seen *= .25f * __builtin_convertvector(open, avt_v8);
    }
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
#define NOTICED_LEAST .04f

/* Half-open along itself, so that neighbours meet without overlap; thinner than a pixel, it is a pixel wide and as
 * much fainter. Returns whether any of it shows. */
AVT_LANE_FN bool draw_segment(struct avt_tile *tile, const struct place *place,
                              const struct avt_strand_point *const ends[2], float opacity)
{
    static const avt_v8 STEP = {.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5f};
    const struct avt_strand_point *from = ends[0], *to = ends[1];
    struct piece at = {.x = from->seen.x - (float)place->left, .y = from->seen.y - (float)place->top,
                       .dx = to->seen.x - from->seen.x, .dy = to->seen.y - from->seen.y};
    float square = at.dx * at.dx + at.dy * at.dy;
    if (!(square > 1e-8f))
        return false;
    at.inverse = 1 / square;
    at.across = 1 / sqrtf(square);
    float width = .5f * (from->width + to->width), strength = opacity * avt_min(width, 1);
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
        int x0 = (int)avt_max(low + at.x - .51f, 0), x1 = (int)avt_min(high + at.x + .01f, (float)place->width - 1);
        if (x1 - x0 >= AVT_LANES8)
            x0 &= ~(AVT_LANES8 - 1);
        else if (x0 <= x1 && x0 > AVT_TILE_SIDE - AVT_LANES8)
            x0 = AVT_TILE_SIDE - AVT_LANES8;
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
                rgb[c] = from->rgb[c] + t * (to->rgb[c] - from->rgb[c]);
            avt_v8 alpha = (avt_v8)((avt_i8)(strength * avt_v8_min(cover, one)) & hit);
            most = avt_v8_max(most, blend8(tile, pixel, from->seen.near + t * (to->seen.near - from->seen.near), alpha,
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
        const struct avt_strand_point *ends[2];
        (void)avt_raster_piece(raster, items[i], ends);
        float near = .5f * (ends[0]->seen.near + ends[1]->seen.near);
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
AVT_LANE_FN uint32_t touched_blocks(const struct place *place, const struct avt_strand_point *const ends[2])
{
    struct avt_seen a = ends[0]->seen, b = ends[1]->seen;
    float reach = .5f * avt_max(avt_max(ends[0]->width, ends[1]->width), 1) + .5f, last = AVT_TILE_SIDE - 1;
    float x = (float)place->left, y = (float)place->top;
    int left = (int)avt_min(avt_max(avt_min(a.x, b.x) - reach - x, 0), last) / AVT_LANES8;
    int right = (int)avt_min(avt_max(avt_max(a.x, b.x) + reach - x, 0), last) / AVT_LANES8;
    int top = (int)avt_min(avt_max(avt_min(a.y, b.y) - reach - y, 0), last) / AVT_LANES8;
    int bottom = (int)avt_min(avt_max(avt_max(a.y, b.y) + reach - y, 0), last) / AVT_LANES8;
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
        const struct avt_strand_point *ends[2];
        const struct avt_strand_set *set = avt_raster_piece(raster, (uint32_t)(pieces[i - 1] >> 16), ends);
        if (i % HIDDEN_EVERY == 0)
            hidden = hidden_blocks(tile);
        if (!(touched_blocks(place, ends) & ~hidden))
            continue;
        bool shows = draw_segment(tile, place, ends, set->opacity);
        if (shows && set->noticed) /* a piece may lie in both workers' tiles */
            __atomic_store_n(&set->noticed[ends[0] - set->at], 1, __ATOMIC_RELAXED);
    }
    lay_strands(tile);
}

/* Tell which triangles any sample shows, where that is asked. */
static void notice(const struct avt_raster *raster, const struct avt_tile *tile, const uint32_t *items)
{
    for (int pixel = 0; pixel < AVT_TILE_PIXELS; pixel++)
        for (int s = 0; s < AVT_TILE_SAMPLES; s++) {
            uint32_t facet = tile->facet[pixel][s];
            if (facet == NO_FACET)
                continue;
            uint8_t *noticed = raster->surfaces[items[facet] >> AVT_SURFACE_SHIFT].noticed;
            if (noticed) /* a triangle may lie in both workers' tiles */
                __atomic_store_n(&noticed[items[facet] & ((1u << AVT_SURFACE_SHIFT) - 1)], 1, __ATOMIC_RELAXED);
        }
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

void AVT_LANED(avt_raster_tile)(const struct avt_raster *raster, struct avt_tile *tile, int index)
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
    memset(tile->facet, 0xff, sizeof(tile->facet));
    memset(tile->rgb, 0, sizeof(tile->rgb));
    memset(tile->cover, 0, sizeof(tile->cover));
    for (int i = 0; i < AVT_TILE_SLOTS; i++) {
        tile->slots[i].surface = -1;
        tile->slots[i].count = 0;
    }
    for (uint32_t i = solid->first[index]; i < solid->first[index + 1]; i++)
        cover_triangle(raster, tile, &place, solid->items[i], i - solid->first[index]);
    if (raster->notices)
        notice(raster, tile, solid->items + solid->first[index]);
    if (solid->first[index] < solid->first[index + 1])
        for (int y = 0; y < place.height; y++)
            for (int x = 0; x < place.width; x++)
                shade_pixel(raster, tile, x, y);
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
