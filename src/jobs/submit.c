/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/submit.h"

#include <stdio.h>
#include <string.h>

#include "jobs/estimate.h"
#include "jobs/params.h"
#include "store/layout.h"
#include "store/upload.h"

static enum avt_code check_space(const struct avt_submit_options *options, struct avt_error *reterr)
{
    int64_t free_bytes = options->free_bytes_min > 0 ? avt_layout_free_bytes(options->storage) : -1;
    if (free_bytes < 0 || free_bytes >= options->free_bytes_min)
        return AVT_OK;
    return avt_fail(reterr, AVT_ENOSPACE,
                    "the disk of the storage has %lld MB left, and no work is taken below %lld MB: "
                    "remove finished jobs ('avatar jobs cleanup') or free space otherwise",
                    (long long)(free_bytes / 1000000),
                    (long long)(options->free_bytes_min / 1000000));
}

/* An upload that would expire while its job waits lives on. One that is gone the worker will miss.
 */
static enum avt_code hold(struct avt_jobstore *store, const struct avt_ref *ref, int64_t until_ms,
                          struct avt_error *reterr)
{
    if (ref->kind != AVT_REF_UPLOAD)
        return AVT_OK;
    enum avt_code code = avt_upload_hold(store, ref->id, until_ms, reterr);
    return code == AVT_ENOENT ? AVT_OK : code;
}

static enum avt_code hold_uploads(struct avt_jobstore *store, const struct avt_job_params *params,
                                  const struct avt_job *job, struct avt_error *reterr)
{
    const struct avt_ref *const refs[] = {&params->avatar, &params->audio,     &params->music,
                                          &params->image,  &params->watermark, &params->input,
                                          &params->behind, &params->intro,     &params->outro,
                                          &params->clone.consent_audio};
    int64_t start_ms = avt_jobstore_now_ms(store);
    start_ms = job->run_at_ms > start_ms ? job->run_at_ms : start_ms;
    int64_t until_ms = start_ms + AVT_JOB_HOLD_DAYS * INT64_C(86400000);
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < sizeof(refs) / sizeof(refs[0]); i++)
        code = hold(store, refs[i], until_ms, reterr);
    for (size_t i = 0; code == AVT_OK && i < params->clone.clip_count; i++)
        code = hold(store, &params->clone.clips[i], until_ms, reterr);
    return code;
}

enum avt_code avt_jobs_submit(struct avt_jobstore *store, const struct avt_submit_options *options,
                              struct avt_job *job,
                              const struct avt_jobstore_idempotency *idempotency,
                              bool *ret_replayed, struct avt_error *reterr)
{
    struct avt_job_params params;
    enum avt_code code = avt_job_params_read(job->type, job->params, &params, reterr);
    if (code == AVT_OK)
        code = check_space(options, reterr);
    if (code == AVT_OK)
        code = hold_uploads(store, &params, job, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_job_estimate estimate;
    avt_job_estimate(options->storage, &params, 0, &estimate);
    job->estimate_s = estimate.total_s;
    job->short_work = avt_job_params_short(&params);
    return avt_jobstore_submit(store, job, idempotency, ret_replayed, reterr);
}

enum avt_code avt_jobs_retry(struct avt_jobstore *store, const struct avt_submit_options *options,
                             const char *id, const char *owner, struct avt_job *ret_job,
                             struct avt_error *reterr)
{
    struct avt_job old = {0};
    enum avt_code code = avt_jobstore_get(store, id, owner, &old, reterr);
    if (code != AVT_OK)
        return code;
    struct avt_job job = {.type = old.type,
                          .priority = old.priority,
                          .attempts_max = old.attempts_max,
                          .params = json_incref(old.params)};
    memcpy(job.owner, old.owner, sizeof(job.owner));
    memcpy(job.webhook_url, old.webhook_url, sizeof(job.webhook_url));
    bool replayed = false;
    if (old.status == AVT_JOB_FAILED || old.status == AVT_JOB_CANCELLED)
        code = avt_jobs_submit(store, options, &job, NULL, &replayed, reterr);
    else
        code = avt_fail(reterr, AVT_EINVAL,
                        "the job '%s' is %s: only a failed or cancelled one can be tried again", id,
                        avt_job_status_name(old.status));
    avt_job_done(&old);
    if (code == AVT_OK)
        *ret_job = job;
    else
        avt_job_done(&job);
    return code;
}
