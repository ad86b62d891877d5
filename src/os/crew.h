/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * One helper thread that shares the rows of a picture, or any other numbered work, with the caller.
 * Without it (the system refused a thread) the caller does all.
 *
 * Threads: one crew is used by one thread at a time.
 */
#include "base/cleanup.h"

/** Items [first, end) done by worker 0 (the caller) or 1. */
typedef void (*avt_crew_fn)(void *user, int worker, int first, int end);

struct avt_crew;
struct avt_crew *avt_crew_new(void);
void avt_crew_free(struct avt_crew *crew);
AVT_DEFINE_FREEP(struct avt_crew, avt_crew_free)
/** All items of [0, end), each worker taking the next `at_once` of them when it is free; returns when
 *  all are done. */
void avt_crew_run(struct avt_crew *crew, avt_crew_fn run, void *user, int end, int at_once);
