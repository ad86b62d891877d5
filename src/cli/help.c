/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <avatar/avatar.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/terminal.h"

/* Prose is hard to read in longer lines, however wide the terminal. */
enum { WIDTH_MAX = 100, INDENT = 2, TEXT_COLUMN = 26, NARROW = 60, TEXT_COLUMN_NARROW = 6 };

int avt_help_status(const struct avt_cli_status *row)
{
    return row->status < 0 ? avt_code_status(row->code) : row->status;
}

void avt_help_usage(const struct avt_cli_command *command, const char *path, struct avt_buf *out)
{
    avt_buf_printf(out, "avatar%s%s", *path ? " " : "", path);
    if (command->commands) {
        avt_buf_append_str(out, " COMMAND");
        return;
    }
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(command, ids);
    for (size_t i = 0; i < count; i++)
        if (avt_cli_option(ids[i])->required)
            avt_buf_printf(out, " --%s %s", avt_cli_option(ids[i])->name,
                           avt_cli_option(ids[i])->argument);
    avt_buf_append_str(out, " [OPTIONS]");
    const struct avt_cli_operand *operand = &command->operand;
    if (operand->name)
        avt_buf_printf(out, operand->count_min ? " %s%s" : " [%s]%s", operand->name,
                       operand->count_max > 1 && !strchr(operand->name, ' ') ? "..." : "");
}

void avt_help_option_name(const struct avt_cli_option *option, struct avt_buf *out)
{
    if (option->letter)
        avt_buf_printf(out, "-%c, ", option->letter);
    avt_buf_printf(out, "--%s", option->name);
    if (option->argument)
        avt_buf_printf(out, " %s", option->argument);
}

void avt_help_option_text(const struct avt_cli_option *option, struct avt_buf *out)
{
    avt_buf_append_str(out, option->help);
    if (option->choices) {
        avt_buf_append_str(out, ": ");
        for (size_t i = 0; option->choices[i]; i++)
            avt_buf_printf(out, "%s%s", i ? ", " : "", option->choices[i]);
    }
    if (option->type == AVT_CLI_NUMBER || option->type == AVT_CLI_RATE)
        avt_buf_printf(out, " (%g to %g)", option->min, option->max);
    if (option->required)
        avt_buf_append_str(out, " (required)");
    if (option->fallback)
        avt_buf_printf(out, " [default: %s]", option->fallback);
    if (option->env)
        avt_buf_printf(out, " [environment: %s]", option->env);
}

/** A name in the left column and prose in the right one. */
static void entry(struct avt_buf *out, const char *name, const char *text, int width)
{
    int used = INDENT + avt_text_width(name);
    int column = width < NARROW ? TEXT_COLUMN_NARROW : TEXT_COLUMN;
    avt_buf_printf(out, "%*s%s", INDENT, "", name);
    if (used + 2 > column) {
        avt_buf_append_char(out, '\n');
        avt_text_wrap(out, text, column, width, true);
        return;
    }
    avt_buf_printf(out, "%*s", column - used, "");
    avt_text_wrap(out, text, column, width, false);
}

static void list_commands(struct avt_buf *out, const struct avt_cli_command *group, int width)
{
    avt_buf_append_str(out, "\nCommands:\n");
    for (const struct avt_cli_command *c = group->commands; c->name; c++) {
        if (!c->commands) {
            entry(out, c->name, c->summary, width);
            continue;
        }
        for (const struct avt_cli_command *leaf = c->commands; leaf->name; leaf++) {
            AVT_CLEANUP(avt_freep) char *name = avt_asprintf("%s %s", c->name, leaf->name);
            entry(out, name, leaf->summary, width);
        }
    }
}

static void list_options(struct avt_buf *out, const struct avt_cli_command *command, int width)
{
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(command, ids);
    avt_buf_append_str(out, "\nOptions:\n");
    for (size_t i = 0; i < count; i++) {
        const struct avt_cli_option *option = avt_cli_option(ids[i]);
        if (option->hidden)
            continue;
        AVT_CLEANUP(avt_buf_done) struct avt_buf name = AVT_BUF_INIT(256);
        AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(1024);
        avt_help_option_name(option, &name);
        avt_help_option_text(option, &text);
        entry(out, avt_buf_str(&name), avt_buf_str(&text), width);
    }
}

