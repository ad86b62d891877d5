/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Models that the user brought, as commands show them. */
#include "cli/cli.h"

/** Adds "imported" to `result` and shows them to people, if there are any. As avt_models_imported_count(). */
AVT_CHECKED enum avt_code avt_cli_list_imported(struct avt_cli *cli, json_t *result, struct avt_error *reterr);
/** avt_models_import_needs() on standard error, unless --quiet or --json. */
void avt_cli_say_needs(struct avt_cli *cli);
