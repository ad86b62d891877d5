/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Caption cues cut from a timeline: which words stand together, where the line breaks, from when to
 * when. The rules are those of broadcasters (at most 2 lines, 17 characters a second where speech
 * allows it, 1 to 7 s, breaks where a reader would pause). Private to media.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "dsp/timeline.h"

enum { AVT_CUE_LINE_COLUMNS = 42, AVT_CUE_LINES = 2 };

struct avt_cue {
    double start, end;          /* s */
    char *lines[AVT_CUE_LINES]; /* owned; the second may be NULL */
};

struct avt_cues {
    struct avt_cue *items;
    size_t count;
};

/** Lines of at most `line_columns` (8 .. AVT_CUE_LINE_COLUMNS; wide East Asian characters count
 *  twice). Cues do not overlap and end within the timeline. */
struct avt_cues *avt_cues_new(const struct avt_timeline *timeline, int line_columns);
void avt_cues_free(struct avt_cues *cues);
AVT_DEFINE_FREEP(struct avt_cues, avt_cues_free)
