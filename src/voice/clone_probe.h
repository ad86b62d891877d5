/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hearing a voice: Kokoro says a short sentence with a style, and the speaker encoder and the pitch
 * measure listen. The sentences are fixed; the engine gives the same sound for the same style.
 *
 * Threads: may be used from several threads at once. Kokoro's runs stay on the thread that asks, so
 * two threads hear twice as much as one.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/mel.h"
#include "os/thread.h"
#include "voice/ge2e.h"
#include "voice/speaker.h"

enum { AVT_CLONE_SENTENCES = 8 }; /* the last two are for the final verdict only */

/** What was heard of one sentence. */
struct avt_clone_heard {
    struct avt_embedding voice;
    double pitch_st, spread_st; /* semitones re 100 Hz; 0 and 0 if nothing is voiced */
    bool voiced;
    struct avt_audio *speech; /* 16 kHz, silence cut out, at -30 dBFS */
    struct avt_mel mel;       /* power of `speech` [frames, 40] */
};
void avt_clone_heard_done(struct avt_clone_heard *heard);

struct avt_clone_probe;
/** @param encoder  Borrowed for the life of the probe.
 *  @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_EHELPER, AVT_ENOMEM. Owned:
 * avt_clone_probe_free(). */
AVT_CHECKED enum avt_code avt_clone_probe_open(const struct avt_ge2e *encoder,
                                               struct avt_clone_probe **ret_probe,
                                               struct avt_error *reterr);
void avt_clone_probe_free(struct avt_clone_probe *probe);
AVT_DEFINE_FREEP(struct avt_clone_probe, avt_clone_probe_free)

/** The row of a pack that says a sentence. */
size_t avt_clone_probe_row(const struct avt_clone_probe *probe, int sentence);
/** The sentence itself. Static. */
const char *avt_clone_probe_text(int sentence);

/** Say and listen. @param style  [256], of row avt_clone_probe_row().
 *  @param melody  NULL: as predicted.
 *  @return AVT_OK, AVT_EMODELBAD, AVT_ECANCELLED, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_clone_probe_hear(const struct avt_clone_probe *probe,
                                               const float *style,
                                               const struct avt_melody *melody, int sentence,
                                               const struct avt_cancel *cancel,
                                               struct avt_clone_heard *ret_heard,
                                               struct avt_error *reterr);
/** Listen to any speech: as avt_clone_probe_hear() does to its own. */
AVT_CHECKED enum avt_code avt_clone_listen(const struct avt_ge2e *encoder,
                                           const struct avt_audio *audio,
                                           struct avt_clone_heard *ret_heard,
                                           struct avt_error *reterr);
