/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The front end of speech: text -> normalised words -> phonemes in misaki's alphabet, with the link
 * back to the bytes of the text that every token came from.
 *
 * English: voice/normalize.c (numbers, money, dates ...), voice/tagger.c (part of speech for
 * heteronyms), voice/lexicon.c (compiled misaki dictionaries, mapped), voice/g2p_en.c (context
 * rules, suffixes), voice/phonemizer.c (espeak-ng in the helper process, only for words the lexicon
 * lacks). Other languages: voice/intl.h instead of the first, then whole clauses by espeak-ng
 * (voice/g2p_espeak.c), or tables for kana (voice/g2p_ja.c) and Chinese (voice/g2p_zh.c).
 *
 * Threads: one frontend is used by one thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/** A word or a punctuation mark. */
struct avt_token {
    char *text;     /* as written (the bytes below); for a number the digits; owned */
    char *phonemes; /* misaki alphabet with stress marks; may hold spaces when one written token
                       speaks several words ("1984"); "" for punctuation; owned */
    size_t text_start, text_end; /* bytes in the input */
    char punctuation; /* one of . , ; : ! ? - ( ) " ' or 'e' for an ellipsis; 0 for a word */
    bool space_after; /* white space, or a word of its own, follows in the text */
    int pause_ms;     /* extra pause asked for after this token: paragraph break, "..." line */
    bool sentence_end;
};

struct avt_token_list {
    struct avt_token *tokens;
    size_t count, capacity;
};
void avt_token_list_done(struct avt_token_list *list);
/** Take out words without phonemes; what they said about pauses goes to the token before. */
void avt_token_list_drop_silent(struct avt_token_list *list);

struct avt_frontend;
/** Maps the lexicon; the helper is started only when a word needs it.
 *  @return AVT_OK, AVT_EMODEL, AVT_EMODELBAD, AVT_EVOICE (language). */
AVT_CHECKED enum avt_code avt_frontend_new(const char *language, struct avt_frontend **ret_frontend,
                                           struct avt_error *reterr);
/** The same for engines that were trained on espeak-ng's own IPA: words are asked of it alone, and
 *  phonemes are as it writes them. `language` may be one that espeak-ng alone knows ("de"); numbers and
 *  signs are then left to it too. */
AVT_CHECKED enum avt_code avt_frontend_new_raw(const char *language,
                                               struct avt_frontend **ret_frontend,
                                               struct avt_error *reterr);
bool avt_frontend_is_raw(const struct avt_frontend *frontend);
/** `text` must be valid UTF-8. @return AVT_OK, AVT_EHELPER, AVT_ETEXT (nothing to speak). */
AVT_CHECKED enum avt_code avt_frontend_run(struct avt_frontend *frontend, const char *text,
                                           size_t size, struct avt_token_list *ret_tokens,
                                           struct avt_error *reterr);
/** The same, but a text without anything to speak is AVT_OK and no tokens. */
AVT_CHECKED enum avt_code avt_frontend_read(struct avt_frontend *frontend, const char *text,
                                            size_t size, struct avt_token_list *ret_tokens,
                                            struct avt_error *reterr);
/** Phonemes of `text` letter by letter; "" if it has none that are spoken. Owned by the caller.
 *  @return AVT_OK, AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_frontend_spell(struct avt_frontend *frontend, const char *text,
                                             char **ret_phonemes, struct avt_error *reterr);
/** A whole number (digits only) as words of the language, to be read by avt_frontend_read(). Owned by
 *  the caller. */
char *avt_frontend_number(const struct avt_frontend *frontend, const char *digits, bool ordinal);
/** Its language's tag. */
const char *avt_frontend_language(const struct avt_frontend *frontend);
void avt_frontend_free(struct avt_frontend *frontend);
AVT_DEFINE_FREEP(struct avt_frontend, avt_frontend_free)
