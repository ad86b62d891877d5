/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What g2p_en_word.c (one word by dictionary and endings) and g2p_en_compound.c (words made of
 * several, and words that no dictionary has) share; for nobody else. */
#include <stdbool.h>

#include "voice/alphabet.h"
#include "voice/g2p_en.h"
#include "voice/normalize_parts.h"
#include "voice/tagger.h"

enum { G2P_WORD_BYTES_MAX = NORM_WORD_LETTERS_MAX * 4 + 8 };

/* One word on its way through the rules. */
struct g2p_query {
    const struct avt_g2p *g2p;
    const struct avt_g2p_context *context;
    enum avt_tag tag;
    enum avt_stress stress;
};

bool g2p_is_upper_word(const char *word);
bool g2p_all_letters(const char *word);
/** A capital first letter is worth a little stress, capitals throughout more, as misaki has it. */
enum avt_stress g2p_stress_of(const char *word);
/** Letter names, the last with the main stress; NULL if there is nothing but signs. Owned. */
char *g2p_spell(const struct g2p_query *query, const char *word);
/** A word without hyphens by the dictionary alone; NULL if it does not help. Owned. */
char *g2p_simple_word(const struct g2p_query *query, const char *word);

/** A word without hyphens by all means; `original`: with its accents, for the helper. */
AVT_CHECKED enum avt_code g2p_one_part(const struct g2p_query *query, const char *word,
                                       const char *original, char **ret_phonemes,
                                       struct avt_error *reterr);
/** A word that no dictionary has: asks the helper, or spells it if it has no vowel. */
AVT_CHECKED enum avt_code g2p_unknown_word(const struct g2p_query *query, const char *word,
                                           char **ret_phonemes, struct avt_error *reterr);
/** A word with hyphens, which are written over. */
AVT_CHECKED enum avt_code g2p_hyphenated(const struct g2p_query *query, char *word,
                                         char **ret_phonemes, struct avt_error *reterr);
