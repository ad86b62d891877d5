/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Coqui XTTS v2 (--tts xtts): text to speech in the voice of a recording of some seconds, in 17 languages, 24 kHz.
 * Weights are brought by users, as tools/export/xtts.py makes them of the published ones:
 *
 *   xtts_gpt.onnx           a language model over sound, in codes of 46 ms: hears a voice and a text, and says codes
 *   xtts_decoder.onnx       what it held of each code, as sound
 *   xtts_conditioning.onnx  a recording as the voice that the language model hears
 *   xtts_speaker.onnx       a recording as the speaker that the decoder takes
 *   vocab.json              the tokenizer: not read here, ids are taken
 *   xtts.json               numbers of the model, xtts_config.h
 *
 * The language model's caches are never copied from step to step (nn/bound.h). The two networks for recordings are in
 * memory only while a voice is made.
 *
 * Threads: an open engine and a voice are immutable; several threads may speak at once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "nn/device.h"
#include "os/thread.h"
#include "voice/xtts_config.h"

#define AVT_XTTS_GPT          "xtts_gpt.onnx"
#define AVT_XTTS_DECODER      "xtts_decoder.onnx"
#define AVT_XTTS_CONDITIONING "xtts_conditioning.onnx"
#define AVT_XTTS_SPEAKER      "xtts_speaker.onnx"
#define AVT_XTTS_VOCABULARY   "vocab.json"

struct avt_xtts;
/** @param folder  With the files named above.
 *  @return AVT_OK, AVT_EMODEL (a file is missing: which), AVT_EMODELBAD (damaged, or another model: file, tensor, what
 *          was expected and what is there), AVT_EFORMAT, AVT_EUNSUPPORTED (xtts.json), AVT_ENOMEM. Owned by the
 *          caller. */
AVT_CHECKED enum avt_code avt_xtts_open(const char *folder, struct avt_xtts **ret_xtts, struct avt_error *reterr);
/** The same on the GPU, language model and decoder; its memory is taken by `gpu_bytes_max` at most, 0: as much as there
 *  is. @return also AVT_EUNSUPPORTED (that cannot be). */
AVT_CHECKED enum avt_code avt_xtts_open_on(const char *folder, enum avt_device device, long long gpu_bytes_max,
                                           struct avt_xtts **ret_xtts, struct avt_error *reterr);
void avt_xtts_free(struct avt_xtts *xtts);
AVT_DEFINE_FREEP(struct avt_xtts, avt_xtts_free)
/** Borrowed, as long as `xtts`. */
const struct avt_xtts_config *avt_xtts_config(const struct avt_xtts *xtts);

/** What the model heard of a recording: some 130 kB. */
struct avt_xtts_voice;
struct avt_xtts_recording {
    const float *sound; /* [count] mono, -1..1; best 6 to 30 s of one person and nothing else */
    size_t count;
    int rate; /* Hz, any that dsp/resample.h takes */
};
/** What is beyond config.reference_seconds is not heard.
 *  @param cancel  Or NULL.
 *  @return AVT_OK, AVT_ERECORDING (less than a third of a second, or not sound), AVT_EINVAL (a rate out of range),
 *          AVT_EMODEL, AVT_EMODELBAD, AVT_ECANCELLED, AVT_ENOMEM. Owned by the caller. */
AVT_CHECKED enum avt_code avt_xtts_voice_make(const struct avt_xtts *xtts, const struct avt_xtts_recording *recording,
                                              const struct avt_cancel *cancel, struct avt_xtts_voice **ret_voice,
                                              struct avt_error *reterr);
void avt_xtts_voice_free(struct avt_xtts_voice *voice);
AVT_DEFINE_FREEP(struct avt_xtts_voice, avt_xtts_voice_free)

/** Keep a voice in a file, which appears whole or not at all (xtts_voice.h says what is in it).
 *  @return AVT_OK, AVT_EIO, AVT_EOUTPUT, AVT_ENOSPACE, AVT_EMODEL, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_xtts_voice_save(const struct avt_xtts *xtts, const struct avt_xtts_voice *voice,
                                              const char *path, struct avt_error *reterr);
/** Have it back.
 *  @param recording  That it must be of; NULL: any.
 *  @return AVT_OK, AVT_ENOENT, AVT_EFORMAT (damaged, or of another model or recording: make it again), AVT_EIO,
 *          AVT_EMODEL, AVT_ENOMEM. Owned by the caller. */
AVT_CHECKED enum avt_code avt_xtts_voice_load(const struct avt_xtts *xtts, const char *path,
                                              const struct avt_xtts_recording *recording,
                                              struct avt_xtts_voice **ret_voice, struct avt_error *reterr);

/** For tests: what passes between the networks, borrowed. */
typedef void (*avt_xtts_trace)(const char *stage, const float *values, size_t count, void *user);

#define AVT_XTTS_SPEED_MIN 0.5
#define AVT_XTTS_SPEED_MAX 2.0

/** Zeros are a good choice: the model's own. */
struct avt_xtts_options {
    uint64_t seed;             /* the same seed says a text in the same way */
    double temperature;        /* AVT_XTTS_TEMPERATURE_MIN to _MAX; 0: config.temperature */
    double top_p;              /* AVT_XTTS_TOP_P_MIN to 1; 0: config.top_p */
    double repetition_penalty; /* 1 to AVT_XTTS_PENALTY_MAX; 0: config.repetition_penalty */
    int top_k;                 /* 1 to AVT_XTTS_TOP_K_MAX; 0: config.top_k */
    double speed;              /* AVT_XTTS_SPEED_MIN to _MAX; 0: 1, the voice's own */
    bool greedy;               /* always the likeliest code: for tests */
    bool unguarded;            /* nothing but the model ends the speech, and config.codes_max: for tests */
    const struct avt_cancel *cancel; /* NULL: none */
    /** Or NULL: "logits" [codes], "latent" [D] and "code" [1] of each step, "rows" [D, n] that the decoder takes. */
    avt_xtts_trace trace;
    void *trace_user;
};

/** The next samples at AVT_XTTS_RATE, within -1..1, borrowed: about every 20 codes.
 *  @return AVT_OK, or why to stop: avt_xtts_speak() returns it. */
typedef enum avt_code (*avt_xtts_sink)(const float *samples, size_t count, void *user, struct avt_error *reterr);

struct avt_xtts_spoken {
    size_t samples;
    int codes;    /* with the one that ended it, if any */
    bool was_cut; /* the model did not end by itself: it ran on beyond what such a text can last, fell silent or said
                   * the same over and over, and was stopped (xtts_guard.h) */
};
/** Say a text, a sentence or a few.
 *  @param ids    [id_count] of text, without start and stop; 1 to config.text_max - 1, each below config.text_tokens.
 *  @param voice  Of this engine.
 *  @param ret_spoken  May be NULL.
 *  @return AVT_OK, AVT_ETEXT (no ids), AVT_ELIMIT (too many), AVT_EINVAL (an id or option out of its range),
 *          AVT_EMODELBAD (what comes out is no sound), AVT_ECANCELLED (within a step: some tenths of a
 *          second, for a long text some seconds at first), AVT_ENOMEM, or what `sink` returned. */
AVT_CHECKED enum avt_code avt_xtts_speak(const struct avt_xtts *xtts, const int64_t *ids, size_t id_count,
                                         const struct avt_xtts_voice *voice, const struct avt_xtts_options *options,
                                         avt_xtts_sink sink, void *user, struct avt_xtts_spoken *ret_spoken,
                                         struct avt_error *reterr);
