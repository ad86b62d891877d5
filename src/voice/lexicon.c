/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/lexicon.h"

#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "voice/lexicon_format.h"

struct avt_lexicon {
    struct avt_map map; /* empty if the data is borrowed */
    const uint8_t *slots;
    const char *pool;
    uint32_t count, slot_count, pool_size;
};

static uint32_t u32_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

unsigned avt_lexicon_hash(const char *word)
{
    /* FNV-1a, 32 bit (Fowler, Noll, Vo). */
    uint32_t hash = 2166136261u;
    for (; *word; word++)
        hash = (hash ^ (uint8_t)*word) * 16777619u;
    return hash;
}

static bool sound(struct avt_lexicon *lexicon, const uint8_t *data, size_t size)
{
    if (size < LEX_HEADER_BYTES || size > AVT_LEXICON_BYTES_MAX ||
        memcmp(data, LEX_MAGIC, sizeof LEX_MAGIC - 1) != 0)
        return false;
    lexicon->count = u32_at(data + 8);
    lexicon->slot_count = u32_at(data + 12);
    lexicon->pool_size = u32_at(data + 16);
    uint32_t slots = lexicon->slot_count;
    if (slots == 0 || (slots & (slots - 1)) != 0 || slots > LEX_SLOTS_MAX ||
        lexicon->count > slots || lexicon->pool_size == 0)
        return false;
    if (size != LEX_HEADER_BYTES + (size_t)slots * LEX_SLOT_BYTES + lexicon->pool_size)
        return false;
    lexicon->slots = data + LEX_HEADER_BYTES;
    lexicon->pool = (const char *)lexicon->slots + (size_t)slots * LEX_SLOT_BYTES;
    /* With these two, every string that starts inside the pool also ends inside it. */
    return lexicon->pool[0] == '\0' && lexicon->pool[lexicon->pool_size - 1] == '\0';
}

enum avt_code avt_lexicon_open_data(const void *data, size_t size, struct avt_lexicon **ret_lexicon,
                                    struct avt_error *reterr)
{
    avt_assert(ret_lexicon && (data || size == 0));
    AVT_CLEANUP(avt_lexicon_freep) struct avt_lexicon *lexicon = avt_new0(struct avt_lexicon, 1);
    if (!sound(lexicon, data, size))
        return avt_fail(reterr, AVT_EMODELBAD,
                        "the pronunciation dictionary is damaged; run "
                        "'avatar models fetch' to make it again");
    *ret_lexicon = AVT_TAKE(lexicon);
    return AVT_OK;
}

enum avt_code avt_lexicon_open(const char *path, struct avt_lexicon **ret_lexicon,
                               struct avt_error *reterr)
{
    avt_assert(path && ret_lexicon);
    AVT_CLEANUP(avt_lexicon_freep) struct avt_lexicon *lexicon = avt_new0(struct avt_lexicon, 1);
    enum avt_code code = avt_map_open(path, &lexicon->map, reterr);
    if (code == AVT_ENOENT)
        return avt_fail(reterr, AVT_EMODEL,
                        "the pronunciation dictionary '%s' is missing; run "
                        "'avatar models fetch' to make it",
                        path);
    if (code != AVT_OK)
        return code;
    if (!sound(lexicon, lexicon->map.data, lexicon->map.size))
        return avt_fail(reterr, AVT_EMODELBAD,
                        "the pronunciation dictionary '%s' is damaged; run "
                        "'avatar models fetch' to make it again",
                        path);
    *ret_lexicon = AVT_TAKE(lexicon);
    return AVT_OK;
}

size_t avt_lexicon_count(const struct avt_lexicon *lexicon)
{
    return lexicon->count;
}

/* The string at an offset and, if ret_next is given, where the next one starts; NULL if outside. */
static const char *string_at(const struct avt_lexicon *lexicon, uint32_t offset, uint32_t *ret_next)
{
    if (offset >= lexicon->pool_size)
        return NULL;
    const char *text = lexicon->pool + offset;
    size_t length = strlen(text);
    if (length > AVT_LEXICON_PHONEMES_MAX)
        return NULL;
    if (ret_next)
        *ret_next = offset + (uint32_t)length + 1;
    return text;
}

static bool read_value(const struct avt_lexicon *lexicon, uint32_t offset,
                       struct avt_lexicon_entry *entry)
{
    if (offset >= lexicon->pool_size)
        return false;
    uint8_t flags = (uint8_t)lexicon->pool[offset++];
    if ((flags & ~(LEX_VALUE_SILVER | LEX_VALUE_VARIANTS)) != LEX_VALUE_MARK)
        return false;
    *entry = (struct avt_lexicon_entry){.silver = (flags & LEX_VALUE_SILVER) != 0};
    unsigned variants = flags & LEX_VALUE_VARIANTS;
    if (variants == 0) {
        entry->phonemes[AVT_POS_DEFAULT] = string_at(lexicon, offset, NULL);
        return entry->phonemes[AVT_POS_DEFAULT] != NULL;
    }
    for (unsigned i = 0; i < variants; i++) {
        const char *text = string_at(lexicon, offset, &offset);
        if (!text || text[0] < 'A' || text[0] >= 'A' + AVT_POS_COUNT)
            return false;
        entry->phonemes[text[0] - 'A'] = text + 1;
    }
    return entry->phonemes[AVT_POS_DEFAULT] != NULL;
}

bool avt_lexicon_find(const struct avt_lexicon *lexicon, const char *word,
                      struct avt_lexicon_entry *ret_entry)
{
    if (word[0] == '\0')
        return false;
    uint32_t mask = lexicon->slot_count - 1;
    uint32_t slot = avt_lexicon_hash(word) & mask;
    for (uint32_t probe = 0; probe < LEX_PROBES_MAX && probe <= mask; probe++) {
        const uint8_t *bytes = lexicon->slots + (size_t)slot * LEX_SLOT_BYTES;
        uint32_t key = u32_at(bytes);
        if (key == 0 || key >= lexicon->pool_size)
            return false;
        if (strcmp(lexicon->pool + key, word) == 0)
            return read_value(lexicon, u32_at(bytes + 4), ret_entry);
        slot = (slot + 1) & mask;
    }
    return false;
}

void avt_lexicon_free(struct avt_lexicon *lexicon)
{
    if (!lexicon)
        return;
    avt_map_close(&lexicon->map);
    avt_free(lexicon);
}
