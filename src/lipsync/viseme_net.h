/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hears what a mouth does, without knowing what is said: a small network (models/visemes.onnx, made by
 * tools/train_visemes.py on speech of the program itself) gives each 10 ms of sound a probability for every
 * viseme, and the likeliest sequence of visemes of at least 30 ms each is searched through them (Viterbi
 * 1967). It looks 92 ms ahead and no further; the search reads a whole recording.
 *
 * Its front end (docs/visemes.md): 16 kHz at -26 dBFS, logarithm of 40 mel bands (dsp/mel.h), less their
 * running mean, which begins as that of the training set and follows with a time constant of 3 s.
 *
 * Threads: immutable once open; may be asked from several threads at once.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "dsp/audio.h"
#include "dsp/timeline.h"
#include "lipsync/viseme.h"
#include "os/thread.h"

enum {
    AVT_VISEME_NET_RATE = 16000,
    AVT_VISEME_NET_BANDS = 40,
    AVT_VISEME_NET_FRAMES_PER_S = 100,
};

struct avt_viseme_net;
/** @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_ENOMEM. Owned by the caller: avt_viseme_net_free(). */
AVT_CHECKED enum avt_code avt_viseme_net_open(struct avt_viseme_net **ret_net, struct avt_error *reterr);
void avt_viseme_net_free(struct avt_viseme_net *net);
AVT_DEFINE_FREEP(struct avt_viseme_net, avt_viseme_net_free)

/** Probabilities [frames, AVT_VISEME_COUNT], frame i being centred on i * 10 ms.
 *  @param audio         At any rate, not empty.
 *  @param ret_visemes   Owned by the caller (avt_free).
 *  @return AVT_OK, AVT_EINVAL (rate), AVT_ENOMEM, AVT_ECANCELLED, AVT_EMODELBAD. */
AVT_CHECKED enum avt_code avt_viseme_net_hear(const struct avt_viseme_net *net,
                                              const struct avt_audio *audio,
                                              const struct avt_cancel *cancel, float **ret_visemes,
                                              size_t *ret_frames, struct avt_error *reterr);

/** The likeliest sequence: ret_path[frames] of enum avt_viseme.
 *  @return AVT_OK, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_viseme_path(const float *visemes, size_t frames, uint8_t *ret_path,
                                          struct avt_error *reterr);

/** All of it: a timeline without words, whose phonemes stand for their visemes ("m" for any of p, b, m).
 *  Loud vowels are stressed. Owned by the caller. @return as avt_viseme_net_hear(). */
AVT_CHECKED enum avt_code avt_viseme_net_listen(const struct avt_viseme_net *net,
                                                const struct avt_audio *audio,
                                                const struct avt_cancel *cancel,
                                                struct avt_timeline **ret_timeline,
                                                struct avt_error *reterr);
