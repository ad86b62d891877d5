/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The commands around server and jobs, for the root's table; each array ends with a NULL name. */
#include "cli/table.h"

extern const struct avt_cli_command avt_cli_jobs_commands[];
extern const struct avt_cli_command avt_cli_server_commands[];
extern const struct avt_cli_command avt_cli_keys_commands[];
extern const struct avt_cli_command avt_cli_config_commands[];
extern const enum avt_cli_opt avt_cli_backup_options[];
extern const char *const avt_cli_backup_examples[];
/** Options of `worker`. */
extern const enum avt_cli_opt avt_cli_worker_options[];
extern const char *const avt_cli_worker_examples[];
