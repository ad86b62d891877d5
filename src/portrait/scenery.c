/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/scenery.h"

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/scenery_draw.h"

/* Mixed into the seed, so that a scene's arrangement is independent of all else that is drawn from it. */
#define SEED 0x5ce7e27b6b0d5eedULL
/* Smaller pictures are drawn in at least this unit and reduced. */
enum { UNIT_MIN = 120 };

/* Of enum avt_paint, sRGB. */
static const unsigned paints[AVT_PAINT_COUNT] = {
    [AVT_PAINT_BLACK] = 0x161617,      [AVT_PAINT_CHARCOAL] = 0x3a3c40, [AVT_PAINT_GREY] = 0x8c8d8f,
    [AVT_PAINT_WHITE] = 0xf1f0ee,      [AVT_PAINT_CREAM] = 0xece2cb,    [AVT_PAINT_BEIGE] = 0xcdb898,
    [AVT_PAINT_BROWN] = 0x6f4e37,      [AVT_PAINT_NAVY] = 0x1f2f50,     [AVT_PAINT_BLUE] = 0x2f5fa8,
    [AVT_PAINT_LIGHT_BLUE] = 0xa3c4e0, [AVT_PAINT_TEAL] = 0x1f7a78,     [AVT_PAINT_GREEN] = 0x3d7d4a,
    [AVT_PAINT_OLIVE] = 0x6f6f3c,      [AVT_PAINT_YELLOW] = 0xe3bc45,   [AVT_PAINT_ORANGE] = 0xd9803a,
    [AVT_PAINT_RED] = 0xb3342f,        [AVT_PAINT_BURGUNDY] = 0x6d2236, [AVT_PAINT_PINK] = 0xdf9fae,
    [AVT_PAINT_PURPLE] = 0x664085,     [AVT_PAINT_LAVENDER] = 0xb8a9d4, [AVT_PAINT_GOLD] = 0xbf9a4d,
    [AVT_PAINT_SILVER] = 0xb9bcc0,
};

/* Light from all around on what faces up and down, the main light, daylight in windows, bulbs, and the mean of the
 * picture that results. */
static const struct {
    struct avt_rgb above, below, key, daylight, bulb;
    float target;
} lights[AVT_LIGHT_COUNT] = {
    [AVT_LIGHT_SOFT] =
        {{.46f, .455f, .45f}, {.36f, .35f, .335f}, {.50f, .49f, .47f}, {1.f, 1.02f, 1.05f}, {1.f, .74f, .45f}, .38f},
    [AVT_LIGHT_BRIGHT] = {{.58f, .58f, .585f},
                          {.48f, .475f, .465f},
                          {.75f, .745f, .73f},
                          {1.35f, 1.37f, 1.4f},
                          {1.05f, .85f, .62f},
                          .52f},
    [AVT_LIGHT_WARM] =
        {{.44f, .37f, .295f}, {.35f, .27f, .19f}, {.78f, .56f, .33f}, {1.25f, .96f, .62f}, {1.25f, .76f, .36f}, .28f},
    [AVT_LIGHT_COOL] =
        {{.33f, .385f, .46f}, {.255f, .30f, .36f}, {.44f, .50f, .60f}, {.88f, 1.02f, 1.22f}, {.95f, .86f, .72f}, .32f},
    [AVT_LIGHT_DRAMATIC] =
        {{.105f, .115f, .14f}, {.07f, .07f, .08f}, {.85f, .70f, .52f}, {.50f, .60f, .78f}, {1.3f, .78f, .38f}, .10f},
};

static void (*const painters[AVT_SCENERY_COUNT])(struct avt_scene *scene) = {
    [AVT_SCENERY_PLAIN] = avt_scene_plain,         [AVT_SCENERY_GRADIENT] = avt_scene_gradient,
    [AVT_SCENERY_STUDIO] = avt_scene_studio,       [AVT_SCENERY_OFFICE] = avt_scene_office,
    [AVT_SCENERY_CLASSROOM] = avt_scene_classroom, [AVT_SCENERY_LIBRARY] = avt_scene_library,
    [AVT_SCENERY_CITY] = avt_scene_city,           [AVT_SCENERY_NATURE] = avt_scene_nature,
    [AVT_SCENERY_HOME] = avt_scene_home,           [AVT_SCENERY_HOSPITAL] = avt_scene_hospital,
    [AVT_SCENERY_BEACH] = avt_scene_beach,
};

