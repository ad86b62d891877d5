/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/mouth_light.h"

#include <math.h>
#include <string.h>

/* Drawn teeth stay below this part of the brightest skin, or they look glued on. */
#define CAP .85f
/* Enamel over skin, and over the white of the eyes, which is as deep in shadow. */
#define OVER_SKIN  1.32f
#define OVER_WHITE .95f
/* Skin reflects this much more, for its luminance, of red, green and blue: what is left is the light's colour. */
static const float skin_hue[3] = {1.38f, .94f, .68f};
static const float enamel[3] = {1.03f, 1.f, .87f};
/* Nearly flat skin belongs to a drawing; grown-ups' eyes are not open further than this, of the eye distance. */
#define FLAT_GRAIN  .6f
#define LARGE_EYE   .24f
#define DRAWN_LINES .35f

enum { SKIN_POINTS = 36, UNKNOWNS = 4, ROUNDS = 3, PIXELS_MAX = 4096 };
static const short skin_points[SKIN_POINTS] = {50,  280, 101, 330, 117, 346, 205, 425, 187, 411, 123, 352,
                                               36,  266, 151, 9,   67,  297, 109, 338, 69,  299, 108, 337,
                                               199, 200, 175, 210, 430, 214, 434, 5,   195, 4,   118, 347};

struct patch {
    float rgb[3], weight;
    struct avt_point3 normal;
};

/* Mean colour around a place; false outside the picture. */
static bool mean_colour(const struct avt_image *image, const struct avt_rig *rig, struct avt_point3 place,
                        float radius, float ret_rgb[3])
{
    struct avt_point at = avt_rig_project(rig, place);
    int r = (int)avt_clampf(ceilf(radius * rig->unit), 0, 24), pixels = 0;
    float sum[3] = {0};
    if (!(at.x > -1e6f && at.x < 1e6f && at.y > -1e6f && at.y < 1e6f))
        return false;
    for (int y = (int)at.y - r; y <= (int)at.y + r; y++) {
        for (int x = (int)at.x - r; x <= (int)at.x + r; x++) {
            if (x < 0 || y < 0 || x >= image->width || y >= image->height)
                continue;
            const uint8_t *p = avt_image_row(image, y) + 4 * (ptrdiff_t)x;
            for (int c = 0; c < 3; c++)
                sum[c] += avt_light_of((float)p[c] / 255);
            pixels++;
        }
    }
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = pixels > 0 ? sum[c] / (float)pixels : .3f;
    return pixels > 0;
}

static void mean_of_points(const struct avt_image *image, const struct avt_rig *rig, const short *points, int count,
                           float radius, float ret_rgb[3])
{
    float sum[3] = {0}, rgb[3];
    int seen = 0;
    for (int i = 0; i < count; i++) {
        if (!mean_colour(image, rig, rig->points[points[i]], radius, rgb))
            continue;
        seen++;
        for (int c = 0; c < 3; c++)
            sum[c] += rgb[c];
    }
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = seen > 0 ? sum[c] / (float)seen : .3f;
}

/* Gauss with pivots; false where the matrix says too little. */
static bool solve(double a[][UNKNOWNS + 1], int count)
{
    for (int k = 0; k < count; k++) {
        int best = k;
        for (int i = k + 1; i < count; i++)
            best = fabs(a[i][k]) > fabs(a[best][k]) ? i : best;
        if (!(fabs(a[best][k]) > 1e-9))
            return false;
        for (int j = 0; j <= UNKNOWNS && best != k; j++) {
            double t = a[k][j];
            a[k][j] = a[best][j];
            a[best][j] = t;
        }
        for (int i = 0; i < count; i++) {
            if (i == k)
                continue;
            double f = a[i][k] / a[k][k];
            for (int j = k; j <= UNKNOWNS; j++)
                a[i][j] -= f * a[k][j];
        }
    }
    for (int k = 0; k < count; k++)
        a[k][UNKNOWNS] /= a[k][k];
    return true;
}

