/* SPDX-License-Identifier: Apache-2.0 */
/* Views in the open: a city from a terrace or a street, a park or a wood, a beach. */
#include "portrait/scenery_parts.h"

/* Hours that fit a light; the seed chooses among two or three. */
enum hour { DAY, GOLDEN, DUSK, NIGHT };

static enum hour hour_of(struct avt_scene *scene)
{
    static const enum hour hours[AVT_LIGHT_COUNT][3] = {
        [AVT_LIGHT_SOFT] = {DAY, DAY, GOLDEN},       [AVT_LIGHT_BRIGHT] = {DAY, DAY, DAY},
        [AVT_LIGHT_WARM] = {GOLDEN, GOLDEN, DUSK},   [AVT_LIGHT_COOL] = {DAY, DUSK, DUSK},
        [AVT_LIGHT_DRAMATIC] = {DUSK, NIGHT, NIGHT},
    };
    return hours[scene->light][avt_scene_pick(scene, 3)];
}

static const struct {
    unsigned zenith, horizon, sun, shade;
    float level;
} skies[] = {
    [DAY] = {0x8fb4dd, 0xe3ecf3, 0xfff4e0, 0x8fa3bf, 1.1f},
    [GOLDEN] = {0xa9b4cf, 0xf6d9ae, 0xffc27a, 0x8a7f96, 1.0f},
    [DUSK] = {0x45598c, 0xe0a894, 0xc98a80, 0x4a5578, .6f},
    [NIGHT] = {0x1c2744, 0x5a5f7e, 0x3a4a74, 0x222b44, .5f},
};

static void sky(struct avt_scene *scene, enum hour hour, float horizon)
{
    struct avt_rgb top = avt_rgb_scale(avt_rgb_code(skies[hour].zenith), skies[hour].level);
    struct avt_rgb low = avt_rgb_scale(avt_rgb_code(skies[hour].horizon), skies[hour].level);
    scene->depth = 300;
    struct avt_scene_face *face = avt_scene_front(scene, -300, 130, 600, 130 - horizon, 300, top);
    face->surface = AVT_SURFACE_GLOW;
    face->bottom = low;
    struct avt_scene_face *rest = avt_scene_front(scene, -300, horizon, 600, 200, 300, low);
    rest->surface = AVT_SURFACE_GLOW;
    for (int i = 0; i < 12; i++) { /* thin clouds */
        float w = avt_scene_random(scene, 40, 130), h = w * avt_scene_random(scene, .1f, .25f);
        float x = avt_scene_random(scene, -170, 100), y = avt_scene_random(scene, 10, 90);
        struct avt_scene_face *cloud = avt_scene_front(scene, x, y, w, h, 299, low);
        cloud->surface = AVT_SURFACE_GLOW;
        cloud->outline = AVT_OUTLINE_SOFT;
        cloud->alpha = avt_scene_random(scene, .2f, .6f);
    }
}

struct block {
    float x, z, width, depth, height;
    struct avt_rgb stone, glass;
    float lit; /* share of windows with light */
};

/* A building: two walls with rows of windows. */
static void building(struct avt_scene *scene, const struct block *block, enum hour hour)
{
    float ground = scene->low.y, storey = 3.4f, bay = 2.8f, inner = block->x > 0 ? block->x : block->x + block->width;
    bool face_seen = block->x > 0 || block->x + block->width < 0;
    scene->depth = block->z;
    avt_scene_box(scene, avt_at(block->x, ground, block->z),
                  avt_at(block->x + block->width, block->height, block->z + block->depth), block->stone,
                  AVT_SURFACE_PAINT);
    int rows = (int)((block->height - ground) / storey), columns = (int)(block->width / bay);
    int deep = face_seen ? (int)(block->depth / bay) : 0;
    for (int row = 0; row < rows && row < 30; row++) {
        float y = block->height - .8f - storey * (float)row;
        for (int i = 0; i < columns + deep; i++) {
            bool on = avt_scene_random(scene, 0, 1) < block->lit;
            struct avt_rgb rgb = avt_rgb_scale(block->glass, avt_scene_random(scene, .7f, 1.3f));
            struct avt_rgb light = avt_rgb_scale(avt_rgb_code(0xffc883), avt_scene_random(scene, .25f, 1));
            float at = bay * ((float)(i < columns ? i : i - columns) + .2f);
            struct avt_scene_face *pane =
                i < columns ? avt_scene_front(scene, block->x + at, y, .62f * bay, 2, block->z - .05f, on ? light : rgb)
                            : avt_scene_face(scene, avt_at(inner, y, block->z + at), avt_at(0, 0, .62f * bay),
                                             avt_at(0, -2, 0), on ? light : rgb);
            if (on)
                pane->surface = AVT_SURFACE_GLOW;
            /* Drawn in any light, so that the same city stands there by day and by night. */
            bool spark = avt_scene_random(scene, 0, 1) < .06f;
            float strength = avt_scene_random(scene, .04f, .34f);
            if (on && spark && hour >= DUSK)
                avt_scene_spark(scene, avt_at(block->x + at, y - 1, block->z - .1f), avt_rgb_scale(light, strength));
        }
    }
}

