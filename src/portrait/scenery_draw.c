/* SPDX-License-Identifier: Apache-2.0 */
/* Faces to pixels: each layer of depth is drawn, put out of focus, and laid over what is farther away. */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "portrait/scenery_draw.h"

/* Radius of the blur disc of a point infinitely far away, in units: an 85 mm lens at f/1.8 focused at 1.3 m would
 * have twice that, and no room could be recognized. */
#define BLUR_FAR .034f
#define FOCUS    1.3f
/* Drawings are only softened. */
#define BLUR_TOON .16f
#define NEAR      .35f /* m; nothing nearer is drawn */

enum { CORNERS_MAX = 8, LIGHT_STEP = 4, LITTLE = 48 };

struct view {
    const struct avt_scene *scene;
    float centre_x, centre_y, focal; /* pixels of the layer */
    float unit;
};

/* A face as it is seen. */
struct seen {
    const struct avt_scene_face *face;
    struct avt_point3 normal;
    struct avt_point3 to_u, to_v; /* a point's place along the edges, from the corner, is its product with these */
    float plane, across_length, down_length, pixels;
    float x[CORNERS_MAX], y[CORNERS_MAX];
    float a[CORNERS_MAX], b[CORNERS_MAX], c[CORNERS_MAX]; /* distance inside of each edge: a x + b y + c */
    int corners;
    bool little; /* so little that one light will do */
    struct avt_rgb light;
};

float avt_scene_coc(const struct avt_scene *scene, float depth)
{
    float far = BLUR_FAR * scene->blur * (scene->look == AVT_LOOK_TOON ? BLUR_TOON : 1);
    float off = 1 - FOCUS / (depth > NEAR ? depth : NEAR);
    return far * (off < 0 ? -off : off);
}

/* Noise of a lattice with smooth in-between, -1 .. 1. */
static float lattice(int x, int y)
{
    uint32_t h = (uint32_t)x * 0x9e3779b1u ^ (uint32_t)y * 0x85ebca77u;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return (float)(h >> 8) / 8388608.f - 1;
}

static float noise(float x, float y)
{
    float fx = floorf(x), fy = floorf(y), u = x - fx, v = y - fy;
    int ix = (int)fx, iy = (int)fy;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    return avt_scene_mix(avt_scene_mix(lattice(ix, iy), lattice(ix + 1, iy), u),
                         avt_scene_mix(lattice(ix, iy + 1), lattice(ix + 1, iy + 1), u), v);
}

static float clouds(float x, float y)
{
    return .6f * noise(x, y) + .28f * noise(2.1f * x + 7, 2.1f * y + 3) + .12f * noise(4.3f * x, 4.3f * y + 11);
}

/* Where walls meet, less light arrives. */
static float corners_of(const struct avt_scene *scene, struct avt_point3 p, struct avt_point3 n)
{
    float gaps[5] = {p.x - scene->low.x, scene->high.x - p.x, p.y - scene->low.y, scene->high.y - p.y,
                     scene->high.z - p.z};
    float facing[5] = {n.x, -n.x, n.y, -n.y, -n.z}, open = 1;
    for (int i = 0; i < 5; i++) {
        float gap = gaps[i] > 0 ? gaps[i] : 0, near = 1 / (1 + gap / .4f);
        if (facing[i] < .9f)
            open *= 1 - .42f * near * near;
    }
    return open;
}

/* Part of a lamp's light that reaches p, past the boxes in between. `to` leads from p to the lamp. How much of a box
 * is in the way grows with the length of the line inside it, which makes soft edges. */
