/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Pronunciation by espeak-ng, which runs in the helper process avatar-phonemize: of English words
 * that no dictionary has, and of whole clauses of other languages. Its IPA is rewritten to misaki's
 * alphabet. The helper starts with the first question, is started again when it dies, and is given
 * up when it dies or hangs too often.
 *
 * Threads: one thread at a time.
 */
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
    AVT_PHONEMIZER_WORD_MAX = 128,     /* bytes of an English word */
    AVT_PHONEMIZER_PHRASE_MAX = 1000,  /* bytes of one question; the helper takes a little more */
    AVT_PHONEMIZER_CACHE_MAX = 8192,   /* answers kept */
    AVT_PHONEMIZER_TRIES = 2,          /* helper runs that one word may end */
    AVT_PHONEMIZER_STARTS_MAX = 8,     /* helper runs in a row that end too soon */
    AVT_PHONEMIZER_ANSWERS_GOOD = 64,  /* a run with as many answers was a good one */
    AVT_PHONEMIZER_TIMEOUT_MS = 10000, /* for an answer, which takes about 1 ms */
};

struct avt_phonemizer_options {
    const char *language; /* as espeak-ng names it: "en-us", "en-gb", "fr-fr", "hi" ... */
    bool raw; /* espeak-ng's own IPA, untied, for engines that were trained on it */
    bool hyphens; /* of the raw IPA, which mark a liaison: kept */
    const char *program; /* NULL: the program's own helper */
    int timeout_ms;      /* 0: AVT_PHONEMIZER_TIMEOUT_MS */
};

struct avt_phonemizer;
struct avt_phonemizer *avt_phonemizer_new(const struct avt_phonemizer_options *options);
/** Phonemes of one word (cut at AVT_PHONEMIZER_WORD_MAX if English, else at _PHRASE_MAX); the answer
 *  is kept. Borrowed until the next call. @return AVT_OK, AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_phonemizer_word(struct avt_phonemizer *phonemizer, const char *word,
                                              const char **ret_phonemes, struct avt_error *reterr);
/** Phonemes of a clause, cut at AVT_PHONEMIZER_PHRASE_MAX; words run into each other as they do when
 *  spoken. Owned by the caller. @return AVT_OK, AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_phonemizer_phrase(struct avt_phonemizer *phonemizer,
                                                const char *phrase, char **ret_phonemes,
                                                struct avt_error *reterr);
void avt_phonemizer_free(struct avt_phonemizer *phonemizer);
AVT_DEFINE_FREEP(struct avt_phonemizer, avt_phonemizer_free)

/** espeak's English IPA (tied with '^') in misaki's alphabet; owned by the caller. */
char *avt_phonemizer_map(const char *ipa, bool british);
/** espeak's IPA without ties and flags, and without hyphens unless they are wanted; owned by the caller. */
char *avt_phonemizer_map_raw(const char *ipa, bool hyphens);
/** The same for languages other than English; `hindi`: espeak-ng writes the flap ɽ as "r.". */
char *avt_phonemizer_map_foreign(const char *ipa, bool hindi);