/* Rows of buildings, seen from a few floors up. */
static void skyline(struct avt_scene *scene, enum hour hour)
{
    static const unsigned stones[] = {0xb9a48c, 0x9aa2ab, 0xc9bda8, 0x8a6a56, 0xa88f7c, 0x64798c, 0xd2c8bb, 0x7f93a6};
    static const float distance[6] = {420, 250, 150, 95, 64, 44};
    float lit = hour == DAY ? .015f : hour == GOLDEN ? .1f : hour == DUSK ? .24f : .3f;
    for (int row = 0; row < 6; row++) {
        float z = distance[row], centre = z * scene->turn_sin / scene->turn_cos, x = centre - .5f * z;
        while (x < centre + .5f * z) {
            float w = z * avt_scene_random(scene, .045f, .11f), off = (x + w / 2 - centre) / z;
            float tall = avt_scene_random(scene, 0, 1), back = avt_scene_random(scene, 0, 12);
            off = off < 0 ? -off : off;
            /* Lower in the middle, so that nothing grows out of a head. */
            float open = avt_scene_clamp((off - .09f) / .2f, 0, 1), near = (float)row / 5;
            float low = avt_scene_mix(.02f, -.12f, near), high = avt_scene_mix(.06f, .26f * open, near);
            float h = z * (low + (high - low) * tall * tall + .1f * open * tall);
            struct avt_rgb stone = avt_rgb_mix(avt_scene_shade_of(scene, stones, 8), scene->wall, .22f);
            struct block block = {x, z + back, w * .96f, 16, h, stone, {.09f, .11f, .145f}, lit};
            building(scene, &block, hour);
            x += w * (row > 3 ? avt_scene_random(scene, 1, 1.5f) : 1);
        }
    }
}

/* Lights of streets and shops below, and the sun in a few windows. */
static void city_lights(struct avt_scene *scene, enum hour hour, struct avt_rgb sun)
{
    static const unsigned lights[] = {0xffd9a0, 0xffc070, 0xfff2d8, 0xff7a5a, 0xffe0b0, 0xa8d0ff, 0xffb060};
    int count = hour == DAY ? 14 : hour == GOLDEN ? 40 : 80;
    float slope = scene->turn_sin / scene->turn_cos, strength = hour == DAY ? .2f : hour == GOLDEN ? .36f : .45f;
    for (int i = 0; i < count; i++) {
        float z = avt_scene_random(scene, 38, 200), off = avt_scene_random(scene, -.45f, .45f);
        float y = avt_scene_random(scene, -.24f, .0f);
        if (off > -.09f && off < .09f)
            y -= .06f;
        struct avt_rgb rgb = avt_rgb_code(lights[avt_scene_pick(scene, 7)]);
        rgb = hour == DAY ? avt_rgb_mix(rgb, sun, .7f) : rgb;
        float bright = avt_scene_random(scene, 0, 1);
        avt_scene_spark(scene, avt_at((off + slope) * z, y * z, z),
                        avt_rgb_scale(rgb, strength * (.08f + bright * bright)));
    }
}

