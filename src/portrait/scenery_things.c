/* SPDX-License-Identifier: Apache-2.0 */
/* What stands about in rooms. Sizes are those of real furniture. */
#include <math.h>

#include "portrait/scenery_parts.h"

#define WHITE_PAINT ((struct avt_rgb){.74f, .73f, .71f})

void avt_scene_room(struct avt_scene *scene, struct avt_rgb floor, struct avt_rgb ceiling, bool boards)
{
    struct avt_point3 low = scene->low, high = scene->high;
    float w = high.x - low.x, h = high.y - low.y, d = high.z - low.z;
    scene->depth = high.z;
    struct avt_scene_face *face =
        avt_scene_face(scene, avt_at(low.x, low.y, low.z), avt_at(0, 0, d), avt_at(w, 0, 0), floor);
    face->surface = boards ? AVT_SURFACE_WOOD : AVT_SURFACE_PAINT;
    face->mottle = boards ? .3f : .08f;
    avt_scene_face(scene, avt_at(low.x, high.y, low.z), avt_at(w, 0, 0), avt_at(0, 0, d), ceiling);
    avt_scene_front(scene, low.x, high.y, w, h, high.z, scene->wall)->mottle = .03f;
    for (int side = 0; side < 2; side++) {
        float x = side ? high.x : low.x;
        avt_scene_face(scene, avt_at(x, high.y, low.z), avt_at(0, 0, d), avt_at(0, -h, 0), scene->wall)->mottle = .03f;
        float inside = side ? -.02f : .02f;
        avt_scene_box(scene, avt_at(x + inside, low.y, low.z), avt_at(x, low.y + .1f, high.z), WHITE_PAINT,
                      AVT_SURFACE_PAINT);
    }
    avt_scene_box(scene, avt_at(low.x, low.y, high.z - .02f), avt_at(high.x, low.y + .1f, high.z), WHITE_PAINT,
                  AVT_SURFACE_PAINT);
}

/* What is outside: sky above, something darker below the horizon. The corner and edges are those of the glass. */
static void outside(struct avt_scene *scene, struct avt_point3 at, struct avt_point3 across, struct avt_point3 down)
{
    struct avt_rgb sky = avt_rgb_mul(scene->daylight, avt_rgb(1.32f, 1.5f, 1.74f));
    struct avt_rgb low = avt_rgb_mul(scene->daylight, (struct avt_rgb){.95f, .98f, .88f});
    struct avt_scene_face *glass = avt_scene_face(scene, at, across, down, sky);
    glass->surface = AVT_SURFACE_GLOW;
    glass->bottom = avt_rgb_mix(sky, low, .75f);
    /* Trees and roofs far off, a row that rises and falls. */
    for (int i = 0; i < 16; i++) {
        float w = avt_scene_random(scene, .3f, .62f), h = avt_scene_random(scene, .18f, .42f);
        float u = (1 - w) * (float)i / 15, v = avt_scene_random(scene, .62f, .95f) - .3f * h;
        static const unsigned greens[] = {0x6f8a58, 0x8ea27a, 0x9aa3a0, 0x7b8f6a};
        v = v + h > 1 ? 1 - h : v;
        struct avt_point3 corner =
            avt_point3_add(at, avt_point3_add(avt_point3_scale(across, u), avt_point3_scale(down, v)));
        struct avt_rgb rgb = avt_rgb_mul(avt_scene_shade_of(scene, greens, 4), scene->daylight);
        struct avt_scene_face *tree = avt_scene_face(scene, corner, avt_point3_scale(across, w),
                                                     avt_point3_scale(down, h), avt_rgb_scale(rgb, 1.7f));
        tree->surface = AVT_SURFACE_GLOW;
        tree->outline = AVT_OUTLINE_SOFT;
        tree->alpha = .55f;
    }
}

