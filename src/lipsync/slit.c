/* SPDX-License-Identifier: Apache-2.0 */
#include "lipsync/slit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { POLYGON = AVT_CURVE_POINTS + 4 };

static struct avt_field *edge_field(const struct avt_ground *ground,
                                    const struct avt_slit_plan *plan, bool upper)
{
    struct avt_point3 points[AVT_CURVE_POINTS];
    const struct avt_curve *curve = upper ? plan->upper : plan->lower;
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        float at = avt_mix(plan->x0, plan->x1, (float)i / (AVT_CURVE_POINTS - 1));
        points[i] = (struct avt_point3){at, avt_curve_at(curve, at), avt_curve_at(plan->depth, at)};
    }
    enum avt_skin skin = plan->lids ? (upper ? AVT_SKIN_LID_UPPER : AVT_SKIN_LID_LOWER)
                                    : (upper ? AVT_SKIN_LIP_UPPER : AVT_SKIN_LIP_LOWER);
    return avt_field_new_edge(ground, skin, points, AVT_CURVE_POINTS);
}

struct avt_slit *avt_slit_new(const struct avt_ground *ground, const struct avt_slit_plan *plan)
{
    AVT_CLEANUP(avt_slit_freep) struct avt_slit *slit = avt_new0(struct avt_slit, 1);
    float top = plan->upper->y[0], bottom = top;
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        top = fminf(top, plan->upper->y[i]);
        bottom = fmaxf(bottom, plan->lower->y[i]);
    }
    float drawn[4] = {plan->x0 - plan->beside, top - plan->above, plan->x1 + plan->beside,
                      bottom + plan->below};
    int box[4];
    avt_ground_box(ground, drawn, plan->depth->y[AVT_CURVE_POINTS / 2], 1, box);
    if (box[0] >= box[2] || box[1] >= box[3])
        return AVT_TAKE(slit);
    slit->soften = plan->soften;
    slit->x0 = box[0];
    slit->y0 = box[1];
    slit->x1 = box[2];
    slit->y1 = box[3];
    int margin = (int)ceilf(plan->travel * ground->rig->unit);
    for (int i = 0; i < 2; i++) {
        struct avt_lattice **lattice = i == 0 ? &slit->upper : &slit->lower;
        enum avt_skin skin = plan->lids ? (i == 0 ? AVT_SKIN_LID_UPPER : AVT_SKIN_LID_LOWER)
                                        : (i == 0 ? AVT_SKIN_LIP_UPPER : AVT_SKIN_LIP_LOWER);
        *lattice = avt_lattice_new(ground, skin, box[0] - margin, box[1] - margin, box[2] + margin,
                                   box[3] + margin, plan->step_log2);
        slit->edges[i] = edge_field(ground, plan, i == 0);
        if (!*lattice || !slit->edges[i])
            return NULL;
    }
    slit->opening = avt_cover_new(box[0], box[1], box[2] - box[0], box[3] - box[1]);
    slit->under = avt_cover_new(box[0], box[1], box[2] - box[0], box[3] - box[1]);
    for (int i = 0; i < 2; i++)
        slit->rows[i] = avt_try_new0(uint8_t, 4 * (size_t)(box[2] - box[0]));
    if (!slit->opening || !slit->under || !slit->rows[0] || !slit->rows[1])
        return NULL;
    return AVT_TAKE(slit);
}

void avt_slit_free(struct avt_slit *slit)
{
    if (!slit)
        return;
    avt_lattice_free(slit->upper);
    avt_lattice_free(slit->lower);
    avt_field_free(slit->edges[0]);
    avt_field_free(slit->edges[1]);
    avt_cover_free(slit->opening);
    avt_cover_free(slit->under);
    avt_free(slit->rows[0]);
    avt_free(slit->rows[1]);
    avt_free(slit);
}

