/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The painters that stay loaded from film to film. Which of them go when there is no room is for others to say
 * (pipeline/room.h); with AVT_PAINTERS_MAX of them the one that was used longest ago goes for a new one. Those that a
 * film uses, which may be two of them, are not unloaded under its hands.
 *
 * Threads: one shelf is used by one thread at a time.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/painter.h"
#include "os/footprint.h"

enum { AVT_PAINTERS_MAX = 4 };

struct avt_painter_shelf;
/** @param table  In which what is loaded is noted, by `id`; borrowed. */
struct avt_painter_shelf *avt_painter_shelf_new(struct avt_footprints *table);
void avt_painter_shelf_free(struct avt_painter_shelf *shelf);
AVT_DEFINE_FREEP(struct avt_painter_shelf, avt_painter_shelf_free)

/** Load it, if it is not, and keep it until avt_painter_shelf_release(). Fewer than AVT_PAINTERS_MAX are kept at once.
 *  @param id         The name of the model: no two have the same.
 *  @param bytes_min  It takes at least so much memory: its files.
 *  @param ret_state  Borrowed until it is released.
 *  @return as the engine's open(). */
AVT_CHECKED enum avt_code avt_painter_shelf_load(struct avt_painter_shelf *shelf, const char *id,
                                                 const struct avt_painter_engine *engine,
                                                 const struct avt_painter_weights *weights, int64_t bytes_min,
                                                 void **ret_state, struct avt_error *reterr);
/** It may be unloaded from now on; it stays loaded until it is. */
void avt_painter_shelf_release(struct avt_painter_shelf *shelf, const char *id);
/** Is it loaded, on that device? */
bool avt_painter_shelf_has(const struct avt_painter_shelf *shelf, const char *id, enum avt_device device);
/** Unload it. False: it is not loaded, or in use. */
bool avt_painter_shelf_drop(struct avt_painter_shelf *shelf, const char *id);
/** Unload the one on the GPU that was used longest ago, of those that are not in use. False: there is none. */
bool avt_painter_shelf_drop_gpu(struct avt_painter_shelf *shelf);
/** What those on the GPU take, by their files. */
int64_t avt_painter_shelf_gpu_bytes(const struct avt_painter_shelf *shelf);
/** Unload all; none is in use. */
void avt_painter_shelf_clear(struct avt_painter_shelf *shelf);