void avt_scene_window(struct avt_scene *scene, float left, float top, float width, float height, int panes)
{
    float z = scene->high.z - .01f, bar = .05f;
    outside(scene, avt_at(left, top, z), avt_at(width, 0, 0), avt_at(0, -height, 0));
    for (int i = 0; i <= panes; i++) {
        float x = left + width * (float)i / (float)panes;
        avt_scene_box(scene, avt_at(x - bar / 2, top - height, z - .06f), avt_at(x + bar / 2, top, z), WHITE_PAINT,
                      AVT_SURFACE_PAINT);
    }
    for (int i = 0; i < 3; i++) {
        float y = i == 0 ? top : i == 1 ? top - .36f * height : top - height;
        avt_scene_box(scene, avt_at(left - bar, y - bar / 2, z - .06f), avt_at(left + width + bar, y + bar / 2, z),
                      WHITE_PAINT, AVT_SURFACE_PAINT);
    }
    avt_scene_box(scene, avt_at(left - .08f, top - height - .05f, z - .16f),
                  avt_at(left + width + .08f, top - height, z), WHITE_PAINT, AVT_SURFACE_PAINT);
    avt_scene_lamp(scene, avt_at(left + width / 2, top - height / 2, z - .7f), avt_rgb_scale(scene->daylight, .8f),
                   .5f * (width + height));
    struct avt_scene_face *bloom = avt_scene_front(scene, left - .35f * width, top + .35f * height, 1.7f * width,
                                                   1.7f * height, z - .2f, avt_rgb_scale(scene->daylight, .22f));
    bloom->surface = AVT_SURFACE_BEAM;
    bloom->outline = AVT_OUTLINE_SOFT;
}

void avt_scene_side_window(struct avt_scene *scene, int side, float z, float top, float length, float height, int panes)
{
    float x = side < 0 ? scene->low.x + .01f : scene->high.x - .01f, in = side < 0 ? .07f : -.07f;
    outside(scene, avt_at(x, top, z), avt_at(0, 0, length), avt_at(0, -height, 0));
    for (int i = 0; i <= panes; i++) {
        float at = z + length * (float)i / (float)panes;
        avt_scene_box(scene, avt_at(x, top - height, at - .04f), avt_at(x + in, top, at + .04f), WHITE_PAINT,
                      AVT_SURFACE_PAINT);
    }
    avt_scene_box(scene, avt_at(x, top - height - .05f, z), avt_at(x + 2.5f * in, top - height, z + length),
                  WHITE_PAINT, AVT_SURFACE_PAINT);
    avt_scene_box(scene, avt_at(x, top - .3f * height - .03f, z), avt_at(x + in, top - .3f * height, z + length),
                  WHITE_PAINT, AVT_SURFACE_PAINT);
    for (int i = 0; i < 2; i++)
        avt_scene_lamp(scene, avt_at(x + 8 * in, top - height / 2, z + length * (.25f + .5f * (float)i)),
                       avt_rgb_scale(scene->daylight, .55f), .9f * height);
    /* The floor mirrors some of it. */
    struct avt_scene_face *sheen = avt_scene_face(scene, avt_at(x, scene->low.y + .004f, z), avt_at(18 * in, 0, 0),
                                                  avt_at(0, 0, length), avt_rgb_scale(scene->daylight, .3f));
    sheen->surface = AVT_SURFACE_BEAM;
    sheen->outline = AVT_OUTLINE_SOFT;
}

void avt_scene_foot(struct avt_scene *scene, float x, float z, float width, float depth, float strength)
{
    float own = scene->depth;
    scene->depth = scene->high.z;
    struct avt_scene_face *shade =
        avt_scene_face(scene, avt_at(x - width, scene->low.y + .003f, z - depth), avt_at(2 * width, 0, 0),
                       avt_at(0, 0, 2 * depth), (struct avt_rgb){0});
    shade->surface = AVT_SURFACE_SHADE;
    shade->outline = AVT_OUTLINE_SOFT;
    shade->alpha = strength;
    scene->depth = own;
}

void avt_scene_behind(struct avt_scene *scene, float left, float top, float width, float height, float strength)
{
    float own = scene->depth, wide = height < .7f ? .3f * height : .22f;
    scene->depth = scene->high.z;
    struct avt_scene_face *shade = avt_scene_front(scene, left - wide, top + wide * .5f, width + 2 * wide,
                                                   height + 2 * wide, scene->high.z - .005f, (struct avt_rgb){0});
    shade->surface = AVT_SURFACE_SHADE;
    shade->outline = AVT_OUTLINE_FEATHER;
    shade->alpha = strength;
    scene->depth = own;
}

/* Half a cylinder, the half that is seen. */
static void cylinder(struct avt_scene *scene, struct avt_point3 base, float height, float radius, float top_radius,
                     struct avt_rgb rgb, enum avt_surface surface)
{
    /* Cosine and sine of 0, 36, .. 180 degrees. */
    static const float turn[6][2] = {{1, 0}, {.809f, .588f}, {.309f, .951f}, {-.309f, .951f}, {-.809f, .588f}, {-1, 0}};
    float mean = .5f * (radius + top_radius);
    for (int i = 0; i < 5; i++) {
        struct avt_point3 at = {base.x + mean * turn[i][0], base.y + height, base.z - mean * turn[i][1]};
        struct avt_point3 across = {mean * (turn[i + 1][0] - turn[i][0]), 0, -mean * (turn[i + 1][1] - turn[i][1])};
        struct avt_scene_face *face = avt_scene_face(scene, at, across, avt_at(0, -height, 0), rgb);
        face->surface = (uint8_t)surface;
    }
}

