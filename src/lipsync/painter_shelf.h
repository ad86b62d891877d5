/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The painter that stays loaded from film to film: one at a time, for they are large.
 *
 * Threads: one shelf is used by one thread at a time.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/painter.h"
#include "os/footprint.h"

struct avt_painter_shelf;
/** @param table  In which what is loaded is noted, by `id`; borrowed. */
struct avt_painter_shelf *avt_painter_shelf_new(struct avt_footprints *table);
void avt_painter_shelf_free(struct avt_painter_shelf *shelf);
AVT_DEFINE_FREEP(struct avt_painter_shelf, avt_painter_shelf_free)

/** @param id         "musetalk musetalk-1.5": the engine and the model's name.
 *  @param bytes_min  It takes at least so much: its files.
 *  @param ret_state  Borrowed until it is dropped.
 *  @return as the engine's open(). What was loaded before has gone by then. */
AVT_CHECKED enum avt_code avt_painter_shelf_load(struct avt_painter_shelf *shelf, const char *id,
                                                 const struct avt_painter_engine *engine,
                                                 const struct avt_painter_weights *weights, int64_t bytes_min,
                                                 void **ret_state, struct avt_error *reterr);
/** Is it loaded, on that device? */
bool avt_painter_shelf_has(const struct avt_painter_shelf *shelf, const char *id, enum avt_device device);
/** Unload it if it is loaded; `id` NULL: whatever is. False: nothing was. */
bool avt_painter_shelf_drop(struct avt_painter_shelf *shelf, const char *id);
