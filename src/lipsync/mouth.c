/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/mouth.h"

#include <math.h>

#include "base/mem.h"
#include "lipsync/mouth_light.h"
#include "lipsync/own_teeth.h"
#include "lipsync/teeth.h"
#include "lipsync/tongue.h"

/* Edges of the front teeth, below the line of the closed lips, eye distances. */
#define UPPER_EDGE .030f
/* The lower row's edge below the upper one's when the jaw is shut. */
#define OVERJET .008f
/* Half width of a usual mouth between its inner corners. Teeth vary by less than lips do. */
#define USUAL_HALF .34f
/* Rows curve back from the lips: so much deeper at x, times x squared. */
#define ARCH_DEPTH 2.0f
/* The jaw turns about a hinge this far behind its front teeth. */
#define HINGE 1.3f
/* Upper front teeth behind the upper lip. */
#define BEHIND_LIP .009f
/* Light that flesh passes on inside. */
#define INSIDE .10f
/* Where the photo shows no teeth beside its own it is dark. */
#define BESIDE_OWN .45f
/* Lips so far apart let half of the light in to the back. */
#define HALF_LIT_GAP .15f
/* What reaches the teeth of lips that are as far apart as in a smile. */
#define OPEN_LIGHT .6f

struct avt_mouth {
    float half_width, softness;
    struct avt_mouth_light light;
    struct avt_teeth *upper, *lower;
    float upper_edge, lower_edge;
    struct avt_own_teeth *own; /* NULL: the photo shows none */
};

/* A place that lies nearer to the viewer by 1 comes to lie elsewhere in the plane of the mouth. */
static void measure_turn(const struct avt_rig *rig, float *ret_x, float *ret_y)
{
    float z = rig->mouth_z - AVT_TEETH_BEHIND;
    struct avt_point at = avt_rig_project(rig, (struct avt_point3){0, 0, z + 1});
    struct avt_point3 there = avt_rig_unproject(rig, at.x, at.y, z);
    *ret_x = avt_clampf(there.x, -1, 1);
    *ret_y = avt_clampf(there.y, -1, 1);
}

struct avt_mouth *avt_mouth_new(const struct avt_image *image, const struct avt_rig *rig,
                                float softness)
{
    struct avt_mouth *mouth = avt_new0(struct avt_mouth, 1);
    mouth->half_width = rig->mouth_half_width;
    mouth->softness = avt_clampf(.75f * softness / rig->unit, .002f, .03f);
    avt_mouth_light_measure(image, rig, softness, &mouth->light);
    mouth->upper_edge = UPPER_EDGE;
    mouth->own = avt_own_teeth_new(image, rig, avt_luminance(mouth->light.skin));
    if (mouth->own) {
        float own[3];
        avt_own_teeth_colour(mouth->own, own);
        for (int c = 0; c < 3; c++)
            mouth->light.tooth[c] = avt_mix(mouth->light.tooth[c], own[c], .9f);
        mouth->light.cap = fmaxf(mouth->light.cap, avt_luminance(own));
        mouth->upper_edge = avt_own_teeth_edge(mouth->own, 0);
    }
    mouth->lower_edge = mouth->upper_edge + OVERJET;
    struct avt_teeth_plan plan = {.row = AVT_TEETH_UPPER,
                                  .edge = mouth->upper_edge,
                                  .scale = avt_clampf(.5f + .5f * mouth->half_width / USUAL_HALF, .8f, 1.2f),
                                  .softness = mouth->softness,
                                  .pixel = 1 / rig->unit,
                                  .light = &mouth->light};
    measure_turn(rig, &plan.turn_x, &plan.turn_y);
    mouth->upper = avt_teeth_new(&plan);
    plan.row = AVT_TEETH_LOWER;
    plan.edge = mouth->lower_edge;
    mouth->lower = avt_teeth_new(&plan);
    return mouth;
}

void avt_mouth_free(struct avt_mouth *mouth)
{
    if (!mouth)
        return;
    avt_own_teeth_free(mouth->own);
    avt_teeth_free(mouth->upper);
    avt_teeth_free(mouth->lower);
    avt_free(mouth);
}

/* Share of the light before a slit that reaches a place `deep` behind it, seen across: the sines of its edges. */
static float through(float from, float to, float deep)
{
    from = from > 0 ? from : 0;
    to = to > 0 ? to : 0;
    return from / sqrtf(from * from + deep * deep + 1e-8f) + to / sqrtf(to * to + deep * deep + 1e-8f);
}

/* How much of the light outside comes between the lips. */
struct lit {
    float upper, lower, back; /* to the upper teeth, close behind the lip; to the lower ones; to the back */
};

