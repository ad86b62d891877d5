/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How long a job takes on this machine, from what it measured: <storage>/measurements.json, which every
 * finished run updates. Known without opening a picture or a model, so that the API and the commands can
 * say it; `avatar pipeline estimate` is more exact (it looks at the picture).
 */
#include "base/error.h"
#include "jobs/params.h"

struct avt_job_estimate {
    double duration_s;  /* of the film or sound; 0: not known from the params alone */
    double total_s;     /* of work, models loaded or not as usual; 0: not known */
    double stage_s[6];  /* voice speech face lipsync encode cleanup, busy seconds */
    double memory_mb;
    long long frames;
    int width, height;  /* of the film; guessed as 1280 x 720 where the picture decides */
    int runs_measured;  /* runs on this machine that it rests on; 0: built-in figures */
};

/** @param media_duration_s  Of the input where there is one (lipsync, video_encode); 0: not known. */
void avt_job_estimate(const char *storage, const struct avt_job_params *params,
                      double media_duration_s, struct avt_job_estimate *ret_estimate);
