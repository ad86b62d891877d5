/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Parts of a text that one speaker says in one way, and how pieces of speech are made of them.
 * Private to tts.c. */
#include "voice/chunk.h"
#include "voice/engine.h"
#include "voice/frontend.h"
#include "voice/level.h"
#include "voice/speaker.h"
#include "voice/tts.h"

struct avt_part {
    struct avt_speaker speaker;
    const char *language;
    struct avt_token_list tokens; /* offsets count from the start of the plain text */
    struct avt_symbol_row row;
    bool speaks; /* something in it can be spoken */
    double speed, volume_db;
    struct avt_melody melody;
    int pause_before_ms; /* that markup asks for; -1: none */
};
void avt_part_free(struct avt_part *part);
AVT_DEFINE_FREEP(struct avt_part, avt_part_free)

/** Set the pause at the end of a part by what stands before byte `end` of the plain text. */
void avt_part_end_pause(struct avt_part *part, const char *text, size_t end);

struct avt_piece_engine {
    const struct avt_tts_engine *engine;
    void *state;
};

struct avt_piece_maker {
    const char *text; /* the plain text */
    const struct avt_part *part;
    struct avt_piece_engine engine;
    struct avt_leveller *leveller;
    const struct avt_cancel *cancel;
};

struct avt_piece_place {
    size_t from, to; /* symbols of the part's row */
    size_t index;    /* of the piece in the whole */
    bool last;
    int pause_before_ms, pause_after_ms; /* that markup asks for; -1: none */
};

/** @return AVT_OK, what the engine gives, AVT_ENOMEM. */
AVT_CHECKED enum avt_code avt_piece_make(const struct avt_piece_maker *maker,
                                         const struct avt_piece_place *place,
                                         struct avt_speech_chunk **ret_chunk,
                                         struct avt_error *reterr);
