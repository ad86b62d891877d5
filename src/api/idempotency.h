/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Idempotency-Key. For work that becomes a job the store itself keeps the key, in the transaction
 * that stores the job; for every other POST the answer is kept as a record of kind "answer" for 24
 * hours. Private to the API.
 */
#include "api/call.h"

enum { AVT_IDEMPOTENCY_KEEP_MS = 24 * 60 * 60 * 1000 };

/** Before the handler of a POST. False: it has answered (a replay, 409 while the first is under
 * way, 422 for another request under the same key). */
bool avt_idempotency_begin(struct avt_call *call);
/** Keep a successful answer, if the operation's answers are kept. */
void avt_idempotency_keep(struct avt_call *call, int status, const char *body);
/** The next request with the key may come: called before the answer goes out, since who has it may ask
 *  again at once. Does nothing without a key. */
void avt_idempotency_done(struct avt_call *call);
/** What the store wants to know of it; NULL without a key. Lives as long as the request. */
const struct avt_jobstore_idempotency *avt_idempotency_of_job(struct avt_call *call);
