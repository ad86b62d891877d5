/* SPDX-License-Identifier: Apache-2.0 */
/* Facial hair: where it grows is told on the average face, by style; it grows down and outward, away from the middle
 * of the upper lip, and leaves the lips free. */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/hair_parts.h"
#include "portrait/noise.h"

enum { BEARD_POINTS_MAX = 12 };

struct beard_row {
    float lip, chin, cheek, neck, burns; /* lengths by region, cm; 0: none */
    float width;                         /* of what is on the chin, half, cm; cheeks join beyond */
    int count, points;
    float radius;
    float stand; /* 0 lies on the skin .. 1 stands off */
};
static const struct beard_row ROWS[AVT_FACIAL_HAIR_COUNT] = {
    [AVT_FACIAL_HAIR_STUBBLE] = {.16f, .18f, .16f, .12f, .18f, 3, 9000, 3, .0085f, .55f},
    [AVT_FACIAL_HAIR_MOUSTACHE] = {.lip = 1.25f, .count = 1500, .points = 7, .radius = .019f, .stand = .30f},
    [AVT_FACIAL_HAIR_GOATEE] =
        {.chin = 1.7f, .width = 1.75f, .count = 1700, .points = 7, .radius = .019f, .stand = .38f},
    [AVT_FACIAL_HAIR_CIRCLE] =
        {.lip = .95f, .chin = 1.25f, .width = 2.3f, .count = 2900, .points = 6, .radius = .018f, .stand = .35f},
    [AVT_FACIAL_HAIR_SHORT_BEARD] = {.60f, .80f, .55f, .40f, .50f, 3, 9500, 5, .0165f, .36f},
    [AVT_FACIAL_HAIR_FULL_BEARD] = {1.15f, 2.7f, 1.5f, 1.2f, .9f, 3, 9000, 8, .021f, .42f},
    [AVT_FACIAL_HAIR_LONG_BEARD] = {1.6f, 8.5f, 3.4f, 3.0f, 1.0f, 3, 8500, 12, .024f, .40f},
    [AVT_FACIAL_HAIR_SIDEBURNS] =
        {.cheek = .50f, .burns = .9f, .count = 1900, .points = 5, .radius = .017f, .stand = .3f},
};

enum { KNOTS = 7 };
/* Outlines on the average face, cm: the upper and the lower lip's edge by x. */
static const float LIP_X[KNOTS] = {0, .6f, 1.2f, 1.7f, 2.1f, 2.35f, 2.9f};
static const float LIP_TOP[KNOTS] = {-5.98f, -5.92f, -6.05f, -6.28f, -6.52f, -6.78f, -7.9f};
static const float LIP_LOW[KNOTS] = {-7.58f, -7.55f, -7.43f, -7.28f, -7.10f, -6.92f, -6.6f};
/* The cheek's edge of a beard by x, and the neck's by z. */
static const float CHEEK_X[KNOTS] = {2.4f, 3.2f, 4.2f, 5.0f, 5.6f, 6.2f, 6.7f};
static const float CHEEK_Y[KNOTS] = {-6.3f, -6.1f, -5.7f, -5.0f, -4.0f, -2.4f, 0};
static const float NECK_Z[KNOTS] = {-7, -5.6f, -4.4f, -3.2f, -2, 0, 2};
static const float NECK_Y[KNOTS] = {-6.2f, -8.3f, -9.8f, -11.0f, -11.9f, -12.5f, -12.6f};

static float line_at(const float *at, const float *values, float x)
{
    for (int k = 0; k + 1 < KNOTS; k++)
        if (x < at[k + 1])
            return avt_mix(values[k], values[k + 1], fminf(fmaxf((x - at[k]) / (at[k + 1] - at[k]), 0), 1));
    return values[KNOTS - 1];
}

/* ---- regions ------------------------------------------------------------------------------------ */

struct regions {
    float lip, chin, cheek, neck, burns; /* how much a place belongs to each, 0..1 */
};

