/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/pose.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "portrait/shade.h"
#include "portrait/vec.h"

#define DEGREE (3.14159265f / 180)
/* Frame heights in cm at the eyes' depth, by framing, and how far below the eyes the middle lies. The camera stands
 * 1.9 m away: nearer makes noses large. */
static const struct {
    float height, drop;
} FRAMES[AVT_FRAMING_COUNT] = {[AVT_FRAMING_CLOSE] = {30, 2.2f}, [AVT_FRAMING_PORTRAIT] = {37, 3.8f},
                               [AVT_FRAMING_BUST] = {52, 9.0f}};
#define CAMERA_CM 190.0f
#define BREATH_CM .22f
#define FOLLOW_SHIFT_CM 6.3f /* an eye distance, in which motion's shift is told */

void avt_view_make(int framing, int width, int height, struct avt_view *ret_view)
{
    /* Upright pictures see as wide as a square: shoulders stay in. */
    float frame = FRAMES[framing].height, side = (float)(width < height ? width : height);
    *ret_view = (struct avt_view){.centre_y = -FRAMES[framing].drop,
                                  .distance = CAMERA_CM,
                                  .scale = side / frame * CAMERA_CM,
                                  .middle_x = .5f * (float)width,
                                  .middle_y = .5f * (float)height};
}

/* ---- the head ----------------------------------------------------------------------------------- */

static struct avt_turn product(const struct avt_turn *a, const struct avt_turn *b)
{
    struct avt_turn out;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) {
            out.rows[i][j] = j == 3 ? a->rows[i][3] : 0;
            for (int k = 0; k < 3; k++)
                out.rows[i][j] += a->rows[i][k] * b->rows[k][j];
        }
    return out;
}

/* Around a joint: yaw to the picture's right, pitch up, roll clockwise as seen, degrees. */
static struct avt_turn around(struct avt_point3 joint, float yaw, float pitch, float roll)
{
    float cy = cosf(yaw * DEGREE), sy = sinf(yaw * DEGREE), cp = cosf(pitch * DEGREE), sp = sinf(pitch * DEGREE);
    float cr = cosf(roll * DEGREE), sr = sinf(roll * DEGREE);
    struct avt_turn turn_yaw = {{{cy, 0, sy, 0}, {0, 1, 0, 0}, {-sy, 0, cy, 0}}};
    struct avt_turn turn_pitch = {{{1, 0, 0, 0}, {0, cp, sp, 0}, {0, -sp, cp, 0}}};
    struct avt_turn turn_roll = {{{cr, sr, 0, 0}, {-sr, cr, 0, 0}, {0, 0, 1, 0}}};
    struct avt_turn both = product(&turn_yaw, &turn_pitch), out = product(&turn_roll, &both);
    struct avt_point3 moved = avt_turned_way(&out, joint);
    out.rows[0][3] = joint.x - moved.x;
    out.rows[1][3] = joint.y - moved.y;
    out.rows[2][3] = joint.z - moved.z;
    return out;
}

void avt_pose_make(const struct avt_bust *bust, const struct avt_motion *motion, struct avt_pose *ret_pose)
{
    for (int step = 0; step <= AVT_POSE_STEPS; step++) {
        float follow = (float)step / AVT_POSE_STEPS, half = .5f * follow;
        struct avt_head_pose pose = motion->pose;
        /* The neck goes first; what lies near the chest follows it alone. */
        struct avt_turn neck = around(bust->neck, pose.yaw * half, pose.pitch * half, pose.roll * half);
        struct avt_turn skull = around(bust->skull, pose.yaw * half, pose.pitch * half, pose.roll * half);
        struct avt_turn *turn = &ret_pose->by_follow[step];
        *turn = product(&neck, &skull);
        turn->rows[0][3] += motion->shift.x * FOLLOW_SHIFT_CM * follow;
        turn->rows[1][3] -= motion->shift.y * FOLLOW_SHIFT_CM * follow;
    }
    ret_pose->breath = BREATH_CM * motion->breath;
}

