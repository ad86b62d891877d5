/* SPDX-License-Identifier: Apache-2.0 */
/* Models of the public interface: what is installed, fetching, verifying. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "lib/context.h"
#include "nn/imported.h"
#include "nn/session.h"
#include "os/paths.h"
#include "portrait/bust.h"
#include "portrait/sd.h"
#include "voice/hanzi.h"
#include "voice/lexicon.h"

size_t avt_models_count(struct avt_context *context)
{
    struct avt_registry *registry = NULL;
    return avt_context_registry(context, &registry, NULL) == AVT_OK ? avt_registry_count(registry)
                                                                    : 0;
}

enum avt_code avt_models_get(struct avt_context *context, size_t index,
                             struct avt_model_info *ret_model)
{
    struct avt_registry *registry = NULL;
    enum avt_code code = avt_context_registry(context, &registry, NULL);
    if (code != AVT_OK || index >= avt_registry_count(registry))
        return code != AVT_OK ? code : AVT_EINVAL;
    const struct avt_asset *asset = avt_registry_get(registry, index);
    *ret_model = (struct avt_model_info){.size_bytes = asset->size_bytes,
                                         .required = asset->required,
                                         .committed = asset->committed};
    snprintf(ret_model->id, sizeof(ret_model->id), "%s", asset->id);
    snprintf(ret_model->title, sizeof(ret_model->title), "%s", asset->title);
    snprintf(ret_model->version, sizeof(ret_model->version), "%s", asset->version);
    snprintf(ret_model->licence, sizeof(ret_model->licence), "%s", asset->licence);
    snprintf(ret_model->source, sizeof(ret_model->source), "%s", asset->source);
    AVT_CLEANUP(avt_freep) char *path = NULL;
    code = avt_registry_path(registry, asset->id, &path, NULL);
    ret_model->state = code == AVT_OK       ? AVT_MODEL_INSTALLED
                       : code == AVT_EMODEL ? AVT_MODEL_MISSING
                                            : AVT_MODEL_DAMAGED;
    snprintf(ret_model->path, sizeof(ret_model->path), "%s", path ? path : "");
    return AVT_OK;
}

enum avt_code avt_models_verify(struct avt_context *context, const char *id,
                                struct avt_error *reterr)
{
    struct avt_registry *registry = NULL;
    enum avt_code code = avt_context_registry(context, &registry, reterr);
    return code == AVT_OK ? avt_registry_verify(registry, id, reterr) : code;
}

/* The lexicons are compiled on this machine from the dictionaries that were fetched, the head is baked. */
static enum avt_code build(const char *id, const char *const *source_paths, size_t source_count,
                           const char *out_path, void *user, struct avt_error *reterr)
{
    (void)user;
    if (avt_str_equal(id, "head"))
        return avt_head_bake(source_paths, source_count, out_path, reterr);
    bool chinese = avt_str_equal(id, "lexicon-zh");
    if (source_count != (chinese ? 3 : 2))
        return avt_fail(reterr, AVT_EINTERNAL, "'%s' cannot be built from %zu files", id,
                        source_count);
    if (chinese)
        return avt_hanzi_compile(source_paths[0], source_paths[1], source_paths[2], out_path,
                                 reterr);
    return avt_lexicon_compile(source_paths[0], source_paths[1], out_path, reterr);
}

struct fetch {
    avt_fetch_fn progress;
    void *user;
};

static void on_progress(const char *id, const char *stage, long long done, long long total,
                        void *user)
{
    const struct fetch *fetch = user;
    fetch->progress(id, stage, done, total, fetch->user);
}

enum avt_code avt_models_fetch(struct avt_context *context, const char *id, int force,
                               avt_fetch_fn progress, void *user, struct avt_error *reterr)
{
    avt_context_begin(context);
    struct avt_registry *registry = NULL;
    enum avt_code code = avt_context_registry(context, &registry, reterr);
    if (code != AVT_OK)
        return code;
    struct fetch fetch = {progress, user};
    struct avt_fetch_options options = {.force = force != 0,
                                        .cancel = &context->cancel,
                                        .progress = progress ? on_progress : NULL,
                                        .build = build,
                                        .user = &fetch};
    return avt_registry_fetch(registry, id, &options, reterr);
}

/* ---- imported ones --------------------------------------------------------------------------- */

_Static_assert(sizeof(((struct avt_imported_model *)0)->name) == AVT_IMPORTED_NAME_SIZE, "public and inner sizes");
_Static_assert(sizeof(((struct avt_imported_model *)0)->folder) == AVT_IMPORTED_FOLDER_SIZE, "agree");

/* Links stay as they are: the name of a folder may tell what is in it (avt_sd_folder_kind()). NULL: too long, or the
 * working folder is gone. Owned. */
