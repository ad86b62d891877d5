/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Members out of wheels (zip) and npm packages (tar.gz), and single files that are packed once more, by
 * libarchive. For nn and for those who build assets of what it fetched. */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/** Receives a member's bytes in order; a failure ends the unpacking and is passed on. */
typedef enum avt_code (*avt_unpack_fn)(const void *data, size_t size, void *user,
                                       struct avt_error *reterr);

/** One member. @return AVT_OK, AVT_EMODELBAD (no archive, or no such member), or what `write` gave. */
AVT_CHECKED enum avt_code avt_unpack_member(const char *archive, const char *member,
                                            avt_unpack_fn write, void *user,
                                            struct avt_error *reterr);
/** All regular files below `prefix` (ends in '/') to `folder`, which is made.
 *  @return AVT_OK, AVT_EMODELBAD, AVT_EOUTPUT, AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_unpack_folder(const char *archive, const char *prefix,
                                            const char *folder, struct avt_error *reterr);
/** All of a file that is packed with gzip, or lies there plain, at most `size_max` bytes; NUL-terminated beyond
 *  *ret_size and owned by the caller (avt_free). @return AVT_OK, AVT_EMODELBAD, AVT_ELIMIT, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_unpack_text(const char *path, size_t size_max, char **ret_text, size_t *ret_size,
                                          struct avt_error *reterr);
