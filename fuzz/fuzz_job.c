/* SPDX-License-Identifier: Apache-2.0 */
/* A job's file may have been edited by anybody. What is taken must keep the promises of store/job.h and come
 * back the same when it is written and read again; what is refused gets a sentence. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/json.h"
#include "store/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_promises(const struct avt_job *job)
{
    avt_assert(avt_job_id_valid(job->id) && avt_job_owner_valid(job->owner));
    avt_assert((unsigned)job->type < AVT_JOB_TYPE_COUNT);
    avt_assert((unsigned)job->status < AVT_JOB_STATUS_COUNT);
    avt_assert(json_is_object(job->params) && (!job->result || json_is_object(job->result)));
    avt_assert(job->progress >= 0 && job->progress <= 100);
    avt_assert(job->attempts_max >= 1 && job->attempts_max <= AVT_JOB_ATTEMPTS_MAX);
    avt_assert(job->priority >= -AVT_JOB_PRIORITY_MAX && job->priority <= AVT_JOB_PRIORITY_MAX);
    avt_assert(job->attempt >= 0 && job->rescues >= 0 && job->lease_token >= 0);
    avt_assert(job->created_ms > 0 && job->run_at_ms > 0 && job->updated_ms > 0);
    avt_assert(avt_job_status_final(job->status) == (job->finished_ms != 0));
    avt_assert(job->status == AVT_JOB_RUNNING || job->lease_owner[0] == '\0');
    avt_assert(memchr(job->stage, '\0', sizeof(job->stage)) != NULL);
    avt_assert(memchr(job->error_message, '\0', sizeof(job->error_message)) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_job job = {0}, again = {0};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_json_decrefp)
    json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        return 0;
    if (avt_job_from_json(json, &job, &error) != AVT_OK) {
        avt_assert(error.message[0] != '\0');
        return 0;
    }
    check_promises(&job);
    AVT_CLEANUP(avt_json_decrefp) json_t *written = avt_job_to_json(&job, true);
    avt_assert(avt_job_from_json(written, &again, &error) == AVT_OK);
    AVT_CLEANUP(avt_json_decrefp) json_t *rewritten = avt_job_to_json(&again, true);
    avt_assert(json_equal(written, rewritten));
    AVT_CLEANUP(avt_json_decrefp) json_t *shown = avt_job_to_json(&job, false);
    avt_assert(!json_object_get(shown, "owner") && !json_object_get(shown, "lease"));
    avt_job_done(&job);
    avt_job_done(&again);
    return 0;
}
