/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Brings speech to -16 LUFS with peaks below -1.5 dBTP, piece by piece: what was given out cannot
 * be called back, so each piece is set by the loudness of all that was said up to its end. The gain
 * is constant within a piece and changes in the pause between two.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"

struct avt_leveller;
/** @return AVT_OK, AVT_ENOMEM. Owned by the caller: avt_leveller_free(). */
AVT_CHECKED enum avt_code avt_leveller_new(int rate, struct avt_leveller **ret_leveller,
                                           struct avt_error *reterr);
/** Set the level of the next piece, in place. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_leveller_apply(struct avt_leveller *leveller, struct avt_audio *audio,
                                             struct avt_error *reterr);
void avt_leveller_free(struct avt_leveller *leveller);
AVT_DEFINE_FREEP(struct avt_leveller, avt_leveller_free)
