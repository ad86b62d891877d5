/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* How long a run takes on this machine: os/rates.h applied to a plan, and learning from a finished run. */
#include <avatar/avatar.h>

#include "os/rates.h"
#include "pipeline/plan.h"

/** Blend in one finished run and write the file. */
void avt_rates_learn(const char *storage, const struct avt_plan *plan,
                     const struct avt_pipeline_result *result, size_t text_chars);
void avt_rates_estimate(const struct avt_rates *rates, const struct avt_plan *plan,
                        double duration_s, int width, int height,
                        struct avt_pipeline_estimate *ret_estimate);