/* A wall's paint is paler than cloth of the same name, and never as dark as black hair nor as light as white. */
static struct avt_rgb wall_of(struct avt_rgb cloth)
{
    float grey = avt_rgb_luminance(cloth), lighter = .045f + .66f * grey;
    struct avt_rgb rgb = avt_rgb_mix(cloth, (struct avt_rgb){grey, grey, grey}, .38f);
    return avt_rgb_mix(avt_rgb_scale(rgb, lighter / grey), (struct avt_rgb){lighter, lighter, lighter}, .12f);
}

static void start(struct avt_scene *scene, const struct avt_attributes *attributes, enum avt_look look)
{
    int light = attributes->light, other;
    *scene = (struct avt_scene){.look = look,
                                .light = (enum avt_light)light,
                                .turn_cos = 1,
                                .depth = 5,
                                .blur = 1,
                                .above = lights[light].above,
                                .below = lights[light].below,
                                .key = lights[light].key,
                                .daylight = lights[light].daylight,
                                .bulb = lights[light].bulb,
                                .target = lights[light].target};
    avt_rng_init(&scene->rng, attributes->seed ^ SEED ^ (uint64_t)attributes->scenery << 56);
    /* Cushions and chairs: what goes with most walls. */
    static const enum avt_paint accents[] = {AVT_PAINT_TEAL,  AVT_PAINT_NAVY, AVT_PAINT_ORANGE, AVT_PAINT_BURGUNDY,
                                             AVT_PAINT_OLIVE, AVT_PAINT_GOLD, AVT_PAINT_GREY,   AVT_PAINT_BLUE};
    other = accents[avt_scene_pick(scene, sizeof(accents) / sizeof(*accents))];
    scene->wall = wall_of(avt_rgb_code(paints[attributes->scenery_colour]));
    scene->accent = avt_rgb_code(paints[other]);
}

static enum avt_code draw(const struct avt_attributes *attributes, enum avt_look look, struct avt_image *image,
                          struct avt_error *reterr)
{
    struct avt_scene scene;
    start(&scene, attributes, look);
    painters[attributes->scenery](&scene);
    enum avt_code code = avt_scene_draw(&scene, attributes->seed, image, reterr);
    avt_scene_done(&scene);
    return code;
}

enum avt_code avt_scenery_draw(const struct avt_attributes *attributes, enum avt_look look, struct avt_image *image,
                               struct avt_error *reterr)
{
    avt_assert(attributes->scenery >= 0 && attributes->scenery < AVT_SCENERY_COUNT);
    avt_assert(attributes->scenery_colour >= 0 && attributes->scenery_colour < AVT_PAINT_COUNT);
    avt_assert(attributes->light >= 0 && attributes->light < AVT_LIGHT_COUNT);
    avt_assert(look == AVT_LOOK_REAL || look == AVT_LOOK_TOON);
    float unit = avt_scene_unit(image->width, image->height);
    int times = 1;
    while (unit * (float)times < UNIT_MIN)
        times++;
    /* A picture that is all length stays small enough. */
    while (times > 1 && (long)image->width * times * image->height * times > (4L << 20))
        times--;
    if (times == 1)
        return draw(attributes, look, image, reterr);

    AVT_CLEANUP(avt_image_freep) struct avt_image *large = NULL;
    enum avt_code code = avt_image_new(image->width * times, image->height * times, &large, reterr);
    if (code == AVT_OK)
        code = draw(attributes, look, large, reterr);
    if (code == AVT_OK)
        avt_image_resize(large, 0, 0, large->width, large->height, image);
    return code;
}
