/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Phonemes of languages that espeak-ng speaks clause by clause (es, fr, hi, it, pt-br). Words change
 * beside each other (French liaison, Spanish s before m), so a whole clause is asked for and then
 * shared out among its words.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "voice/normalize.h"
#include "voice/phonemizer.h"

/** Fill in the phonemes of all tokens from the text of their words (one each); tokens without a
 *  sound are removed, and space_after is cleared where two words are spoken as one.
 *  @return AVT_OK, AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_g2p_espeak_run(struct avt_phonemizer *phonemizer,
                                             struct avt_reading *reading, struct avt_error *reterr);

/** Where `whole` is to be cut so that its parts fit parts[count] best, by edit distance; a cut moves
 *  to a space that is near. For a part that is not found in it a cut may repeat.
 *  @param ret_cuts  [count + 1] byte offsets, from 0 to the length of `whole`. */
void avt_g2p_share_out(const char *whole, const char *const *parts, size_t count,
                       size_t *ret_cuts);
