/* SPDX-License-Identifier: Apache-2.0 */
/* From the scene's linear light to the picture's bytes: exposure, highlights that roll off, the lens's darker corners,
 * and grain, without which soft gradients would show steps in 8 bits. */
#include <math.h>

#include "base/mem.h"
#include "portrait/scenery_draw.h"

/* Rows of the unit that a scene is drawn in: what is out of focus needs no more. */
enum { UNIT_REAL = 360, UNIT_TOON = 540, CODES = 4096 };
/* Light above this is compressed, up to white. */
#define SHOULDER .58f
/* Of a camera's curve: share of a full S that is added. */
#define CONTRAST .35
/* Of 8-bit steps. */
#define GRAIN_REAL 1.5f
#define GRAIN_TOON .0f
/* Light that the corners of a picture lack. */
#define VIGNETTE .26f

struct finish {
    float codes[CODES + 1]; /* sRGB, 0..255, of the square of i / CODES */
    float exposure, grain, vignette;
    uint32_t seed;
};

/* The sRGB transfer function without pow(): x^(1/2.4) is the cube root of x^(5/4). */
static void fill_codes(struct finish *finish)
{
    double root = .05;
    for (int i = 0; i <= CODES; i++) {
        double x = (double)i / CODES * i / CODES, cube = x * sqrt(sqrt(x));
        for (int k = 0; k < 12 && x > 0; k++)
            root -= (root - cube / (root * root)) / 3;
        double code = x <= .0031308 ? 12.92 * x : 1.055 * root - .055;
        code += CONTRAST * (code * code * (3 - 2 * code) - code);
        finish->codes[i] = (float)(255 * code);
    }
}

static float shoulder(float x)
{
    float over = (x - SHOULDER) / (1 - SHOULDER);
    return over > 0 ? SHOULDER + (1 - SHOULDER) * over / (1 + over) : x;
}

static float code_of(const struct finish *finish, float light)
{
    float at = sqrtf(avt_scene_clamp(light, 0, 1)) * CODES;
    int i = (int)at < CODES ? (int)at : CODES - 1;
    return avt_scene_mix(finish->codes[i], finish->codes[i + 1], at - (float)i);
}

static uint32_t hash_of(uint32_t x, uint32_t y, uint32_t seed)
{
    uint32_t h = (x + seed) * 0x9e3779b1u ^ y * 0x85ebca77u;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return h ^ h >> 15;
}

/* Two 8-bit parts of a hash as triangular noise in -1 .. 1. */
static float triangle(uint32_t hash)
{
    return (float)((int)(hash & 255) + (int)(hash >> 8 & 255) - 255) / 255;
}

static void finish_row(const struct finish *finish, const float *row, const struct avt_image *image, int y, float first,
                       float step)
{
    uint8_t *out = avt_image_row(image, y);
    float w = (float)image->width, h = (float)image->height, corner = w * w + h * h;
    for (int x = 0; x < image->width; x++) {
        float at = first + step * ((float)x + .5f) - .5f;
        int i = (int)at;
        float t = at - (float)i, dx = 2 * (float)x + 1 - w, dy = 2 * (float)y + 1 - h;
        float far = (dx * dx + dy * dy) / corner,
              gain = finish->exposure * (1 - finish->vignette * far * (.4f + .6f * far));
        uint32_t hash = hash_of((uint32_t)x, (uint32_t)y, finish->seed);
        float grain = finish->grain * triangle(hash);
        for (int c = 0; c < 3; c++) {
            float light = avt_scene_mix(row[4 * i + c], row[4 * i + 4 + c], t) * gain;
            float dither = .5f * triangle(hash >> (5 * c + 1));
            float code = code_of(finish, shoulder(light)) + grain + dither + .5f;
            out[4 * x + c] = (uint8_t)avt_scene_clamp(code, 0, 255);
        }
        out[4 * x + 3] = 255;
    }
}

