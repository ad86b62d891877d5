/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Loudness after ITU-R BS.1770-4 / EBU R 128 (libebur128): a running measure over all that it was
 * given, in memory that does not grow with it.
 *
 * Threads: one instance is used by one thread at a time.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct avt_loudness;
/** Mono. @return AVT_OK, AVT_ENOMEM. Owned by the caller: avt_loudness_free(). */
AVT_CHECKED enum avt_code avt_loudness_new(int rate, struct avt_loudness **ret_loudness,
                                           struct avt_error *reterr);
/** Of interleaved left and right, which count as two loudspeakers; counts are of pairs. */
AVT_CHECKED enum avt_code avt_loudness_new_stereo(int rate, struct avt_loudness **ret_loudness,
                                                  struct avt_error *reterr);
void avt_loudness_free(struct avt_loudness *loudness);
AVT_DEFINE_FREEP(struct avt_loudness, avt_loudness_free)

/** @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_loudness_add(struct avt_loudness *loudness, const float *samples,
                                           size_t count, struct avt_error *reterr);
/** Integrated (gated) loudness of all so far in LUFS; -HUGE_VAL while there is none to speak of
 *  (less than .4 s, or silence). */
double avt_loudness_lufs(const struct avt_loudness *loudness);
/** Highest true peak so far, dBTP (4 times oversampled); -HUGE_VAL for digital silence. */
double avt_loudness_true_peak_db(const struct avt_loudness *loudness);

/** Integrated loudness of one piece on its own. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_loudness_of(const float *samples, size_t count, int rate,
                                          double *ret_lufs, struct avt_error *reterr);
