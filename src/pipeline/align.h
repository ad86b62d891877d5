/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * When is what said in a recording, given its text: the text is synthesised, and the synthetic
 * speech, whose times are known, is laid over the recording by dynamic time warping of mel spectra
 * (Sakoe & Chiba 1978). Rough, but it needs no recogniser.
 */
#include <avatar/avatar.h>

#include "dsp/audio.h"
#include "dsp/timeline.h"
#include "os/thread.h"
#include "pipeline/plan.h"
#include "voice/tts.h"

/* The warping table grows with the square of the length. */
#define AVT_ALIGN_S_MAX 300.0

/** When what of `request` is said in `recording`.
 *  @return AVT_OK, AVT_ELIMIT (too long), and what synthesis returns. Owned by the caller. */
AVT_CHECKED enum avt_code avt_align_request(struct avt_tts *tts, const struct avt_audio *recording,
                                            const struct avt_tts_request *request,
                                            struct avt_timeline **ret_timeline, struct avt_error *reterr);
/** @param plan  Its request is what is said.
 *  @return AVT_OK, AVT_ELIMIT (too long), and what synthesis returns. Owned by the caller. */
AVT_CHECKED enum avt_code avt_align_speech(struct avt_tts *tts, const struct avt_audio *recording,
                                           const struct avt_plan *plan,
                                           const struct avt_cancel *cancel,
                                           struct avt_timeline **ret_timeline,
                                           struct avt_error *reterr);

/** Add the words of `text` (parted by blanks, without the marks around them) to a timeline of what is heard: each gets
 *  of the time in which something is heard what its letters are of all letters. Off by some tenths of a second.
 *  @return AVT_OK, AVT_ELIMIT (too many words). */
AVT_CHECKED enum avt_code avt_align_spread(struct avt_timeline *timeline, const char *text, struct avt_error *reterr);

struct avt_viseme_net;
/** As avt_align_request() in a language that the program does not speak itself: the mouth is what is heard, the words
 *  are spread over it.
 *  @param language  Of the timeline's segment.
 *  @return as avt_viseme_net_listen(), and avt_align_spread(). Owned by the caller. */
AVT_CHECKED enum avt_code avt_align_heard(const struct avt_viseme_net *net, const struct avt_audio *recording,
                                          const char *text, const char *voice, const char *language,
                                          const struct avt_cancel *cancel, struct avt_timeline **ret_timeline,
                                          struct avt_error *reterr);

/** Path of least cost through two sequences of feature vectors.
 *  @param a, b       [a_count, size], [b_count, size]
 *  @param ret_match  [a_count]: the frame of b that belongs to each frame of a, never falling.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_align_warp(const float *a, size_t a_count, const float *b,
                                         size_t b_count, size_t size, size_t *ret_match,
                                         struct avt_error *reterr);
