/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/painting_choice.h"

#include "base/mem.h"
#include "base/str.h"
#include "nn/imported.h"

static const struct avt_painter_engine *const ENGINES[] = {&avt_painter_wav2lip, &avt_painter_musetalk};
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
static enum avt_code engine_of(const char *model, const struct avt_painter_engine **ret_engine, struct avt_error *reterr)
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
                        "'%.64s' is no lip-sync engine: use builtin, wav2lip, musetalk, or the name of an imported model",
                        model);
    return AVT_OK;
}

enum avt_code avt_painting_choose(const char *spec, struct avt_painting_choice *ret_choice, struct avt_error *reterr)
{
    *ret_choice = (struct avt_painting_choice){0};
    if (!spec || avt_str_equal(spec, "builtin"))
        return AVT_OK;
    const struct avt_painter_engine *engine = engine_named(spec);
    AVT_CLEANUP(avt_freep) struct avt_imported *entry = NULL;
    enum avt_code code = engine ? AVT_OK : engine_of(spec, &engine, reterr);
    if (code == AVT_OK)
        code = avt_imported_choose(engine->name, spec, &entry, reterr);
    if (code != AVT_OK)
        return code;
    *ret_choice = (struct avt_painting_choice){engine, avt_strdup(entry->folder), avt_strdup(entry->name), 0};
    for (size_t i = 0; i < entry->file_count; i++)
        ret_choice->bytes += entry->files[i].size;
    return AVT_OK;
}

void avt_painting_choice_done(struct avt_painting_choice *choice)
{
    avt_free(choice->folder);
    avt_free(choice->name);
    *choice = (struct avt_painting_choice){0};
}