static float reaching(const struct avt_scene *scene, struct avt_point3 p, struct avt_point3 to, float distance)
{
    float open = 1, x = 1 / (to.x + 1e-6f), y = 1 / (to.y + 1e-6f), z = 1 / (to.z + 1e-6f);
    for (size_t i = 0; i < scene->block_count && open > .02f; i++) {
        const struct avt_scene_block *b = &scene->blocks[i];
        float x0 = (b->low.x - p.x) * x, x1 = (b->high.x - p.x) * x, y0 = (b->low.y - p.y) * y;
        float y1 = (b->high.y - p.y) * y, z0 = (b->low.z - p.z) * z, z1 = (b->high.z - p.z) * z;
        float in = x0 < x1 ? x0 : x1, out = x0 < x1 ? x1 : x0;
        in = in > (y0 < y1 ? y0 : y1) ? in : (y0 < y1 ? y0 : y1);
        in = in > (z0 < z1 ? z0 : z1) ? in : (z0 < z1 ? z0 : z1);
        out = out < (y0 < y1 ? y1 : y0) ? out : (y0 < y1 ? y1 : y0);
        out = out < (z0 < z1 ? z1 : z0) ? out : (z0 < z1 ? z1 : z0);
        if (out * distance < .04f || in > 1 || in * distance < -.01f)
            continue;
        float soft = .06f + .22f * (in > 0 ? in : 0) * distance;
        float t = avt_scene_clamp((out - in) * distance / soft * .5f + .5f, 0, 1);
        open *= 1 - .85f * t * t * (3 - 2 * t);
    }
    return open;
}

static struct avt_rgb light_on(const struct avt_scene *scene, struct avt_point3 p, struct avt_point3 n, bool through)
{
    struct avt_rgb sum = avt_rgb_mix(scene->below, scene->above, .5f + .5f * n.y);
    if (scene->high.z > 0)
        sum = avt_rgb_scale(sum, corners_of(scene, p, n));
    for (size_t i = 0; i < scene->lamp_count; i++) {
        const struct avt_scene_lamp *lamp = &scene->lamps[i];
        struct avt_point3 to = avt_point3_add(lamp->at, avt_point3_scale(p, -1));
        float square = avt_point3_dot(to, to) + 1e-4f, cosine = avt_point3_dot(to, n) / sqrtf(square);
        cosine = through ? .55f + .45f * (cosine < 0 ? -cosine : cosine) : (cosine + .2f) / 1.2f;
        float falloff = cosine / (1 + square / (lamp->reach * lamp->reach));
        if (falloff > .01f && scene->block_count > 0)
            falloff *= reaching(scene, avt_point3_add(p, avt_point3_scale(n, .01f)), to, sqrtf(square));
        if (falloff > 0) {
            sum = avt_rgb_mix(sum, avt_rgb(sum.r + lamp->rgb.r, sum.g + lamp->rgb.g, sum.b + lamp->rgb.b), falloff);
        }
    }
    if (scene->look == AVT_LOOK_TOON) {
        /* Light in two soft steps, as a painter lays it. */
        float level = avt_rgb_luminance(sum) + 1e-4f, t = avt_scene_clamp((level - .3f) / .7f, 0, 1);
        float step = t * t * (3 - 2 * t), to = .3f + .7f * avt_scene_mix(t, step, .5f);
        if (level > .3f && level < 1)
            sum = avt_rgb_scale(sum, to / level);
    }
    return sum;
}

static float coverage_in(const struct seen *seen, float u, float v)
{
    const struct avt_scene_face *face = seen->face;
    float x = 2 * u - 1, y = 2 * v - 1, q = x * x + y * y;
    switch (face->outline) {
    case AVT_OUTLINE_DISC:
        return avt_scene_clamp((1 - q) * .25f * seen->pixels + .5f, 0, 1);
    case AVT_OUTLINE_LEAF: {
        float half = 1 - x * x;
        return avt_scene_clamp((half - (y < 0 ? -y : y)) * .5f * seen->pixels + .5f, 0, 1);
    }
    case AVT_OUTLINE_SOFT:
        return q < 1 ? (1 - q) * (1 - q) : 0;
    case AVT_OUTLINE_FEATHER: {
        float a = 1 - x * x, b = 1 - y * y;
        a = avt_scene_clamp(2.2f * a, 0, 1);
        b = avt_scene_clamp(2.2f * b, 0, 1);
        return a * a * (3 - 2 * a) * b * b * (3 - 2 * b);
    }
    default:
        return 1;
    }
}

