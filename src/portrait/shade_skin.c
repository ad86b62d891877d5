/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "portrait/laned.h"
#include "portrait/lanes.h"
#include "portrait/shade_lanes.h"

/* How far light creeps around the terminator, and how much of the fine relief it blurs: red, green, blue. */
static const float WRAP[3] = {.34f, .16f, .09f}, BLUR[3] = {.75f, .45f, .30f};
/* How much of a shadow's half-light is light that came through the skin beside it. */
static const float CREEP[3] = {.45f, .16f, .08f};
/* Of light that shines through ears and nostrils from behind. */
static const float THROUGH[3] = {.55f, .10f, .05f};
#define SKIN_STRAIGHT .028f /* Schlick's F0 at n = 1.4 */

/* Eight fragments: what is sampled, and the geometry. */
struct lanes {
    avt_v8 albedo[3], oil, across, up, lip, lit[AVT_LIT_COUNT], thin;
    struct avt_v3x8 n, view;
};

AVT_LANE_FN struct avt_v3x8 bumped(const struct lanes *s)
{
    avt_v8 zero = avt_v8_all(0);
    struct avt_v3x8 n = s->n, a = avt_v3x8_unit((struct avt_v3x8){n.z, zero, -n.x});
    struct avt_v3x8 up = {n.y * a.z - n.z * a.y, n.z * a.x - n.x * a.z, n.x * a.y - n.y * a.x};
    return avt_v3x8_unit((struct avt_v3x8){n.x - s->across * a.x - s->up * up.x, n.y - s->across * a.y - s->up * up.y,
                                           n.z - s->across * a.z - s->up * up.z});
}

/* As avt_gloss(), for two roughnesses; the second counts by `second`. */
AVT_LANE_FN avt_v8 gloss_of(struct avt_v3x8 n, struct avt_v3x8 view, const struct avt_lamp *lamp, avt_v8 rough,
                            avt_v8 second)
{
    struct avt_v3x8 half = avt_half8(view, lamp);
    avt_v8 zero = avt_v8_all(0), one = avt_v8_all(1);
    avt_v8 faces = avt_v8_max(avt_v3x8_dot_all(n, lamp->to), zero);
    avt_v8 nh = avt_v8_max(avt_v3x8_dot(n, half), zero);
    avt_v8 lh = avt_v8_max(avt_v3x8_dot_all(half, lamp->to), zero);
    avt_v8 back = 1 - lh, back2 = back * back, fresnel = SKIN_STRAIGHT + (1 - SKIN_STRAIGHT) * back2 * back2 * back;
    avt_v8 around = avt_v8_max(lh * lh, avt_v8_all(.1f)), nh2 = nh * nh;
    avt_v8 a = avt_v8_min(rough * rough + .5f * lamp->spread, one), a2 = a * a, d = nh2 * (a2 - 1) + 1;
    avt_v8 sum = a2 / (4 * d * d * around * (rough + .5f));
    const float fine = .26f;
    float fa = fine * fine + .5f * lamp->spread, fa2 = fa * fa;
    avt_v8 fd = nh2 * (fa2 - 1) + 1;
    sum += second * fa2 / (4 * fd * fd * around * (fine + .5f));
    return faces * fresnel * sum;
}

AVT_LANE_FN void real(const struct avt_shade_scene *scene, const struct lanes *s, avt_v8 rgb[3])
{
    struct avt_v3x8 fine = bumped(s);
    avt_v8 zero = avt_v8_all(0), rough = .54f - .16f * s->oil, room = s->lit[AVT_LIT_ROOM];
    avt_v8 gloss[3] = {zero, zero, zero};
    for (int c = 0; c < 3; c++) {
        avt_v8 bounce = room / (1 - .75f * s->albedo[c] * (1 - room));
        float below = scene->rig.below[c], above = scene->rig.above[c];
        rgb[c] = (below + (above - below) * (.5f + .5f * fine.y)) * bounce;
    }
    for (int k = 0; k < AVT_LAMPS; k++) {
        const struct avt_lamp *lamp = &scene->rig.lamps[k];
        avt_v8 smooth = avt_v3x8_dot_all(s->n, lamp->to), sharp = avt_v3x8_dot_all(fine, lamp->to), open = s->lit[k];
        avt_v8 behind = s->thin * avt_v8_max(-smooth, zero);
        /* Light from behind only grazes: a full highlight there makes skin look like plastic. */
        float graze = k >= AVT_LAMP_RIM_LEFT ? .35f : 1;
        avt_v8 shine = graze * open * gloss_of(fine, s->view, lamp, rough, .35f * s->oil);
        for (int c = 0; c < 3; c++) {
            avt_v8 faces = sharp + BLUR[c] * (smooth - sharp);
            avt_v8 diffuse = avt_v8_max(faces + WRAP[c], zero) * (1 / (1 + WRAP[c]));
            avt_v8 shadow = open + CREEP[c] * open * (1 - open);
            rgb[c] += lamp->colour[c] * ((diffuse * diffuse * .35f + diffuse * .65f) * shadow + THROUGH[c] * behind);
            gloss[c] += lamp->colour[c] * shine;
        }
    }
    avt_v8 edge = 1 - avt_v8_max(avt_v3x8_dot(s->n, s->view), zero), edge2 = edge * edge;
    avt_v8 down = edge2 * edge2 * .22f * room; /* fine down catches light at the outline */
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_tone8(s->albedo[c] * (rgb[c] + down) + gloss[c]);
}

