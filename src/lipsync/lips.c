/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/lips.h"

#include <math.h>

#include "base/mem.h"
#include "lipsync/own_teeth.h"
#include "lipsync/softness.h"

/* Lattice step: about this part of the eye distance. */
#define STEP_SHARE .055f

int avt_lips_step_log2(float unit)
{
    int log2 = 1;
    while (log2 < AVT_WARP_STEP_LOG2_MAX && (float)(2 << log2) <= unit * STEP_SHARE)
        log2++;
    return log2;
}

static void make_encode(uint8_t table[4096])
{
    /* IEC 61966-2-1. */
    for (int i = 0; i < 4096; i++) {
        float v = ((float)i + .5f) / 4096;
        float s = v <= .0031308f ? 12.92f * v : 1.055f * powf(v, 1 / 2.4f) - .055f;
        table[i] = (uint8_t)(s * 255 + .5f);
    }
}

struct avt_lips *avt_lips_new(const struct avt_image *image, const struct avt_rig *rig)
{
    AVT_CLEANUP(avt_lips_freep) struct avt_lips *lips = avt_try_new0(struct avt_lips, 1);
    if (!lips)
        return NULL;
    lips->softness = avt_edge_softness(image, rig);
    lips->mouth = avt_mouth_new(image, rig, lips->softness);
    lips->teeth_y = rig->seam.y[AVT_CURVE_POINTS / 2] - rig->nose_y;
    make_encode(lips->encode);
    return lips->mouth ? AVT_TAKE(lips) : NULL;
}

static void forget_place(struct avt_lips *lips)
{
    avt_slit_free(AVT_TAKE(lips->slit));
    avt_field_free(AVT_TAKE(lips->skull));
}

void avt_lips_free(struct avt_lips *lips)
{
    if (!lips)
        return;
    forget_place(lips);
    avt_mouth_free(lips->mouth);
    avt_free(lips);
}

bool avt_lips_fit(struct avt_lips *lips, const struct avt_ground *ground, float coarse)
{
    const struct avt_rig *rig = lips->rig = ground->rig;
    struct avt_slit_plan plan = {.upper = &rig->lip_upper,
                                 .lower = &rig->lip_lower,
                                 .x0 = rig->mouth_x - rig->mouth_half_width,
                                 .x1 = rig->mouth_x + rig->mouth_half_width,
                                 .depth = &rig->lip_depth,
                                 .above = .26f,
                                 .below = .62f,
                                 .beside = .12f,
                                 .travel = .42f,
                                 .step_log2 = avt_lips_step_log2(coarse * rig->unit)};
    /* The sharpest edges count, and a cover has some width of its own. */
    plan.soften = (int)avt_clampf((lips->softness * lips->softness - .8f) / .5f, 0, 4);
    forget_place(lips);
    lips->slit = avt_slit_new(ground, &plan);
    /* By the nose: lips that part in a clip do not take the teeth with them. */
    float seam = rig->nose_y + lips->teeth_y;
    struct avt_point3 at[3];
    for (int i = 0; i < 3; i++)
        at[i] = (struct avt_point3){rig->mouth_x + (i == 1 ? .2f : 0), seam + (i == 2 ? .2f : 0),
                                    rig->mouth_z - AVT_TEETH_BEHIND};
    lips->skull = avt_field_new_edge(ground, AVT_SKIN_NONE, at, 3);
    return lips->slit && lips->skull;
}

static struct avt_point into_mouth(const struct avt_mouth_frame *f, float x, float y)
{
    x -= f->origin.x;
    y -= f->origin.y;
    return (struct avt_point){f->xx * x + f->xy * y, f->yx * x + f->yy * y};
}

