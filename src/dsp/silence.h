/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Where a sound is silent: levels over short windows, and the edges of speech. */
#include <stdbool.h>
#include <stddef.h>

#include "dsp/audio.h"

/** RMS of samples [from, to) in dBFS; -HUGE_VAL for digital silence or an empty range. */
double avt_audio_level_db(const struct avt_audio *audio, size_t from, size_t to);

/** Turn all of it so that its RMS is `level_db` dBFS; digital silence stays. */
void avt_audio_set_level(struct avt_audio *audio, double level_db);

/** The first and one past the last sample within [from, to) whose surroundings (5 ms) are louder
 * than threshold_db. False, with nothing set, if nothing is. */
bool avt_audio_loud_range(const struct avt_audio *audio, size_t from, size_t to,
                          double threshold_db, size_t *ret_from, size_t *ret_to);

/** The longest run within [from, to) that stays at or below threshold_db. False if none is at least
 *  min_count samples long. */
bool avt_audio_quiet_run(const struct avt_audio *audio, size_t from, size_t to, double threshold_db,
                         size_t min_count, size_t *ret_from, size_t *ret_to);

/** A raised-cosine ramp from 0 to full over the first `in` samples, and down over the last `out`.
 */
void avt_audio_fade(struct avt_audio *audio, size_t in, size_t out);
