/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Music under speech: 20 dB below it while somebody speaks, 6 dB more in pauses, faded in and out,
 * and the sum kept below full scale. Goes on piece by piece in memory that does not grow; what comes
 * out lags behind by some seconds, because the music has to give way before a word begins and to fade
 * before the end, which is known only when it has come.
 *
 * Threads: one bed is used by one thread at a time.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "os/thread.h"

struct avt_bed_ends {
    /** Fill `samples`, [count, 2], with the next pairs of the music, which never ends. */
    enum avt_code (*read)(void *user, float *samples, size_t count, struct avt_error *reterr);
    /** Takes the next `count` pairs of the sum, [count, 2]. */
    enum avt_code (*write)(void *user, const float *samples, size_t count,
                           struct avt_error *reterr);
    void *user;
    double music_lufs; /* loudness of the music, both channels; -HUGE_VAL if it has none */
    const struct avt_cancel *cancel; /* an hour of speech may come in one piece; NULL: never */
};

struct avt_bed;
/** @param speech_rate  Of the speech, which is mono and comes to stand in the middle.
 *  @param rate         Of music and sum, which are stereo, left first. The speech has as much power in the two channels
 *                      together as it had in one, so that it is as loud by any meter.
 *  @return AVT_OK, AVT_EINVAL (a rate out of range), AVT_ENOMEM. Owned by the caller: avt_bed_free(). */
AVT_CHECKED enum avt_code avt_bed_new(int speech_rate, int rate, const struct avt_bed_ends *ends,
                                      struct avt_bed **ret_bed, struct avt_error *reterr);
/** The next `count` samples of speech; all of them are known to be before the loudness is judged.
 *  @return AVT_OK, AVT_ENOMEM, AVT_ECANCELLED, what read() and write() return. */
AVT_CHECKED enum avt_code avt_bed_speak(struct avt_bed *bed, const float *speech, size_t count,
                                        struct avt_error *reterr);
/** The next `count` samples are silence. Until speech was heard they wait for it, so that the music knows how loud to
 *  be. @return as avt_bed_speak(). */
AVT_CHECKED enum avt_code avt_bed_pause(struct avt_bed *bed, size_t count, struct avt_error *reterr);
/** Give out the rest: the sum is as long as the speech then. */
AVT_CHECKED enum avt_code avt_bed_finish(struct avt_bed *bed, struct avt_error *reterr);
void avt_bed_free(struct avt_bed *bed);
AVT_DEFINE_FREEP(struct avt_bed, avt_bed_free)
