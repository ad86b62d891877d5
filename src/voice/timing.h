/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * From the lengths that an engine gives its symbols to a timeline of sounds. The lengths say what
 * follows what; the sound itself says where pauses begin and end, because engines stretch the last
 * symbol before a pause over the pause.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "dsp/audio.h"
#include "dsp/timeline.h"
#include "voice/chunk.h"
#include "voice/frontend.h"

struct avt_timing_input {
    const struct avt_symbol *symbols; /* [count] */
    size_t count;
    const double *seconds; /* [count + 2]: lead-in, symbols, tail */
    const struct avt_audio *audio; /* NULL: nobody has said it yet; the lengths are as good as they are */
    const struct avt_token_list *tokens;
    double lateness_s; /* how late the lengths are against the sound */
    size_t text_start; /* what word offsets are counted from */
};

/** Phonemes and words of one chunk, from the start of its sound to its end, silence included.
 *  Text, segments and rate are the caller's to set. Owned by the caller: avt_timeline_free(). */
struct avt_timeline *avt_timing(const struct avt_timing_input *input);

/** Set each phoneme's loudness: its RMS against the mean of all that is spoken. */
void avt_timing_loudness(struct avt_timeline *timeline, const struct avt_audio *audio);
