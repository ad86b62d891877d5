/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* How long a run takes on this machine: os/rates.h applied to a plan, and learning from a finished run. */
#include <avatar/avatar.h>

#include "os/rates.h"
#include "pipeline/plan.h"

/** Blend in one finished run and write the file. */
void avt_rates_learn(const char *storage, const struct avt_plan *plan,
                     const struct avt_pipeline_result *result, size_t text_chars);

/** A planned film of `duration_s`, intro and outro included, as rates.h counts. */
struct avt_rates_film avt_rates_film_of(const struct avt_rates *rates, const struct avt_plan *plan, double duration_s,
                                        int width, int height);

/** What is known of a film beside its plan. */
struct avt_estimate_facts {
    double talking_s; /* without intro and outro */
    double music_s;   /* that the music lasts; 0: there is none */
    int width, height;
};
void avt_rates_estimate(const struct avt_rates *rates, const struct avt_plan *plan,
                        const struct avt_estimate_facts *facts, struct avt_pipeline_estimate *ret_estimate);
