/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Text from a file or standard input. */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/**
 * Read all of `path` ("-" is standard input) as UTF-8 text without its byte order mark. Ctrl-C ends
 * it.
 * @param bad       The code for what is too long, or no text: AVT_ETEXT, AVT_EFORMAT.
 * @param ret_text  Owned by the caller.
 * @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_ECANCELLED, or `bad`.
 */
AVT_CHECKED enum avt_code avt_text_input_read(const char *path, size_t bytes_max, enum avt_code bad,
                                              char **ret_text, struct avt_error *reterr);
