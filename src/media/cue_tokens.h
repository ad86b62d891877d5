/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The pieces that captions are laid out from: words as written, with their punctuation and times.
 * Private to media. */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "dsp/timeline.h"

enum avt_cue_end { AVT_CUE_PLAIN, AVT_CUE_CLAUSE, AVT_CUE_SENTENCE };

struct avt_cue_token {
    char *text; /* owned; UTF-8, no white space, no control characters */
    int columns;
    bool glued; /* no space before it: the rest of a word that was too long for a line */
    enum avt_cue_end ends;
    double start, end; /* s; in order, without overlap */
};

struct avt_cue_tokens {
    struct avt_cue_token *items;
    size_t count;
};

/** Never NULL. No token is wider than `columns_max`. */
struct avt_cue_tokens *avt_cue_tokens_new(const struct avt_timeline *timeline, int columns_max);
void avt_cue_tokens_free(struct avt_cue_tokens *tokens);
AVT_DEFINE_FREEP(struct avt_cue_tokens, avt_cue_tokens_free)

/** How badly a reader takes a break between token `at` - 1 and token `at`: 0 after a sentence, more
 *  inside a phrase. */
double avt_cue_break_cost(const struct avt_cue_tokens *tokens, size_t at);
