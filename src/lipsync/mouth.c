/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/mouth.h"

#include <math.h>
#include <stdbool.h>

#include "base/mem.h"
#include "lipsync/own_teeth.h"

/*
 * Sizes in eye distances (63 mm in adults): a central incisor is 8.5 mm wide and shows 10 mm, the
 * lateral 6.5, the canine 7.5, premolars 7; lower incisors 5.3 (Wheeler's Dental Anatomy).
 */
enum { TEETH = 6 };
static const float upper_widths[TEETH] = {.135f, .105f, .120f, .112f, .110f, .150f};
static const float upper_heights[TEETH] = {.158f, .146f, .156f, .138f, .128f, .12f};
static const float lower_widths[TEETH] = {.085f, .092f, .108f, .110f, .112f, .150f};
/* Incisal edges, below the line of the closed lips. */
#define UPPER_EDGE .030f
#define LOWER_EDGE .042f

struct avt_mouth {
    float half_width;
    float tooth[3], gum[3], cavity[3], tongue[3]; /* linear light */
    float soft;                                   /* width of a sharp edge in this picture */
    float arch;                                   /* half width at which teeth turn out of sight */
    struct avt_own_teeth *own;                    /* NULL: the photo shows none */
};

static float luminance(const float rgb[3])
{
    return .2126f * rgb[0] + .7152f * rgb[1] + .0722f * rgb[2];
}

/* Mean colour around a point of the mesh. */
static void mean_colour(const struct avt_image *image, const struct avt_rig *rig,
                        const short *points, int count, float radius, float ret_rgb[3])
{
    float sum[3] = {0};
    int pixels = 0;
    int r = (int)ceilf(radius * rig->unit);
    for (int i = 0; i < count; i++) {
        struct avt_point at = avt_rig_project(rig, rig->points[points[i]]);
        for (int dy = -r; dy <= r; dy++) {
            for (int dx = -r; dx <= r; dx++) {
                int x = (int)at.x + dx, y = (int)at.y + dy;
                if (x < 0 || y < 0 || x >= image->width || y >= image->height)
                    continue;
                const uint8_t *p = avt_image_row(image, y) + 4 * (ptrdiff_t)x;
                for (int c = 0; c < 3; c++)
                    sum[c] += avt_light_of((float)p[c] / 255);
                pixels++;
            }
        }
    }
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = pixels > 0 ? sum[c] / (float)pixels : .3f;
}

static void choose_colours(struct avt_mouth *mouth, const struct avt_image *image,
                           const struct avt_rig *rig)
{
    static const short skin_points[] = {50, 280, 101, 330, 117, 346, 4, 151, 199};
    static const short lip_points[] = {16, 85, 315, 86, 316, 15};
    static const short dark_points[] = {33, 133, 263, 362, 159, 386};
    float skin[3], lip[3], dark[3], best = 0;
    mean_colour(image, rig, skin_points, 9, .05f, skin);
    mean_colour(image, rig, lip_points, 6, .015f, lip);
    mean_colour(image, rig, dark_points, 6, .015f, dark);
    for (int i = 0; i < 9; i++) {
        float one[3];
        mean_colour(image, rig, skin_points + i, 1, .04f, one);
        best = luminance(one) > best ? luminance(one) : best;
    }
    /* Teeth are a little brighter than the skin's mean, never brighter than its highlights; their
     * tint is the light's, of which the skin's own hue is most. */
    float light = avt_clampf(1.30f * luminance(skin), .03f, .90f * best + .02f);
    static const float enamel[3] = {1.02f, 1.0f, .93f};
    for (int c = 0; c < 3; c++) {
        float hue = skin[c] / (luminance(skin) + 1e-4f);
        mouth->tooth[c] = light * enamel[c] * avt_mix(1, hue, .62f);
        mouth->gum[c] = avt_mix(lip[c], skin[c], .25f) * .62f;
        mouth->tongue[c] = avt_mix(lip[c], skin[c], .35f) * .34f;
        mouth->cavity[c] = lip[c] * .03f;
        float darkest = dark[c] < lip[c] ? dark[c] : lip[c];
        mouth->cavity[c] = avt_mix(mouth->cavity[c], darkest * .2f, .4f);
        /* Flesh inside is redder than lips in daylight. */
        static const float flesh[3] = {1.15f, .78f, .76f};
        mouth->tongue[c] *= flesh[c];
        mouth->cavity[c] *= flesh[c];
    }
    mouth->own = avt_own_teeth_new(image, rig, luminance(skin));
    if (!mouth->own)
        return;
    float own[3];
    avt_own_teeth_colour(mouth->own, own);
    for (int c = 0; c < 3; c++)
        mouth->tooth[c] = avt_mix(mouth->tooth[c], own[c], .9f);
}

struct avt_mouth *avt_mouth_new(const struct avt_image *image, const struct avt_rig *rig,
                                float softness)
{
    struct avt_mouth *mouth = avt_new0(struct avt_mouth, 1);
    mouth->half_width = rig->mouth_half_width;
    mouth->soft = avt_clampf(1.3f * softness / rig->unit, .004f, .035f);
    mouth->arch = .95f * rig->mouth_half_width + .12f;
    choose_colours(mouth, image, rig);
    return mouth;
}

void avt_mouth_free(struct avt_mouth *mouth)
{
    if (!mouth)
        return;
    avt_own_teeth_free(mouth->own);
    avt_free(mouth);
}

/* A row of teeth seen from the front: on an arch, so that the side teeth turn away. Gives how much
 * tooth there is at (x, y) - y grows from the gum to the edge - and its shade. */