AVT_LANE_FN void toon(const struct avt_shade_scene *scene, const struct lanes *s, avt_v8 rgb[3])
{
    static const float SHADOW[3] = {.66f, .50f, .58f};
    const struct avt_lamp *key = &scene->rig.lamps[AVT_LAMP_KEY];
    avt_v8 zero = avt_v8_all(0), one = avt_v8_all(1);
    avt_v8 faces = avt_v3x8_dot_all(s->n, key->to);
    avt_v8 light = (.5f + .5f * faces) * (.35f + .65f * s->lit[AVT_LAMP_KEY]) * (.5f + .5f * s->lit[AVT_LIT_ROOM]);
    /* A lip in full shadow reads as an open mouth. */
    light = light + s->lip * .5f * avt_v8_max(.62f - light, zero);
    /* Bands alone leave a face flat: half of it is a soft gradient, as painters of animated films lay it. */
    avt_v8 band = avt_bands8(light * 1.25f);
    band = avt_v8_mix(band, .40f + .60f * avt_v8_smoothstep(.24f, .88f, light), avt_v8_all(.55f));
    avt_v8 edge = 1 - avt_v8_max(avt_v3x8_dot(s->n, s->view), zero);
    avt_v8 side = avt_v8_pick(s->n.x > 0, s->lit[AVT_LAMP_RIM_RIGHT], s->lit[AVT_LAMP_RIM_LEFT]);
    avt_v8 rim = avt_v8_smoothstep(.60f, .66f, edge) * .22f * side;
    avt_v8 ink = .85f * avt_v8_smoothstep(.78f, .90f, edge); /* the outline */
    struct avt_v3x8 half = avt_half8(s->view, key);
    avt_v8 towards = avt_v3x8_dot(s->n, half);
    avt_v8 shine = s->lip * avt_v8_smoothstep(.955f, .99f, towards) * .45f +
                   (1 - s->lip) * s->oil * avt_v8_smoothstep(.93f, .985f, towards) * .35f;
    avt_v8 open = avt_v8_smoothstep(.46f, 1, band);
    for (int c = 0; c < 3; c++) {
        avt_v8 tint = avt_v8_mix(avt_v8_all(SHADOW[c]), one, open);
        avt_v8 lit = tint * (.68f + .52f * band) * (.9f + .1f * key->colour[c]) + rim;
        avt_v8 flat = s->albedo[c] * (lit + shine); /* white on lips looks like teeth */
        rgb[c] = avt_tone8(flat + ink * (.10f * s->albedo[c] - flat));
    }
}

/* Columns and rows of eight fragments on the map, as avt_skin_place(). */
AVT_LANE_FN void places(avt_v8 x, avt_v8 y, avt_v8 z, avt_v8 *ret_column, avt_v8 *ret_row)
{
    avt_v8 zero = avt_v8_all(0), depth = z - AVT_SKIN_AXIS_CM, ax = avt_v8_max(x, -x), az = avt_v8_max(depth, -depth);
    avt_v8 t = avt_v8_min(ax, az) / avt_v8_max(avt_v8_max(ax, az), avt_v8_all(1e-6f)), s = t * t;
    avt_v8 angle = t * (.99986f + s * (-.33029f + s * (.18014f + s * (-.08513f + s * .02083f))));
    angle = avt_v8_pick(ax > az, 1.57079633f - angle, angle);
    angle = avt_v8_pick(depth < zero, 3.14159265f - angle, angle);
    angle = avt_v8_pick(x < zero, -angle, angle);
    *ret_column = (angle * (.5f / 3.14159265f) + .5f) * AVT_SKIN_COLUMNS - .5f;
    avt_v8 row = (AVT_SKIN_TOP_CM - y) * (AVT_SKIN_ROWS / AVT_SKIN_HEIGHT_CM) - .5f;
    *ret_row = avt_v8_min(avt_v8_max(row, zero), avt_v8_all(AVT_SKIN_ROWS - 1.001f));
}

