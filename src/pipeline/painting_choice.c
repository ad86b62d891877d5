/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/painting_choice.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "nn/imported.h"

/* Memory that a network takes beside its weights, as a share of them, and at least (docs/engines.md): on the processor
 * weights are copied once in another order. On the GPU it is what Stable Diffusion's networks are known to take. */
#define CPU_SHARE 1.0
#define GPU_SHARE .25
#define WORK_MIN  (INT64_C(300) << 20)

/* The best first: MuseTalk's mouths are sharper. */
static const struct avt_painter_engine *const ENGINES[] = {&avt_painter_musetalk, &avt_painter_wav2lip};
enum { ENGINES_COUNT = sizeof(ENGINES) / sizeof(ENGINES[0]) };

static const struct avt_painter_engine *engine_named(const char *name)
{
    for (size_t i = 0; i < ENGINES_COUNT; i++) {
        if (avt_str_equal(ENGINES[i]->name, name))
            return ENGINES[i];
    }
    return NULL;
}

/* The engine of an imported model. */
static enum avt_code engine_of(const char *model, const struct avt_painter_engine **ret_engine,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_imported *found = avt_imported_find(&list, model);
    *ret_engine = found ? engine_named(found->engine) : NULL;
    if (found && !*ret_engine)
        return avt_fail(reterr, AVT_EINVAL, "the imported model %s is one of %s, which paints no mouths", model,
                        found->engine);
    if (!found)
        return avt_fail(reterr, AVT_EINVAL,
                        "'%.64s' is no lip-sync engine: use builtin, auto, wav2lip, musetalk, or the name of an "
                        "imported model",
                        model);
    return AVT_OK;
}

enum avt_code avt_painting_choose(const char *spec, struct avt_painting_choice *ret_choice, struct avt_error *reterr)
{
    *ret_choice = (struct avt_painting_choice){0};
    ret_choice->is_auto = spec && avt_str_equal(spec, "auto");
    if (!spec || ret_choice->is_auto || avt_str_equal(spec, "builtin"))
        return AVT_OK;
    const struct avt_painter_engine *engine = engine_named(spec);
    AVT_CLEANUP(avt_freep) struct avt_imported *entry = NULL;
    enum avt_code code = engine ? AVT_OK : engine_of(spec, &engine, reterr);
    if (code == AVT_OK)
        code = avt_imported_choose(engine->name, spec, &entry, reterr);
    if (code != AVT_OK)
        return code;
    *ret_choice = (struct avt_painting_choice){
        .engine = engine, .folder = avt_strdup(entry->folder), .name = avt_strdup(entry->name)};
    for (size_t i = 0; i < entry->file_count; i++)
        ret_choice->bytes += entry->files[i].size;
    return AVT_OK;
}

int64_t avt_painting_bytes(const struct avt_painting_choice *choice, enum avt_device device)
{
    double share = device == AVT_DEVICE_GPU ? GPU_SHARE : CPU_SHARE;
    int64_t work = (int64_t)((double)choice->bytes * share);
    return choice->bytes + (work > WORK_MIN ? work : WORK_MIN);
}

void avt_painting_settle(struct avt_painting_choice *choice, const struct avt_hardware *hardware,
                         char ret_why[AVT_PAINTING_WHY_SIZE])
{
    choice->is_auto = false;
    if (hardware->device == AVT_DEVICE_CPU) {
        snprintf(ret_why, AVT_PAINTING_WHY_SIZE, "builtin: without a GPU all others take longer than the film plays");
        return;
    }
    double vram_gb = (double)hardware->vram_bytes / 1e9;
    for (size_t i = 0; i < ENGINES_COUNT; i++) {
        struct avt_painting_choice found;
        if (avt_painting_choose(ENGINES[i]->name, &found, NULL) != AVT_OK)
            continue;
        if (avt_painting_bytes(&found, AVT_DEVICE_GPU) <= hardware->vram_bytes) {
            *choice = found;
            snprintf(ret_why, AVT_PAINTING_WHY_SIZE, "%s (%.40s): the best that is imported and fits into %.1f GB of "
                                                     "the GPU",
                     found.engine->version, found.name, vram_gb);
            return;
        }
        avt_painting_choice_done(&found);
    }
    snprintf(ret_why, AVT_PAINTING_WHY_SIZE, "builtin: no other engine is imported that fits into %.1f GB of the GPU",
             vram_gb);
}

void avt_painting_choice_done(struct avt_painting_choice *choice)
{
    avt_free(choice->folder);
    avt_free(choice->name);
    *choice = (struct avt_painting_choice){0};
}
