/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The three networks of Stable Diffusion. What each takes and gives is read from its file: names, ranks, types.
 *
 * Threads: as nn/session.h; immutable once open.
 */
#include "nn/session.h"
#include "portrait/clip_tokenizer.h"
#include "portrait/sd_schedule.h"

enum { AVT_SD_LATENT_CHANNELS = 4, AVT_SD_LATENT_PIXELS = 8 /* of a side, per latent */ };

/* Borrowed from the session; NULL where there is no such input. */
struct avt_sd_net {
    struct avt_session *session;
    char *path;
    const struct avt_tensor_info *ids;                               /* text encoder */
    const struct avt_tensor_info *sample, *time, *context, *guidance; /* UNet; the decoder has `sample` only */
    const struct avt_tensor_info *output;
};

/** For looking only: opened faster, and slow to run.
 *  @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. The net is closed by avt_sd_net_close(), also on failure. */
AVT_CHECKED enum avt_code avt_sd_text_open(const char *path, bool is_look, struct avt_sd_net *ret_net,
                                           struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_sd_unet_open(const char *path, bool is_look, struct avt_sd_net *ret_net,
                                           struct avt_error *reterr);
AVT_CHECKED enum avt_code avt_sd_decoder_open(const char *path, bool is_look, struct avt_sd_net *ret_net,
                                              struct avt_error *reterr);
/** Does nothing for one that is closed. */
void avt_sd_net_close(struct avt_sd_net *net);

/** Width of the context that a UNet wants or a text encoder gives; 0: not said. */
int avt_sd_net_width(const struct avt_sd_net *net);
/** Side of the latents if the file allows one only, else 0. */
int avt_sd_net_side(const struct avt_sd_net *net, bool is_height);

/** @param ret_context  [AVT_CLIP_TOKENS, *ret_width], owned by the caller (avt_free). */
AVT_CHECKED enum avt_code avt_sd_text_run(const struct avt_sd_net *net, const int32_t ids[AVT_CLIP_TOKENS],
                                          const struct avt_cancel *cancel, float **ret_context, int *ret_width,
                                          struct avt_error *reterr);

struct avt_sd_latents {
    float *values; /* [AVT_SD_LATENT_CHANNELS, height, width] */
    int height, width;
};
static inline size_t avt_sd_latents_count(const struct avt_sd_latents *latents)
{
    return (size_t)AVT_SD_LATENT_CHANNELS * (size_t)latents->height * (size_t)latents->width;
}

struct avt_sd_question {
    struct avt_sd_latents sample;
    double time;
    float *context;  /* [AVT_CLIP_TOKENS, width] */
    int width;
    float *guidance; /* [AVT_SD_GUIDANCE_WIDTH]; used where the net takes it */
};
/** @param ret_answer  As the sample. */
AVT_CHECKED enum avt_code avt_sd_unet_run(const struct avt_sd_net *net, const struct avt_sd_question *question,
                                          const struct avt_cancel *cancel, float *ret_answer, struct avt_error *reterr);
/** @param ret_pixels  [3, 8 * height, 8 * width], owned by the caller (avt_free). */
AVT_CHECKED enum avt_code avt_sd_decoder_run(const struct avt_sd_net *net, const struct avt_sd_latents *latents,
                                             const struct avt_cancel *cancel, float **ret_pixels,
                                             struct avt_error *reterr);
