/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "lipsync/crew.h"
#include "lipsync/field.h"
#include "lipsync/mouth.h"
#include "lipsync/own_teeth.h"
#include "lipsync/renderer.h"
#include "lipsync/rig.h"
#include "lipsync/rig_skin.h"
#include "lipsync/slit.h"
#include "lipsync/softness.h"

/*
 * A frame is drawn in three layers: the whole head and shoulders through one coarse lattice; over
 * it the surroundings of the lips and of each eye, where skin is cut, with upper and lower skin
 * warped apart; in the openings the inner mouth or the eyeball. Where nothing moves, the picture's
 * own bytes are copied.
 */

/* Rows that one worker draws before it asks for more: even shares, and seldom asked. */
enum { ROWS_AT_ONCE = 16 };
/* Lattice step: about this part of the eye distance, so that lips and lids span several cells. */
#define STEP_SHARE .055f
#define GAZE_X     .055f /* of the iris at a look of 1, eye distances */
#define GAZE_Y     .035f

struct eye {
    struct avt_slit *slit;
    struct avt_lattice *ball; /* moves with the head and with the gaze; a lid that opens wide draws it up */
    float *gaze;              /* [ball nodes] share of the gaze */
    float *lift;              /* [ball nodes] way along with a lid that opens wide, eye distances */
};

/* Pixels -> the mouth's own frame, which moves with the skull. */
struct mouth_frame {
    struct avt_point origin;
    float xx, xy, yx, yy;
    float y[2][AVT_CURVE_POINTS]; /* edges of the lips over even steps of x */
    float x0, x1;
};

struct avt_renderer {
    struct avt_image *image;
    struct avt_rig rig;
    struct avt_rig_skin *skin;
    struct avt_ground ground;
    int x0, y0, x1, y1; /* what moves at all */
    struct avt_lattice *head;
    struct avt_slit *lips;
    struct avt_mouth *mouth;
    struct avt_field *skull; /* middle of the mouth, a place beside and one below it */
    struct eye eyes[2];
    struct avt_crew *crew;
    /* Of the frame that is being drawn: */
    bool open; /* the inner mouth shows */
    struct mouth_frame mouth_frame;
    struct avt_mouth_pose mouth_pose;
    uint8_t encode[4096]; /* linear light -> sRGB */
};

static int step_log2_for(float unit)
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

static bool make_head(struct avt_renderer *r)
{
    const struct avt_rig *rig = &r->rig;
    float half = rig->face_half_width;
    float lo_x = INFINITY, lo_y = INFINITY, hi_x = -INFINITY, hi_y = -INFINITY;
    for (int i = 0; i < 4; i++) {
        struct avt_point p = avt_rig_project(
            rig, (struct avt_point3){(i & 1 ? 2.25f : -2.25f) * half,
                                     i & 2 ? rig->chin_y + 2.1f : rig->top_y - 1.6f, 0});
        lo_x = fminf(lo_x, p.x);
        lo_y = fminf(lo_y, p.y);
        hi_x = fmaxf(hi_x, p.x);
        hi_y = fmaxf(hi_y, p.y);
    }
    r->x0 = (int)avt_clampf(floorf(lo_x), 0, (float)r->image->width);
    r->y0 = (int)avt_clampf(floorf(lo_y), 0, (float)r->image->height);
    r->x1 = (int)avt_clampf(ceilf(hi_x), 0, (float)r->image->width);
    r->y1 = (int)avt_clampf(ceilf(hi_y), 0, (float)r->image->height);
    if (r->x0 >= r->x1 || r->y0 >= r->y1) {
        /* The face lies outside the picture: nothing moves. */
        r->x0 = r->x1 = r->y0 = r->y1 = 0;
        return true;
    }
    r->head = avt_lattice_new(&r->ground, AVT_SKIN_BOTH, r->x0, r->y0, r->x1, r->y1,
                              step_log2_for(rig->unit));
    return r->head != NULL;
}

