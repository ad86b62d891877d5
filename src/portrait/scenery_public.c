/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms to work, learn and get well in. */
#include "portrait/scenery_parts.h"

static const struct avt_rgb white = {.72f, .71f, .69f}, steel = {.42f, .43f, .45f}, dark = {.03f, .031f, .034f};

/* A table with what stands on it, its middle at x, z. */
static void desk(struct avt_scene *scene, float x, float z, float width, struct avt_rgb wood, bool screen)
{
    float floor = scene->low.y, top = floor + .74f, left = x - width / 2;
    avt_scene_foot(scene, x, z + .35f, .7f * width, .7f, .5f);
    scene->depth = z;
    for (int i = 0; i < 2; i++) {
        float leg = i ? left + width - .08f : left + .03f;
        avt_scene_box(scene, avt_at(leg, floor, z + .06f), avt_at(leg + .05f, top, z + .65f), steel, AVT_SURFACE_PAINT);
    }
    avt_scene_box(scene, avt_at(left, top - .035f, z), avt_at(left + width, top, z + .7f), wood, AVT_SURFACE_WOOD);
    if (!screen)
        return;
    float s = x + avt_scene_random(scene, -.15f, .15f);
    avt_scene_box(scene, avt_at(s - .03f, top, z + .4f), avt_at(s + .03f, top + .2f, z + .44f), steel,
                  AVT_SURFACE_PAINT);
    avt_scene_box(scene, avt_at(s - .3f, top + .12f, z + .36f), avt_at(s + .3f, top + .48f, z + .4f), dark,
                  AVT_SURFACE_PAINT);
    struct avt_scene_face *face = avt_scene_front(scene, s - .285f, top + .465f, .57f, .33f, z + .357f,
                                                  avt_rgb_mul(scene->daylight, (struct avt_rgb){.35f, .45f, .6f}));
    face->surface = AVT_SURFACE_GLOW;
    face->bottom = avt_rgb_scale(face->top, .55f);
    /* Paper, a mug, a pen pot. */
    avt_scene_box(scene, avt_at(left + .1f, top, z + .1f), avt_at(left + .32f, top + .04f, z + .4f), white,
                  AVT_SURFACE_PAINT);
    avt_scene_box(scene, avt_at(left + width - .25f, top, z + .15f), avt_at(left + width - .17f, top + .1f, z + .23f),
                  scene->accent, AVT_SURFACE_PAINT);
}

static void chair(struct avt_scene *scene, float x, float z, struct avt_rgb cloth)
{
    float floor = scene->low.y;
    avt_scene_foot(scene, x, z + .2f, .4f, .4f, .45f);
    scene->depth = z;
    avt_scene_box(scene, avt_at(x - .03f, floor, z + .2f), avt_at(x + .03f, floor + .45f, z + .26f), steel,
                  AVT_SURFACE_PAINT);
    avt_scene_box(scene, avt_at(x - .23f, floor + .44f, z), avt_at(x + .23f, floor + .52f, z + .45f), cloth,
                  AVT_SURFACE_PAINT);
    avt_scene_box(scene, avt_at(x - .21f, floor + .6f, z), avt_at(x + .21f, floor + 1.02f, z + .06f), cloth,
                  AVT_SURFACE_PAINT);
}

