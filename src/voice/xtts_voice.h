/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What XTTS heard of a recording, and that as a file. Private to xtts*.c, tests and fuzz.
 *
 *   8 bytes  "AVTXTV1\n"
 *   64       SHA-256 in hex of the hashes in hex of xtts_conditioning.onnx, xtts_speaker.onnx and xtts.json: latents
 *            mean nothing to another model
 *   64       SHA-256 in hex of the recording's samples (float32) as far as they are heard, then its rate (u32)
 *   u32      width, u32 latents, u32 speaker
 *   f32      [latents, width], [speaker]
 *   64       SHA-256 of all before in hex
 *
 * Numbers are little-endian.
 */
#include "base/buf.h"
#include "base/hash.h"
#include "voice/xtts.h"

enum { AVT_XTTS_VOICE_BYTES_MAX = 1 << 26 };

struct avt_xtts_voice {
    char model[AVT_SHA256_HEX_SIZE]; /* "" until it is saved */
    char sound[AVT_SHA256_HEX_SIZE];
    size_t width, latents, speaker;
    float *conditioning; /* [latents, width] */
    float *embedding;    /* [speaker] */
};

/** As avt_xtts_voice_make(), told what passes: "sound22" and "sound16" (what was heard, at 22050 and 16000 Hz), "mel"
 *  [80, frames] and "latents" [latents, width] of each chunk, "speaker_mel" [64, frames], "conditioning" [latents,
 *  width], "embedding" [speaker]. */
AVT_CHECKED enum avt_code avt_xtts_voice_hear(const struct avt_xtts *xtts, const struct avt_xtts_recording *recording,
                                              const struct avt_cancel *cancel, avt_xtts_trace trace, void *user,
                                              struct avt_xtts_voice **ret_voice, struct avt_error *reterr);
/** @return AVT_OK, AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_xtts_voice_write(const struct avt_xtts_voice *voice, struct avt_buf *out,
                                               struct avt_error *reterr);
/** @return AVT_OK, AVT_EFORMAT, AVT_ENOMEM. Owned. */
AVT_CHECKED enum avt_code avt_xtts_voice_parse(const void *data, size_t size, struct avt_xtts_voice **ret_voice,
                                               struct avt_error *reterr);
