/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What workers last said of the jobs they run: fresher than the store, which learns of progress
 * only with each heartbeat. Any thread. */
#include "jobs/link.h"

struct avt_live;

struct avt_live *avt_live_new(void);
void avt_live_free(struct avt_live *live);
/** Progress, claimed and finished are remembered or forgotten; other messages are ignored. */
void avt_live_take(struct avt_live *live, const struct avt_link_message *message);
/** The last progress of a running job; false if nothing is known. */
bool avt_live_get(struct avt_live *live, const char *job, struct avt_link_message *ret_message);
