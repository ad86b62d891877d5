/* SPDX-License-Identifier: Apache-2.0 */
/* A bust of the baked head: shaped, brought to rest, subdivided, with how it moves. */
#include "portrait/bust.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "portrait/head.h"
#include "portrait/vec.h"

/* Less is not seen, and costs time in each frame. */
#define MOVE_MIN_CM 2e-4f

static void move_done(struct avt_bust_move *move)
{
    avt_free(move->vertices);
    avt_free(move->by);
}

void avt_bust_free(struct avt_bust *bust)
{
    if (!bust)
        return;
    avt_mesh_done(&bust->skin);
    avt_mesh_done(&bust->upper_teeth);
    avt_mesh_done(&bust->lower_teeth);
    avt_mesh_done(&bust->tongue);
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++) {
        move_done(&bust->skin_moves[shape]);
        move_done(&bust->upper_teeth_moves[shape]);
        move_done(&bust->lower_teeth_moves[shape]);
        move_done(&bust->tongue_moves[shape]);
    }
    for (int side = 0; side < 2; side++) {
        avt_free(bust->lines.upper_lid[side]);
        avt_free(bust->lines.lower_lid[side]);
    }
    avt_free(bust->lines.lip_outline);
    avt_free(bust->lines.lip_seam);
    avt_free(bust->average);
    avt_free(bust);
}

static enum avt_code no_memory(struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_ENOMEM, "out of memory for a bust");
}

/* ---- meshes -------------------------------------------------------------------------------- */

static enum avt_code make_mesh(const struct avt_head *head, enum avt_head_part part, const struct avt_point3 *points,
                               struct avt_mesh *mesh, struct avt_error *reterr)
{
    const struct avt_subdivision *shape = &head->meshes[part];
    mesh->vertex_count = shape->vertex_count;
    mesh->triangle_count = shape->triangle_count;
    mesh->points = avt_try_new0(struct avt_point3, shape->vertex_count);
    mesh->triangles = avt_try_alloc(shape->triangle_count, sizeof(*mesh->triangles));
    if (!mesh->points || !mesh->triangles)
        return no_memory(reterr);
    memcpy(mesh->triangles, shape->triangles, shape->triangle_count * sizeof(*mesh->triangles));
    avt_subdivision_apply(shape, points + head->part_starts[part], mesh->points);
    return AVT_OK;
}

/* What only the skin has. */
static enum avt_code dress_skin(const struct avt_head *head, struct avt_bust *bust, struct avt_error *reterr)
{
    struct avt_mesh *skin = &bust->skin;
    bust->average = avt_try_new0(struct avt_point3, skin->vertex_count);
    skin->uv_count = head->uv_count;
    skin->uv = avt_try_new0(struct avt_point, head->uv_count);
    skin->uv_triangles = avt_try_alloc(skin->triangle_count, sizeof(*skin->uv_triangles));
    skin->follow = avt_try_new0(float, skin->vertex_count);
    if (!bust->average || !skin->uv || !skin->uv_triangles || !skin->follow)
        return no_memory(reterr);
    memcpy(bust->average, head->average, skin->vertex_count * sizeof(*bust->average));
    memcpy(skin->uv, head->uv, head->uv_count * sizeof(*skin->uv));
    memcpy(skin->uv_triangles, head->uv_triangles, skin->triangle_count * sizeof(*skin->uv_triangles));
    memcpy(skin->follow, head->follow, skin->vertex_count * sizeof(*skin->follow));
    return AVT_OK;
}

/* ---- moves --------------------------------------------------------------------------------- */

static bool moves_at(struct avt_point3 by)
{
    return fabsf(by.x) > MOVE_MIN_CM || fabsf(by.y) > MOVE_MIN_CM || fabsf(by.z) > MOVE_MIN_CM;
}

/* Shapes of the mouth drag the nose along, by up to 2.6 mm at its tip, and it twitches with each p and sh. People's
 * stays where it is: cartilage on bone. */
static float nose_hold(struct avt_point3 average)
{
    float side = avt_smoothstep(3.2f, 2.0f, fabsf(average.x));
    return side * avt_smoothstep(-5.5f, -4.5f, average.y) * avt_smoothstep(1.0f, 2.5f, average.z);
}

static bool of_lips(enum avt_arkit shape)
{
    return shape == AVT_MOUTH_FUNNEL || shape == AVT_MOUTH_PUCKER || shape == AVT_MOUTH_ROLL_UPPER ||
           shape == AVT_MOUTH_ROLL_LOWER || shape == AVT_JAW_OPEN || shape == AVT_MOUTH_CLOSE;
}

/* `scratch` has room for the subdivided part. */
static enum avt_code make_move(const struct avt_head *head, enum avt_head_part part, enum avt_arkit arkit,
                               const struct avt_point3 *base, struct avt_point3 *scratch, struct avt_bust_move *move,
                               struct avt_error *reterr)
{
    const struct avt_subdivision *shape = &head->meshes[part];
    avt_subdivision_apply(shape, base + head->part_starts[part], scratch);
    for (size_t i = 0; part == AVT_HEAD_SKIN && of_lips(arkit) && i < shape->vertex_count; i++)
        scratch[i] = avt_vec_scale(scratch[i], 1 - nose_hold(head->average[i]));
    size_t count = 0;
    for (size_t i = 0; i < shape->vertex_count; i++)
        count += moves_at(scratch[i]);
    if (count == 0)
        return AVT_OK;
    move->vertices = avt_try_new0(uint32_t, count);
    move->by = avt_try_new0(struct avt_point3, count);
    if (!move->vertices || !move->by)
        return no_memory(reterr);
    for (size_t i = 0; i < shape->vertex_count; i++) {
        if (!moves_at(scratch[i]))
            continue;
        move->vertices[move->count] = (uint32_t)i;
        move->by[move->count++] = scratch[i];
    }
    return AVT_OK;
}

