/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The gentle match of the long-term spectrum: up to 6 dB up or down, in a curve as smooth as eight
 * cosines over the 40 mel bands from 0 to 8 kHz, at unchanged loudness. The curve is sought by what
 * the speaker encoder hears of sentences that were said already, whose spectra are turned up and
 * down; nothing is synthesised for it. Part of what it matches is the recording's room and
 * microphone.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "voice/clone_probe.h"
#include "voice/ge2e.h"

enum { AVT_CLONE_EQ_BANDS = AVT_GE2E_BANDS };
#define AVT_CLONE_EQ_MAX_DB 6.0

/** Centres of the bands, Hz. @param ret_hz  [AVT_CLONE_EQ_BANDS] */
void avt_clone_eq_centres(float *ret_hz);

/** Mean similarity to `target` of what was heard, with the bands turned by gains_db (NULL: left
 * alone).
 *  @return AVT_OK, AVT_ENOMEM, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_clone_eq_similarity(const struct avt_ge2e *encoder,
                                                  const struct avt_clone_heard *heard, size_t count,
                                                  const struct avt_embedding *target,
                                                  const float *gains_db, double *ret_similarity,
                                                  struct avt_error *reterr);

/** The curve that makes `heard` [count] most like the target. @param rounds  Of coordinate search,
 * 1 to 6: a round takes about 12 times what the encoder takes for all that was heard.
 *  @param ret_gains_db  [AVT_CLONE_EQ_BANDS]
 *  @return AVT_OK, AVT_ENOMEM, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_clone_eq_fit(const struct avt_ge2e *encoder,
                                           const struct avt_clone_heard *heard, size_t count,
                                           const struct avt_embedding *target, int rounds,
                                           float *ret_gains_db, struct avt_error *reterr);
