/* SPDX-License-Identifier: Apache-2.0 */
/* docs/cli.md. A test compares the file with what is written here. */
#include "cli/help.h"

#include <avatar/avatar.h>

#include "base/mem.h"
#include "base/str.h"

/** A table cell: a bar would end it. */
static void cell(struct avt_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            avt_buf_append_char(out, '\\');
        avt_buf_append_char(out, *text);
    }
}

static void option_row(struct avt_buf *out, const struct avt_cli_option *option)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf name = AVT_BUF_INIT(256);
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(1024);
    avt_help_option_name(option, &name);
    avt_help_option_text(option, &text);
    avt_buf_append_str(out, "| `");
    cell(out, avt_buf_str(&name));
    avt_buf_append_str(out, "` | ");
    cell(out, avt_buf_str(&text));
    avt_buf_append_str(out, " |\n");
}

static void options(struct avt_buf *out, const struct avt_cli_command *command, bool common)
{
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(command, ids), rows = 0;
    for (size_t i = 0; i < count; i++) {
        if (avt_cli_option(ids[i])->hidden || (ids[i] <= AVT_OPT_QUIET) != common)
            continue;
        if (rows++ == 0)
            avt_buf_append_str(out, "\n| option | meaning |\n|---|---|\n");
        option_row(out, avt_cli_option(ids[i]));
    }
}

static void command(const struct avt_cli_command *command, const char *path, void *user)
{
    struct avt_buf *out = user;
    if (command->commands)
        return;
    AVT_CLEANUP(avt_buf_done) struct avt_buf usage = AVT_BUF_INIT(512);
    avt_help_usage(command, path, &usage);
    avt_buf_printf(out, "\n### avatar %s\n\n    %s\n\n%s\n", path, avt_buf_str(&usage),
                   command->about);
    if (command->operand.name)
        avt_buf_printf(out, "\n`%s`: %s.\n", command->operand.name, command->operand.help);
    options(out, command, false);
    for (size_t i = 0; command->examples && command->examples[i]; i += 2)
        avt_buf_printf(out, "%s\n    %s\n\n%s\n", i ? "" : "\nExamples:\n", command->examples[i],
                       command->examples[i + 1]);
}

/* What the table of options cannot hold. A test compares the presets with media/preset.c. */
static const char output_text[] =
    "\n## Quality presets\n\n"
    "| preset | longest side of encode | H.264: CRF, speed | VP9: CRF, speed | AAC | Opus | GIF side |\n"
    "|---|---|---|---|---|---|---|\n"
    "| low | 640 | 26, veryfast less | 38, 8 | 48 kbit/s | 32 kbit/s | 320 |\n"
    "| medium | 1280 | 18, veryfast less | 32, 7 | 96 kbit/s | 48 kbit/s | 480 |\n"
    "| high | 1920 | 18, faster | 27, 6 | 128 kbit/s | 64 kbit/s | 640 |\n"
    "| ultra | 3840 | 15, medium | 20, 5 | 192 kbit/s | 96 kbit/s | 800 |\n"
    "\n`docs/media.md` has sizes, times and picture quality of each.\n"
    "\n## Output\n\n"
    "The result goes to standard output: a short summary for people, or with `--json` one JSON\n"
    "object as the last line. It always has `success`; when that is false, `error` holds `code`,\n"
    "`message` and `stage` (of the pipeline, or null). Progress, warnings and errors go to standard\n"
    "error: on a terminal one live line, elsewhere a plain line per stage and per tenth of the way.\n"
    "\nNothing half-written is left at an output path: files take their names only when whole. The\n"
    "first Ctrl-C stops the work within a second and leaves nothing behind; the second ends the\n"
    "program at once.\n";

void avt_help_markdown(struct avt_buf *out)
{
    avt_buf_printf(out,
                   "# The command line\n\n"
                   "This file is written by `avatar help --markdown`; a test compares the two.\n\n"
                   "%s\n\nOptions may stand before, between and after arguments, as `--option "
                   "value` or\n`--option=value`; `--` ends them.\n\n## Common options\n",
                   avt_cli_root.about);
    options(out, &avt_cli_root, true);
    avt_buf_append_str(out, "\n## Commands\n");
    avt_cli_walk(command, out);
    avt_buf_append_str(out, output_text);
    avt_buf_append_str(out, "\n## Exit status\n\n| status | code in JSON | meaning |\n|---|---|---|\n");
    for (const struct avt_cli_status *row = avt_cli_statuses; row->meaning; row++)
        avt_buf_printf(out, "| %d | %s | %s |\n", avt_help_status(row),
                       row->status < 0 ? avt_code_text(row->code) : "", row->meaning);
    avt_buf_append_str(out, "\n## Environment\n\n| variable | meaning |\n|---|---|\n");
    for (const struct avt_cli_variable *row = avt_cli_variables; row->name; row++)
        avt_buf_printf(out, "| `%s` | %s |\n", row->name, row->help);
}