static bool make_mouth(struct avt_renderer *r)
{
    const struct avt_rig *rig = &r->rig;
    struct avt_slit_plan plan = {.upper = &rig->lip_upper,
                                 .lower = &rig->lip_lower,
                                 .x0 = rig->mouth_x - rig->mouth_half_width,
                                 .x1 = rig->mouth_x + rig->mouth_half_width,
                                 .depth = &rig->lip_depth,
                                 .above = .26f,
                                 .below = .62f,
                                 .beside = .12f,
                                 .travel = .42f,
                                 .step_log2 = step_log2_for(rig->unit)};
    float softness = avt_edge_softness(r->image, rig);
    /* The sharpest edges count, and a cover has some width of its own. */
    plan.soften = (int)avt_clampf((softness * softness - .8f) / .5f, 0, 4);
    r->lips = avt_slit_new(&r->ground, &plan);
    r->mouth = avt_mouth_new(r->image, rig, softness);
    struct avt_point3 at[3];
    for (int i = 0; i < 3; i++)
        at[i] = (struct avt_point3){rig->mouth_x + (i == 1 ? .2f : 0),
                                    rig->seam.y[AVT_CURVE_POINTS / 2] + (i == 2 ? .2f : 0),
                                    rig->mouth_z - AVT_TEETH_BEHIND};
    r->skull = avt_field_new_edge(&r->ground, AVT_SKIN_NONE, at, 3);
    return r->lips && r->mouth && r->skull;
}

static bool make_eye(struct avt_renderer *r, int which)
{
    const struct avt_rig *rig = &r->rig;
    const struct avt_rig_eye *rig_eye = &rig->eyes[which];
    struct eye *eye = &r->eyes[which];
    struct avt_slit_plan plan = {.upper = &rig_eye->upper,
                                 .lower = &rig_eye->lower,
                                 .x0 = rig_eye->upper.x0,
                                 .x1 = rig_eye->upper.x1,
                                 .depth = &rig_eye->depth,
                                 .lids = true,
                                 .above = .20f,
                                 .below = .16f,
                                 .beside = .12f,
                                 .travel = .2f,
                                 .step_log2 = step_log2_for(rig->unit * .6f)};
    eye->slit = avt_slit_new(&r->ground, &plan);
    if (!eye->slit)
        return false;
    if (eye->slit->x0 == eye->slit->x1)
        return true;
    eye->ball = avt_lattice_new(&r->ground, AVT_SKIN_NONE, eye->slit->x0, eye->slit->y0,
                                eye->slit->x1, eye->slit->y1, plan.step_log2);
    if (!eye->ball)
        return false;
    const struct avt_field *field = eye->ball->field;
    eye->gaze = avt_try_new0(float, (size_t)field->count);
    eye->lift = avt_try_new0(float, (size_t)field->count);
    if (!eye->gaze || !eye->lift)
        return false;
    const struct avt_point3 *iris = &rig->points[which == 0 ? 468 : 473];
    for (int i = 0; i < field->count; i++) {
        struct avt_point3 at = avt_rig_unproject(rig, field->x[i], field->y[i], rig_eye->z);
        float away = hypotf(at.x - iris->x, at.y - iris->y) / rig_eye->half_width;
        eye->gaze[i] = 1 - avt_step(.45f, 1.f, away);
        float upper = avt_curve_at(&rig_eye->upper, at.x), lower = avt_curve_at(&rig_eye->lower, at.x);
        float aperture = lower - upper > .02f ? lower - upper : .02f;
        eye->lift[i] = avt_rig_displace(rig, AVT_SHAPE_WIDE_RIGHT + which, AVT_UPPER, at).y *
                       (1 - avt_step(0, 1, (at.y - upper) / aperture));
    }
    return true;
}

/* How the skin of this face moves, by the baked rig. */
static enum avt_code make_skin(struct avt_renderer *r, const struct avt_face *face,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_rig_model_freep) struct avt_rig_model *model = NULL;
    enum avt_code code = avt_rig_model_open(&model, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_rig_view view = {.5f * (float)r->image->width, .5f * (float)r->image->height, 0};
    struct avt_rig_face fit;
    /* A face that does not take the fit moves without it. */
    if (avt_rig_face_fit(model, face, &view, &fit))
        r->skin = avt_rig_skin_new(&r->rig, &fit);
    r->ground.skin = r->skin;
    return AVT_OK;
}