/* Shapes were made on the base mesh; a smaller face moves by less. Mean of its width and height between eyes and
 * mouth. */
static float face_scale(const struct avt_head *head, const struct avt_point3 *points)
{
    float scale = 0;
    const struct avt_point3 *both[2] = {points, head->points};
    for (int i = 0; i < 2; i++) {
        struct avt_point3 right = avt_head_eye(head, both[i], 0).centre, left = avt_head_eye(head, both[i], 1).centre;
        struct avt_point3 lip = both[i][head->lines[AVT_LINE_LIP_OUTLINE][0]];
        float size = fabsf(left.x - right.x) + fabsf((left.y + right.y) / 2 - lip.y);
        scale = i == 0 ? size : scale / fmaxf(size, 1e-3f);
    }
    return fminf(fmaxf(scale, .3f), 2);
}

static enum avt_code make_moves(const struct avt_head *head, const struct avt_point3 *points, struct avt_bust *bust,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) struct avt_point3 *base = avt_try_new0(struct avt_point3, head->vertex_count);
    AVT_CLEANUP(avt_freep) struct avt_point3 *scratch = NULL;
    size_t most = 0;
    for (int part = 0; part < AVT_HEAD_MESHES; part++)
        most = head->meshes[part].vertex_count > most ? head->meshes[part].vertex_count : most;
    scratch = avt_try_new0(struct avt_point3, most);
    if (!base || !scratch)
        return no_memory(reterr);
    float scale = face_scale(head, points);
    enum avt_code code = AVT_OK;
    for (int shape = 0; shape < AVT_ARKIT_COUNT && code == AVT_OK; shape++) {
        char name[AVT_HEAD_NAME_SIZE];
        snprintf(name, sizeof(name), "arkit/%s", avt_arkit_name((enum avt_arkit)shape));
        const struct avt_head_target *target = avt_head_find(head, name);
        if (!target)
            continue;
        memset(base, 0, head->vertex_count * sizeof(*base));
        avt_head_add(target, scale, base);
        if (shape == AVT_EYE_BLINK_LEFT || shape == AVT_EYE_BLINK_RIGHT)
            avt_head_fit_blink(head, points, shape == AVT_EYE_BLINK_LEFT, base);
        struct avt_bust_move *moves[AVT_HEAD_MESHES] = {&bust->skin_moves[shape], &bust->upper_teeth_moves[shape],
                                                        &bust->lower_teeth_moves[shape], &bust->tongue_moves[shape]};
        for (int part = 0; code == AVT_OK && part < AVT_HEAD_MESHES; part++)
            code = make_move(head, (enum avt_head_part)part, (enum avt_arkit)shape, base, scratch, moves[part], reterr);
    }
    return code;
}

/* ---- all of it ----------------------------------------------------------------------------- */

static enum avt_code build(const struct avt_head *head, const struct avt_point3 *points, struct avt_bust *bust,
                           struct avt_error *reterr)
{
    struct avt_mesh *meshes[AVT_HEAD_MESHES] = {&bust->skin, &bust->upper_teeth, &bust->lower_teeth, &bust->tongue};
    enum avt_code code = AVT_OK;
    for (int part = 0; code == AVT_OK && part < AVT_HEAD_MESHES; part++)
        code = make_mesh(head, (enum avt_head_part)part, points, meshes[part], reterr);
    if (code == AVT_OK)
        code = dress_skin(head, bust, reterr);
    if (code == AVT_OK)
        code = make_moves(head, points, bust, reterr);
    for (int side = 0; side < 2; side++)
        bust->eyes[side] = avt_head_eye(head, points, side);
    bust->neck = avt_head_joint(head, points, AVT_JOINT_NECK);
    bust->skull = avt_head_joint(head, points, AVT_JOINT_SKULL);
    return code == AVT_OK ? avt_bust_measure(head, bust, reterr) : code;
}

enum avt_code avt_bust_new(const struct avt_head *head, const struct avt_attributes *attributes,
                           struct avt_bust **ret_bust, struct avt_error *reterr)
{
    avt_assert(head && attributes && ret_bust);
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = avt_try_new0(struct avt_bust, 1);
    AVT_CLEANUP(avt_freep) struct avt_point3 *points = avt_try_new0(struct avt_point3, head->vertex_count);
    if (!bust || !points)
        return no_memory(reterr);
    memcpy(points, head->points, head->vertex_count * sizeof(*points));
    avt_head_macro(head, attributes, points);
    avt_head_details(head, attributes, points);
    enum avt_code code = avt_head_rest(head, points, reterr);
    if (code == AVT_OK)
        code = build(head, points, bust, reterr);
    if (code == AVT_OK)
        *ret_bust = AVT_TAKE(bust);
    return code;
}
