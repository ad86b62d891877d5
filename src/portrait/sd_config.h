/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the JSON files of a Stable Diffusion folder say: how noise was added in training, what the decoder expects.
 *
 * Threads: plain values; no shared state.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Which of the training steps are taken, as diffusers' "timestep_spacing". */
enum avt_sd_spacing { AVT_SD_LINSPACE, AVT_SD_LEADING, AVT_SD_TRAILING };

enum { AVT_SD_TRAIN_STEPS_MAX = 10000 };

/** scheduler/scheduler_config.json. What is absent is as diffusers' EulerAncestralDiscreteScheduler and LCMScheduler
 *  have it. */
struct avt_sd_scheduler {
    int train_steps;
    double beta_start, beta_end; /* the first and the last step's share of noise */
    bool is_scaled;              /* straight in the root of beta ("scaled_linear"), else in beta ("linear") */
    bool predicts_velocity;      /* "v_prediction", else "epsilon" */
    enum avt_sd_spacing spacing;
    int steps_offset;
    bool is_lcm;           /* _class_name is LCMScheduler */
    int origin_steps;      /* LCM: steps of the teacher, 50 */
    double timestep_scale; /* LCM: 10 */
};
/** @return AVT_OK, AVT_EMODELBAD: damaged, or something that this program does not do; the message says what. */
AVT_CHECKED enum avt_code avt_sd_scheduler_parse(const char *json, size_t size, struct avt_sd_scheduler *ret_scheduler,
                                                 struct avt_error *reterr);

/** unet/config.json. */
struct avt_sd_unet_config {
    int sample_size;   /* side of the latents it was trained on; 0: not said */
    bool has_no_middle; /* SDXS: "mid_block_type": null */
};
AVT_CHECKED enum avt_code avt_sd_unet_parse(const char *json, size_t size, struct avt_sd_unet_config *ret_config,
                                            struct avt_error *reterr);

/** vae_decoder/config.json or that of a TAESD. */
struct avt_sd_vae_config {
    double scale;  /* latents are divided by it before they are decoded */
    double shift;  /* and this is added */
    bool is_taesd; /* _class_name is AutoencoderTiny */
};
AVT_CHECKED enum avt_code avt_sd_vae_parse(const char *json, size_t size, struct avt_sd_vae_config *ret_config,
                                           struct avt_error *reterr);
