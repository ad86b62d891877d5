/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What is loaded into this process and how much memory it takes, measured as the growth of resident
 * memory while it was loaded. Whoever loads notes it here, whoever has a budget reads it.
 *
 * Threads: every function may be called from any thread. A NULL table takes notes of nothing.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum { AVT_FOOTPRINTS_MAX = 16, AVT_FOOTPRINT_NAME_SIZE = 64 };

struct avt_footprint {
    char name[AVT_FOOTPRINT_NAME_SIZE]; /* id in the model list */
    int64_t bytes;
    double used_s; /* avt_now_s() of its last use */
};

struct avt_footprints;
struct avt_footprints *avt_footprints_new(void);
void avt_footprints_free(struct avt_footprints *table);
AVT_DEFINE_FREEP(struct avt_footprints, avt_footprints_free)

/** Whom to ask for room before something is loaded: it may unload what it can spare. `make_room` NULL: nobody. */
void avt_footprints_on_expect(struct avt_footprints *table,
                              void (*make_room)(void *user, const char *name, int64_t bytes), void *user);
/** It is about to be loaded, and will take about so much; without any lock of the caller's on what may be unloaded. */
void avt_footprints_expect(struct avt_footprints *table, const char *name, int64_t bytes);
/** It was loaded. @param before  avt_memory_now_bytes() before that.
 *  @param bytes_min  It takes at least so much (its file): memory freed earlier hides the growth.
 */
void avt_footprints_loaded(struct avt_footprints *table, const char *name, size_t before,
                           int64_t bytes_min);
/** It is used now. */
void avt_footprints_used(struct avt_footprints *table, const char *name);
/** It was unloaded. */
void avt_footprints_unloaded(struct avt_footprints *table, const char *name);
/** In the order of loading. @param ret_list  [max]. Returns how many. */
size_t avt_footprints_list(struct avt_footprints *table, struct avt_footprint *ret_list,
                           size_t max);
