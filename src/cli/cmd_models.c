/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/imported.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

static const char *const state_names[] = {
    [AVT_MODEL_MISSING] = "missing",
    [AVT_MODEL_INSTALLED] = "installed",
    [AVT_MODEL_DAMAGED] = "damaged",
};

/* ---- models list --------------------------------------------------------------------------- */

static json_t *model_json(const struct avt_model_info *model)
{
    json_t *object = json_object();
    avt_cli_set_text(object, "id", model->id);
    avt_cli_set_text(object, "title", model->title);
    avt_cli_set_text(object, "version", model->version);
    avt_cli_set_text(object, "licence", model->licence);
    avt_cli_set_text(object, "source", model->source);
    avt_cli_set_text(object, "path", model->path);
    avt_cli_set_int(object, "size_bytes", model->size_bytes);
    avt_cli_set_bool(object, "required", model->required);
    avt_cli_set_bool(object, "committed", model->committed);
    avt_cli_set_text(object, "state", state_names[model->state]);
    return object;
}

static void add_model(struct avt_table *table, const struct avt_model_info *model, bool verbose)
{
    char size[24] = "-", state[48]; /* what is built on this machine has no size of its own */
    snprintf(state, sizeof(state), "%s%s", state_names[model->state],
             model->state == AVT_MODEL_MISSING && !model->required ? " (not required)" : "");
    if (model->size_bytes > 0)
        avt_text_bytes(model->size_bytes, size);
    const char *what = verbose && *model->path ? model->path : model->title;
    avt_table_row(table, verbose ? (const char *[]){model->id, model->version, size, model->licence,
                                                    state, model->source, what}
                                 : (const char *[]){model->id, model->version, size, model->licence,
                                                    state, what});
}

enum avt_code avt_cmd_models_list(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    bool verbose = cli->verbosity > 0;
    const char *const brief[] = {"id", "version", ">size", "licence", "state", "what it is"};
    const char *const whole[] = {"id",    "version", ">size",    "licence",
                                 "state", "source",  "path or what it is"};
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_table_freep) struct avt_table *table =
        verbose ? avt_table_new(whole, 7) : avt_table_new(brief, 6);
    AVT_CLEANUP(avt_freep) struct avt_model_info *model = avt_new0(struct avt_model_info, 1);
    json_t *models = json_array();
    json_object_set_new(result, "models", models);
    for (size_t i = 0; i < avt_models_count(cli->context); i++) {
        code = avt_models_get(cli->context, i, model);
        if (code != AVT_OK)
            return avt_fail(reterr, code, "model %zu of the list cannot be read", i);
        json_array_append_new(models, model_json(model));
        add_model(table, model, verbose);
    }
    if (avt_cli_talks(cli))
        avt_table_print(table, stdout, cli->width);
    return avt_cli_list_imported(cli, result, reterr);
}

/* ---- models fetch -------------------------------------------------------------------------- */

static void on_fetch(const char *id, const char *stage, long long done, long long total, void *user)
{
    struct avt_cli *cli = user;
    char what[96], detail[64], done_text[24], total_text[24];
    if (avt_interrupted())
        avt_context_cancel(cli->context);
    snprintf(what, sizeof(what), "%s %s", stage, id);
    avt_text_bytes(done, done_text);
    if (total > 0)
        snprintf(detail, sizeof(detail), "%s of %s", done_text, avt_text_bytes(total, total_text));
    else
        snprintf(detail, sizeof(detail), "%s", done > 0 ? done_text : "");
    avt_progress_line_step(cli->progress, what, total > 0 ? (double)done / (double)total : -1,
                           detail);
}

/** Ids of what is installed now, for the report of what a fetch changed. */
static json_t *installed(struct avt_context *context)
{
    json_t *list = json_array();
    AVT_CLEANUP(avt_freep) struct avt_model_info *model = avt_new0(struct avt_model_info, 1);
    for (size_t i = 0; i < avt_models_count(context); i++)
        if (avt_models_get(context, i, model) == AVT_OK && model->state == AVT_MODEL_INSTALLED)
            json_array_append_new(list, json_string(model->id));
    return list;
}

enum avt_code avt_cmd_models_fetch(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    bool force = args->given[AVT_OPT_FORCE] > 0;
    cli->hint = "'avatar models list' shows all models and their state";
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code == AVT_OK && args->operand_count == 0)
        code = avt_models_fetch(cli->context, NULL, force, on_fetch, cli, reterr);
    for (size_t i = 0; i < args->operand_count && code == AVT_OK; i++) {
        if (avt_interrupted())
            return avt_fail(reterr, AVT_ECANCELLED, "stopped");
        code = avt_models_fetch(cli->context, args->operands[i], force, on_fetch, cli, reterr);
    }
    if (cli->context) {
        json_t *list = installed(cli->context);
        size_t count = json_array_size(list);
        json_object_set_new(result, "installed", list);
        if (code == AVT_OK)
            avt_cli_say(cli, "%zu of %zu models are installed\n", count,
                        avt_models_count(cli->context));
    }
    return code;
}

/* ---- models verify ------------------------------------------------------------------------- */

struct verification {
    struct avt_cli *cli;
    struct avt_table *table;
    json_t *list;
    enum avt_code code; /* of the first that failed */
    struct avt_error error;
    size_t checked, failed;
};

static void verify(struct verification *v, const char *id)
{
    struct avt_error error = {0};
    avt_progress_line_step(v->cli->progress, "verify", -1, id);
    enum avt_code code = avt_models_verify(v->cli->context, id, &error);
    v->checked++;
    if (code != AVT_OK && v->failed++ == 0) {
        v->code = code;
        v->error = error;
    }
    json_t *object = json_object();
    avt_cli_set_text(object, "id", id);
    avt_cli_set_bool(object, "ok", code == AVT_OK);
    avt_cli_set_text(object, "message", error.message);
    json_array_append_new(v->list, object);
    avt_table_row(v->table, (const char *[]){id, code == AVT_OK ? "ok" : "broken", error.message});
}

enum avt_code avt_cmd_models_verify(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const char *const headings[] = {"id", "state", ""};
    cli->hint = "'avatar models list' shows all models and their state";
    enum avt_code code = avt_cli_context(cli, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_table_freep) struct avt_table *table = avt_table_new(headings, 3);
    struct verification v = {.cli = cli, .table = table, .list = json_array()};
    json_object_set_new(result, "models", v.list);
    for (size_t i = 0; i < cli->args.operand_count && !avt_interrupted(); i++)
        verify(&v, cli->args.operands[i]);
    AVT_CLEANUP(avt_freep) struct avt_model_info *model = avt_new0(struct avt_model_info, 1);
    for (size_t i = 0; cli->args.operand_count == 0 && i < avt_models_count(cli->context); i++)
        if (!avt_interrupted() && avt_models_get(cli->context, i, model) == AVT_OK &&
            (model->required || model->state != AVT_MODEL_MISSING))
            verify(&v, model->id);
    if (avt_interrupted())
        return avt_fail(reterr, AVT_ECANCELLED, "stopped");
    avt_progress_line_clear(cli->progress);
    if (avt_cli_talks(cli))
        avt_table_print(table, stdout, cli->width);
    if (v.failed == 0)
        return AVT_OK;
    if (v.failed == 1)
        return avt_fail(reterr, v.code, "%s", v.error.message);
    return avt_fail(reterr, v.code, "%zu of %zu models are not in order", v.failed, v.checked);
}
