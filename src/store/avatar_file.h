/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * An avatar profile as one file that travels to another storage:
 *
 *   "AVTFACE1"  u32 size of the JSON, little-endian  JSON  the picture's or clip's bytes, to the end
 *
 * The JSON has name, description, rights, origin, media_type, size_bytes and sha256, as the record has them; what was
 * found of the face is found again by who reads it.
 *
 * Threads: no state.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"

enum { AVT_AVATAR_FILE_JSON_MAX = 64 << 10, AVT_AVATAR_FILE_HEAD = 12 };

/** Write `path`, whole or not at all.
 *  @param about    Data of the profile's record; borrowed.
 *  @param picture  Where its bytes are.
 *  @return AVT_OK, AVT_ENOENT, AVT_EIO (the picture), AVT_EOUTPUT, AVT_ENOSPACE, AVT_ELIMIT, AVT_EFORMAT (it is not
 *          the picture that the record tells of). */
AVT_CHECKED enum avt_code avt_avatar_file_write(const json_t *about, const char *picture, const char *path,
                                                struct avt_error *reterr);

/** What stands before the picture. Fuzzed.
 *  @param data         The file's first bytes, AVT_AVATAR_FILE_HEAD + AVT_AVATAR_FILE_JSON_MAX or all of it.
 *  @param ret_about    New reference: an object whose members have the types that a record wants; others are left out.
 *  @param ret_begin    Where the picture begins.
 *  @return AVT_OK, AVT_EFORMAT. */
AVT_CHECKED enum avt_code avt_avatar_file_parse(const uint8_t *data, size_t size, json_t **ret_about,
                                                size_t *ret_begin, struct avt_error *reterr);
/** Read `path`: its picture becomes the new file `picture`.
 *  @param shown     What messages call it.
 *  @param size_max   Of the picture; 0: any.
 *  @param ret_about  What the new record gets (avt_avatar_draft_commit()): the storage says itself what its copy is.
 *  @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_EINVAL (name or rights would not do for a new profile), AVT_EFORMAT (not
 *          such a file, or bytes are missing or changed), AVT_ELIMIT, AVT_EOUTPUT, AVT_ENOSPACE. On failure nothing
 *          is left. */
AVT_CHECKED enum avt_code avt_avatar_file_read(const char *path, const char *shown, const char *picture,
                                               int64_t size_max, json_t **ret_about, struct avt_error *reterr);
