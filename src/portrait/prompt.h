/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * English free text into attributes: "a friendly doctor in her fifties with short grey curly hair, round glasses
 * and a green scrub, in a hospital office". Longest match first over one table of phrases; adjectives go to the
 * next noun that takes them ("long curly red hair"), negations take away ("without glasses", "clean-shaven"),
 * numbers and pronouns are understood, professions lean towards clothes and places without overruling what is said.
 * docs/prompts.md lists every word.
 *
 * Threads: no shared state.
 */
#include "base/buf.h"
#include "portrait/attributes.h"

enum {
    AVT_PROMPT_BYTES_MAX = 4000,
    AVT_PROMPT_UNKNOWN_MAX = 64, /* unknown words that are told, the rest is counted */
};

struct avt_prompt_words {
    char words[AVT_PROMPT_UNKNOWN_MAX][48]; /* as written, NUL-terminated, cut at a character */
    size_t count;                           /* told */
    size_t more;                            /* not told */
};

/** @param text      UTF-8, NUL-terminated.
 *  @param seed      Draws what is not said; part of the result.
 *  @param ret_unknown  What was not understood; may be NULL.
 *  @param ret_notes    Contradictions and how each was decided ("\"bald\" and \"long hair\": the later counts"), one a
 *                      line; may be NULL.
 *  @return AVT_OK; AVT_ETEXT (empty, not UTF-8, or nothing in it was understood: the message says what can be
 *          asked for), AVT_ELIMIT (longer than AVT_PROMPT_BYTES_MAX). */
AVT_CHECKED enum avt_code avt_prompt_parse(const char *text, uint64_t seed, struct avt_attributes *ret_attributes,
                                           struct avt_prompt_words *ret_unknown, struct avt_buf *ret_notes,
                                           struct avt_error *reterr);