static void move_edges(struct avt_slit *slit, const struct avt_rig *rig,
                       const float amounts[AVT_SHAPE_COUNT])
{
    for (int side = 0; side < 2; side++) {
        struct avt_field *edge = slit->edges[side];
        avt_field_move(edge, amounts);
        for (int i = 0; i < AVT_CURVE_POINTS; i++)
            slit->now[side][i] =
                (struct avt_point){edge->x[i] + edge->dx[i], edge->y[i] + edge->dy[i]};
    }
    struct avt_point down = {rig->axis_y.x, rig->axis_y.y};
    float scale = 1 / (down.x * down.x + down.y * down.y);
    slit->gap = 0;
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        struct avt_point *u = &slit->now[0][i], *l = &slit->now[1][i];
        float gap = ((l->x - u->x) * down.x + (l->y - u->y) * down.y) * scale;
        /* Edges that would cross have met. */
        if (gap <= 0)
            *u = *l = (struct avt_point){.5f * (u->x + l->x), .5f * (u->y + l->y)};
        slit->gap = gap > slit->gap ? gap : slit->gap;
    }
}

void avt_slit_move(struct avt_slit *slit, const struct avt_rig *rig,
                   const float amounts[AVT_SHAPE_COUNT])
{
    if (slit->x0 == slit->x1)
        return;
    avt_lattice_move(slit->upper, amounts);
    avt_lattice_move(slit->lower, amounts);
    move_edges(slit, rig, amounts);
    struct avt_point polygon[2 * AVT_CURVE_POINTS];
    for (int i = 0; i < AVT_CURVE_POINTS; i++) {
        polygon[i] = slit->now[0][i];
        polygon[2 * AVT_CURVE_POINTS - 1 - i] = slit->now[1][i];
    }
    avt_cover_polygon(slit->opening, polygon, 2 * AVT_CURVE_POINTS);
    avt_cover_soften(slit->opening, slit->soften);
    /* Beyond the ends of the cut both sides are the same skin: any line does. */
    float far = 4.f * (float)(slit->x1 - slit->x0 + slit->y1 - slit->y0);
    struct avt_point x = {rig->axis_x.x * far, rig->axis_x.y * far};
    struct avt_point y = {rig->axis_y.x * far, rig->axis_y.y * far};
    const struct avt_point *edge = slit->now[1];
    struct avt_point a = edge[0], b = edge[AVT_CURVE_POINTS - 1];
    struct avt_point under[POLYGON];
    memcpy(under, edge, AVT_CURVE_POINTS * sizeof(*edge));
    under[AVT_CURVE_POINTS] = (struct avt_point){b.x + x.x, b.y + x.y};
    under[AVT_CURVE_POINTS + 1] = (struct avt_point){b.x + x.x + y.x, b.y + x.y + y.y};
    under[AVT_CURVE_POINTS + 2] = (struct avt_point){a.x - x.x + y.x, a.y - x.y + y.y};
    under[AVT_CURVE_POINTS + 3] = (struct avt_point){a.x - x.x, a.y - x.y};
    avt_cover_polygon(slit->under, under, POLYGON);
}

void avt_slit_draw_skin(const struct avt_slit *slit, const struct avt_image *source, int worker,
                        int y, struct avt_image *frame)
{
    uint8_t *out = avt_image_row(frame, y) + 4 * (ptrdiff_t)slit->x0;
    int width = slit->x1 - slit->x0;
    const uint16_t *under = slit->under->part + (ptrdiff_t)(y - slit->y0) * width;
    bool any_upper = false, any_lower = false;
    for (int i = 0; i < width; i++) {
        any_upper = any_upper || under[i] < AVT_COVER_FULL;
        any_lower = any_lower || under[i] > 0;
    }
    if (any_upper)
        avt_warp_row(source, &slit->upper->warp, y, slit->x0, slit->x1, out);
    if (!any_lower)
        return;
    if (!any_upper) {
        avt_warp_row(source, &slit->lower->warp, y, slit->x0, slit->x1, out);
        return;
    }
    uint8_t *row = slit->rows[worker];
    avt_warp_row(source, &slit->lower->warp, y, slit->x0, slit->x1, row);
    for (int i = 0; i < width; i++)
        if (under[i] > 0)
            avt_blend_pixel(out + 4 * (ptrdiff_t)i, row + 4 * (ptrdiff_t)i, under[i]);
}

const uint16_t *avt_slit_opening(const struct avt_slit *slit, int y)
{
    return slit->opening->part + (ptrdiff_t)(y - slit->y0) * (slit->x1 - slit->x0);
}