/* A crown of leaves: dabs of colour in clumps, lighter above, bright at the rim where light comes through. */
static void foliage(struct avt_scene *scene, struct avt_point3 at, float radius, int count, const unsigned *greens,
                    int colours, float light)
{
    for (int i = 0; i < count; i++) {
        float x = avt_scene_random(scene, -1, 1), y = avt_scene_random(scene, -1, 1), q = x * x + y * y;
        float size = radius * avt_scene_random(scene, .1f, .3f) * (i * 3 < count ? 1.5f : 1);
        if (q > 1)
            continue;
        float up = .5f + .45f * y - .1f * x + .25f * q + (i * 3 < count ? -.2f : .1f);
        struct avt_rgb rgb = avt_rgb_scale(avt_scene_shade_of(scene, greens, colours), light * (up > .18f ? up : .18f));
        float lean = avt_scene_random(scene, -.8f, .8f);
        struct avt_scene_face *dab =
            avt_scene_face(scene, avt_at(at.x + radius * x - size / 2, at.y + radius * y + size / 2, at.z),
                           avt_at(size, lean * size, 0), avt_at(lean * size * .6f, -size * .6f, 0), rgb);
        dab->surface = AVT_SURFACE_LEAF;
        dab->outline = i % 3 ? AVT_OUTLINE_LEAF : AVT_OUTLINE_DISC;
    }
}

/* Light around a low sun. */
static void glow(struct avt_scene *scene, float x, float y, float z, float radius, struct avt_rgb rgb)
{
    struct avt_scene_face *face =
        avt_scene_front(scene, (x - radius) * z, (y + radius) * z, 2 * radius * z, 2 * radius * z, z, rgb);
    face->surface = AVT_SURFACE_BEAM;
    face->outline = AVT_OUTLINE_SOFT;
    face->depth = z;
}

void avt_scene_city(struct avt_scene *scene)
{
    enum hour hour = hour_of(scene);
    struct avt_rgb sun = avt_rgb_scale(avt_rgb_code(skies[hour].sun), hour == NIGHT ? .3f : hour == DUSK ? .6f : 1.3f);
    float side = avt_scene_pick(scene, 2) ? 1.f : -1.f;
    scene->low.y = -40;
    scene->above = scene->below = avt_rgb_scale(avt_rgb_code(skies[hour].shade), hour == NIGHT ? .7f : .85f);
    scene->below = avt_rgb_scale(scene->below, .75f);
    avt_scene_turn(scene, avt_scene_random(scene, -.12f, .12f));
    avt_scene_lamp(scene, avt_at(side * 500, 190, -60), sun, 1500);
    scene->haze = hour == NIGHT ? 420 : hour == DUSK ? 260 : 210;
    scene->haze_rgb = avt_rgb_scale(avt_rgb_code(skies[hour].horizon), skies[hour].level * .92f);
    sky(scene, hour, -20);
    glow(scene, side * .34f, .02f, 298, .5f, avt_rgb_scale(sun, hour == DAY ? .35f : .6f));
    skyline(scene, hour);
    /* Mist in the middle, which calms what is behind a head. */
    struct avt_scene_face *mist = avt_scene_front(scene, -.26f * 43 + 43 * scene->turn_sin / scene->turn_cos, .3f * 43,
                                                  .52f * 43, .55f * 43, 43, scene->haze_rgb);
    mist->surface = AVT_SURFACE_GLOW;
    mist->outline = AVT_OUTLINE_SOFT;
    mist->depth = 44;
    mist->alpha = .5f;
    city_lights(scene, hour, sun);
    glow(scene, side * .42f, .06f, 43, .42f, avt_rgb_scale(sun, hour == NIGHT ? .05f : .16f));
}