/* A leaf from `root` by `along`, so wide, its face turned up and to the camera. */
static void leaf(struct avt_scene *scene, struct avt_point3 root, struct avt_point3 along, float width,
                 struct avt_rgb rgb)
{
    float tilt = avt_scene_random(scene, -.6f, .6f);
    /* Across the leaf and the line of sight, so that it is seen, with some tilt. */
    struct avt_point3 wide = {along.y, -along.x, tilt * (along.y > 0 ? along.y : -along.y)};
    float length = sqrtf(avt_point3_dot(wide, wide)) + 1e-4f;
    wide = avt_point3_scale(wide, width / length);
    struct avt_scene_face *face =
        avt_scene_face(scene, avt_point3_add(root, avt_point3_scale(wide, -.5f)), along, wide, rgb);
    face->surface = AVT_SURFACE_LEAF;
    face->outline = AVT_OUTLINE_LEAF;
    face->bottom = avt_rgb_scale(rgb, .7f);
}

void avt_scene_plant(struct avt_scene *scene, float x, float y, float z, float height, bool pot)
{
    static const unsigned greens[] = {0x4f7a3a, 0x3f6b38, 0x5d8a45, 0x2f5632, 0x6f9a52, 0x486f4a};
    static const unsigned pots[] = {0xd8d4cc, 0xb5694a, 0x55585c, 0xc7a98a, 0xe9e5dd};
    int kind = avt_scene_pick(scene, 4);
    float pot_height = pot ? .26f * height : 0;
    struct avt_rgb clay = avt_scene_shade_of(scene, pots, 5);
    float own = scene->depth;
    scene->depth = z;
    if (pot)
        cylinder(scene, avt_at(x, y, z), pot_height, .13f * height, .15f * height, clay, AVT_SURFACE_PAINT);
    float stem = y + pot_height, rest = height - pot_height;
    int count = kind == 1 ? 16 : kind == 2 ? 70 : 46;
    for (int i = 0; i < count; i++) {
        float part = (float)i / (float)count, out = avt_scene_random(scene, -1, 1),
              ahead = avt_scene_random(scene, -1, 1);
        struct avt_rgb green = avt_rgb_scale(avt_scene_shade_of(scene, greens, 6), .7f + .7f * part);
        struct avt_point3 root = {x, stem, z}, along;
        float width = .03f;
        if (kind == 0) { /* rubber tree: oval leaves up a stem */
            root = avt_at(x + .05f * rest * out, stem + rest * (.12f + .62f * part), z);
            along =
                (struct avt_point3){.30f * rest * out, rest * avt_scene_random(scene, -.06f, .26f), .2f * rest * ahead};
            width = .13f * rest;
        } else if (kind == 1) { /* blades that stand */
            root.x += .10f * rest * out;
            along = (struct avt_point3){.16f * rest * out, rest * avt_scene_random(scene, .6f, 1), .05f * ahead};
            width = .075f * rest;
        } else if (kind == 2) { /* palm: two parts, up and over */
            float reach = rest * avt_scene_random(scene, .4f, .62f);
            struct avt_point3 up = {.5f * reach * out, reach, .2f * reach * ahead};
            leaf(scene, root, up, .035f * rest, green);
            root = avt_point3_add(root, avt_point3_scale(up, .9f));
            along = (struct avt_point3){.62f * reach * out, reach * avt_scene_random(scene, -.25f, .5f),
                                        .3f * reach * ahead};
            width = .06f * rest;
        } else { /* bushy */
            root = avt_at(x + .16f * rest * out, stem + rest * (.05f + .6f * part), z + .1f * ahead);
            float over = avt_scene_random(scene, -1, 1);
            along = avt_at(.3f * rest * over, rest * avt_scene_random(scene, -.12f, .32f), .1f * ahead);
            width = .09f * rest;
        }
        leaf(scene, root, along, width, green);
    }
    scene->depth = own;
}

