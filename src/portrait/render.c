/* SPDX-License-Identifier: Apache-2.0 */
/* A frame of a modelled presenter (portrait.h). */
#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "dsp/srgb.h"
#include "portrait/lens.h"
#include "portrait/portrait.h"
#include "portrait/portrait_parts.h"
#include "portrait/scenery.h"
#include "portrait/vec.h"

/* How strongly strands cover, by kind: hair and beards hide what is under them, brows let skin through. */
static const float OPACITY[AVT_PORTRAIT_STRANDS] = {.85f, .75f, .80f};
#define TONGUE_LIFT_CM 1.1f

/* ---- motion ------------------------------------------------------------------------------------- */

struct mood_row {
    enum avt_arkit shape;
    float weight;
};
enum { MOOD_SHAPES = 8 };
/* What a mood adds to a face at rest, both sides named; 0 ends a row. By eye. */
static const struct mood_row MOODS[AVT_MOOD_COUNT][MOOD_SHAPES] = {
    [AVT_MOOD_NEUTRAL] = {{AVT_MOUTH_SMILE_LEFT, .15f}, {AVT_MOUTH_SMILE_RIGHT, .15f}},
    [AVT_MOOD_FRIENDLY] = {{AVT_MOUTH_SMILE_LEFT, .48f}, {AVT_MOUTH_SMILE_RIGHT, .48f}, {AVT_CHEEK_SQUINT_LEFT, .22f},
                           {AVT_CHEEK_SQUINT_RIGHT, .22f}, {AVT_BROW_OUTER_UP_LEFT, .06f},
                           {AVT_BROW_OUTER_UP_RIGHT, .06f}},
    [AVT_MOOD_HAPPY] = {{AVT_MOUTH_SMILE_LEFT, .68f}, {AVT_MOUTH_SMILE_RIGHT, .68f}, {AVT_CHEEK_SQUINT_LEFT, .25f},
                        {AVT_CHEEK_SQUINT_RIGHT, .25f}, {AVT_BROW_OUTER_UP_LEFT, .12f},
                        {AVT_BROW_OUTER_UP_RIGHT, .12f}},
    [AVT_MOOD_SERIOUS] = {{AVT_BROW_DOWN_LEFT, .18f}, {AVT_BROW_DOWN_RIGHT, .18f}, {AVT_MOUTH_PRESS_LEFT, .12f},
                          {AVT_MOUTH_PRESS_RIGHT, .12f}},
    [AVT_MOOD_SAD] = {{AVT_BROW_INNER_UP, .40f}, {AVT_MOUTH_FROWN_LEFT, .28f}, {AVT_MOUTH_FROWN_RIGHT, .28f}},
    [AVT_MOOD_SURPRISED] = {{AVT_BROW_INNER_UP, .45f}, {AVT_BROW_OUTER_UP_LEFT, .5f}, {AVT_BROW_OUTER_UP_RIGHT, .5f},
                            {AVT_EYE_WIDE_LEFT, .3f}, {AVT_EYE_WIDE_RIGHT, .3f}},
    [AVT_MOOD_CONFIDENT] = {{AVT_MOUTH_SMILE_LEFT, .20f}, {AVT_MOUTH_SMILE_RIGHT, .12f},
                            {AVT_BROW_OUTER_UP_LEFT, .08f}},
};

/* Shares of what presses lips together, by eye. */
static const struct mood_row PRESSED[] = {{AVT_MOUTH_PRESS_LEFT, .30f}, {AVT_MOUTH_PRESS_RIGHT, .30f},
                                          {AVT_MOUTH_ROLL_LOWER, .55f}, {AVT_MOUTH_ROLL_UPPER, .50f}};

