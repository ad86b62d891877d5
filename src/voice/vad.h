/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Which parts of a sound are speech, told by level and by voicing: a stretch is speech if it is
 * louder than what is steady in the recording and has a pitch in it somewhere. Hiss, hum and knocks
 * are not; music that has a tune is taken for speech here and told apart in voice/clip_check.h.
 *
 * What is kept is smoothed as Resemblyzer does (a mean over 240 ms, then 90 ms more at both ends),
 * so that soft beginnings of words stay.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"
#include "voice/pitch.h"

struct avt_vad {
    bool *speech; /* [count], frames of 10 ms as those of the pitch */
    size_t count;
    double floor_db;  /* level of what is not speech: the 10th percentile of all frames */
    double speech_db; /* mean level of the frames that are; -120 without any */
    double seconds;   /* of speech */
};
void avt_vad_done(struct avt_vad *vad);

/** @param pitch  Of the same sound. Never fails: bounded by the pitch's own size. */
void avt_vad_run(const struct avt_pitch *pitch, struct avt_vad *ret_vad);

/** `audio` with only its speech left, stretches joined; may be empty. Owned by the caller.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_vad_cut(const struct avt_vad *vad, const struct avt_audio *audio,
                                      struct avt_audio **ret_audio, struct avt_error *reterr);
