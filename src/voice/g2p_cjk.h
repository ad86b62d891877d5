/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Chinese and Japanese: runs without spaces are parted into words, each with its own time, and
 * spoken by table. Latin words in them are spoken as English.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "voice/lexicon.h"
#include "voice/normalize.h"
#include "voice/phonemizer.h"

struct avt_g2p_cjk {
    const struct avt_lexicon *hanzi;   /* NULL: Japanese, whose kanji are refused; borrowed */
    struct avt_phonemizer *phonemizer; /* of American English; borrowed */
};

/** Part and fill in the tokens of `reading`, whose words are used up.
 *  @return AVT_OK, AVT_EHELPER, AVT_ETEXT (kanji: the message says which and where). */
AVT_CHECKED enum avt_code avt_g2p_cjk_run(const struct avt_g2p_cjk *g2p,
                                          struct avt_reading *reading, struct avt_error *reterr);
