/* SPDX-License-Identifier: Apache-2.0 */
#include "store/job.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/rng.h"
#include "base/str.h"

static const struct {
    const char *name;
    bool unlisted, is_short;
} types[AVT_JOB_TYPE_COUNT] = {
    [AVT_JOB_FULL_PIPELINE] = {"full_pipeline", false, false},
    [AVT_JOB_VOICE_CLONE] = {"voice_clone", false, false},
    [AVT_JOB_VOICE_SYNTHESIS] = {"voice_synthesis", false, true},
    [AVT_JOB_AVATAR_GENERATE] = {"avatar_generate", false, false},
    [AVT_JOB_FACE_DETECT] = {"face_detect", false, true},
    [AVT_JOB_LIPSYNC] = {"lipsync", false, false},
    [AVT_JOB_VIDEO_ENCODE] = {"video_encode", false, false},
    [AVT_JOB_VIDEO_INFO] = {"video_info", true, true},
    [AVT_JOB_WEBHOOK] = {"webhook", true, false},
};

static const char *const statuses[AVT_JOB_STATUS_COUNT] = {
    [AVT_JOB_PENDING] = "pending",     [AVT_JOB_RUNNING] = "running",
    [AVT_JOB_COMPLETED] = "completed", [AVT_JOB_FAILED] = "failed",
    [AVT_JOB_CANCELLED] = "cancelled",
};

const char *avt_job_type_name(enum avt_job_type type)
{
    avt_assert((unsigned)type < AVT_JOB_TYPE_COUNT);
    return types[type].name;
}

bool avt_job_type_parse(const char *name, enum avt_job_type *ret_type)
{
    for (unsigned i = 0; i < AVT_JOB_TYPE_COUNT; i++) {
        if (avt_str_equal(name, types[i].name)) {
            *ret_type = (enum avt_job_type)i;
            return true;
        }
    }
    return false;
}

bool avt_job_type_listed(enum avt_job_type type)
{
    avt_assert((unsigned)type < AVT_JOB_TYPE_COUNT);
    return !types[type].unlisted;
}

bool avt_job_type_short(enum avt_job_type type)
{
    avt_assert((unsigned)type < AVT_JOB_TYPE_COUNT);
    return types[type].is_short;
}

const char *avt_job_status_name(enum avt_job_status status)
{
    avt_assert((unsigned)status < AVT_JOB_STATUS_COUNT);
    return statuses[status];
}

bool avt_job_status_parse(const char *name, enum avt_job_status *ret_status)
{
    for (unsigned i = 0; i < AVT_JOB_STATUS_COUNT; i++) {
        if (avt_str_equal(name, statuses[i])) {
            *ret_status = (enum avt_job_status)i;
            return true;
        }
    }
    return false;
}

bool avt_job_status_final(enum avt_job_status status)
{
    avt_assert((unsigned)status < AVT_JOB_STATUS_COUNT);
    return status != AVT_JOB_PENDING && status != AVT_JOB_RUNNING;
}

bool avt_job_transition_allowed(enum avt_job_status from, enum avt_job_status to)
{
    switch (from) {
    case AVT_JOB_PENDING:
        return to == AVT_JOB_RUNNING || to == AVT_JOB_CANCELLED;
    case AVT_JOB_RUNNING:
        return to != AVT_JOB_RUNNING;
    default:
        return false;
    }
}

const char *avt_job_stage_name(int stage)
{
    static const char *const names[AVT_JOB_STAGES] = {"voice",   "speech", "face",
                                                      "lipsync", "encode", "cleanup"};
    avt_assert(stage >= 0 && stage < AVT_JOB_STAGES);
    return names[stage];
}

bool avt_job_owner_valid(const char *owner)
{
    size_t size = strspn(owner, "0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    return owner[size] == '\0' && size < AVT_JOB_OWNER_SIZE;
}

void avt_job_id_make(int64_t now_ms, char ret_id[AVT_JOB_ID_SIZE])
{
    /* The digits are for people; the random part alone keeps two ids apart. A clock out of range
     * must not make an id that avt_job_id_valid() refuses. */
    const int64_t last = INT64_C(253402300799000);
    time_t seconds = (time_t)((now_ms < 0 ? 0 : now_ms > last ? last : now_ms) / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char stamp[15];
    strftime(stamp, sizeof(stamp), "%Y%m%d%H%M%S", &tm);
    uint32_t random;
    avt_random_bytes(&random, sizeof(random));
    snprintf(ret_id, AVT_JOB_ID_SIZE, "job-%s-%08x", stamp, (unsigned)random);
}

bool avt_job_id_valid(const char *id)
{
    static const char pattern[] = "job-00000000000000-xxxxxxxx";
    for (size_t i = 0; pattern[i] != '\0'; i++) {
        bool good = pattern[i] == '0' ? id[i] >= '0' && id[i] <= '9'
                    : pattern[i] == 'x'
                        ? (id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f')
                        : id[i] == pattern[i];
        if (!good)
            return false;
    }
    return id[sizeof(pattern) - 1] == '\0';
}

void avt_job_copy(const struct avt_job *job, struct avt_job *ret_job)
{
    *ret_job = *job;
    ret_job->params = json_deep_copy(job->params);
    ret_job->result = json_deep_copy(job->result);
}

void avt_job_done(struct avt_job *job)
{
    json_decref(job->params);
    json_decref(job->result);
    job->params = job->result = NULL;
}