/* Panes in dark frames with a room behind that has its own light. */
static void glass_wall(struct avt_scene *scene, float x, float z, float length, float top)
{
    float floor = scene->low.y;
    scene->depth = z + .5f * length;
    struct avt_rgb own = avt_rgb_mul(scene->wall, avt_rgb_mix(scene->bulb, scene->daylight, .6f));
    struct avt_scene_face *beyond =
        avt_scene_face(scene, avt_at(x, top, z), avt_at(0, 0, length), avt_at(0, floor - top, 0), own);
    beyond->surface = AVT_SURFACE_GLOW;
    beyond->bottom = avt_rgb_scale(own, .35f);
    for (int i = 0; i < 5; i++) {
        float y = floor + avt_scene_random(scene, .7f, 1.3f), at = z + length * avt_scene_random(scene, 0, .7f);
        float wide = length * avt_scene_random(scene, .08f, .3f), tone = avt_scene_random(scene, .18f, .52f);
        struct avt_scene_face *shape =
            avt_scene_face(scene, avt_at(x, y, at), avt_at(0, 0, wide), avt_at(0, -1, 0), avt_rgb_scale(own, tone));
        shape->surface = AVT_SURFACE_GLOW;
        shape->alpha = .6f;
    }
    float in = x < 0 ? .05f : -.05f;
    for (int i = 0; i <= 4; i++) {
        float at = z + length * (float)i / 4;
        avt_scene_box(scene, avt_at(x, floor, at - .025f), avt_at(x + in, top, at + .025f), dark, AVT_SURFACE_PAINT);
    }
    avt_scene_box(scene, avt_at(x, floor + 1, z), avt_at(x + in, floor + 1.04f, z + length), dark, AVT_SURFACE_PAINT);
}

void avt_scene_office(struct avt_scene *scene)
{
    static const unsigned tables[] = {0xcdb38c, 0xe6e3dd, 0xa98259, 0xd8d2c6};
    static const unsigned carpets[] = {0x6d7074, 0x85807a, 0x566069, 0x9a9288};
    int side = avt_scene_pick(scene, 2) ? 1 : -1;
    float s = (float)side, back = avt_scene_random(scene, 8.2f, 9.6f);
    scene->low = avt_at(side > 0 ? -2.25f : -2.9f, -1.4f, .4f);
    scene->high = avt_at(side > 0 ? 2.9f : 2.25f, 1.4f, back);
    avt_scene_turn(scene, -s * avt_scene_random(scene, .0f, .08f));
    avt_scene_room(scene, avt_scene_shade_of(scene, carpets, 4), (struct avt_rgb){.64f, .64f, .64f}, false);
    struct avt_rgb wood = avt_scene_shade_of(scene, tables, 4);
    scene->depth = back;
    for (int row = 0; row < 2; row++) {
        for (int i = 0; i < 3; i++)
            avt_scene_panel_light(scene, row ? 1.35f : -1.35f, 4.9f + 1.6f * (float)i, .28f, 1.1f);
    }
    avt_scene_lamp(scene, avt_at(0, 1.2f, 6.4f), avt_rgb_scale(scene->key, .55f), 2.2f);
    avt_scene_side_window(scene, -side, 4.4f, 1.15f, back - 4.9f, 1.9f, 4);
    /* The back wall: a door, a picture, a low cupboard. */
    float centre = back * scene->turn_sin / scene->turn_cos, door = centre + s * 1.75f;
    avt_scene_box(scene, avt_at(door - .48f, scene->low.y, back - .05f), avt_at(door + .48f, .72f, back),
                  avt_rgb_scale(wood, .8f), AVT_SURFACE_WOOD);
    avt_scene_picture(scene, centre - s * 1.35f - .4f, .62f, .8f, .6f);
    avt_scene_behind(scene, centre - s * 1.3f - .8f, -.55f, 1.6f, .9f, .3f);
    scene->depth = back - .5f;
    avt_scene_box(scene, avt_at(centre - s * 1.3f - .8f, scene->low.y, back - .45f),
                  avt_at(centre - s * 1.3f + .8f, -.58f, back), white, AVT_SURFACE_PAINT);
    avt_scene_books(scene, avt_at(centre - s * 1.3f - .6f, -.58f, back - .3f), (struct avt_point3){.6f, 0, 0}, .32f);
    if (avt_scene_pick(scene, 3) > 0)
        glass_wall(scene, s * 2.2f, 4.9f, back - 5.4f, 1.1f);
    desk(scene, -s * 1.5f, 6.6f, 1.5f, wood, true);
    chair(scene, -s * 1.05f, 6.2f, scene->accent);
    desk(scene, s * 1.55f, 6, 1.5f, wood, true);
    chair(scene, s * 1.2f, 5.4f, avt_scene_pick(scene, 2) ? scene->accent : dark);
    desk(scene, -s * 1.75f, 4.7f, 1.4f, wood, true);
    int pendants = avt_scene_pick(scene, 4);
    for (int i = 0; i < pendants; i++)
        avt_scene_pendant(scene, s * (1.02f + .48f * (float)i), avt_scene_random(scene, .62f, .72f), 5.2f);
    avt_scene_foot(scene, s * 1.35f, 4.4f, .4f, .3f, .5f);
    float x = s * avt_scene_random(scene, 1.25f, 1.5f);
    avt_scene_plant(scene, x, scene->low.y, 4.4f, avt_scene_random(scene, 1.1f, 1.6f), true);
    if (avt_scene_pick(scene, 2))
        avt_scene_plant(scene, -s * 1.7f, scene->low.y + .74f, 5, .5f, true);
}

