/* SPDX-License-Identifier: Apache-2.0 */
#include "face/mesh.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { MESH_SIDE = 192 };
/* Passes that move the square onto the face, before those that are averaged. */
enum { SETTLE_PASSES = 2 };
/* Below this the square holds no face (min_detection_confidence of the graph). */
#define PRESENCE_MIN 0.5f
/* Larger faces are reduced once to this many times the network's side; every pass samples that. For a single
 * look that is not worth the while before samples lie four pixels apart. */
enum { PATCH_ZOOM = 2, LOOK_ZOOM = 4 };
/* The patch is wider than the square: later passes move and turn it. */
#define PATCH_MARGIN 1.8f

/* The mean over squares that differ a little has less error than any of them: moves in sides,
 * turns in radians, opposite ones in pairs so that their bias cancels. */
static const struct {
    float x, y, scale, turn;
} jitters[] = {
    {.02f, .015f, 1.05f, .05f},
    {-.02f, -.015f, .96f, -.05f},
    {.015f, -.02f, .97f, .03f},
    {-.015f, .02f, 1.06f, -.03f},
};
enum { JITTER_COUNT = sizeof(jitters) / sizeof(jitters[0]) };

static struct avt_square roi(struct avt_rect box, float dx, float dy)
{
    return (struct avt_square){.x = box.x + box.width / 2,
                               .y = box.y + box.height / 2,
                               .side = fmaxf(1, AVT_ROI_SCALE * fmaxf(box.width, box.height)),
                               .angle = atan2f(dy, dx)};
}

struct avt_square avt_roi_of_detection(const struct avt_detection *detection)
{
    const struct avt_point *eyes = detection->keypoints;
    return roi(detection->box, eyes[1].x - eyes[0].x, eyes[1].y - eyes[0].y);
}

struct avt_rect avt_mesh_bounds(const struct avt_point3 points[AVT_MESH_POINTS])
{
    float x0 = points[0].x, x1 = x0, y0 = points[0].y, y1 = y0;
    for (int i = 1; i < AVT_MESH_POINTS; i++) {
        x0 = fminf(x0, points[i].x);
        x1 = fmaxf(x1, points[i].x);
        y0 = fminf(y0, points[i].y);
        y1 = fmaxf(y1, points[i].y);
    }
    return (struct avt_rect){x0, y0, x1 - x0, y1 - y0};
}

struct avt_square avt_roi_of_points(const struct avt_point3 points[AVT_MESH_POINTS])
{
    return roi(avt_mesh_bounds(points), points[263].x - points[33].x, points[263].y - points[33].y);
}

static const short eye_corners[2][2] = {{33, 133}, {362, 263}};

struct avt_point avt_mesh_eye(const struct avt_point3 points[AVT_MESH_POINTS], int eye)
{
    const struct avt_point3 *a = &points[eye_corners[eye][0]];
    const struct avt_point3 *b = &points[eye_corners[eye][1]];
    return (struct avt_point){(a->x + b->x) / 2, (a->y + b->y) / 2};
}

float avt_mesh_eye_distance(const struct avt_point3 points[AVT_MESH_POINTS])
{
    struct avt_point a = avt_mesh_eye(points, 0);
    struct avt_point b = avt_mesh_eye(points, 1);
    float z = (points[362].z + points[263].z - points[33].z - points[133].z) / 2;
    return sqrtf((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y) + z * z);
}

/* A reduced copy of the part of the picture that holds a large face. */
struct patch {
    const struct avt_image *image; /* `own`, or the whole picture as it is */
    struct avt_image *own;
    float x, y, sx, sy; /* picture = x + patch * sx */
};

static void patch_done(struct patch *patch)
{
    avt_image_free(patch->own);
}

static enum avt_code patch_init(struct patch *patch, const struct avt_image *image,
                                const struct avt_square *square, float side_max,
                                struct avt_error *reterr)
{
    *patch = (struct patch){.image = image, .sx = 1, .sy = 1};
    if (!(square->side > side_max))
        return AVT_OK;
    float half = square->side * PATCH_MARGIN / 2;
    float x0 = floorf(fmaxf(0, square->x - half));
    float y0 = floorf(fmaxf(0, square->y - half));
    float x1 = ceilf(fminf((float)image->width, square->x + half));
    float y1 = ceilf(fminf((float)image->height, square->y + half));
    if (x1 - x0 < 1 || y1 - y0 < 1)
        return AVT_OK; /* the square lies outside: sampling repeats the border */
    float zoom = PATCH_ZOOM * MESH_SIDE / square->side;
    int w = (int)fmaxf(1, (x1 - x0) * zoom);
    int h = (int)fmaxf(1, (y1 - y0) * zoom);
    enum avt_code code = avt_image_new(w, h, &patch->own, reterr);
    if (code != AVT_OK)
        return code;
    avt_image_resize(image, (double)x0, (double)y0, (double)(x1 - x0), (double)(y1 - y0),
                     patch->own);
    patch->image = patch->own;
    patch->x = x0;
    patch->y = y0;
    patch->sx = (x1 - x0) / (float)w;
    patch->sy = (y1 - y0) / (float)h;
    return AVT_OK;
}

