/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Single measures of a recording; for clip_check.c and its tests. */
#include <stddef.h>

#include "base/error.h"
#include "dsp/audio.h"
#include "voice/ge2e.h"

/** Part of the samples within a tenth of the highest. A clean voice has .001 at most, one cut at
 * half its peaks .02. */
double avt_clip_clipped(const struct avt_audio *audio);

/** Part of the spectral peaks from .6 to 4 kHz that stand still for .2 s. The partials of a voice
 * never do (below .01 on read speech), those of instruments do (above .5; .2 if music is 18 dB
 * below speech). `audio` at 16 kHz. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_clip_music(const struct avt_audio *audio, double *ret_music,
                                         struct avt_error *reterr);

/** Frequency below which 99.9 % of the energy above 1 kHz lies. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_clip_bandwidth(const struct avt_audio *audio, double *ret_hz,
                                             struct avt_error *reterr);

/** The windows' directions in two groups (two means, begun with the two that differ most).
 *  @param ret_other  Part of the windows in the smaller group; 0 if they form one.
 *  @param ret_apart  Similarity of the groups' means. One reader: .78 and above; two: .71 and
 * below. */
void avt_clip_voices(const struct avt_embedding *windows, size_t count, double *ret_other,
                     double *ret_apart);

/** Second-order Butterworth high-pass, in place. */
void avt_clip_high_pass(struct avt_audio *audio, double hz);
