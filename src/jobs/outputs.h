/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where a claimed job puts what it makes: outputs/<job id>/<lease token>/. */
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/** Makes the folder. @param ret_folder  Its path, the caller's (avt_free). @return AVT_OK, AVT_EIO,
 *  AVT_ENOSPACE. */
AVT_CHECKED enum avt_code avt_job_output_make(const char *storage, const char *job, int64_t token,
                                              char **ret_folder, struct avt_error *reterr);
/** Removes it if nothing was put there, and the job's folder if that is empty then. */
void avt_job_output_tidy(const char *storage, const char *job, int64_t token);
/** Removes it with the files in it, and the job's folder if nothing else is there. Failures are
 * left to the sweep. */
void avt_job_output_remove(const char *storage, const char *job, int64_t token);
