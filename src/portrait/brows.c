/* SPDX-License-Identifier: Apache-2.0 */
/* Brows: short hairs between curves on the average face. They stand up near the nose, lie along the brow farther out,
 * and the upper ones bend down to meet the lower. */
#include "portrait/brows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { KNOTS = 6 };
/* cm from the middle of the face; heights over the eyes by shape, and half the thickness. */
static const float KNOT_X[KNOTS] = {1.15f, 1.8f, 2.7f, 3.6f, 4.4f, 5.15f};
static const float SOFT_Y[KNOTS] = {1.62f, 1.80f, 2.02f, 2.20f, 2.16f, 1.78f};
static const float STRAIGHT_Y[KNOTS] = {1.72f, 1.82f, 1.92f, 2.00f, 2.00f, 1.82f};
static const float ARCHED_Y[KNOTS] = {1.55f, 1.78f, 2.12f, 2.46f, 2.40f, 1.84f};
static const float HALF[KNOTS] = {.24f, .33f, .31f, .25f, .16f, .06f};

struct shape {
    float y[KNOTS], half[KNOTS];
    float length, radius;
    int count;
};

struct avt_point3 *avt_brow_more(struct avt_strands *strands, struct avt_strand **ret_strand)
{
    if (strands->count >= AVT_BROW_STRANDS_MAX)
        return NULL;
    *ret_strand = &strands->strands[strands->count];
    return &strands->at[strands->count++ * strands->points];
}

/* Piecewise cubic through the knots (Catmull and Rom), by x. */
static float curve(const float *y, float x)
{
    int k = 0;
    while (k + 2 < KNOTS && x > KNOT_X[k + 1])
        k++;
    float t = fminf(fmaxf((x - KNOT_X[k]) / (KNOT_X[k + 1] - KNOT_X[k]), 0), 1);
    float before = y[k ? k - 1 : 0], a = y[k], b = y[k + 1], after = y[k + 2 < KNOTS ? k + 2 : KNOTS - 1];
    float in = .5f * (b - before), out = .5f * (after - a);
    return a + t * (in + t * (3 * (b - a) - 2 * in - out + t * (2 * (a - b) + in + out)));
}

static void shape_of(const struct avt_attributes *a, struct shape *ret_shape)
{
    static const float THICK[AVT_BROWS_COUNT] = {.62f, 1, 1.42f, 1, .88f};
    static const float FULL[AVT_BROWS_COUNT] = {.55f, 1, 1.6f, 1.05f, .9f};
    const float *y = a->brows == AVT_BROWS_STRAIGHT ? STRAIGHT_Y : a->brows == AVT_BROWS_ARCHED ? ARCHED_Y : SOFT_Y;
    float male = avt_smoothstep(.3f, .75f, a->masculine) * avt_smoothstep(12, 20, a->age);
    float young = avt_smoothstep(16, 6, a->age), old = avt_smoothstep(55, 80, a->age);
    float thick = THICK[a->brows] * (.92f + .26f * male) * (1 - .25f * young) * (1 - .12f * old * (1 - male));
    for (int k = 0; k < KNOTS; k++) {
        /* Men's lie lower and flatter. */
        ret_shape->y[k] = avt_mix(y[k], .55f * y[k] + .45f * STRAIGHT_Y[k], male) - .16f * male;
        ret_shape->half[k] = HALF[k] * thick;
    }
    ret_shape->length = (.80f + .12f * male + .3f * old * male) * (.75f + .25f * thick);
    ret_shape->radius = .0135f + .002f * male + .002f * old * male;
    ret_shape->count = (int)(340 * FULL[a->brows] * (.9f + .25f * male) * (1 - .3f * young) * (1 - .25f * old));
}

static float along(float u, const float *at, const float *values, int count)
{
    for (int k = 0; k + 1 < count; k++)
        if (u < at[k + 1])
            return avt_mix(values[k], values[k + 1], fmaxf(u - at[k], 0) / (at[k + 1] - at[k]));
    return values[count - 1];
}

