/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Words that are read otherwise than the language's front end would: by markup in the text, or by
 * the user's lexicon. */
#include "base/cleanup.h"
#include "base/error.h"
#include "voice/frontend.h"
#include "voice/markup.h"
#include "voice/user_lexicon.h"

/** Change the tokens of one span of the text.
 *  @param tokens   Of the span; offsets count from the start of the plain text.
 *  @param markup   Whose overrides within [start, end) apply.
 *  @param lexicon  NULL for none. Markup goes before it.
 *  @param source   Of the markup, for places in messages.
 *  @return AVT_OK, AVT_ETEXT (a pronunciation that cannot be spoken), AVT_EHELPER. */
AVT_CHECKED enum avt_code avt_overrides_apply(struct avt_frontend *frontend,
                                              const struct avt_markup *markup, size_t start,
                                              size_t end, const char *source,
                                              const struct avt_user_lexicon *lexicon,
                                              struct avt_token_list *tokens,
                                              struct avt_error *reterr);