/* What grows, by the named colour: an autumn wood for warm ones, blossom for pink. */
static void leaves_of(const struct avt_scene *scene, unsigned ret_greens[6])
{
    static const unsigned kinds[4][6] = {
        {0x4f7a32, 0x6f9a3f, 0x3d6530, 0x8fb04e, 0x5b8a3c, 0x35552c},
        {0xb5702f, 0xd19a3c, 0x8a4a28, 0x9a8a3f, 0xc4843a, 0x6f5a30},
        {0xd8a5b4, 0xe9c6cf, 0x8aa05a, 0xc98aa0, 0x6d8a4a, 0xf0d8dc},
        {0x4a7268, 0x5f8f86, 0x35584f, 0x7aa398, 0x507f72, 0x2d4a44},
    };
    struct avt_rgb c = scene->wall;
    int kind = c.r > 1.5f * c.b && c.r > 1.12f * c.g   ? 1
               : c.r > 1.12f * c.g && c.b > 1.1f * c.g ? 2
               : c.b > 1.25f * c.r                     ? 3
                                                       : 0;
    for (int i = 0; i < 6; i++)
        ret_greens[i] = kinds[kind][i];
}

static void trunk(struct avt_scene *scene, float x, float z, float width)
{
    static const unsigned barks[] = {0x4a3a2c, 0x5a4a3a, 0x3a3028, 0x6a5c4c};
    struct avt_rgb bark = avt_scene_shade_of(scene, barks, 4);
    float lean = avt_scene_random(scene, -.3f, .3f);
    scene->depth = z;
    for (int i = 0; i < 3; i++) { /* round: three strips, one turned to the light */
        struct avt_scene_face *strip =
            avt_scene_face(scene, avt_at(x + width * ((float)i / 3) + lean, 6, z),
                           avt_at(width / 3, 0, .2f * width * (float)(i - 1)), avt_at(-lean, -8, 0),
                           avt_rgb_scale(bark, i == 0   ? 1.25f
                                               : i == 1 ? 1
                                                        : .6f));
        strip->mottle = .4f;
        strip->patch = .25f;
    }
}

