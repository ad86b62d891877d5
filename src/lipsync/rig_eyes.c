/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>

#include "lipsync/rig.h"

/*
 * The eyes of drawn faces are larger than any that the mesh has learnt, so its lid lines run across
 * the white of the eye. Where white goes on beyond a lid line, the line is moved to its end. White
 * is what is far less saturated than the skin and about as bright; where skin has hardly any colour
 * of its own (grey pictures, very pale skin) nothing is changed.
 */
enum { DIRECTIONS = 64 };
#define SATURATION_MIN   .16f /* of the skin */
#define WHITE_SATURATION .55f /* of the skin's */
#define WHITE_BRIGHTNESS .6f
#define STRIDE           .008f /* along a ray, eye distances */
#define GROWTH_MAX       .16f  /* eye distances */
#define GAP_MAX          .035f /* a dark rim between white and skin, or an iris at the lid */
#define RIM              .018f /* of the lid beyond the white */

struct colour {
    float brightness, saturation;
};

static struct colour colour_at(const struct avt_image *image, const struct avt_rig *rig, float x,
                               float y, float z)
{
    struct avt_point p = avt_rig_project(rig, (struct avt_point3){x, y, z});
    int px = (int)avt_clampf(p.x + .5f, 0, (float)image->width - 1);
    int py = (int)avt_clampf(p.y + .5f, 0, (float)image->height - 1);
    const uint8_t *c = avt_image_row(image, py) + 4 * (ptrdiff_t)px;
    uint8_t hi = c[0] > c[1] ? c[0] : c[1], lo = c[0] < c[1] ? c[0] : c[1];
    hi = c[2] > hi ? c[2] : hi;
    lo = c[2] < lo ? c[2] : lo;
    return (struct colour){.brightness = (float)hi / 255,
                           .saturation = hi > 0 ? (float)(hi - lo) / (float)hi : 0};
}

static struct colour skin_of(const struct avt_image *image, const struct avt_rig *rig,
                             const struct avt_rig_eye *eye)
{
    struct colour sum = {0};
    for (int i = 0; i < 9; i++) {
        float x = eye->x + (float)(i % 3 - 1) * .6f * eye->half_width;
        float y = avt_curve_at(&eye->lower, x) + .26f + .05f * (float)(i / 3);
        struct colour c = colour_at(image, rig, x, y, eye->z);
        sum.brightness += c.brightness / 9;
        sum.saturation += c.saturation / 9;
    }
    return sum;
}

/* Distance from the eye's middle to the mesh's lid line in a direction. */
static float mesh_radius(const struct avt_rig_eye *eye, float middle, float dx, float dy)
{
    float r = 0;
    while (r < 1) {
        float x = eye->x + r * dx, y = middle + r * dy;
        if (fabsf(x - eye->x) > eye->half_width || y < avt_curve_at(&eye->upper, x) ||
            y > avt_curve_at(&eye->lower, x))
            break;
        r += STRIDE * .5f;
    }
    return r;
}

/* How far the white goes on beyond the lid line. */
static float growth(const struct avt_image *image, const struct avt_rig *rig,
                    const struct avt_rig_eye *eye, struct colour skin, float middle, float radius,
                    float dx, float dy)
{
    float last = 0;
    for (float r = 0; r < GROWTH_MAX + GAP_MAX && r - last < GAP_MAX; r += STRIDE) {
        struct colour c =
            colour_at(image, rig, eye->x + (radius + r) * dx, middle + (radius + r) * dy, eye->z);
        if (c.saturation < WHITE_SATURATION * skin.saturation &&
            c.brightness > WHITE_BRIGHTNESS * skin.brightness)
            last = r;
    }
    /* White without an end is no eye: a light background, a blaze of light on the skin. */
    if (last <= STRIDE || last > GROWTH_MAX)
        return 0;
    return last + RIM;
}

/* Even samples of the upper or the lower half of the contour. */
static void half_contour(const struct avt_point *contour, bool upper, struct avt_curve *curve)
{
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        /* Rounding may carry the last one out of the contour, where there is nothing. */
        float x = fminf(avt_mix(curve->x0, curve->x1, (float)i / (AVT_CURVE_POINTS - 1)), curve->x1);
        float best = upper ? INFINITY : -INFINITY;
        for (int k = 0; k < DIRECTIONS; k++) {
            struct avt_point a = contour[k], b = contour[(k + 1) % DIRECTIONS];
            float lo = fminf(a.x, b.x), hi = fmaxf(a.x, b.x);
            if (x < lo || x > hi)
                continue;
            float t = hi - lo > 1e-6f ? (x - a.x) / (b.x - a.x) : 0;
            float y = avt_mix(a.y, b.y, t);
            best = upper ? fminf(best, y) : fmaxf(best, y);
        }
        curve->y[i] = best;
    }
}

static void fit_eye(const struct avt_image *image, const struct avt_rig *rig,
                    struct avt_rig_eye *eye)
{
    struct colour skin = skin_of(image, rig, eye);
    if (skin.saturation < SATURATION_MIN)
        return;
    float middle = .5f * (eye->upper.y[AVT_CURVE_POINTS / 2] + eye->lower.y[AVT_CURVE_POINTS / 2]);
    float radius[DIRECTIONS], grown[DIRECTIONS], smooth[DIRECTIONS], most = 0;
    struct avt_point way[DIRECTIONS];
    for (int k = 0; k < DIRECTIONS; k++) {
        float angle = 6.2831853f * (float)k / DIRECTIONS;
        way[k] = (struct avt_point){cosf(angle), sinf(angle)};
        radius[k] = mesh_radius(eye, middle, way[k].x, way[k].y);
        grown[k] = growth(image, rig, eye, skin, middle, radius[k], way[k].x, way[k].y);
    }
    /* A high one of eleven neighbours, for where the iris touches the lid there is no white; then
     * means, for single rays go astray on lashes and highlights. */
    for (int k = 0; k < DIRECTIONS; k++) {
        float sorted[11];
        for (int i = 0; i < 11; i++) {
            float v = grown[(k + i - 5 + DIRECTIONS) % DIRECTIONS];
            int j = i;
            for (; j > 0 && sorted[j - 1] > v; j--)
                sorted[j] = sorted[j - 1];
            sorted[j] = v;
        }
        smooth[k] = sorted[8];
    }
    struct avt_point contour[DIRECTIONS];
    float x0 = INFINITY, x1 = -INFINITY;
    for (int k = 0; k < DIRECTIONS; k++) {
        float mean = 0;
        for (int i = -2; i <= 2; i++)
            mean += .2f * smooth[(k + i + DIRECTIONS) % DIRECTIONS];
        most = fmaxf(most, mean);
        float r = radius[k] + mean;
        contour[k] = (struct avt_point){eye->x + r * way[k].x, middle + r * way[k].y};
        x0 = fminf(x0, contour[k].x);
        x1 = fmaxf(x1, contour[k].x);
    }
    if (most < 2 * RIM)
        return;
    eye->upper.x0 = eye->lower.x0 = x0;
    eye->upper.x1 = eye->lower.x1 = x1;
    half_contour(contour, true, &eye->upper);
    half_contour(contour, false, &eye->lower);
    eye->x = .5f * (x0 + x1);
    eye->half_width = .5f * (x1 - x0);
}

void avt_rig_fit_eyes(struct avt_rig *rig, const struct avt_image *image)
{
    for (int i = 0; i < 2; i++)
        fit_eye(image, rig, &rig->eyes[i]);
}
