/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What a voice was cloned from is a person's voice: it is not kept longer than the work needs it.
 * Any thread. */
#include "store/jobstore.h"

/** `job` is in a final state: remove the uploads that a voice_clone names, unless its reference was
 *  to be kept. Does nothing for other types. What cannot be removed expires like any upload. */
void avt_job_recordings_remove(struct avt_jobstore *store, const char *storage,
                               const struct avt_job *job);
