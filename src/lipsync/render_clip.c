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
#include "lipsync/softness.h"

/*
 * Each picture is its own texture: light, beard and skin stay those of the moment. The rig is measured anew
 * in each, and its lips are shut and opened again as far as a sound wants them, so the clip's own speech goes.
 * Only teeth and colours come from one picture of the clip, or they would change with every word of it.
 */
enum { ROWS_AT_ONCE = 16 };
/* A lattice that is made for one frame has fewer nodes. */
#define COARSE 1.6f
/* What the jaw moves, eye distances beyond the face. */
#define BESIDE .6f
#define BELOW  .75f
/* The upper end, below the middle of the eyes. */
#define TOP .02f

/* The mesh of closed lips shows no larger gap than this: a picture to learn from that has more is open. */
#define SHUT_MAX .03f
/* Rounding of the clip's own is taken off by the shape that narrows a mouth, by this share at 1; so much of a
 * difference is the mesh's trembling. */
#define PUCKER_SHARE .37f
#define WIDTH_NOISE  .03f

struct avt_clip_renderer {
    struct avt_rig_model *model;
    struct avt_lips *lips;
    struct avt_crew *crew;
    int filter;
    float shut, width; /* gap of the shut mouth, and how wide it is at rest, eye distances */
    /* Of the picture that is being drawn: */
    struct avt_rig rig;
    struct avt_rig_skin *skin;
    struct avt_ground ground;
    struct avt_lattice *face; /* NULL: nothing moves */
    int x0, y0, x1, y1;       /* what it covers */
};

static float width_of(const struct avt_rig *rig)
{
    return rig->points[291].x - rig->points[61].x;
}

enum avt_code avt_render_clip_new(const struct avt_image *image, const struct avt_face *face,
                                  struct avt_clip_renderer **ret_renderer, struct avt_error *reterr)
{
    avt_assert(image && face && ret_renderer);
    AVT_CLEANUP(avt_clip_renderer_freep)
    struct avt_clip_renderer *r = avt_new0(struct avt_clip_renderer, 1);
    if (!avt_rig_measure(face, &r->rig))
        return avt_fail(reterr, AVT_EFACE,
                        "The face in the clip cannot be animated: it is turned too far away or its features "
                        "could not be made out. Use a clip that shows the face from the front.");
    r->shut = fminf(r->rig.gap, SHUT_MAX);
    r->width = width_of(&r->rig);
    enum avt_code code = avt_rig_model_open(&r->model, reterr);
    if (code != AVT_OK)
        return code;
    r->filter = avt_filter_for_grain(image, &r->rig);
    r->lips = avt_lips_new(image, &r->rig);
    if (!r->lips)
        return avt_fail(reterr, AVT_ENOMEM,
                        "There is not enough memory to animate a clip of %d x %d pixels. Close other programs.",
                        image->width, image->height);
    r->crew = avt_crew_new();
    *ret_renderer = AVT_TAKE(r);
    return AVT_OK;
}

static void forget_picture(struct avt_clip_renderer *r)
{
    avt_lattice_free(AVT_TAKE(r->face));
    avt_rig_skin_free(AVT_TAKE(r->skin));
}

void avt_clip_renderer_free(struct avt_clip_renderer *renderer)
{
    if (!renderer)
        return;
    forget_picture(renderer);
    avt_crew_free(renderer->crew);
    avt_lips_free(renderer->lips);
    avt_rig_model_free(renderer->model);
    avt_free(renderer);
}

/* The part of the picture that the jaw and the cheeks move in. */
static bool measure_box(struct avt_clip_renderer *r)
{
    const struct avt_rig *rig = &r->rig;
    float half = rig->face_half_width + BESIDE;
    int box[4];
    avt_ground_box(&r->ground, (const float[4]){-half, TOP, half, rig->chin_y + BELOW}, 0, 0, box);
    r->x0 = box[0];
    r->y0 = box[1];
    r->x1 = box[2];
    r->y1 = box[3];
    return r->x0 < r->x1 && r->y0 < r->y1;
}

enum { PART_FACE, PART_LIPS, PART_COUNT };

struct job {
    struct avt_clip_renderer *renderer;
    const struct avt_image *picture;
    const struct avt_motion *motion;
    const float *amounts; /* [AVT_SHAPE_COUNT] */
    struct avt_image *frame;
    bool fitted[PART_COUNT];
    bool mouth; /* moves */
};

