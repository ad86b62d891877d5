/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text to speech: sound and timeline, sentence by sentence. Engines are const tables, one file each
 * (tts_kokoro.c). The front end (text normalising, lexicon, phonemes) is voice/frontend.h.
 *
 * Threads: one avt_tts is used by one thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/voices.h"
#include "dsp/audio.h"
#include "dsp/timeline.h"
#include "os/footprint.h"
#include "os/thread.h"
#include "voice/markup.h"
#include "voice/user_lexicon.h"

enum { AVT_TEXT_BYTES_MAX = 200 * 1000 }; /* about 4 hours of speech */
enum { AVT_SPEECH_RATE = 24000 };         /* Hz, of all sound that engines here give */

/** One synthesised piece: about a sentence. Passed by the callback, which takes ownership. */
struct avt_speech_chunk {
    struct avt_audio *audio;       /* 24 kHz, with the pause that follows it */
    struct avt_timeline *timeline; /* times from the start of this chunk, text offsets into its text */
    size_t text_start, text_end;   /* bytes of the plain text that this chunk speaks */
    size_t index;
    double fraction_done; /* 0..1 of the whole text after this chunk */
};
void avt_speech_chunk_free(struct avt_speech_chunk *chunk);
AVT_DEFINE_FREEP(struct avt_speech_chunk, avt_speech_chunk_free)

struct avt_profile_home;
struct avt_tts_request {
    const char *text;     /* UTF-8; checked: AVT_ETEXT */
    const char *voice;    /* an id or a blend, voice/speaker.h */
    const char *language; /* NULL: the voice's own */
    double speed;         /* .25..4 */
    double pitch_st;      /* -12..12 semitones */
    enum avt_markup_kind markup;
    const struct avt_user_lexicon *lexicon; /* borrowed; NULL: none */
    const struct avt_profile_home *home; /* where added voices are, and whose; NULL: only the table's */
    const struct avt_cancel *cancel;
};

struct avt_tts;
/** Loads nothing yet: models are loaded by the first synthesis. */
AVT_CHECKED enum avt_code avt_tts_new(struct avt_tts **ret_tts, struct avt_error *reterr);
/** Note in `table` (borrowed until avt_tts_free()) what is loaded and used. */
void avt_tts_watch(struct avt_tts *tts, struct avt_footprints *table);
/** Load now what the voice of `request` needs; NULL: what the voices of the table need. */
AVT_CHECKED enum avt_code avt_tts_load(struct avt_tts *tts, const struct avt_tts_request *request,
                                       struct avt_error *reterr);
/** Frees the models' memory; the next synthesis loads them again. */
void avt_tts_unload(struct avt_tts *tts);
/** Frees one engine's model if it is `model` and loaded; else false. */
bool avt_tts_drop(struct avt_tts *tts, const char *model);
/** Check the request (text, markup, voices, languages, speed, pitch) without synthesising anything. */
AVT_CHECKED enum avt_code avt_tts_check(const struct avt_tts_request *request,
                                        struct avt_error *reterr);
/** The text without its markup, which offsets of chunks and timelines count in. Owned by the
 *  caller. @return AVT_OK, AVT_ETEXT, AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_tts_plain_text(const struct avt_tts_request *request,
                                             char **ret_text, struct avt_error *reterr);
/** Calls `chunk` for each piece in order, on this thread; it takes ownership and may refuse with an
 *  error code, which ends the run and is returned. The same input gives the same samples, but
 *  for Piper voices, which draw random numbers.
 *  @return AVT_OK, AVT_ETEXT, AVT_EVOICE, AVT_EINVAL, AVT_EMODEL, AVT_EMODELBAD, AVT_EHELPER,
 *  AVT_ECANCELLED, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_tts_synthesize(struct avt_tts *tts,
                                             const struct avt_tts_request *request,
                                             enum avt_code (*chunk)(struct avt_speech_chunk *chunk,
                                                                    void *user,
                                                                    struct avt_error *reterr),
                                             void *user, struct avt_error *reterr);
/** What the request says, before anybody says it: phonemes and words in order, without silences between them; each
 *  symbol of a phoneme takes AVT_TTS_EXPECTED_S, and segments tell who speaks which language. No speech model is
 *  loaded. `language` may be one that espeak-ng alone knows ("de"); then there is no markup. Owned by the caller.
 *  @return AVT_OK, AVT_ETEXT, AVT_EVOICE, AVT_EINVAL, AVT_EMODEL (a lexicon), AVT_EHELPER, AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_tts_expect(struct avt_tts *tts, const struct avt_tts_request *request,
                                         struct avt_timeline **ret_timeline, struct avt_error *reterr);
#define AVT_TTS_EXPECTED_S .08
void avt_tts_free(struct avt_tts *tts);
AVT_DEFINE_FREEP(struct avt_tts, avt_tts_free)
