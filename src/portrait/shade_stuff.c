/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/laned.h"
#include "portrait/shade_lanes.h"
#include "portrait/shade_parts.h"
#include "portrait/vec.h"

struct stuff_row {
    float rough, straight; /* of the highlight; Schlick's F0 */
    float gloss;           /* how much of it */
    float sheen;           /* light that fibres catch at the outline */
    float wrap;
    float crease, grain;   /* how deep small creases are, and threads or pores, cm */
};
static const struct stuff_row ROWS[] = {
    [AVT_STUFF_CLOTH] = {.85f, .03f, .14f, .06f, .12f, .17f, .006f},
    [AVT_STUFF_KNIT] = {.9f, .03f, .12f, .20f, .22f, .10f, .004f},
    [AVT_STUFF_SATIN] = {.50f, .04f, .60f, .14f, .10f, .16f, 0},
    [AVT_STUFF_LEATHER] = {.46f, .045f, .60f, .02f, .05f, .11f, .006f},
    [AVT_STUFF_PLASTIC] = {.25f, .045f, .55f, 0, .05f, 0, 0},
    [AVT_STUFF_METAL] = {.30f, .6f, 1.0f, 0, 0, 0, 0},
    [AVT_STUFF_LENS] = {.10f, .045f, 1.0f, 0, 0, 0, 0},
};

/* ---- cloth -------------------------------------------------------------------------------------- */

/* Height of a surface and how it rises along it, u and v in centimetres. */
struct relief {
    avt_v8 height, du, dv;
};

/* avt_hash_unit(avt_hash3()) of eight cells of layer 5. */
AVT_LANE_FN avt_v8 hashes(avt_i8 x, avt_i8 y, uint32_t seed)
{
    avt_u8 h = (avt_u8)x * 0x8da6b343u ^ (avt_u8)y * 0xd8163841u ^ (5 * 0xcb1ab31fu ^ seed * 0x9e3779b9u);
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    h ^= h >> 15;
    return __builtin_convertvector((avt_i8)(h >> 8), avt_v8) * (1.0f / 16777216);
}

/* Smooth noise, -1..1, features of about `1 / scale` cm. */
AVT_LANE_FN struct relief ripples(avt_v8 u, avt_v8 v, float scale, uint32_t seed)
{
    avt_v8 x = u * scale, y = v * scale, fx = avt_v8_floor(x), fy = avt_v8_floor(y);
    avt_i8 ix = __builtin_convertvector(fx, avt_i8), iy = __builtin_convertvector(fy, avt_i8);
    avt_v8 tx = x - fx, ty = y - fy, sx = tx * tx * (3 - 2 * tx), sy = ty * ty * (3 - 2 * ty);
    avt_v8 a = hashes(ix, iy, seed), b = hashes(ix + 1, iy, seed);
    avt_v8 c = hashes(ix, iy + 1, seed), d = hashes(ix + 1, iy + 1, seed);
    avt_v8 low = a + sx * (b - a), high = c + sx * (d - c);
    return (struct relief){2 * (low + sy * (high - low)) - 1,
                           2 * scale * 6 * tx * (1 - tx) * avt_v8_mix(b - a, d - c, sy),
                           2 * scale * 6 * ty * (1 - ty) * (high - low)};
}

/* Knitted stitches: columns of Vs. Finer ones than a few pixels would only flicker, so they are left out. */
AVT_LANE_FN struct relief stitches(avt_v8 u, avt_v8 v, float weave)
{
    avt_v8 x = u / weave, across = x - avt_v8_floor(x) - .5f;
    avt_v8 y = 1.25f * v / weave + .9f * avt_v8_max(across, -across), up = y - avt_v8_floor(y) - .5f;
    avt_v8 column = 1 - 4 * across * across, row = 1 - 4 * up * up;
    avt_v8 side = avt_v8_pick(across < 0, avt_v8_all(-1), avt_v8_all(1));
    float seen = avt_smoothstep(.12f, .30f, weave);
    avt_v8 by_row = seen * column * -8 * up * 1.25f / weave;
    avt_v8 du = seen * (-8 * across / weave * (.45f + .55f * row)) + .55f * by_row * .72f * side;
    return (struct relief){seen * column * (.45f + .55f * row), du, .55f * by_row};
}

/* Eight fragments. */
struct lanes {
    struct avt_v3x8 smooth, n, view; /* n leans as the cloth does */
    avt_v8 lit[AVT_LIT_COUNT], texture, shade;
};