/* What was written on a board and wiped, and some that was not. */
static void writing(struct avt_scene *scene, float left, float top, float width, float height, float z,
                    struct avt_rgb ink)
{
    for (int i = 0; i < 16; i++) {
        float w = width * avt_scene_random(scene, .1f, .35f), x = left + (width - w) * avt_scene_random(scene, 0, 1);
        float y = top - height * avt_scene_random(scene, .05f, .6f), h = height * avt_scene_random(scene, .1f, .35f);
        struct avt_scene_face *smear = avt_scene_front(scene, x, y, w, h, z - .002f, ink);
        smear->outline = AVT_OUTLINE_SOFT;
        smear->alpha = avt_rgb_luminance(ink) > .3f ? .07f : .03f;
    }
    for (int block = 0; block < 2; block++) {
        float x = left + width * (block ? .73f : .04f), y = top - .1f * height;
        for (int line = 0; line < 6; line++) {
            float at = x, end = x + width * avt_scene_random(scene, .1f, .22f);
            y -= .11f * height;
            while (at < end) {
                float w = avt_scene_random(scene, .05f, .22f);
                struct avt_scene_face *word = avt_scene_front(scene, at, y, w, .032f, z - .003f, ink);
                word->alpha = .4f;
                at += w + .025f;
            }
        }
    }
}

static void board(struct avt_scene *scene, float centre, float width, float top, float height, int kind)
{
    static const unsigned boards[] = {0x35503f, 0x2f3a38, 0xe9ebea};
    float z = scene->high.z - .04f, left = centre - width / 2;
    struct avt_rgb frame = kind == 2 ? steel : avt_rgb_code(0x9a7048), colour = avt_rgb_code(boards[kind]);
    avt_scene_behind(scene, left, top - .05f, width, height, .3f);
    scene->depth = scene->high.z;
    avt_scene_box(scene, avt_at(left - .06f, top - height - .06f, z - .02f), avt_at(left + width + .06f, top + .06f, z),
                  frame, AVT_SURFACE_PAINT);
    avt_scene_front(scene, left, top, width, height, z - .025f, kind < 2 ? avt_rgb_scale(colour, 1.6f) : colour)
        ->mottle = kind < 2 ? .12f : .02f;
    writing(scene, left, top, width, height, z - .03f,
            kind == 2 ? (struct avt_rgb){.06f, .1f, .25f} : (struct avt_rgb){.75f, .76f, .72f});
    avt_scene_box(scene, avt_at(left, top - height - .07f, z - .12f), avt_at(left + width, top - height - .03f, z),
                  frame, AVT_SURFACE_PAINT);
}

