/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "portrait/laned.h"
#include "portrait/lanes.h"
#include "portrait/shade_lanes.h"
#include "portrait/vec.h"

enum { PADDED_MAX = (AVT_STRAND_POINTS_MAX + AVT_LANES8 - 1) / AVT_LANES8 * AVT_LANES8 };

/* ---- light -------------------------------------------------------------------------------------- */

/* Light that goes straight on and around a fibre: strong where the strand lies across it. */
AVT_LANE_FN avt_v8 lobe(avt_v8 across, float shift, float width)
{
    avt_v8 t = (across - shift) * (1 / width), t2 = t * t;
    return 1 / (1 + t2 * t2);
}

/* Off eight points of a strand, which goes `along` there, of length 1, to the viewer. */
AVT_LANE_FN void hair_light(const struct avt_shade_scene *scene, struct avt_v3x8 place, struct avt_v3x8 along,
                            const avt_v8 lit[AVT_LIT_COUNT], const avt_v8 colour[3], float sheen, avt_v8 rgb[3])
{
    struct avt_point3 camera = scene->camera;
    struct avt_v3x8 view =
        avt_v3x8_unit((struct avt_v3x8){camera.x - place.x, camera.y - place.y, camera.z - place.z});
    avt_v8 zero = avt_v8_all(0), view_along = avt_v3x8_dot(along, view), tint[3];
    bool real = scene->look == AVT_LOOK_REAL;
    for (int c = 0; c < 3; c++) {
        tint[c] = avt_v8_sqrt(avt_v8_max(colour[c], zero));
        rgb[c] = colour[c] * avt_room8(&scene->rig, c, avt_v8_all(.2f)) * (.25f + .75f * lit[AVT_LIT_ROOM]);
    }
    for (int k = 0; k < AVT_LAMPS; k++) {
        const struct avt_lamp *lamp = &scene->rig.lamps[k];
        avt_v8 lamp_along = avt_v3x8_dot_all(along, lamp->to), sum = lamp_along + view_along;
        avt_v8 diffuse = .80f * avt_v8_sqrt(avt_v8_max(1 - lamp_along * lamp_along, zero));
        /* White off the surface, shifted to the root; coloured from inside, to the tip, wider. */
        avt_v8 white = lobe(sum, -.10f, .16f), inner = lobe(sum, .14f, .30f);
        avt_v8 through = k >= AVT_LAMP_RIM_LEFT ? lobe(sum, 0, .35f) : zero;
        avt_v8 shine = real ? .085f * sheen * white : .35f * sheen * avt_v8_smoothstep(.55f, .75f, white);
        for (int c = 0; c < 3; c++) {
            avt_v8 inside = (.55f * inner + .6f * through) * tint[c] * colour[c] + .16f * inner * colour[c];
            rgb[c] += lamp->colour[c] * lit[k] *
                      (colour[c] * diffuse + (real ? shine + inside : shine * tint[c]));
        }
    }
    for (int c = 0; c < 3; c++)
        rgb[c] = avt_tone8(rgb[c]);
}

/* ---- places ------------------------------------------------------------------------------------- */

/* How far the skin under a root has moved. */
static struct avt_point3 root_moved(const struct avt_part *skin, const struct avt_strand *strand)
{
    struct avt_point3 moved = {0};
    if (strand->root == AVT_STRAND_FREE)
        return moved;
    const uint32_t *corner = skin->mesh->triangles[strand->root];
    for (int k = 0; k < 3; k++)
        moved = avt_vec_along(moved, strand->share[k],
                              avt_vec_sub(skin->shaped[corner[k]], skin->mesh->points[corner[k]]));
    return moved;
}

/* A strand's points in the pose. The first place is before the root, the same as it: neighbours of the ends are there,
 * so that directions need no exceptions. */
struct posed {
    float x[PADDED_MAX + 2 * AVT_LANES8], y[PADDED_MAX + 2 * AVT_LANES8], z[PADDED_MAX + 2 * AVT_LANES8];
};

AVT_LANE_FN void pose_with_head(const struct avt_turn *turn, struct avt_v3x8 p, struct posed *posed, size_t at)
{
    const float(*r)[4] = turn->rows;
    avt_v8_store(posed->x + at, r[0][0] * p.x + r[0][1] * p.y + r[0][2] * p.z + r[0][3]);
    avt_v8_store(posed->y + at, r[1][0] * p.x + r[1][1] * p.y + r[1][2] * p.z + r[1][3]);
    avt_v8_store(posed->z + at, r[2][0] * p.x + r[2][1] * p.y + r[2][2] * p.z + r[2][3]);
}

