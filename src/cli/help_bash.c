/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for bash: the tables as two case statements. */
#include "cli/help.h"

#include <avatar/avatar.h>

#include "base/mem.h"
#include "base/str.h"

/** Words that may follow a command: subcommands or options. */
static void words_of(const struct avt_cli_command *command, const char *path, void *user)
{
    struct avt_buf *out = user;
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(command, ids);
    avt_buf_printf(out, "    '%s') commands='", path);
    for (const struct avt_cli_command *c = command->commands; c && c->name; c++)
        avt_buf_printf(out, "%s%s", c == command->commands ? "" : " ", c->name);
    for (size_t i = 0; command->operand.choices && command->operand.choices[i]; i++)
        avt_buf_printf(out, "%s%s", i ? " " : "", command->operand.choices[i]);
    avt_buf_append_str(out, "' options='");
    for (size_t i = 0; i < count; i++)
        if (!avt_cli_option(ids[i])->hidden)
            avt_buf_printf(out, "%s--%s", i ? " " : "", avt_cli_option(ids[i])->name);
    avt_buf_append_str(out, "';;\n");
}

static void append_voices(struct avt_buf *out)
{
    struct avt_voice_info voice;
    for (size_t i = 0; i < avt_voices_count(); i++)
        if (avt_voices_get(i, &voice) == AVT_OK)
            avt_buf_printf(out, "%s%s", i ? " " : "", voice.id);
}

static void values_of_option(struct avt_buf *out, const char *path,
                             const struct avt_cli_option *option)
{
    avt_buf_printf(out, "    '%s --%s'", path, option->name);
    if (option->letter)
        avt_buf_printf(out, "|'%s -%c'", path, option->letter);
    avt_buf_append_str(out, ") ");
    if (option->type == AVT_CLI_INPUT || option->type == AVT_CLI_OUTPUT)
        avt_buf_append_str(out, "kind=files");
    else if (option->type == AVT_CLI_FOLDER)
        avt_buf_append_str(out, "kind=folders");
    else
        avt_buf_append_str(out, "kind=values");
    if (option->type == AVT_CLI_VOICE) {
        avt_buf_append_str(out, " values='");
        append_voices(out);
        avt_buf_append_char(out, '\'');
    } else if (option->choices) {
        avt_buf_append_str(out, " values='");
        for (size_t i = 0; option->choices[i]; i++)
            avt_buf_printf(out, "%s%s", i ? " " : "", option->choices[i]);
        avt_buf_append_char(out, '\'');
    } else if (option->fallback) {
        avt_buf_printf(out, " values='%s'", option->fallback);
    }
    avt_buf_append_str(out, ";;\n");
}

/** Values that may follow an option that takes one. */
static void values_of(const struct avt_cli_command *command, const char *path, void *user)
{
    enum avt_cli_opt ids[AVT_OPT_COUNT];
    size_t count = avt_cli_options_of(command, ids);
    for (size_t i = 0; i < count; i++)
        if (!avt_cli_option(ids[i])->hidden && avt_cli_option(ids[i])->type != AVT_CLI_FLAG)
            values_of_option(user, path, avt_cli_option(ids[i]));
}

void avt_help_bash(struct avt_buf *out)
{
    avt_buf_append_str(
        out,
        "# SPDX-License-Identifier: Apache-2.0\n"
        "# Completion of avatar for bash, made by 'avatar completion bash'.\n"
        "_avatar_words() {\n    case \"$1\" in\n");
    avt_cli_walk(words_of, out);
    avt_buf_append_str(out, "    esac\n}\n"
                            "_avatar_values() {\n    case \"$1\" in\n");
    avt_cli_walk(values_of, out);
    avt_buf_append_str(
        out,
        "    *) return 1;;\n    esac\n}\n"
        "_avatar() {\n"
        "    local commands options kind values word before='' path='' i\n"
        "    local current=\"${COMP_WORDS[COMP_CWORD]}\"\n"
        "    # The command is the leading words that are commands.\n"
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "        word=\"${COMP_WORDS[i]}\"\n"
        "        _avatar_words \"$path\"\n"
        "        case \" $commands \" in\n"
        "        *\" $word \"*) path=\"${path:+$path }$word\" commands='' options='';;\n"
        "        esac\n"
        "    done\n"
        "    commands='' options=''\n"
        "    _avatar_words \"$path\"\n"
        "    before=\"${COMP_WORDS[COMP_CWORD - 1]}\"\n"
        "    # bash splits --option=value into three words.\n"
        "    if [ \"$current\" = '=' ]; then\n"
        "        current=''\n"
        "    elif [ \"$before\" = '=' ]; then\n"
        "        before=\"${COMP_WORDS[COMP_CWORD - 2]}\"\n"
        "    fi\n"
        "    COMPREPLY=()\n"
        "    if _avatar_values \"$path $before\"; then\n"
        "        case \"$kind\" in\n"
        "        files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$current\");;\n"
        "        folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$current\");;\n"
        "        *) mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\");;\n"
        "        esac\n"
        "    elif [ \"${current:0:1}\" = '-' ]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
        "    elif [ -n \"$commands\" ]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$current\")\n"
        "    else\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
        "    fi\n"
        "}\n"
        "complete -F _avatar avatar\n");
}