void avt_scene_classroom(struct avt_scene *scene)
{
    static const unsigned papers[] = {0xe8d9a8, 0xa9c6d8, 0xe0b0a0, 0xb7d0a8, 0xf0eee6, 0xd8c2dc};
    static const unsigned woods[] = {0xc79a63, 0xb58a5a, 0xd9b98a};
    int side = avt_scene_pick(scene, 2) ? 1 : -1;
    float s = (float)side, back = avt_scene_random(scene, 5.6f, 6.2f);
    scene->low = avt_at(-3.f, -1.4f, .4f);
    scene->high = avt_at(3.f, 1.55f, back);
    avt_scene_turn(scene, s * avt_scene_random(scene, .02f, .1f));
    struct avt_rgb wood = avt_scene_shade_of(scene, woods, 3);
    avt_scene_room(scene, avt_rgb_scale(wood, .7f), (struct avt_rgb){.68f, .68f, .67f}, true);
    avt_scene_lamp(scene, avt_at(0, 1.3f, back - 1.5f), avt_rgb_scale(scene->key, .75f), 2.1f);
    avt_scene_side_window(scene, -side, 3.2f, 1.2f, back - 3.7f, 1.8f, 3);
    float width = avt_scene_random(scene, 2.5f, 3), top = avt_scene_random(scene, 1.02f, 1.15f);
    float centre = .7f * back * scene->turn_sin / scene->turn_cos;
    board(scene, centre, width, top, 1.5f, avt_scene_pick(scene, 3));
    /* Drawings pinned up beside it. */
    scene->depth = back;
    for (int i = 0; i < 8; i++) {
        float x = (width / 2 + .12f + .3f * (float)(i / 4)), y = top - .36f * (float)(i % 4);
        float w = avt_scene_random(scene, .2f, .26f), h = avt_scene_random(scene, .24f, .3f);
        struct avt_scene_face *paper = avt_scene_front(scene, centre + (s > 0 ? x : -x - w), y, w, h, back - .01f,
                                                       avt_scene_shade_of(scene, papers, 6));
        paper->bottom = avt_scene_shade_of(scene, papers, 6);
    }
    /* A cupboard with a globe and books, the teacher's desk, pupils' desks nearer. */
    float cup = centre - s * 1.35f;
    avt_scene_foot(scene, cup, back - .5f, .8f, .5f, .5f);
    scene->depth = back - .6f;
    avt_scene_box(scene, avt_at(cup - .6f, scene->low.y, back - .75f), avt_at(cup + .6f, -.6f, back - .3f), wood,
                  AVT_SURFACE_WOOD);
    avt_scene_books(scene, avt_at(cup - .5f, -.6f, back - .6f), (struct avt_point3){.5f, 0, 0}, .3f);
    struct avt_scene_face *globe =
        avt_scene_front(scene, cup + .16f, -.2f, .34f, .34f, back - .65f, avt_rgb_code(0x4f86b0));
    globe->outline = AVT_OUTLINE_DISC;
    globe->bottom = avt_rgb_code(0x2c5678);
    struct avt_scene_face *land =
        avt_scene_front(scene, cup + .2f, -.24f, .2f, .16f, back - .655f, avt_rgb_code(0x8fa060));
    land->outline = AVT_OUTLINE_DISC;
    avt_scene_box(scene, avt_at(cup + .31f, -.6f, back - .6f), avt_at(cup + .35f, -.52f, back - .56f), dark,
                  AVT_SURFACE_PAINT);
    avt_scene_plant(scene, s * 1.55f, scene->low.y, back - .8f, avt_scene_random(scene, .9f, 1.2f), true);
    for (int i = 0; i < 2; i++) {
        float x = i ? s * 1.3f : -s * 1.45f;
        desk(scene, x, 4.1f, 1.15f, wood, false);
        chair(scene, x + .1f, 3.6f, avt_scene_pick(scene, 2) ? scene->accent : wood);
    }
}

