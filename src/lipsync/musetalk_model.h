/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The networks of MuseTalk 1.5, brought by users as ONNX files; names and shapes as existing public exports have them:
 *
 * whisper_encoder.onnx  `input_features` [1, 80, 3000] -> `audio_features_all_layers` [1, 1500, 5, width]:
 *                       whisper-tiny's encoder (width 384): its input with positions, the outputs of layers 1 to 3,
 *                       and the last one's behind the final norm
 * vae_encoder.onnx      `image` [n, 3, 256, 256], -1..1 -> `latents` [n, 4, 32, 32]: the mean, times 0.18215
 * unet.onnx             `input_latents` [n, 8, 32, 32], `audio_prompts` [n, 50, width] and, where the file has it,
 *                       `timesteps` [n] or [1] -> `latents` [n, 4, 32, 32]
 * vae_decoder.onnx      `latents` [n, 4, 32, 32], divided by 0.18215 inside -> `image` [n, 3, 256, 256], -1..1
 * face_parsing.onnx     optional: BiSeNet, one input [1, 3, 512, 512] of any name; the first output of 19 classes,
 *                       [1, 19, 512, 512], of any name
 *
 * Floats may be float32 or float16. A file whose n is fixed at 1 is run once for each picture.
 *
 * Threads: as nn/session.h; immutable once open.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "lipsync/painter.h"
#include "os/thread.h"

enum {
    AVT_MUSETALK_SIDE = 256, /* pixels, of the face */
    AVT_MUSETALK_PIXELS = AVT_MUSETALK_SIDE * AVT_MUSETALK_SIDE,
    AVT_MUSETALK_LATENTS = 4 * 32 * 32,   /* of one picture */
    AVT_MUSETALK_MEL = 80 * 3000,         /* of one segment of 30 s */
    AVT_MUSETALK_STEPS = 1500,            /* of one segment: 50 a second */
    AVT_MUSETALK_LAYERS = 5,
    AVT_MUSETALK_WINDOW = 10,             /* steps that one frame hears */
    AVT_MUSETALK_PROMPTS = AVT_MUSETALK_WINDOW * AVT_MUSETALK_LAYERS,
    AVT_MUSETALK_WIDTH_MAX = 2048,        /* 384 in the published one */
    AVT_MUSETALK_PARSE_SIDE = 512,
    AVT_MUSETALK_PARSE_PIXELS = AVT_MUSETALK_PARSE_SIDE * AVT_MUSETALK_PARSE_SIDE,
    AVT_MUSETALK_CLASSES = 19,
};

struct avt_musetalk_model;

/** @param weights  Borrowed for the call.
 *  @return AVT_OK, AVT_EMODEL (a file is missing), AVT_EMODELBAD (one does not fit: the message names the file, what
 *          was expected and what was found), AVT_ENOMEM. *ret_model owned by the caller. */
AVT_CHECKED enum avt_code avt_musetalk_model_open(const struct avt_painter_weights *weights,
                                                  struct avt_musetalk_model **ret_model,
                                                  struct avt_error *reterr);
void avt_musetalk_model_free(struct avt_musetalk_model *model);
AVT_DEFINE_FREEP(struct avt_musetalk_model, avt_musetalk_model_free)

/** Floats of one hidden state. */
int avt_musetalk_model_width(const struct avt_musetalk_model *model);
bool avt_musetalk_model_has_parser(const struct avt_musetalk_model *model);
/** SHA-256 in hex of the files that latents and masks come from (not of weights that lie beside them).
 *  @return AVT_OK, AVT_EIO. */
AVT_CHECKED enum avt_code avt_musetalk_model_print(const struct avt_musetalk_model *model, char ret_hex[65],
                                                   struct avt_error *reterr);

/* All of these: @return AVT_OK, AVT_ECANCELLED soon after `cancel` (may be NULL) is requested, AVT_EMODELBAD (the file
 * gave another shape, or numbers that are no picture), AVT_ENOMEM. */

/** @param mel  [80, 3000].  @param ret_states  [1500, 5, width]. */
AVT_CHECKED enum avt_code avt_musetalk_hear(const struct avt_musetalk_model *model, const float *mel,
                                            const struct avt_cancel *cancel, float *ret_states,
                                            struct avt_error *reterr);
/** @param images  [count, 3, 256, 256].  @param ret_latents  [count, 4, 32, 32]. */
AVT_CHECKED enum avt_code avt_musetalk_encode(const struct avt_musetalk_model *model, const float *images, size_t count,
                                              const struct avt_cancel *cancel, float *ret_latents,
                                              struct avt_error *reterr);
/** @param latents  [count, 8, 32, 32]: masked, then reference.  @param prompts  [count, 50, width].
 *  @param ret_latents  [count, 4, 32, 32]. */
AVT_CHECKED enum avt_code avt_musetalk_unet(const struct avt_musetalk_model *model, const float *latents,
                                            const float *prompts, size_t count, const struct avt_cancel *cancel,
                                            float *ret_latents, struct avt_error *reterr);
/** @param ret_images  [count, 3, 256, 256], about -1..1. */
AVT_CHECKED enum avt_code avt_musetalk_decode(const struct avt_musetalk_model *model, const float *latents,
                                              size_t count, const struct avt_cancel *cancel, float *ret_images,
                                              struct avt_error *reterr);
/** For a model that has a parser.  @param image  [3, 512, 512].  @param ret_scores  [19, 512, 512]. */
AVT_CHECKED enum avt_code avt_musetalk_parse(const struct avt_musetalk_model *model, const float *image,
                                             const struct avt_cancel *cancel, float *ret_scores,
                                             struct avt_error *reterr);
