/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Speech by an engine whose weights the user brought (--tts), which reads the text itself and tells no times. The text
 * goes through it some sentences at a time; when each word was said is found by laying the program's own speech of the
 * same words over it (align.h), or in a language that the program does not speak by listening. Engines that speak in
 * the voice of a recording have that of a profile's kept one; of a stock voice the program's own speech is the
 * recording.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "nn/hardware.h"
#include "voice/tts.h"

struct avt_engines;
struct avt_speaking_engine;

enum { AVT_SPEAKING_SPEAKER_SIZE = 64, AVT_SPEAKING_WHY_SIZE = 160, AVT_SPEAKING_WARNING_SIZE = 240 };

/** What --tts stands for. */
struct avt_speaking_choice {
    bool is_auto; /* to be settled by avt_speaking_settle() */
    const struct avt_speaking_engine *engine; /* NULL: the program's own, and nothing else here is set */
    char speaker[AVT_SPEAKING_SPEAKER_SIZE];  /* of a model that has several: name or number; "": the first */
    char language[16]; /* that the model speaks, if its importer said so; else "" */
    char *folder;  /* of the weights; owned */
    char *name;    /* of the imported model; owned */
    int64_t bytes; /* of its files */
};
/** @param spec  "builtin", "auto", an engine's name, or that of an imported model, with ":SPEAKER" behind it where it
 *               has several; NULL: builtin.
 *  @param wish  What it is to run on: of several models of an engine the one of the best precision for it.
 *  @return AVT_OK, AVT_EINVAL (there is no such engine), and as avt_imported_choose(). */
AVT_CHECKED enum avt_code avt_speaking_choose(const char *spec, const struct avt_hardware_wish *wish,
                                              struct avt_speaking_choice *ret_choice, struct avt_error *reterr);
/** Of "auto": an imported engine that speaks from recordings, where the voice is a profile with one, or where the
 *  program does not speak the language; the first that can do what is asked for and fits into the free memory, the
 *  faster ones first. Else the program's own.
 *  @param ret_why  "pocket tts (kyutai): in the recorded voice of vp-1a2b3c4d".
 *  @return AVT_OK, and as avt_imported_load(). */
AVT_CHECKED enum avt_code avt_speaking_settle(struct avt_speaking_choice *choice, const struct avt_tts_request *request,
                                              const struct avt_hardware_wish *wish,
                                              char ret_why[AVT_SPEAKING_WHY_SIZE], struct avt_error *reterr);
/** Memory that its networks take, with what they take at work. */
int64_t avt_speaking_bytes(const struct avt_speaking_choice *choice);
void avt_speaking_choice_done(struct avt_speaking_choice *choice);
/** For results: "pocket tts (NAME, VOICE)". */
void avt_speaking_describe(const struct avt_speaking_choice *choice, const char *voice, char *ret_text, size_t size);
/** For the record in the file: what made the voice, given what made the program's own of that name. Owned. */
char *avt_speaking_origin(const struct avt_speaking_choice *choice, const char *own);

/** What is to be said, and with what. All is borrowed. */
struct avt_speaking_request {
    const struct avt_engines *engines;
    const struct avt_speaking_choice *choice; /* with an engine */
    struct avt_tts_request tts; /* markup in the text is left out, but for that nothing of it changes the speech */
    uint64_t seed;
};
/** Whether the engine can do what is asked for. @return AVT_OK, AVT_EINVAL (what it cannot: speed, pitch, markup,
 *  another language), AVT_EVOICE (a profile without its recording), and as avt_tts_check(). */
AVT_CHECKED enum avt_code avt_speaking_check(const struct avt_speaking_choice *choice,
                                             const struct avt_tts_request *request, struct avt_error *reterr);

/** An engine that is loaded, with its voice. One thread's. */
struct avt_speaking;
/** @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_EVOICE, AVT_EINVAL, AVT_ENOMEM, AVT_ECANCELLED, and as
 *  avt_tts_synthesize(). Owned by the caller; the engine itself stays loaded for the next. */
AVT_CHECKED enum avt_code avt_speaking_open(const struct avt_speaking_request *request,
                                            struct avt_speaking **ret_speaking, struct avt_error *reterr);
/** What the result is to tell: "" or one sentence. Borrowed. */
const char *avt_speaking_warning(const struct avt_speaking *speaking);
void avt_speaking_free(struct avt_speaking *speaking);
AVT_DEFINE_FREEP(struct avt_speaking, avt_speaking_free)
/** Say all of it, as avt_tts_synthesize() does. @return the same, and AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_speaking_run(struct avt_speaking *speaking,
                                           enum avt_code (*chunk)(struct avt_speech_chunk *chunk, void *user,
                                                                  struct avt_error *reterr),
                                           void *user, struct avt_error *reterr);
