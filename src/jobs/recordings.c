/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/recordings.h"

#include "base/log.h"
#include "jobs/params.h"
#include "store/upload.h"

static void remove_upload(struct avt_jobstore *store, const char *storage,
                          const struct avt_ref *ref)
{
    struct avt_error error = {0};
    if (ref->kind != AVT_REF_UPLOAD)
        return;
    enum avt_code code = avt_upload_remove(store, storage, ref->id, NULL, &error);
    if (code != AVT_OK && code != AVT_ENOENT)
        avt_log(AVT_LOG_WARN, "the recording %s stays until it expires: %s", ref->id,
                error.message);
}

void avt_job_recordings_remove(struct avt_jobstore *store, const char *storage,
                               const struct avt_job *job)
{
    struct avt_job_params params;
    if (job->type != AVT_JOB_VOICE_CLONE ||
        avt_job_params_read(job->type, job->params, &params, NULL) != AVT_OK ||
        params.clone.keep_reference)
        return;
    for (size_t i = 0; i < params.clone.clip_count; i++)
        remove_upload(store, storage, &params.clone.clips[i]);
    remove_upload(store, storage, &params.clone.consent_audio);
}
