/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms to live and read in. The middle stays a wall or a far end; what there is to see stands at the sides. */
#include "portrait/scenery_parts.h"

static const unsigned woods[] = {0x8a6240, 0x6a4a33, 0xb08a62, 0x4b3528, 0xa57b52};

static void sofa(struct avt_scene *scene, float left, float width, float z, struct avt_rgb cloth)
{
    float floor = scene->low.y, right = left + width;
    scene->depth = z;
    avt_scene_foot(scene, left + width / 2, z + .3f, .75f * width, .8f, .6f);
    avt_scene_behind(scene, left, floor + .85f, width, .85f, .35f);
    scene->depth = z;
    avt_scene_box(scene, avt_at(left, floor + .12f, z + .55f), avt_at(right, floor + .84f, z + .85f), cloth,
                  AVT_SURFACE_PAINT);
    for (int i = 0; i < 2; i++) { /* back and seat cushions */
        float w = width / 2 - .1f, x = left + .1f + (float)i * w;
        avt_scene_box(scene, avt_at(x + .015f, floor + .45f, z + .42f), avt_at(x + w - .015f, floor + .9f, z + .62f),
                      avt_rgb_scale(cloth, 1.06f), AVT_SURFACE_PAINT);
        avt_scene_box(scene, avt_at(x + .01f, floor + .28f, z), avt_at(x + w - .01f, floor + .47f, z + .6f),
                      avt_rgb_scale(cloth, 1.1f), AVT_SURFACE_PAINT);
    }
    for (int i = 0; i < 2; i++) {
        float x = i ? right - .14f : left;
        avt_scene_box(scene, avt_at(x, floor + .12f, z), avt_at(x + .14f, floor + .66f, z + .8f), cloth,
                      AVT_SURFACE_PAINT);
    }
    for (int i = 0; i < 3; i++) { /* cushions that lean */
        static const unsigned cloths[] = {0xd9cbb4, 0xb98f4f, 0x5f7a80, 0xa8593f, 0x8b9a84};
        float x = left + .22f + (width - .75f) * (float)i / 2 + avt_scene_random(scene, -.08f, .08f);
        float lean = avt_scene_random(scene, -.12f, .12f);
        struct avt_rgb rgb = avt_scene_shade_of(scene, cloths, 5);
        avt_scene_face(scene, avt_at(x, floor + .88f, z + .34f), (struct avt_point3){.42f, lean, .03f},
                       avt_at(lean, -.42f, -.1f), rgb)
            ->mottle = .1f;
    }
}

/* Sheer cloth at one side of a window. */
static void curtain(struct avt_scene *scene, float left, float width, float z, struct avt_rgb cloth)
{
    float top = scene->high.y - .05f, height = top - scene->low.y - .04f;
    int folds = (int)(width / .09f) + 1;
    avt_scene_behind(scene, left, top, width, height, .3f);
    scene->depth = z;
    for (int i = 0; i < folds; i++) {
        float w = width / (float)folds, tone = avt_scene_random(scene, .75f, 1.15f);
        struct avt_scene_face *fold =
            avt_scene_face(scene, avt_at(left + w * (float)i, top, z), avt_at(w, 0, i % 2 ? .05f : -.05f),
                           avt_at(0, -height, 0), avt_rgb_scale(cloth, tone * (i % 2 ? .82f : 1)));
        fold->surface = AVT_SURFACE_LEAF;
    }
}

static void sideboard(struct avt_scene *scene, float left, float width, float z, struct avt_rgb wood)
{
    float floor = scene->low.y, top = floor + .72f;
    scene->depth = z;
    avt_scene_foot(scene, left + width / 2, z + .2f, .7f * width, .5f, .6f);
    avt_scene_behind(scene, left, top, width, .72f, .3f);
    scene->depth = z;
    avt_scene_box(scene, avt_at(left, floor + .12f, z), avt_at(left + width, top, z + .42f), wood, AVT_SURFACE_WOOD);
    for (int i = 1; i < 3; i++)
        avt_scene_front(scene, left + width * (float)i / 3, top - .03f, .012f, .54f, z - .002f,
                        avt_rgb_scale(wood, .4f));
    avt_scene_books(scene, avt_at(left + .12f, top, z + .15f), (struct avt_point3){.3f * width, 0, 0}, .26f);
    avt_scene_plant(scene, left + .75f * width, top, z + .2f, avt_scene_random(scene, .4f, .6f), true);
}

