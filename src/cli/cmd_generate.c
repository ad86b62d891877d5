/* SPDX-License-Identifier: Apache-2.0 */
/* avatar generate: a presenter out of words. */
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/imported.h"
#include "cli/interrupt.h"
#include "cli/keep_avatar.h"
#include "cli/terminal.h"
#include "os/paths.h"

enum { ATTRIBUTES_BYTES_MAX = 64 << 10 };

/* "look 12 34 ..." is too much to read: what people would name first. */
static void say_presenter(struct avt_cli *cli, const json_t *presenter)
{
    static const char *const shown[] = {"age", "hair", "hair_colour", "eye_colour", "clothing", "scenery"};
    const json_t *attributes = json_object_get(presenter, "attributes");
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(1024);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        const json_t *value = json_object_get(attributes, shown[i]);
        if (json_is_string(value))
            avt_buf_printf(&text, ", %s %s", shown[i], json_string_value(value));
        else if (json_is_number(value))
            avt_buf_printf(&text, ", %s %.0f", shown[i], json_number_value(value));
    }
    for (char *c = text.data; c && *c; c++)
        if (*c == '_')
            *c = ' ';
    avt_cli_say(cli, "  seed %lld%s\n", (long long)json_integer_value(json_object_get(presenter, "seed")),
                avt_buf_str(&text));
}

/* Of a picture by sd, which has no attributes. */
static void say_picture(struct avt_cli *cli, const json_t *presenter)
{
    long long reseeds = json_integer_value(json_object_get(presenter, "reseeds"));
    char tried[48] = "";
    if (reseeds > 0)
        snprintf(tried, sizeof(tried), ", after %lld that would not do", reseeds);
    avt_cli_say(cli, "  seed %lld, model %s%s\n", (long long)json_integer_value(json_object_get(presenter, "seed")),
                json_string_value(json_object_get(presenter, "model")), tried);
}

static void say_doubts(struct avt_cli *cli, const json_t *result)
{
    size_t i;
    json_t *value;
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(AVT_ERROR_MESSAGE_MAX);
    json_array_foreach(json_object_get(result, "unknown"), i, value)
        avt_buf_printf(&text, "%s%s", i ? ", " : "not understood: ", json_string_value(value));
    avt_cli_warn(cli, avt_buf_str(&text));
    json_array_foreach(json_object_get(result, "notes"), i, value)
        avt_cli_warn(cli, json_string_value(value));
}

static bool is_diffused(const struct avt_cli *cli)
{
    return avt_str_equal(cli->args.text[AVT_OPT_ENGINE], "sd");
}

/* Beside an error of sd; the usual ones are about pictures that were given, and models that can be fetched. */
static const char *hint_of(enum avt_code code)
{
    switch (code) {
    case AVT_EMODEL:
        return "'avatar models import DIR' registers a model";
    case AVT_ENOFACE:
    case AVT_EFACE:
        return "docs/stable-diffusion.md tells what a picture has to show";
    default:
        return "'avatar models list' shows the imported models";
    }
}

static enum avt_code run(struct avt_cli *cli, const char *attributes, struct avt_generate_result *made,
                         struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    struct avt_generate_options options = AVT_GENERATE_OPTIONS_INIT;
    options.prompt = args->operand_count ? args->operands[0] : NULL;
    options.attributes = attributes;
    options.look = args->text[AVT_OPT_LOOK];
    options.seed = (uint64_t)args->number[AVT_OPT_SEED_PRESENTER];
    options.variations = (int)args->number[AVT_OPT_VARIATIONS];
    options.output = args->text[AVT_OPT_OUTPUT_PRESENTER];
    options.engine = args->text[AVT_OPT_ENGINE];
    options.model = args->text[AVT_OPT_MODEL];
    /* The size that is shown as usual is that of the other engine. */
    if (!is_diffused(cli) || args->given[AVT_OPT_SIZE_PRESENTER])
        options.size_spec = args->text[AVT_OPT_SIZE_PRESENTER];
    options.progress = options.variations > 1 || is_diffused(cli) ? avt_cli_on_progress : NULL;
    options.user = cli;
    return avt_avatar_generate(cli->context, &options, made, reterr);
}

/* ---- --name ---------------------------------------------------------------------------------- */