/* A pleated curtain on its rail between beds, drawn back. */
static void ward_curtain(struct avt_scene *scene, float x, float z, float length, struct avt_rgb cloth)
{
    int folds = 14;
    struct avt_rgb pale = avt_rgb_mix(cloth, white, .4f);
    float top = .95f, bottom = scene->low.y + .3f;
    scene->depth = z + length / 2;
    for (int i = folds - 1; i >= 0; i--) {
        float at = z + length * (float)i / (float)folds, out = i % 2 ? .05f : -.05f;
        struct avt_scene_face *fold = avt_scene_face(
            scene, avt_at(x + out, top, at), avt_at(-2 * out, 0, length / (float)folds), avt_at(0, bottom - top, 0),
            avt_rgb_scale(pale, (i % 2 ? .7f : 1) * avt_scene_random(scene, .85f, 1.1f)));
        fold->surface = AVT_SURFACE_LEAF;
    }
    avt_scene_box(scene, avt_at(x - .015f, top, z - .6f), avt_at(x + .015f, top + .03f, scene->high.z), steel,
                  AVT_SURFACE_PAINT);
}

static void bed(struct avt_scene *scene, float x, float z, struct avt_rgb cloth)
{
    float floor = scene->low.y, left = x - .48f, right = x + .48f;
    avt_scene_foot(scene, x, z + .8f, .9f, 1.3f, .5f);
    scene->depth = z + .8f;
    avt_scene_box(scene, avt_at(left, floor + .1f, z + 1.9f), avt_at(right, floor + 1.05f, z + 1.96f),
                  avt_rgb_code(0xb98f62), AVT_SURFACE_WOOD);
    avt_scene_box(scene, avt_at(left + .03f, floor + .35f, z), avt_at(right - .03f, floor + .62f, z + 1.9f), white,
                  AVT_SURFACE_PAINT);
    avt_scene_box(scene, avt_at(left + .01f, floor + .42f, z - .02f), avt_at(right - .01f, floor + .66f, z + 1.2f),
                  cloth, AVT_SURFACE_PAINT);
    avt_scene_box(scene, avt_at(left + .1f, floor + .62f, z + 1.4f), avt_at(right - .1f, floor + .82f, z + 1.85f),
                  white, AVT_SURFACE_PAINT);
    for (int i = 0; i < 2; i++)
        avt_scene_box(scene, avt_at(left, floor + .5f + .22f * (float)i, z - .06f),
                      avt_at(right, floor + .54f + .22f * (float)i, z - .02f), steel, AVT_SURFACE_PAINT);
}

/* On its arm at the head of a bed: traces and numbers. */
static void monitor(struct avt_scene *scene, float x, float y, float z)
{
    static const struct avt_rgb traces[3] = {{.08f, .62f, .2f}, {.14f, .42f, .7f}, {.6f, .5f, .14f}};
    scene->depth = z;
    avt_scene_box(scene, avt_at(x - .22f, y, z), avt_at(x + .22f, y + .32f, z + .1f), (struct avt_rgb){.5f, .5f, .49f},
                  AVT_SURFACE_PAINT);
    struct avt_scene_face *face =
        avt_scene_front(scene, x - .19f, y + .29f, .38f, .25f, z - .005f, (struct avt_rgb){.012f, .02f, .03f});
    face->surface = AVT_SURFACE_GLOW;
    for (int i = 0; i < 3; i++) {
        face = avt_scene_front(scene, x - .17f, y + .26f - .075f * (float)i, .24f, .014f, z - .007f, traces[i]);
        face->surface = AVT_SURFACE_GLOW;
        face = avt_scene_front(scene, x + .09f, y + .27f - .075f * (float)i, .07f, .045f, z - .007f, traces[i]);
        face->surface = AVT_SURFACE_GLOW;
    }
}

