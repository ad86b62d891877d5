/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/clone_space.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "nn/registry.h"

enum { HALF = AVT_PACK_STYLE / 2 };

struct avt_clone_space {
    const struct avt_clone_model *model;
    struct avt_map *packs; /* [model->pack_count], each [510, 1, 256] f32 */
};

void avt_clone_space_free(struct avt_clone_space *space)
{
    if (!space)
        return;
    for (size_t i = 0; space->packs && i < space->model->pack_count; i++) {
        if (space->packs[i].data)
            avt_map_close(&space->packs[i]);
    }
    avt_free(space->packs);
    avt_free(space);
}

enum avt_code avt_clone_space_open(const struct avt_clone_model *model,
                                   struct avt_clone_space **ret_space, struct avt_error *reterr)
{
    avt_assert(model && ret_space);
    AVT_CLEANUP(avt_registry_freep) struct avt_registry *registry = NULL;
    AVT_CLEANUP(avt_freep) char *folder = NULL;
    AVT_CLEANUP(avt_clone_space_freep)
    struct avt_clone_space *space = avt_new0(struct avt_clone_space, 1);
    space->model = model;
    space->packs = avt_new0(struct avt_map, model->pack_count);
    enum avt_code code = avt_registry_open(&registry, reterr);
    if (code == AVT_OK)
        code = avt_registry_path(registry, "kokoro-voices", &folder, reterr);
    for (size_t i = 0; code == AVT_OK && i < model->pack_count; i++) {
        AVT_CLEANUP(avt_freep)
        char *path = avt_asprintf("%s/%s.bin", folder, model->pack_ids[i]);
        code = avt_map_open(path, &space->packs[i], reterr);
        if (code == AVT_OK && space->packs[i].size != AVT_PACK_COUNT * sizeof(float))
            code = avt_fail(reterr, AVT_EMODELBAD,
                            "the voice file '%s' is damaged; run `avatar models fetch "
                            "kokoro-voices` to get it again",
                            path);
    }
    if (code == AVT_OK)
        *ret_space = AVT_TAKE(space);
    return code;
}

void avt_clone_space_pack_row(const struct avt_clone_space *space, size_t pack, size_t row,
                              float *ret_style)
{
    avt_assert(pack < space->model->pack_count && row < AVT_PACK_ROWS);
    memcpy(ret_style, space->packs[pack].data + row * AVT_PACK_STYLE * sizeof(float),
           AVT_PACK_STYLE * sizeof(float));
}

void avt_clone_space_row(const struct avt_clone_space *space, const float *coords, size_t row,
                         float *ret_style)
{
    float parts[2][AVT_CLONE_PACKS_MAX], style[AVT_PACK_STYLE];
    avt_clone_model_parts(space->model, coords, 0, parts[0]);
    avt_clone_model_parts(space->model, coords, 1, parts[1]);
    memset(ret_style, 0, AVT_PACK_STYLE * sizeof(*ret_style));
    for (size_t pack = 0; pack < space->model->pack_count; pack++) {
        avt_clone_space_pack_row(space, pack, row, style);
        for (int i = 0; i < AVT_PACK_STYLE; i++)
            ret_style[i] += style[i] * parts[i >= HALF][pack];
    }
}
