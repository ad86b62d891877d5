/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Follows the store's events, whoever caused them (this server, a worker, a command, another
 * machine), and passes each on: to streams and waiting requests (topic "job:<id>"), to the metrics,
 * to webhooks. One thread; it looks when woken and at least twice a second. Private to the API.
 */
#include "api/call.h"

struct avt_follower;

enum { AVT_FOLLOWER_EVERY_MS = 500, AVT_FOLLOWER_PAGE = 500 };

/** Starts behind the last event that a server saw, at first behind the last there is; NULL if the
 * thread cannot be started. */
struct avt_follower *avt_follower_start(struct avt_api *api);
/** Look now. */
void avt_follower_wake(struct avt_follower *follower);
void avt_follower_stop(struct avt_follower *follower);

/** "job:<id>" */
void avt_topic_of(const char *job, char ret_topic[AVT_HTTP_TOPIC_SIZE]);
/** An event as clients get it: what the store has, and the job's id. One line, owned (avt_free). */
char *avt_event_text(const struct avt_job_event *event);
/** True if it says that the job is in a final state. */
bool avt_event_final(const struct avt_job_event *event);