/* Normal of the mesh at a point: of the plane through the points around it. */
static struct avt_point3 normal_at(const struct avt_rig *rig, struct avt_point3 at)
{
    double a[UNKNOWNS][UNKNOWNS + 1] = {0};
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        double dx = (double)(rig->points[i].x - at.x), dy = (double)(rig->points[i].y - at.y);
        double row[3] = {dx, dy, 1}, dz = (double)(rig->points[i].z - at.z);
        if (dx * dx + dy * dy > .18 * .18)
            continue;
        for (int k = 0; k < 3; k++) {
            for (int j = 0; j < 3; j++)
                a[k][j] += row[k] * row[j];
            a[k][UNKNOWNS] += row[k] * dz;
        }
    }
    if (!solve(a, 3))
        return (struct avt_point3){0, 0, 1};
    float x = -(float)a[0][UNKNOWNS], y = -(float)a[1][UNKNOWNS], length = sqrtf(x * x + y * y + 1);
    return (struct avt_point3){x / length, y / length, 1 / length};
}

/* Least squares over the patches of skin, without those that hair and shadows spoil. */
static void fit_light(struct patch patches[SKIN_POINTS], int count, struct avt_mouth_light *light)
{
    double x[UNKNOWNS] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        double a[UNKNOWNS][UNKNOWNS + 1] = {0}, total = 0, spread = 0;
        for (int i = 0; i < count; i++) {
            const struct patch *p = &patches[i];
            double row[UNKNOWNS] = {1, (double)p->normal.x, (double)p->normal.y, (double)p->normal.z};
            for (int k = 0; k < UNKNOWNS; k++) {
                for (int j = 0; j < UNKNOWNS; j++)
                    a[k][j] += (double)p->weight * row[k] * row[j];
                a[k][UNKNOWNS] += (double)p->weight * row[k] * (double)avt_luminance(p->rgb);
            }
            total += (double)p->weight;
        }
        /* Little is known of light from where no skin looks: it is taken to be as from elsewhere. */
        for (int k = 1; k < UNKNOWNS; k++)
            a[k][k] += .02 * total;
        if (!(total > 0) || !solve(a, UNKNOWNS))
            return;
        for (int k = 0; k < UNKNOWNS; k++)
            x[k] = a[k][UNKNOWNS];
        double wrong[SKIN_POINTS];
        for (int i = 0; i < count; i++) {
            const struct patch *p = &patches[i];
            wrong[i] = (double)avt_luminance(p->rgb) - x[0] - x[1] * (double)p->normal.x -
                       x[2] * (double)p->normal.y - x[3] * (double)p->normal.z;
            spread += wrong[i] * wrong[i] / count;
        }
        for (int i = 0; i < count; i++)
            patches[i].weight = (float)(spread / (spread + wrong[i] * wrong[i]));
    }
    double front = x[0] + x[3];
    if (!(front > 1e-4))
        return;
    light->ambient = (float)(x[0] / front);
    light->toward = (struct avt_point3){(float)(x[1] / front), (float)(x[2] / front), (float)(x[3] / front)};
}

float avt_mouth_light_on(const struct avt_mouth_light *light, struct avt_point3 normal)
{
    return avt_clampf(light->ambient + light->toward.x * normal.x + light->toward.y * normal.y +
                          light->toward.z * normal.z, .25f, 1.6f);
}

static int by_value(float value, float *sorted, int count)
{
    int i = count;
    for (; i > 0 && sorted[i - 1] > value; i--)
        sorted[i] = sorted[i - 1];
    sorted[i] = value;
    return count + 1;
}

/* The white of the eyes: of what lies between the lids, that which is bright and has little colour.
 * 0 where there is none. */
