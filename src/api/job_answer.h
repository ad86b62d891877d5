/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Jobs as answers: what the routes that make or show one have in common. Private to the API. */
#include "api/call.h"
#include "base/voices.h"
#include "profile/profile.h"

/** Read a job of the caller's. False: it has answered (404, 503). avt_job_done(). */
bool avt_job_load(struct avt_call *call, const char *id, struct avt_job *ret_job);
/** The job as the document's JobResponse: the stored record, fresher progress, place in the queue,
 * expected time, links. New reference. */
json_t *avt_api_job_view(struct avt_api *api, const struct avt_job *job);

/** Ids and voices that the body names must exist and be the caller's; an id must be of `kind`
 * ("image", "audio", "video", or two of them with a bar between). False: it has answered (404, 409,
 * 422). */
bool avt_job_check_source(struct avt_call *call, const char *field, const char *kinds);
/** The same for an id that stands somewhere in `field`. */
bool avt_job_check_id(struct avt_call *call, const char *field, const char *id, const char *kinds);
bool avt_job_check_voice(struct avt_call *call);
/** All voices of a blend, or the one: stock voices, profiles of the caller's, or what may be a voice that was
 * added to the machine. NULL has none, so true.
 * @param ret_missing  On false: which is not there, or "" if the blend cannot be read. */
bool avt_job_voices_exist(const struct avt_call *call, const char *spec,
                          char ret_missing[AVT_VOICE_NAME_SIZE]);

/**
 * Store a job of `type` with `params` (taken) and the body's priority, run_at and webhook_url; wake
 * the workers. False: it has answered. `ret_job`: avt_job_done().
 */
bool avt_job_submit(struct avt_call *call, enum avt_job_type type, json_t *params, bool hurry,
                    struct avt_job *ret_job, bool *ret_replayed);
/** The recordings of a voice_clone in JSON, likewise. */
bool avt_job_check_recordings(struct avt_call *call);
/** The profiles that the caller sees, and in whose name; borrowed from the call. */
struct avt_profile_home avt_call_home(const struct avt_call *call);
/** The body without what is about the job and not about the work. New reference. */
json_t *avt_job_params_of(const struct avt_call *call);

/** Answers a finished job. */
typedef void (*avt_job_finished_fn)(struct avt_call *call, const struct avt_job *job);
/**
 * Answer for a job that was just made: 202 with it, or, if wait_s > 0 and it ends in time,
 * `finished` (NULL: 200 with the job). Sets Location. `extra` (taken, may be NULL) is merged into
 * the 202 answer.
 */
void avt_job_answer(struct avt_call *call, const struct avt_job *job, bool replayed,
                    unsigned wait_s, avt_job_finished_fn finished, json_t *extra);
/** How long to wait: N of "Prefer: wait=N"; else, for short work that a worker could do now, the
 *  server's own time; 0 with "respond-async". */
unsigned avt_job_wait_s(struct avt_call *call, bool short_work);
/** A worker is there, whatever it is at. */
bool avt_job_some_worker(struct avt_api *api);
/** 422 or what else the job's error code stands for, with its sentence. */
void avt_job_answer_failure(struct avt_call *call, const struct avt_job *job);
/** Path of the job's result file, NULL if the result names none. Owned. `member`: "file",
 * "captions". */
char *avt_job_result_path(const struct avt_api *api, const struct avt_job *job, const char *member);
/** Serve a file of the result. False (404 answered by the caller) if there is none. */
bool avt_job_serve(struct avt_call *call, const struct avt_job *job, const char *member,
                   bool attachment);