static struct avt_rgb colour_at(const struct view *view, const struct seen *seen, float u, float v, float mottle)
{
    const struct avt_scene_face *face = seen->face;
    struct avt_rgb rgb = avt_rgb_mix(face->top, face->bottom, v);
    float amount = mottle * (view->scene->look == AVT_LOOK_TOON ? .5f : 1);
    if (amount > 0) {
        float x = u * seen->across_length / face->patch, y = v * seen->down_length / face->patch;
        float by = face->surface == AVT_SURFACE_WOOD ? clouds(x * .12f + 3, y * 1.6f) : clouds(x, y);
        rgb = avt_rgb_scale(rgb, 1 + amount * by);
    }
    return rgb;
}

static void blend(float *out, const struct avt_scene_face *face, struct avt_rgb rgb, float alpha)
{
    if (face->surface == AVT_SURFACE_SHADE) {
        for (int c = 0; c < 3; c++)
            out[c] *= 1 - alpha;
        return;
    }
    float keep = face->surface == AVT_SURFACE_BEAM ? 1 : 1 - alpha;
    out[0] = out[0] * keep + rgb.r * alpha;
    out[1] = out[1] * keep + rgb.g * alpha;
    out[2] = out[2] * keep + rgb.b * alpha;
    if (face->surface != AVT_SURFACE_BEAM)
        out[3] = out[3] * keep + alpha;
}

static struct avt_point3 ray_at(const struct view *view, float x, float y)
{
    float rx = (x - view->centre_x) / view->focal, ry = (view->centre_y - y) / view->focal;
    const struct avt_scene *scene = view->scene;
    return avt_at(scene->turn_cos * rx + scene->turn_sin, ry, scene->turn_cos - scene->turn_sin * rx);
}

static void draw_span(const struct view *view, const struct seen *seen, int y, int from, int to, float *row)
{
    const struct avt_scene *scene = view->scene;
    const struct avt_scene_face *face = seen->face;
    bool lit = face->surface <= AVT_SURFACE_LEAF, sharp = face->outline == AVT_OUTLINE_EDGES;
    float mottle = face->surface == AVT_SURFACE_WOOD && face->mottle <= 0 ? .22f : face->mottle;
    struct avt_rgb light = lit && seen->little ? seen->light : avt_rgb(1, 1, 1), next = light, step = {0};
    for (int x = from; x < to; x++) {
        struct avt_point3 ray = ray_at(view, (float)x + .5f, (float)y + .5f);
        float t = seen->plane / avt_point3_dot(seen->normal, ray);
        struct avt_point3 p = avt_point3_scale(ray, t), q = avt_point3_add(p, avt_point3_scale(face->at, -1));
        float u = avt_point3_dot(q, seen->to_u), v = avt_point3_dot(q, seen->to_v), cover = face->alpha;
        if (sharp) {
            float inside = 1;
            for (int i = 0; i < seen->corners; i++) {
                float d = seen->a[i] * ((float)x + .5f) + seen->b[i] * ((float)y + .5f) + seen->c[i] + .75f;
                inside = d < inside ? d : inside;
            }
            cover *= inside > 0 ? inside : 0;
        } else {
            cover *= u > 0 && u < 1 && v > 0 && v < 1 ? coverage_in(seen, u, v) : 0;
        }
        if (lit && (x - from) % LIGHT_STEP == 0 && !seen->little) {
            bool through = face->surface == AVT_SURFACE_LEAF;
            light = x == from ? light_on(scene, p, seen->normal, through) : next;
            if (x + LIGHT_STEP < to) {
                struct avt_point3 ahead = ray_at(view, (float)(x + LIGHT_STEP) + .5f, (float)y + .5f);
                ahead = avt_point3_scale(ahead, seen->plane / avt_point3_dot(seen->normal, ahead));
                next = light_on(scene, ahead, seen->normal, through);
            }
            step = avt_rgb_scale(avt_rgb(next.r - light.r, next.g - light.g, next.b - light.b), 1.f / LIGHT_STEP);
            if (x + LIGHT_STEP >= to)
                step = (struct avt_rgb){0};
        }
        if (cover > 0) {
            struct avt_rgb rgb =
                avt_rgb_mul(colour_at(view, seen, avt_scene_clamp(u, 0, 1), avt_scene_clamp(v, 0, 1), mottle), light);
            if (scene->haze > 0 && face->surface <= AVT_SURFACE_GLOW)
                rgb = avt_rgb_mix(rgb, scene->haze_rgb, t / (t + scene->haze));
            blend(row + 4 * x, face, rgb, cover);
        }
        light = avt_rgb(light.r + step.r, light.g + step.g, light.b + step.b);
    }
}