/* Creases and threads of a piece: how light it is, and how its normal leans. u, v in tenths of centimetres. */
AVT_LANE_FN void weave(const struct avt_shade_stuff *stuff, avt_v8 u, avt_v8 v, struct lanes *s)
{
    const struct stuff_row *row = &ROWS[stuff->stuff];
    s->texture = avt_v8_all(1);
    if (row->crease <= 0)
        return;
    u *= 10;
    v *= 10;
    struct relief wide = ripples(u + .4f * v, .5f * v - .25f * u, .30f, stuff->seed);
    struct relief fine = ripples(u + .25f * v, v, .95f, stuff->seed + 1), grain = ripples(u, v, 5.5f, stuff->seed + 2);
    /* Creases are sharpest where they turn. */
    avt_v8 lean = row->crease * (1 - avt_v8_max(wide.height, -wide.height));
    avt_v8 du = lean * wide.du + .30f * row->crease * fine.du + row->grain * grain.du;
    avt_v8 dv = lean * wide.dv + .30f * row->crease * fine.dv + row->grain * grain.dv;
    s->texture = 1 + .035f * fine.height + .05f * grain.height * (row->grain > 0 ? 1.0f : 0);
    /* Seen at a slant, threads are closer than pixels. */
    avt_v8 seen = avt_v8_smoothstep(.05f, .55f, avt_v3x8_dot(s->n, s->view));
    if (stuff->stuff == AVT_STUFF_KNIT && stuff->weave > 0) {
        struct relief knit = stitches(u, v, stuff->weave);
        du += .05f * knit.du * stuff->weave / .3f;
        dv += .05f * knit.dv * stuff->weave / .3f;
        s->texture *= .90f + .16f * seen * (knit.height - .25f);
    }
    du *= seen;
    dv *= seen;
    struct avt_v3x8 n = s->n, along = avt_v3x8_unit((struct avt_v3x8){n.z, avt_v8_all(0), -n.x});
    struct avt_v3x8 up = avt_v3x8_cross(n, along);
    s->n = avt_v3x8_unit((struct avt_v3x8){n.x - du * along.x - dv * up.x, n.y - du * along.y - dv * up.y,
                                           n.z - du * along.z - dv * up.z});
}

AVT_LANE_FN void real(const struct avt_shade_stuff *stuff, const struct lanes *s, avt_v8 rgb[3])
{
    const struct stuff_row *row = &ROWS[stuff->stuff];
    const struct avt_light_rig *rig = &stuff->scene->rig;
    avt_v8 zero = avt_v8_all(0), facing = avt_v3x8_dot(s->n, s->view), edge = 1 - avt_v8_max(facing, zero);
    avt_v8 edge2 = edge * edge, sheen = row->sheen * edge2 * edge, texture = s->texture * s->shade;
    avt_v8 room = s->lit[AVT_LIT_ROOM], gloss[3] = {zero, zero, zero}, light[3];
    for (int c = 0; c < 3; c++)
        light[c] = avt_room8(rig, c, s->n.y) * room;
    for (int k = 0; k < AVT_LAMPS; k++) {
        const struct avt_lamp *lamp = &rig->lamps[k];
        avt_v8 faces = avt_v8_max(avt_v3x8_dot_all(s->n, lamp->to) + row->wrap, zero);
        avt_v8 diffuse = faces * (1 / (1 + row->wrap)) * s->lit[k];
        avt_v8 shine = row->gloss * s->lit[k] * avt_gloss8(s->n, s->view, lamp, row->rough, row->straight);
        for (int c = 0; c < 3; c++) {
            light[c] += lamp->colour[c] * diffuse;
            gloss[c] += lamp->colour[c] * shine;
        }
    }
    avt_v8 mirror = row->rough < .5f ? row->straight + (1 - row->straight) * edge2 * edge2 * edge : zero;
    avt_v8 mirrored_y = 2 * facing * s->n.y - s->view.y;
    for (int c = 0; c < 3; c++) {
        avt_v8 own = stuff->colour[c] * texture, around = avt_room8(rig, c, mirrored_y) * room;
        /* What a lens mirrors is on top of what passes: coatings take most of it. */
        if (stuff->stuff == AVT_STUFF_LENS)
            rgb[c] = avt_tone8((1 - stuff->clear) * own * light[c] + .35f * gloss[c] + .5f * mirror * around);
        else if (stuff->stuff == AVT_STUFF_METAL)
            rgb[c] = avt_tone8(own * (.15f * light[c] + 1.1f * around + 1.6f * gloss[c]));
        else
            rgb[c] = avt_tone8(own * light[c] + sheen * light[c] * (.3f + .7f * own) + gloss[c] + mirror * around);
    }
}