static float white_of_eyes(const struct avt_image *image, const struct avt_rig *rig, float ret_rgb[3])
{
    float sum[3] = {0}, brightest = 0;
    int seen = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 2; i++) {
            const struct avt_rig_eye *eye = &rig->eyes[i];
            for (float u = -.8f; u <= .8f; u += .08f) {
                float x = eye->x + u * eye->half_width, rgb[3];
                float top = avt_curve_at(&eye->upper, x), bottom = avt_curve_at(&eye->lower, x);
                struct avt_point3 at = {x, avt_mix(top, bottom, .6f), avt_curve_at(&eye->depth, x)};
                if (!mean_colour(image, rig, at, .012f, rgb))
                    continue;
                float light = avt_luminance(rgb);
                if (pass == 0) {
                    brightest = fmaxf(brightest, light);
                } else if (light > .7f * brightest && rgb[2] > .55f * rgb[0]) {
                    seen++;
                    for (int c = 0; c < 3; c++)
                        sum[c] += rgb[c];
                }
            }
        }
    }
    if (seen < 3)
        return 0;
    for (int c = 0; c < 3; c++)
        ret_rgb[c] = sum[c] / (float)seen;
    return avt_luminance(ret_rgb);
}

/* Standard deviation of the finest detail of the cheeks, of 255: the lower quarter, which pores and hair
 * leave alone. */
static float measure_grain(const struct avt_image *image, const struct avt_rig *rig)
{
    static const short places[] = {50, 280, 205, 425, 101, 330, 151, 199};
    float sorted[8];
    int count = 0, reach = (int)avt_clampf(.05f * rig->unit, 3, 16);
    for (int k = 0; k < 8; k++) {
        struct avt_point p = avt_rig_project(rig, rig->points[places[k]]);
        if (!(p.x > (float)reach + 2 && p.y > (float)reach + 2 && p.x < (float)(image->width - reach - 2) &&
              p.y < (float)(image->height - reach - 2)))
            continue;
        float sum = 0;
        for (int y = (int)p.y - reach; y <= (int)p.y + reach; y++) {
            for (int x = (int)p.x - reach; x <= (int)p.x + reach; x++) {
                /* Green alone: most of luma, and not smoothed by JPEG as chroma is. A second difference in both
                 * directions, of white noise of 1, has a standard deviation of 6. */
                const uint8_t *q = avt_image_row(image, y) + 4 * (ptrdiff_t)x + 1;
                ptrdiff_t s = (ptrdiff_t)image->stride;
                int d = 4 * q[0] - 2 * (q[-4] + q[4] + q[-s] + q[s]) + q[-s - 4] + q[-s + 4] + q[s - 4] + q[s + 4];
                sum += (float)(d * d);
            }
        }
        count = by_value(sqrtf(sum / (float)((2 * reach + 1) * (2 * reach + 1))) / 6, sorted, count);
    }
    return count > 0 ? sorted[count / 4] : 0;
}

/* A drawing has teeth without lines; a soft picture has soft ones by itself. */
static float measure_contrast(const struct avt_rig *rig, float grain, float softness)
{
    float aperture = 0;
    for (int i = 0; i < 2; i++) {
        const struct avt_rig_eye *eye = &rig->eyes[i];
        int middle = AVT_CURVE_POINTS / 2;
        aperture = fmaxf(aperture, eye->lower.y[middle] - eye->upper.y[middle]);
    }
    float drawn = avt_step(LARGE_EYE, 1.25f * LARGE_EYE, aperture);
    float flat = avt_step(FLAT_GRAIN, .25f * FLAT_GRAIN, grain) * .5f;
    float soft = avt_step(1.2f, 2.5f, softness) * .5f;
    return avt_mix(1, DRAWN_LINES, fmaxf(drawn, fmaxf(flat, soft)));
}

