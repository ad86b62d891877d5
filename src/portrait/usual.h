/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How often each value is drawn where nobody asks for one, by what is drawn before it.
 *
 * Threads: no shared state.
 */
#include "portrait/wish.h"

enum { AVT_USUAL_MAX = 40 }; /* values of a choice at most */

/** Weights, in any scale, of the values of a choice for somebody of whom the attributes before it in
 *  avt_attributes_draw_wishes() are known. */
void avt_usual(enum avt_slot slot, const struct avt_attributes *attributes, float ret_weights[AVT_USUAL_MAX]);
/** Can hair of this texture be worn in one of the styles (one bit each)? */
bool avt_usual_has_style(int texture, uint64_t styles);