void avt_scene_home(struct avt_scene *scene)
{
    float side = avt_scene_pick(scene, 2) ? 1.f : -1.f, back = avt_scene_random(scene, 4.9f, 5.5f);
    scene->low = avt_at(-3.2f, -1.35f, .4f);
    scene->high = avt_at(3.2f, 1.3f, back);
    avt_scene_turn(scene, avt_scene_random(scene, -.07f, .07f));
    struct avt_rgb wood = avt_scene_shade_of(scene, woods, 5);
    avt_scene_room(scene, wood, (struct avt_rgb){.7f, .69f, .67f}, true);
    avt_scene_lamp(scene, avt_at(-side * .6f, 1, 2.2f), avt_rgb_scale(scene->key, .8f), 2.4f);

    /* One side: a window with curtains, or a bookcase. The other: sofa, pictures, lamp. */
    int kind = avt_scene_pick(scene, 3);
    static const unsigned cloths[] = {0xe8e2d6, 0xd8cdbb, 0xcfd6d6, 0xb9b3a6};
    struct avt_rgb linen = avt_scene_shade_of(scene, cloths, 4);
    if (kind != 1) {
        float left = back * scene->turn_sin / scene->turn_cos + (side > 0 ? .9f : -.9f - 1.15f);
        avt_scene_window(scene, left, 1.02f, 1.15f, 1.5f, 2);
        curtain(scene, side > 0 ? left - .3f : left + 1.05f, .36f, back - .16f, linen);
        curtain(scene, side > 0 ? left + 1.05f : left - .3f, .36f, back - .16f, linen);
    } else {
        float left = back * scene->turn_sin / scene->turn_cos + (side > 0 ? .75f : -.75f - 1.25f);
        avt_scene_behind(scene, left, 1, 1.25f, 2.3f, .4f);
        avt_scene_bookcase(scene, left, .9f, 1.25f, scene->low.y, back - .34f, 6, avt_scene_shade_of(scene, woods, 5));
    }
    struct avt_rgb couch = avt_scene_pick(scene, 2) ? scene->accent : avt_scene_shade_of(scene, cloths, 4);
    float width = 1.9f, centre = back * scene->turn_sin / scene->turn_cos;
    float first = centre - side * avt_scene_random(scene, .55f, .75f);
    int count = 1 + avt_scene_pick(scene, 3);
    for (int i = 0; i < count; i++) {
        float w = avt_scene_random(scene, .3f, .44f), h = w * avt_scene_random(scene, 1, 1.4f);
        float x = first - side * (float)i * .54f - (side > 0 ? w : 0);
        avt_scene_picture(scene, x, .62f + avt_scene_random(scene, -.04f, .06f), w, h);
    }
    float lamp = centre - side * avt_scene_random(scene, 1.5f, 1.75f);
    avt_scene_floor_lamp(scene, lamp, back - .55f, avt_scene_random(scene, 1.55f, 1.7f));
    if (kind == 2)
        sideboard(scene, side > 0 ? -.55f - 1.6f : .55f, 1.6f, back - .5f, avt_scene_shade_of(scene, woods, 5));
    else
        sofa(scene, side > 0 ? -.4f - width : .4f, width, back - 1.25f, couch);
    if (kind != 1)
        avt_scene_foot(scene, side * 1.05f, back - .9f, .4f, .3f, .5f);
    float x = centre + side * avt_scene_random(scene, .98f, 1.15f);
    avt_scene_plant(scene, x, scene->low.y, back - 1, avt_scene_random(scene, .95f, 1.3f), true);
}

/* Shelves along a side of an aisle, from z to z + length, their fronts at x. */
static void aisle(struct avt_scene *scene, float x, float z, float length, float top, struct avt_rgb wood)
{
    float out = x < 0 ? -.3f : .3f, floor = scene->low.y, step = .34f, bay = 1.1f;
    scene->depth = z + .6f * length;
    struct avt_scene_face *back = avt_scene_face(scene, avt_at(x + .6f * out, top, z), avt_at(0, 0, length),
                                                 avt_at(0, floor - top, 0), avt_rgb_scale(wood, .25f));
    back->surface = AVT_SURFACE_WOOD;
    scene->shadowless = true;
    for (float at = z + length - bay; at > z - .1f; at -= bay) {
        scene->depth = at + .5f * bay;
        for (float y = floor + .1f; y < top - .1f; y += step) {
            avt_scene_books(scene, avt_at(x + .08f * out, y + .03f, at + bay), avt_at(0, 0, -bay), step - .02f);
            struct avt_scene_face *shade =
                avt_scene_face(scene, avt_at(x + .07f * out, y + step, at), avt_at(0, 0, bay),
                               avt_at(0, -.4f * step, 0), (struct avt_rgb){0});
            shade->surface = AVT_SURFACE_SHADE;
            shade->outline = AVT_OUTLINE_FEATHER;
            shade->alpha = .5f;
        }
        for (float y = floor + .1f; y < top + .05f; y += step)
            avt_scene_box(scene, avt_at(x, y, at), avt_at(x + out, y + .03f, at + bay), wood, AVT_SURFACE_WOOD);
        avt_scene_box(scene, avt_at(x, floor, at - .02f), avt_at(x + out, top + .05f, at + .01f), wood,
                      AVT_SURFACE_WOOD);
    }
    scene->shadowless = false;
}