void avt_scene_picture(struct avt_scene *scene, float left, float top, float width, float height)
{
    static const unsigned frames[] = {0x2b2622, 0xe6e1d8, 0xa57d52, 0x6b4a32};
    static const unsigned inks[] = {0xb8876a, 0x7f9aa3, 0xcdbb95, 0x5d6d62, 0xc4a08f, 0x93a08a, 0x44525f};
    float z = scene->high.z, frame = .025f + .02f * width;
    avt_scene_behind(scene, left, top - .03f, width, height, .22f);
    float own = scene->depth;
    scene->depth = z;
    avt_scene_box(scene, avt_at(left, top - height, z - .03f), avt_at(left + width, top, z),
                  avt_scene_shade_of(scene, frames, 4), AVT_SURFACE_PAINT);
    z -= .032f;
    left += frame;
    top -= frame;
    width -= 2 * frame;
    height -= 2 * frame;
    avt_scene_front(scene, left, top, width, height, z, (struct avt_rgb){.68f, .66f, .61f});
    struct avt_scene_face *art = avt_scene_front(scene, left + .14f * width, top - .14f * height, .72f * width,
                                                 .72f * height, z - .001f, avt_scene_shade_of(scene, inks, 7));
    art->bottom = avt_scene_shade_of(scene, inks, 7);
    for (int i = 0; i < 3; i++) {
        float w = width * avt_scene_random(scene, .2f, .42f), h = height * avt_scene_random(scene, .15f, .4f);
        float x = left + width * .14f + (width * .72f - w) * avt_scene_random(scene, 0, 1);
        float y = top - height * .14f - (height * .72f - h) * avt_scene_random(scene, 0, 1);
        struct avt_scene_face *mark = avt_scene_front(scene, x, y, w, h, z - .002f, avt_scene_shade_of(scene, inks, 7));
        mark->outline = i == 0 ? AVT_OUTLINE_DISC : AVT_OUTLINE_SOFT;
    }
    scene->depth = own;
}

void avt_scene_books(struct avt_scene *scene, struct avt_point3 at, struct avt_point3 along, float height)
{
    static const unsigned covers[] = {0x6b2e2a, 0x2d3f5a, 0x39513f, 0xc9b99a, 0x8a6f4d, 0x26262a, 0xd8d3c7, 0x9b4a32,
                                      0x51606b, 0xb0894a, 0x7d7f84, 0x40302a, 0x8f7a66, 0x3d5a63, 0xa89b88};
    float length = sqrtf(avt_point3_dot(along, along)), done = .01f;
    int first = avt_scene_pick(scene, 15), similar = 0;
    struct avt_point3 unit = avt_point3_scale(along, 1 / length);
    float base = avt_scene_random(scene, .68f, .84f);
    while (done < length - .03f) {
        float thick = avt_scene_random(scene, .018f, .05f),
              tall = height * (base + avt_scene_random(scene, -.08f, .1f));
        if (avt_scene_random(scene, 0, 1) < .05f) { /* a gap, or something else to look at */
            done += avt_scene_random(scene, .06f, .2f);
            continue;
        }
        thick = done + thick > length ? length - done : thick;
        if (similar-- <= 0) {
            first = avt_scene_pick(scene, 15);
            similar = avt_scene_pick(scene, 5);
        }
        struct avt_rgb cover = avt_scene_shade_of(scene, covers + first, 1);
        struct avt_point3 corner = avt_point3_add(at, avt_point3_scale(unit, done));
        corner.y += tall;
        struct avt_scene_face *book =
            avt_scene_face(scene, corner, avt_point3_scale(unit, thick * .93f), avt_at(0, -tall, 0), cover);
        book->bottom = avt_rgb_scale(cover, .8f);
        done += thick;
        if (avt_scene_pick(scene, 3) == 0) {
            corner.y -= .2f * tall;
            struct avt_rgb gilt = avt_rgb_mix(cover, (struct avt_rgb){.6f, .52f, .36f}, .6f);
            corner.z -= .002f;
            avt_scene_face(scene, corner, avt_point3_scale(unit, thick * .9f), avt_at(0, -.15f * tall, 0), gilt);
        }
    }
}

