/* SPDX-License-Identifier: Apache-2.0 */
/* The baked head: its counts decide how much is read, its indices what is moved. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "portrait/bust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mesh(const struct avt_mesh *mesh)
{
    for (size_t i = 0; i < mesh->vertex_count; i++)
        avt_assert(isfinite(mesh->points[i].x + mesh->points[i].y + mesh->points[i].z));
    for (size_t i = 0; i < mesh->triangle_count; i++) {
        for (int k = 0; k < 3; k++) {
            avt_assert(mesh->triangles[i][k] < mesh->vertex_count);
            avt_assert(!mesh->uv_triangles || mesh->uv_triangles[i][k] < mesh->uv_count);
        }
    }
}

static void check_moves(const struct avt_mesh *mesh, const struct avt_bust_move *moves)
{
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++)
        for (size_t i = 0; i < moves[shape].count; i++)
            avt_assert(moves[shape].vertices[i] < mesh->vertex_count && isfinite(moves[shape].by[i].y));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_head_freep) struct avt_head *head = NULL;
    if (avt_head_parse(data, size, &head, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EMODELBAD && error.message[0]);
        return 0;
    }
    struct avt_attributes attributes = {.age = 12, .masculine = .3f, .asian = 1, .weight = .4f, .muscle = .6f,
                                        .eye_shape = AVT_EYES_MONOLID, .face_shape = AVT_FACE_HEART};
    for (int i = 0; i < AVT_FEATURE_COUNT; i++)
        attributes.features[i] = .5f;
    AVT_CLEANUP(avt_bust_freep) struct avt_bust *bust = NULL;
    avt_assert(avt_bust_new(head, &attributes, &bust, &error) == AVT_OK);
    check_mesh(&bust->skin);
    check_mesh(&bust->upper_teeth);
    check_mesh(&bust->lower_teeth);
    check_mesh(&bust->tongue);
    check_moves(&bust->skin, bust->skin_moves);
    check_moves(&bust->tongue, bust->tongue_moves);
    for (size_t i = 0; i < bust->lines.lip_seam_count; i++)
        avt_assert(bust->lines.lip_seam[i] < bust->skin.vertex_count);
    return 0;
}
