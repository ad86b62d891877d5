/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Pocket TTS (Kyutai, 2026): text to speech in the voice of a recording of some seconds, 24 kHz, faster than it plays
 * on a processor. Weights are brought by users: the five ONNX files of KevinAHM's export of a language's model, its
 * tokenizer, and for the models since 2026-04 bos_before_voice.npy and bundle.json (pocket_bundle.h).
 *
 *   tokenizer.model, text_conditioner   text, 50 tokens at most at once (voice/pocket_prompt.h), as vectors
 *   flow_lm_main                        a language model over the sound: for each 80 ms a condition, and whether the
 *                                       text is at its end
 *   flow_lm_flow                        noise into the latents of the 80 ms, after the condition, in 1 step or more
 *   mimi_decoder                        latents into 1920 samples
 *   mimi_encoder                        a recording into vectors that the language model hears before the text: what
 *                                       it then holds is the voice. May be missing; voices must then be loaded.
 *
 * The language model's and the decoder's states are never copied from step to step (nn/bound.h), and a voice is lent to
 * each reading, not copied either.
 *
 * Threads: an open engine and a voice are immutable; several threads may speak at once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "os/thread.h"
#include "voice/pocket_prompt.h"

enum {
    AVT_POCKET_RATE = 24000,
    AVT_POCKET_FRAME = 1920,             /* samples: 80 ms, 12.5 a second */
    AVT_POCKET_VOICE_SECONDS_MAX = 30,   /* of a recording; what is beyond is not heard */
    AVT_POCKET_STEPS_MAX = 64,           /* of flow_lm_flow for one frame */
    AVT_POCKET_EOS_FRAMES_MIN = 6,       /* an end heard earlier is none: some voices begin so */
    AVT_POCKET_FADE = AVT_POCKET_RATE / 200, /* samples over which each chunk fades in: they start with a click */
};
#define AVT_POCKET_EOS_LOGIT (-4.0f)     /* above it the text is at its end */
#define AVT_POCKET_TEMPERATURE 0.7       /* variance of the noise */

/** Whether there is a model of that language: "en", "de", "es", "fr", "it", "pt". A model's files do not tell which. */
bool avt_pocket_speaks(const char *language);

struct avt_pocket;
/** @param folder  With the files named above.
 *  @return AVT_OK, AVT_EMODEL (a file is missing: which), AVT_EMODELBAD (damaged, or another model: what is wrong),
 *          AVT_ENOMEM. Owned by the caller. */
AVT_CHECKED enum avt_code avt_pocket_open(const char *folder, struct avt_pocket **ret_pocket, struct avt_error *reterr);
void avt_pocket_free(struct avt_pocket *pocket);
AVT_DEFINE_FREEP(struct avt_pocket, avt_pocket_free)
/** Whether it can make voices. */
bool avt_pocket_can_clone(const struct avt_pocket *pocket);

/** A state of the language model, after it heard a recording. About 50 MB. */
struct avt_pocket_voice;
/** @param sound  [count] mono, -1..1, at AVT_POCKET_RATE; best 5 to 30 s of one person and nothing else.
 *  @return AVT_OK, AVT_EMODEL (no mimi_encoder: what is missing, and where it comes from), AVT_ERECORDING (less than
 *          half a second, or not sound), AVT_EMODELBAD, AVT_ECANCELLED, AVT_ENOMEM. Owned by the caller. */
AVT_CHECKED enum avt_code avt_pocket_voice_make(const struct avt_pocket *pocket, const float *sound, size_t count,
                                                const struct avt_cancel *cancel, struct avt_pocket_voice **ret_voice,
                                                struct avt_error *reterr);
void avt_pocket_voice_free(struct avt_pocket_voice *voice);
AVT_DEFINE_FREEP(struct avt_pocket_voice, avt_pocket_voice_free)
/** Positions of the language model that it takes: a frame of 80 ms each, and with bos_before_voice one more. */
int avt_pocket_voice_positions(const struct avt_pocket_voice *voice);

/** Keep a voice in a file, which appears whole or not at all (pocket_voice.h says what is in it).
 *  @return AVT_OK, AVT_EIO, AVT_EOUTPUT, AVT_ENOSPACE, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_pocket_voice_save(const struct avt_pocket *pocket, const struct avt_pocket_voice *voice,
                                                const char *path, struct avt_error *reterr);
/** Have it back.
 *  @param sound   [count] the recording that it must be of; NULL: any.
 *  @return AVT_OK, AVT_ENOENT, AVT_EFORMAT (damaged, or of another model or recording: make it again), AVT_EIO,
 *          AVT_EMODELBAD, AVT_ENOMEM. Owned by the caller. */
AVT_CHECKED enum avt_code avt_pocket_voice_load(const struct avt_pocket *pocket, const char *path, const float *sound,
                                                size_t count, struct avt_pocket_voice **ret_voice,
                                                struct avt_error *reterr);

struct avt_pocket_options {
    uint64_t seed;      /* the same seed says a text in the same way */
    double temperature; /* 0 (always the same) to 2; AVT_POCKET_TEMPERATURE is usual */
    int lsd_steps;      /* of flow_lm_flow a frame, 1 to AVT_POCKET_STEPS_MAX; 0: 1 */
    const struct avt_cancel *cancel; /* NULL: none */
    /** For tests, or NULL: what passes between the networks: "text", "conditioning", "noise", "latent", "sound". */
    void (*trace)(const char *stage, const float *values, size_t count, void *user);
    void *trace_user;
};
#define AVT_POCKET_OPTIONS_INIT {.temperature = AVT_POCKET_TEMPERATURE, .lsd_steps = 1}

/** The next samples, borrowed. The first come after one frame, later ones up to four frames at once.
 *  @return AVT_OK, or why to stop: avt_pocket_speak() returns it. */
typedef enum avt_code (*avt_pocket_sink)(const float *samples, size_t count, void *user, struct avt_error *reterr);

struct avt_pocket_spoken {
    size_t samples;
    int chunks;
    int cut_chunks; /* of these, whose end was never heard: they stop at the most that such a text can last */
};
/** Say a text.
 *  @param text    UTF-8, up to AVT_SPM_TEXT_BYTES_MAX.
 *  @param ret_spoken  May be NULL.
 *  @return AVT_OK, AVT_ETEXT (nothing to say), AVT_EINVAL (an option out of its range), AVT_ELIMIT (text too long, or
 *          no room left behind the voice), AVT_EMODELBAD (what comes out is no sound), AVT_ECANCELLED (within a step,
 *          some tens of ms), AVT_ENOMEM, or what `sink` returned. */
AVT_CHECKED enum avt_code avt_pocket_speak(const struct avt_pocket *pocket, const char *text,
                                           const struct avt_pocket_voice *voice,
                                           const struct avt_pocket_options *options, avt_pocket_sink sink, void *user,
                                           struct avt_pocket_spoken *ret_spoken, struct avt_error *reterr);