/* Before anybody is drawn: a name that will not do, a storage that is somebody else's. */
static enum avt_code open_store(struct avt_cli *cli, struct avt_jobstore **ret_store, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    if (!args->text[AVT_OPT_NAME_PRESENTER])
        return AVT_OK;
    if (args->number[AVT_OPT_VARIATIONS] > 1)
        return avt_fail(reterr, AVT_EINVAL,
                        "a sheet of several people makes no avatar profile: choose one, and generate that one alone, "
                        "with its --seed and --name");
    enum avt_code code = avt_avatar_check_name(args->text[AVT_OPT_NAME_PRESENTER], reterr);
    return code == AVT_OK ? avt_cli_store(cli, ret_store, reterr) : code;
}

static enum avt_code keep(struct avt_cli *cli, struct avt_jobstore *store, json_t *result, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    AVT_CLEANUP(avt_freep) char *storage = avt_path_storage(avt_config_text(&cli->config, AVT_SET_STORAGE));
    AVT_CLEANUP(avt_intake_done) struct avt_intake intake = {.fd = -1, .cancel = avt_interrupt_cancel()};
    AVT_CLEANUP(avt_json_decrefp)
    json_t *about =
        avt_keep_about_generated(result, args->text[AVT_OPT_NAME_PRESENTER],
                                 args->operand_count ? args->operands[0] : NULL, is_diffused(cli), NULL);
    const struct avt_keep target = {cli->context, store, storage, "", NULL};
    struct avt_record profile = {0};
    enum avt_code code = avt_intake_open(args->text[AVT_OPT_OUTPUT_PRESENTER], &intake, reterr);
    if (code == AVT_OK)
        code = avt_keep_picture(&target, &intake, about, &profile, reterr);
    if (code != AVT_OK)
        return code;
    avt_cli_set_text(result, "profile_id", profile.id);
    avt_record_done(&profile);
    return AVT_OK;
}

/* ---- the command ----------------------------------------------------------------------------- */

static void say_made(struct avt_cli *cli, const json_t *result, const struct avt_generate_result *made)
{
    char took[24];
    const char *output = cli->args.text[AVT_OPT_OUTPUT_PRESENTER];
    const char *profile = json_string_value(json_object_get(result, "profile_id"));
    const json_t *presenters = json_object_get(result, "presenters");
    avt_cli_say(cli, "%s: %d x %d, made in %s\n", output, made->width, made->height,
                avt_text_seconds(made->total_s, took));
    for (size_t i = 0; i < json_array_size(presenters); i++)
        (is_diffused(cli) ? say_picture : say_presenter)(cli, json_array_get(presenters, i));
    if (profile)
        avt_cli_say(cli, "  kept as the avatar profile %s  %s\n", profile, cli->args.text[AVT_OPT_NAME_PRESENTER]);
    if (json_array_size(presenters) == 1)
        avt_cli_say(cli, "Let it speak: avatar pipeline run \"Hello.\" --avatar %s\n", profile ? profile : output);
}

enum avt_code avt_cmd_avatar_generate(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    const char *path = args->text[AVT_OPT_ATTRIBUTES], *output = args->text[AVT_OPT_OUTPUT_PRESENTER];
    AVT_CLEANUP(avt_freep) char *attributes = NULL;
    AVT_CLEANUP(avt_freep) struct avt_generate_result *made = avt_new0(struct avt_generate_result, 1);
    AVT_CLEANUP(avt_jobstore_closep) struct avt_jobstore *store = NULL;
    made->size = sizeof(*made);
    if (!args->operand_count && !path)
        return avt_fail(reterr, AVT_EINVAL,
                        "say what the person looks like, such as \"a friendly doctor in her fifties\", or give "
                        "--attributes");
    enum avt_code code = path ? avt_file_read_text(path, ATTRIBUTES_BYTES_MAX, &attributes, reterr) : AVT_OK;
    if (code == AVT_OK)
        code = open_store(cli, &store, reterr);
    if (code == AVT_OK)
        code = avt_cli_context(cli, reterr);
    if (code == AVT_OK)
        code = run(cli, attributes, made, reterr);
    if (code != AVT_OK && is_diffused(cli))
        cli->hint = hint_of(code);
    if (code == AVT_EMODEL && is_diffused(cli))
        avt_cli_say_needs(cli);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_json_decrefp) json_t *json = json_loads(made->json, 0, NULL);
    json_object_update(result, json);
    avt_cli_set_text(result, "output", output);
    avt_cli_set_int(result, "width", made->width);
    avt_cli_set_int(result, "height", made->height);
    avt_cli_set_text(result, "profile_id", NULL);
    say_doubts(cli, result);
    code = store ? keep(cli, store, result, reterr) : AVT_OK;
    if (code == AVT_OK)
        say_made(cli, result, made);
    return code;
}
