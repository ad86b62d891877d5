/* SPDX-License-Identifier: Apache-2.0 */
/* A lexicon file is what a user wrote. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "voice/user_lexicon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)data, size);
    AVT_CLEANUP(avt_user_lexicon_freep) struct avt_user_lexicon *lexicon = NULL;
    struct avt_error error = {0};
    struct avt_pronunciation found;
    if (avt_user_lexicon_parse(text, "fuzz", &lexicon, &error) == AVT_OK)
        (void)avt_user_lexicon_find(lexicon, "word", "en-us", &found);
    return 0;
}
