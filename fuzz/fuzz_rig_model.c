/* SPDX-License-Identifier: Apache-2.0 */
/* The baked rig: its counts decide how much is read, its corners index the vertices. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "lipsync/rig_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_triangles(const struct avt_rig_triangle *triangles, size_t count, size_t vertices)
{
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 3; k++)
            avt_assert(triangles[i].corners[k] < vertices);
}

static void check_part(const struct avt_rig_part *part)
{
    check_triangles(part->triangles, part->triangle_count, part->vertex_count);
    for (int shape = 0; shape < AVT_ARKIT_COUNT; shape++)
        for (size_t i = 0; part->moves[shape] && i < part->vertex_count; i++)
            avt_assert(isfinite(part->vertices[i].x + part->moves[shape][i].x));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_rig_model_freep) struct avt_rig_model *model = NULL;
    if (avt_rig_model_parse(data, size, &model, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EMODELBAD && error.message[0]);
        return 0;
    }
    check_triangles(model->triangles, model->triangle_count, AVT_MESH_POINTS);
    for (size_t i = 0; i < model->part_count; i++) {
        check_part(&model->parts[i]);
        avt_assert(avt_rig_model_part(model, model->parts[i].name));
    }
    return 0;
}
