/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Everything that is written from the tables of cli/table.h. */
#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "cli/table.h"

enum { AVT_HELP_BYTES_MAX = 1 << 20 };

/** --help of one command. @param path  Its whole name, "" for the root. */
void avt_help_print(const struct avt_cli_command *command, const char *path, FILE *out);
/** "avatar pipeline run [options] [TEXT]" */
void avt_help_usage(const struct avt_cli_command *command, const char *path, struct avt_buf *out);
/** "-o, --output FILE" */
void avt_help_option_name(const struct avt_cli_option *option, struct avt_buf *out);
/** Help with choices, range, default and environment variable, ending with a full stop. */
void avt_help_option_text(const struct avt_cli_option *option, struct avt_buf *out);
/** Exit status of a row of avt_cli_statuses. */
int avt_help_status(const struct avt_cli_status *row);

/** The manual page, troff with the man macros. */
void avt_help_man(struct avt_buf *out);
/** docs/cli.md. */
void avt_help_markdown(struct avt_buf *out);
/** Completion script for bash. */
void avt_help_bash(struct avt_buf *out);
/** Every command and option. */
void avt_help_json(json_t *result);