/* Between two rows of shelves, a far end with windows. */
static void library_aisle(struct avt_scene *scene, struct avt_rgb wood, float side)
{
    float back = scene->high.z, top = 1.2f;
    scene->daylight = avt_rgb_scale(scene->daylight, .66f); /* white hair may stand before it */
    if (avt_scene_pick(scene, 2)) {
        avt_scene_window(scene, -1.05f, 1.5f, 2.1f, 2.05f, 3);
    } else {
        for (int i = 0; i < 2; i++)
            avt_scene_window(scene, i ? .45f : -1.35f, 1.5f, .9f, 2.05f, 2);
    }
    for (int i = 0; i < 3; i++) {
        avt_scene_lamp(scene, avt_at(0, 1.5f, 3 + 2.2f * (float)i),
                       avt_rgb_scale(avt_rgb_mix(scene->key, scene->bulb, .35f), .8f), 1.4f);
        avt_scene_panel_light(scene, -.75f, 4.2f + 1.9f * (float)i, .22f, 1);
        avt_scene_panel_light(scene, .75f, 4.2f + 1.9f * (float)i, .22f, 1);
    }
    aisle(scene, -1.12f - .1f * side, 2.4f, 5.6f, top, wood);
    aisle(scene, 1.12f - .1f * side, 2.4f, 5.6f, top, wood);
    /* A table under the windows, with lamps. */
    scene->depth = back - 1.4f;
    avt_scene_box(scene, avt_at(-1.1f, -.66f, back - 1.4f), avt_at(1.1f, -.6f, back - .5f), wood, AVT_SURFACE_WOOD);
    for (int i = 0; i < 2; i++)
        avt_scene_spark(scene, avt_at(i ? .85f : -.85f, -.25f, back - 1.4f), avt_rgb_scale(scene->bulb, .5f));
}

/* A reading room: cases along the wall with a niche of bare wall in the middle. */
static void library_wall(struct avt_scene *scene, struct avt_rgb wood, float side)
{
    float back = scene->high.z, niche = avt_scene_random(scene, .52f, .62f),
          shift = back * scene->turn_sin / scene->turn_cos;
    avt_scene_lamp(scene, avt_at(shift, .9f, back - 1.3f),
                   avt_rgb_scale(avt_rgb_mix(scene->key, scene->bulb, .3f), .85f), 1.4f);
    avt_scene_lamp(scene, avt_at(side * 1.8f, .6f, back - 2), avt_rgb_scale(scene->key, .9f), 1.5f);
    for (int i = 0; i < 4; i++) {
        float width = .98f,
              left = i < 2 ? shift - niche - width * (float)(i + 1) : shift + niche + width * (float)(i - 2);
        avt_scene_bookcase(scene, left, 1.22f, width, scene->low.y, back - .36f, 8, wood);
    }
    scene->depth = back - .36f;
    avt_scene_box(scene, avt_at(shift - niche, scene->low.y, back - .36f), avt_at(shift + niche, -.55f, back), wood,
                  AVT_SURFACE_WOOD);
    avt_scene_plant(scene, shift - side * .36f, -.55f, back - .25f, .36f, true);
    avt_scene_pendant(scene, side * 1.15f, .5f, 3.4f);
    if (avt_scene_pick(scene, 2))
        avt_scene_pendant(scene, side * 1.6f, .56f, 3.5f);
    /* A table lamp on a desk at the other side. */
    scene->depth = 3.8f;
    avt_scene_box(scene, avt_at(-side * .62f, -.7f, 3.6f), avt_at(-side * 2, -.65f, 4.3f), avt_rgb_scale(wood, .7f),
                  AVT_SURFACE_WOOD);
    avt_scene_floor_lamp(scene, -side * 1.25f, 3.9f, 1.18f);
}

void avt_scene_library(struct avt_scene *scene)
{
    int kind = avt_scene_pick(scene, 2);
    float side = avt_scene_pick(scene, 2) ? 1.f : -1.f, back = kind ? 8.6f : avt_scene_random(scene, 4.7f, 5.3f);
    struct avt_rgb wood = avt_rgb_scale(avt_scene_shade_of(scene, woods, 5), .85f);
    scene->low = avt_at(-3.4f, -1.4f, .4f);
    scene->high = avt_at(3.4f, 1.75f, back);
    /* Books are colour enough. */
    float grey = avt_rgb_luminance(scene->wall);
    scene->wall = avt_rgb_mix(scene->wall, avt_rgb(grey, grey, grey), .3f);
    avt_scene_turn(scene, side * avt_scene_random(scene, .03f, .09f));
    avt_scene_room(scene, avt_scene_shade_of(scene, woods, 5), (struct avt_rgb){.66f, .64f, .6f}, true);
    if (kind)
        library_aisle(scene, wood, side);
    else
        library_wall(scene, wood, side);
}