/* To the camera's axes. */
static struct avt_point3 turned(const struct avt_scene *scene, struct avt_point3 p)
{
    return avt_at(scene->turn_cos * p.x - scene->turn_sin * p.z, p.y, scene->turn_sin * p.x + scene->turn_cos * p.z);
}

/* Corners in pixels, without what is behind the camera. False if nothing is left. */
static bool project(const struct view *view, struct seen *seen)
{
    const struct avt_scene_face *face = seen->face;
    struct avt_point3 far = avt_point3_add(face->across, face->down), corners[4];
    corners[0] = turned(view->scene, face->at);
    corners[1] = turned(view->scene, avt_point3_add(face->at, face->across));
    corners[2] = turned(view->scene, avt_point3_add(face->at, far));
    corners[3] = turned(view->scene, avt_point3_add(face->at, face->down));
    seen->corners = 0;
    for (int i = 0; i < 4; i++) {
        struct avt_point3 p = corners[i], q = corners[(i + 1) % 4];
        struct avt_point3 kept[2];
        int count = 0;
        if (p.z >= NEAR)
            kept[count++] = p;
        if ((p.z < NEAR) != (q.z < NEAR)) {
            float t = (NEAR - p.z) / (q.z - p.z);
            kept[count++] = avt_at(avt_scene_mix(p.x, q.x, t), avt_scene_mix(p.y, q.y, t), NEAR);
        }
        for (int k = 0; k < count; k++) {
            seen->x[seen->corners] = view->centre_x + view->focal * kept[k].x / kept[k].z;
            seen->y[seen->corners++] = view->centre_y - view->focal * kept[k].y / kept[k].z;
        }
    }
    return seen->corners >= 3;
}

/* The lines along its edges, positive inside; false for a face seen from its edge. */
static bool find_edges(struct seen *seen)
{
    float area = 0;
    int n = seen->corners;
    for (int i = 0; i < n; i++)
        area += seen->x[i] * seen->y[(i + 1) % n] - seen->x[(i + 1) % n] * seen->y[i];
    if (area < 1e-3f && area > -1e-3f)
        return false;
    for (int i = 0; i < n; i++) {
        float dx = seen->x[(i + 1) % n] - seen->x[i], dy = seen->y[(i + 1) % n] - seen->y[i];
        float length = sqrtf(dx * dx + dy * dy);
        float scale = length > 1e-4f ? (area > 0 ? 1 : -1) / length : 0;
        seen->a[i] = -dy * scale;
        seen->b[i] = dx * scale;
        seen->c[i] = scale == 0 ? 1e6f : -(seen->a[i] * seen->x[i] + seen->b[i] * seen->y[i]);
    }
    return true;
}

