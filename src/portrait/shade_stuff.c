/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/noise.h"
#include "portrait/shade.h"
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
    float height, du, dv;
};

/* Smooth noise, -1..1, features of about `1 / scale` cm. */
static struct relief ripples(float u, float v, float scale, uint32_t seed)
{
    float x = u * scale, y = v * scale, fx = floorf(x), fy = floorf(y);
    int32_t ix = (int32_t)fx, iy = (int32_t)fy;
    float tx = x - fx, ty = y - fy, sx = tx * tx * (3 - 2 * tx), sy = ty * ty * (3 - 2 * ty);
    float a = avt_hash_unit(avt_hash3(ix, iy, 5, seed)), b = avt_hash_unit(avt_hash3(ix + 1, iy, 5, seed));
    float c = avt_hash_unit(avt_hash3(ix, iy + 1, 5, seed)), d = avt_hash_unit(avt_hash3(ix + 1, iy + 1, 5, seed));
    float low = a + sx * (b - a), high = c + sx * (d - c);
    return (struct relief){2 * (low + sy * (high - low)) - 1,
                           2 * scale * 6 * tx * (1 - tx) * avt_mix(b - a, d - c, sy),
                           2 * scale * 6 * ty * (1 - ty) * (high - low)};
}

/* Knitted stitches: columns of Vs. Finer ones than a few pixels would only flicker, so they are left out. */
static struct relief stitches(float u, float v, float weave)
{
    float x = u / weave, across = x - floorf(x) - .5f, y = 1.25f * v / weave + .9f * fabsf(across);
    float up = y - floorf(y) - .5f, column = 1 - 4 * across * across, row = 1 - 4 * up * up;
    float seen = avt_smoothstep(.12f, .30f, weave), side = across < 0 ? -1 : 1;
    float by_row = seen * column * -8 * up * 1.25f / weave;
    float du = seen * (-8 * across / weave * (.45f + .55f * row)) + .55f * by_row * .72f * side;
    return (struct relief){seen * column * (.45f + .55f * row), du, .55f * by_row};
}

/* Creases and threads of a piece: how light it is, and how its normal leans. u, v in tenths of centimetres. */
static float woven(const struct avt_shade_stuff *stuff, float u, float v, struct avt_point3 view,
                   struct avt_point3 *n)
{
    const struct stuff_row *row = &ROWS[stuff->stuff];
    if (row->crease <= 0)
        return 1;
    u *= 10;
    v *= 10;
    struct relief wide = ripples(u + .4f * v, .5f * v - .25f * u, .30f, stuff->seed);
    struct relief fine = ripples(u + .25f * v, v, .95f, stuff->seed + 1), grain = ripples(u, v, 5.5f, stuff->seed + 2);
    float sharp = 1 - fabsf(wide.height), lean = row->crease * sharp; /* creases are sharpest where they turn */
    float du = lean * wide.du + .30f * row->crease * fine.du + row->grain * grain.du;
    float dv = lean * wide.dv + .30f * row->crease * fine.dv + row->grain * grain.dv;
    float light = 1 + .035f * fine.height + .05f * grain.height * (row->grain > 0 ? 1.0f : 0);
    if (stuff->stuff == AVT_STUFF_KNIT && stuff->weave > 0) {
        struct relief knit = stitches(u, v, stuff->weave);
        du += .05f * knit.du * stuff->weave / .3f;
        dv += .05f * knit.dv * stuff->weave / .3f;
        float slant = avt_smoothstep(.05f, .55f, avt_vec_dot(*n, view));
        light *= .90f + .16f * slant * (knit.height - .25f);
    }
    /* Seen at a slant, threads are closer than pixels. */
    float seen = avt_smoothstep(.05f, .55f, avt_vec_dot(*n, view));
    du *= seen;
    dv *= seen;
    struct avt_point3 along = avt_vec_unit(avt_vec_cross((struct avt_point3){0, 1, 0}, *n));
    struct avt_point3 up = avt_vec_cross(*n, along);
    *n = avt_vec_unit(avt_vec_along(avt_vec_along(*n, -du, along), -dv, up));
    return light;
}

