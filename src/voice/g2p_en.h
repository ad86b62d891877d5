/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * English words to phonemes in misaki's alphabet: dictionary, endings, initials and compounds, and
 * rules that look at the next word, which is why words are taken from right to left. Files:
 * g2p_en.c walks the words, g2p_en_word.c looks one up, g2p_en_compound.c takes compounds apart,
 * g2p_en_sense.c tells apart words that even their part of speech does not ("lead pipe", "lead
 * singer").
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "voice/lexicon.h"
#include "voice/normalize.h"
#include "voice/phonemizer.h"

/** What a word knows of the sound after it. */
enum avt_next_sound { AVT_NEXT_PAUSE, AVT_NEXT_VOWEL, AVT_NEXT_CONSONANT };
struct avt_g2p_context {
    enum avt_next_sound next;
    bool next_is_to; /* the word "to" follows: "used to" */
};

struct avt_g2p {
    const struct avt_lexicon *lexicon; /* borrowed */
    struct avt_phonemizer *phonemizer; /* borrowed */
    bool british;
};

/** Fill in the phonemes of all words (tagged already) and of all tokens; tokens that turn out to
 *  have no sound are removed. @return AVT_OK, AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_g2p_run(const struct avt_g2p *g2p, struct avt_reading *reading,
                                      struct avt_error *reterr);

/** Phonemes of one word, owned by the caller (before avt_alphabet_finish()).
 *  @return AVT_OK, AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_g2p_word(const struct avt_g2p *g2p, const struct avt_word *word,
                                       const struct avt_g2p_context *context, char **ret_phonemes,
                                       struct avt_error *reterr);

/** What the word before these phonemes hears; `otherwise` if they hold no sound. */
enum avt_next_sound avt_g2p_first_sound(const char *phonemes, enum avt_next_sound otherwise);

/** `phonemes` with the ending -s; owned by the caller. */
char *avt_g2p_add_s(const char *phonemes, bool british);

/** Pronunciation of word `index` where its neighbours decide, NULL if the usual one holds. Static.
 */
const char *avt_g2p_sense(const struct avt_reading *reading, size_t index, bool british);
