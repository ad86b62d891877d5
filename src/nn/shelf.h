/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Networks that stay loaded from one piece of work to the next, whoever uses them: painters, speech engines. Which of
 * them go when there is no room is for others to say (pipeline/room.h); with AVT_SHELF_MAX of them the one that was
 * used longest ago goes for a new one. One that is taken stays until it is put back.
 *
 * Threads: one shelf is used by one thread at a time.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "nn/device.h"
#include "os/footprint.h"

enum { AVT_SHELF_MAX = 4 };

struct avt_shelf;
/** @param table  In which what is loaded is noted, by `id`; borrowed. */
struct avt_shelf *avt_shelf_new(struct avt_footprints *table);
void avt_shelf_free(struct avt_shelf *shelf);
AVT_DEFINE_FREEP(struct avt_shelf, avt_shelf_free)

/** What is to lie there. */
struct avt_shelf_item {
    const char *id; /* the name of the model: no two have the same */
    enum avt_device device;
    int64_t bytes_min; /* it takes at least so much memory: its files */
    enum avt_code (*open)(const void *how, void **ret_state, struct avt_error *reterr);
    const void *how;
    void (*close)(void *state);
};
/** Loaded, if it was not, and taken.
 *  @param ret_state  Borrowed until it is put back.
 *  @return as the item's open(). */
AVT_CHECKED enum avt_code avt_shelf_take(struct avt_shelf *shelf, const struct avt_shelf_item *item, void **ret_state,
                                         struct avt_error *reterr);
/** It may be unloaded from now on. Does nothing for what is not there. */
void avt_shelf_put(struct avt_shelf *shelf, const char *id);

/** Is it loaded, on that device? */
bool avt_shelf_has(const struct avt_shelf *shelf, const char *id, enum avt_device device);
/** Unload it. False: it is not loaded, or taken. */
bool avt_shelf_drop(struct avt_shelf *shelf, const char *id);
/** Unload the one on the GPU that was used longest ago and is not taken. False: there is none. */
bool avt_shelf_drop_gpu(struct avt_shelf *shelf);
/** What those on the GPU take, by their files. */
int64_t avt_shelf_gpu_bytes(const struct avt_shelf *shelf);
/** Unload all that is not taken. */
void avt_shelf_clear(struct avt_shelf *shelf);