static void real(const struct avt_shade_stuff *stuff, struct avt_point3 n, struct avt_point3 view,
                 const float lit[AVT_LIT_COUNT], float texture, float rgb[3])
{
    const struct stuff_row *row = &ROWS[stuff->stuff];
    const struct avt_light_rig *rig = &stuff->scene->rig;
    bool metal = stuff->stuff == AVT_STUFF_METAL;
    float edge = 1 - avt_max(avt_vec_dot(n, view), 0), sheen = row->sheen * edge * edge * edge;
    float gloss[3] = {0}, light[3];
    for (int c = 0; c < 3; c++)
        light[c] = avt_room(rig, c, n.y) * lit[AVT_LIT_ROOM];
    for (int k = 0; k < AVT_LAMPS; k++) {
        const struct avt_lamp *lamp = &rig->lamps[k];
        float diffuse = avt_max(avt_vec_dot(n, lamp->to) + row->wrap, 0) / (1 + row->wrap) * lit[k];
        float shine = row->gloss * lit[k] * avt_gloss(n, view, lamp, row->rough, row->straight);
        for (int c = 0; c < 3; c++) {
            light[c] += lamp->colour[c] * diffuse;
            gloss[c] += lamp->colour[c] * shine;
        }
    }
    struct avt_point3 mirrored = avt_vec_along(avt_vec_scale(view, -1), 2 * avt_vec_dot(n, view), n);
    for (int c = 0; c < 3; c++) {
        float own = stuff->colour[c] * texture, room = avt_room(rig, c, mirrored.y) * lit[AVT_LIT_ROOM];
        float mirror = row->rough < .5f ? row->straight + (1 - row->straight) * edge * edge * edge * edge * edge : 0;
        /* What a lens mirrors is on top of what passes: coatings take most of it. */
        if (stuff->stuff == AVT_STUFF_LENS)
            rgb[c] = avt_tone((1 - stuff->clear) * own * light[c] + .35f * gloss[c] + .5f * mirror * room);
        else if (metal)
            rgb[c] = avt_tone(own * (.15f * light[c] + 1.1f * room + 1.6f * gloss[c]));
        else
            rgb[c] = avt_tone(own * light[c] + sheen * light[c] * (.3f + .7f * own) + gloss[c] + mirror * room);
    }
}

/* Flat tones; seams and rims, which are dark, become lines. */
static void toon(const struct avt_shade_stuff *stuff, struct avt_point3 n, struct avt_point3 view,
                 const float lit[AVT_LIT_COUNT], float texture, float shade, float rgb[3])
{
    static const float SHADOW[3] = {.62f, .58f, .74f};
    const struct avt_lamp *key = &stuff->scene->rig.lamps[AVT_LAMP_KEY];
    float light = (.5f + .5f * avt_vec_dot(n, key->to)) * (.4f + .6f * lit[AVT_LAMP_KEY]) *
                  (.5f + .5f * lit[AVT_LIT_ROOM]);
    float band = avt_bands(light * 1.25f);
    struct avt_point3 half = avt_vec_unit(avt_vec_add(view, key->to));
    float ink = .85f * avt_smoothstep(.82f, .90f, 1 - avt_max(avt_vec_dot(n, view), 0)); /* the outline */
    bool glossy = stuff->stuff >= AVT_STUFF_PLASTIC;
    float shine = glossy ? .5f * avt_smoothstep(.93f, .96f, avt_vec_dot(n, half)) : 0;
    float own = stuff->stuff == AVT_STUFF_LENS ? 1 - stuff->clear : 1;
    float line = .48f + .52f * avt_smoothstep(.62f, .80f, shade);
    /* On dark cloth lines are lighter than it. */
    float lifted = .16f * (1 - line) * avt_smoothstep(.12f, .02f, stuff->colour[1]);
    shine *= stuff->stuff == AVT_STUFF_LENS ? .4f : 1;
    for (int c = 0; c < 3; c++) {
        float tint = avt_mix(SHADOW[c], 1, avt_smoothstep(.46f, 1, band));
        float flat = own * line * stuff->colour[c] * (.85f + .15f * texture) * tint * (.66f + .48f * band);
        flat += shine + lifted;
        rgb[c] = avt_tone(avt_mix(flat, .10f * stuff->colour[c], stuff->stuff == AVT_STUFF_LENS ? 0 : ink));
    }
}

