/* SPDX-License-Identifier: Apache-2.0 */
/* Text is what anybody types. Every token must stay inside it, in order, and be tied to its words.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "voice/normalize.h"
#include "voice/tagger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    if (avt_normalize(size ? (const char *)data : "", size, size % 2, &reading, &error) != AVT_OK)
        return 0;
    avt_tagger_run(&reading);
    size_t end = 0;
    for (size_t i = 0; i < reading.tokens.count; i++) {
        const struct avt_token *token = &reading.tokens.tokens[i];
        avt_assert(token->text_start >= end && token->text_end > token->text_start);
        end = token->text_end;
    }
    avt_assert(end <= size);
    for (size_t i = 0; i < reading.word_count; i++)
        avt_assert(reading.words[i].token < reading.tokens.count && reading.words[i].text[0]);
    return 0;
}