static struct regions regions_at(struct avt_point3 p, uint32_t seed)
{
    struct regions r = {0};
    float x = fabsf(p.x), soft = .55f * (avt_noise(p, 1.6f, seed) + .6f * avt_noise(p, 4, seed + 1) - .8f);
    if (p.z < -6.4f || p.y < -13 || p.y > 1.5f || x > 7.0f)
        return r;
    if (p.y > -9 && x < 2.35f && p.y < line_at(LIP_X, LIP_TOP, x) && p.y > line_at(LIP_X, LIP_LOW, x))
        return r; /* the lips, and the mouth behind them */
    if (p.z < 1.0f && p.y > -9.0f && x < 3.2f)
        return r; /* inside of the mouth */
    float nose = -4.95f - .42f * fmaxf(x - .75f, 0), top = line_at(LIP_X, LIP_TOP, x);
    /* The groove under the nose is bare. */
    float groove = avt_smoothstep(.05f, .40f, x) * .7f + .3f;
    r.lip = avt_smoothstep(nose + .05f, nose - .35f, p.y + .4f * soft) * avt_smoothstep(top + .02f, top + .14f, p.y) *
            avt_smoothstep(3.25f, 2.8f, x + .4f * soft) * groove * (p.y > -8.3f);
    /* Round the corners of the mouth, where the two meet. */
    if (x > 2.4f && p.y < -6.6f)
        r.lip = fmaxf(r.lip, avt_smoothstep(2.42f, 2.6f, x) * avt_smoothstep(3.4f, 3.0f, x) *
                                 avt_smoothstep(-8.6f, -8.0f, p.y));
    float neck = line_at(NECK_Z, NECK_Y, p.z), under = avt_smoothstep(neck - .1f, neck + .9f, p.y + soft);
    float low = line_at(LIP_X, LIP_LOW, x), below = avt_smoothstep(low - .10f, low - .32f, p.y);
    /* Bare beside the tuft under the lower lip. */
    float bare = avt_smoothstep(.35f, .75f, x) * avt_smoothstep(2.3f, 1.7f, x) * avt_smoothstep(-8.75f, -8.35f, p.y);
    r.chin = below * (1 - .85f * bare) * under;
    float edge = line_at(CHEEK_X, CHEEK_Y, x);
    r.cheek =
        x > 2.3f ? avt_smoothstep(edge + .30f, edge - .65f, p.y + soft) * under * avt_smoothstep(2.4f, 2.9f, x) : 0;
    r.neck = avt_smoothstep(-10.2f, -11.2f, p.y) * under;
    r.burns = avt_smoothstep(5.9f, 6.3f, x) * avt_smoothstep(-2.6f, -3.2f, p.z) * avt_smoothstep(-6.2f, -5.6f, p.z) *
              avt_smoothstep(-4.2f, -3.0f, p.y + soft) * avt_smoothstep(1.4f, .4f, p.y);
    return r;
}

struct beard {
    const struct beard_row *row;
    bool sideburns;
    uint32_t seed;
};

/* Share of hairs and their length at a place. */
static float grown_at(const struct beard *beard, struct avt_point3 p, float *ret_length)
{
    const struct beard_row *row = beard->row;
    struct regions r = regions_at(p, beard->seed);
    float x = fabsf(p.x), full = 0, length = 0;
    /* Without a beard a moustache ends at the corners of the mouth. */
    float lip = row->chin > 0 ? r.lip : r.lip * avt_smoothstep(-7.3f, -6.9f, p.y);
    if (row->lip > 0 && lip > full) {
        full = lip;
        length = row->lip;
    }
    float chin = row->width < 3 ? r.chin * avt_smoothstep(row->width + .25f, row->width - .25f, x)
                                : r.chin * avt_smoothstep(3.4f, 2.8f, x);
    if (row->chin > 0 && chin > full) {
        full = chin;
        length = row->chin * avt_mix(.35f, 1, avt_smoothstep(-7.8f, -10.2f, p.y));
    }
    float cheek =
        beard->sideburns ? r.cheek * avt_smoothstep(4.4f, 5.2f, x) * avt_smoothstep(-8.5f, -6.5f, p.y) : r.cheek;
    if (row->cheek > 0 && cheek > full) {
        full = cheek;
        float to_chin = row->chin > 0 ? avt_smoothstep(5.2f, 2.8f, x) * avt_smoothstep(-6.5f, -9.5f, p.y) : 0;
        length = avt_mix(row->cheek, .5f * (row->cheek + row->chin), to_chin);
    }
    if (row->burns > 0 && r.burns > full) {
        full = r.burns;
        length = row->burns;
    }
    if (row->neck > 0)
        length = avt_mix(length, row->neck, r.neck);
    *ret_length = length * (.45f + .55f * full);
    return full;
}

