/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* IPA as people write it ("təˈmeɪtoʊ", with or without slashes) to the model's alphabet. */
#include "base/cleanup.h"
#include "base/error.h"

enum { AVT_IPA_BYTES_MAX = 2000 };

/** @param language  Whose sounds: "en-us" has no length marks, "en-gb" no r after vowels, and so on.
 *  @param ret_phonemes  Owned by the caller.
 *  @return AVT_OK, AVT_ETEXT (a symbol that the model lacks, or no sound at all). */
AVT_CHECKED enum avt_code avt_ipa_to_phonemes(const char *ipa, const char *language,
                                              char **ret_phonemes, struct avt_error *reterr);