static struct avt_motion in_mood(const struct avt_motion *motion, int mood)
{
    struct avt_motion out = motion ? *motion : (struct avt_motion){0};
    /* The weights are those of the rig for pictures, on whose lips a press and a roll do less: here they would
     * vanish, and a smile be a grin. */
    float shut = avt_min(avt_max(out.arkit[AVT_MOUTH_PRESS_LEFT], out.arkit[AVT_MOUTH_ROLL_UPPER]) * 1.3f, 1);
    for (size_t k = 0; k < sizeof(PRESSED) / sizeof(*PRESSED); k++)
        out.arkit[PRESSED[k].shape] *= PRESSED[k].weight;
    for (int k = 0; k < MOOD_SHAPES; k++) {
        float *weight = &out.arkit[MOODS[mood][k].shape];
        bool smile = MOODS[mood][k].shape == AVT_MOUTH_SMILE_LEFT || MOODS[mood][k].shape == AVT_MOUTH_SMILE_RIGHT;
        *weight = avt_min(*weight + MOODS[mood][k].weight * (smile ? 1 - .4f * shut : 1), 1);
    }
    return out;
}

/* ---- parts -------------------------------------------------------------------------------------- */

/* How much light comes into the mouth: by how far it is open, and less towards the throat. */
static void light_mouth(struct avt_portrait *p, const struct avt_motion *motion)
{
    float open = avt_min(motion->arkit[AVT_JAW_OPEN] * 2.2f + .35f * motion->arkit[AVT_MOUTH_FUNNEL] +
                           .3f * (motion->arkit[AVT_MOUTH_UPPER_UP_LEFT] +
                                  motion->arkit[AVT_MOUTH_LOWER_DOWN_LEFT]), 1);
    const struct avt_bust_lines *lines = &p->bust->lines;
    float lips = lines->lip_seam_count ? p->bust->skin.points[lines->lip_seam[lines->lip_seam_count / 4]].z : 3;
    for (int i = AVT_PORTRAIT_UPPER_TEETH; i <= AVT_PORTRAIT_TONGUE; i++) {
        struct avt_part *part = &p->parts[i];
        for (size_t k = 0; k < part->mesh->vertex_count; k++) {
            float behind = lips - part->shaped[k].z;
            float deep = avt_mix(i == AVT_PORTRAIT_TONGUE ? .26f : .10f, 1, avt_smoothstep(5.5f, .6f, behind));
            part->varyings[k][AVT_VARY_EXTRA] = (.42f + .55f * open) * deep;
        }
    }
}

/* The tip rises to the teeth; ARKit has no shape for it. */
static void lift_tongue(struct avt_part *tongue, float up)
{
    float front = -1e9f, back = 1e9f;
    for (size_t k = 0; k < tongue->mesh->vertex_count; k++) {
        front = avt_max(front, tongue->mesh->points[k].z);
        back = avt_min(back, tongue->mesh->points[k].z);
    }
    for (size_t k = 0; up > 0 && k < tongue->mesh->vertex_count; k++) {
        float tip = avt_smoothstep(.45f, 1, (tongue->mesh->points[k].z - back) / avt_max(front - back, .1f));
        tongue->shaped[k].y += TONGUE_LIFT_CM * up * tip;
    }
}

static void shape_parts(struct avt_portrait *p, const struct avt_motion *motion)
{
    for (int i = 0; i < p->part_count; i++)
        avt_part_shape(&p->parts[i], motion);
    lift_tongue(&p->parts[AVT_PORTRAIT_TONGUE], motion->tongue_up);
    light_mouth(p, motion);
    const struct avt_part *skin = &p->parts[AVT_PORTRAIT_SKIN];
    const struct avt_bust_lines *lines = &p->bust->lines;
    struct avt_point3 lid[128];
    for (int side = 0; side < 2; side++) {
        size_t count = lines->upper_lid_count < 128 ? lines->upper_lid_count : 128;
        for (size_t k = 0; k < count; k++)
            lid[k] = skin->shaped[lines->upper_lid[side][k]];
        avt_eyeball_shape(&p->parts[AVT_PORTRAIT_EYES + side], &p->bust->eyes[side], motion, side == 1, lid, count);
    }
}

