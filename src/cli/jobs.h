/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the commands of jobs share. Jobs are JSON in the form of the API. */
#include "cli/backend.h"

/** The job as a table; nothing unless avt_cli_talks(). */
void avt_cli_jobs_print(struct avt_cli *cli, const json_t *job);
/** AVT_EJOB with the reason for a job that failed or was cancelled, else AVT_OK. */
AVT_CHECKED enum avt_code avt_cli_jobs_verdict(const json_t *job, struct avt_error *reterr);
/** Follow a job with a live line until it has ended.
 *  @param ret_job  The last that was seen, also on failure; untouched if nothing was. A new
 * reference. */
AVT_CHECKED enum avt_code avt_cli_jobs_watch(struct avt_cli *cli, struct avt_backend *backend,
                                             const char *id, json_t **ret_job,
                                             struct avt_error *reterr);
/** Save the result, or its captions, to `path` (NULL: named after the job) and say so. */
AVT_CHECKED enum avt_code avt_cli_jobs_save(struct avt_cli *cli, struct avt_backend *backend,
                                            const json_t *job, bool captions, const char *path,
                                            json_t *result, struct avt_error *reterr);
/** The values of a list option as one text with commas; its default if it was not given. Owned;
 * NULL: nothing. */
char *avt_cli_list_text(const struct avt_cli *cli, enum avt_cli_opt id);