static char *absolute(const char *folder)
{
    char here[PATH_MAX];
    const char *last = avt_path_basename(folder);
    bool has_name = *last && !avt_str_equal(last, ".") && !avt_str_equal(last, "..");
    if (!has_name && realpath(folder, here))
        return avt_strdup(here);
    if (folder[0] == '/')
        return avt_strdup(folder);
    return getcwd(here, sizeof(here)) ? avt_path_join(here, folder) : NULL;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void describe_import(const struct avt_imported *entry, struct avt_imported_model *model)
{
    enum avt_sd_kind kind;
    *model = (struct avt_imported_model){.present = is_folder(entry->folder)};
    snprintf(model->name, sizeof(model->name), "%s", entry->name);
    snprintf(model->engine, sizeof(model->engine), "%s", entry->engine);
    snprintf(model->kind, sizeof(model->kind), "%s", entry->kind);
    snprintf(model->folder, sizeof(model->folder), "%s", entry->folder);
    if (avt_sd_kind_parse(entry->kind, &kind))
        snprintf(model->licence, sizeof(model->licence), "%s", avt_sd_kind_licence(kind));
}

static void give(const struct avt_imported_model *model, struct avt_imported_model *ret_model)
{
    size_t size = ret_model->size;
    memcpy(ret_model, model, size < sizeof(*model) ? size : sizeof(*model));
    ret_model->size = size;
}

static enum avt_code name_import(const char *folder, const char *name, struct avt_imported *entry,
                                 struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = absolute(folder);
    if (!path || strlen(path) >= sizeof(entry->folder))
        return avt_fail(reterr, AVT_EINVAL, "the path of '%.200s' is too long", folder);
    if (!is_folder(path))
        return avt_fail(reterr, AVT_EMODEL, "there is no folder '%.300s' with a model to import", folder);
    snprintf(entry->folder, sizeof(entry->folder), "%s", path);
    if (!name && !avt_imported_name_of(path, entry->name))
        return avt_fail(reterr, AVT_EINVAL, "no name can be made of '%.300s': give one", path);
    /* Here already, before much time goes into the check of the folder. */
    enum avt_code code = name ? avt_imported_check_name(name, reterr) : AVT_OK;
    if (code == AVT_OK && name)
        snprintf(entry->name, sizeof(entry->name), "%s", name);
    return code;
}

enum avt_code avt_models_import(struct avt_context *context, const char *folder, const char *name,
                                struct avt_imported_model *ret_model, struct avt_error *reterr)
{
    avt_context_begin(context);
    AVT_CLEANUP(avt_freep) struct avt_imported *entry = avt_new0(struct avt_imported, 1);
    AVT_CLEANUP(avt_freep) struct avt_imported_model *model = avt_new0(struct avt_imported_model, 1);
    struct avt_sd_info info = {0};
    enum avt_code code = name_import(folder, name, entry, reterr);
    if (code == AVT_OK)
        code = avt_nn_start(context->threads, reterr);
    if (code == AVT_OK)
        code = avt_sd_check(entry->folder, &info, reterr);
    if (code != AVT_OK)
        return code;
    snprintf(entry->engine, sizeof(entry->engine), "sd");
    snprintf(entry->kind, sizeof(entry->kind), "%s", avt_sd_kind_name(info.kind));
    code = avt_imported_add(entry, reterr);
    if (code != AVT_OK)
        return code;
    describe_import(entry, model);
    model->side = info.size;
    model->side_fixed = info.is_fixed;
    model->steps = info.steps;
    model->small_decoder = info.has_taesd;
    give(model, ret_model);
    return AVT_OK;
}

enum avt_code avt_models_imported_count(struct avt_context *context, size_t *ret_count, struct avt_error *reterr)
{
    (void)context;
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code == AVT_OK)
        *ret_count = list.count;
    return code;
}

enum avt_code avt_models_imported_get(struct avt_context *context, size_t index, struct avt_imported_model *ret_model,
                                      struct avt_error *reterr)
{
    (void)context;
    AVT_CLEANUP(avt_imported_done) struct avt_imported_list list = {0};
    AVT_CLEANUP(avt_freep) struct avt_imported_model *model = avt_new0(struct avt_imported_model, 1);
    enum avt_code code = avt_imported_load(&list, reterr);
    if (code == AVT_OK && index >= list.count)
        code = avt_fail(reterr, AVT_EINVAL, "%zu models are imported; there is no number %zu", list.count, index);
    if (code != AVT_OK)
        return code;
    describe_import(&list.items[index], model);
    give(model, ret_model);
    return AVT_OK;
}

enum avt_code avt_models_forget(struct avt_context *context, const char *name, struct avt_error *reterr)
{
    (void)context;
    return avt_imported_remove(name, reterr);
}

const char *avt_models_import_needs(void)
{
    return avt_sd_needs();
}