void avt_scene_nature(struct avt_scene *scene)
{
    static const unsigned grass[] = {0x7a9a48, 0x648540, 0x93ad58, 0x55753a};
    unsigned greens[6];
    enum hour hour = scene->light == AVT_LIGHT_WARM ? GOLDEN : DAY;
    float side = avt_scene_pick(scene, 2) ? 1.f : -1.f, open = side * avt_scene_random(scene, .05f, .3f);
    bool dim = scene->light == AVT_LIGHT_DRAMATIC;
    leaves_of(scene, greens);
    struct avt_rgb tint = avt_rgb_scale(scene->daylight, 1 / avt_rgb_luminance(scene->daylight));
    tint = avt_rgb_mix(tint, avt_rgb(1, 1, 1), .35f); /* its greens and golds do the rest */
    struct avt_rgb sun = avt_rgb_mul(avt_rgb_code(skies[hour].sun), avt_rgb_scale(tint, dim ? .5f : .95f));
    scene->low.y = -1.6f;
    scene->above = avt_rgb_scale(avt_rgb_mul(tint, (struct avt_rgb){.42f, .47f, .50f}), dim ? .5f : 1);
    scene->below = avt_rgb_scale(scene->above, .55f);
    avt_scene_lamp(scene, avt_at(side * 90, 120, 40), sun, 600);
    sky(scene, hour, -10);
    for (size_t i = 0; i < scene->face_count; i++) {
        scene->faces[i].top = avt_rgb_scale(scene->faces[i].top, dim ? .4f : 1.15f);
        scene->faces[i].bottom = avt_rgb_scale(scene->faces[i].bottom, dim ? .4f : 1.15f);
    }
    scene->haze = 150;
    scene->haze_rgb = avt_rgb_mul(avt_rgb_mul(tint, (struct avt_rgb){.52f, .60f, .44f}), sun);
    if (dim)
        scene->haze_rgb = avt_rgb_scale(scene->haze_rgb, .35f);

    /* Far trees right across with a gap the light comes through, a meadow, then nearer crowns at the sides. */
    glow(scene, open, .04f, 298, .4f, avt_rgb_scale(sun, .8f));
    scene->depth = 60;
    for (int i = 0; i < 34; i++) {
        float off = -.62f + 1.24f * (float)i / 33, gap = off - open;
        gap = gap < 0 ? -gap : gap;
        float h = 60 * (.06f + (gap > .1f ? .13f : .01f)) * avt_scene_random(scene, .7f, 1.3f);
        foliage(scene, avt_at(off * 60, h * .35f - 2, 60), h * .9f, 60, greens, 6, 1.15f);
    }
    glow(scene, open, .02f, 59, .34f, avt_rgb_scale(sun, .28f));
    struct avt_scene_face *meadow =
        avt_scene_face(scene, avt_at(-60, scene->low.y, 2.5f), avt_at(0, 0, 58), avt_at(120, 0, 0),
                       avt_rgb_scale(avt_scene_shade_of(scene, grass, 4), .75f));
    meadow->depth = 40;
    meadow->mottle = .5f;
    meadow->patch = 2.2f;
    scene->depth = 40;
    for (int i = 0; i < 10; i++) { /* shadows and patches of sun across it */
        float z = avt_scene_random(scene, 9, 40), w = z * avt_scene_random(scene, .1f, .4f);
        struct avt_scene_face *patch = avt_scene_face(
            scene, avt_at(z * avt_scene_random(scene, -.5f, .4f), scene->low.y + .02f, z), avt_at(w, 0, 0),
            avt_at(0, 0, .5f * z), avt_rgb_mul(sun, (struct avt_rgb){.22f, .24f, .06f}));
        patch->surface = i % 2 ? AVT_SURFACE_SHADE : AVT_SURFACE_BEAM;
        patch->outline = AVT_OUTLINE_SOFT;
        patch->alpha = i % 2 ? .45f : .8f;
    }
    scene->depth = 24;
    for (int i = 0; i < 16; i++) {
        float off = avt_scene_random(scene, .13f, .55f) * (i % 2 ? 1.f : -1.f), r = avt_scene_random(scene, .9f, 2.1f);
        foliage(scene, avt_at(off * 24, -1.3f + r * .6f, 24), r, 90, greens, 6, .95f);
    }
    glow(scene, open, .03f, 23, .5f, avt_rgb_scale(sun, .12f));
    for (int i = 0; i < 4; i++) {
        float off = avt_scene_random(scene, .2f, .48f) * (i % 2 ? 1.f : -1.f), z = avt_scene_random(scene, 9, 17);
        trunk(scene, off * z, z, avt_scene_random(scene, .35f, .75f));
        struct avt_scene_face *shade = avt_scene_face(scene, avt_at(off * z - .9f, scene->low.y + .03f, z - 1.5f),
                                                      avt_at(2.4f, 0, 0), avt_at(0, 0, 3), (struct avt_rgb){0});
        shade->surface = AVT_SURFACE_SHADE;
        shade->outline = AVT_OUTLINE_SOFT;
        shade->alpha = .6f;
        shade->depth = 40;
        for (int k = 0; k < 3; k++) /* what grows at its foot */
            foliage(scene, avt_at(off * z + .35f * (float)k - .1f, scene->low.y + .05f, z - .1f),
                    avt_scene_random(scene, .2f, .45f), 40, greens, 6, .75f);
        for (int k = 0; k < 9; k++) {
            float x = z * (off + avt_scene_random(scene, -.14f, .14f)), y = z * avt_scene_random(scene, .12f, .27f);
            foliage(scene, avt_at(x, y, z - .2f), .08f * z, 60, greens, 6, .8f);
        }
    }
    /* Boughs that hang in from above, near and dark. */
    for (int i = 0; i < 8; i++) {
        float z = avt_scene_random(scene, 5, 7), off = avt_scene_random(scene, .2f, .46f) * (i % 2 ? 1.f : -1.f);
        scene->depth = z;
        foliage(scene, avt_at(off * z, z * avt_scene_random(scene, .19f, .26f), z), .06f * z, 60, greens, 6, .55f);
    }
    /* Sky through leaves, light on them. */
    for (int i = 0; i < 150; i++) {
        float z = avt_scene_random(scene, 12, 58), off = avt_scene_random(scene, -.5f, .5f), gap = off - open;
        float y = avt_scene_random(scene, .02f, .25f), strength = avt_scene_random(scene, 0, 1);
        gap = gap < 0 ? -gap : gap;
        strength = .02f + .3f * strength * strength * strength / (1 + 4 * gap);
        if (off > -.11f && off < .11f)
            strength *= .4f;
        struct avt_rgb rgb =
            avt_rgb_mix(sun, avt_rgb_mul(sun, (struct avt_rgb){.75f, 1, .35f}), avt_scene_random(scene, 0, 1));
        avt_scene_spark(scene, avt_at(off * z, y * z, z), avt_rgb_scale(rgb, strength));
    }
}