struct avt_point3 avt_posed(const struct avt_pose *pose, struct avt_point3 p, float follow)
{
    float at = avt_min(avt_max(follow, 0), 1) * AVT_POSE_STEPS;
    int step = (int)at;
    struct avt_point3 a = avt_turned(&pose->by_follow[step], p);
    if (step < AVT_POSE_STEPS && at > (float)step) {
        struct avt_point3 b = avt_turned(&pose->by_follow[step + 1], p);
        a = avt_vec_along(a, at - (float)step, avt_vec_sub(b, a));
    }
    float chest = (1 - follow) * pose->breath;
    a.y += chest;
    a.z += .6f * chest;
    return a;
}

/* ---- parts -------------------------------------------------------------------------------------- */

enum avt_code avt_part_init(struct avt_part *part, const struct avt_mesh *mesh, const struct avt_bust_move *moves,
                            struct avt_error *reterr)
{
    size_t count = mesh->vertex_count ? mesh->vertex_count : 1;
    *part = (struct avt_part){.mesh = mesh, .moves = moves};
    part->shaped = avt_try_new0(struct avt_point3, count);
    part->normals = avt_try_new0(struct avt_point3, count);
    part->even = avt_try_new0(uint8_t, mesh->triangle_count + 1);
    part->seen = avt_try_new0(struct avt_seen, count);
    part->varyings = avt_try_alloc(count, sizeof(*part->varyings));
    part->lit = avt_try_alloc(count, sizeof(*part->lit));
    if (!part->shaped || !part->normals || !part->even || !part->seen || !part->varyings || !part->lit) {
        avt_part_done(part);
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a presenter's parts");
    }
    if (mesh->vertex_count) {
        memcpy(part->shaped, mesh->points, mesh->vertex_count * sizeof(*mesh->points));
        avt_mesh_normals(mesh, mesh->points, part->normals);
    }
    for (size_t i = 0; i < mesh->vertex_count; i++)
        for (int k = 0; k < AVT_LIT_COUNT; k++)
            part->lit[i][k] = 1;
    return AVT_OK;
}

static void shown_done(struct avt_part_shown *shown)
{
    avt_free(shown->triangles);
    avt_free(shown->even);
    avt_free(shown->vertices);
    *shown = (struct avt_part_shown){0};
}

void avt_part_done(struct avt_part *part)
{
    shown_done(&part->shown);
    avt_free(part->shaped);
    avt_free(part->normals);
    avt_free(part->even);
    avt_free(part->seen);
    avt_free(part->varyings);
    avt_free(part->lit);
    *part = (struct avt_part){0};
}

/* Between corners of an even triangle: the least cosine of their normals, and the most that their shades differ. Rims
 * and seams must not be: they are thinner than pixels, and dark. */
#define EVEN_COSINE .9f
#define EVEN_SHADE  .1f

void avt_part_even(struct avt_part *part, int shade)
{
    for (size_t t = 0; t < part->mesh->triangle_count; t++) {
        const uint32_t *corner = part->mesh->triangles[t];
        part->even[t] = 1;
        for (int k = 0; k < 3; k++) {
            uint32_t a = corner[k], b = corner[(k + 1) % 3];
            if (avt_vec_dot(part->normals[a], part->normals[b]) < EVEN_COSINE ||
                fabsf(part->varyings[a][shade] - part->varyings[b][shade]) > EVEN_SHADE)
                part->even[t] = 0;
        }
    }
}

/* Corners of triangles that are marked, triangles at such corners, and their corners. */
static void spread_marks(const struct avt_mesh *mesh, uint8_t *triangles, uint8_t *vertices)
{
    for (size_t t = 0; t < mesh->triangle_count; t++)
        for (int k = 0; triangles[t] && k < 3; k++)
            vertices[mesh->triangles[t][k]] = 1;
    for (size_t t = 0; t < mesh->triangle_count; t++)
        for (int k = 0; k < 3; k++)
            triangles[t] |= vertices[mesh->triangles[t][k]];
    for (size_t t = 0; t < mesh->triangle_count; t++)
        for (int k = 0; triangles[t] && k < 3; k++)
            vertices[mesh->triangles[t][k]] = 1;
}

