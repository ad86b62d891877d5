/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The state of a network that is run step by step: tensors "state_X" that it takes, each with an "out_state_X" that it
 * gives for the next step. Private to pocket*.c.
 */
#include "nn/bound.h"

enum { AVT_POCKET_STATES_MAX = AVT_SESSION_IO_MAX };

/** Tensors with memory of their own: avt_pocket_state_done(). Names are borrowed from the session. */
struct avt_pocket_state {
    struct avt_tensor tensors[AVT_POCKET_STATES_MAX];
    const char *outputs[AVT_POCKET_STATES_MAX]; /* what each goes on as */
    size_t count;
};
void avt_pocket_state_done(struct avt_pocket_state *state);

/** The state that everything starts from: zeros, of length 1 wherever any will do.
 *  @param path  Of the model, for messages.
 *  @param ret_state  Zero it first.
 *  @return AVT_OK, AVT_EMODELBAD (none, or one without its other half), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_pocket_state_start(const struct avt_session *session, const char *path,
                                                 struct avt_pocket_state *ret_state, struct avt_error *reterr);
/** Set the inputs to it and want the outputs. It is borrowed until the first avt_pocket_state_carry(), and never
 *  written to.
 *  @param updates  Which of them may be written over from then on; NULL: none. */
AVT_CHECKED enum avt_code avt_pocket_state_set(struct avt_bound *bound, const struct avt_pocket_state *state,
                                               const struct avt_updates *updates, struct avt_error *reterr);
/** What the last step gave goes into the next. */
AVT_CHECKED enum avt_code avt_pocket_state_carry(struct avt_bound *bound, const struct avt_pocket_state *state,
                                                 struct avt_error *reterr);
/** A copy of what the last step gave. @param ret_state  Zero it first. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_pocket_state_copy(const struct avt_bound *bound, const struct avt_pocket_state *state,
                                                struct avt_pocket_state *ret_state, struct avt_error *reterr);
/** Of the caches, the least number of positions that there is room for: the third length of all tensors with five.
 *  INT64_MAX: there is no cache. */
int64_t avt_pocket_state_room(const struct avt_pocket_state *state);