void avt_scene_bookcase(struct avt_scene *scene, float left, float top, float width, float floor, float z, int shelves,
                        struct avt_rgb wood)
{
    static const unsigned vases[] = {0xd9d2c5, 0x8c5a44, 0x4d6470, 0xb99c6b, 0x2f3033};
    float depth = .3f, board = .03f, step = (top - floor) / (float)shelves;
    scene->depth = z;
    scene->shadowless = true; /* its boards are too many, and have shade painted below them */
    avt_scene_front(scene, left, top, width, top - floor, z + depth, avt_rgb_scale(wood, .55f))->surface =
        AVT_SURFACE_WOOD;
    for (int i = 0; i <= shelves; i++) {
        float y = floor + step * (float)i;
        avt_scene_box(scene, avt_at(left, y, z), avt_at(left + width, y + board, z + depth), wood, AVT_SURFACE_WOOD);
        if (i == shelves)
            break;
        struct avt_point3 at = {left + board, y + board, z + .06f};
        float inner = width - 2 * board, part = avt_scene_random(scene, .45f, 1.1f);
        part = part > 1 ? 1 : part;
        float from = avt_scene_pick(scene, 2) ? inner * (1 - part) : 0;
        /* In the shadow of the board above. */
        avt_scene_books(scene, avt_at(at.x + from, at.y, at.z), avt_at(inner * part, 0, 0), step - board);
        float gap = inner * (1 - part);
        if (gap > .14f) {
            float x = from > 0 ? at.x + gap / 2 : at.x + inner - gap / 2;
            struct avt_rgb rgb = avt_scene_shade_of(scene, vases, 5);
            if (avt_scene_pick(scene, 3) == 0)
                avt_scene_plant(scene, x, y + board, z, (step - board) * .9f, true);
            else
                cylinder(scene, avt_at(x, y + board, z + .14f), (step - board) * avt_scene_random(scene, .35f, .75f),
                         .06f, .05f, rgb, AVT_SURFACE_PAINT);
        }
        struct avt_scene_face *shade =
            avt_scene_front(scene, left, y + step, width, .4f * step, z + .03f, (struct avt_rgb){0});
        shade->surface = AVT_SURFACE_SHADE;
        shade->outline = AVT_OUTLINE_FEATHER;
        shade->alpha = .45f;
    }
    for (int i = 0; i < 2; i++) {
        float x = i ? left + width - board : left;
        avt_scene_box(scene, avt_at(x, floor, z), avt_at(x + board, top + board, z + depth), wood, AVT_SURFACE_WOOD);
    }
    scene->shadowless = false;
}

void avt_scene_floor_lamp(struct avt_scene *scene, float x, float z, float height)
{
    float top = scene->low.y + height, shade = .3f;
    scene->depth = z;
    avt_scene_box(scene, avt_at(x - .012f, scene->low.y, z - .012f), avt_at(x + .012f, top - shade, z + .012f),
                  (struct avt_rgb){.05f, .045f, .04f}, AVT_SURFACE_PAINT);
    avt_scene_foot(scene, x, z, .25f, .25f, .5f);
    size_t first = scene->face_count;
    cylinder(scene, avt_at(x, top - shade, z), shade, .19f, .15f, scene->bulb, AVT_SURFACE_GLOW);
    for (size_t i = first; i < scene->face_count; i++) {
        /* Brightest low in the middle, where the bulb is near. */
        float part = (float)(i - first) - 2;
        scene->faces[i].top = avt_rgb_scale(scene->bulb, .62f - .07f * part * part);
        scene->faces[i].bottom = avt_rgb_scale(scene->bulb, 1.15f - .1f * part * part);
    }
    avt_scene_lamp(scene, avt_at(x, top - shade / 2, z - .05f), avt_rgb_scale(scene->bulb, 1.1f), .55f);
    if (z < scene->high.z - .8f)
        return;
    /* Its halo on the wall. */
    scene->depth = scene->high.z;
    struct avt_scene_face *halo = avt_scene_front(scene, x - .9f, top + .75f, 1.8f, 1.8f, scene->high.z - .02f,
                                                  avt_rgb_scale(avt_rgb_mul(scene->bulb, scene->wall), .55f));
    halo->surface = AVT_SURFACE_BEAM;
    halo->outline = AVT_OUTLINE_SOFT;
    scene->depth = z;
}

void avt_scene_panel_light(struct avt_scene *scene, float x, float z, float width, float length)
{
    struct avt_scene_face *panel =
        avt_scene_face(scene, avt_at(x - width / 2, scene->high.y - .01f, z), avt_at(width, 0, 0), avt_at(0, 0, length),
                       avt_rgb_scale(avt_rgb_mix(scene->daylight, scene->bulb, .4f), 2.8f));
    panel->surface = AVT_SURFACE_GLOW;
}

void avt_scene_pendant(struct avt_scene *scene, float x, float y, float z)
{
    scene->depth = z;
    avt_scene_front(scene, x - .006f, scene->high.y, .012f, scene->high.y - y, z, (struct avt_rgb){.04f, .04f, .04f});
    cylinder(scene, avt_at(x, y, z), .11f, .09f, .05f, (struct avt_rgb){.06f, .06f, .062f}, AVT_SURFACE_PAINT);
    avt_scene_spark(scene, avt_at(x, y - .02f, z), avt_rgb_scale(scene->bulb, .9f));
    avt_scene_lamp(scene, avt_at(x, y - .1f, z), avt_rgb_scale(scene->bulb, .5f), .5f);
}
