/* SPDX-License-Identifier: Apache-2.0 */
/* Lashes: rooted on the edges between the vertices of a lid's margin, so that they go with the lid; out from the
 * eyeball, then bent up (or down), and fanned towards the corners. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/brows.h"

/* The triangle that holds both vertices; its corners' shares are set for a point between them. */
static uint32_t edge_triangle(const struct avt_mesh *skin, uint32_t a, uint32_t b, float t, float share[3])
{
    for (size_t i = 0; i < skin->triangle_count; i++) {
        const uint32_t *corner = skin->triangles[i];
        int at = -1, to = -1;
        for (int k = 0; k < 3; k++) {
            at = corner[k] == a ? k : at;
            to = corner[k] == b ? k : to;
        }
        if (at < 0 || to < 0)
            continue;
        memset(share, 0, 3 * sizeof(*share));
        share[at] = 1 - t;
        share[to] += t;
        return (uint32_t)i;
    }
    return AVT_STRAND_FREE;
}

struct lid {
    const uint32_t *line;
    size_t count;
    float out; /* towards the temple in x: -1, 1 */
    float up;  /* 1 upper, -1 lower */
    float length, radius;
    int lashes;
    float colour[3];
};

static float fan_at(float u)
{
    return u < .4f ? avt_mix(-.38f, .08f, u / .4f) : avt_mix(.08f, .85f, (u - .4f) / .6f);
}

static float size_at(float u)
{
    if (u < .15f)
        return avt_mix(.45f, .72f, u / .15f);
    return u < .75f ? avt_mix(.72f, 1.1f, (u - .15f) / .6f) : avt_mix(1.1f, .8f, (u - .75f) / .25f);
}

static void grow_lid(const struct avt_bust *bust, const struct lid *lid, struct avt_rng *rng,
                     struct avt_strands *strands)
{
    for (int i = 0; i < lid->lashes; i++) {
        /* The corner at the nose has none. */
        float u = .06f + .92f * ((float)i + .5f + .6f * (avt_rnd(rng) - .5f)) / (float)lid->lashes;
        float place = u * (float)(lid->count - 1);
        size_t k = (size_t)place < lid->count - 2 ? (size_t)place : lid->count - 2;
        float t = fminf(place - (float)k, 1), share[3];
        uint32_t a = lid->line[k], b = lid->line[k + 1], triangle = edge_triangle(&bust->skin, a, b, t, share);
        struct avt_strand *strand;
        struct avt_point3 *at = triangle == AVT_STRAND_FREE ? NULL : avt_brow_more(strands, &strand);
        if (!at)
            continue;
        struct avt_point3 root = avt_vec_mix(bust->skin.points[a], bust->skin.points[b], t);
        float size = lid->length * size_at(u) * avt_rnd_in(rng, .68f, 1.12f);
        float fan = lid->out * (fan_at(u) + .10f * avt_rnd_normal(rng));
        struct avt_point3 begin = {.35f * fan, -.14f * lid->up, 1};
        struct avt_point3 end = {fan, lid->up * avt_rnd_in(rng, .72f, 1.0f), .40f};
        for (size_t n = 0; n < strands->points; n++) {
            float s = (float)n / (float)(strands->points - 1);
            at[n] = avt_vec_along(root, size * .72f * (s - .5f * s * s), begin);
            at[n] = avt_vec_along(at[n], size * .62f * s * s, end);
            at[n].z += .03f;
        }
        *strand = (struct avt_strand){.root = triangle, .radius = lid->radius, .tip = .15f, .sheen = .15f};
        memcpy(strand->share, share, sizeof(share));
        memcpy(strand->colour, lid->colour, sizeof(lid->colour));
        memcpy(strand->tip_colour, lid->colour, sizeof(lid->colour));
    }
}