/* ---- strands ------------------------------------------------------------------------------------ */

/* Strands that would be much thinner than a pixel are drawn as fewer, wider ones: as many cover as much, in less
 * time, and cannot be told apart. Every so manyth is drawn. */
enum { STRAND_STRIDE_MAX = 4 };
#define STRAND_PIXELS .62f /* how wide they should be */

static size_t stride_of(const struct avt_strands *strands, const struct avt_view *view)
{
    float width = 0;
    for (size_t i = 0; i < strands->count; i += 1 + strands->count / 64)
        width += 2 * strands->strands[i].radius * view->scale / view->distance;
    width /= (float)((strands->count + strands->count / 64) / (1 + strands->count / 64));
    float stride = STRAND_PIXELS / avt_max(width, .01f);
    return stride < 1.5f ? 1 : stride > STRAND_STRIDE_MAX ? STRAND_STRIDE_MAX : (size_t)(stride + .5f);
}

static size_t stride_in(const struct avt_portrait *p, int set, const struct avt_view *view)
{
    return set == AVT_PORTRAIT_BROWS ? 1 : stride_of(p->strands[set].strands, view);
}

/* ---- a frame ------------------------------------------------------------------------------------ */

/* Scenery of the picture's size, drawn once. */
static enum avt_code prepare_ground(struct avt_portrait *p, int width, int height, struct avt_error *reterr)
{
    if (p->scenery && p->scenery->width == width && p->scenery->height == height)
        return AVT_OK;
    avt_image_free(p->scenery);
    p->scenery = NULL;
    avt_free(p->ground);
    p->ground = avt_try_new0(float, (size_t)width * (size_t)height * 3);
    if (!p->ground)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a background of %d x %d", width, height);
    enum avt_code code = avt_image_new(width, height, &p->scenery, reterr);
    if (code == AVT_OK)
        code = avt_scenery_draw(&p->attributes, p->look, p->scenery, reterr);
    struct avt_srgb srgb;
    avt_srgb_init(&srgb);
    for (int y = 0; code == AVT_OK && y < height; y++) {
        const uint8_t *in = avt_image_row(p->scenery, y);
        float *out = p->ground + (size_t)y * (size_t)width * 3;
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                out[3 * x + c] = srgb.linear[in[4 * x + c]];
    }
    return code;
}

void avt_portrait_cut_out(struct avt_portrait *p)
{
    p->cut_out = true;
}

enum avt_code avt_portrait_scenery(const struct avt_portrait *p, int width, int height, struct avt_image **ret_image,
                                   struct avt_error *reterr)
{
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    enum avt_code code = avt_image_new(width, height, &image, reterr);
    if (code == AVT_OK)
        code = avt_scenery_draw(&p->attributes, p->look, image, reterr);
    if (code == AVT_OK)
        *ret_image = AVT_TAKE(image);
    return code;
}

/* Tangent of the slant from which on each triangle is shaded for itself: there normals turn away from the viewer. */
#define STEEP 1.7f

static void add_surfaces(struct avt_portrait *p, const struct avt_view *view, bool looked)
{
    for (int i = 0; i < p->part_count; i++) {
        const struct avt_part *part = &p->parts[i];
        const struct avt_paint_job *paint = &p->paints[i];
        bool some = looked && part->shown.triangles;
        const uint32_t(*all)[3] = (const uint32_t(*)[3])part->mesh->triangles;
        struct avt_surface surface = {
            .vertex_count = part->mesh->vertex_count,
            .triangle_count = some ? part->shown.triangle_count : part->mesh->triangle_count,
            .triangles = some ? (const uint32_t(*)[3])part->shown.triangles : all,
            .even = some ? part->shown.even : part->even,
            .steep = STEEP / view->scale,
            .seen = part->seen,
            .varyings = (const float(*)[AVT_VARYINGS])part->varyings,
            .shader = paint->shader,
            .data = paint->data,
            .noticed = p->noticed[i],
            .two_sided = paint->two_sided,
            .see_through = paint->see_through};
        avt_raster_surface(p->raster, &surface);
    }
}

