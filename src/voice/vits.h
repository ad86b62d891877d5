/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Coqui VITS (--tts vits): any voice that Coqui's own exporter wrote, of one or several speakers and languages.
 * A folder holds
 *
 *   coqui_vits.onnx    what Vits.export_onnx() writes: input, input_lengths, scales[, sid][, langid] -> output
 *   config.json        the voice's own, vits_config.h
 *   speaker_ids.json   {"name": number}, where there are several; without it speakers have numbers only
 *   language_ids.json  the same of languages
 *
 * Of the three scales (noise, length, noise of the durations) Coqui's exporter connects only the length up to its
 * version 0.27: how loud the noises are is fixed in such a file. One of 0.28 takes all three, those of config.json. The
 * noise comes from inside the graph, so there is no seed, and two runs differ unless both noises are 0.
 *
 * The export declares no durations. Where its graph has the tensor that today's exporter writes (DURATION_TENSOR) the
 * length of each symbol is taken from it, as of Piper voices; of older exports it is not known, and who needs the times
 * of words has to align them with the sound.
 *
 * Threads: one avt_vits is used by one thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"
#include "os/thread.h"
#include "voice/vits_config.h"

#define AVT_VITS_FILE      "coqui_vits.onnx"
#define AVT_VITS_CONFIG    "config.json"
#define AVT_VITS_SPEAKERS  "speaker_ids.json"
#define AVT_VITS_LANGUAGES "language_ids.json"

enum { AVT_VITS_SECONDS_MAX = 600 }; /* of one run: more is a network gone wrong */

struct avt_vits;
/** @return AVT_OK, AVT_EMODEL (a file is missing), AVT_EMODELBAD (not such a network: file, tensor, what was expected
 *          and what is there), AVT_EFORMAT, AVT_EUNSUPPORTED, AVT_ELIMIT (config.json, vits_config.h; a list of names
 *          that is none), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_vits_open(const char *folder, struct avt_vits **ret_vits, struct avt_error *reterr);
void avt_vits_free(struct avt_vits *vits);
AVT_DEFINE_FREEP(struct avt_vits, avt_vits_free)

/** Borrowed, as long as `vits`. */
const struct avt_vits_config *avt_vits_config(const struct avt_vits *vits);
/** Whether the length of each symbol will be known. */
bool avt_vits_is_timed(const struct avt_vits *vits);
/** Bytes of the network's file. */
int64_t avt_vits_file_bytes(const struct avt_vits *vits);

/** Number of a speaker: a name of the voice's list or, where no such name is there, a number from 0. NULL and "": the
 *  first. @return AVT_OK, AVT_EVOICE (there is none: how many, and one of them). */
AVT_CHECKED enum avt_code avt_vits_speaker(const struct avt_vits *vits, const char *name, int64_t *ret_speaker,
                                           struct avt_error *reterr);
/** The same of a language. */
AVT_CHECKED enum avt_code avt_vits_language(const struct avt_vits *vits, const char *name, int64_t *ret_language,
                                            struct avt_error *reterr);

struct avt_vits_input {
    const int64_t *ids; /* [count], vits_text.h */
    size_t count;       /* 1..AVT_VITS_IDS_MAX */
    double speed;       /* .25..4; 1 is the voice's own */
    int64_t speaker, language;       /* numbers, of the functions above; 0 where there is one only */
    const struct avt_cancel *cancel; /* or NULL */
};
/** Speak.
 *  @param ret_audio    At AVT_SPEECH_RATE, within [-1, 1]; owned by the caller.
 *  @param ret_seconds  NULL, or [count]: the length of each id, together as long as the sound; needs
 *                      avt_vits_is_timed().
 *  @return AVT_OK, AVT_EMODELBAD (what came out is no sound), AVT_EVOICE (no such speaker or language), AVT_ECANCELLED
 *          soon after it was asked for, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_vits_speak(struct avt_vits *vits, const struct avt_vits_input *input,
                                         struct avt_audio **ret_audio, double *ret_seconds, struct avt_error *reterr);

/** Whether samples can be speech: some, all of them numbers, and not all the same. */
bool avt_vits_sane(const float *samples, size_t count);
