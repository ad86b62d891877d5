/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary is a mapped file: nothing in it may lead a look-up outside. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "voice/lexicon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const WORDS[] = {"a", "read", "US", "be", "Paris", "hello", "zyzzyva", "w7"};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_lexicon_freep) struct avt_lexicon *lexicon = NULL;
    if (avt_lexicon_open_data(data, size, &lexicon, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EMODELBAD && error.message[0]);
        return 0;
    }
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        struct avt_lexicon_entry entry;
        if (!avt_lexicon_find(lexicon, WORDS[i], &entry))
            continue;
        avt_assert(entry.phonemes[AVT_POS_DEFAULT]);
        for (int pos = 0; pos < AVT_POS_COUNT; pos++)
            avt_assert(!entry.phonemes[pos] ||
                       strlen(entry.phonemes[pos]) <= AVT_LEXICON_PHONEMES_MAX);
    }
    return 0;
}
