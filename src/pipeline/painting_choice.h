/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Which neural network paints the mouth, if any does: what --lipsync says, and where its weights are. */
#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/painter.h"

/** What --lipsync stands for. */
struct avt_painting_choice {
    const struct avt_painter_engine *engine; /* NULL: the program's own animation */
    char *folder;                            /* of the weights; owned */
    char *name;                              /* of the imported model; owned */
    int64_t bytes;                           /* of its files */
};
/** @param spec  "builtin", an engine's name, or that of an imported model; NULL: builtin.
 *  @return AVT_OK, AVT_EINVAL (there is no such engine), and as avt_imported_choose(). */
AVT_CHECKED enum avt_code avt_painting_choose(const char *spec, struct avt_painting_choice *ret_choice,
                                              struct avt_error *reterr);
void avt_painting_choice_done(struct avt_painting_choice *choice);
