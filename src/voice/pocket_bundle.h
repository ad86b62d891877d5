/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What the models of Pocket TTS differ in, beside their networks. Private to pocket*.c, tests and fuzz.
 *
 *   bundle.json           "pad_with_spaces_for_short_inputs", "remove_semicolons", "insert_bos_before_voice" (of
 *                         KevinAHM's export since 2026-04; of others that are missing there, none is needed)
 *   bos_before_voice.npy  a vector that the language model hears before each voice, float32, as NumPy writes it
 *
 * Without bundle.json it is the model of 2026-01 (spaces before short texts), or with the vector one since (none).
 */
#include "base/error.h"
#include "base/cleanup.h"
#include "voice/pocket_prompt.h"

struct avt_pocket_bundle {
    struct avt_pocket_style style;
    float *bos; /* [width], or NULL; owned */
};
void avt_pocket_bundle_done(struct avt_pocket_bundle *bundle);

/** @param ret_bundle  Zero it first; done with it whatever this returns.
 *  @return AVT_OK, AVT_EMODEL (the vector is missing), AVT_EMODELBAD, AVT_EIO, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_pocket_bundle_read(const char *folder, int width, struct avt_pocket_bundle *ret_bundle,
                                                 struct avt_error *reterr);
/** The vector out of a .npy file: little-endian float32, `width` of them. NULL: it is something else. Owned. */
float *avt_pocket_npy(const void *data, size_t size, int width);
