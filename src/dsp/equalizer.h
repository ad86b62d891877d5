/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A fixed, smooth change of timbre: a linear-phase filter whose gain goes through given points. It
 * moves nothing in time.
 *
 * Threads: immutable once made.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"

enum { AVT_EQUALIZER_POINTS_MAX = 64, AVT_EQUALIZER_TAPS = 383 };

struct avt_equalizer;
/** @param hz        [count] rising; below the first and above the last its gain holds.
 *  @param gains_db  [count]; in between the gain is a straight line over hz.
 *  @return owned by the caller: avt_equalizer_free(). */
struct avt_equalizer *avt_equalizer_new(int rate, const float *hz, const float *gains_db,
                                        size_t count);
void avt_equalizer_free(struct avt_equalizer *equalizer);
AVT_DEFINE_FREEP(struct avt_equalizer, avt_equalizer_free)

/** In place; the length stays. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_equalizer_run(const struct avt_equalizer *equalizer,
                                            struct avt_audio *audio, struct avt_error *reterr);
