/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The networks of XTTS, opened and checked, and one call of each that has no state. Private to xtts*.c.
 *
 * Threads: immutable once open.
 */
#include "nn/bound.h"
#include "os/thread.h"
#include "voice/xtts.h"

enum avt_xtts_file {
    AVT_XTTS_FILE_GPT,          /* conditioning [1, c, D], text i64 [1, t], code i64 [1, s], position i64 [1], past
                                 * i64 [1], cache_i [heads, rows, D / heads] > logits [1, codes], latent [1, s, D],
                                 * out_cache_i */
    AVT_XTTS_FILE_DECODER,      /* latents [1, D, n], speaker [1, speaker] > sound [1, 1, 256 n] */
    AVT_XTTS_FILE_CONDITIONING, /* mel [1, 80, n] > latents [1, latents, D] */
    AVT_XTTS_FILE_SPEAKER,      /* mel [1, 64, n] > embedding [1, speaker] */
    AVT_XTTS_FILES,
};

/** Caches with memory of their own: avt_xtts_caches_done(). Names are borrowed from the session. */
struct avt_xtts_caches {
    struct avt_tensor tensors[AVT_SESSION_IO_MAX];
    const char *outputs[AVT_SESSION_IO_MAX]; /* what each goes on as */
    size_t count;
};

struct avt_xtts {
    struct avt_xtts_config config;
    char *paths[AVT_XTTS_FILES], *config_path;
    struct avt_session_options place; /* of these two */
    struct avt_session *gpt, *decoder;
    struct avt_updates *updates;   /* of the language model's caches, if its graph has them */
    struct avt_xtts_caches caches; /* of one row, without memory */
};

/** @param xtts  Zero it but for `place` first; close it whatever this returns. */
AVT_CHECKED enum avt_code avt_xtts_nets_open(const char *folder, struct avt_xtts *xtts, struct avt_error *reterr);
void avt_xtts_nets_close(struct avt_xtts *xtts);

/** One of the two that are not kept open. Owned by the caller. */
AVT_CHECKED enum avt_code avt_xtts_nets_take(const struct avt_xtts *xtts, enum avt_xtts_file file,
                                             struct avt_session **ret_session, struct avt_error *reterr);
/** Empty caches of so many rows. @param ret_caches  Zero it first. @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_xtts_caches_make(const struct avt_xtts *xtts, size_t rows,
                                               struct avt_xtts_caches *ret_caches, struct avt_error *reterr);
void avt_xtts_caches_done(struct avt_xtts_caches *caches);

/** An output is float32 of `count` numbers, all of which are some. @return AVT_OK, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_xtts_check(const struct avt_xtts *xtts, enum avt_xtts_file file,
                                         const struct avt_tensor *output, size_t count, struct avt_error *reterr);
/** A spectrum [bands, frames] as what a network of the two makes of it, [count] of them, owned by the caller. */
AVT_CHECKED enum avt_code avt_xtts_hear(const struct avt_xtts *xtts, enum avt_xtts_file file,
                                        struct avt_session *session, float *mel, size_t bands, size_t frames,
                                        size_t count, const struct avt_cancel *cancel, float **ret_values,
                                        struct avt_error *reterr);
/** Rows [D, rows] as sound [256 rows], owned by the caller: numbers, and not all the same. */
AVT_CHECKED enum avt_code avt_xtts_decode(const struct avt_xtts *xtts, float *rows, size_t row_count, float *speaker,
                                          const struct avt_cancel *cancel, float **ret_sound,
                                          struct avt_error *reterr);
