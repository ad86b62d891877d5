/* SPDX-License-Identifier: Apache-2.0 */
/* models import, models forget, and the imported ones of models list. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/imported.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

static json_t *imported_json(const struct avt_imported_model *model)
{
    json_t *object = json_object();
    avt_cli_set_text(object, "name", model->name);
    avt_cli_set_text(object, "engine", model->engine);
    avt_cli_set_text(object, "kind", model->kind);
    avt_cli_set_text(object, "licence", model->licence);
    avt_cli_set_text(object, "folder", model->folder);
    if (*model->language)
        avt_cli_set_text(object, "language", model->language);
    if (*model->precision)
        avt_cli_set_text(object, "precision", model->precision);
    avt_cli_set_bool(object, "present", model->present);
    if (model->file_count > 0) {
        avt_cli_set_int(object, "files", model->file_count);
        avt_cli_set_int(object, "size_bytes", model->size_bytes);
        avt_cli_set_bool(object, "restricted", model->restricted);
    }
    return object;
}

static struct avt_imported_model *new_model(void)
{
    struct avt_imported_model *model = avt_new0(struct avt_imported_model, 1);
    model->size = sizeof(*model);
    return model;
}

enum avt_code avt_cli_list_imported(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *const headings[] = {"imported", "engine", "kind", "weights", "state", "folder"};
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 6);
    AVT_CLEANUP(avt_freep) struct avt_imported_model *model = new_model();
    json_t *list = json_array();
    json_object_set_new(result, "imported", list);
    size_t count = 0;
    enum avt_code code = avt_models_imported_count(cli->context, &count, reterr);
    for (size_t i = 0; i < count && code == AVT_OK; i++) {
        code = avt_models_imported_get(cli->context, i, model, reterr);
        if (code != AVT_OK)
            break;
        json_array_append_new(list, imported_json(model));
        avt_table_row(table, (const char *[]){model->name, model->engine, model->kind, model->precision,
                                              model->present ? "there" : "folder gone", model->folder});
    }
    if (code == AVT_OK && count > 0 && avt_cli_talks(cli)) {
        avt_cli_say(cli, "\n");
        avt_table_print(table, stdout, cli->width);
    }
    return code;
}

void avt_cli_say_needs(struct avt_cli *cli)
{
    if (!avt_cli_talks(cli))
        return;
    AVT_CLEANUP(avt_freep) char *text = avt_strdup(avt_models_import_needs());
    for (char *line = text, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = '\0';
        avt_progress_line_message(cli->progress, "", line);
    }
}

static void say_sd(struct avt_cli *cli, const struct avt_imported_model *model)
{
    avt_cli_say(cli, "%s: %s, %d pixels%s, %d step%s, %s\n", model->name, model->kind, model->side,
                model->side_fixed ? " and no other size" : "", model->steps, model->steps == 1 ? "" : "s",
                model->small_decoder ? "with TAESD" : "without TAESD, whose decoder would be many times as fast");
    avt_cli_say(cli, "Licence: usually %s; read the model's own, it binds you.\n", model->licence);
    avt_cli_say(cli, "The files stay in %s: leave the folder there.\n", model->folder);
    avt_cli_say(cli, "Make a presenter: avatar avatar generate \"a friendly doctor\" --engine sd --model %s\n",
                model->name);
}

static void say_weights(struct avt_cli *cli, const struct avt_imported_model *model)
{
    char size[24];
    avt_cli_say(cli, "%s: %s, %d file%s of %s, weights of %s, tried and good\n", model->name, model->engine,
                model->file_count, model->file_count == 1 ? "" : "s", avt_text_bytes(model->size_bytes, size),
                model->precision);
    avt_cli_say(cli, "Licence: %s\n", model->licence);
    avt_cli_say(cli, "The files stay in %s: leave the folder there.\n", model->folder);
    avt_cli_say(cli, "Use it: --%s %s\n", model->kind, model->name);
}

static json_t *sd_json(const struct avt_imported_model *model)
{
    json_t *told = imported_json(model);
    avt_cli_set_int(told, "size", model->side);
    avt_cli_set_bool(told, "size_fixed", model->side_fixed);
    avt_cli_set_int(told, "steps", model->steps);
    avt_cli_set_bool(told, "taesd", model->small_decoder);
    return told;
}

static void on_import(const char *file, const char *stage, long long done, long long total, void *user)
{
    struct avt_cli *cli = user;
    if (avt_interrupted())
        avt_context_cancel(cli->context);
    (void)stage; /* each file is looked at, tried and hashed: to people it is one check */
    avt_progress_line_step(cli->progress, "check", total > 0 ? (double)done / (double)total : -1, file);
}

enum avt_code avt_cmd_models_import(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    AVT_CLEANUP(avt_freep) struct avt_imported_model *model = new_model();
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_import_options options = AVT_IMPORT_OPTIONS_INIT;
    options.folder = args->operands[0];
    options.name = args->text[AVT_OPT_MODEL_NAME];
    options.language = args->text[AVT_OPT_MODEL_LANGUAGE];
    options.accept_licence = args->given[AVT_OPT_ACCEPT_LICENCE] > 0;
    options.progress = on_import;
    options.user = cli;
    code = avt_models_import(cli->context, &options, model, reterr);
    avt_progress_line_clear(cli->progress);
    if (code == AVT_EMODEL || code == AVT_EMODELBAD)
        cli->hint = "docs/engines.md and docs/stable-diffusion.md tell how a model gets into such a folder";
    if (code == AVT_EMODEL && !*model->engine) /* nobody's files: those of Stable Diffusion are told apart last */
        avt_cli_say_needs(cli);
    if (code != AVT_OK)
        return code;
    bool is_sd = strcmp(model->engine, "sd") == 0;
    json_object_set_new(result, "imported", is_sd ? sd_json(model) : imported_json(model));
    (is_sd ? say_sd : say_weights)(cli, model);
    return AVT_OK;
}

enum avt_code avt_cmd_models_forget(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *name = cli->args.operands[0];
    cli->hint = "'avatar models list' shows the imported models";
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = avt_models_forget(cli->context, name, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "forgotten", name);
    avt_cli_say(cli, "%s is forgotten; the files of the model stay where they are\n", name);
    return AVT_OK;
}
