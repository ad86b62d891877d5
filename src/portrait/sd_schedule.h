/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From noise to a picture in steps: which times the network is asked at, and what each answer does to the latents.
 * Two ways, as diffusers 0.32 has them:
 *  - ancestral Euler (Karras et al. 2022, algorithm 1 with the noise of Crowson's k-diffusion): Stable Diffusion, and
 *    in one to four steps Turbo and SDXS. One step alone is x0 = x - sigma * answer, without noise.
 *  - LCM (Luo et al. 2023): each answer is taken for the end, and noised again to the next time.
 *
 * Threads: plain values; no shared state.
 */
#include "portrait/sd_config.h"

enum { AVT_SD_STEPS_MAX = 150, AVT_SD_GUIDANCE_WIDTH = 256 };

struct avt_sd_schedule {
    bool is_lcm, predicts_velocity;
    int count;
    double start;                        /* what normal noise is multiplied by to begin with */
    double times[AVT_SD_STEPS_MAX];      /* training steps, falling */
    double sigmas[AVT_SD_STEPS_MAX + 1]; /* noise against picture at each; 0 at the end */
    double timestep_scale;
};

/** @param steps  1 .. AVT_SD_STEPS_MAX; with LCM not more than its origin_steps.
 *  @return AVT_OK, AVT_EINVAL, AVT_EMODELBAD (noise without end). */
AVT_CHECKED enum avt_code avt_sd_schedule_make(const struct avt_sd_scheduler *scheduler, bool is_lcm, int steps,
                                               struct avt_sd_schedule *ret_schedule, struct avt_error *reterr);
/** What the network gets for `latents` at `step`: [count] each. */
void avt_sd_schedule_scale(const struct avt_sd_schedule *schedule, int step, const float *latents, size_t count,
                           float *ret_input);
/** Whether `step` takes noise. */
bool avt_sd_schedule_takes_noise(const struct avt_sd_schedule *schedule, int step);
/** One step on. All are [count].
 *  @param answer     Of the network, guidance applied.
 *  @param noise      Normal; NULL where none is taken.
 *  @param ret_clean  The picture's latents as they look from here. */
void avt_sd_schedule_step(const struct avt_sd_schedule *schedule, int step, const float *answer, const float *noise,
                          size_t count, float *latents, float *ret_clean);
/** "timestep_cond" of an LCM UNet: guidance less one, in sines and cosines. */
void avt_sd_guidance_embedding(double guidance, float ret_values[AVT_SD_GUIDANCE_WIDTH]);