AVT_LANE_FN void pose_strand(const struct avt_strand_work *work, const struct avt_strand *strand, const float *row,
                             struct posed *posed)
{
    size_t padded = work->rows->padded;
    const struct avt_pose *pose = work->frame->pose;
    struct avt_point3 moved = root_moved(work->frame->skin, strand);
    for (size_t k = 0; k < padded; k += AVT_LANES8) {
        struct avt_v3x8 p = {avt_v8_load(row + k) + moved.x, avt_v8_load(row + padded + k) + moved.y,
                             avt_v8_load(row + 2 * padded + k) + moved.z};
        avt_v8 follow = avt_v8_load(row + AVT_STRAND_ROW_FOLLOW * padded + k);
        if (!avt_i8_any(follow < 1)) {
            pose_with_head(&pose->by_follow[AVT_POSE_STEPS], p, posed, k + 1);
            continue;
        }
        for (size_t lane = 0; lane < AVT_LANES8; lane++) {
            struct avt_point3 q = avt_posed(pose, (struct avt_point3){p.x[lane], p.y[lane], p.z[lane]}, follow[lane]);
            posed->x[k + 1 + lane] = q.x;
            posed->y[k + 1 + lane] = q.y;
            posed->z[k + 1 + lane] = q.z;
        }
    }
    posed->x[0] = posed->x[1];
    posed->y[0] = posed->y[1];
    posed->z[0] = posed->z[1];
    posed->x[padded + 1] = posed->x[padded];
    posed->y[padded + 1] = posed->y[padded];
    posed->z[padded + 1] = posed->z[padded];
}

/* Eight points from the `k`th on; those beyond the last are not written. */
AVT_LANE_FN void light_points(const struct avt_strand_work *work, const struct avt_strand *strand, const float *row,
                              const struct posed *posed, size_t k, struct avt_strand_point *at)
{
    static const avt_v8 STEP = {0, 1, 2, 3, 4, 5, 6, 7};
    const struct avt_strand_frame *frame = work->frame;
    const struct avt_view *view = frame->view;
    size_t points = work->rows->strands->points, padded = work->rows->padded;
    struct avt_v3x8 place = {avt_v8_load(posed->x + k + 1), avt_v8_load(posed->y + k + 1),
                             avt_v8_load(posed->z + k + 1)};
    struct avt_v3x8 along = avt_v3x8_unit((struct avt_v3x8){avt_v8_load(posed->x + k + 2) - avt_v8_load(posed->x + k),
                                                            avt_v8_load(posed->y + k + 2) - avt_v8_load(posed->y + k),
                                                            avt_v8_load(posed->z + k + 2) - avt_v8_load(posed->z + k)});
    avt_v8 part = ((float)k + STEP) * (1 / (float)(points - 1)), lit[AVT_LIT_COUNT], colour[3], rgb[3];
    for (size_t c = 0; c < AVT_LIT_COUNT; c++)
        lit[c] = avt_v8_load(row + (AVT_STRAND_ROW_LIT + c) * padded + k);
    for (int c = 0; c < 3; c++)
        colour[c] = strand->colour[c] + part * (strand->tip_colour[c] - strand->colour[c]);
    hair_light(frame->scene, place, along, lit, colour, strand->sheen, rgb);
    avt_v8 near = 1 / (view->distance - place.z), scale = view->scale * near;
    avt_v8 x = view->middle_x + place.x * scale, y = view->middle_y - (place.y - view->centre_y) * scale;
    avt_v8 width = 2 * strand->radius * (float)frame->stride * (1 + part * (strand->tip - 1)) * scale;
    size_t some = points - k < AVT_LANES8 ? points - k : AVT_LANES8;
    for (size_t lane = 0; lane < some; lane++)
        at[k + lane] = (struct avt_strand_point){.seen = {x[lane], y[lane], near[lane]},
                                                 .width = width[lane],
                                                 .rgb = {rgb[0][lane], rgb[1][lane], rgb[2][lane]}};
}

/* Whether any of the pieces from point `from` up to `end` is drawn. */
static bool any_wanted(const uint8_t *wanted, size_t from, size_t end)
{
    for (size_t k = from; k < end; k++)
        if (wanted[k])
            return true;
    return false;
}

void AVT_LANED(avt_strand_rows_some)(void *user, int worker, int first, int end)
{
    (void)worker;
    const struct avt_strand_work *work = user;
    const struct avt_strand_rows *rows = work->rows;
    size_t points = rows->strands->points;
    struct posed posed;
    for (size_t n = (size_t)first; n < (size_t)end; n++) {
        size_t i = n * work->frame->stride;
        const struct avt_strand *strand = &rows->strands->strands[i];
        const float *row = rows->rows + i * AVT_STRAND_ROWS * rows->padded;
        const uint8_t *wanted = work->frame->wanted ? work->frame->wanted + n * points : NULL;
        if (wanted && !any_wanted(wanted, 0, points))
            continue;
        pose_strand(work, strand, row, &posed);
        for (size_t k = 0; k < points; k += AVT_LANES8) {
            size_t after = k + AVT_LANES8 < points ? k + AVT_LANES8 : points;
            if (!wanted || any_wanted(wanted, k > AVT_STRAND_RUN_MAX ? k - AVT_STRAND_RUN_MAX : 0, after))
                light_points(work, strand, row, &posed, k, work->at + n * points);
        }
    }
}
