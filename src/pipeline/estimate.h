/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How long a run takes on this machine, from what earlier runs measured: a small JSON file in the
 * storage, updated after every film. Before the first, built-in figures of a 2-core machine.
 */
#include "dsp/timeline.h"
#include <avatar/avatar.h>

#include "pipeline/plan.h"

struct avt_rates {
    int runs;
    double chars_per_s;     /* of speech at speed 1 */
    double startup_s;       /* loading models and the face */
    double speech_rtf;      /* busy seconds per second of speech */
    double lipsync_mpix_s;  /* busy seconds per million pixels */
    double encode_mpix_s[4]; /* the same, per quality */
    double overlap;         /* wall seconds per busy second while the stages overlap */
    double memory_mb;
};

/** Built-in figures if there is no file, or it is broken. */
void avt_rates_load(const char *storage, struct avt_rates *ret_rates);
/** Blend in one finished run and write the file; failures are only logged: a film is not lost for
 *  the sake of a statistic. */
void avt_rates_learn(const char *storage, const struct avt_plan *plan,
                     const struct avt_pipeline_result *result, size_t text_chars);
/** Expected seconds of film for `chars` characters. */
double avt_rates_duration(const struct avt_rates *rates, size_t chars, double speed);
void avt_rates_estimate(const struct avt_rates *rates, const struct avt_plan *plan,
                        double duration_s, int width, int height,
                        struct avt_pipeline_estimate *ret_estimate);
