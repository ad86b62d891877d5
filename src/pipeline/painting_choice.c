/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/painting_choice.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "nn/imported.h"

/* Memory that a network takes beside its weights, as a share of them, and at least (docs/engines.md): on the processor
 * weights are copied once in another order. On the GPU it is what Stable Diffusion's networks are known to take. */
#define CPU_SHARE 1.0
#define GPU_SHARE .25
#define WORK_MIN  (INT64_C(300) << 20)
/* Real-ESRGAN x4plus at its largest square: pictures of 64 channels, 1024 x 1024. */
#define UPSCALE_WORK_MIN (INT64_C(900) << 20)

enum { ENGINES_COUNT = 2, SPEC_BYTES_MAX = 80 };
/* What an option chooses among. */
struct kind {
    const struct avt_painter_engine *engines[ENGINES_COUNT]; /* the best first */
    const char *none, *does_not, *is_none;                   /* words */
};
/* MuseTalk's mouths are sharper. */
static const struct kind painters = {
    {&avt_painter_musetalk, &avt_painter_wav2lip}, "builtin", "paints no mouths",
    "is no lip-sync engine: use builtin, auto, wav2lip, musetalk, or the name of an imported model"};
/* Who restores knows what a face is. */
static const struct kind enhancers = {
    {&avt_painter_restore, &avt_painter_upscale}, "none", "makes no pictures sharper",
    "makes no pictures sharper: use none, auto, restore, upscale, or the name of an imported model, with :STRENGTH "
    "behind it, 0 to 1"};
/* Restorers make up what they do not see: somewhat less than all of it stays truer to the person, and steadier. */
#define RESTORE_STRENGTH .7f

static const struct avt_painter_engine *engine_named(const struct kind *kind, const char *name)
{
    for (size_t i = 0; i < ENGINES_COUNT; i++) {
        if (avt_str_equal(kind->engines[i]->name, name))
            return kind->engines[i];
    }
    return NULL;
}

/* The engine of an imported model. */
static enum avt_code engine_of(const struct kind *kind, const char *model, const struct avt_painter_engine **ret_engine,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_imported *found = avt_imported_find(&list, model);
    *ret_engine = found ? engine_named(kind, found->engine) : NULL;
    if (found && !*ret_engine)
        return avt_fail(reterr, AVT_EINVAL, "the imported model %s is one of %s, which %s", model, found->engine,
                        kind->does_not);
    return found ? AVT_OK : avt_fail(reterr, AVT_EINVAL, "'%.64s' %s", model, kind->is_none);
}

static enum avt_code choose(const struct kind *kind, const char *spec, const struct avt_hardware_wish *wish,
                            struct avt_painting_choice *ret_choice, struct avt_error *reterr)
{
    *ret_choice = (struct avt_painting_choice){.strength = 1};
    ret_choice->is_auto = spec && avt_str_equal(spec, "auto");
    if (!spec || ret_choice->is_auto || avt_str_equal(spec, kind->none))
        return AVT_OK;
    const struct avt_painter_engine *engine = engine_named(kind, spec);
    AVT_CLEANUP(avt_freep) struct avt_imported *entry = NULL;
    enum avt_code code = engine ? AVT_OK : engine_of(kind, spec, &engine, reterr);
    if (code == AVT_OK)
        code = avt_imported_choose(engine->name, spec, avt_hardware_precisions(wish, true), &entry, reterr);
    if (code != AVT_OK)
        return code;
    *ret_choice = (struct avt_painting_choice){
        .engine = engine, .folder = avt_strdup(entry->folder), .name = avt_strdup(entry->name), .strength = 1};
    for (size_t i = 0; i < entry->file_count; i++)
        ret_choice->bytes += entry->files[i].size;
    return AVT_OK;
}

enum avt_code avt_painting_choose(const char *spec, const struct avt_hardware_wish *wish,
                                  struct avt_painting_choice *ret_choice, struct avt_error *reterr)
{
    return choose(&painters, spec, wish, ret_choice, reterr);
}

static void fill_strength(struct avt_painting_choice *choice)
{
    if (choice->strength < 0)
        choice->strength = choice->engine == &avt_painter_restore ? RESTORE_STRENGTH : 1;
}

