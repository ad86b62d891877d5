/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "os/crew.h"
#include "lipsync/field.h"
#include "lipsync/lips.h"
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
#define GAZE_X     .055f /* of the iris at a look of 1, eye distances */
#define GAZE_Y     .035f

struct eye {
    struct avt_slit *slit;
    struct avt_lattice *ball; /* moves with the head and with the gaze; a lid that opens wide draws it up */
    float *gaze;              /* [ball nodes] share of the gaze */
    float *lift;              /* [ball nodes] way along with a lid that opens wide, eye distances */
};

struct avt_renderer {
    struct avt_image *image;
    struct avt_rig rig;
    struct avt_rig_skin *skin;
    struct avt_ground ground;
    int x0, y0, x1, y1; /* what moves at all */
    struct avt_lattice *head;
    struct avt_lips *lips;
    struct eye eyes[2];
    struct avt_crew *crew;
};

static bool make_head(struct avt_renderer *r)
{
    const struct avt_rig *rig = &r->rig;
    float half = 2.25f * rig->face_half_width;
    int box[4];
    avt_ground_box(&r->ground, (const float[4]){-half, rig->top_y - 1.6f, half, rig->chin_y + 2.1f}, 0, 0, box);
    r->x0 = box[0];
    r->y0 = box[1];
    r->x1 = box[2];
    r->y1 = box[3];
    if (r->x0 >= r->x1 || r->y0 >= r->y1) {
        /* The face lies outside the picture: nothing moves. */
        r->x0 = r->x1 = r->y0 = r->y1 = 0;
        return true;
    }
    r->head = avt_lattice_new(&r->ground, AVT_SKIN_BOTH, r->x0, r->y0, r->x1, r->y1,
                              avt_lips_step_log2(rig->unit));
    return r->head != NULL;
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
                                 .step_log2 = avt_lips_step_log2(rig->unit * .6f)};
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
    code = make_skin(r, face, reterr);
    if (code != AVT_OK)
        return code;
    r->lips = avt_lips_new(r->image, &r->rig);
    if (!r->lips || !avt_lips_fit(r->lips, &r->ground, 1) || !make_head(r) || !make_eye(r, 0) || !make_eye(r, 1))
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
    avt_lips_free(renderer->lips);
    avt_rig_skin_free(renderer->skin);
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
            job->mouth = avt_lips_move(r->lips, job->motion, job->amounts);
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
        if (job->mouth && y >= r->lips->slit->y0 && y < r->lips->slit->y1)
            avt_lips_draw_row(r->lips, r->image, worker, y, job->frame);
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
