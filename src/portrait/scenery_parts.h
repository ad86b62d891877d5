/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The pieces of scenery.h, private to it. A painter (scenery_*.c) puts faces, sparks and lamps into a scene;
 * scenery_draw.c draws them far to near, each depth as much out of focus as a portrait lens shows it.
 *
 * Space: metres, the camera at the origin at eye height, x right, y up, z ahead. Colours are linear light; 1 is white
 * paper in full light. All arithmetic is +, -, *, / and sqrt, which IEEE 754 rounds the same everywhere.
 */
#include "base/rng.h"
#include "dsp/image.h"
#include "dsp/landmarks.h"
#include "portrait/attributes.h"

struct avt_rgb {
    float r, g, b;
};

enum avt_surface {
    AVT_SURFACE_PAINT, /* lit */
    AVT_SURFACE_WOOD,  /* lit, with a grain along its first edge */
    AVT_SURFACE_LEAF,  /* lit, and shone through */
    AVT_SURFACE_GLOW,  /* shines by itself */
    AVT_SURFACE_BEAM,  /* adds to what is behind it, as a patch of sun does */
    AVT_SURFACE_SHADE, /* takes its part away from what is behind it */
};
enum avt_outline {
    AVT_OUTLINE_EDGES,  /* the whole parallelogram */
    AVT_OUTLINE_DISC,   /* the ellipse within */
    AVT_OUTLINE_LEAF,   /* pointed at both ends of its first edge */
    AVT_OUTLINE_SOFT,   /* fades away from its middle */
    AVT_OUTLINE_FEATHER /* fades at its edges only */
};

/** A parallelogram. */
struct avt_scene_face {
    struct avt_point3 at, across, down; /* a corner and two edges */
    struct avt_rgb top, bottom;         /* where `down` begins and ends */
    float alpha, mottle;                /* mottle: unevenness of the colour, a share of it */
    float patch;                        /* m, of that unevenness */
    float depth;                        /* m: how far out of focus */
    uint8_t surface, outline;
};
/** A point so bright that it becomes a disc out of focus. */
struct avt_scene_spark {
    struct avt_point3 at;
    struct avt_rgb rgb; /* of the disc */
};
/** What throws shadows. */
struct avt_scene_block {
    struct avt_point3 low, high;
};
struct avt_scene_lamp {
    struct avt_point3 at;
    struct avt_rgb rgb; /* on a surface that faces it from near */
    float reach;        /* m: at twice that, a fifth is left */
};

enum {
    AVT_SCENE_FACES_MAX = 24000,
    AVT_SCENE_SPARKS_MAX = 2000,
    AVT_SCENE_LAMPS_MAX = 10,
    AVT_SCENE_BLOCKS_MAX = 48,
    AVT_SCENE_LAYERS = 9,
};
/* Of the vertical picture unit, as many as the focal length is: 26 degrees from top to bottom, a longish portrait lens
 * on a small sensor. */
#define AVT_SCENE_FOCAL 2.17f
/* Where eye height is, from the top of the unit. */
#define AVT_SCENE_HORIZON .47f

struct avt_scene {
    enum avt_look look;
    enum avt_light light;
    struct avt_rng rng;
    struct avt_rgb wall, accent;        /* the named colour as paint on a wall; a smaller thing that goes with it */
    struct avt_rgb above, below;        /* light from all around, on what faces up and down */
    struct avt_rgb key, daylight, bulb; /* of the main light, of windows, of lamps */
    struct avt_point3 low, high;        /* corners of the room, for the darker corners; high.z 0: outside */
    float turn_cos, turn_sin;           /* the camera's turn about the vertical */
    float depth;                        /* of what is added next */
    float haze;                         /* m at which half of a colour is `haze_rgb`; 0: none */
    struct avt_rgb haze_rgb;
    float blur;   /* 1: as a portrait lens */
    float target; /* mean light of the finished picture; 0: as it comes */
    struct avt_scene_face *faces;
    struct avt_scene_spark *sparks;
    size_t face_count, face_room, spark_count;
    struct avt_scene_lamp lamps[AVT_SCENE_LAMPS_MAX];
    size_t lamp_count;
    struct avt_scene_block blocks[AVT_SCENE_BLOCKS_MAX];
    size_t block_count;
    bool shadowless; /* boxes that are added next throw none */
};

