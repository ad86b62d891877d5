/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/lexicon_pack.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "voice/lexicon_format.h"

void avt_lexicon_pack_init(struct avt_lexicon_pack *pack, size_t words)
{
    *pack = (struct avt_lexicon_pack){.slot_count = 1024};
    avt_buf_init(&pack->pool, AVT_LEXICON_BYTES_MAX / 2);
    /* At most three quarters full, so that chains stay short. */
    while ((size_t)pack->slot_count * 3 < words * 4)
        pack->slot_count *= 2;
    pack->slots = avt_new0(uint32_t, (size_t)pack->slot_count * 2);
    avt_buf_append_char(&pack->pool, '\0'); /* offset 0 means an empty slot */
}

void avt_lexicon_pack_done(struct avt_lexicon_pack *pack)
{
    avt_buf_done(&pack->pool);
    avt_free(pack->slots);
}

uint32_t *avt_lexicon_pack_slot(struct avt_lexicon_pack *pack, const char *word)
{
    uint32_t mask = pack->slot_count - 1;
    uint32_t slot = avt_lexicon_hash(word) & mask;
    for (int probe = 0; probe < LEX_PROBES_MAX; probe++) {
        uint32_t *entry = pack->slots + (size_t)slot * 2;
        if (entry[0] == 0 || strcmp(pack->pool.data + entry[0], word) == 0)
            return entry;
        slot = (slot + 1) & mask;
    }
    return NULL;
}

void avt_lexicon_pack_begin(struct avt_lexicon_pack *pack, uint32_t *slot, const char *word)
{
    slot[0] = (uint32_t)pack->pool.size;
    avt_buf_append(&pack->pool, word, strlen(word) + 1);
    slot[1] = (uint32_t)pack->pool.size;
    pack->count++;
}

static void append_u32(struct avt_buf *buf, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                              (uint8_t)(value >> 24)};
    avt_buf_append(buf, bytes, sizeof bytes);
}

enum avt_code avt_lexicon_pack_write(const struct avt_lexicon_pack *pack, const char *out_path,
                                     const char *name, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(AVT_LEXICON_BYTES_MAX);
    avt_buf_append(&out, LEX_MAGIC, sizeof LEX_MAGIC - 1);
    append_u32(&out, pack->count);
    append_u32(&out, pack->slot_count);
    append_u32(&out, (uint32_t)pack->pool.size);
    append_u32(&out, 0);
    for (size_t i = 0; i < (size_t)pack->slot_count * 2; i++)
        append_u32(&out, pack->slots[i]);
    avt_buf_append(&out, pack->pool.data, pack->pool.size);
    if (out.overflowed || pack->pool.overflowed)
        return avt_fail(reterr, AVT_ELIMIT, "the dictionary '%s' is too large to be compiled",
                        name);
    return avt_file_write(out_path, out.data, out.size, reterr);
}
