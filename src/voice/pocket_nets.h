/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The networks of Pocket TTS, opened and checked, and one call of each that has no state. Private to pocket*.c.
 *
 * Threads: immutable once open.
 */
#include "os/thread.h"
#include "voice/pocket_state.h"

enum avt_pocket_file {
    AVT_POCKET_TEXT,    /* token_ids i64 [1, n] > embeddings [1, n, width] */
    AVT_POCKET_MAIN,    /* sequence [1, s, latents], text_embeddings [1, t, width], states > conditioning [1, width],
                         * eos_logit [1, 1], states; s or t is 0 */
    AVT_POCKET_FLOW,    /* c [1, width], s [1, 1], t [1, 1], x [1, latents] > flow_dir [1, latents] */
    AVT_POCKET_DECODER, /* latent [1, n, latents], states > audio_frame [1, 1, 1920 n], states */
    AVT_POCKET_ENCODER, /* audio [1, 1, n] > latents [1, n / 1920, width]; may be missing */
    AVT_POCKET_FILES,
};

struct avt_pocket_nets {
    char *folder;
    char *paths[AVT_POCKET_FILES];
    struct avt_session *sessions[AVT_POCKET_FILES];
    int width;   /* of the language model: 1024 */
    int latents; /* numbers of a frame: 32 */
};

/** @param ret_nets  Zero it first; close it whatever this returns.
 *  @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_pocket_nets_open(const char *folder, struct avt_pocket_nets *ret_nets,
                                               struct avt_error *reterr);
void avt_pocket_nets_close(struct avt_pocket_nets *nets);

/** Output `name` is float32 of `rank`, its last length `last` (-1: any), and all of it numbers. */
AVT_CHECKED enum avt_code avt_pocket_check(const struct avt_pocket_nets *nets, enum avt_pocket_file file,
                                           const struct avt_tensor *output, int rank, int64_t last,
                                           struct avt_error *reterr);
/** @param ret_vectors  [count, width], owned by the caller. */
AVT_CHECKED enum avt_code avt_pocket_embed(const struct avt_pocket_nets *nets, const int32_t *ids, size_t count,
                                           float **ret_vectors, struct avt_error *reterr);
/** @param sound        [count]
 *  @param ret_vectors  [*ret_frames, width], owned by the caller. */
AVT_CHECKED enum avt_code avt_pocket_hear(const struct avt_pocket_nets *nets, float *sound, size_t count,
                                          const struct avt_cancel *cancel, float **ret_vectors, size_t *ret_frames,
                                          struct avt_error *reterr);
/** Which way noise flows between two times. @param x, ret_flow  [latents] */
AVT_CHECKED enum avt_code avt_pocket_flow(const struct avt_pocket_nets *nets, float *conditioning, float from, float to,
                                          float *x, float *ret_flow, struct avt_error *reterr);