/* Points in the picture from those in pixels of the network's square. */
static void project(const struct avt_square *square, const float *raw,
                    struct avt_point3 out[AVT_MESH_POINTS])
{
    for (int i = 0; i < AVT_MESH_POINTS; i++, raw += 3) {
        avt_square_point(square, raw[0] / MESH_SIDE, raw[1] / MESH_SIDE, &out[i].x, &out[i].y);
        out[i].z = raw[2] / MESH_SIDE * square->side;
    }
}

static enum avt_code look(struct avt_session *session, const struct patch *patch,
                          const struct avt_square *square, float *planes,
                          struct avt_point3 out[AVT_MESH_POINTS], float *ret_presence,
                          struct avt_error *reterr)
{
    struct avt_square there = {(square->x - patch->x) / patch->sx,
                               (square->y - patch->y) / patch->sy,
                               square->side / patch->sx, square->angle};
    avt_sample_square(patch->image, &there, MESH_SIDE, 1 / 255.0f, 0, planes);
    const struct avt_tensor input = {.name = "image",
                                     .dtype = AVT_DTYPE_F32,
                                     .rank = 4,
                                     .shape = {1, 3, MESH_SIDE, MESH_SIDE},
                                     .data = planes};
    struct avt_tensor outputs[2] = {{.name = "points"}, {.name = "presence"}};
    enum avt_code code = avt_session_run(session, &input, 1, outputs, 2, reterr);
    if (code != AVT_OK)
        return code;
    if (outputs[0].dtype != AVT_DTYPE_F32 || avt_tensor_count(&outputs[0]) != AVT_MESH_POINTS * 3 ||
        outputs[1].dtype != AVT_DTYPE_F32 || avt_tensor_count(&outputs[1]) != 1) {
        code = avt_fail(reterr, AVT_EMODELBAD,
                        "the face mesh gives other outputs than expected: run 'avatar models "
                        "verify'");
    } else {
        project(square, outputs[0].data, out);
        *ret_presence = *(const float *)outputs[1].data;
    }
    avt_tensor_done(&outputs[0]);
    avt_tensor_done(&outputs[1]);
    return code;
}

/* Mean over the jittered squares, the least presence, and how far the points scatter. */
static enum avt_code average(struct avt_session *session, const struct patch *patch,
                             const struct avt_square *square, float *planes,
                             struct avt_mesh_fit *fit, struct avt_error *reterr)
{
    struct avt_point3 tries[JITTER_COUNT][AVT_MESH_POINTS];
    for (int k = 0; k < JITTER_COUNT; k++) {
        struct avt_square moved = {square->x + jitters[k].x * square->side,
                                   square->y + jitters[k].y * square->side,
                                   square->side * jitters[k].scale,
                                   square->angle + jitters[k].turn};
        float presence = 0;
        enum avt_code code = look(session, patch, &moved, planes, tries[k], &presence, reterr);
        if (code != AVT_OK)
            return code;
        fit->presence = k == 0 ? presence : fminf(fit->presence, presence);
    }
    double scatter = 0;
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        struct avt_point3 sum = {0};
        for (int k = 0; k < JITTER_COUNT; k++) {
            sum.x += tries[k][i].x / JITTER_COUNT;
            sum.y += tries[k][i].y / JITTER_COUNT;
            sum.z += tries[k][i].z / JITTER_COUNT;
        }
        for (int k = 0; k < JITTER_COUNT; k++)
            scatter += hypot((double)(tries[k][i].x - sum.x), (double)(tries[k][i].y - sum.y));
        fit->points[i] = sum;
    }
    float distance = fmaxf(1, avt_mesh_eye_distance(fit->points));
    fit->unrest = (float)(scatter / (AVT_MESH_POINTS * JITTER_COUNT)) / distance;
    return AVT_OK;
}

enum avt_code avt_mesh_fit(struct avt_session *session, const struct avt_image *image,
                           const struct avt_square *start, struct avt_mesh_fit *ret_fit,
                           struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * MESH_SIDE * MESH_SIDE);
    AVT_CLEANUP(patch_done) struct patch patch = {0};
    enum avt_code code = patch_init(&patch, image, start, PATCH_ZOOM * MESH_SIDE, reterr);
    struct avt_square square = *start;
    struct avt_mesh_fit fit = {0};
    for (int pass = 0; code == AVT_OK && pass < SETTLE_PASSES; pass++) {
        code = look(session, &patch, &square, planes, fit.points, &fit.presence, reterr);
        /* The first look may be at a poor square: only the second one decides. */
        if (code == AVT_OK && (pass == 0 || fit.presence >= PRESENCE_MIN))
            square = avt_roi_of_points(fit.points);
    }
    if (code == AVT_OK && fit.presence >= PRESENCE_MIN)
        code = average(session, &patch, &square, planes, &fit, reterr);
    if (code == AVT_OK)
        *ret_fit = fit;
    return code;
}

enum avt_code avt_mesh_look(struct avt_session *session, const struct avt_image *image,
                            const struct avt_square *square, struct avt_mesh_fit *ret_fit,
                            struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) float *planes = avt_new0(float, 3 * MESH_SIDE * MESH_SIDE);
    AVT_CLEANUP(patch_done) struct patch patch = {0};
    enum avt_code code = patch_init(&patch, image, square, LOOK_ZOOM * MESH_SIDE, reterr);
    struct avt_mesh_fit fit = {0};
    if (code == AVT_OK)
        code = look(session, &patch, square, planes, fit.points, &fit.presence, reterr);
    if (code == AVT_OK)
        *ret_fit = fit;
    return code;
}
