/* SPDX-License-Identifier: Apache-2.0 */
/* The manual page, man(7) macros. */
#include "cli/help.h"

#include <avatar/avatar.h>

#include "base/mem.h"
#include "base/str.h"

/** Text for troff: no accidental requests, and characters that would be made typographic stay as
 *  they are typed. */
static void troff(struct avt_buf *out, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && *text == '.')
            avt_buf_append_str(out, "\\&");
        if (*text == '\\')
            avt_buf_append_str(out, "\\e");
        else if (*text == '-')
            avt_buf_append_str(out, "\\-");
        else if (*text == '\'')
            avt_buf_append_str(out, "\\(aq");
        else if (*text == '~')
            avt_buf_append_str(out, "\\(ti");
        else
            avt_buf_append_char(out, *text);
        line_start = *text == '\n';
    }
}

static void options(struct avt_buf *out, const enum avt_cli_opt *ids, size_t count, bool common)
{
    for (size_t i = 0; i < count; i++) {
        const struct avt_cli_option *option = avt_cli_option(ids[i]);
        if (option->hidden || (ids[i] <= AVT_OPT_QUIET) != common)
            continue;
        AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(1024);
        avt_help_option_text(option, &text);
        avt_buf_append_str(out, ".TP\n.B ");
        if (option->letter)
            avt_buf_printf(out, "\\-%c, ", option->letter);
        avt_buf_append_str(out, "\\-\\-");
        troff(out, option->name);
        if (option->argument)
            avt_buf_printf(out, " \\fI%s\\fR", option->argument);
        avt_buf_append_char(out, '\n');
        troff(out, avt_buf_str(&text));
        avt_buf_append_str(out, ".\n");
    }
}

static void command(const struct avt_cli_command *command, const char *path, void *user)
{
    struct avt_buf *out = user;
    if (command->commands)
        return;
    AVT_CLEANUP(avt_buf_done) struct avt_buf usage = AVT_BUF_INIT(512);
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(command, ids);
    avt_help_usage(command, path, &usage);
    avt_buf_append_str(out, ".SS ");
    troff(out, avt_buf_str(&usage));
    avt_buf_append_char(out, '\n');
    troff(out, command->about);
    avt_buf_append_char(out, '\n');
    if (command->operand.name) {
        avt_buf_printf(out, ".TP\n.I %s\n", command->operand.name);
        troff(out, command->operand.help);
        avt_buf_append_str(out, ".\n");
    }
    options(out, ids, count, false);
    for (size_t i = 0; command->examples && command->examples[i]; i += 2) {
        avt_buf_append_str(out, ".PP\n.EX\n");
        troff(out, command->examples[i]);
        avt_buf_append_str(out, "\n.EE\n.RS\n");
        troff(out, command->examples[i + 1]);
        avt_buf_append_str(out, "\n.RE\n");
    }
}

void avt_help_man(struct avt_buf *out)
{
    avt_buf_printf(out,
                   ".\\\" SPDX-License-Identifier: Apache-2.0\n"
                   ".\\\" Made by 'avatar man' from the tables of the program.\n"
                   ".TH AVATAR 1 \"\" \"avatar %s\" \"User Commands\"\n.SH NAME\navatar \\- ",
                   avt_version());
    troff(out, avt_cli_root.summary);
    avt_buf_append_str(out, "\n.SH SYNOPSIS\n.B avatar\n.I COMMAND\n[\\fIOPTIONS\\fR] "
                            "[\\fIARGUMENTS\\fR]\n.SH DESCRIPTION\n");
    troff(out, avt_cli_root.about);
    avt_buf_append_str(out, "\n.PP\nOptions may stand before, between and after arguments, as "
                            "\\-\\-option value or \\-\\-option=value; \\-\\- ends them.\n"
                            ".SH COMMON OPTIONS\n");
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    options(out, ids, avt_cli_options_of(&avt_cli_root, ids), true);
    avt_buf_append_str(out, ".SH COMMANDS\n");
    avt_cli_walk(command, out);
    avt_buf_append_str(out, ".SH EXIT STATUS\n");
    for (const struct avt_cli_status *row = avt_cli_statuses; row->meaning; row++) {
        avt_buf_printf(out, ".TP\n.B %d\n", avt_help_status(row));
        troff(out, row->meaning);
        avt_buf_append_str(out, ".\n");
    }
    avt_buf_append_str(out, ".SH ENVIRONMENT\n");
    for (const struct avt_cli_variable *row = avt_cli_variables; row->name; row++) {
        avt_buf_printf(out, ".TP\n.B %s\n", row->name);
        troff(out, row->help);
        avt_buf_append_str(out, ".\n");
    }
}