void avt_shade_stuff(const void *data, struct avt_batch *batch)
{
    const struct avt_shade_stuff *stuff = data;
    for (int i = 0; i < batch->count; i++) {
        struct avt_point3 n = avt_vec_unit(avt_batch_vec(batch, AVT_VARY_NORMAL, i));
        struct avt_point3 view =
            avt_vec_unit(avt_vec_sub(stuff->scene->camera, avt_batch_vec(batch, AVT_VARY_PLACE, i)));
        if (avt_vec_dot(n, view) < 0)
            n = avt_vec_scale(n, -1);
        float lit[AVT_LIT_COUNT], rgb[3];
        for (int k = 0; k < AVT_LIT_COUNT; k++)
            lit[k] = batch->varyings[AVT_VARY_LIT + k][i];
        struct avt_point3 smooth = n;
        float shade = batch->varyings[AVT_VARY_LOCAL + 2][i];
        float u = batch->varyings[AVT_VARY_LOCAL][i], v = batch->varyings[AVT_VARY_LOCAL + 1][i];
        float texture = woven(stuff, u, v, view, &n);
        if (stuff->scene->look == AVT_LOOK_TOON)
            toon(stuff, smooth, view, lit, texture, shade, rgb);
        else
            real(stuff, n, view, lit, texture * shade, rgb);
        if (stuff->stuff == AVT_STUFF_LENS)
            batch->pass[i] = stuff->clear;
        for (int c = 0; c < 3; c++)
            batch->rgb[c][i] = rgb[c];
    }
}

/* ---- inside the mouth --------------------------------------------------------------------------- */

void avt_shade_mouth(const void *data, struct avt_batch *batch)
{
    static const float TOOTH[3] = {.74f, .67f, .55f};
    const struct avt_shade_mouth *mouth = data;
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
            float ivory = TOOTH[c] * (.62f + .38f * tooth);
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

/* ---- hair --------------------------------------------------------------------------------------- */

/* Light that goes straight on and around a fibre: strong where the strand lies across it. */
static float lobe(float across, float shift, float width)
{
    float t = (across - shift) / width;
    return 1 / (1 + t * t * t * t);
}

void avt_shade_hair(const struct avt_shade_scene *scene, struct avt_point3 place, struct avt_point3 along,
                    const float lit[AVT_LIT_COUNT], const float colour[3], float sheen, float ret_rgb[3])
{
    struct avt_point3 view = avt_vec_unit(avt_vec_sub(scene->camera, place));
    float view_along = avt_vec_dot(along, view), room = lit[AVT_LIT_ROOM];
    bool real = scene->look == AVT_LOOK_REAL;
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = colour[c] * avt_room(&scene->rig, c, .2f) * (.25f + .75f * room);
    for (int k = 0; k < AVT_LAMPS; k++) {
        const struct avt_lamp *lamp = &scene->rig.lamps[k];
        float lamp_along = avt_vec_dot(along, lamp->to), sum = lamp_along + view_along;
        float diffuse = sqrtf(avt_max(1 - lamp_along * lamp_along, 0));
        bool behind = k >= AVT_LAMP_RIM_LEFT;
        /* White off the surface, shifted to the root; coloured from inside, to the tip, wider. */
        float white = lobe(sum, -.10f, .16f), inner = lobe(sum, .14f, .30f), through = behind ? lobe(sum, 0, .35f) : 0;
        for (int c = 0; c < 3; c++) {
            float tint = sqrtf(avt_max(colour[c], 0));
            float inside = (.55f * inner + .6f * through) * tint * colour[c] + .16f * inner * colour[c];
            float flat = .35f * sheen * avt_smoothstep(.55f, .75f, white) * tint;
            float shine = real ? .085f * sheen * white + inside : flat;
            ret_rgb[c] += lamp->colour[c] * lit[k] * (.80f * colour[c] * diffuse + shine);
        }
    }
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = avt_tone(ret_rgb[c]);
}
