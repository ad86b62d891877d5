/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /voice/clone: recordings become uploads, the rest is a job. The uploads are removed when it
 * has ended (jobs/recordings.h); here only if there is no job.
 */
#include <string.h>

#include "api/job_answer.h"
#include "api/upload.h"
#include "api_handlers.h"
#include "base/str.h"
#include "jobs/params.h"

static const char KINDS[] = "audio|video";

/* The uploads that were made for this request. */
struct made {
    char ids[AVT_PARAMS_CLIPS_MAX + 1][AVT_UPLOAD_ID_SIZE];
    size_t count;
};

static void drop(struct avt_call *call, const struct made *made)
{
    for (size_t i = 0; i < made->count; i++)
        avt_upload_drop(call->api, made->ids[i]);
}

/* The id of what a part of the form is or names: a new reference. NULL: it has answered. */
static json_t *source_of(struct avt_call *call, const struct avt_http_part *part,
                         struct made *made)
{
    struct avt_upload upload;
    struct avt_ref ref;
    if (part->fd >= 0) {
        if (!avt_upload_keep(call, part, KINDS, &upload))
            return NULL;
        memcpy(made->ids[made->count++], upload.id, AVT_UPLOAD_ID_SIZE);
        return json_string(upload.id);
    }
    if (strlen(part->value) != part->size || !avt_ref_parse(part->value, &ref) ||
        ref.kind == AVT_REF_AVATAR) {
        avt_call_body_fault(call, 422, "validation_error", part->name, "value_error",
                            "the part '%s' should be a sound or video file, or the id of an upload "
                            "or job",
                            part->name);
        return NULL;
    }
    return avt_job_check_id(call, part->name, ref.id, KINDS) ? json_string(ref.id) : NULL;
}

/* Puts the ids into the params where the form has files. False: it has answered. */
static bool take_parts(struct avt_call *call, json_t *params, struct made *made)
{
    json_t *clips = json_array();
    json_object_set_new(params, "audio", clips);
    for (size_t i = 0; i < avt_http_part_count(call->request); i++) {
        const struct avt_http_part *part = avt_http_part(call->request, i);
        bool is_clip = avt_str_equal(part->name, "audio");
        if (!is_clip && !avt_str_equal(part->name, "consent_audio"))
            continue;
        json_t *id = source_of(call, part, made);
        if (!id)
            return false;
        if (is_clip)
            json_array_append_new(clips, id);
        else
            json_object_set_new(params, part->name, id);
    }
    return true;
}

bool avt_job_check_recordings(struct avt_call *call)
{
    const json_t *clips = json_object_get(call->body, "audio");
    for (size_t i = 0; i < json_array_size(clips); i++) {
        if (!avt_job_check_id(call, "audio", json_string_value(json_array_get(clips, i)), KINDS))
            return false;
    }
    return avt_job_check_source(call, "consent_audio", KINDS);
}

void avt_route_clone_voice(struct avt_http_request *request, void *user)
{
    (void)user;
    struct avt_call *call = avt_call(request);
    struct made made = {.count = 0};
    struct avt_job job = {0};
    bool replayed = false, is_form = avt_http_part_named(request, "audio") != NULL;
    if (!is_form && !avt_job_check_recordings(call))
        return;
    json_t *params = avt_job_params_of(call);
    if (is_form && !take_parts(call, params, &made)) {
        json_decref(params);
        drop(call, &made);
        return;
    }
    bool done = avt_job_submit(call, AVT_JOB_VOICE_CLONE, params, false, &job, &replayed);
    /* A replay has its recordings already. */
    if (!done || replayed)
        drop(call, &made);
    if (!done)
        return;
    avt_job_answer(call, &job, replayed, avt_job_wait_s(call, false), NULL, NULL);
    avt_job_done(&job);
}
