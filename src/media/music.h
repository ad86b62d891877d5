/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A sound file as music without an end: read as it is needed, so its length costs no memory, and
 * begun anew where it ends, the end fading into the beginning.
 *
 * Threads: one instance is used by one thread at a time.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "os/thread.h"

enum {
    AVT_MUSIC_MEASURED_S = 300, /* its loudness is that of its beginning, up to this */
    AVT_MUSIC_RATE = 48000,     /* of the sound of films that have music */
};

struct avt_music;
/** Decodes that much to know the loudness, so what is no sound is refused here.
 *  @param rate  Of the samples that are read, stereo.
 *  @param cancel  Of this call; may be NULL.
 *  @return as avt_media_read_audio(); AVT_ELIMIT: shorter than a second; AVT_ECANCELLED.
 *  avt_music_free(). */
AVT_CHECKED enum avt_code avt_music_open(const char *path, int rate, const struct avt_cancel *cancel,
                                         struct avt_music **ret_music, struct avt_error *reterr);
/** -HUGE_VAL if it is silent. */
double avt_music_lufs(const struct avt_music *music);
/** The next `count` pairs of samples, [count, 2], left first. @return AVT_OK, AVT_ENOMEM, AVT_EIO, AVT_EFORMAT. */
AVT_CHECKED enum avt_code avt_music_read(struct avt_music *music, float *samples, size_t count,
                                         struct avt_error *reterr);
void avt_music_free(struct avt_music *music);
AVT_DEFINE_FREEP(struct avt_music, avt_music_free)
