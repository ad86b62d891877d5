/* SPDX-License-Identifier: Apache-2.0 */
/* avatar generate: a presenter out of words. */
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/imported.h"
#include "cli/terminal.h"

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

enum avt_code avt_cmd_avatar_generate(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    const struct avt_args *args = &cli->args;
    const char *path = args->text[AVT_OPT_ATTRIBUTES], *output = args->text[AVT_OPT_OUTPUT_PRESENTER];
    AVT_CLEANUP(avt_freep) char *attributes = NULL;
    AVT_CLEANUP(avt_freep) struct avt_generate_result *made = avt_new0(struct avt_generate_result, 1);
    made->size = sizeof(*made);
    if (!args->operand_count && !path)
        return avt_fail(reterr, AVT_EINVAL,
                        "say what the person looks like, such as \"a friendly doctor in her fifties\", or give "
                        "--attributes");
    enum avt_code code = path ? avt_file_read_text(path, ATTRIBUTES_BYTES_MAX, &attributes, reterr) : AVT_OK;
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
    say_doubts(cli, result);
    char took[24];
    avt_cli_say(cli, "%s: %d x %d, made in %s\n", output, made->width, made->height,
                avt_text_seconds(made->total_s, took));
    const json_t *presenters = json_object_get(result, "presenters");
    for (size_t i = 0; i < json_array_size(presenters); i++)
        (is_diffused(cli) ? say_picture : say_presenter)(cli, json_array_get(presenters, i));
    if (json_array_size(presenters) == 1)
        avt_cli_say(cli, "Let it speak: avatar pipeline run \"Hello.\" --avatar %s\n", output);
    return AVT_OK;
}
