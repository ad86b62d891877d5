/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Room in memory for a model, before it is loaded. */
#include "pipeline/pipeline.h"

/** Unload what was used longest ago until `bytes` more fit into the budget for models and into the machine's memory.
 *  Models that find faces are small and stay.
 *  @param id  Of what is to be loaded, as in the footprints: it is not in its own way.
 *  @param what  The same for people: "MuseTalk".
 *  @return AVT_OK, AVT_ENOMEM (how much it needs, and what to do). */
AVT_CHECKED enum avt_code avt_room_make(const struct avt_engines *engines, const char *id, const char *what,
                                        int64_t bytes,
                                        struct avt_error *reterr);

/** The same for the GPU: of what lies there by `engines`, and is not at work, the oldest goes first.
 *  @param vram_bytes  That may be taken of it in all. */
AVT_CHECKED enum avt_code avt_room_make_on_gpu(const struct avt_engines *engines, const char *what, int64_t bytes,
                                               int64_t vram_bytes, struct avt_error *reterr);
