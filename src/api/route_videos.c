/* SPDX-License-Identifier: Apache-2.0 */
/* /video/info; the other routes of /video are jobs like any (route_jobs.c). */
#include "api/job_answer.h"
#include "api_handlers.h"

static void answer_info(struct avt_call *call, const struct avt_job *job)
{
    if (job->status != AVT_JOB_COMPLETED) {
        avt_job_answer_failure(call, job);
        return;
    }
    json_t *info = json_deep_copy(job->result);
    json_object_set_new(info, "job_id", json_string(job->id));
    avt_call_json(call, 200, info);
}

void avt_route_get_video_info(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct avt_job job = {0};
    bool replayed = false;
    /* The same checks as for a body: what is named must be there and the caller's. */
    call->body = json_pack("{s:s}", "id", avt_call_text(call, "id"));
    if (!avt_job_check_source(call, "id", "audio|video"))
        return;
    json_t *params = json_pack("{s:s}", "input", avt_call_text(call, "id"));
    if (!avt_job_submit(call, AVT_JOB_VIDEO_INFO, params, true, &job, &replayed))
        return;
    avt_job_answer(call, &job, false, avt_job_wait_s(call, true), answer_info, NULL);
    avt_job_done(&job);
}
