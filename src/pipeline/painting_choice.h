/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which neural network paints the mouth, and which makes it sharper, if any does: what --lipsync and --enhance say, and
 * where their weights are. */
#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/painter.h"
#include "nn/hardware.h"

enum { AVT_PAINTING_WHY_SIZE = 160 };

/** What --lipsync or --enhance stands for. */
struct avt_painting_choice {
    bool is_auto;                            /* to be settled by avt_painting_settle() or avt_enhancing_settle() */
    const struct avt_painter_engine *engine; /* NULL: none; the mouth is the program's own animation */
    char *folder;                            /* of the weights; owned */
    char *name;                              /* of the imported model; owned */
    int64_t bytes;                           /* of its files */
    float strength;                          /* 0..1: how much of its work is laid over; < 0: as usual, of auto */
};
/** @param spec  "builtin", "auto", an engine's name, or that of an imported model; NULL: builtin.
 *  @param wish  What it is to run on: of several models of an engine the one of the best precision for it.
 *  @return AVT_OK, AVT_EINVAL (there is no such engine), and as avt_imported_choose(). */
AVT_CHECKED enum avt_code avt_painting_choose(const char *spec, const struct avt_hardware_wish *wish,
                                              struct avt_painting_choice *ret_choice, struct avt_error *reterr);
/** @param spec  "none", or "auto", an engine's name or that of an imported model, with ":STRENGTH" behind it; NULL:
 *               none.
 *  @return as avt_painting_choose(). */
AVT_CHECKED enum avt_code avt_enhancing_choose(const char *spec, const struct avt_hardware_wish *wish,
                                               struct avt_painting_choice *ret_choice, struct avt_error *reterr);
/** Of "auto": the best engine that has weights and fits into the GPU's memory; without a GPU the program's own, since
 *  all others take longer than the film plays.
 *  @param ret_why  "musetalk 1.5 (muse): the best that is imported and fits into 10.0 GB of the GPU". */
void avt_painting_settle(struct avt_painting_choice *choice, const struct avt_hardware *hardware,
                         char ret_why[AVT_PAINTING_WHY_SIZE]);
/** The same of an enhancer, which is to fit beside `painter`; it may be of none. */
void avt_enhancing_settle(struct avt_painting_choice *choice, const struct avt_painting_choice *painter,
                          const struct avt_hardware *hardware, char ret_why[AVT_PAINTING_WHY_SIZE]);
/** Memory that its network takes, with what it takes while it runs; 0 of none. */
int64_t avt_painting_bytes(const struct avt_painting_choice *choice, enum avt_device device);
void avt_painting_choice_done(struct avt_painting_choice *choice);
