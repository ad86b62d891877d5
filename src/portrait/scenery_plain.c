/* SPDX-License-Identifier: Apache-2.0 */
/* Backgrounds without a place: a painted wall, a gradient, a photographer's backdrop. */
#include "portrait/scenery_parts.h"

/* Which side the main light comes from. */
static float side_of(struct avt_scene *scene)
{
    return avt_scene_pick(scene, 2) ? 1.f : -1.f;
}

/* A wall some way behind, light falling across it from a window out of sight. */
void avt_scene_plain(struct avt_scene *scene)
{
    float side = side_of(scene), z = 4, far = avt_scene_random(scene, 1.5f, 2.1f);
    bool hard = scene->light == AVT_LIGHT_DRAMATIC;
    scene->depth = z;
    scene->target = 0;
    struct avt_scene_face *wall = avt_scene_front(scene, -6, 4, 12, 8, z, scene->wall);
    wall->mottle = .035f;
    wall->patch = .9f;
    struct avt_point3 lamp = {side * far, avt_scene_random(scene, .5f, 1.1f), z - 1.25f};
    avt_scene_lamp(scene, lamp, avt_rgb_scale(scene->key, hard ? 2.f : 1.8f), hard ? .8f : 1.6f);
    avt_scene_lamp(scene, avt_at(-.4f * side, .2f, z - 2), avt_rgb_scale(scene->key, hard ? .3f : .95f), 2.4f);
    /* The faint bars of a window's light, long out of shape. */
    float slope = avt_scene_random(scene, .1f, .3f) * side, amount = avt_scene_random(scene, 0, 1);
    for (int i = 0; i < 2 && amount > .35f; i++) {
        struct avt_scene_face *patch = avt_scene_face(
            scene, avt_at(side * (.75f + .62f * (float)i) - .3f, .95f, z), (struct avt_point3){.62f, .62f * slope, 0},
            avt_at(-.3f * side, -1.5f, 0), avt_rgb_scale(avt_rgb_mul(scene->wall, scene->key), .22f * amount));
        patch->surface = AVT_SURFACE_BEAM;
        patch->outline = AVT_OUTLINE_FEATHER;
    }
}

/* Two tones of the colour, one side lit. */
void avt_scene_gradient(struct avt_scene *scene)
{
    float side = side_of(scene), level = avt_rgb_luminance(scene->key) + avt_rgb_luminance(scene->above);
    if (scene->light == AVT_LIGHT_DRAMATIC)
        level *= .72f;
    struct avt_rgb tint = avt_rgb_mix(scene->key, scene->above, .5f);
    tint = avt_rgb_scale(tint, level / (avt_rgb_luminance(tint) + 1e-4f));
    struct avt_rgb light = avt_rgb_mul(scene->wall, tint);
    static const unsigned neighbours[] = {0x3a6ea5, 0x7a5aa8, 0x2f8f86, 0xb0617a, 0xb98a55, 0x5b6f8f};
    struct avt_rgb other = avt_rgb_code(neighbours[avt_scene_pick(scene, 6)]);
    other = avt_rgb_scale(other, avt_rgb_luminance(light) / avt_rgb_luminance(other));
    other = avt_rgb_mix(other, light, .4f);
    scene->target = 0;
    scene->depth = 4;
    struct avt_scene_face *ground = avt_scene_front(scene, -6, 1.4f, 12, 2.8f, 4, light);
    float dark = scene->light == AVT_LIGHT_DRAMATIC ? .22f : .5f;
    ground->surface = AVT_SURFACE_GLOW;
    ground->top = avt_rgb_scale(avt_rgb_mix(light, other, .12f), .9f);
    ground->bottom = avt_rgb_scale(avt_rgb_mix(light, other, .45f), dark);
    struct avt_scene_face *pool = avt_scene_front(scene, side * .8f - 2.4f, 1.9f, 4.8f, 3.2f, 4, light);
    pool->surface = AVT_SURFACE_BEAM;
    pool->outline = AVT_OUTLINE_SOFT;
    pool->alpha = .55f;
    struct avt_scene_face *tinge = avt_scene_front(scene, -side * 1.5f - 1.6f, .9f, 3.2f, 2.6f, 4, other);
    tinge->outline = AVT_OUTLINE_SOFT;
    tinge->surface = AVT_SURFACE_GLOW;
    tinge->top = tinge->bottom = avt_rgb_scale(other, .75f);
    tinge->alpha = .5f;
}

