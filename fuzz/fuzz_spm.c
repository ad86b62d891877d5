/* SPDX-License-Identifier: Apache-2.0 */
/* SentencePiece's tokenizer.model, which comes from anywhere, and a text. The first byte is the text's length, then the
 * text and the file. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "voice/pocket_prompt.h"
#include "voice/spm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_text(const struct avt_spm *spm, const char *text)
{
    AVT_CLEANUP(avt_freep) int32_t *ids = NULL;
    size_t count = 0;
    if (avt_spm_encode(spm, text, &ids, &count, NULL) != AVT_OK)
        return;
    for (size_t i = 0; i < count; i++)
        avt_assert(ids[i] >= 0 && (size_t)ids[i] < avt_spm_size(spm));
    AVT_CLEANUP(avt_pocket_chunks_done) struct avt_pocket_chunks chunks = {0};
    if (avt_pocket_split(spm, text, 5, &chunks, NULL) != AVT_OK)
        return;
    for (size_t i = 0; i < chunks.count; i++) {
        AVT_CLEANUP(avt_freep) char *prepared = avt_pocket_prepare(chunks.texts[i],
                                                                 (struct avt_pocket_style){true, true});
        avt_assert(prepared[0]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size - 1 < data[0])
        return 0;
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)data + 1, data[0]);
    struct avt_error error = {0};
    AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = NULL;
    if (avt_spm_parse(data + 1 + data[0], size - 1 - data[0], &spm, &error) != AVT_OK) {
        avt_assert(error.code == AVT_EMODELBAD && error.message[0]);
        return 0;
    }
    try_text(spm, text);
    try_text(spm, "It's 3.5 o'clock, isn't it? Yes... \xef\xac\x81rst \xff \xe2\x80\x83 end");
    return 0;
}
