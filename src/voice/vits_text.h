/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Text to the ids that a Coqui VITS takes, by the steps of Coqui's own tokenizer: clean, phonemise between marks of
 * the sentence, one id per code point, blanks, ends. What has no symbol gets no id.
 *
 * Left to the front end, which does it for all engines: numbers, times and abbreviations as words. The text is taken as
 * composed (Unicode NFC), as keyboards and files give it.
 *
 * Threads: pure, but for the phonemizer.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "voice/phonemizer.h"
#include "voice/vits_config.h"

enum {
    AVT_VITS_IDS_MAX = 4096, /* of one run: the network's memory grows with its square */
    AVT_VITS_TEXT_BYTES_MAX = 16 * 1024,
};

/** Small letters for capitals, of the Latin, Greek, Cyrillic, Armenian and Georgian scripts, as Python's lower(). Owned
 *  by the caller. */
char *avt_vits_lower(const char *text);
/** `text` (UTF-8) as the voice's text_cleaner leaves it. Owned by the caller. */
char *avt_vits_clean(const struct avt_vits_config *config, const char *text);
/** What the voice is to read of a cleaned text, in IPA with the marks of the sentence as they stood; the text itself
 *  where the voice reads letters. A mark before the first word does not swallow the words after it, as in Coqui's.
 *  @param phonemizer  Raw and with hyphens, in the language of `config`; not used, and may be NULL, where letters are
 *                     read.
 *  @param ret_text    Owned by the caller.
 *  @return AVT_OK, AVT_EHELPER, AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_vits_read(const struct avt_vits_config *config, struct avt_phonemizer *phonemizer,
                                        const char *text, char **ret_text, struct avt_error *reterr);
/** Ids of what is read: letters, or espeak-ng's IPA (untied) from wherever it comes.
 *  @param ret_ids     [*ret_count], 1..AVT_VITS_IDS_MAX; owned by the caller.
 *  @param ret_places  NULL, or where in the ids each code point of `text` stands, [avt_utf8_count(text)]; -1: nowhere.
 *  @return AVT_OK, AVT_ETEXT (no symbol of it is the voice's), AVT_ELIMIT. */
AVT_CHECKED enum avt_code avt_vits_ids(const struct avt_vits_config *config, const char *text, int64_t **ret_ids,
                                       size_t *ret_count, int *ret_places, struct avt_error *reterr);