/* The point at `u` along a lid's margin, 0..1; its place among the vertices. */
static struct avt_point3 lid_point(const struct avt_bust *bust, const struct lid *lid, float u, size_t *ret_vertex,
                                   float *ret_share)
{
    float place = u * (float)(lid->count - 1);
    size_t k = (size_t)place < lid->count - 2 ? (size_t)place : lid->count - 2;
    *ret_vertex = k;
    *ret_share = fminf(place - (float)k, 1);
    return avt_vec_mix(bust->skin.points[lid->line[k]], bust->skin.points[lid->line[k + 1]], *ret_share);
}

/* Who draws lays a dark line along the upper lid, thicker towards the temple and a little beyond: it is what gives a
 * drawn eye its shape. Short strokes, each of which goes with the lid where it lies. */
static void draw_line(const struct avt_bust *bust, const struct lid *lid, float size, struct avt_strands *strands)
{
    enum { STROKES = 26 };
    for (int i = 0; i < STROKES; i++) {
        float from = .05f + .99f * (float)i / STROKES, to = from + 1.5f / STROKES, t, share[3];
        size_t k;
        lid_point(bust, lid, fminf(.5f * (from + to), 1), &k, &t);
        uint32_t triangle = edge_triangle(&bust->skin, lid->line[k], lid->line[k + 1], t, share);
        struct avt_strand *strand;
        struct avt_point3 *at = triangle == AVT_STRAND_FREE ? NULL : avt_brow_more(strands, &strand);
        if (!at)
            continue;
        for (size_t n = 0; n < strands->points; n++) {
            float u = avt_mix(from, to, (float)n / (float)(strands->points - 1)), beyond = fmaxf(u - 1, 0);
            at[n] = lid_point(bust, lid, fminf(u, 1), &(size_t){0}, &(float){0});
            at[n].x += lid->out * 3.2f * size * beyond;
            at[n].y += size * (.015f + 1.2f * beyond);
            at[n].z += .035f;
        }
        *strand = (struct avt_strand){.root = triangle, .radius = size * (.018f + .050f * avt_smoothstep(.15f, .85f,
                                                                                                         from)),
                                      .tip = 1, .sheen = 0};
        memcpy(strand->share, share, sizeof(share));
        memcpy(strand->colour, lid->colour, sizeof(lid->colour));
        memcpy(strand->tip_colour, lid->colour, sizeof(lid->colour));
    }
}

void avt_lashes_grow(const struct avt_bust *bust, const struct avt_attributes *attributes, enum avt_look look,
                     struct avt_strands *strands)
{
    static const float LONGER[AVT_MAKEUP_COUNT] = {1, 1.10f, 1.28f, 1.36f};
    static const float DARKER[AVT_MAKEUP_COUNT] = {1, .6f, .3f, .25f};
    struct avt_rng rng = avt_hair_stream(attributes->seed, 42);
    float male = avt_smoothstep(.35f, .8f, attributes->masculine), colour[3];
    float size = (bust->crown.y - bust->chin.y) / 21.3f, old = avt_smoothstep(50, 85, attributes->age);
    avt_body_hair_colour(attributes, attributes->hair_colour, colour);
    for (int side = 0; side < 2; side++)
        for (int lower = 0; lower < 2; lower++) {
            struct lid lid = {.line = lower ? bust->lines.lower_lid[side] : bust->lines.upper_lid[side],
                              .count = lower ? bust->lines.lower_lid_count : bust->lines.upper_lid_count,
                              .out = side ? 1 : -1,
                              .up = lower ? -1 : 1,
                              .radius = (lower ? .0085f : .0140f) * (1 + .25f * (LONGER[attributes->makeup] - 1)),
                              .lashes = lower ? 38 : 68};
            lid.length =
                size * (lower ? .46f : .92f) * (1 - .14f * male) * (1 - .15f * old) * LONGER[attributes->makeup];
            for (int c = 0; c < 3; c++)
                lid.colour[c] = fminf(colour[c] * .55f, .05f) * DARKER[attributes->makeup];
            if (lid.line && lid.count > 2)
                grow_lid(bust, &lid, &rng, strands);
            if (lid.line && lid.count > 2 && !lower && look == AVT_LOOK_TOON)
                draw_line(bust, &lid, size, strands);
        }
}
