/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A folder with a Stable Diffusion model in ONNX, laid out as diffusers and optimum write it: which files it has, and
 * of what kind it is. No model is loaded here (sd_model.h).
 *
 * Threads: immutable once open.
 */
#include "base/cleanup.h"
#include "portrait/clip_tokenizer.h"
#include "portrait/sd.h"
#include "portrait/sd_config.h"

struct avt_sd_folder {
    char *path;
    char *text_encoder, *unet, *decoder; /* paths of .onnx files */
    bool has_taesd;                      /* the decoder is a TAESD */
    bool is_unsigned;                    /* the decoder's pictures are from 0 to 1, not from -1 to 1 */
    struct avt_sd_scheduler scheduler;
    struct avt_sd_unet_config unet_config;
    struct avt_sd_vae_config vae_config;
    struct avt_clip_tokenizer *tokenizer;
};

/** @return AVT_OK, AVT_EMODEL (something is missing: what, and where it comes from), AVT_EMODELBAD. Owned. */
AVT_CHECKED enum avt_code avt_sd_folder_open(const char *path, struct avt_sd_folder **ret_folder,
                                             struct avt_error *reterr);
void avt_sd_folder_free(struct avt_sd_folder *folder);
AVT_DEFINE_FREEP(struct avt_sd_folder, avt_sd_folder_free)

/** @param text_width      Of the context, as the loaded models have it.
 *  @param takes_guidance  Whether the UNet has an input for it. */
enum avt_sd_kind avt_sd_folder_kind(const struct avt_sd_folder *folder, int text_width, bool takes_guidance);
