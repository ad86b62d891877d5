/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/rig_face.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"

/* The fit tells the scale, and so the camera's distance in pixels, and what the mouth is doing;
 * both tell the fit. */
enum { ROUNDS = 4 };
/* MediaPipe's basis holds points of the jaw line that an open mouth lowers by 2 cm, which tilts the
 * head by 2 degrees. */
#define JAW_CM .12
/* Eyes narrower or wider than the rig's close by as much less or more. */
#define LID_GAIN_MIN .25f
#define LID_GAIN_MAX 1.6f

/* MediaPipe's rings of the lips: face_mesh_connections.py,
 * tensors_to_face_landmarks_with_attention.
 */
const short avt_lip_points[2][AVT_LIP_RINGS][AVT_LIP_PLACES] = {
    {{185, 40, 39, 37, 0, 267, 269, 270, 409},
     {184, 74, 73, 72, 11, 302, 303, 304, 408},
     {183, 42, 41, 38, 12, 268, 271, 272, 407},
     {191, 80, 81, 82, 13, 312, 311, 310, 415}},
    {{146, 91, 181, 84, 17, 314, 405, 321, 375},
     {77, 90, 180, 85, 16, 315, 404, 320, 307},
     {96, 89, 179, 86, 15, 316, 403, 319, 325},
     {95, 88, 178, 87, 14, 317, 402, 318, 324}},
};
static const short eye_ring[2][16] = {
    {33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7},
    {263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249}};

static struct avt_point3 add(struct avt_point3 a, struct avt_point3 b, float scale)
{
    return (struct avt_point3){a.x + scale * b.x, a.y + scale * b.y, a.z + scale * b.z};
}

/* Where a point of the picture lies before the camera. */
static void before_camera(const struct avt_rig_face *fit, struct avt_point3 at, double ret_at[3])
{
    ret_at[2] = -(double)at.z;
    double nearer = fit->camera_px > 0 ? 1 - ret_at[2] / fit->camera_px : 1;
    ret_at[0] = ((double)at.x - (double)fit->view.centre_x) * nearer;
    ret_at[1] = -((double)at.y - (double)fit->view.centre_y) * nearer;
}

struct avt_point3 avt_rig_face_project(const struct avt_rig_face *fit, struct avt_point3 at)
{
    double there[3] = {(double)at.x, (double)at.y, (double)at.z};
    avt_similarity_apply(&fit->head, there, there);
    double nearer = 1 / fmax(1 - there[2] / fit->camera_px, .1);
    return (struct avt_point3){(float)((double)fit->view.centre_x + there[0] * nearer),
                               (float)((double)fit->view.centre_y - there[1] * nearer),
                               (float)-there[2]};
}

/* A point that opens the jaw along says less about the head. */
static double trust_in(const struct avt_rig_model *model, const struct avt_rig_basis *basis)
{
    struct avt_point3 way = model->moves[AVT_JAW_OPEN][basis->point];
    double share = (double)(way.x * way.x + way.y * way.y + way.z * way.z) / (JAW_CM * JAW_CM);
    return (double)basis->weight / (1 + share);
}

static bool fit_head(struct avt_rig_face *fit, const struct avt_point3 mesh[AVT_MESH_POINTS])
{
    const struct avt_rig_model *model = fit->model;
    double there[AVT_RIG_MODEL_BASIS_MAX][3], here[AVT_RIG_MODEL_BASIS_MAX][3];
    double weights[AVT_RIG_MODEL_BASIS_MAX];
    for (size_t i = 0; i < model->basis_count; i++) {
        int point = model->basis[i].point;
        struct avt_point3 at = model->points[point];
        for (int k = 0; k < AVT_ARKIT_COUNT; k++)
            if (fit->own[k] > 0)
                at = add(at, model->moves[k][point], fit->own[k]);
        there[i][0] = (double)at.x;
        there[i][1] = (double)at.y;
        there[i][2] = (double)at.z;
        before_camera(fit, mesh[point], here[i]);
        weights[i] = trust_in(model, &model->basis[i]);
    }
    avt_similarity_fit(there, here, weights, model->basis_count, &fit->head);
    /* A face of 20 px has 1 px to the centimetre. */
    return fit->head.scale > .1 && fit->head.scale < 1e5;
}

static void lay_back(struct avt_rig_face *fit, const struct avt_point3 mesh[AVT_MESH_POINTS])
{
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        double at[3];
        before_camera(fit, mesh[i], at);
        avt_similarity_undo(&fit->head, at, at);
        fit->residual[i] = add((struct avt_point3){(float)at[0], (float)at[1], (float)at[2]},
                               fit->model->points[i], -1);
    }
}

