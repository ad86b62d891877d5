/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Errors inside the program. Fallible functions return enum avt_code and may fill a caller-owned
 * struct avt_error; codes travel up unchanged and a lower message is never replaced by a vaguer one.
 * A message is one sentence: what happened, to what, why, what to do next.
 */
#include <avatar/error.h>

/** Fill `reterr` (may be NULL) with a formatted sentence and return `code`. */
enum avt_code avt_fail(struct avt_error *reterr, enum avt_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Short stable name of a code, as in JSON results: "no_face". Never NULL. */
const char *avt_code_name(enum avt_code code);

/** Exit status of the command line for a code: 0 for AVT_OK, else unique per code (docs/cli.md). */
int avt_code_exit_status(enum avt_code code);

/** AVT_ENOSPACE, AVT_ENOENT, AVT_ENOMEM or AVT_EIO for an errno value of a failed file operation. */
enum avt_code avt_code_from_errno(int errnum);
