/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A voice as a file. Private to pocket*.c, tests and fuzz.
 *
 *   8 bytes  "AVTPKV1\n"
 *   64       SHA-256 of flow_lm_main.onnx in hex: a state means nothing to another model
 *   64       SHA-256 of the recording's samples (float32) in hex
 *   u32      positions that the recording takes, u32 tensors; then for each
 *     u8 type (enum avt_dtype), u8 rank, u32 lengths [rank]
 *     until it is full: u32 bytes of zeros, u32 bytes that follow, these; caches are mostly empty
 *   64       SHA-256 of all before in hex
 *
 * Numbers are little-endian.
 */
#include "base/buf.h"
#include "base/hash.h"
#include "voice/pocket_state.h"

enum {
    AVT_POCKET_VOICE_POSITIONS_MAX = 1 << 20,
    AVT_POCKET_VOICE_BYTES_MAX = 1 << 29, /* of all tensors, and of a file */
};

struct avt_pocket_voice {
    char model[AVT_SHA256_HEX_SIZE]; /* "" until it is saved */
    char sound[AVT_SHA256_HEX_SIZE];
    int positions;
    struct avt_pocket_state state; /* names are NULL when just read: avt_pocket_voice_fit() */
};

/** @return AVT_OK, AVT_ELIMIT, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_pocket_voice_write(const struct avt_pocket_voice *voice, struct avt_buf *out,
                                                 struct avt_error *reterr);
/** @param bytes_max  Of the tensors.
 *  @return AVT_OK, AVT_EFORMAT, AVT_ENOMEM. Owned. */
AVT_CHECKED enum avt_code avt_pocket_voice_parse(const void *data, size_t size, size_t bytes_max,
                                                 struct avt_pocket_voice **ret_voice, struct avt_error *reterr);
/** Give its tensors the names of a model's state. False: it is not one of that model. */
bool avt_pocket_voice_fit(struct avt_pocket_voice *voice, const struct avt_pocket_state *start);
