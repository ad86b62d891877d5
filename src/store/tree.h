/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Whole folders: how large, copies, and away with them. Symbolic links are never followed. */
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { AVT_TREE_DEPTH_MAX = 32 };

/** Size of the files under `path`; 0 if there is nothing. */
int64_t avt_tree_bytes(const char *path);
/** Remove `path` and all under it; AVT_OK if there is nothing. *ret_bytes (may be NULL) grows by the size of
 *  the files removed. @return AVT_OK, AVT_EIO. */
AVT_CHECKED enum avt_code avt_tree_remove(const char *path, int64_t *ret_bytes,
                                          struct avt_error *reterr);
/** Copy the files of folder `from`, and of those in it, to the new folder `to`, and wait until they are on
 *  disk. What is no file or folder is left out. On failure what was copied is removed again.
 *  @return AVT_OK, AVT_EIO, AVT_EOUTPUT, AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_tree_copy(const char *from, const char *to, struct avt_error *reterr);
