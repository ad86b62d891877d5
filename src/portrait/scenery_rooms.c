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
    avt_scene_box(scene, (struct avt_point3){left, floor + .12f, z + .55f},
                  (struct avt_point3){right, floor + .84f, z + .85f}, cloth, AVT_SURFACE_PAINT);
    for (int i = 0; i < 2; i++) { /* back and seat cushions */
        float w = width / 2 - .1f, x = left + .1f + (float)i * w;
        avt_scene_box(scene, (struct avt_point3){x + .015f, floor + .45f, z + .42f},
                      (struct avt_point3){x + w - .015f, floor + .9f, z + .62f}, avt_rgb_scale(cloth, 1.06f),
                      AVT_SURFACE_PAINT);
        avt_scene_box(scene, (struct avt_point3){x + .01f, floor + .28f, z},
                      (struct avt_point3){x + w - .01f, floor + .47f, z + .6f}, avt_rgb_scale(cloth, 1.1f),
                      AVT_SURFACE_PAINT);
    }
    for (int i = 0; i < 2; i++) {
        float x = i ? right - .14f : left;
        avt_scene_box(scene, (struct avt_point3){x, floor + .12f, z}, (struct avt_point3){x + .14f, floor + .66f, z + .8f},
                      cloth, AVT_SURFACE_PAINT);
    }
    for (int i = 0; i < 3; i++) { /* cushions that lean */
        static const unsigned cloths[] = {0xd9cbb4, 0xb98f4f, 0x5f7a80, 0xa8593f, 0x8b9a84};
        float x = left + .22f + (width - .75f) * (float)i / 2 + avt_scene_random(scene, -.08f, .08f);
        float lean = avt_scene_random(scene, -.12f, .12f);
        struct avt_rgb rgb = i == 1 ? scene->accent : avt_scene_shade_of(scene, cloths, 5);
        avt_scene_face(scene, (struct avt_point3){x, floor + .88f, z + .34f}, (struct avt_point3){.42f, lean, .03f},
                       (struct avt_point3){lean, -.42f, -.1f}, rgb)->mottle = .1f;
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
        struct avt_scene_face *fold = avt_scene_face(
            scene, (struct avt_point3){left + w * (float)i, top, z}, (struct avt_point3){w, 0, i % 2 ? .05f : -.05f},
            (struct avt_point3){0, -height, 0}, avt_rgb_scale(cloth, tone * (i % 2 ? .82f : 1)));
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
    avt_scene_box(scene, (struct avt_point3){left, floor + .12f, z}, (struct avt_point3){left + width, top, z + .42f}, wood,
                  AVT_SURFACE_WOOD);
    for (int i = 1; i < 3; i++)
        avt_scene_front(scene, left + width * (float)i / 3, top - .03f, .012f, .54f, z - .002f, avt_rgb_scale(wood, .4f));
    avt_scene_books(scene, (struct avt_point3){left + .12f, top, z + .15f}, (struct avt_point3){.3f * width, 0, 0}, .26f);
    avt_scene_plant(scene, left + .75f * width, top, z + .2f, avt_scene_random(scene, .4f, .6f), true);
}

void avt_scene_home(struct avt_scene *scene)
{
    float side = avt_scene_pick(scene, 2) ? 1.f : -1.f, back = avt_scene_random(scene, 4.9f, 5.5f);
    scene->low = (struct avt_point3){-3.2f, -1.35f, .4f};
    scene->high = (struct avt_point3){3.2f, 1.3f, back};
    avt_scene_turn(scene, avt_scene_random(scene, -.07f, .07f));
    struct avt_rgb wood = avt_scene_shade_of(scene, woods, 5);
    avt_scene_room(scene, wood, (struct avt_rgb){.7f, .69f, .67f}, true);
    avt_scene_lamp(scene, (struct avt_point3){-side * .6f, 1, 2.2f}, avt_rgb_scale(scene->key, .8f), 2.4f);

    /* One side: a window with curtains, or a bookcase. The other: sofa, pictures, lamp. */
    int kind = avt_scene_pick(scene, 3);
    static const unsigned cloths[] = {0xe8e2d6, 0xd8cdbb, 0xcfd6d6, 0xb9b3a6};
    struct avt_rgb linen = avt_scene_shade_of(scene, cloths, 4);
    if (kind != 1) {
        float left = side > 0 ? .98f : -.98f - 1.15f;
        avt_scene_window(scene, left, 1.02f, 1.15f, 1.5f, 2);
        curtain(scene, side > 0 ? left - .3f : left + 1.05f, .36f, back - .16f, linen);
        curtain(scene, side > 0 ? left + 1.05f : left - .3f, .36f, back - .16f, linen);
    } else {
        float left = side > 0 ? .8f : -.8f - 1.25f;
        avt_scene_behind(scene, left, 1, 1.25f, 2.3f, .4f);
        avt_scene_bookcase(scene, left, .9f, 1.25f, scene->low.y, back - .34f, 6, avt_scene_shade_of(scene, woods, 5));
    }
    struct avt_rgb couch = avt_scene_pick(scene, 2) ? scene->accent : avt_scene_shade_of(scene, cloths, 4);
    float width = 1.9f, first = -side * avt_scene_random(scene, .5f, .7f);
    int count = 1 + avt_scene_pick(scene, 3);
    for (int i = 0; i < count; i++) {
        float w = avt_scene_random(scene, .3f, .44f), h = w * avt_scene_random(scene, 1, 1.4f);
        float x = first - side * (float)i * .54f - (side > 0 ? w : 0);
        avt_scene_picture(scene, x, .62f + avt_scene_random(scene, -.04f, .06f), w, h);
    }
    if (kind == 2)
        sideboard(scene, side > 0 ? -.55f - 1.6f : .55f, 1.6f, back - .5f, avt_scene_shade_of(scene, woods, 5));
    else
        sofa(scene, side > 0 ? -.4f - width : .4f, width, back - 1.25f, couch);
    avt_scene_floor_lamp(scene, -side * avt_scene_random(scene, 1.62f, 1.78f), back - .55f,
                         avt_scene_random(scene, 1.55f, 1.7f));
    if (kind != 1)
        avt_scene_foot(scene, side * 1.05f, back - .9f, .4f, .3f, .5f);
    avt_scene_plant(scene, side * avt_scene_random(scene, .98f, 1.15f), scene->low.y, back - 1,
                    avt_scene_random(scene, .95f, 1.3f), true);
}

