/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Speech to standard output while it is made: bare samples, or a WAV file of unknown length. */
#include <avatar/avatar.h>
#include <stdbool.h>

struct avt_sound_output {
    bool wav;
    bool started; /* the header is written */
    int why;      /* errno of what failed; 0: nothing */
};

/** avt_speech_sound_fn's work: s16le. Returns 0, or -1 with `why` set. */
int avt_sound_output_write(struct avt_sound_output *output, const struct avt_speech_sound *sound);
