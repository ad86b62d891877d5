/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What ends a speech that the model does not: XTTS is known to run on now and then behind its text, in noises, silence
 * or the same over and over. Private to xtts*.c and tests.
 *
 * - No more codes than such a text can last.
 * - Codes that repeat for a second are a loop; the speech ends where it began to repeat.
 * - Two seconds of silence behind some sound are the end. A shorter one is given when sound follows, or at the end.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* Slow speech has 80 words a minute, .75 s or 16 of 21.5 codes a second to each; a word is two ids at least, its
     * own and that of the blank. So 8 would do for each; and some seconds for pauses, and for a text of one sigh. */
    AVT_XTTS_CODES_PER_ID = 10,
    AVT_XTTS_CODES_SPARE = 64,
    AVT_XTTS_LOOP_PERIOD_MAX = 12, /* codes, half a second: longer repetitions may be said */
    AVT_XTTS_LOOP_DOUBT = 8,  /* codes that repeat: they are not sounded before it is clear that they are none */
    AVT_XTTS_LOOP_CODES = 22, /* a second */
    AVT_XTTS_QUIET_FRAME = 256,              /* samples that are loud or not together */
    AVT_XTTS_QUIET_MAX = 2 * 24000 / 256 * 256, /* samples: 2 s; the longest pauses of its speech are about one */
    AVT_XTTS_QUIET_KEPT = 24000 / 4 / 256 * 256, /* samples of them that stay at the end: .25 s */
};
#define AVT_XTTS_QUIET_LEVEL 0.003f /* RMS, -50 dB: speech has -20, its pauses -60 */

/** Codes that a text of so many ids may last. */
size_t avt_xtts_codes_max(size_t id_count);
/** Of codes [count], how many of the last repeat those a period before; of all periods the most, if that is twice the
 *  period and AVT_XTTS_LOOP_DOUBT or more, else 0. */
size_t avt_xtts_repeated(const int32_t *codes, size_t count);
/** Whether so many are a loop. */
bool avt_xtts_is_loop(size_t repeated);

/** Silence that waits for sound. */
struct avt_xtts_quiet {
    float *held; /* [AVT_XTTS_QUIET_MAX] */
    size_t count;
    bool heard; /* there was sound */
    bool ended; /* it was too long: nothing comes any more */
};
/** Samples go through it.
 *  @param samples  [count], a multiple of AVT_XTTS_QUIET_FRAME.
 *  @param ret_samples  [count + AVT_XTTS_QUIET_MAX]: what is to be heard now.
 *  @return How many. */
size_t avt_xtts_quiet_pass(struct avt_xtts_quiet *quiet, const float *samples, size_t count, float *ret_samples);
/** The end, by itself: what is held still, to ret_samples [AVT_XTTS_QUIET_MAX]. */
size_t avt_xtts_quiet_end(struct avt_xtts_quiet *quiet, float *ret_samples);