/* Mean of what a picture can show. */
static float mean_light(const struct avt_layer *sum, int margin)
{
    double total = 0;
    int count = 0;
    for (int y = margin; y < sum->height - margin; y += 2) {
        for (int x = margin; x < sum->width - margin; x += 2) {
            const float *p = sum->pixels + 4 * ((size_t)y * (size_t)sum->width + (size_t)x);
            float light = avt_rgb_luminance((struct avt_rgb){p[0], p[1], p[2]});
            total += light < 1 ? light : 1;
            count++;
        }
    }
    return count > 0 ? (float)(total / count) : 0;
}

/* [1 2 1] / 4 each way, in place: the edges of discs of whole pixels become round. */
static void smooth(struct avt_layer *sum)
{
    size_t pitch = 4 * (size_t)sum->width;
    for (int y = 0; y < sum->height; y++) {
        float *row = sum->pixels + pitch * (size_t)y, last[4];
        for (int c = 0; c < 4; c++)
            last[c] = row[c];
        for (size_t i = 4; i + 4 < pitch; i++) {
            float own = row[i];
            row[i] = .25f * (last[i & 3] + 2 * own + row[i + 4]);
            last[i & 3] = own;
        }
    }
    float *above = sum->sums;
    for (size_t i = 0; i < pitch; i++)
        above[i] = sum->pixels[i];
    for (int y = 1; y + 1 < sum->height; y++) {
        float *row = sum->pixels + pitch * (size_t)y;
        for (size_t i = 0; i < pitch; i++) {
            float own = row[i];
            row[i] = .25f * (above[i] + 2 * own + row[i + pitch]);
            above[i] = own;
        }
    }
}

static void finish_image(struct finish *finish, const struct avt_layer *sum, int margin, float scale,
                         struct avt_image *image)
{
    float *row = sum->sums; /* no longer needed for sums */
    for (int y = 0; y < image->height; y++) {
        float at = (float)margin + scale * ((float)y + .5f) - .5f;
        int i = (int)at;
        const float *above = sum->pixels + 4 * (size_t)i * (size_t)sum->width, *below = above + 4 * (size_t)sum->width;
        for (size_t k = 0; k < 4 * (size_t)sum->width; k++)
            row[k] = avt_scene_mix(above[k], below[k], at - (float)i);
        finish_row(finish, row, image, y, (float)margin, scale);
    }
}

enum avt_code avt_scene_draw(const struct avt_scene *scene, uint64_t seed, struct avt_image *image,
                             struct avt_error *reterr)
{
    bool toon = scene->look == AVT_LOOK_TOON;
    float unit = avt_scene_unit(image->width, image->height), most = toon ? UNIT_TOON : UNIT_REAL;
    float drawn = unit < most ? unit : most, scale = drawn / unit;
    int margin = (int)(avt_scene_coc(scene, 1e6f) * drawn) + 4;
    float across = scale * (float)image->width, down = scale * (float)image->height;
    struct avt_layer sum;
    enum avt_code code = avt_layer_init((int)across + 2 * margin + 1, (int)down + 2 * margin + 1, &sum, reterr);
    if (code != AVT_OK)
        return code;
    float top = (float)margin + .5f * (down - drawn);
    code = avt_scene_paint(scene, drawn, (float)margin + .5f * across, top + AVT_SCENE_HORIZON * drawn, &sum, reterr);
    if (code == AVT_OK) {
        struct finish finish = {.exposure = 1,
                                .grain = toon ? GRAIN_TOON : GRAIN_REAL,
                                .vignette = toon ? .5f * VIGNETTE : VIGNETTE,
                                .seed = (uint32_t)(seed ^ seed >> 32)};
        float mean = mean_light(&sum, margin);
        if (scene->target > 0 && mean > 0)
            finish.exposure = avt_scene_clamp(sqrtf(scene->target / mean), .5f, 2);
        fill_codes(&finish);
        smooth(&sum);
        finish_image(&finish, &sum, margin, scale, image);
    }
    avt_layer_done(&sum);
    return code;
}
