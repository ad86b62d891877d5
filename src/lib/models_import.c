/* SPDX-License-Identifier: Apache-2.0 */
/* Models that users bring: Stable Diffusion in its folders, and the weights of the engines of nn/weights.h. */
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
#include "nn/weights.h"
#include "os/paths.h"
#include "portrait/sd.h"
#include "voice/pocket.h"
#include "voice/vits.h"
#include "voice/xtts.h"
#include "voice/xtts_text.h"

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

/* @param weights  Of its engine; NULL: of none that has some. */
static void describe_import(const struct avt_imported *entry, const struct avt_weights *weights,
                            struct avt_imported_model *model)
{
    enum avt_sd_kind kind;
    *model = (struct avt_imported_model){.present = is_folder(entry->folder), .restricted = entry->is_accepted};
    snprintf(model->name, sizeof(model->name), "%s", entry->name);
    snprintf(model->engine, sizeof(model->engine), "%s", entry->engine);
    snprintf(model->kind, sizeof(model->kind), "%s", entry->kind);
    snprintf(model->folder, sizeof(model->folder), "%s", entry->folder);
    if (weights)
        snprintf(model->licence, sizeof(model->licence), "%s", weights->licence);
    else if (avt_sd_kind_parse(entry->kind, &kind))
        snprintf(model->licence, sizeof(model->licence), "%s", avt_sd_kind_licence(kind));
    snprintf(model->language, sizeof(model->language), "%s", entry->language);
    snprintf(model->precision, sizeof(model->precision), "%s", entry->precision);
    model->file_count = (int)entry->file_count;
    for (size_t i = 0; i < entry->file_count; i++)
        model->size_bytes += entry->files[i].size;
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

/* ---- Stable Diffusion ------------------------------------------------------------------------- */

static enum avt_code import_sd(struct avt_imported *entry, struct avt_imported_model *model, struct avt_error *reterr)
{
    struct avt_sd_info info = {0};
    enum avt_code code = avt_sd_check(entry->folder, &info, reterr);
    if (code != AVT_OK)
        return code;
    snprintf(entry->engine, sizeof(entry->engine), "sd");
    snprintf(entry->kind, sizeof(entry->kind), "%s", avt_sd_kind_name(info.kind));
    describe_import(entry, NULL, model);
    model->side = info.size;
    model->side_fixed = info.is_fixed;
    model->steps = info.steps;
    model->small_decoder = info.has_taesd;
    return AVT_OK;
}

/* ---- weights ---------------------------------------------------------------------------------- */

struct teller {
    const struct avt_import_options *options;
};

static void on_progress(const char *file, const char *stage, double fraction, void *user)
{
    const struct teller *teller = user;
    teller->options->progress(file, stage, (long long)(1000 * fraction), 1000, teller->options->user);
}

/* What lies beside the networks and is no network: read as it will be when it is used. */
static enum avt_code read_beside(const struct avt_weights *weights, const char *folder, struct avt_error *reterr)
{
    enum avt_code code = AVT_OK;
    if (avt_str_equal(weights->engine, "vits")) {
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, AVT_VITS_CONFIG);
        AVT_CLEANUP(avt_freep) struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
        code = avt_vits_config_read(path, config, reterr);
    } else if (avt_str_equal(weights->engine, "xtts")) {
        AVT_CLEANUP(avt_freep) char *path = avt_path_join(folder, AVT_XTTS_CONFIG);
        AVT_CLEANUP(avt_freep) char *vocabulary = avt_path_join(folder, AVT_XTTS_VOCABULARY);
        AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = NULL;
        struct avt_xtts_config config = {0};
        code = avt_xtts_config_read(path, &config, reterr);
        if (code == AVT_OK)
            code = avt_xtts_text_open(vocabulary, NULL, &text, reterr);
    }
    return code == AVT_EFORMAT ? AVT_EMODELBAD : code;
}