static void fit_parts(void *user, int worker, int first, int end)
{
    struct job *job = user;
    struct avt_clip_renderer *r = job->renderer;
    (void)worker;
    for (int part = first; part < end; part++) {
        if (part == PART_FACE) {
            r->face = avt_lattice_new(&r->ground, AVT_SKIN_BOTH, r->x0, r->y0, r->x1, r->y1,
                                      avt_lips_step_log2(COARSE * r->rig.unit));
            job->fitted[part] = r->face != NULL;
            if (r->face)
                avt_lattice_move(r->face, job->amounts);
        } else {
            job->fitted[part] = avt_lips_fit(r->lips, &r->ground, COARSE);
            job->mouth = job->fitted[part] && avt_lips_move(r->lips, job->motion, job->amounts);
        }
    }
}

/* Everything that the rows of this picture need. False: it cannot be moved and is shown as it is. */
static bool fit(struct job *job, const struct avt_face *face)
{
    struct avt_clip_renderer *r = job->renderer;
    const struct avt_image *picture = job->picture;
    struct avt_rig_view view = {.5f * (float)picture->width, .5f * (float)picture->height, 0};
    struct avt_rig_face rig_fit;
    avt_ground_init(&r->ground, &r->rig, picture->width, picture->height, r->filter);
    r->ground.only = job->amounts;
    if (avt_rig_face_fit(r->model, face, &view, &rig_fit))
        r->ground.skin = r->skin = avt_rig_skin_new(&r->rig, &rig_fit);
    if (!measure_box(r))
        return false;
    avt_crew_run(r->crew, fit_parts, job, PART_COUNT, 1);
    return job->fitted[PART_FACE] && job->fitted[PART_LIPS];
}

static void draw_rows(void *user, int worker, int first, int end)
{
    const struct job *job = user;
    const struct avt_clip_renderer *r = job->renderer;
    const struct avt_slit *slit = r->lips->slit;
    for (int y = first; y < end; y++) {
        uint8_t *out = avt_image_row(job->frame, y);
        memcpy(out, avt_image_row(job->picture, y), 4 * (size_t)job->frame->width);
        if (y >= r->y0 && y < r->y1)
            avt_warp_row(job->picture, &r->face->warp, y, r->x0, r->x1, out + 4 * (ptrdiff_t)r->x0);
        if (job->mouth && y >= slit->y0 && y < slit->y1)
            avt_lips_draw_row(r->lips, job->picture, worker, y, job->frame);
    }
}

/* How much the clip's own mouth is narrowed (below 0: to be widened again) or drawn out in this picture. */
static float own_rounding(const struct avt_clip_renderer *r)
{
    float off = width_of(&r->rig) / r->width - 1;
    off = off > WIDTH_NOISE ? off - WIDTH_NOISE : off < -WIDTH_NOISE ? off + WIDTH_NOISE : 0;
    return avt_clampf(off / PUCKER_SHARE, -.8f, .5f);
}

/* Only what the mouth does, and that by `strength`. */
static void amounts_of(const struct avt_clip_renderer *r, const struct avt_motion *motion, float strength,
                       float ret_amounts[AVT_SHAPE_COUNT])
{
    avt_rig_amounts(&r->rig, motion, ret_amounts);
    ret_amounts[AVT_SHAPE_PUCKER] += own_rounding(r);
    for (int i = 0; i < AVT_SHAPE_COUNT; i++)
        ret_amounts[i] = i <= AVT_SHAPE_SNEER_LEFT ? strength * ret_amounts[i] : 0;
}

static void copy(const struct avt_image *picture, struct avt_image *frame)
{
    for (int y = 0; y < frame->height; y++)
        memcpy(avt_image_row(frame, y), avt_image_row(picture, y), 4 * (size_t)frame->width);
}

void avt_render_clip(struct avt_clip_renderer *renderer, const struct avt_image *picture,
                     const struct avt_face *face, float strength, const struct avt_motion *motion,
                     struct avt_image *frame)
{
    avt_assert(renderer && picture && motion && frame && frame->width == picture->width &&
               frame->height == picture->height);
    float amounts[AVT_SHAPE_COUNT];
    struct job job = {.renderer = renderer, .picture = picture, .motion = motion, .amounts = amounts,
                      .frame = frame};
    forget_picture(renderer);
    if (!face || !(strength > 0) || !avt_rig_measure_moving(face, renderer->shut, &renderer->rig)) {
        copy(picture, frame);
        return;
    }
    amounts_of(renderer, motion, avt_clampf(strength, 0, 1), amounts);
    if (fit(&job, face))
        avt_crew_run(renderer->crew, draw_rows, &job, frame->height, ROWS_AT_ONCE);
    else
        copy(picture, frame);
}
