/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "lipsync/rig_face.h"

/*
 * A face of a picture = the person + what the person's mouth is doing. The second part is looked
 * for with shapes that a mouth makes in photographs, none negative: least squares over two kinds of
 * evidence. How far the lips stand apart, place by place, says most, since everybody's closed mouth
 * is closed; where the lips' outer edge and the chin lie says how, but differs between people too,
 * so it counts less, and less still for all of it moved as one.
 */
static const enum avt_arkit mouth_shapes[] = {
    AVT_JAW_OPEN,
    AVT_MOUTH_SMILE_LEFT,
    AVT_MOUTH_SMILE_RIGHT,
    AVT_MOUTH_UPPER_UP_LEFT,
    AVT_MOUTH_UPPER_UP_RIGHT,
    AVT_MOUTH_LOWER_DOWN_LEFT,
    AVT_MOUTH_LOWER_DOWN_RIGHT,
    AVT_MOUTH_STRETCH_LEFT,
    AVT_MOUTH_STRETCH_RIGHT,
    AVT_MOUTH_FROWN_LEFT,
    AVT_MOUTH_FROWN_RIGHT,
    AVT_MOUTH_PUCKER,
    AVT_MOUTH_FUNNEL,
};
enum {
    SHAPES = sizeof(mouth_shapes) / sizeof(mouth_shapes[0]),
    EDGE_POINTS = 2 * AVT_LIP_PLACES + 2,
    SWEEPS = 200,
};
#define GAP_WEIGHT   4.0f /* of a gap against a place */
#define PLACE_WEIGHT .4f  /* people differ by a few mm there, pictures of one gap do not */
#define CHIN_WEIGHT  .2f
/* Weight 1 costs as much as a misfit of this many cm: without need nothing is worn. */
#define RIDGE  .04f
#define SPARSE .02f
/* Gaps (in distances of the outer eye corners) from which the mouth counts as open: one that is
 * shut keeps its own look, whether smiling or broad by nature. */
#define SHUT_GAP .015f
#define OPEN_GAP .035f
/* A gap narrower than this is the line between closed lips, cm. */
#define CLOSED_CM .1f
/* The jaw comes up more than the upper lip comes down. */
#define UPPER_SHARE .35f

struct normal {
    float gram[SHAPES][SHAPES], right[SHAPES];
};

/* One equation: sum of row[k] x weight[k] = value. */
static void equation(struct normal *n, const float row[SHAPES], float value, float weight)
{
    for (int a = 0; a < SHAPES; a++) {
        for (int b = 0; b < SHAPES; b++)
            n->gram[a][b] += weight * row[a] * row[b];
        n->right[a] += weight * row[a] * value;
    }
}

static float gap_at(const struct avt_rig_face *fit, int place)
{
    int upper = avt_lip_points[0][AVT_LIP_RINGS - 1][place];
    int lower = avt_lip_points[1][AVT_LIP_RINGS - 1][place];
    return fit->model->points[upper].y + fit->residual[upper].y - fit->model->points[lower].y -
           fit->residual[lower].y;
}

static float move_y(const struct avt_rig_face *fit, int shape, int point)
{
    return fit->model->moves[mouth_shapes[shape]][point].y;
}

static void gap_equations(const struct avt_rig_face *fit, struct normal *n)
{
    for (int place = 0; place < AVT_LIP_PLACES; place++) {
        float row[SHAPES];
        for (int k = 0; k < SHAPES; k++)
            row[k] = move_y(fit, k, avt_lip_points[0][AVT_LIP_RINGS - 1][place]) -
                     move_y(fit, k, avt_lip_points[1][AVT_LIP_RINGS - 1][place]);
        float gap = gap_at(fit, place);
        equation(n, row, gap > CLOSED_CM ? gap : 0, GAP_WEIGHT);
    }
}

