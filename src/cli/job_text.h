/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Jobs (JSON in the form of the API) as people read them. */
#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

enum { AVT_JOB_NOTE_MAX = 1024 };

/** "place 2, about 12 s", "42 %, lipsync, 0:03 to go", "5.2 s, 3 min ago", "no_face: ...": what
 * there is to say beside the status. Appended to `out`.
 *  @param percent  False where the progress is shown otherwise. */
void avt_job_text_note(const json_t *job, int64_t now_ms, bool percent, struct avt_buf *out);
/** "3 min", "2 h", "5 d". */
const char *avt_job_text_age(int64_t ms, char ret_text[24]);
/** Milliseconds of a member that is a time; 0 if it is null. */
int64_t avt_job_text_time(const json_t *job, const char *key);
