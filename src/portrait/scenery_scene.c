/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/mem.h"
#include "portrait/scenery_parts.h"

/* Two sides of what throws a shadow are longer than this and the third than that, m. */
#define BLOCK_MIN  .12f
#define BLOCK_THIN .05f

/* The sRGB transfer function (IEC 61966-2-1) without pow(), whose last bit differs between machines: x^2.4 is x^2
 * times the fifth root of x^2. */
static double light_of(double value)
{
    if (value <= .04045)
        return value / 12.92;
    double x = (value + .055) / 1.055, square = x * x, root = 1;
    for (int i = 0; i < 40; i++) /* Newton */
        root -= (root - square / (root * root * root * root)) / 5;
    return square * root;
}

struct avt_rgb avt_rgb_code(unsigned code)
{
    return avt_rgb((float)light_of((code >> 16 & 255) / 255.0), (float)light_of((code >> 8 & 255) / 255.0),
                   (float)light_of((code & 255) / 255.0));
}

float avt_scene_random(struct avt_scene *scene, float low, float high)
{
    return low + (high - low) * (float)avt_rng_uniform(&scene->rng);
}

int avt_scene_pick(struct avt_scene *scene, int count)
{
    return (int)(avt_rng_uniform(&scene->rng) * count);
}

struct avt_rgb avt_scene_shade_of(struct avt_scene *scene, const unsigned *codes, int count)
{
    struct avt_rgb rgb = avt_rgb_code(codes[avt_scene_pick(scene, count)]);
    return avt_rgb_scale(rgb, avt_scene_random(scene, .75f, 1.25f));
}

struct avt_scene_face *avt_scene_face(struct avt_scene *scene, struct avt_point3 at, struct avt_point3 across,
                                      struct avt_point3 down, struct avt_rgb rgb)
{
    if (scene->face_count == scene->face_room && scene->face_room < AVT_SCENE_FACES_MAX) {
        scene->face_room = scene->face_room ? scene->face_room * 2 : 512;
        scene->faces = avt_realloc(scene->faces, scene->face_room, sizeof(*scene->faces));
    }
    if (scene->face_count >= AVT_SCENE_FACES_MAX)
        scene->face_count--; /* the last one gives way: a leaf or a book more or less */
    struct avt_scene_face *face = &scene->faces[scene->face_count++];
    *face = (struct avt_scene_face){.at = at,
                                    .across = across,
                                    .down = down,
                                    .top = rgb,
                                    .bottom = rgb,
                                    .alpha = 1,
                                    .patch = .1f,
                                    .depth = scene->depth};
    return face;
}

struct avt_scene_face *avt_scene_front(struct avt_scene *scene, float left, float top, float width, float height,
                                       float z, struct avt_rgb rgb)
{
    return avt_scene_face(scene, avt_at(left, top, z), avt_at(width, 0, 0), avt_at(0, -height, 0), rgb);
}

void avt_scene_box(struct avt_scene *scene, struct avt_point3 low, struct avt_point3 high, struct avt_rgb rgb,
                   enum avt_surface surface)
{
    if (low.x > high.x) { /* mirrored */
        float x = low.x;
        low.x = high.x;
        high.x = x;
    }
    float w = high.x - low.x, h = high.y - low.y, d = high.z - low.z;
    /* Shadows of rooms' things only: neither of what is thin nor of what lies along a whole wall. */
    bool thick = (w > BLOCK_MIN) + (h > BLOCK_MIN) + (d > BLOCK_MIN) >= 2 && w < 2.6f && d < 2.6f;
    thick = thick && w > BLOCK_THIN && h > BLOCK_THIN && d > BLOCK_THIN;
    if (thick && !scene->shadowless && scene->high.z > 0 && scene->block_count < AVT_SCENE_BLOCKS_MAX)
        scene->blocks[scene->block_count++] = (struct avt_scene_block){low, high};
    struct avt_point3 x = {w, 0, 0}, y = {0, -h, 0}, z = {0, 0, d};
    if (low.x > 0)
        avt_scene_face(scene, avt_at(low.x, high.y, low.z), z, y, rgb)->surface = (uint8_t)surface;
    if (high.x < 0)
        avt_scene_face(scene, avt_at(high.x, high.y, low.z), z, y, rgb)->surface = (uint8_t)surface;
    if (high.y < 0)
        avt_scene_face(scene, avt_at(low.x, high.y, low.z), x, z, rgb)->surface = (uint8_t)surface;
    if (low.y > 0)
        avt_scene_face(scene, low, x, z, rgb)->surface = (uint8_t)surface;
    avt_scene_face(scene, avt_at(low.x, high.y, low.z), x, y, rgb)->surface = (uint8_t)surface;
}

void avt_scene_spark(struct avt_scene *scene, struct avt_point3 at, struct avt_rgb rgb)
{
    if (!scene->sparks)
        scene->sparks = avt_new0(struct avt_scene_spark, AVT_SCENE_SPARKS_MAX);
    if (scene->spark_count < AVT_SCENE_SPARKS_MAX)
        scene->sparks[scene->spark_count++] = (struct avt_scene_spark){at, rgb};
}

void avt_scene_lamp(struct avt_scene *scene, struct avt_point3 at, struct avt_rgb rgb, float reach)
{
    if (scene->lamp_count < AVT_SCENE_LAMPS_MAX)
        scene->lamps[scene->lamp_count++] = (struct avt_scene_lamp){at, rgb, reach};
}

void avt_scene_turn(struct avt_scene *scene, float slope)
{
    float length = sqrtf(1 + slope * slope);
    scene->turn_cos = 1 / length;
    scene->turn_sin = slope / length;
}

void avt_scene_done(struct avt_scene *scene)
{
    avt_free(scene->faces);
    avt_free(scene->sparks);
    scene->faces = NULL;
    scene->sparks = NULL;
}
