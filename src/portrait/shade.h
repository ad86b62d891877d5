/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From surface to light: what a piece of skin, eye, tooth, cloth, metal or hair sends to the viewer, in both looks.
 * Shaders work on batches of fragments (raster.h) in plain loops, which compilers turn into parallel lanes.
 *
 * Models: skin is lit a little around its terminator, red farthest, as light comes out beside where it went in (after
 * Penner, Pre-Integrated Skin Shading, 2011); highlights are GGX with Schlick's Fresnel and Lazarov's visibility
 * (Getting more physical in Call of Duty, 2013); occluded light takes the colour of what it bounced off (Jimenez and
 * others, 2016). Hair is lit in strand_rows.h.
 *
 * Threads: a scene is only read.
 */
#include "portrait/attributes.h"
#include "portrait/light.h"
#include "portrait/raster.h"
#include "portrait/skin.h"
#include "portrait/wear.h"

/* Where in a row of varyings what stands. */
enum {
    AVT_VARY_NORMAL = 0,  /* 3; need not be of length 1 */
    AVT_VARY_PLACE = 3,   /* 3, cm, posed */
    AVT_VARY_LOCAL = 6,   /* 3: skin: place on the average head; eye: unit place on the ball, z ahead;
                           * cloth: u, v, shade;
                           * teeth: 1 gum, 0 between teeth .. 1 on one */
    AVT_VARY_LIT = 9,     /* AVT_LIT_COUNT */
    AVT_VARY_EXTRA = 14,  /* skin: how thin it is, -1 inside the mouth; eye: shade of the lids; mouth: how far inside */
};

struct avt_shade_scene {
    enum avt_look look;
    struct avt_light_rig rig;
    struct avt_point3 camera; /* cm */
    const struct avt_skin_map *skin;
};

struct avt_shade_eye {
    const struct avt_shade_scene *scene;
    int colour;     /* enum avt_eye_colour */
    float iris, pupil; /* radii, share of the ball's */
    uint32_t seed;
};

struct avt_shade_stuff {
    const struct avt_shade_scene *scene;
    enum avt_stuff stuff;
    float colour[3];
    float weave, clear;
    uint32_t seed;
};

enum avt_mouth_part { AVT_MOUTH_TEETH, AVT_MOUTH_TONGUE };
struct avt_shade_mouth {
    const struct avt_shade_scene *scene;
    enum avt_mouth_part part;
    float tone[3]; /* of gums and tongue */
};

/* avt_shader functions; `data` is the struct of the same name. */
void avt_shade_skin(const void *scene, struct avt_batch *batch);
void avt_shade_eye(const void *eye, struct avt_batch *batch);
void avt_shade_stuff(const void *stuff, struct avt_batch *batch);
void avt_shade_mouth(const void *mouth, struct avt_batch *batch);