/* ---- beach ------------------------------------------------------------------------------------ */

/* A canopy on a pole, of the named colour or white, and its shade on the sand. */
static void parasol(struct avt_scene *scene, float x, float z, bool white)
{
    float w = avt_scene_random(scene, 2.2f, 2.9f), ground = scene->low.y;
    float top = ground + avt_scene_random(scene, 2, 2.5f);
    struct avt_rgb rgb = white ? avt_rgb(.8f, .78f, .74f) : avt_rgb_mix(scene->wall, scene->accent, .15f);
    struct avt_scene_face *shade = avt_scene_face(scene, avt_at(x - .7f * w, ground + .02f, z - .5f * w),
                                                  avt_at(1.4f * w, 0, 0), avt_at(0, 0, w), (struct avt_rgb){0});
    shade->surface = AVT_SURFACE_SHADE;
    shade->outline = AVT_OUTLINE_SOFT;
    shade->alpha = .5f;
    avt_scene_front(scene, x - .04f, top, .08f, top - ground, z, avt_rgb(.5f, .46f, .4f));
    for (int i = 0; i < 30; i++) { /* strips that narrow to the tip, cloth that the sky shines through */
        float part = 1 - .032f * (float)i, h = .022f;
        struct avt_scene_face *strip = avt_scene_front(scene, x - .5f * part * w, top + h * (float)(i + 1), part * w, h,
                                                       z - .01f, avt_rgb_scale(rgb, 1.3f + .02f * (float)i));
        strip->surface = AVT_SURFACE_LEAF;
    }
}

/* Water from the shore to where the sky begins: bands, each lighter towards the shore. */
static void sea(struct avt_scene *scene, enum hour hour, float shore, struct avt_rgb light)
{
    struct avt_rgb low = avt_rgb_scale(avt_rgb_code(skies[hour].horizon), skies[hour].level);
    struct avt_rgb deep = avt_rgb_mix(avt_rgb_mul(avt_rgb_code(0x2a6f8e), light), low, .22f);
    struct avt_rgb shallow = avt_rgb_mix(avt_rgb_mul(avt_rgb_code(0x7fc0bd), light), low, .2f);
    const float ends[] = {300, 90, 45, shore};
    for (int i = 0; i < 3; i++) {
        struct avt_scene_face *band =
            avt_scene_face(scene, avt_at(-400, scene->low.y - .6f, ends[i]), avt_at(800, 0, 0),
                           avt_at(0, 0, ends[i + 1] - ends[i]), avt_rgb_mix(deep, shallow, (float)i / 3));
        band->bottom = avt_rgb_mix(deep, shallow, (float)(i + 1) / 3);
        band->surface = AVT_SURFACE_GLOW;
        band->depth = ends[i];
    }
    float slope = scene->turn_sin / scene->turn_cos;
    for (int i = 0; i < 46; i++) { /* crests of waves, longer and whiter at the sides */
        float z = shore * avt_scene_random(scene, 1, 4), off = avt_scene_random(scene, -.55f, .55f);
        bool middle = off > -.14f && off < .14f;
        float w = z * (middle ? .08f : avt_scene_random(scene, .1f, .4f)), h = avt_scene_random(scene, .1f, .28f);
        struct avt_scene_face *crest = avt_scene_front(scene, (off + slope) * z - w / 2, scene->low.y - .4f, w, h, z,
                                                       avt_rgb_mix(avt_rgb_scale(light, .95f), low, .4f));
        crest->surface = AVT_SURFACE_GLOW;
        crest->outline = AVT_OUTLINE_SOFT;
        crest->alpha = middle ? .25f : .75f;
        crest->depth = z;
    }
}

