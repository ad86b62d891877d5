/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Speech by an engine whose weights the user brought (--tts), which reads the text itself and tells no times. The text
 * goes through it some sentences at a time; when each word was said is found by laying the program's own speech of the
 * same words over it (align.h). Pocket TTS has the voice of a profile's kept recording; of a stock voice the program's
 * own speech is the recording. A Coqui VITS has voices of its own.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "voice/tts.h"

struct avt_run;
struct avt_plan;

enum { AVT_SPEAKING_SPEAKER_SIZE = 64 };

/** What --tts stands for. */
struct avt_speaking_choice {
    const char *engine; /* "pocket", "vits"; NULL: the program's own */
    bool is_vits;
    char speaker[AVT_SPEAKING_SPEAKER_SIZE]; /* of a model that has several: name or number; "": the first */
    char *folder;       /* of the weights; owned */
    char *name;         /* of the imported model; owned */
    int64_t bytes;      /* of its files */
};
/** @param spec  "builtin", an engine's name, or that of an imported model, with ":SPEAKER" behind it where it has
 *               several; NULL: builtin.
 *  @return AVT_OK, AVT_EINVAL (there is no such engine), and as avt_imported_choose(). */
AVT_CHECKED enum avt_code avt_speaking_choose(const char *spec, struct avt_speaking_choice *ret_choice,
                                              struct avt_error *reterr);
/** Whether the engine can do what the plan asks for. @return AVT_OK, AVT_EINVAL (what it cannot: speed, pitch, markup,
 *  another language), AVT_EVOICE (a profile without its recording). */
AVT_CHECKED enum avt_code avt_speaking_check(const struct avt_plan *plan, struct avt_error *reterr);
void avt_speaking_choice_done(struct avt_speaking_choice *choice);

/** As avt_tts_synthesize(), of the run's plan.
 *  @return the same, and AVT_EMODEL, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_speaking_run(struct avt_run *run,
                                           enum avt_code (*chunk)(struct avt_speech_chunk *chunk, void *user,
                                                                  struct avt_error *reterr),
                                           void *user, struct avt_error *reterr);
