/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/noise.h"
#include "portrait/shade.h"
#include "portrait/shade_parts.h"
#include "portrait/vec.h"

struct iris_colours {
    float inner[3], outer[3]; /* linear light */
};
static const struct iris_colours IRIS[AVT_EYE_COLOUR_COUNT] = {
    [AVT_EYES_DARK_BROWN] = {{.075f, .032f, .014f}, {.030f, .014f, .008f}},
    [AVT_EYES_BROWN] = {{.170f, .075f, .025f}, {.075f, .032f, .014f}},
    [AVT_EYES_HAZEL] = {{.150f, .078f, .028f}, {.080f, .082f, .036f}},
    [AVT_EYES_AMBER] = {{.215f, .100f, .026f}, {.125f, .056f, .016f}},
    [AVT_EYES_GREEN] = {{.190f, .170f, .060f}, {.085f, .140f, .075f}},
    [AVT_EYES_BLUE] = {{.210f, .270f, .330f}, {.075f, .150f, .270f}},
    [AVT_EYES_GREY] = {{.270f, .290f, .300f}, {.130f, .155f, .175f}},
};

/* The iris at `r` from its middle towards (x, y), both in shares of the ball: fibres that run outwards, a lighter ring
 * around the pupil, a dark rim. */
static void iris_at(const struct avt_shade_eye *eye, float x, float y, float r, bool real, float rgb[3])
{
    const struct iris_colours *colours = &IRIS[eye->colour];
    float out = (r - eye->pupil) / (eye->iris - eye->pupil), ring = r > 1e-4f ? 1 / r : 0;
    struct avt_point3 way = {x * ring * 7, y * ring * 7, out * .8f};
    float coarse = avt_noise(way, 1.6f, eye->seed), fine = avt_noise(way, 4.2f, eye->seed + 1);
    float fibre = real ? .55f + .54f * coarse + .36f * fine : 1.05f;
    float blend = avt_smoothstep(.15f, .85f, out + (real ? .25f * (avt_noise(way, 1.1f, eye->seed + 2) - .5f) : 0));
    float rim = 1 - .75f * avt_smoothstep(.78f, 1.0f, out), pupil = avt_smoothstep(-.05f, .05f, out);
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_mix(colours->inner[c], colours->outer[c], blend) * fibre * rim * pupil;
}

static void sclera_at(const struct avt_shade_eye *eye, struct avt_point3 q, bool real, float rgb[3])
{
    static const float WHITE[3] = {.54f, .515f, .495f};
    struct avt_point3 p = {q.x * 3, q.y * 9, q.z};
    float corner = avt_smoothstep(.55f, .95f, fabsf(q.x));
    float vein = real ? avt_smoothstep(.62f, .80f, avt_noise(p, 2.5f, eye->seed + 5)) * (.25f + .75f * corner) : 0;
    rgb[0] = WHITE[0] * (1 - .05f * corner);
    rgb[1] = WHITE[1] * (1 - .18f * corner - .22f * vein);
    rgb[2] = WHITE[2] * (1 - .20f * corner - .22f * vein);
}

/* A soft box seen in the cornea: what part of it the mirrored view hits. */
static float reflected(const struct avt_lamp *lamp, struct avt_point3 mirrored, float wide, float high)
{
    struct avt_point3 across = avt_vec_unit(avt_vec_cross((struct avt_point3){0, 1, 0}, lamp->to));
    struct avt_point3 up = avt_vec_cross(lamp->to, across);
    float x = fabsf(avt_vec_dot(mirrored, across)), y = fabsf(avt_vec_dot(mirrored, up));
    if (avt_vec_dot(mirrored, lamp->to) <= 0)
        return 0;
    return avt_smoothstep(wide, wide * .75f, x) * avt_smoothstep(high, high * .75f, y);
}

static void shade_one(const struct avt_shade_eye *eye, struct avt_point3 q, struct avt_point3 n, struct avt_point3 view,
                      float shade, float rgb[3])
{
    const struct avt_light_rig *rig = &eye->scene->rig;
    bool real = eye->scene->look == AVT_LOOK_REAL;
    float r = sqrtf(q.x * q.x + q.y * q.y), iris[3], white[3];
    float inside = q.z > 0 ? avt_smoothstep(eye->iris * 1.05f, eye->iris * .97f, r) : 0;
    iris_at(eye, q.x, q.y, r, real, iris);
    sclera_at(eye, q, real, white);
    const struct avt_lamp *key = &rig->lamps[AVT_LAMP_KEY], *fill = &rig->lamps[AVT_LAMP_FILL];
    float wide = .5f + .5f * avt_vec_dot(n, key->to), weak = .5f + .5f * avt_vec_dot(n, fill->to);
    /* Light that entered on the lamp's side falls on the far side of the iris. */
    float caustic = 1 + inside * 1.1f * avt_max(-(q.x * key->to.x + q.y * key->to.y) / eye->iris, 0);
    struct avt_point3 mirrored = avt_vec_along(avt_vec_scale(view, -1), 2 * avt_vec_dot(n, view), n);
    float glint = 1.3f * reflected(key, mirrored, .20f, .24f) + .18f * reflected(fill, mirrored, .22f, .30f);
    float edge = 1 - avt_max(avt_vec_dot(n, view), 0), sheen = .03f + .5f * edge * edge * edge * edge * edge;
    for (int c = 0; c < 3; c++) {
        float light = (avt_room(rig, c, n.y) * .9f + key->colour[c] * wide * .62f + fill->colour[c] * weak) * shade;
        float own = avt_mix(white[c], iris[c] * caustic * 1.2f, inside);
        if (real)
            rgb[c] = avt_tone(own * light + (glint + sheen * rig->above[c]) * (.25f + .75f * shade));
        else
            rgb[c] = avt_tone(own * (.35f + .75f * avt_smoothstep(.45f, .60f, shade)) + (glint > .3f ? 1.0f : 0));
    }
}

void avt_shade_eye(const void *data, struct avt_batch *batch)
{
    const struct avt_shade_eye *eye = data;
    for (int i = 0; i < batch->count; i++) {
        struct avt_point3 n = avt_vec_unit(avt_batch_vec(batch, AVT_VARY_NORMAL, i));
        struct avt_point3 view =
            avt_vec_unit(avt_vec_sub(eye->scene->camera, avt_batch_vec(batch, AVT_VARY_PLACE, i)));
        float rgb[3];
        shade_one(eye, avt_batch_vec(batch, AVT_VARY_LOCAL, i), n, view, batch->varyings[AVT_VARY_EXTRA][i], rgb);
        for (int c = 0; c < 3; c++)
            batch->rgb[c][i] = rgb[c];
    }
}