static void grow_one(const struct avt_skin_front *front, const struct shape *shape, int side, struct avt_rng *rng,
                     struct avt_strands *strands, const float colour[3])
{
    static const float ANGLE_AT[] = {0, .12f, .35f, .7f, 1}, ANGLES[] = {1.25f, .95f, .50f, .22f, .02f};
    static const float SIZE_AT[] = {0, .2f, .7f, 1}, SIZES[] = {.62f, 1, 1, .62f};
    /* Denser in the middle than at both ends. */
    float u = .5f + .5f * (avt_rnd(rng) + avt_rnd(rng) - 1) * .45f + .5f * (2 * avt_rnd(rng) - 1) * .55f;
    float x = avt_mix(KNOT_X[0], KNOT_X[KNOTS - 1], u), across = avt_rnd_normal(rng) * .42f;
    across = fminf(fmaxf(across, -1.1f), 1.1f);
    float y = curve(shape->y, x) + across * curve(shape->half, x);
    float slope = atanf((curve(shape->y, x + .1f) - curve(shape->y, x - .1f)) / .2f);
    float turn = along(u, ANGLE_AT, ANGLES, 5) - .42f * across + .15f * avt_rnd_normal(rng);
    float length = shape->length * along(u, SIZE_AT, SIZES, 4) * avt_rnd_in(rng, .6f, 1.12f);
    float light = .85f + .3f * avt_rnd(rng), cx = x, cy = y;
    struct avt_point3 path[AVT_BROW_POINTS];
    struct avt_skin_spot spot, root = {0};
    for (int k = 0; k < AVT_BROW_POINTS; k++) {
        float t = (float)k / (AVT_BROW_POINTS - 1);
        if (!avt_skin_front_at(front, (float)side * cx, cy, &spot))
            return;
        if (!k)
            root = spot;
        path[k] = avt_vec_along(spot.at, .012f + .09f * sinf(2.6f * t) * (.6f + .4f * turn), spot.normal);
        float way = slope + turn * (1 - .45f * t);
        cx += length / (AVT_BROW_POINTS - 1) * cosf(way);
        cy += length / (AVT_BROW_POINTS - 1) * sinf(way);
    }
    struct avt_strand *strand;
    struct avt_point3 *at = avt_brow_more(strands, &strand);
    if (!at)
        return;
    memcpy(at, path, sizeof(path));
    *strand = (struct avt_strand){
        .root = root.triangle, .radius = shape->radius * avt_rnd_in(rng, .75f, 1.15f), .tip = .2f, .sheen = .30f};
    memcpy(strand->share, root.share, sizeof(root.share));
    for (int c = 0; c < 3; c++)
        strand->colour[c] = strand->tip_colour[c] = colour[c] * light;
}

enum avt_code avt_brows_grow(const struct avt_bust *bust, const struct avt_attributes *attributes, enum avt_look look,
                             struct avt_strands **ret_strands, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_strands_freep) struct avt_strands *out = avt_new0(struct avt_strands, 1);
    AVT_CLEANUP(avt_freep) struct avt_point3 *normals = avt_try_new0(struct avt_point3, bust->skin.vertex_count);
    out->points = AVT_BROW_POINTS;
    out->at = avt_try_new0(struct avt_point3, AVT_BROW_STRANDS_MAX * AVT_BROW_POINTS);
    out->strands = avt_try_new0(struct avt_strand, AVT_BROW_STRANDS_MAX);
    AVT_CLEANUP(avt_freep) struct avt_skin_front *front = avt_new0(struct avt_skin_front, 1);
    if (!normals || !out->at || !out->strands)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for the brows of a presenter");
    avt_mesh_normals(&bust->skin, bust->skin.points, normals);
    enum avt_code code = avt_skin_front_make(bust, normals, front, reterr);
    if (code == AVT_OK) {
        struct shape shape;
        shape_of(attributes, &shape);
        float colour[3], grey = .75f * avt_smoothstep(.25f, 1, attributes->grey);
        avt_body_hair_colour(attributes, attributes->hair_colour, colour);
        struct avt_rng rng = avt_hair_stream(attributes->seed, 41);
        for (int side = -1; side <= 1; side += 2)
            for (int i = 0; i < shape.count; i++) {
                float own[3] = {colour[0], colour[1], colour[2]};
                avt_hair_greyed(grey, avt_rnd(&rng), own);
                grow_one(front, &shape, side, &rng, out, own);
            }
        avt_lashes_grow(bust, attributes, look, out);
        *ret_strands = AVT_TAKE(out);
    }
    avt_skin_front_done(front);
    return code;
}