enum avt_code avt_render_photo_new(const struct avt_image *image, const struct avt_face *face,
                                   struct avt_renderer **ret_renderer, struct avt_error *reterr)
{
    avt_assert(image && face && ret_renderer);
    AVT_CLEANUP(avt_renderer_freep) struct avt_renderer *r = avt_new0(struct avt_renderer, 1);
    if (!avt_rig_measure(face, &r->rig))
        return avt_fail(reterr, AVT_EFACE,
                        "The face in the picture cannot be animated: it is turned too far away or "
                        "its features could not be made out. Use a picture that shows the face "
                        "from the front.");
    avt_rig_fit_eyes(&r->rig, image);
    enum avt_code code = avt_image_copy(image, &r->image, reterr);
    if (code != AVT_OK)
        return code;
    avt_ground_init(&r->ground, &r->rig, image->width, image->height,
                    avt_filter_for_grain(image, &r->rig));
    make_encode(r->encode);
    code = make_skin(r, face, reterr);
    if (code != AVT_OK)
        return code;
    if (!make_head(r) || !make_mouth(r) || !make_eye(r, 0) || !make_eye(r, 1))
        return avt_fail(reterr, AVT_ENOMEM,
                        "There is not enough memory to animate a picture of %d x %d pixels. Close "
                        "other programs or use a smaller picture.",
                        image->width, image->height);
    r->crew = avt_crew_new();
    *ret_renderer = AVT_TAKE(r);
    return AVT_OK;
}

void avt_renderer_free(struct avt_renderer *renderer)
{
    if (!renderer)
        return;
    avt_crew_free(renderer->crew);
    avt_image_free(renderer->image);
    avt_lattice_free(renderer->head);
    avt_slit_free(renderer->lips);
    avt_mouth_free(renderer->mouth);
    avt_rig_skin_free(renderer->skin);
    avt_field_free(renderer->skull);
    for (int i = 0; i < 2; i++) {
        avt_slit_free(renderer->eyes[i].slit);
        avt_lattice_free(renderer->eyes[i].ball);
        avt_free(renderer->eyes[i].gaze);
        avt_free(renderer->eyes[i].lift);
    }
    avt_free(renderer);
}

static void draw_head(const struct avt_renderer *r, struct avt_image *frame, int first, int end)
{
    for (int y = first; y < end; y++) {
        uint8_t *out = avt_image_row(frame, y);
        const uint8_t *in = avt_image_row(r->image, y);
        if (y < r->y0 || y >= r->y1) {
            memcpy(out, in, 4 * (size_t)frame->width);
            continue;
        }
        memcpy(out, in, 4 * (size_t)r->x0);
        avt_warp_row(r->image, &r->head->warp, y, r->x0, r->x1, out + 4 * (ptrdiff_t)r->x0);
        memcpy(out + 4 * (ptrdiff_t)r->x1, in + 4 * (ptrdiff_t)r->x1,
               4 * (size_t)(frame->width - r->x1));
    }
}

static struct avt_point into_mouth(const struct mouth_frame *f, float x, float y)
{
    x -= f->origin.x;
    y -= f->origin.y;
    return (struct avt_point){f->xx * x + f->xy * y, f->yx * x + f->yy * y};
}

static bool make_mouth_frame(struct avt_renderer *r, const float *amounts, struct mouth_frame *f)
{
    struct avt_point p[3];
    avt_field_move(r->skull, amounts);
    for (int i = 0; i < 3; i++)
        p[i] =
            (struct avt_point){r->skull->x[i] + r->skull->dx[i], r->skull->y[i] + r->skull->dy[i]};
    float ax = (p[1].x - p[0].x) / .2f, ay = (p[1].y - p[0].y) / .2f;
    float bx = (p[2].x - p[0].x) / .2f, by = (p[2].y - p[0].y) / .2f;
    float det = ax * by - ay * bx;
    if (!(fabsf(det) > 1e-3f))
        return false;
    *f = (struct mouth_frame){
        .origin = p[0], .xx = by / det, .xy = -bx / det, .yx = -ay / det, .yy = ax / det};
    struct avt_point edge[2][AVT_CURVE_POINTS];
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < AVT_CURVE_POINTS; i++)
            edge[side][i] = into_mouth(f, r->lips->now[side][i].x, r->lips->now[side][i].y);
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