static void choose_colours(const struct avt_image *image, const struct avt_rig *rig, struct avt_mouth_light *light)
{
    const float *skin = light->skin;
    static const short lip_points[] = {16, 85, 315, 86, 316, 15};
    static const short dark_points[] = {33, 133, 263, 362, 159, 386};
    static const short near_points[] = {164, 18, 200, 57, 287, 186, 410, 43, 273};
    float lip[3], dark[3], white[3], near[3], skin_light = avt_luminance(skin);
    mean_of_points(image, rig, near_points, 9, .03f, near);
    mean_of_points(image, rig, lip_points, 6, .015f, lip);
    mean_of_points(image, rig, dark_points, 6, .015f, dark);
    float white_light = white_of_eyes(image, rig, white);
    float bright = OVER_SKIN * skin_light;
    /* Eyes of paintings and of people who squint have little white: it can only raise what the skin says. */
    if (white_light > 0)
        bright = fmaxf(bright, avt_mix(bright, OVER_WHITE * white_light, .7f));
    /* A mouth on the dark side of a face has less light. */
    float near_light = avt_luminance(near);
    bright *= avt_clampf(avt_mix(1, near_light / (skin_light + 1e-4f), .8f), .45f, 1.1f);
    bright = fminf(bright, .92f * light->cap);
    for (int c = 0; c < 3; c++) {
        float hue = near[c] / (near_light + 1e-4f);
        light->tooth[c] = enamel[c] * avt_clampf(avt_mix(1, hue / skin_hue[c], .7f), .6f, 1.5f) * avt_mix(1, hue, .3f);
    }
    float tint = avt_luminance(light->tooth);
    for (int c = 0; c < 3; c++) {
        /* Flesh inside is redder than lips in daylight. */
        static const float flesh[3] = {1.12f, .80f, .78f};
        light->tooth[c] *= bright / tint;
        /* Its own hue in this light, as far as lips and skin have none. */
        static const float red[3] = {1.9f, .80f, .72f};
        light->gum[c] = avt_mix(lip[c], skin[c], .35f) * .80f * flesh[c];
        light->tongue[c] = avt_mix(avt_mix(lip[c], skin[c], .30f) * .70f * flesh[c],
                                   .50f * avt_luminance(lip) * red[c] * light->tooth[c] / bright, .5f);
        float darkest = dark[c] < lip[c] ? dark[c] : lip[c];
        light->cavity[c] = avt_mix(lip[c] * .055f, darkest * .25f, .4f) * flesh[c] * flesh[c];
    }
}

void avt_mouth_light_measure(const struct avt_image *image, const struct avt_rig *rig, float softness,
                             struct avt_mouth_light *ret_light)
{
    struct avt_mouth_light light = {.ambient = .55f, .toward = {0, -.15f, .45f}};
    struct patch patches[SKIN_POINTS];
    float sorted[SKIN_POINTS], total = 0;
    int count = 0;
    for (int i = 0; i < SKIN_POINTS; i++) {
        struct patch *p = &patches[count];
        if (!mean_colour(image, rig, rig->points[skin_points[i]], .04f, p->rgb))
            continue;
        p->normal = normal_at(rig, rig->points[skin_points[i]]);
        p->weight = 1;
        count = by_value(avt_luminance(p->rgb), sorted, count);
    }
    if (count >= 8)
        fit_light(patches, count, &light);
    for (int i = 0; i < count; i++) {
        for (int c = 0; c < 3; c++)
            light.skin[c] += patches[i].weight * patches[i].rgb[c];
        total += patches[i].weight;
    }
    for (int c = 0; c < 3; c++)
        light.skin[c] = total > 0 ? light.skin[c] / total : .3f;
    light.cap = CAP * (count > 0 ? sorted[count - 1 - count / 18] : .5f);
    light.above = avt_clampf(.62f - .35f * light.toward.y, .5f, .85f);
    light.grain = measure_grain(image, rig);
    light.contrast = measure_contrast(rig, light.grain, softness);
    choose_colours(image, rig, &light);
    *ret_light = light;
}
