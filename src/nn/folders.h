/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where model files are kept: the list of folders that registry.h names, best first. */
#include <stddef.h>

enum { AVT_MODEL_FOLDERS_MAX = 3 };

/** Folders in search order, owned by the caller each; returns how many. They need not exist. */
size_t avt_model_folders(char *ret_folders[AVT_MODEL_FOLDERS_MAX]);
/** The first existing `file` (relative to a model folder), owned by the caller; NULL if none. */
char *avt_model_find(const char *file);
