/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The published packs, mapped, and voices made of them: a point of the space (voice/clone_model.h)
 * becomes a style row or a whole pack.
 *
 * Threads: immutable once open.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "voice/clone_model.h"

enum {
    AVT_PACK_ROWS = 510,  /* row i - 1 speaks a run of i symbols */
    AVT_PACK_STYLE = 256, /* first half timbre, second half prosody */
    AVT_PACK_COUNT = AVT_PACK_ROWS * AVT_PACK_STYLE,
};

struct avt_clone_space;
/** @param model  Borrowed for the life of the space.
 *  @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. Owned: avt_clone_space_free(). */
AVT_CHECKED enum avt_code avt_clone_space_open(const struct avt_clone_model *model,
                                               struct avt_clone_space **ret_space,
                                               struct avt_error *reterr);
void avt_clone_space_free(struct avt_clone_space *space);
AVT_DEFINE_FREEP(struct avt_clone_space, avt_clone_space_free)

/** One row of the voice at `coords`. @param row  Below AVT_PACK_ROWS. @param ret_style  [256] */
void avt_clone_space_row(const struct avt_clone_space *space, const float *coords, size_t row,
                         float *ret_style);
/** One row of a published voice. */
void avt_clone_space_pack_row(const struct avt_clone_space *space, size_t pack, size_t row,
                              float *ret_style);
