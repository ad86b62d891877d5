/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * What a speech engine does: symbols of misaki's alphabet in, sound and the length of each symbol
 * out. One const table per engine, in tts_<name>.c.
 *
 * Threads: a state is used by one thread at a time.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"
#include "voice/speaker.h"
#include "voice/tts.h"

/* More than any engine should be given at once: the ceiling of what a chunk may hold. */
enum { AVT_ENGINE_SYMBOLS_MAX = 500 };

struct avt_engine_input {
    const struct avt_speaker *speaker;
    const uint32_t *symbols; /* [count]; one that the engine does not know gets no time */
    size_t count;            /* 1..AVT_ENGINE_SYMBOLS_MAX */
    double speed;            /* 1 is normal */
    struct avt_melody melody; /* an engine that cannot change it ignores it */
    const struct avt_cancel *cancel; /* or NULL */
};

struct avt_tts_engine {
    const char *name; /* as in avt_speaker.engine */
    const char *model; /* id in the model list; NULL: each voice is a model of its own */
    bool raw_ipa;     /* symbols are espeak-ng's IPA instead of misaki's alphabet */
    /** @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. */
    enum avt_code (*open)(void **ret_state, struct avt_error *reterr);
    void (*close)(void *state);
    /** Size of the file of the model, or of the voice that is loaded. */
    int64_t (*file_bytes)(const void *state);
    /** Load the voice, instead of the one before; NULL with `model`. As open(), and what the voice gives. */
    enum avt_code (*load)(void *state, const struct avt_speaker *speaker, struct avt_error *reterr);
    /** Speak. ret_audio is at AVT_SPEECH_RATE, owned by the caller; ret_seconds[count + 2] are the
     *  lengths of the lead-in, of each symbol and of the tail, which together are exactly as long as
     *  the sound. AVT_ECANCELLED soon after the cancel flag is set. */
    enum avt_code (*speak)(void *state, const struct avt_engine_input *input,
                           struct avt_audio **ret_audio, double *ret_seconds,
                           struct avt_error *reterr);
};

extern const struct avt_tts_engine avt_tts_kokoro;
extern const struct avt_tts_engine avt_tts_piper;