static float edge_at(const struct mouth_frame *f, int side, float x)
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

/* Whether the mouth moves in this frame, and if so everything that its rows need. */
static bool move_mouth(struct avt_renderer *r, const struct avt_motion *motion,
                       const float *amounts)
{
    struct avt_slit *lips = r->lips;
    if (lips->x0 == lips->x1 || !any(amounts, AVT_SHAPE_JAW_OPEN, AVT_SHAPE_FROWN_LEFT))
        return false;
    avt_slit_move(lips, &r->rig, amounts);
    r->open = lips->gap > 0 && make_mouth_frame(r, amounts, &r->mouth_frame);
    if (!r->open)
        return true;
    r->mouth_pose = (struct avt_mouth_pose){
        .jaw = .92f * avt_rig_jaw_drop(&r->rig, amounts),
        .narrow = (r->mouth_frame.x1 - r->mouth_frame.x0) / (2 * r->rig.mouth_half_width),
        .tongue_up = avt_clampf(motion->tongue_up, 0, 1),
        .tongue_out = avt_clampf(motion->arkit[AVT_TONGUE_OUT], 0, 1),
        .gap = lips->gap / r->rig.unit};
    return true;
}

static void draw_inner_mouth(const struct avt_renderer *r, int y, struct avt_image *frame)
{
    const struct mouth_frame *f = &r->mouth_frame;
    const uint16_t *part = avt_slit_opening(r->lips, y);
    uint8_t *out = avt_image_row(frame, y);
    for (int x = r->lips->x0; x < r->lips->x1; x++) {
        unsigned share = part[x - r->lips->x0];
        if (share == 0)
            continue;
        struct avt_point at = into_mouth(f, (float)x, (float)y);
        float rgb[3];
        avt_mouth_colour(r->mouth, &r->mouth_pose, at.x, at.y, at.y - edge_at(f, 0, at.x),
                         edge_at(f, 1, at.x) - at.y, rgb);
        uint8_t pixel[4] = {0, 0, 0, out[4 * (ptrdiff_t)x + 3]};
        for (int c = 0; c < 3; c++)
            pixel[c] = r->encode[(int)avt_clampf(rgb[c] * 4096, 0, 4095)];
        avt_blend_pixel(out + 4 * (ptrdiff_t)x, pixel, share);
    }
}

/* How far the iris goes, pixels: ARKit's "in" is towards the nose. */
static struct avt_point gaze_of(const struct avt_renderer *r, const struct avt_motion *motion,
                                int which)
{
    const float *w = motion->arkit;
    float x = which == 0 ? w[AVT_EYE_LOOK_IN_RIGHT] - w[AVT_EYE_LOOK_OUT_RIGHT]
                         : w[AVT_EYE_LOOK_OUT_LEFT] - w[AVT_EYE_LOOK_IN_LEFT];
    float y = which == 0 ? w[AVT_EYE_LOOK_DOWN_RIGHT] - w[AVT_EYE_LOOK_UP_RIGHT]
                         : w[AVT_EYE_LOOK_DOWN_LEFT] - w[AVT_EYE_LOOK_UP_LEFT];
    return avt_rig_project_vector(&r->rig, (struct avt_point3){GAZE_X * avt_clampf(x, -1, 1),
                                                               GAZE_Y * avt_clampf(y, -1, 1), 0});
}