void avt_scene_beach(struct avt_scene *scene)
{
    static const unsigned sands[] = {0xd9c49a, 0xcfba90, 0xe0cfa8};
    static const unsigned reeds[] = {0x8f9a5a, 0x7a8a4c, 0xa8a868, 0x6a7a48, 0xb8ad78, 0x5f6f42};
    enum hour hour = hour_of(scene);
    bool night = hour == NIGHT, dim = hour >= DUSK;
    float side = avt_scene_pick(scene, 2) ? 1.f : -1.f, shore = avt_scene_random(scene, 13, 18);
    struct avt_rgb sun = avt_rgb_scale(avt_rgb_code(skies[hour].sun), night ? .35f : dim ? .6f : 1.15f);
    struct avt_rgb light = avt_rgb_scale(avt_rgb_mix(sun, avt_rgb(1, 1, 1), dim ? .1f : .5f), dim ? .8f : 1);
    scene->low.y = -1.6f;
    scene->above = avt_rgb_scale(avt_rgb_code(skies[hour].shade), night ? .7f : .95f);
    scene->below = avt_rgb_scale(scene->above, .7f);
    avt_scene_turn(scene, avt_scene_random(scene, -.1f, .1f));
    avt_scene_lamp(scene, avt_at(side * 200, 160, -50), sun, 900);
    scene->haze = night ? 500 : 320;
    scene->haze_rgb = avt_rgb_scale(avt_rgb_code(skies[hour].horizon), skies[hour].level * .95f);
    sky(scene, hour, -4);
    glow(scene, side * .36f, .05f, 298, .45f, avt_rgb_scale(sun, .4f));
    float slope = scene->turn_sin / scene->turn_cos;
    for (int i = 0; i < 5; i++) { /* a headland on the other side */
        float w = 260 * avt_scene_random(scene, .2f, .4f), off = -side * avt_scene_random(scene, .3f, .62f);
        float h = 260 * avt_scene_random(scene, .03f, .085f);
        struct avt_scene_face *hill =
            avt_scene_front(scene, (off + slope) * 260 - w / 2, h - 3, w, 2 * h, 260, avt_rgb_code(0x6f8468));
        hill->outline = AVT_OUTLINE_DISC;
        hill->depth = 260;
    }
    sea(scene, hour, shore, light);
    struct avt_rgb sand = avt_rgb_mix(avt_scene_shade_of(scene, sands, 3), scene->wall, .3f);
    struct avt_scene_face *ground =
        avt_scene_face(scene, avt_at(-80, scene->low.y, 2), avt_at(0, 0, shore - 2), avt_at(160, 0, 0), sand);
    ground->depth = 11;
    ground->mottle = .22f;
    ground->patch = 1.3f;
    struct avt_scene_face *wet =
        avt_scene_face(scene, avt_at(-80, scene->low.y + .01f, shore - 1.6f), avt_at(160, 0, 0), avt_at(0, 0, 1.6f),
                       avt_rgb_scale(sand, .6f));
    wet->depth = 12;
    scene->depth = 11;
    for (int i = 0; i < 5; i++) {
        float off = (i % 2 ? side : -side) * avt_scene_random(scene, .2f, .5f);
        float z = avt_scene_random(scene, 8, shore - 2);
        parasol(scene, (off + slope) * z, z, avt_scene_pick(scene, 3) == 0);
    }
    for (int i = 0; i < 18; i++) { /* grass of the dunes, at both sides and near */
        float z = avt_scene_random(scene, 5, 9), off = avt_scene_random(scene, .27f, .6f) * (i % 2 ? 1.f : -1.f);
        scene->depth = z;
        float radius = avt_scene_random(scene, .25f, .55f);
        foliage(scene, avt_at((off + slope) * z, scene->low.y + .1f, z), radius, 50, reeds, 6, dim ? .7f : 1);
    }
    for (int i = 0; i < 90; i++) { /* the sun on the water */
        float z = avt_scene_random(scene, shore + 2, 120), off = side * avt_scene_random(scene, .14f, .5f);
        float strength = avt_scene_random(scene, 0, 1);
        avt_scene_spark(scene, avt_at((off + slope) * z, scene->low.y - .5f, z),
                        avt_rgb_scale(sun, .01f + .16f * strength * strength * strength));
    }
}
