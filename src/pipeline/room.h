/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Room in memory for a model, before it is loaded; and whose turn it is on the GPU. */
#include "nn/shelf.h"
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

/** Take an item from the shelf, with room made for it where it is not loaded yet.
 *  @param what, bytes, vram_bytes  As above; the last counts where the item is for the GPU.
 *  @param ret_state  avt_shelf_take().
 *  @return as the two above, and as the item's open(). */
AVT_CHECKED enum avt_code avt_room_load(const struct avt_engines *engines, const struct avt_shelf_item *item,
                                        const char *what, int64_t bytes, int64_t vram_bytes, void **ret_state,
                                        struct avt_error *reterr);

/** Wait for the GPU: one of the storage's processes computes there at a time.
 *  @return AVT_OK, AVT_ECANCELLED, AVT_EIO. */
AVT_CHECKED enum avt_code avt_room_take_turn(const struct avt_engines *engines, const struct avt_cancel *cancel,
                                             struct avt_gpu_turn **ret_turn, struct avt_error *reterr);
/** Let the others. Where they need the GPU (avt_engines.leave_gpu) nothing that is not taken stays there. NULL: it was
 *  nobody's. */
void avt_room_end_turn(const struct avt_engines *engines, struct avt_gpu_turn *turn);
