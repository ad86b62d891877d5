/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Speech as the answer of the request that asked for it: a job whose file grows while a worker speaks,
 * read here as it grows. The answer begins with the first sound, so what goes wrong before it is an
 * error like any other; what goes wrong after it cuts the connection (or is an event of the stream).
 * A client that goes away cancels the job, and the job is removed after the answer, unless the request
 * had an Idempotency-Key, which stands for the wish to have it even then.
 */
#include "api/call.h"

enum { AVT_SPEECH_START_S = 120 }; /* to the first sound; then 503 */

struct avt_speech_request {
    json_t *params; /* of the job; taken. "format" and "stream" are in them */
    bool hurry;
    bool events;         /* answer with server-sent events that carry the bytes in Base64 */
    long long characters; /* of the text, for the figures of the last event */
};
/** Put on the job and answer with what it says. */
void avt_speech_answer(struct avt_call *call, const struct avt_speech_request *request);
/** Something happened to a job: tell the answer that reads its file, if there is one. */
void avt_speech_follow(struct avt_api *api, const struct avt_job_event *event);
