/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where things are kept. All results are owned by the caller (avt_free). */

/** `override` if not NULL, else $AVATAR_STORAGE, else $XDG_DATA_HOME/avatar, else ~/.local/share/avatar. */
char *avt_path_storage(const char *override);
/** Folder part of a path ("." if none). */
char *avt_path_dirname(const char *path);
/** Last part of a path; borrowed from it. */
const char *avt_path_basename(const char *path);
/** Extension without the dot, "" if none; borrowed. */
const char *avt_path_extension(const char *path);
/** a/b with one slash. */
char *avt_path_join(const char *a, const char *b);
/** The installed or in-tree file `name` of the program's own data (models/, presenters, web):
 *  $AVATAR_DATA, <self>/../share/avatar, the source tree this was built from. NULL if not found. */
char *avt_path_data(const char *name);
/** An executable that belongs to the program (avatar-phonemize): beside this one, or in
 *  <prefix>/libexec/avatar. NULL if not found. */
char *avt_path_helper(const char *name);