static bool make_mouth_frame(struct avt_lips *lips, const float *amounts, struct avt_mouth_frame *f)
{
    struct avt_point p[3];
    avt_field_move(lips->skull, amounts);
    for (int i = 0; i < 3; i++)
        p[i] =
            (struct avt_point){lips->skull->x[i] + lips->skull->dx[i], lips->skull->y[i] + lips->skull->dy[i]};
    float ax = (p[1].x - p[0].x) / .2f, ay = (p[1].y - p[0].y) / .2f;
    float bx = (p[2].x - p[0].x) / .2f, by = (p[2].y - p[0].y) / .2f;
    float det = ax * by - ay * bx;
    if (!(fabsf(det) > 1e-3f))
        return false;
    *f = (struct avt_mouth_frame){
        .origin = p[0], .xx = by / det, .xy = -bx / det, .yx = -ay / det, .yy = ax / det};
    struct avt_point edge[2][AVT_CURVE_POINTS];
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < AVT_CURVE_POINTS; i++)
            edge[side][i] = into_mouth(f, lips->slit->now[side][i].x, lips->slit->now[side][i].y);
    f->x0 = edge[0][0].x;
    f->x1 = edge[0][AVT_CURVE_POINTS - 1].x;
    for (int side = 0; side < 2; side++) {
        int k = 0;
        for (int i = 0; i < AVT_CURVE_POINTS; i++) {
            float at = avt_mix(f->x0, f->x1, (float)i / (AVT_CURVE_POINTS - 1));
            while (k < AVT_CURVE_POINTS - 2 && at > edge[side][k + 1].x)
                k++;
            float span = edge[side][k + 1].x - edge[side][k].x;
            float t = span > 1e-6f ? avt_clampf((at - edge[side][k].x) / span, 0, 1) : 0;
            f->y[side][i] = avt_mix(edge[side][k].y, edge[side][k + 1].y, t);
        }
    }
    return f->x1 - f->x0 > 1e-3f;
}

static float edge_at(const struct avt_mouth_frame *f, int side, float x)
{
    float t = avt_clampf((x - f->x0) / (f->x1 - f->x0), 0, .9999f) * (AVT_CURVE_POINTS - 1);
    int i = (int)t;
    return avt_mix(f->y[side][i], f->y[side][i + 1], t - (float)i);
}

static bool any(const float *amounts, int first, int last)
{
    for (int i = first; i <= last; i++)
        if (amounts[i] != 0)
            return true;
    return false;
}

bool avt_lips_move(struct avt_lips *lips, const struct avt_motion *motion,
                   const float amounts[AVT_SHAPE_COUNT])
{
    struct avt_slit *slit = lips->slit;
    if (slit->x0 == slit->x1 || !any(amounts, AVT_SHAPE_JAW_OPEN, AVT_SHAPE_FROWN_LEFT))
        return false;
    avt_slit_move(slit, lips->rig, amounts);
    lips->open = slit->gap > 0 && make_mouth_frame(lips, amounts, &lips->frame);
    if (!lips->open)
        return true;
    lips->pose = (struct avt_mouth_pose){
        .jaw = .92f * avt_rig_jaw_drop(lips->rig, amounts),
        .narrow = (lips->frame.x1 - lips->frame.x0) / (2 * lips->rig->mouth_half_width),
        .tongue_up = avt_clampf(motion->tongue_up, 0, 1),
        .tongue_out = avt_clampf(motion->arkit[AVT_TONGUE_OUT], 0, 1),
        .gap = slit->gap / lips->rig->unit};
    return true;
}

static void draw_inner_mouth(const struct avt_lips *lips, int y, struct avt_image *frame)
{
    const struct avt_mouth_frame *f = &lips->frame;
    const uint16_t *part = avt_slit_opening(lips->slit, y);
    uint8_t *out = avt_image_row(frame, y);
    for (int x = lips->slit->x0; x < lips->slit->x1; x++) {
        unsigned share = part[x - lips->slit->x0];
        if (share == 0)
            continue;
        struct avt_point at = into_mouth(f, (float)x, (float)y);
        float rgb[3];
        avt_mouth_colour(lips->mouth, &lips->pose, at.x, at.y, at.y - edge_at(f, 0, at.x),
                         edge_at(f, 1, at.x) - at.y, rgb);
        uint8_t pixel[4] = {0, 0, 0, out[4 * (ptrdiff_t)x + 3]};
        for (int c = 0; c < 3; c++)
            pixel[c] = lips->encode[(int)avt_clampf(rgb[c] * 4096, 0, 4095)];
        avt_blend_pixel(out + 4 * (ptrdiff_t)x, pixel, share);
    }
}


void avt_lips_draw_row(const struct avt_lips *lips, const struct avt_image *image, int worker, int y,
                       struct avt_image *frame)
{
    avt_slit_draw_skin(lips->slit, image, worker, y, frame);
    if (lips->open)
        draw_inner_mouth(lips, y, frame);
}
