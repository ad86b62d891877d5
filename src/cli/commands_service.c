/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands_service.h"

#include "cli/commands.h"

/* ---- config -------------------------------------------------------------------------------- */

static const char *const config_show_examples[] = {
    "avatar config show", "what is in force, and why",
    "AVATAR_PORT=9000 avatar config show --config test.ini --json",
    "the same as data, with another file", NULL};

const struct avt_cli_command avt_cli_config_commands[] = {
    {.name = "show",
     .summary = "show every setting, its value and where that comes from",
     .about = "Settings come from the command line, from environment variables and from an INI file, "
              "in that order. An option --upload-limit is the variable AVATAR_UPLOAD_LIMIT and the "
              "key upload-limit in the section that is shown. Secrets are not shown.",
     .examples = config_show_examples,
     .settings = true,
     .run = avt_cmd_config_show},
    {.name = NULL},
};