enum avt_code avt_enhancing_choose(const char *spec, const struct avt_hardware_wish *wish,
                                   struct avt_painting_choice *ret_choice, struct avt_error *reterr)
{
    const char *colon = spec ? strchr(spec, ':') : NULL;
    char name[SPEC_BYTES_MAX];
    double strength = -1; /* the engine's usual one */
    *ret_choice = (struct avt_painting_choice){0};
    if (colon && ((size_t)(colon - spec) >= sizeof(name) || !avt_parse_double(colon + 1, 0, 1, &strength)))
        return avt_fail(reterr, AVT_EINVAL, "'%.64s' is no strength: use a number from 0 to 1", colon + 1);
    if (colon)
        snprintf(name, sizeof(name), "%.*s", (int)(colon - spec), spec);
    enum avt_code code = choose(&enhancers, colon ? name : spec, wish, ret_choice, reterr);
    ret_choice->strength = (float)strength;
    if (!ret_choice->is_auto)
        fill_strength(ret_choice);
    return code;
}

int64_t avt_painting_bytes(const struct avt_painting_choice *choice, enum avt_device device)
{
    double share = device == AVT_DEVICE_GPU ? GPU_SHARE : CPU_SHARE;
    if (!choice->engine)
        return 0;
    int64_t work = (int64_t)((double)choice->bytes * share);
    int64_t least = choice->engine == &avt_painter_upscale ? UPSCALE_WORK_MIN : WORK_MIN;
    return choice->bytes + (work > least ? work : least);
}

/* The best that fits beside `taken` bytes on the GPU. @param ret_imported  How many there are of any size. */
static bool settle(const struct kind *kind, struct avt_painting_choice *choice, const struct avt_hardware *hardware,
                   int64_t taken, int *ret_imported, char ret_why[AVT_PAINTING_WHY_SIZE])
{
    const struct avt_hardware_wish wish = {.profile = hardware->profile};
    *ret_imported = 0;
    choice->is_auto = false;
    for (size_t i = 0; i < ENGINES_COUNT; i++) {
        struct avt_painting_choice found;
        if (choose(kind, kind->engines[i]->name, &wish, &found, NULL) != AVT_OK)
            continue;
        *ret_imported += 1;
        bool fits = avt_painting_bytes(&found, AVT_DEVICE_GPU) + taken <= hardware->vram_bytes;
        if (hardware->device == AVT_DEVICE_GPU && fits) {
            *choice = found;
            snprintf(ret_why, AVT_PAINTING_WHY_SIZE,
                     "%s (%.40s): the best that is imported and fits into %.1f GB of the GPU", found.engine->version,
                     found.name, (double)hardware->vram_bytes / 1e9);
            return true;
        }
        avt_painting_choice_done(&found);
    }
    return false;
}

void avt_painting_settle(struct avt_painting_choice *choice, const struct avt_hardware *hardware,
                         char ret_why[AVT_PAINTING_WHY_SIZE])
{
    int imported;
    if (settle(&painters, choice, hardware, 0, &imported, ret_why))
        return;
    if (hardware->device == AVT_DEVICE_CPU)
        snprintf(ret_why, AVT_PAINTING_WHY_SIZE, "builtin: without a GPU all others take longer than the film plays");
    else
        snprintf(ret_why, AVT_PAINTING_WHY_SIZE,
                 "builtin: no other engine is imported that fits into %.1f GB of the GPU",
                 (double)hardware->vram_bytes / 1e9);
}

void avt_enhancing_settle(struct avt_painting_choice *choice, const struct avt_painting_choice *painter,
                          const struct avt_hardware *hardware, char ret_why[AVT_PAINTING_WHY_SIZE])
{
    float strength = choice->strength;
    int imported;
    bool is_settled = settle(&enhancers, choice, hardware, avt_painting_bytes(painter, AVT_DEVICE_GPU), &imported,
                             ret_why);
    choice->strength = strength;
    fill_strength(choice);
    if (is_settled)
        return;
    if (imported == 0)
        snprintf(ret_why, AVT_PAINTING_WHY_SIZE, "none: no network that makes pictures sharper is imported, or several "
                                                 "of a kind, of which one must be named");
    else if (hardware->device == AVT_DEVICE_CPU)
        snprintf(ret_why, AVT_PAINTING_WHY_SIZE, "none: without a GPU it takes many times as long as the film plays");
    else
        snprintf(ret_why, AVT_PAINTING_WHY_SIZE, "none: what is imported does not fit into %.1f GB of the GPU%s",
                 (double)hardware->vram_bytes / 1e9, painter->engine ? " beside the painter" : "");
}

void avt_painting_choice_done(struct avt_painting_choice *choice)
{
    avt_free(choice->folder);
    avt_free(choice->name);
    *choice = (struct avt_painting_choice){0};
}
