/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The mood that a face is in while it speaks: a mild constant offset of brows, eyes and corners of the mouth. */
#include "dsp/motion.h"
#include "lipsync/motion_driver.h"

/** Lay `emotion` over the speech and life that stand in `motion` at t (s from the film's start). */
void avt_emotion_at(enum avt_emotion emotion, double t, struct avt_motion *motion);
