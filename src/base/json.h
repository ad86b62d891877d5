/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The only includer of jansson. */
#include <jansson.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { AVT_JSON_BYTES_MAX = 64 << 20 };

static inline void avt_json_decref(json_t *json)
{
    json_decref(json);
}
AVT_DEFINE_FREEP(json_t, avt_json_decref)

/** Parse a file of at most `size_max` bytes. @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_ELIMIT,
 *  AVT_EFORMAT (message names line and column). *ret_json owned by the caller. */
AVT_CHECKED enum avt_code avt_json_read_file(const char *path, size_t size_max, json_t **ret_json,
                                             struct avt_error *reterr);
/** Write with indent 1, atomically (see base/file.h). */
AVT_CHECKED enum avt_code avt_json_write_file(const char *path, const json_t *json,
                                              struct avt_error *reterr);

/** Compact text, as json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9)) gives it, several times as fast:
 *  no cycle is looked for, so `json` must have none. NULL if the text is longer than AVT_JSON_BYTES_MAX.
 *  @param ret_size  Of the text; NULL if it is not wanted.
 *  Owned by the caller (avt_free). */
char *avt_json_text(const json_t *json, size_t *ret_size);