_Static_assert(sizeof(struct avt_skin_texel) == 8, "a texel is read as eight bytes");

AVT_LANE_FN avt_v8 texel_at(const struct avt_skin_map *map, float column, float row)
{
    float left = floorf(column), fx = column - left, fy = row - (float)(int)row;
    int x0 = ((int)left + AVT_SKIN_COLUMNS) % AVT_SKIN_COLUMNS, x1 = (x0 + 1) % AVT_SKIN_COLUMNS;
    const struct avt_skin_texel *upper = map->texels + (size_t)(int)row * AVT_SKIN_COLUMNS,
                                *lower = upper + AVT_SKIN_COLUMNS;
    avt_v8 above = avt_v8_bytes(upper + x0) * (1 - fx) + avt_v8_bytes(upper + x1) * fx;
    avt_v8 below = avt_v8_bytes(lower + x0) * (1 - fx) + avt_v8_bytes(lower + x1) * fx;
    return above * (1 - fy) + below * fy;
}

/* Fragments first .. first + 7; those beyond the last are whatever is there: a batch has room for them. */
AVT_LANE_FN void gather(const struct avt_shade_scene *scene, const struct avt_batch *batch, int first, struct lanes *s)
{
    const float(*vary)[AVT_BATCH] = batch->varyings;
    avt_v8 column, row, texels[AVT_LANES8];
    places(avt_v8_load(vary[AVT_VARY_LOCAL] + first), avt_v8_load(vary[AVT_VARY_LOCAL + 1] + first),
           avt_v8_load(vary[AVT_VARY_LOCAL + 2] + first), &column, &row);
    for (int k = 0; k < AVT_LANES8; k++)
        texels[k] = first + k < batch->count ? texel_at(scene->skin, column[k], row[k]) : avt_v8_all(0);
    avt_v8_transpose(texels); /* in the order of struct avt_skin_texel */
    for (int c = 0; c < 3; c++)
        s->albedo[c] = texels[c] * texels[c] * (1.0f / (255 * 255));
    s->oil = texels[3] * (1.0f / 255);
    s->across = (texels[4] - 128) * (AVT_SKIN_SLOPE / 127);
    s->up = (texels[5] - 128) * (AVT_SKIN_SLOPE / 127);
    s->lip = texels[6] * (1.0f / 255);
    s->n = avt_v3x8_unit(avt_batch_vec8(batch, AVT_VARY_NORMAL, first));
    s->view = avt_batch_view8(batch, scene->camera, first);
    for (int k = 0; k < AVT_LIT_COUNT; k++)
        s->lit[k] = avt_v8_load(vary[AVT_VARY_LIT + k] + first);
    s->thin = avt_v8_load(vary[AVT_VARY_EXTRA] + first);
}

void AVT_LANED(avt_shade_skin)(const void *data, struct avt_batch *batch)
{
    /* Dim, as lamps hardly reach it; drawn, a flat dark red. */
    static const float CAVITIES[2][3] = {{.030f, .008f, .008f}, {.060f, .014f, .013f}};
    const struct avt_shade_scene *scene = data;
    const float *cavity = CAVITIES[scene->look == AVT_LOOK_TOON];
    for (int first = 0; first < batch->count; first += AVT_LANES8) {
        struct lanes s;
        gather(scene, batch, first, &s);
        avt_v8 rgb[3], zero = avt_v8_all(0), inside = avt_v8_min(avt_v8_max(-s.thin, zero), avt_v8_all(1));
        s.thin = avt_v8_max(s.thin, zero);
        if (scene->look == AVT_LOOK_TOON)
            toon(scene, &s, rgb);
        else
            real(scene, &s, rgb);
        for (int c = 0; c < 3; c++)
            avt_v8_store(batch->rgb[c] + first, rgb[c] + inside * (cavity[c] - rgb[c]));
    }
}