static bool measure(struct seen *seen, float pixels_per_metre)
{
    const struct avt_scene_face *face = seen->face;
    struct avt_point3 u = face->across, v = face->down;
    struct avt_point3 n = {u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x};
    float length = sqrtf(avt_point3_dot(n, n));
    if (!(length > 1e-9f))
        return false;
    float plane = avt_point3_dot(n, face->at);
    n = avt_point3_scale(n, (plane > 0 ? -1 : 1) / length); /* towards the camera */
    seen->normal = n;
    seen->plane = avt_point3_dot(n, face->at);
    float uu = avt_point3_dot(u, u), vv = avt_point3_dot(v, v), uv = avt_point3_dot(u, v), area = uu * vv - uv * uv;
    seen->to_u = avt_point3_add(avt_point3_scale(u, vv / area), avt_point3_scale(v, -uv / area));
    seen->to_v = avt_point3_add(avt_point3_scale(v, uu / area), avt_point3_scale(u, -uv / area));
    seen->across_length = sqrtf(uu);
    seen->down_length = sqrtf(vv);
    float side = seen->across_length < seen->down_length ? seen->across_length : seen->down_length;
    seen->pixels = side * pixels_per_metre + 1;
    return seen->plane < -1e-6f;
}

static void draw_face(const struct view *view, const struct avt_scene_face *face, struct avt_layer *layer)
{
    struct seen seen = {.face = face};
    if (!project(view, &seen) || !measure(&seen, view->focal / (face->at.z > NEAR ? face->at.z : NEAR)) ||
        !find_edges(&seen))
        return;
    float top = seen.y[0], bottom = top, left_most = seen.x[0], right_most = left_most;
    for (int i = 1; i < seen.corners; i++) {
        left_most = seen.x[i] < left_most ? seen.x[i] : left_most;
        right_most = seen.x[i] > right_most ? seen.x[i] : right_most;
        top = seen.y[i] < top ? seen.y[i] : top;
        bottom = seen.y[i] > bottom ? seen.y[i] : bottom;
    }
    seen.little = bottom - top < LITTLE && seen.pixels < LITTLE / 3;
    if (seen.little && face->surface <= AVT_SURFACE_LEAF) {
        struct avt_point3 middle = avt_point3_add(face->at, avt_point3_scale(face->across, .5f));
        seen.light = light_on(view->scene, avt_point3_add(middle, avt_point3_scale(face->down, .5f)), seen.normal,
                              face->surface == AVT_SURFACE_LEAF);
    }
    int y0 = (int)avt_scene_clamp(top - 1, 0, (float)layer->height);
    int y1 = (int)avt_scene_clamp(bottom + 2, 0, (float)layer->height);
    for (int y = y0; y < y1; y++) {
        /* A pixel around what is sharp at its ends would reach far beyond them. */
        float left = left_most - 1, right = right_most + 1;
        for (int i = 0; i < seen.corners; i++) {
            /* Up to a pixel outside of each edge. */
            float a = seen.a[i], rest = -1 - seen.b[i] * ((float)y + .5f) - seen.c[i];
            if (a > 1e-6f)
                left = rest / a > left ? rest / a : left;
            else if (a < -1e-6f)
                right = rest / a < right ? rest / a : right;
            else if (rest > 0)
                right = -1;
        }
        int from = (int)avt_scene_clamp(left, 0, (float)layer->width);
        int to = (int)avt_scene_clamp(right + 1, 0, (float)layer->width);
        if (from >= to)
            continue;
        draw_span(view, &seen, y, from, to, layer->pixels + 4 * (size_t)y * (size_t)layer->width);
        layer->x0 = from < layer->x0 ? from : layer->x0;
        layer->x1 = to > layer->x1 ? to : layer->x1;
        layer->y0 = y < layer->y0 ? y : layer->y0;
        layer->y1 = y + 1 > layer->y1 ? y + 1 : layer->y1;
    }
}

/* A bright point out of focus: an even disc with a somewhat brighter rim, cut by the lens's barrel away from the
 * middle of the picture. */