static inline float avt_scene_clamp(float v, float low, float high)
{
    return v < low ? low : v > high ? high : v;
}
static inline float avt_scene_mix(float a, float b, float t)
{
    return a + (b - a) * t;
}
static inline struct avt_point3 avt_at(float x, float y, float z)
{
    return (struct avt_point3){x, y, z};
}
static inline struct avt_rgb avt_rgb(float r, float g, float b)
{
    return (struct avt_rgb){r, g, b};
}
static inline struct avt_rgb avt_rgb_scale(struct avt_rgb a, float by)
{
    return (struct avt_rgb){a.r * by, a.g * by, a.b * by};
}
static inline struct avt_rgb avt_rgb_mul(struct avt_rgb a, struct avt_rgb b)
{
    return (struct avt_rgb){a.r * b.r, a.g * b.g, a.b * b.b};
}
static inline struct avt_rgb avt_rgb_mix(struct avt_rgb a, struct avt_rgb b, float t)
{
    return (struct avt_rgb){avt_scene_mix(a.r, b.r, t), avt_scene_mix(a.g, b.g, t), avt_scene_mix(a.b, b.b, t)};
}
static inline float avt_rgb_luminance(struct avt_rgb a)
{
    return .2126f * a.r + .7152f * a.g + .0722f * a.b; /* Rec. 709 */
}
static inline struct avt_point3 avt_point3_add(struct avt_point3 a, struct avt_point3 b)
{
    return (struct avt_point3){a.x + b.x, a.y + b.y, a.z + b.z};
}
static inline struct avt_point3 avt_point3_scale(struct avt_point3 a, float by)
{
    return (struct avt_point3){a.x * by, a.y * by, a.z * by};
}
static inline float avt_point3_dot(struct avt_point3 a, struct avt_point3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

/* scenery_scene.c: filling a scene. */
/** A colour of the sRGB code 0xrrggbb as linear light. */
struct avt_rgb avt_rgb_code(unsigned code);
/** Uniform from the scene's seed. */
float avt_scene_random(struct avt_scene *scene, float low, float high);
/** One of 0 .. count - 1. */
int avt_scene_pick(struct avt_scene *scene, int count);
/** One of `count` colours, somewhat lighter or darker. */
struct avt_rgb avt_scene_shade_of(struct avt_scene *scene, const unsigned *codes, int count);
/** The face is lit paint of one colour and returned for changes; valid until the next. */
struct avt_scene_face *avt_scene_face(struct avt_scene *scene, struct avt_point3 at, struct avt_point3 across,
                                      struct avt_point3 down, struct avt_rgb rgb);
/** Upright, seen from the front: x to the right, y downwards from `top`. */
struct avt_scene_face *avt_scene_front(struct avt_scene *scene, float left, float top, float width, float height,
                                       float z, struct avt_rgb rgb);
/** The faces of a box that can be seen from the origin. */
void avt_scene_box(struct avt_scene *scene, struct avt_point3 low, struct avt_point3 high, struct avt_rgb rgb,
                   enum avt_surface surface);
void avt_scene_spark(struct avt_scene *scene, struct avt_point3 at, struct avt_rgb rgb);
void avt_scene_lamp(struct avt_scene *scene, struct avt_point3 at, struct avt_rgb rgb, float reach);
void avt_scene_turn(struct avt_scene *scene, float slope);
void avt_scene_done(struct avt_scene *scene);

/* scenery_draw.c */
/** All of the scene into `image`. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_scene_draw(const struct avt_scene *scene, uint64_t seed, struct avt_image *image,
                                         struct avt_error *reterr);

/* scenery_blur.c */
/** Linear light with the share that is covered, premultiplied. */
struct avt_layer {
    int width, height;
    float *pixels;      /* [height, width, 4] */
    float *sums;        /* [height, width + 1, 4] */
    int x0, y0, x1, y1; /* what may not be empty */
};
AVT_CHECKED enum avt_code avt_layer_init(int width, int height, struct avt_layer *ret_layer, struct avt_error *reterr);
void avt_layer_done(struct avt_layer *layer);
void avt_layer_clear(struct avt_layer *layer);
/** Mean over a disc. */
void avt_layer_blur(struct avt_layer *layer, float radius);
/** Lay it over `below`. */
void avt_layer_over(const struct avt_layer *layer, struct avt_layer *below);

/* scenery_things.c: furniture, each standing on y = `floor` where it stands at all. */
/** Floor, ceiling and walls of scene->low .. high. */
void avt_scene_room(struct avt_scene *scene, struct avt_rgb floor, struct avt_rgb ceiling, bool boards);
/** A window in the back wall (z = high.z), with panes and daylight. */
void avt_scene_window(struct avt_scene *scene, float left, float top, float width, float height, int panes);
/** In the left (side < 0) or right wall, from z to z + length. */
void avt_scene_side_window(struct avt_scene *scene, int side, float z, float top, float length, float height,
                           int panes);
/** Shade on the floor around something that stands. */
void avt_scene_foot(struct avt_scene *scene, float x, float z, float width, float depth, float strength);
/** Shade on the back wall behind something that hangs or stands there. */
void avt_scene_behind(struct avt_scene *scene, float left, float top, float width, float height, float strength);
void avt_scene_plant(struct avt_scene *scene, float x, float y, float z, float height, bool pot);
void avt_scene_picture(struct avt_scene *scene, float left, float top, float width, float height);
void avt_scene_books(struct avt_scene *scene, struct avt_point3 at, struct avt_point3 along, float height);
void avt_scene_bookcase(struct avt_scene *scene, float left, float top, float width, float floor, float z, int shelves,
                        struct avt_rgb wood);
void avt_scene_floor_lamp(struct avt_scene *scene, float x, float z, float height);
void avt_scene_panel_light(struct avt_scene *scene, float x, float z, float width, float length);
void avt_scene_pendant(struct avt_scene *scene, float x, float y, float z);

/* The painters: scenery_rooms.c, scenery_public.c, scenery_outside.c, scenery_plain.c. */
void avt_scene_plain(struct avt_scene *scene);
void avt_scene_gradient(struct avt_scene *scene);
void avt_scene_studio(struct avt_scene *scene);
void avt_scene_office(struct avt_scene *scene);
void avt_scene_classroom(struct avt_scene *scene);
void avt_scene_library(struct avt_scene *scene);
void avt_scene_home(struct avt_scene *scene);
void avt_scene_hospital(struct avt_scene *scene);
void avt_scene_city(struct avt_scene *scene);
void avt_scene_nature(struct avt_scene *scene);
void avt_scene_beach(struct avt_scene *scene);
