/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * How long a job takes on this machine, from what it measured (os/rates.h). Known without opening a
 * picture or a model, so that the API and the commands can say it; `avatar pipeline estimate` is
 * more exact, as it looks at the picture.
 */
#include "base/error.h"
#include "jobs/params.h"

struct avt_job_estimate {
    double duration_s;              /* of the film or sound; 0: not known from the params alone */
    double total_s;                 /* of work; 0: not known */
    double stage_s[AVT_JOB_STAGES]; /* voice speech face lipsync encode cleanup, busy seconds */
    double memory_mb;
    long long frames;
    int width, height; /* of the film; taken as 1280 x 720 where the picture decides */
    int runs_measured; /* films on this machine that it rests on; 0: built-in figures */
};

/** @param media_duration_s  Of the input where there is one (lipsync, video_encode); 0: not known.
 */
void avt_job_estimate(const char *storage, const struct avt_job_params *params,
                      double media_duration_s, struct avt_job_estimate *ret_estimate);

/** What a finished job measured; films teach through the library by themselves. */
struct avt_job_measured {
    double busy_s;     /* at work on it */
    double duration_s; /* voice_synthesis: of the speech */
    double mpix;       /* video_encode: million pixels written */
};
void avt_job_learn(const char *storage, const struct avt_job_params *params,
                   const struct avt_job_measured *measured);
