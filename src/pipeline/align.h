/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * When is what said in a recording, given its text: the front end of speech tells what visemes are to be expected, and
 * these are laid over what the viseme network hears (lipsync/viseme_align.h). Rough, but it needs no recogniser, and
 * knows any language that espeak-ng reads. docs/adr/0007-aligning-by-visemes.md has its figures.
 */
#include <avatar/avatar.h>

#include "dsp/audio.h"
#include "dsp/timeline.h"
#include "os/thread.h"
#include "voice/tts.h"

/* The search takes as much memory and time as frames times phonemes: 250 MB and some seconds. */
#define AVT_ALIGN_S_MAX 600.0

struct avt_viseme_net;
/** When what of `request` is said in `recording`. Its language may be one that only espeak-ng reads.
 *  @return AVT_OK, AVT_ELIMIT (too long), AVT_ECANCELLED, and as avt_tts_expect(). Owned by the caller. */
AVT_CHECKED enum avt_code avt_align_request(struct avt_tts *tts, const struct avt_viseme_net *net,
                                            const struct avt_audio *recording, const struct avt_tts_request *request,
                                            struct avt_timeline **ret_timeline, struct avt_error *reterr);

/** Add the words of `text` (parted by blanks, without the marks around them) to a timeline of what is heard: each gets
 *  of the time in which something is heard what its letters are of all letters. Off by some tenths of a second.
 *  @return AVT_OK, AVT_ELIMIT (too many words). */
AVT_CHECKED enum avt_code avt_align_spread(struct avt_timeline *timeline, const char *text, struct avt_error *reterr);

/** As avt_align_request() in a language of which not even espeak-ng knows the sounds: the mouth is what is heard, the
 *  words are spread over it.
 *  @param language  Of the timeline's segment.
 *  @return as avt_viseme_net_listen(), and avt_align_spread(). Owned by the caller. */
AVT_CHECKED enum avt_code avt_align_heard(const struct avt_viseme_net *net, const struct avt_audio *recording,
                                          const char *text, const char *voice, const char *language,
                                          const struct avt_cancel *cancel, struct avt_timeline **ret_timeline,
                                          struct avt_error *reterr);