/* A painted canvas that hangs in folds too wide to see, lit from behind the presenter; where the picture is wide,
 * the lamp that does it. */
void avt_scene_studio(struct avt_scene *scene)
{
    float side = side_of(scene), z = 3.4f;
    bool hard = scene->light == AVT_LIGHT_DRAMATIC;
    scene->depth = z;
    scene->target *= hard ? .8f : .95f;
    struct avt_scene_face *canvas = avt_scene_front(scene, -6, 4, 12, 8, z, avt_rgb_scale(scene->wall, .8f));
    canvas->mottle = avt_scene_random(scene, .3f, .5f);
    canvas->patch = avt_scene_random(scene, .34f, .5f);
    for (int i = 0; i < 46; i++) { /* strokes of a wide brush */
        float x = avt_scene_random(scene, -2.2f, 2.2f), y = avt_scene_random(scene, -1, 1);
        float w = avt_scene_random(scene, .25f, .7f), h = avt_scene_random(scene, .2f, .5f);
        float tone = avt_scene_random(scene, .55f, 1.3f), lean = avt_scene_random(scene, -.5f, .5f);
        struct avt_scene_face *stroke =
            avt_scene_face(scene, avt_at(x - w / 2, y + h / 2 - lean * w / 2, z), avt_at(w, lean * w, 0),
                           avt_at(lean * h, -h, 0), avt_rgb_scale(scene->wall, tone));
        stroke->outline = AVT_OUTLINE_SOFT;
        stroke->alpha = .35f;
    }
    avt_scene_lamp(scene, avt_at(.12f * side, .05f, z - .75f), avt_rgb_scale(scene->key, hard ? 2.f : 1.2f),
                   hard ? .7f : .85f);
    avt_scene_lamp(scene, avt_at(side * 1.6f, 1, z - 1.4f), avt_rgb_scale(scene->key, .5f), 1.5f);
    scene->above = avt_rgb_scale(scene->above, .55f);
    scene->below = avt_rgb_scale(scene->below, .55f);
    if (avt_scene_random(scene, 0, 1) < .6f)
        return;
    /* A strip box on its stand, seen from the side: a picture that is not wide does not show it. */
    float x = side * avt_scene_random(scene, 1, 1.1f), lean = .05f * side, far = 3.2f;
    struct avt_rgb white = avt_rgb_scale(scene->key, 1 / avt_rgb_luminance(scene->key));
    scene->depth = far;
    avt_scene_front(scene, x + .09f * side, -.38f, .025f, 1.4f, far + .05f, avt_rgb(.02f, .02f, .02f));
    avt_scene_face(scene, avt_at(x - .016f * side, .717f, far), avt_at(.28f * side, .03f, .2f), avt_at(lean, -1.1f, 0),
                   avt_rgb(.02f, .02f, .021f));
    struct avt_scene_face *box = avt_scene_face(scene, avt_at(x, .7f, far - .01f), avt_at(.17f * side, .018f, .09f),
                                                avt_at(lean, -1.07f, 0), avt_rgb_scale(white, .42f));
    box->surface = AVT_SURFACE_GLOW;
    box->bottom = avt_rgb_scale(white, .3f);
    /* Brighter in its middle, and a veil of its light around. */
    for (int i = 0; i < 2; i++) {
        float wide = i ? .5f : .05f;
        struct avt_scene_face *shine = avt_scene_face(
            scene, avt_at(x - wide * side, .6f + wide, far - .02f), avt_at((.2f + 2 * wide) * side, .02f, .1f),
            avt_at(lean, -.9f - 2 * wide, 0), avt_rgb_scale(white, i ? .06f : .75f));
        shine->surface = AVT_SURFACE_BEAM;
        shine->outline = AVT_OUTLINE_SOFT;
    }
}
