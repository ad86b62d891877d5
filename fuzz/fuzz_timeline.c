/* SPDX-License-Identifier: Apache-2.0 */
/* A timeline comes from a file that anybody may have written. What is taken must keep the promises
 * of dsp/timeline.h, since the mouth is moved by it unchecked. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "dsp/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AVT_CLEANUP(avt_timeline_freep) struct avt_timeline *timeline = NULL;
    struct avt_error error = {0};
    if (avt_timeline_parse((const char *)data, size, &timeline, &error) != AVT_OK) {
        avt_assert(error.message[0] != '\0');
        return 0;
    }
    double clock = 0.0;
    for (size_t i = 0; i < timeline->phoneme_count; i++) {
        const struct avt_phoneme *phoneme = &timeline->phonemes[i];
        avt_assert(phoneme->start == clock && phoneme->end >= phoneme->start);
        avt_assert(phoneme->word >= -1 && phoneme->word < (int32_t)timeline->word_count);
        avt_assert(memchr(phoneme->ipa, '\0', sizeof(phoneme->ipa)) != NULL);
        clock = phoneme->end;
    }
    avt_assert(clock == timeline->duration);
    for (size_t i = 0; i < timeline->word_count; i++)
        avt_assert(timeline->words[i].text_end <= strlen(timeline->text));
    return 0;
}