static enum avt_code draw_sharp(struct avt_portrait *p, const struct avt_motion *motion, struct avt_image *image,
                                struct avt_error *reterr)
{
    avt_assert(image->width <= AVT_PORTRAIT_SIDE_MAX && image->height <= AVT_PORTRAIT_SIDE_MAX);
    struct avt_motion moved = in_mood(motion, p->attributes.mood);
    enum avt_code code = p->cut_out ? AVT_OK : prepare_ground(p, image->width, image->height, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_pose pose;
    struct avt_view view;
    avt_pose_make(p->bust, &moved, &pose);
    avt_view_make(p->attributes.framing, image->width, image->height, &view);
    p->scene.camera = (struct avt_point3){0, view.centre_y, view.distance};
    bool looked = image->width == p->looked_width && image->height == p->looked_height;
    shape_parts(p, &moved);
    for (int i = 0; i < p->part_count; i++)
        avt_part_pose(&p->parts[i], &pose, &view, looked && p->parts[i].shown.triangles);
    avt_raster_begin(p->raster, image->width, image->height);
    add_surfaces(p, &view, looked);
    for (int i = 0; i < AVT_PORTRAIT_STRANDS; i++) {
        struct avt_portrait_strands *set = &p->strands[i];
        if (!set->strands || !set->strands->count)
            continue;
        struct avt_strand_frame frame = {.scene = &p->scene, .skin = &p->parts[AVT_PORTRAIT_SKIN], .pose = &pose,
                                         .view = &view,
                                         .stride = stride_in(p, i, &view)};
        if (looked)
            frame.wanted = set->wanted;
        size_t count = (set->strands->count + frame.stride - 1) / frame.stride;
        avt_strand_rows_pose(&set->rows, &frame, p->crew, set->at);
        avt_raster_strands(p->raster, &(struct avt_strand_set){.count = count,
                                                               .points = set->strands->points,
                                                               .at = set->at,
                                                               .opacity = OPACITY[i],
                                                               .wanted = frame.wanted,
                                                               .noticed = set->noticed});
    }
    struct avt_raster_ground ground = {p->ground, p->scenery};
    return avt_raster_draw(p->raster, p->crew, p->cut_out ? NULL : &ground, image, reterr);
}

enum avt_code avt_portrait_draw(struct avt_portrait *p, const struct avt_motion *motion, struct avt_image *image,
                                struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    if (!p->sharp || p->sharp->width != image->width || p->sharp->height != image->height) {
        avt_image_free(p->sharp);
        p->sharp = NULL;
        code = avt_image_new(image->width, image->height, &p->sharp, reterr);
    }
    if (code == AVT_OK)
        code = draw_sharp(p, motion, p->sharp, reterr);
    if (code == AVT_OK)
        avt_lens(p->sharp, p->cut_out, p->crew, image);
    return code;
}

/* Pixels: points so near a line are passed by it. */
#define STRAIGHT_PIXELS .15f

/* Which pieces of hair, brows and beard are drawn from now on: all, as few as show their curves. */
static enum avt_code want_runs(struct avt_portrait *p, const struct avt_view *view, struct avt_error *reterr)
{
    for (int i = 0; i < AVT_PORTRAIT_STRANDS; i++) {
        struct avt_portrait_strands *set = &p->strands[i];
        if (!set->strands || !set->strands->count)
            continue;
        avt_free(set->wanted);
        set->wanted = avt_try_new0(uint8_t, set->strands->count * set->strands->points);
        if (!set->wanted)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
        avt_strand_rows_runs(set->strands, stride_in(p, i, view), STRAIGHT_PIXELS * view->distance / view->scale,
                             set->wanted);
    }
    return AVT_OK;
}

/* Room to note what is seen: of triangles, and of hair and beards. Brows stay whole: lids under them close. */
static enum avt_code notice_begin(struct avt_portrait *p, struct avt_error *reterr)
{
    for (int i = 0; i < p->part_count; i++) {
        if (p->paints[i].see_through)
            continue;
        p->noticed[i] = avt_try_new0(uint8_t, p->parts[i].mesh->triangle_count + 1);
        if (!p->noticed[i] || avt_part_show(&p->parts[i], NULL, reterr) != AVT_OK)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for a presenter's parts");
    }
    for (int i = 0; i < AVT_PORTRAIT_STRANDS; i++) {
        struct avt_portrait_strands *set = &p->strands[i];
        if (i == AVT_PORTRAIT_BROWS || !set->wanted)
            continue;
        set->noticed = avt_try_new0(uint8_t, set->strands->count * set->strands->points);
        if (!set->noticed)
            return avt_fail(reterr, AVT_ENOMEM, "out of memory for the hair of a presenter");
    }
    return AVT_OK;
}

/* Leave out what was not noticed, if all went well. */
static enum avt_code notice_end(struct avt_portrait *p, enum avt_code code, struct avt_error *reterr)
{
    for (int i = 0; i < p->part_count; i++) {
        if (code == AVT_OK && p->noticed[i])
            code = avt_part_show(&p->parts[i], p->noticed[i], reterr);
        avt_free(p->noticed[i]);
        p->noticed[i] = NULL;
    }
    for (int i = 0; i < AVT_PORTRAIT_STRANDS; i++) {
        struct avt_portrait_strands *set = &p->strands[i];
        size_t count = set->noticed ? set->strands->count * set->strands->points : 0;
        for (size_t k = 0; k < count; k++)
            set->wanted[k] = set->noticed[k] ? set->wanted[k] : 0;
        avt_free(set->noticed);
        set->noticed = NULL;
    }
    return code;
}

/* What shows in none of some poses is left out: between those little else comes to light, and films turn heads less. */
enum avt_code avt_portrait_look_around(struct avt_portrait *p, int width, int height, struct avt_error *reterr)
{
    /* yaw, pitch, jaw */
    static const float POSES[][3] = {{-24, 0, 0}, {-12, 8, .3f}, {-12, -8, .6f}, {0, 0, 0},
                                     {12, 8, 0}, {12, -8, .3f}, {24, 0, .6f}};
    struct avt_view view;
    avt_view_make(p->attributes.framing, width, height, &view);
    p->looked_width = width;
    p->looked_height = height;
    enum avt_code code = want_runs(p, &view, reterr);
    AVT_CLEANUP(avt_image_freep) struct avt_image *image = NULL;
    if (code == AVT_OK)
        code = avt_image_new(width, height, &image, reterr);
    if (code == AVT_OK)
        code = notice_begin(p, reterr);
    for (size_t i = 0; code == AVT_OK && i < sizeof(POSES) / sizeof(POSES[0]); i++) {
        struct avt_motion motion = {.pose = {.yaw = POSES[i][0], .pitch = POSES[i][1]}};
        motion.arkit[AVT_JAW_OPEN] = POSES[i][2];
        motion.breath = (float)(i % 2);
        code = draw_sharp(p, &motion, image, reterr);
    }
    code = notice_end(p, code, reterr);
    if (code != AVT_OK)
        p->looked_width = 0;
    return code;
}

enum avt_code avt_portrait_still(struct avt_portrait *p, const struct avt_motion *motion, struct avt_image *image,
                                 struct avt_error *reterr)
{
    avt_assert(2 * image->width <= AVT_PORTRAIT_SIDE_MAX && 2 * image->height <= AVT_PORTRAIT_SIDE_MAX);
    AVT_CLEANUP(avt_image_freep) struct avt_image *large = NULL;
    enum avt_code code = avt_image_new(2 * image->width, 2 * image->height, &large, reterr);
    if (code == AVT_OK)
        code = draw_sharp(p, motion, large, reterr);
    if (code == AVT_OK)
        avt_image_halve(large, image);
    return code;
}