void avt_help_print(const struct avt_cli_command *command, const char *path, FILE *stream)
{
    int width = avt_terminal_width(fileno(stream));
    width = width > WIDTH_MAX ? WIDTH_MAX : width;
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(AVT_HELP_BYTES_MAX);
    avt_buf_append_str(&out, "Usage: ");
    avt_help_usage(command, path, &out);
    avt_buf_append_str(&out, "\n\n");
    avt_text_wrap(&out, command->about ? command->about : command->summary, 0, width, true);
    if (command->operand.name) {
        avt_buf_append_str(&out, "\nArguments:\n");
        entry(&out, command->operand.name, command->operand.help, width);
    }
    if (command->commands)
        list_commands(&out, command, width);
    list_options(&out, command, width);
    for (size_t i = 0; command->examples && command->examples[i]; i += 2)
        avt_buf_printf(&out, "%s  %s\n      %s\n", i ? "" : "\nExamples:\n", command->examples[i],
                       command->examples[i + 1]);
    if (command->commands)
        avt_buf_printf(&out, "\n'avatar %s%sCOMMAND --help' says more about one of them.\n", path,
                       *path ? " " : "");
    fputs(avt_buf_str(&out), stream);
}

/* ---- as data ------------------------------------------------------------------------------- */

static const char *const type_names[] = {
    [AVT_CLI_FLAG] = "flag",       [AVT_CLI_STRING] = "text",     [AVT_CLI_CHOICE] = "choice",
    [AVT_CLI_VOICE] = "voice",     [AVT_CLI_INTEGER] = "integer", [AVT_CLI_NUMBER] = "number",
    [AVT_CLI_RATE] = "rate",       [AVT_CLI_SIZE] = "size",       [AVT_CLI_INPUT] = "input file",
    [AVT_CLI_OUTPUT] = "output file", [AVT_CLI_FOLDER] = "folder", [AVT_CLI_MODEL] = "model",
    [AVT_CLI_COMMAND] = "command", [AVT_CLI_LIST] = "list", [AVT_CLI_DURATION] = "duration",
    [AVT_CLI_MOMENT] = "time", [AVT_CLI_BLINK] = "blink",
    [AVT_CLI_BYTES] = "bytes",
};

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *option_json(const struct avt_cli_option *option)
{
    char letter[2] = {option->letter, '\0'};
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(option->name));
    json_object_set_new(object, "letter", text_or_null(option->letter ? letter : NULL));
    json_object_set_new(object, "type", json_string(type_names[option->type]));
    json_object_set_new(object, "argument", text_or_null(option->argument));
    json_object_set_new(object, "default", text_or_null(option->fallback));
    json_object_set_new(object, "environment", text_or_null(option->env));
    json_object_set_new(object, "required", json_boolean(option->required));
    json_object_set_new(object, "help", json_string(option->help));
    if (option->max > 0) {
        json_object_set_new(object, "min", json_real(option->min));
        json_object_set_new(object, "max", json_real(option->max));
    }
    if (option->choices) {
        json_t *choices = json_array();
        for (size_t i = 0; option->choices[i]; i++)
            json_array_append_new(choices, json_string(option->choices[i]));
        json_object_set_new(object, "choices", choices);
    }
    return object;
}

static void command_json(const struct avt_cli_command *command, const char *path, void *user)
{
    json_t *list = user;
    if (command->commands)
        return;
    json_t *object = json_object(), *options = json_array();
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(command, ids);
    for (size_t i = 0; i < count; i++)
        if (!avt_cli_option(ids[i])->hidden)
            json_array_append_new(options, option_json(avt_cli_option(ids[i])));
    json_object_set_new(object, "name", json_string(path));
    json_object_set_new(object, "summary", json_string(command->summary));
    json_object_set_new(object, "operand", text_or_null(command->operand.name));
    json_object_set_new(object, "options", options);
    json_array_append_new(list, object);
}

void avt_help_json(json_t *result)
{
    json_t *commands = json_array(), *statuses = json_array();
    avt_cli_walk(command_json, commands);
    for (const struct avt_cli_status *row = avt_cli_statuses; row->meaning; row++) {
        json_t *object = json_object();
        json_object_set_new(object, "status", json_integer(avt_help_status(row)));
        json_object_set_new(object, "code",
                            row->status < 0 ? json_string(avt_code_text(row->code)) : json_null());
        json_object_set_new(object, "meaning", json_string(row->meaning));
        json_array_append_new(statuses, object);
    }
    json_object_set_new(result, "version", json_string(avt_version()));
    json_object_set_new(result, "commands", commands);
    json_object_set_new(result, "exit_statuses", statuses);
}