void avt_scene_hospital(struct avt_scene *scene)
{
    static const unsigned cloths[] = {0x8fc1bd, 0x9db9d6, 0xa9c7a2, 0xc2b6d6};
    int side = avt_scene_pick(scene, 2) ? 1 : -1;
    float s = (float)side, back = avt_scene_random(scene, 6.2f, 7);
    struct avt_rgb cloth = avt_scene_shade_of(scene, cloths, 4), band = scene->wall;
    scene->wall = avt_rgb_mix(scene->wall, (struct avt_rgb){.70f, .72f, .715f}, .62f);
    scene->target *= 1.18f;
    scene->low = avt_at(-2.9f, -1.4f, .4f);
    scene->high = avt_at(2.9f, 1.4f, back);
    avt_scene_turn(scene, s * avt_scene_random(scene, -.02f, .08f));
    avt_scene_room(scene, avt_rgb_code(0xa9b0ae), (struct avt_rgb){.72f, .73f, .73f}, false);
    float centre = back * scene->turn_sin / scene->turn_cos; /* what the camera looks at */
    scene->depth = back;
    /* The named colour is the band below the rail that beds knock against. */
    avt_scene_front(scene, -2.9f, -.42f, 5.8f, .98f, back - .004f, avt_rgb_mix(band, scene->wall, .35f));
    avt_scene_box(scene, avt_at(-2.9f, -.44f, back - .05f), avt_at(2.9f, -.3f, back), avt_rgb_code(0xc7a77c),
                  AVT_SURFACE_WOOD);
    for (int i = 0; i < 2; i++)
        avt_scene_panel_light(scene, i ? 1.2f : -1.2f, 4.6f, .6f, 1.2f);
    avt_scene_lamp(scene, avt_at(0, 1.2f, back - 1.8f), avt_rgb_scale(scene->key, .8f), 2.2f);
    if (avt_scene_pick(scene, 3)) {
        avt_scene_window(scene, centre - s * 1.55f - .75f, .95f, 1.5f, 1.15f, 2);
    } else {
        float door = centre - s * 1.35f;
        avt_scene_box(scene, avt_at(door - .5f, scene->low.y, back - .06f), avt_at(door + .5f, .72f, back),
                      avt_rgb_mix(band, avt_rgb_code(0xc7a77c), .6f), AVT_SURFACE_WOOD);
        struct avt_scene_face *pane =
            avt_scene_front(scene, door + .12f, .5f, .2f, .75f, back - .065f, avt_rgb_scale(scene->daylight, 1.2f));
        pane->surface = AVT_SURFACE_GLOW;
        avt_scene_side_window(scene, -side, 3.6f, 1, back - 4.2f, 1.4f, 2);
    }
    /* The head of the bed: panel with sockets, monitor, drip. */
    float x = s * 1.42f + centre;
    scene->depth = back;
    avt_scene_box(scene, avt_at(x - .68f, .08f, back - .09f), avt_at(x + .68f, .3f, back), white, AVT_SURFACE_PAINT);
    struct avt_scene_face *strip =
        avt_scene_front(scene, x - .6f, .34f, 1.2f, .04f, back - .08f, avt_rgb_scale(scene->daylight, 2));
    strip->surface = AVT_SURFACE_GLOW;
    bed(scene, x, back - 2.1f, cloth);
    monitor(scene, x + s * .55f, .1f, back - .7f);
    scene->depth = back - 1;
    avt_scene_front(scene, x - s * .72f, .75f, .02f, 2.1f, back - 1, steel);
    struct avt_scene_face *bag =
        avt_scene_front(scene, x - s * .72f + .03f, .72f, .12f, .22f, back - 1, (struct avt_rgb){.7f, .74f, .74f});
    bag->alpha = .8f;
    chair(scene, centre - s * 1.75f, back - 1.5f, scene->accent);
    ward_curtain(scene, s * 1.95f + .6f * centre, 4, 1.2f, cloth);
    if (avt_scene_pick(scene, 2))
        avt_scene_plant(scene, centre - s * 1.15f, scene->low.y, back - .8f, 1, true);
}