static float density(const void *user, struct avt_point3 p)
{
    float length, full = grown_at(user, p, &length);
    /* Denser on the chin and the lip than on the cheek. */
    float cheek = avt_smoothstep(3, 5, fabsf(p.x));
    float thin = avt_smoothstep(3.2f, 2.4f, fabsf(p.x)) * avt_smoothstep(-9.2f, -8.2f, p.y);
    return full * (1 - .25f * cheek + .9f * thin);
}

/* ---- hairs -------------------------------------------------------------------------------------- */

static struct avt_point3 way_at(struct avt_point3 p, bool lip)
{
    float side = avt_smoothstep(-.5f, .5f, p.x) * 2 - 1, x = fabsf(p.x);
    if (lip)
        return avt_vec_unit((struct avt_point3){side * (.35f + .45f * fminf(x, 1.6f)), -.75f, .10f});
    float chin = avt_smoothstep(3.6f, 1.0f, x);
    return avt_vec_unit((struct avt_point3){.10f * p.x * chin, -1, .30f * (1 - chin)});
}

static void grow_hair(const struct beard *beard, const struct avt_hair_root *root, const struct avt_attributes *a,
                      float unit, struct avt_rng *rng, struct avt_point3 *at, size_t points)
{
    static const float CURL[AVT_HAIR_TEXTURE_COUNT] = {.05f, .08f, .13f, .15f};
    const struct beard_row *row = beard->row;
    struct avt_point3 p = root->average, u, v;
    float length;
    grown_at(beard, p, &length);
    bool lip = fabsf(p.x) < 3.3f && p.y > line_at(LIP_X, LIP_TOP, fabsf(p.x)) && p.y > -8;
    if (lip && fabsf(p.x) < 2.3f) /* ends where the lip begins */
        length = fminf(length, fmaxf((p.y - line_at(LIP_X, LIP_TOP, fabsf(p.x))) * 1.5f + .10f, .2f));
    length *= unit * avt_rnd_in(rng, .65f, 1.1f);
    struct avt_point3 lean = {.16f * avt_rnd_normal(rng), .16f * avt_rnd_normal(rng), .10f * avt_rnd_normal(rng)};
    struct avt_point3 way = avt_vec_add(way_at(p, lip), lean);
    way = avt_vec_unit(avt_vec_along(way, -avt_vec_dot(way, root->normal), root->normal));
    way = avt_vec_unit(avt_vec_add(avt_vec_scale(way, 1 - row->stand), avt_vec_scale(root->normal, row->stand)));
    avt_vec_frame(way, &u, &v);
    float step = length / (float)(points - 1), curl = CURL[a->hair_texture] * unit * fminf(length, 1.4f);
    float phase = avt_rnd_in(rng, 0, 6.2832f), turn = avt_rnd_in(rng, 3.0f, 6.0f);
    struct avt_point3 here = root->at;
    at[0] = here;
    for (size_t k = 1; k < points; k++) {
        float gone = step * (float)k;
        way = avt_vec_unit(avt_vec_add(way, (struct avt_point3){0, -.22f * step / (.3f * unit) * (lip ? .4f : 1), 0}));
        here = avt_vec_along(here, step, way);
        /* Long hair gathers before the throat and ends in a point. */
        if (length > 3 * unit) {
            here.x *= 1 - .035f * avt_smoothstep(1, 4, gone);
            here.z += .05f * unit * avt_smoothstep(1, 3, gone);
        }
        at[k] = avt_vec_along(here, curl * (sinf(phase + turn * gone / unit) - sinf(phase)), u);
        at[k] = avt_vec_along(at[k], curl * (cosf(phase + turn * gone / unit) - cosf(phase)), v);
    }
}