/* A lid's way is that of this eye: its opening over what the rig's lid closes. */
static void fit_lids(struct avt_rig_face *fit)
{
    static const struct {
        enum avt_arkit blink;
        short upper, lower;
    } eyes[] = {{AVT_EYE_BLINK_RIGHT, 159, 145}, {AVT_EYE_BLINK_LEFT, 386, 374}};
    for (int k = 0; k < AVT_ARKIT_COUNT; k++)
        fit->gain[k] = 1;
    for (int k = 0; k < 2; k++) {
        const struct avt_point3 *move = fit->model->moves[eyes[k].blink];
        float way = move[eyes[k].lower].y - move[eyes[k].upper].y;
        float opening = fit->model->points[eyes[k].upper].y + fit->residual[eyes[k].upper].y -
                        fit->model->points[eyes[k].lower].y - fit->residual[eyes[k].lower].y;
        if (way > 1e-3f)
            fit->gain[eyes[k].blink] = fminf(fmaxf(opening / way, LID_GAIN_MIN), LID_GAIN_MAX);
    }
}

bool avt_rig_face_fit(const struct avt_rig_model *model, const struct avt_face *face,
                      const struct avt_rig_view *view, struct avt_rig_face *ret_fit)
{
    avt_assert(model && face && view && ret_fit);
    for (int i = 0; i < AVT_MESH_POINTS; i++)
        if (!isfinite(face->mesh[i].x) || !isfinite(face->mesh[i].y) || !isfinite(face->mesh[i].z))
            return false;
    *ret_fit = (struct avt_rig_face){.model = model, .view = *view};
    if (!(ret_fit->view.distance_cm > 0))
        ret_fit->view.distance_cm = AVT_RIG_DISTANCE_CM;
    for (int round = 0; round < ROUNDS; round++) {
        if (!fit_head(ret_fit, face->mesh))
            return false;
        ret_fit->camera_px = (double)ret_fit->view.distance_cm * ret_fit->head.scale;
        lay_back(ret_fit, face->mesh);
        avt_rig_face_neutral(ret_fit);
    }
    ret_fit->pose = avt_similarity_pose(&ret_fit->head);
    fit_lids(ret_fit);
    return true;
}

void avt_rig_face_move(const struct avt_rig_face *fit, const float weights[AVT_ARKIT_COUNT],
                       float neutral, struct avt_point3 ret_points[AVT_MESH_POINTS])
{
    float amounts[AVT_ARKIT_COUNT];
    for (int k = 0; k < AVT_ARKIT_COUNT; k++)
        amounts[k] = weights[k] * fit->gain[k] - neutral * fit->own[k];
    for (int i = 0; i < AVT_MESH_POINTS; i++) {
        struct avt_point3 at = add(fit->model->points[i], fit->residual[i], 1);
        at = add(at, fit->seal[i], neutral);
        for (int k = 0; k < AVT_ARKIT_COUNT; k++)
            if (amounts[k] < 0 || amounts[k] > 0)
                at = add(at, fit->model->moves[k][i], amounts[k]);
        ret_points[i] = avt_rig_face_project(fit, at);
    }
}

/* By how much this face differs where a part lies, its own shapes taken off. */
static struct avt_point3 region_shift(const struct avt_rig_face *fit,
                                      enum avt_rig_attachment attachment)
{
    struct avt_point3 sum = {0};
    int count = 0;
    if (attachment == AVT_RIG_EYE_RIGHT || attachment == AVT_RIG_EYE_LEFT) {
        for (int i = 0; i < 16; i++, count++)
            sum = add(sum, fit->residual[eye_ring[attachment - AVT_RIG_EYE_RIGHT][i]], 1);
        return add((struct avt_point3){0}, sum, 1 / (float)count);
    }
    for (int i = 0; i < 2 * AVT_LIP_RINGS * AVT_LIP_PLACES; i++, count++) {
        int point = (&avt_lip_points[0][0][0])[i];
        sum = add(sum, fit->residual[point], 1);
        for (int k = 0; k < AVT_ARKIT_COUNT; k++)
            if (fit->own[k] > 0)
                sum = add(sum, fit->model->moves[k][point], -fit->own[k]);
    }
    return add((struct avt_point3){0}, sum, 1 / (float)count);
}

void avt_rig_face_move_part(const struct avt_rig_face *fit, const struct avt_rig_part *part,
                            const float weights[AVT_ARKIT_COUNT], struct avt_point3 *ret_vertices)
{
    struct avt_point3 shift = region_shift(fit, part->attachment);
    for (size_t i = 0; i < part->vertex_count; i++) {
        struct avt_point3 at = add(part->vertices[i], shift, 1);
        for (int k = 0; k < AVT_ARKIT_COUNT; k++)
            if (part->moves[k] && (weights[k] < 0 || weights[k] > 0))
                at = add(at, part->moves[k][i], weights[k]);
        ret_vertices[i] = avt_rig_face_project(fit, at);
    }
}