static float tooth_row(const float widths[TEETH], const float heights[TEETH], float arch,
                       float soft, float x, float y, float *ret_shade)
{
    float along = fabsf(x) / arch;
    if (along >= 1) {
        *ret_shade = 0;
        return 0;
    }
    /* Length along the arch: what is seen from the front is its sine. */
    float length = asinf(along) * arch;
    float start = 0;
    int i = 0;
    while (i < TEETH - 1 && length > start + widths[i])
        start += widths[i++];
    float t = avt_clampf((length - start) / widths[i], 0, 1); /* across the tooth */
    float from_side = (t < .5f ? t : 1 - t) * widths[i];
    /* Corners of the crowns are rounded, side teeth more. */
    float corner = .016f + .010f * (float)(i > 1);
    float round =
        from_side < corner
            ? corner - sqrtf(corner * corner - (corner - from_side) * (corner - from_side))
            : 0;
    float edge = heights[i] - round * .7f;
    float gum = .035f * (2 * t - 1) * (2 * t - 1);
    float cover = avt_step(-soft, soft, edge - y) * avt_step(-2 * soft, 2 * soft, y - gum);
    /* As much darkness as a sharp line has, spread as wide as this picture draws a line. */
    float line = .010f + .7f * soft;
    float gap = 1 - .30f * (.010f / line) * (1 - avt_step(0, line, from_side));
    float curve = 1 - .30f * (2 * t - 1) * (2 * t - 1);
    float turn = sqrtf(1 - along * along);
    *ret_shade = curve * gap * (.25f + .75f * turn);
    return cover;
}

static void upper_teeth(const struct avt_mouth *mouth, float lit, float x, float y, float rgb[3])
{
    float shade, upper_y = y - (UPPER_EDGE - upper_heights[0]);
    float cover = tooth_row(upper_widths, upper_heights, mouth->arch, mouth->soft, x, upper_y, &shade);
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_mix(rgb[c], mouth->tooth[c] * shade * lit, cover);
    float gum = avt_step(.04f, 0, upper_y) * (1 - cover);
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_mix(rgb[c], mouth->gum[c], gum);
}

void avt_mouth_colour(const struct avt_mouth *mouth, const struct avt_mouth_pose *pose, float x,
                      float y, float above, float below, float ret_rgb[3])
{
    float hw = mouth->half_width * pose->narrow;
    float depth = avt_clampf(1 - (x / hw) * (x / hw), 0, 1);
    /* Rounded lips stand before the teeth and keep the light from them. */
    float lit = 1 - .50f * avt_step(.92f, .66f, pose->narrow);
    float rgb[3];
    for (int c = 0; c < 3; c++)
        rgb[c] = mouth->cavity[c] * (.45f + .55f * depth);

    /* Tongue: a soft mound on the floor of the mouth, raised by its tip for l, n, t, d. */
    float floor_y = pose->jaw + LOWER_EDGE;
    float lift = avt_mix(.09f, pose->jaw * .75f + .05f, pose->tongue_up);
    float tongue_top = floor_y - lift + .35f * x * x / (hw * hw) * .2f;
    float tongue = avt_step(-.02f - mouth->soft, .03f, y - tongue_top) *
                   (1 - avt_step(.62f * hw, .98f * hw, fabsf(x)));
    float groove = 1 - .22f * expf(-(x / .035f) * (x / .035f)) * (1 - pose->tongue_up);
    float tongue_light = groove * avt_mix(.50f, 1.f, avt_clampf((y - tongue_top) / .12f, 0, 1));
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_mix(rgb[c], mouth->tongue[c] * tongue_light, tongue);

    /* Lower teeth stand on the jaw and lean back: less light. */
    static const float lower_heights[TEETH] = {.13f, .13f, .135f, .125f, .12f, .11f};
    float shade, lower_y = floor_y + lower_heights[0] - y;
    float cover =
        tooth_row(lower_widths, lower_heights, mouth->arch * .86f, mouth->soft, x, lower_y, &shade);
    float in_light = avt_step(-.01f, .09f, above) * .52f * lit;
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_mix(rgb[c], mouth->tooth[c] * shade * in_light, cover * .95f);

    /* Tongue between the teeth for th. */
    if (pose->tongue_out > 0) {
        float tip = avt_step(-.015f, .02f, y - (UPPER_EDGE - .01f)) *
                    (1 - avt_step(.5f * hw, .75f * hw, fabsf(x))) * pose->tongue_out;
        for (int c = 0; c < 3; c++)
            rgb[c] = avt_mix(rgb[c], mouth->tongue[c] * 1.35f, tip);
    }

    if (!mouth->own)
        upper_teeth(mouth, lit, x, y, rgb);

    /* Shadow of the upper lip, and of the corners; a narrow slit lets little light in. */
    float shadow = avt_mix(.58f, 1, avt_step(-.01f, .045f, above)) *
                   avt_mix(.75f, 1, avt_step(0, .03f, below)) *
                   avt_mix(.45f, 1, avt_step(0, .50f, depth)) *
                   avt_mix(.80f, 1, avt_step(.01f, .09f, pose->gap));
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = rgb[c] * shadow;
    float own[3], share = mouth->own ? avt_own_teeth_at(mouth->own, x, y, own) : 0;
    if (share <= 0)
        return;
    /* The photo's own bring their light and most of their shadows along. */
    float under_lip = avt_mix(.72f, 1, avt_step(-.01f, .035f, above)) * avt_mix(1, lit, .5f);
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = avt_mix(ret_rgb[c], own[c] * under_lip, share);
}