static enum avt_code import_weights(struct avt_context *context, const struct avt_import_options *options,
                                    const struct avt_weights *weights, struct avt_imported *entry,
                                    struct avt_imported_model *model, struct avt_error *reterr)
{
    struct teller teller = {options};
    const struct avt_weights_check check = {.cancel = &context->cancel,
                                            .progress = options->progress ? on_progress : NULL,
                                            .user = &teller};
    AVT_CLEANUP(avt_freep) struct avt_weights_prints *prints = avt_new0(struct avt_weights_prints, 1);
    if (!weights->is_commercial && !options->accept_licence)
        return avt_fail(reterr, AVT_EINVAL,
                        "the weights of %s are not for every use: %s If yours is one of these, say so with "
                        "--accept-licence",
                        weights->title, weights->licence);
    if (options->language && !avt_str_equal(weights->engine, "pocket"))
        return avt_fail(reterr, AVT_EINVAL, "the files of %s tell what it speaks: leave --language out",
                        weights->title);
    if (options->language && !avt_pocket_speaks(options->language))
        return avt_fail(reterr, AVT_EINVAL, "there is no Pocket TTS of '%.16s': use en, de, es, fr, it or pt",
                        options->language);
    enum avt_code code = avt_weights_examine(weights, entry->folder, &check, prints, reterr);
    if (code == AVT_OK)
        code = read_beside(weights, entry->folder, reterr);
    if (code != AVT_OK)
        return code;
    snprintf(entry->engine, sizeof(entry->engine), "%s", weights->engine);
    snprintf(entry->kind, sizeof(entry->kind), "%s", weights->stage);
    snprintf(entry->language, sizeof(entry->language), "%s", options->language ? options->language : "");
    snprintf(entry->precision, sizeof(entry->precision), "%s", prints->precision);
    entry->is_accepted = !weights->is_commercial;
    for (size_t i = 0; i < prints->count; i++) {
        struct avt_imported_file *file = &entry->files[entry->file_count++];
        snprintf(file->name, sizeof(file->name), "%s", prints->items[i].name);
        memcpy(file->sha256, prints->items[i].sha256, sizeof(file->sha256));
        file->size = prints->items[i].size;
    }
    describe_import(entry, weights, model);
    return AVT_OK;
}

/* ---- the public interface -------------------------------------------------------------------- */

enum avt_code avt_models_import(struct avt_context *context, const struct avt_import_options *given,
                                struct avt_imported_model *ret_model, struct avt_error *reterr)
{
    struct avt_import_options options = AVT_IMPORT_OPTIONS_INIT;
    memcpy(&options, given, given->size < sizeof(options) ? given->size : sizeof(options));
    avt_context_begin(context);
    AVT_CLEANUP(avt_freep) struct avt_imported *entry = avt_new0(struct avt_imported, 1);
    AVT_CLEANUP(avt_freep) struct avt_imported_model *model = avt_new0(struct avt_imported_model, 1);
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *list = NULL;
    enum avt_code code = name_import(options.folder, options.name, entry, reterr);
    if (code == AVT_OK)
        code = avt_weights_load(&list, reterr);
    if (code == AVT_OK)
        code = avt_nn_start(context->threads, reterr);
    if (code != AVT_OK)
        return code;
    const struct avt_weights *weights = avt_weights_recognise(list, entry->folder);
    if (weights) /* told of a failure, too */
        snprintf(ret_model->engine, sizeof(ret_model->engine), "%s", weights->engine);
    code = weights ? import_weights(context, &options, weights, entry, model, reterr)
                   : import_sd(entry, model, reterr);
    if (code == AVT_OK)
        code = avt_imported_add(entry, reterr);
    if (code == AVT_OK)
        give(model, ret_model);
    return code;
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
    /* Without the program's list there are no licences to tell, and the rest is as good. */
    AVT_CLEANUP(avt_weights_freep) struct avt_weights_list *engines = NULL;
    bool has_list = avt_weights_load(&engines, NULL) == AVT_OK;
    describe_import(&list.items[index], has_list ? avt_weights_find(engines, list.items[index].engine) : NULL, model);
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