static bool move_eye(struct avt_renderer *r, const struct avt_motion *motion, const float *amounts,
                     int which)
{
    struct eye *eye = &r->eyes[which];
    struct avt_point gaze = gaze_of(r, motion, which);
    bool lids = amounts[AVT_SHAPE_BLINK_RIGHT + which] != 0 ||
                amounts[AVT_SHAPE_SQUINT_RIGHT + which] != 0 ||
                amounts[AVT_SHAPE_WIDE_RIGHT + which] != 0;
    if (eye->slit->x0 == eye->slit->x1 || !(lids || gaze.x != 0 || gaze.y != 0))
        return false;
    avt_slit_move(eye->slit, &r->rig, amounts);
    avt_lattice_move(eye->ball, amounts);
    /* The picture has nothing of the eye above its lid: what is there is stretched, or the line of the lashes
     * would show a second time below the lid. */
    struct avt_point wide =
        avt_rig_project_vector(&r->rig, (struct avt_point3){0, amounts[AVT_SHAPE_WIDE_RIGHT + which], 0});
    int count = eye->ball->field->count;
    for (int i = 0; i < count; i++) {
        eye->ball->fixed[i] -= avt_warp_fixed(gaze.x * eye->gaze[i] + wide.x * eye->lift[i]);
        eye->ball->fixed[count + i] -= avt_warp_fixed(gaze.y * eye->gaze[i] + wide.y * eye->lift[i]);
    }
    return true;
}

static void draw_eyeball(const struct avt_renderer *r, const struct eye *eye, int worker, int y,
                         struct avt_image *frame)
{
    const struct avt_slit *slit = eye->slit;
    const uint16_t *part = avt_slit_opening(slit, y);
    uint8_t *out = avt_image_row(frame, y) + 4 * (ptrdiff_t)slit->x0;
    uint8_t *ball = slit->rows[worker];
    avt_warp_row(r->image, &eye->ball->warp, y, slit->x0, slit->x1, ball);
    for (int i = 0; i < slit->x1 - slit->x0; i++)
        if (part[i] > 0)
            avt_blend_pixel(out + 4 * (ptrdiff_t)i, ball + 4 * (ptrdiff_t)i, part[i]);
}

struct frame_job {
    struct avt_renderer *renderer;
    const struct avt_motion *motion;
    const float *amounts; /* [AVT_SHAPE_COUNT] */
    struct avt_image *frame;
    bool mouth, eyes[2];
};

/* What moves on its own, the longest work first. */
enum { PART_HEAD, PART_MOUTH, PART_EYE, PART_COUNT = PART_EYE + 2 };

static void move_parts(void *user, int worker, int first, int end)
{
    struct frame_job *job = user;
    struct avt_renderer *r = job->renderer;
    (void)worker;
    for (int part = first; part < end; part++) {
        if (part == PART_HEAD && r->head)
            avt_lattice_move(r->head, job->amounts);
        else if (part == PART_MOUTH)
            job->mouth = move_mouth(r, job->motion, job->amounts);
        else if (part >= PART_EYE)
            job->eyes[part - PART_EYE] = move_eye(r, job->motion, job->amounts, part - PART_EYE);
    }
}

static void draw_rows(void *user, int worker, int first, int end)
{
    const struct frame_job *job = user;
    const struct avt_renderer *r = job->renderer;
    draw_head(r, job->frame, first, end);
    for (int y = first; y < end; y++) {
        if (job->mouth && y >= r->lips->y0 && y < r->lips->y1) {
            avt_slit_draw_skin(r->lips, r->image, worker, y, job->frame);
            if (r->open)
                draw_inner_mouth(r, y, job->frame);
        }
        for (int e = 0; e < 2; e++) {
            const struct eye *eye = &r->eyes[e];
            if (!job->eyes[e] || y < eye->slit->y0 || y >= eye->slit->y1)
                continue;
            avt_slit_draw_skin(eye->slit, r->image, worker, y, job->frame);
            draw_eyeball(r, eye, worker, y, job->frame);
        }
    }
}

void avt_render(struct avt_renderer *renderer, const struct avt_motion *motion,
                struct avt_image *frame)
{
    avt_assert(renderer && motion && frame && frame->width == renderer->image->width &&
               frame->height == renderer->image->height);
    float amounts[AVT_SHAPE_COUNT];
    avt_rig_amounts(&renderer->rig, motion, amounts);
    struct frame_job job = {
        .renderer = renderer, .motion = motion, .amounts = amounts, .frame = frame};
    avt_crew_run(renderer->crew, move_parts, &job, PART_COUNT, 1);
    avt_crew_run(renderer->crew, draw_rows, &job, frame->height, ROWS_AT_ONCE);
}