static void colour_hair(const struct avt_attributes *a, struct avt_point3 p, struct avt_rng *rng,
                        struct avt_strand *strand)
{
    float colour[3], light = avt_rnd_in(rng, .72f, 1.25f), chance = avt_rnd(rng);
    avt_body_hair_colour(a, a->facial_hair_colour, colour);
    /* The chin goes grey first. */
    float chin = avt_smoothstep(2.6f, 1.2f, fabsf(p.x)) * avt_smoothstep(-8, -9, p.y);
    float grey = fminf(a->grey * (.85f + .8f * chin * (1 - a->grey)) + (a->grey >= 1), 1.3f);
    for (int c = 0; c < 3; c++)
        colour[c] *= light * 1.15f;
    avt_hair_greyed(grey, chance, colour);
    memcpy(strand->colour, colour, sizeof(colour));
    for (int c = 0; c < 3; c++)
        strand->tip_colour[c] = fminf(colour[c] * 1.25f, .9f);
}

enum avt_code avt_beard_grow(const struct avt_bust *bust, const struct avt_attributes *attributes,
                             struct avt_strands **ret_strands, struct avt_error *reterr)
{
    avt_assert(attributes->facial_hair >= 0 && attributes->facial_hair < AVT_FACIAL_HAIR_COUNT);
    const struct beard_row *row = &ROWS[attributes->facial_hair];
    *ret_strands = NULL;
    if (!row->count)
        return AVT_OK;
    struct beard beard = {row, attributes->facial_hair == AVT_FACIAL_HAIR_SIDEBURNS,
                          (uint32_t)attributes->seed * 31u + 7};
    size_t points = (size_t)row->points, count = (size_t)row->count;
    AVT_CLEANUP(avt_strands_freep) struct avt_strands *out = avt_new0(struct avt_strands, 1);
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_try_new0(struct avt_point3, bust->skin.vertex_count);
    AVT_CLEANUP(avt_freep) struct avt_hair_root *roots = avt_try_new0(struct avt_hair_root, count);
    out->points = points;
    out->at = avt_try_new0(struct avt_point3, count * points);
    out->strands = avt_try_new0(struct avt_strand, count);
    if (!normals || !roots || !out->at || !out->strands)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the beard of a presenter");
    avt_mesh_normals(&bust->skin, bust->skin.points, normals);
    struct avt_rng rng = avt_hair_stream(attributes->seed, 51);
    struct avt_scatter scatter = {bust, normals, density, &beard};
    out->count = avt_roots_scatter(&scatter, count, &rng, roots);
    float unit = (bust->crown.y - bust->chin.y) / 21.3f;
    for (size_t i = 0; i < out->count; i++) {
        struct avt_strand *strand = &out->strands[i];
        grow_hair(&beard, &roots[i], attributes, unit, &rng, &out->at[i * points], points);
        *strand = (struct avt_strand){.root = roots[i].triangle,
                                      .radius = row->radius * avt_rnd_in(&rng, .75f, 1.2f),
                                      .tip = .3f,
                                      .sheen = avt_rnd_in(&rng, .15f, .55f)};
        memcpy(strand->share, roots[i].share, sizeof(strand->share));
        colour_hair(attributes, roots[i].average, &rng, strand);
    }
    *ret_strands = AVT_TAKE(out);
    return AVT_OK;
}
