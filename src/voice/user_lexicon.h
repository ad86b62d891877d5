/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * A user's own pronunciations, from a text file of one word a line, parted by tabs:
 *
 *   word <TAB> /IPA/ or how it would be spelled [<TAB> language]
 *
 * as in "Nguyen<TAB>/wɪn/<TAB>en-us" or "SQL<TAB>sequel". Lines that begin with # and empty ones are
 * passed over. A language may be short ("en" for both); none: every language. A word that is written
 * in small letters stands for all ways to write it, others for themselves.
 *
 * Threads: immutable once open.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

enum {
    AVT_USER_LEXICON_BYTES_MAX = 4 << 20,
    AVT_USER_LEXICON_WORDS_MAX = 50000,
    AVT_USER_LEXICON_WORD_MAX = 64, /* bytes */
};

struct avt_user_lexicon;
struct avt_pronunciation {
    const char *text; /* IPA, or what is read instead */
    bool ipa;
};

/** @return AVT_OK, AVT_ENOENT, AVT_EIO, AVT_EFORMAT (message with file, line and column), AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_user_lexicon_open(const char *path,
                                                struct avt_user_lexicon **ret_lexicon,
                                                struct avt_error *reterr);
/** The same from text; `name` is for messages. */
AVT_CHECKED enum avt_code avt_user_lexicon_parse(const char *text, const char *name,
                                                 struct avt_user_lexicon **ret_lexicon,
                                                 struct avt_error *reterr);
/** What is given for `word` in `language`; false for nothing. Strings live as long as the lexicon. */
bool avt_user_lexicon_find(const struct avt_user_lexicon *lexicon, const char *word,
                           const char *language, struct avt_pronunciation *ret_pronunciation);
void avt_user_lexicon_free(struct avt_user_lexicon *lexicon);
AVT_DEFINE_FREEP(struct avt_user_lexicon, avt_user_lexicon_free)
