/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The commands around server and jobs, for the root's table; each array ends with a NULL name. */
#include "cli/table.h"

extern const struct avt_cli_command avt_cli_config_commands[];