/* Shelves along a side of an aisle, from z to z + length, their fronts at x. */
static void aisle(struct avt_scene *scene, float x, float z, float length, float top, struct avt_rgb wood)
{
    float out = x < 0 ? -.34f : .34f, floor = scene->low.y, step = .36f;
    float mid = z + .4f * length;
    scene->depth = mid;
    struct avt_scene_face *back = avt_scene_face(scene, (struct avt_point3){x + .6f * out, top, z},
                                                 (struct avt_point3){0, 0, length},
                                                 (struct avt_point3){0, floor - top, 0}, avt_rgb_scale(wood, .3f));
    back->surface = AVT_SURFACE_WOOD;
    for (float y = floor + .1f; y < top - .1f; y += step) {
        for (float at = z; at < z + length - .1f; at += .9f) {
            float end = at + .9f < z + length ? at + .87f : z + length;
            scene->depth = at < mid ? z + .15f * length : mid;
            avt_scene_books(scene, (struct avt_point3){x + .1f * out, y + .03f, end},
                            (struct avt_point3){0, 0, at - end}, step - .03f);
        }
    }
    for (float y = floor + .1f; y < top + .05f; y += step) {
        scene->depth = mid;
        avt_scene_box(scene, (struct avt_point3){x, y, z}, (struct avt_point3){x + out, y + .035f, z + length}, wood,
                      AVT_SURFACE_WOOD);
    }
    for (float at = z + length; at >= z - .01f; at -= .9f) {
        scene->depth = at < mid ? z + .15f * length : mid;
        avt_scene_box(scene, (struct avt_point3){x - .04f * out, floor, at - .03f},
                      (struct avt_point3){x + out, top + .05f, at + .02f}, wood, AVT_SURFACE_WOOD);
    }
}

void avt_scene_library(struct avt_scene *scene)
{
    float back = avt_scene_random(scene, 9, 10.5f), top = 1.15f;
    float side = avt_scene_pick(scene, 2) ? 1.f : -1.f;
    struct avt_rgb wood = avt_scene_shade_of(scene, woods, 5);
    scene->low = (struct avt_point3){-3.6f, -1.4f, .4f};
    scene->high = (struct avt_point3){3.6f, 2.1f, back};
    avt_scene_turn(scene, side * avt_scene_random(scene, .02f, .07f));
    avt_scene_room(scene, avt_scene_shade_of(scene, woods, 5), (struct avt_rgb){.66f, .64f, .6f}, true);
    /* The far end: tall windows beside a quiet wall, or shelves all along. */
    int kind = avt_scene_pick(scene, 2);
    if (kind == 0) {
        for (int i = 0; i < 2; i++)
            avt_scene_window(scene, i ? .75f : -1.65f, 1.75f, .9f, 2.1f, 2);
    } else {
        for (int i = -2; i < 2; i++)
            avt_scene_bookcase(scene, (float)i * 1.3f + .02f, 1.1f, 1.26f, scene->low.y, back - .4f, 7, wood);
    }
    for (int i = 0; i < 3; i++) {
        float z = 3.5f + 2.2f * (float)i;
        avt_scene_lamp(scene, (struct avt_point3){0, 1.7f, z}, avt_rgb_scale(avt_rgb_mix(scene->key, scene->bulb, .35f), .62f),
                       1.7f);
    }
    scene->depth = back;
    for (int i = 0; i < 3; i++) {
        avt_scene_panel_light(scene, -1.f, 4.6f + 1.9f * (float)i, .3f, .9f);
        avt_scene_panel_light(scene, 1.f, 4.6f + 1.9f * (float)i, .3f, .9f);
    }
    float near_left = side > 0 ? 3.1f : 3.9f, near_right = side > 0 ? 3.9f : 3.1f;
    aisle(scene, -1.22f, near_left, 5, top, wood);
    aisle(scene, 1.22f, near_right, 5, top, wood);
    /* Reading lamps on a table at the far end. */
    scene->depth = 7.5f;
    avt_scene_box(scene, (struct avt_point3){-1, -.66f, 7.3f}, (struct avt_point3){1, -.6f, 8.2f}, wood, AVT_SURFACE_WOOD);
    for (int i = 0; i < 2; i++) {
        float x = i ? .72f : -.72f;
        avt_scene_spark(scene, (struct avt_point3){x, -.28f, 7.4f}, avt_rgb_scale(scene->bulb, .55f));
        avt_scene_lamp(scene, (struct avt_point3){x, -.25f, 7.4f}, avt_rgb_scale(scene->bulb, .5f), .45f);
    }
}
