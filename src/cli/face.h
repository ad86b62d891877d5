/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What --avatar and the like name: a file, or an avatar profile of the storage (store/avatar.h). */
#include "cli/cli.h"

/**
 * The file of a face: `which` itself, or, where no such file is there, the picture of the profile with
 * that id, beginning of an id, or name.
 *
 * @param which     NULL: none is named, and *ret_path stays NULL.
 * @param ret_path  Owned by the caller. What cannot be looked at is given as it is: who opens it says
 *                  why.
 * @return AVT_OK, AVT_ENOENT (neither a file nor a profile), AVT_EINVAL (several profiles are meant),
 *         or as avt_cli_store().
 */
AVT_CHECKED enum avt_code avt_cli_face(struct avt_cli *cli, const char *which, char **ret_path,
                                       struct avt_error *reterr);