/* Flat tones; seams and rims, which are dark, become lines. */
AVT_LANE_FN void toon(const struct avt_shade_stuff *stuff, const struct lanes *s, avt_v8 rgb[3])
{
    static const float SHADOW[3] = {.62f, .58f, .74f};
    const struct avt_lamp *key = &stuff->scene->rig.lamps[AVT_LAMP_KEY];
    avt_v8 zero = avt_v8_all(0), one = avt_v8_all(1);
    avt_v8 light = (.5f + .5f * avt_v3x8_dot_all(s->smooth, key->to)) * (.4f + .6f * s->lit[AVT_LAMP_KEY]) *
                   (.5f + .5f * s->lit[AVT_LIT_ROOM]);
    avt_v8 band = avt_bands8(light * 1.25f), facing = avt_v8_max(avt_v3x8_dot(s->smooth, s->view), zero);
    avt_v8 ink = .85f * avt_v8_smoothstep(.82f, .90f, 1 - facing); /* the outline */
    avt_v8 shine = zero, line = .48f + .52f * avt_v8_smoothstep(.62f, .80f, s->shade);
    bool lens = stuff->stuff == AVT_STUFF_LENS;
    if (stuff->stuff >= AVT_STUFF_PLASTIC)
        shine = (lens ? .05f : .5f) *
                avt_v8_smoothstep(.93f, .96f, avt_v3x8_dot(s->smooth, avt_half8(s->view, key)));
    float own = lens ? 1 - stuff->clear : 1;
    /* On dark cloth lines are lighter than it. */
    avt_v8 lifted = .16f * (1 - line) * avt_smoothstep(.12f, .02f, stuff->colour[1]);
    for (int c = 0; c < 3; c++) {
        avt_v8 tint = avt_v8_mix(avt_v8_all(SHADOW[c]), one, avt_v8_smoothstep(.46f, 1, band));
        avt_v8 flat = own * line * stuff->colour[c] * (.85f + .15f * s->texture) * tint * (.66f + .48f * band);
        flat += shine + lifted;
        rgb[c] = avt_tone8(lens ? flat : flat + ink * (.10f * stuff->colour[c] - flat));
    }
}

void AVT_LANED(avt_shade_stuff)(const void *data, struct avt_batch *batch)
{
    const struct avt_shade_stuff *stuff = data;
    for (int first = 0; first < batch->count; first += AVT_LANES8) {
        struct lanes s;
        struct avt_v3x8 n = avt_v3x8_unit(avt_batch_vec8(batch, AVT_VARY_NORMAL, first));
        s.view = avt_batch_view8(batch, stuff->scene->camera, first);
        /* Seen from either side. */
        avt_v8 side = avt_v8_pick(avt_v3x8_dot(n, s.view) < 0, avt_v8_all(-1), avt_v8_all(1)), rgb[3];
        s.n = s.smooth = avt_v3x8_scale(n, side);
        for (int k = 0; k < AVT_LIT_COUNT; k++)
            s.lit[k] = avt_v8_load(batch->varyings[AVT_VARY_LIT + k] + first);
        s.shade = avt_v8_load(batch->varyings[AVT_VARY_LOCAL + 2] + first);
        weave(stuff, avt_v8_load(batch->varyings[AVT_VARY_LOCAL] + first),
              avt_v8_load(batch->varyings[AVT_VARY_LOCAL + 1] + first), &s);
        if (stuff->scene->look == AVT_LOOK_TOON)
            toon(stuff, &s, rgb);
        else
            real(stuff, &s, rgb);
        for (int c = 0; c < 3; c++)
            avt_v8_store(batch->rgb[c] + first, rgb[c]);
        if (stuff->stuff == AVT_STUFF_LENS)
            avt_v8_store(batch->pass + first, avt_v8_all(stuff->clear));
    }
}

/* ---- inside the mouth --------------------------------------------------------------------------- */

void AVT_LANED(avt_shade_mouth)(const void *data, struct avt_batch *batch)
{
    /* Ivory; drawn, nearly white. */
    static const float TEETH[2][3] = {{.74f, .67f, .55f}, {.76f, .71f, .62f}};
    const struct avt_shade_mouth *mouth = data;
    const float *white = TEETH[mouth->scene->look == AVT_LOOK_TOON];
    const struct avt_light_rig *rig = &mouth->scene->rig;
    for (int i = 0; i < batch->count; i++) {
        struct avt_point3 n = avt_vec_unit(avt_batch_vec(batch, AVT_VARY_NORMAL, i));
        struct avt_point3 view =
            avt_vec_unit(avt_vec_sub(mouth->scene->camera, avt_batch_vec(batch, AVT_VARY_PLACE, i)));
        float open = batch->varyings[AVT_VARY_EXTRA][i], gum = 1, tooth = 1;
        if (mouth->part == AVT_MOUTH_TEETH) {
            gum = batch->varyings[AVT_VARY_LOCAL][i];
            tooth = avt_smoothstep(.05f, .55f, batch->varyings[AVT_VARY_LOCAL + 1][i]);
        }
        for (int c = 0; c < 3; c++) {
            float ivory = white[c] * (.62f + .38f * tooth);
            float own = avt_mix(ivory, mouth->tone[c], gum), light = avt_room(rig, c, n.y) * .8f, shine = 0;
            for (int k = 0; k < AVT_LAMP_RIM_LEFT; k++) {
                const struct avt_lamp *lamp = &rig->lamps[k];
                light += .8f * lamp->colour[c] * avt_max(avt_vec_dot(n, lamp->to) + .3f, 0) / 1.3f;
                shine += lamp->colour[c] * avt_gloss(n, view, lamp, .28f, .05f);
            }
            batch->rgb[c][i] = avt_tone((own * light + .5f * shine) * open);
        }
    }
}
