/* SPDX-License-Identifier: Apache-2.0 */
/* A tokenizer.json, which comes from anywhere, and a text. The first byte is the text's length, then the text and the
 * file. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "voice/bpe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_text(const struct avt_bpe *bpe, const char *text)
{
    AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
    size_t count = 0;
    if (avt_bpe_encode(bpe, text, &ids, &count, NULL) != AVT_OK)
        return;
    avt_assert(count <= strlen(text));
    for (size_t i = 0; i < count; i++)
        avt_assert(ids[i] >= 0 && (size_t)ids[i] < avt_bpe_size(bpe));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size - 1 < data[0])
        return 0;
    AVT_CLEANUP(avt_freep) char *text = avt_strndup((const char *)data + 1, data[0]);
    struct avt_error error = {0};
    AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = NULL;
    enum avt_code code = avt_bpe_parse((const char *)data + 1 + data[0], size - 1 - data[0], &bpe, &error);
    if (code != AVT_OK) {
        avt_assert((error.code == AVT_EMODELBAD || error.code == AVT_EUNSUPPORTED) && error.message[0]);
        return 0;
    }
    try_text(bpe, text);
    try_text(bpe, "[en]it's[SPACE]3.5 o'clock, [STOP]\xef\xac\x81rst \xff \xe2\x80\x83 end aaaaaaaab");
    return 0;
}