static void draw_spark(const struct view *view, const struct avt_scene_spark *spark, struct avt_layer *layer)
{
    struct avt_point3 p = turned(view->scene, spark->at);
    if (p.z < NEAR)
        return;
    float x0 = view->centre_x + view->focal * p.x / p.z, y0 = view->centre_y - view->focal * p.y / p.z;
    bool toon = view->scene->look == AVT_LOOK_TOON;
    float radius = avt_scene_coc(view->scene, p.z) * view->unit * (toon ? 2.4f : 1);
    radius = radius < .7f ? .7f : radius;
    float cut_x = .22f * radius * (view->centre_x - x0) / view->unit;
    float cut_y = .22f * radius * (view->centre_y - y0) / view->unit;
    int left = (int)avt_scene_clamp(x0 - radius - 1, 0, (float)layer->width);
    int right = (int)avt_scene_clamp(x0 + radius + 2, 0, (float)layer->width);
    int top = (int)avt_scene_clamp(y0 - radius - 1, 0, (float)layer->height);
    int bottom = (int)avt_scene_clamp(y0 + radius + 2, 0, (float)layer->height);
    for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
            float dx = (float)x + .5f - x0, dy = (float)y + .5f - y0, d = sqrtf(dx * dx + dy * dy);
            float ex = dx - cut_x, ey = dy - cut_y, e = sqrtf(ex * ex + ey * ey), q = d / radius;
            float cover = avt_scene_clamp((radius - (d > e ? d : e)) / 1.6f + .5f, 0, 1);
            cover *= toon ? (q < 1 ? (1 - q * q) * (1 - q * q) : 0) : .8f + .35f * q * q * q * q;
            float *out = layer->pixels + 4 * ((size_t)y * (size_t)layer->width + (size_t)x);
            out[0] += spark->rgb.r * cover;
            out[1] += spark->rgb.g * cover;
            out[2] += spark->rgb.b * cover;
        }
    }
    if (left < right && top < bottom) {
        layer->x0 = left < layer->x0 ? left : layer->x0;
        layer->x1 = right > layer->x1 ? right : layer->x1;
        layer->y0 = top < layer->y0 ? top : layer->y0;
        layer->y1 = bottom > layer->y1 ? bottom : layer->y1;
    }
}

/* 0 is the farthest. Layers are even in the size of their blur, which goes with 1 / depth. */
static int layer_of(float depth)
{
    float nearness = FOCUS / (depth > FOCUS ? depth : FOCUS);
    int layer = (int)(nearness * AVT_SCENE_LAYERS * 1.6f);
    return layer < AVT_SCENE_LAYERS ? layer : AVT_SCENE_LAYERS - 1;
}

static void draw_layer(const struct view *view, int index, struct avt_layer *layer, struct avt_layer *below)
{
    const struct avt_scene *scene = view->scene;
    float depths = 0, count = 0;
    avt_layer_clear(layer);
    for (size_t i = 0; i < scene->face_count; i++) {
        if (layer_of(scene->faces[i].depth) == index) {
            draw_face(view, &scene->faces[i], layer);
            depths += 1 / scene->faces[i].depth;
            count++;
        }
    }
    if (count > 0)
        avt_layer_blur(layer, avt_scene_coc(scene, count / depths) * view->unit);
    for (size_t i = 0; i < scene->spark_count; i++) {
        if (layer_of(scene->sparks[i].at.z) == index)
            draw_spark(view, &scene->sparks[i], layer);
    }
    avt_layer_over(layer, below);
}

enum avt_code avt_scene_paint(const struct avt_scene *scene, float unit, float centre_x, float centre_y,
                              struct avt_layer *sum, struct avt_error *reterr)
{
    struct view view = {scene, centre_x, centre_y, unit * AVT_SCENE_FOCAL, unit};
    struct avt_layer layer;
    enum avt_code code = avt_layer_init(sum->width, sum->height, &layer, reterr);
    if (code != AVT_OK)
        return code;
    for (int i = 0; i < AVT_SCENE_LAYERS; i++)
        draw_layer(&view, i, &layer, sum);
    avt_layer_done(&layer);
    return AVT_OK;
}