enum avt_code avt_part_show(struct avt_part *part, const uint8_t *noticed, struct avt_error *reterr)
{
    const struct avt_mesh *mesh = part->mesh;
    shown_done(&part->shown);
    if (!noticed)
        return AVT_OK;
    AVT_CLEANUP(avt_freep) uint8_t *triangles = avt_try_new0(uint8_t, mesh->triangle_count + 1);
    AVT_CLEANUP(avt_freep) uint8_t *vertices = avt_try_new0(uint8_t, mesh->vertex_count + 1);
    struct avt_part_shown shown = {.triangles = avt_try_alloc(mesh->triangle_count + 1, sizeof(*shown.triangles)),
                                   .even = avt_try_new0(uint8_t, mesh->triangle_count + 1),
                                   .vertices = avt_try_new0(uint32_t, mesh->vertex_count + 1)};
    if (!triangles || !vertices || !shown.triangles || !shown.even || !shown.vertices) {
        shown_done(&shown);
        return avt_fail(reterr, AVT_ENOMEM, "out of memory for a presenter's parts");
    }
    memcpy(triangles, noticed, mesh->triangle_count);
    spread_marks(mesh, triangles, vertices);
    for (int shape = 0; part->moves && shape < AVT_ARKIT_COUNT; shape++)
        for (size_t i = 0; i < part->moves[shape].count; i++)
            vertices[part->moves[shape].vertices[i]] = 1;
    spread_marks(mesh, triangles, vertices);
    for (size_t t = 0; t < mesh->triangle_count; t++)
        if (triangles[t]) {
            memcpy(shown.triangles[shown.triangle_count], mesh->triangles[t], sizeof(*shown.triangles));
            shown.even[shown.triangle_count++] = part->even[t];
        }
    for (size_t i = 0; i < mesh->vertex_count; i++)
        if (vertices[i])
            shown.vertices[shown.vertex_count++] = (uint32_t)i;
    part->shown = shown;
    return AVT_OK;
}

void avt_part_shape(struct avt_part *part, const struct avt_motion *motion)
{
    const struct avt_mesh *mesh = part->mesh;
    if (!part->moves || !mesh->vertex_count)
        return;
    memcpy(part->shaped, mesh->points, mesh->vertex_count * sizeof(*mesh->points));
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++) {
        float weight = motion->arkit[shape];
        const struct avt_bust_move *move = &part->moves[shape];
        if (fabsf(weight) < 1e-4f)
            continue;
        for (size_t i = 0; i < move->count; i++)
            part->shaped[move->vertices[i]] = avt_vec_along(part->shaped[move->vertices[i]], weight, move->by[i]);
    }
    avt_mesh_normals(mesh, part->shaped, part->normals);
}

void avt_part_pose(struct avt_part *part, const struct avt_pose *pose, const struct avt_view *view, bool shown)
{
    const struct avt_mesh *mesh = part->mesh;
    for (size_t n = 0; n < (shown ? part->shown.vertex_count : mesh->vertex_count); n++) {
        size_t i = shown ? part->shown.vertices[n] : n;
        float follow = mesh->follow ? mesh->follow[i] : 1;
        struct avt_point3 place = avt_posed(pose, part->shaped[i], follow);
        struct avt_point3 normal = avt_turned_way(avt_pose_turn(pose, follow), part->normals[i]);
        part->seen[i] = avt_view_see(view, place);
        float *vary = part->varyings[i];
        memcpy(vary + AVT_VARY_NORMAL, &normal, sizeof(normal));
        memcpy(vary + AVT_VARY_PLACE, &place, sizeof(place));
        memcpy(vary + AVT_VARY_LIT, part->lit[i], sizeof(part->lit[i]));
    }
}
