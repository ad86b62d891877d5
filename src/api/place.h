/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Places in the queue, remembered while the queue is the same, so that a list of waiting jobs does
 * not ask the store for each. Any thread. */
#include "store/job_view.h"

enum { AVT_PLACES_MAX = 2048, AVT_PLACE_KEEP_MS = 500 };

struct avt_places;

struct avt_places *avt_places_new(struct avt_jobstore *store);
void avt_places_free(struct avt_places *places);
/** The place of a pending job; not known for any other. */
struct avt_job_place avt_places_get(struct avt_places *places, const struct avt_job *job);
/** The queue has changed. What changes it elsewhere is noticed with the store's events, or after
 *  AVT_PLACE_KEEP_MS. */
void avt_places_forget(struct avt_places *places);