/* The outer edge of the lips and its corners, apart from where the mouth lies as a whole. */
static void edge_equations(const struct avt_rig_face *fit, struct normal *n)
{
    int points[EDGE_POINTS] = {61, 291};
    for (int i = 0; i < AVT_LIP_PLACES; i++) {
        points[2 + 2 * i] = avt_lip_points[0][0][i];
        points[3 + 2 * i] = avt_lip_points[1][0][i];
    }
    for (int axis = 0; axis < 2; axis++) {
        float rows[EDGE_POINTS][SHAPES], values[EDGE_POINTS], mean[SHAPES] = {0}, middle = 0;
        for (int i = 0; i < EDGE_POINTS; i++) {
            const struct avt_point3 *r = &fit->residual[points[i]];
            values[i] = axis == 0 ? r->x : r->y;
            middle += values[i] / EDGE_POINTS;
            for (int k = 0; k < SHAPES; k++) {
                const struct avt_point3 *m = &fit->model->moves[mouth_shapes[k]][points[i]];
                rows[i][k] = axis == 0 ? m->x : m->y;
                mean[k] += rows[i][k] / EDGE_POINTS;
            }
        }
        for (int i = 0; i < EDGE_POINTS; i++) {
            for (int k = 0; k < SHAPES; k++)
                rows[i][k] -= mean[k];
            equation(n, rows[i], values[i] - middle, PLACE_WEIGHT);
        }
    }
}

static void chin_equation(const struct avt_rig_face *fit, struct normal *n)
{
    float row[SHAPES];
    for (int k = 0; k < SHAPES; k++)
        row[k] = move_y(fit, k, 152);
    equation(n, row, fit->residual[152].y, CHIN_WEIGHT);
}

/* Least squares with weights 0..1 by coordinate descent, which converges for a convex problem. */
static void solve(struct normal *n, float ret_weights[SHAPES])
{
    for (int k = 0; k < SHAPES; k++) {
        n->gram[k][k] += RIDGE;
        n->right[k] -= SPARSE;
        ret_weights[k] = 0;
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        for (int k = 0; k < SHAPES; k++) {
            float rest = n->right[k];
            for (int j = 0; j < SHAPES; j++)
                rest -= j == k ? 0 : n->gram[k][j] * ret_weights[j];
            ret_weights[k] = fminf(fmaxf(rest / n->gram[k][k], 0), 1);
        }
    }
}

static struct avt_point3 bare(const struct avt_rig_face *fit, int point)
{
    struct avt_point3 at = fit->model->points[point], r = fit->residual[point];
    at = (struct avt_point3){at.x + r.x, at.y + r.y, at.z + r.z};
    for (int k = 0; k < SHAPES; k++) {
        float own = fit->own[mouth_shapes[k]];
        struct avt_point3 move = fit->model->moves[mouth_shapes[k]][point];
        at = (struct avt_point3){at.x - own * move.x, at.y - own * move.y, at.z - own * move.z};
    }
    return at;
}

/* What is still open or crossed between the lips is closed by moving each lip whole. */
static void seal_lips(struct avt_rig_face *fit)
{
    for (int place = 0; place < AVT_LIP_PLACES; place++) {
        struct avt_point3 upper = bare(fit, avt_lip_points[0][AVT_LIP_RINGS - 1][place]);
        struct avt_point3 lower = bare(fit, avt_lip_points[1][AVT_LIP_RINGS - 1][place]);
        for (int ring = 0; ring < AVT_LIP_RINGS; ring++) {
            fit->seal[avt_lip_points[0][ring][place]] = (struct avt_point3){
                0, UPPER_SHARE * (lower.y - upper.y), UPPER_SHARE * (lower.z - upper.z)};
            fit->seal[avt_lip_points[1][ring][place]] =
                (struct avt_point3){0, (1 - UPPER_SHARE) * (upper.y - lower.y),
                                    (1 - UPPER_SHARE) * (upper.z - lower.z)};
        }
    }
}

static float widest_gap(const struct avt_rig_face *fit)
{
    float widest = 0;
    for (int place = 0; place < AVT_LIP_PLACES; place++)
        widest = fmaxf(widest, gap_at(fit, place));
    return widest / (fit->model->points[263].x - fit->model->points[33].x);
}

void avt_rig_face_neutral(struct avt_rig_face *fit)
{
    struct normal n = {0};
    gap_equations(fit, &n);
    edge_equations(fit, &n);
    chin_equation(fit, &n);
    float weights[SHAPES];
    solve(&n, weights);
    fit->gap = widest_gap(fit);
    float open = fminf(fmaxf((fit->gap - SHUT_GAP) / (OPEN_GAP - SHUT_GAP), 0), 1);
    for (int k = 0; k < SHAPES; k++)
        fit->own[mouth_shapes[k]] = open * weights[k];
    seal_lips(fit);
}
