/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A job as a value: what was asked for, how far it is, what came of it. Shared by the stores, the
 * workers, the API and the commands; none of them keeps a second form of it.
 *
 * Times are milliseconds since 1970 (UTC), 0 = not yet; they come from the store's clock, never from
 * a client.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"

enum avt_job_type {
    AVT_JOB_FULL_PIPELINE,
    AVT_JOB_VOICE_CLONE,
    AVT_JOB_VOICE_SYNTHESIS,
    AVT_JOB_AVATAR_GENERATE,
    AVT_JOB_FACE_DETECT,
    AVT_JOB_LIPSYNC,
    AVT_JOB_VIDEO_ENCODE,
    AVT_JOB_VIDEO_INFO, /* short: answers of GET /video/info, never listed */
    AVT_JOB_WEBHOOK,    /* delivery of a webhook; internal, never listed */
    AVT_JOB_TYPE_COUNT,
};
enum avt_job_status {
    AVT_JOB_PENDING,
    AVT_JOB_RUNNING,
    AVT_JOB_COMPLETED,
    AVT_JOB_FAILED,
    AVT_JOB_CANCELLED,
    AVT_JOB_STATUS_COUNT,
};

enum {
    AVT_JOB_ID_SIZE = 28,              /* "job-20240115120000-abc12345" + NUL */
    AVT_JOB_PARAMS_BYTES_MAX = 4 << 20, /* of JSON: a million characters of text and its escapes */
    AVT_JOB_RESULT_BYTES_MAX = 1 << 20,
    AVT_JOB_ATTEMPTS_MAX = 20,
    AVT_JOB_ATTEMPTS_DEFAULT = 3,
    AVT_JOB_STAGES = 6,                /* as AVT_STAGE_COUNT of <avatar/avatar.h> */
    AVT_JOB_PRIORITY_MAX = 100,        /* -100..100, higher first */
    AVT_JOB_OWNER_SIZE = 16,           /* id of the key that made it; "" = nobody (local) */
};

struct avt_job {
    char id[AVT_JOB_ID_SIZE];
    int64_t sequence;      /* grows with every job submitted, whatever the clock does: order of lists */
    enum avt_job_type type;
    enum avt_job_status status;
    char owner[AVT_JOB_OWNER_SIZE];
    json_t *params;        /* object, owned; never NULL */
    bool short_work;       /* about a second: an interactive worker takes it too */
    int priority;
    int64_t run_at_ms;     /* not claimed before */
    int64_t created_ms, started_ms, finished_ms, updated_ms;
    int attempt, attempts_max;
    int rescues;           /* leases lost so far: a job that kills workers stops at the limit */
    int progress;          /* 0..100 */
    char stage[16];        /* "" or a stage's name */
    int stages_completed;  /* bit per stage, as avt_pipeline_result */
    bool cancel_requested;
    char lease_owner[64];  /* worker's name; "" unless running */
    int64_t lease_until_ms;
    int64_t lease_token;   /* +1 with every claim; every write of a worker names it */
    json_t *result;        /* object or NULL, owned */
    char error_code[32], error_stage[16]; /* "" without an error */
    char error_message[AVT_ERROR_MESSAGE_MAX];
    double estimate_s;     /* expected seconds of work; 0 = unknown */
    double stage_s[AVT_JOB_STAGES]; /* measured, of a completed job */
    char request_id[64];   /* of the request that made it, for logs */
    char webhook_url[1024]; /* "" = none */
};

const char *avt_job_type_name(enum avt_job_type type);
bool avt_job_type_parse(const char *name, enum avt_job_type *ret_type);
/** False for those that lists and statistics leave out. */
bool avt_job_type_listed(enum avt_job_type type);
/** True for types that may be work of about a second; whether a job is, says its short_work. */
bool avt_job_type_short(enum avt_job_type type);
const char *avt_job_status_name(enum avt_job_status status);
bool avt_job_status_parse(const char *name, enum avt_job_status *ret_status);
/** completed, failed, cancelled: nothing leaves these. */
bool avt_job_status_final(enum avt_job_status status);
/** pending > running | cancelled; running > pending (handed back, retried, rescued) | completed |
 *  failed | cancelled. Retry of a failed or cancelled job makes a new job. */
bool avt_job_transition_allowed(enum avt_job_status from, enum avt_job_status to);

/** "job-YYYYMMDDHHMMSS-xxxxxxxx" with 8 random hex digits. */
void avt_job_id_make(int64_t now_ms, char ret_id[AVT_JOB_ID_SIZE]);
/** Checked before an id is used in any path or query. */
bool avt_job_id_valid(const char *id);

/** Name of a stage by its number 0..AVT_JOB_STAGES-1, as avt_stage_name() has them. */
const char *avt_job_stage_name(int stage);
/** Letters, digits, "_" and "-", short enough for avt_job.owner; "" too. */
bool avt_job_owner_valid(const char *owner);

/** The job as the API and --json print it. Private fields (owner, lease, sequence) only with `all`,
 *  which is what the file store keeps; avt_job_from_json() reads that back. New reference. */
json_t *avt_job_to_json(const struct avt_job *job, bool all);
/** Reads what avt_job_to_json(job, true) wrote, and a person may have edited: every field is checked,
 *  fields that are left out (but id, type, status, created_at, params) are empty, unknown ones are ignored.
 *  @return AVT_OK or AVT_EFORMAT (names the field). *ret_job is filled on success: avt_job_done(). */
AVT_CHECKED enum avt_code avt_job_from_json(const json_t *json, struct avt_job *ret_job,
                                            struct avt_error *reterr);
/** A copy that shares nothing with `job`: avt_job_done(). */
void avt_job_copy(const struct avt_job *job, struct avt_job *ret_job);
/** Frees what the job owns, not the struct. Twice does no harm. */
void avt_job_done(struct avt_job *job);
