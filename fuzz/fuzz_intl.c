/* SPDX-License-Identifier: Apache-2.0 */
/* Text in any language but English. Tokens stay inside it, in order, and each word of them is text
 * that one question to the phonemizer can hold. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/str.h"
#include "voice/intl.h"
#include "voice/phonemizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t size, const struct intl_language *language)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    if (intl_normalize(text, size, language, &reading, &error) != AVT_OK)
        return;
    size_t end = 0, words = 0;
    for (size_t i = 0; i < reading.tokens.count; i++) {
        const struct avt_token *token = &reading.tokens.tokens[i];
        avt_assert(token->text_start >= end && token->text_end > token->text_start);
        end = token->text_end;
        words += !token->punctuation;
    }
    avt_assert(end <= size && words == reading.word_count);
    for (size_t i = 0; i < reading.word_count; i++)
        avt_assert(reading.words[i].token < reading.tokens.count &&
                   strlen(reading.words[i].text) < AVT_PHONEMIZER_PHRASE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const LANGUAGES[] = {"es", "fr", "hi", "it", "ja", "pt-br", "zh"};
    for (size_t i = 0; i < sizeof LANGUAGES / sizeof LANGUAGES[0]; i++)
        check(size ? (const char *)data : "", size, intl_language(LANGUAGES[i]));
    return 0;
}
