/* SPDX-License-Identifier: Apache-2.0 */
/* Commands about the command line: help, man, completion. */
#include <stdio.h>

#include "base/str.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/help.h"

/** Prints a document; with --json it is the value of `key`. */
static enum avt_code print_document(struct avt_cli *cli, json_t *result, const char *key,
                                    void (*write)(struct avt_buf *out))
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(AVT_HELP_BYTES_MAX);
    write(&text);
    avt_cli_set_text(result, key, avt_buf_str(&text));
    if (avt_cli_talks(cli))
        fputs(avt_buf_str(&text), stdout);
    return AVT_OK;
}

enum avt_code avt_cmd_completion(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    (void)reterr;
    return print_document(cli, result, "script", avt_help_bash);
}

enum avt_code avt_cmd_man(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    (void)reterr;
    return print_document(cli, result, "page", avt_help_man);
}

enum avt_code avt_cmd_help(struct avt_cli *cli, json_t *result, struct avt_error *reterr)
{
    if (cli->args.given[AVT_OPT_MARKDOWN])
        return print_document(cli, result, "markdown", avt_help_markdown);
    const struct avt_cli_command *command = &avt_cli_root;
    AVT_CLEANUP(avt_buf_done) struct avt_buf path = AVT_BUF_INIT(256);
    for (size_t i = 0; i < cli->args.operand_count; i++) {
        const struct avt_cli_command *next = avt_cli_find(command, cli->args.operands[i]);
        avt_buf_printf(&path, "%s%s", i ? " " : "", cli->args.operands[i]);
        if (!next)
            return avt_fail(reterr, AVT_EINVAL, "there is no command 'avatar %s'",
                            avt_buf_str(&path));
        command = next;
    }
    avt_help_json(result);
    if (avt_cli_talks(cli))
        avt_help_print(command, avt_buf_str(&path), stdout);
    return AVT_OK;
}
