/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "portrait/shade.h"
#include "portrait/shade_parts.h"
#include "portrait/vec.h"

/* How far light creeps around the terminator, and how much of the fine relief it blurs: red, green, blue. */
static const float WRAP[3] = {.34f, .16f, .09f}, BLUR[3] = {.75f, .45f, .30f};
/* How much of a shadow's half-light is light that came through the skin beside it. */
static const float CREEP[3] = {.45f, .16f, .08f};
/* Of light that shines through ears and nostrils from behind. */
static const float THROUGH[3] = {.55f, .10f, .05f};
#define SKIN_STRAIGHT .028f /* Schlick's F0 at n = 1.4 */

struct sample {
    float albedo[3], oil, across, up, lip;
};

static void sample_map(const struct avt_skin_map *map, struct avt_point3 p, struct sample *ret)
{
    float column, row;
    avt_skin_place(p.x, p.y, p.z, &column, &row);
    column -= .5f;
    row = avt_min(avt_max(row - .5f, 0), AVT_SKIN_ROWS - 1.001f);
    float left = floorf(column);
    float fx = column - left, fy = row - floorf(row);
    int x0 = ((int)left + AVT_SKIN_COLUMNS) % AVT_SKIN_COLUMNS, x1 = (x0 + 1) % AVT_SKIN_COLUMNS, y = (int)row;
    const struct avt_skin_texel *upper = map->texels + (size_t)y * AVT_SKIN_COLUMNS, *lower = upper + AVT_SKIN_COLUMNS;
    const struct avt_skin_texel *texels[4] = {&upper[x0], &upper[x1], &lower[x0], &lower[x1]};
    const float weights[4] = {(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy};
    float sum[7] = {0};
    for (int k = 0; k < 4; k++) {
        const struct avt_skin_texel *texel = texels[k];
        for (int c = 0; c < 3; c++)
            sum[c] += weights[k] * (float)texel->albedo[c];
        sum[3] += weights[k] * (float)texel->oil;
        sum[4] += weights[k] * (float)texel->across;
        sum[5] += weights[k] * (float)texel->up;
        sum[6] += weights[k] * (float)texel->lip;
    }
    for (int c = 0; c < 3; c++)
        ret->albedo[c] = sum[c] * sum[c] * (1.0f / (255 * 255));
    ret->oil = sum[3] * (1.0f / 255);
    ret->across = sum[4] * (AVT_SKIN_SLOPE / 127);
    ret->up = sum[5] * (AVT_SKIN_SLOPE / 127);
    ret->lip = sum[6] * (1.0f / 255);
}

static struct avt_point3 bumped(struct avt_point3 n, const struct sample *s)
{
    struct avt_point3 across = avt_vec_unit((struct avt_point3){n.z, 0, -n.x}), up = avt_vec_cross(n, across);
    return avt_vec_unit(avt_vec_along(avt_vec_along(n, -s->across, across), -s->up, up));
}

static void real(const struct avt_shade_scene *scene, const struct sample *s, struct avt_point3 n,
                 struct avt_point3 view, const float lit[AVT_LIT_COUNT], float thin, float rgb[3])
{
    struct avt_point3 fine = bumped(n, s);
    float rough = .50f - .14f * s->oil;
    float room = lit[AVT_LIT_ROOM], gloss[3] = {0};
    for (int c = 0; c < 3; c++) {
        float bounce = room / (1 - .75f * s->albedo[c] * (1 - room));
        rgb[c] = avt_room(&scene->rig, c, fine.y) * bounce;
    }
    for (int k = 0; k < AVT_LAMPS; k++) {
        const struct avt_lamp *lamp = &scene->rig.lamps[k];
        float smooth = avt_vec_dot(n, lamp->to), sharp = avt_vec_dot(fine, lamp->to), open = lit[k];
        for (int c = 0; c < 3; c++) {
            float faces = avt_mix(sharp, smooth, BLUR[c]);
            float diffuse = avt_max(faces + WRAP[c], 0) / (1 + WRAP[c]);
            float shadow = open + CREEP[c] * open * (1 - open);
            rgb[c] += lamp->colour[c] * (diffuse * diffuse * .35f + diffuse * .65f) * shadow;
            rgb[c] += lamp->colour[c] * THROUGH[c] * thin * avt_max(-smooth, 0);
        }
        float shine = avt_gloss(fine, view, lamp, rough, SKIN_STRAIGHT) +
                      .35f * s->oil * avt_gloss(fine, view, lamp, .26f, SKIN_STRAIGHT);
        for (int c = 0; c < 3; c++)
            gloss[c] += shine * open * lamp->colour[c];
    }
    float edge = 1 - avt_max(avt_vec_dot(n, view), 0), edge2 = edge * edge;
    float down = edge2 * edge2 * .22f * room; /* fine down catches light at the outline */
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_tone(s->albedo[c] * (rgb[c] + down) + gloss[c]);
}

static void toon(const struct avt_shade_scene *scene, const struct sample *s, struct avt_point3 n,
                 struct avt_point3 view, const float lit[AVT_LIT_COUNT], float rgb[3])
{
    static const float SHADOW[3] = {.66f, .50f, .58f};
    const struct avt_lamp *key = &scene->rig.lamps[AVT_LAMP_KEY];
    float light = (.5f + .5f * avt_vec_dot(n, key->to)) * (.35f + .65f * lit[AVT_LAMP_KEY]) * (.5f + .5f * lit[AVT_LIT_ROOM]);
    float band = avt_bands(light * 1.25f), edge = 1 - avt_max(avt_vec_dot(n, view), 0);
    float rim = avt_smoothstep(.62f, .70f, edge) * .25f * (n.x > 0 ? lit[AVT_LAMP_RIM_RIGHT] : lit[AVT_LAMP_RIM_LEFT]);
    struct avt_point3 half = avt_vec_unit(avt_vec_add(view, key->to));
    float shine = s->lip * avt_smoothstep(.972f, .985f, avt_vec_dot(n, half)) * .35f;
    for (int c = 0; c < 3; c++) {
        float tint = avt_mix(SHADOW[c], 1, avt_smoothstep(.46f, 1, band));
        rgb[c] = avt_tone(s->albedo[c] * tint * (.55f + .55f * band) * (.9f + .1f * key->colour[c]) + rim * s->albedo[c] +
                          shine);
    }
}

void avt_shade_skin(const void *data, struct avt_batch *batch)
{
    const struct avt_shade_scene *scene = data;
    for (int i = 0; i < batch->count; i++) {
        struct sample s;
        sample_map(scene->skin, avt_batch_vec(batch, AVT_VARY_LOCAL, i), &s);
        struct avt_point3 n = avt_vec_unit(avt_batch_vec(batch, AVT_VARY_NORMAL, i));
        struct avt_point3 view = avt_vec_unit(avt_vec_sub(scene->camera, avt_batch_vec(batch, AVT_VARY_PLACE, i)));
        float lit[AVT_LIT_COUNT], rgb[3];
        for (int k = 0; k < AVT_LIT_COUNT; k++)
            lit[k] = batch->varyings[AVT_VARY_LIT + k][i];
        if (scene->look == AVT_LOOK_TOON)
            toon(scene, &s, n, view, lit, rgb);
        else
            real(scene, &s, n, view, lit, batch->varyings[AVT_VARY_EXTRA][i], rgb);
        for (int c = 0; c < 3; c++)
            batch->rgb[c][i] = rgb[c];
    }
}
