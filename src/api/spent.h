/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Jobs that were made for one answer and are of no use after it: each is removed, with what was spoken,
 * once it has ended and the figures have it. What is on the list when the server ends stays until the
 * storage's general retention.
 *
 * Threads: avt_spent_add() from any; the others from the follower's.
 */
#include "store/jobstore.h"

enum { AVT_SPENT_MAX = 4096 }; /* beyond it, jobs stay as long as all others do */

struct avt_spent;

struct avt_spent *avt_spent_new(struct avt_jobstore *store, const char *storage);
/** Does nothing for NULL. */
void avt_spent_free(struct avt_spent *spent);
void avt_spent_add(struct avt_spent *spent, const char *job);
/** Find out which have ended, before the events are read: then nobody waits for these any more after. */
void avt_spent_look(struct avt_spent *spent);
/** Remove those that avt_spent_look() found. */
void avt_spent_purge(struct avt_spent *spent);