static struct lit light_inside(const struct avt_mouth *mouth, const struct avt_mouth_pose *pose, float x, float above,
                               float below)
{
    float half = mouth->half_width * pose->narrow;
    /* Lips that are rounded stand before the teeth. */
    float arch = .13f * ARCH_DEPTH * x * x, deep = BEHIND_LIP + .14f * avt_step(1, .6f, pose->narrow) + arch;
    float w = mouth->light.above;
    float upper = w * through(above, 0, deep) + (1 - w) * through(below, 0, deep);
    float lower = w * through(above, 0, deep + .05f) + (1 - w) * through(below, 0, deep + .02f);
    /* Cheeks darken the corners. */
    float out = avt_clampf(x * x / (half * half), 0, 1);
    float side = .5f * through(half + x, half - x, deep + .02f) * (1 - .45f * out * out);
    /* Teeth throw light at each other and at their lips. */
    struct lit lit = {fminf(avt_mix(INSIDE, 1.22f, upper * side * side), 1),
                      fminf(avt_mix(INSIDE, 1.10f, lower * side * side), 1), 0};
    lit.back = lit.lower * avt_mix(INSIDE, 1, pose->gap / (pose->gap + HALF_LIT_GAP) * side);
    return lit;
}

/* Light inside has been reflected by flesh: the less there is of it, the redder. */
static void tint(float light, float ret_rgb[3])
{
    ret_rgb[0] = light;
    ret_rgb[1] = light * (.86f + .14f * light);
    ret_rgb[2] = light * (.82f + .18f * light);
}

static void lay(float rgb[3], const float colour[3], float light, float cover)
{
    float lit[3];
    tint(light, lit);
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_mix(rgb[c], colour[c] * lit[c], cover);
}

/* Colours times cover, as rows of teeth give them. */
static void lay_row(float rgb[3], const float rgba[4], float light)
{
    float lit[3];
    tint(light, lit);
    for (int c = 0; c < 3; c++)
        rgb[c] = rgb[c] * (1 - rgba[3]) + rgba[c] * lit[c];
}

void avt_mouth_colour(const struct avt_mouth *mouth, const struct avt_mouth_pose *pose, float x,
                      float y, float above, float below, float ret_rgb[3])
{
    const struct avt_mouth_light *light = &mouth->light;
    struct lit lit = light_inside(mouth, pose, x, above, below);
    float rgb[3], part[4], depth;
    /* The palate behind the teeth has some light, the throat below it none. */
    float vault = avt_mix(1, .45f, avt_step(mouth->upper_edge, mouth->upper_edge + .6f * pose->jaw + .02f, y));
    for (int c = 0; c < 3; c++)
        rgb[c] = light->cavity[c] * vault * avt_mix(.20f, 1.2f, lit.back);

    struct avt_tongue_pose tongue = {.floor = pose->jaw + mouth->lower_edge,
                                     .upper = mouth->upper_edge,
                                     .jaw = pose->jaw,
                                     .up = pose->tongue_up,
                                     .out = pose->tongue_out,
                                     .softness = mouth->softness};
    float cover = avt_tongue_body(light, &tongue, x, y, part, &depth);
    if (cover > 0)
        lay(rgb, part, avt_mix(lit.lower, lit.back, depth), cover);

    /* The back of the jaw drops less than its front. */
    float drop = pose->jaw * (1 - avt_clampf(ARCH_DEPTH / HINGE * x * x, 0, .35f));
    /* Rows follow the edge of the photo's own teeth. */
    float shift = mouth->own ? avt_own_teeth_edge(mouth->own, x) - mouth->upper_edge : 0;
    avt_teeth_at(mouth->lower, x, y - drop - shift, part);
    if (part[3] > 0)
        lay_row(rgb, part, .78f * lit.lower);

    cover = avt_tongue_tip(light, &tongue, x, y, part);
    if (cover > 0)
        lay(rgb, part, lit.lower, cover);

    avt_teeth_at(mouth->upper, x, y - shift, part);
    if (part[3] > 0)
        lay_row(rgb, part, lit.upper * avt_mix(1, BESIDE_OWN, mouth->own ? avt_own_teeth_beside(mouth->own, x) : 0));

    float own[3], share = mouth->own ? avt_own_teeth_at(mouth->own, x, y, own) : 0;
    if (share > 0) {
        /* The photo's own bring their light and most of their shadows along. */
        float under_lip = avt_mix(.72f, 1, avt_step(-.01f, .035f, above)) * fminf(lit.upper / OPEN_LIGHT, 1);
        lay(rgb, own, under_lip, share);
    }
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = rgb[c];
}
