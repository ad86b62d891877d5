/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text as Pocket TTS was trained on it, in pieces that it can say in one go: as kyutai-labs/pocket-tts prepares it
 * (prepare_text_prompt, split_into_best_sentences), with its constants.
 *
 * Threads: any.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "voice/spm.h"

enum {
    AVT_POCKET_CHUNK_TOKENS_MAX = 50, /* "MAX_TOKEN_PER_CHUNK": beyond it words are left out */
    AVT_POCKET_PAD_SPACES = 8,        /* before a text of fewer than 5 words, for the model of 2026-01 */
    AVT_POCKET_PAD_WORDS = 5,
    AVT_POCKET_SHORT_WORDS = 4,       /* up to so many words a text ends 3 frames after its end is heard, else 1 */
    AVT_POCKET_TAIL_FRAMES = 2,       /* and so many more */
};

/** What models differ in. */
struct avt_pocket_style {
    bool is_padding;            /* short texts get spaces in front: the model of 2026-01 */
    bool is_without_semicolons; /* they become commas: French and German */
};

/** Blanks at the ends gone, all others one space each, curly apostrophes straight, the first letter large, a full stop
 *  behind a letter or digit at the end.
 *  @return Owned (avt_free); "" for a text of blanks. */
char *avt_pocket_prepare(const char *text, struct avt_pocket_style style);

/** Frames of sound that follow once the end was heard: (3 up to 4 words, else 1) + 2. */
int avt_pocket_frames_after(const char *text);
/** Frames of sound that so many tokens have at most: a third of a second each, and 2 s. */
int avt_pocket_frames_max(size_t token_count);

struct avt_pocket_chunks {
    char **texts; /* [count] not prepared yet */
    size_t count;
};
void avt_pocket_chunks_done(struct avt_pocket_chunks *chunks);
/** Cut `text` into pieces of at most `tokens_max` tokens, as few as fit: at the end of sentences (.!?…), where one is
 *  too long at ,;: too, then between words, and if a word is too long within it.
 *  @param ret_chunks  Zero it first; empty for a text of blanks.
 *  @return AVT_OK, AVT_ELIMIT (over AVT_SPM_TEXT_BYTES_MAX), AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_pocket_split(const struct avt_spm *spm, const char *text, size_t tokens_max,
                                           struct avt_pocket_chunks *ret_chunks, struct avt_error *reterr);
