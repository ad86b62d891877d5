/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/alphabet.h"
#include "voice/lexicon.h"
#include "voice/lexicon_format.h"

struct compiler {
    struct avt_buf pool;
    uint32_t *slots; /* [slot_count][2] */
    uint32_t slot_count, count;
    const char *path; /* of the file being read, for messages */
};

static const char *const POS_NAMES[AVT_POS_COUNT] = {
    [AVT_POS_DEFAULT] = "DEFAULT", [AVT_POS_VERB] = "VERB", [AVT_POS_NOUN] = "NOUN",
    [AVT_POS_ADJ] = "ADJ",         [AVT_POS_ADV] = "ADV",   [AVT_POS_VBD] = "VBD",
    [AVT_POS_VBN] = "VBN",         [AVT_POS_VBP] = "VBP",   [AVT_POS_DT] = "DT",
    [AVT_POS_PAUSE] = "None",
};

static enum avt_code bad_word(const struct compiler *compiler, const char *word,
                              struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT,
                    "the dictionary '%s' gives no usable pronunciation for '%.40s'", compiler->path,
                    word);
}

/* Phonemes of a JSON string, "" for null (the word is to be spelled); NULL if unusable. */
static const char *phonemes_of(const json_t *value)
{
    if (json_is_null(value))
        return "";
    const char *text = json_string_value(value);
    if (!text || strlen(text) >= AVT_LEXICON_PHONEMES_MAX || !avt_alphabet_all_known(text))
        return NULL;
    return text;
}

static bool append_variants(struct compiler *compiler, json_t *value)
{
    const char *name;
    json_t *phonemes;
    json_object_foreach(value, name, phonemes)
    {
        int pos = 0;
        while (pos < AVT_POS_COUNT && !avt_str_equal(POS_NAMES[pos], name))
            pos++;
        const char *text = phonemes_of(phonemes);
        if (pos == AVT_POS_COUNT || !text)
            return false;
        avt_buf_append_char(&compiler->pool, (char)('A' + pos));
        avt_buf_append(&compiler->pool, text, strlen(text) + 1);
    }
    return true;
}

/* The slot where `word` is or would be. */
static uint32_t *find_slot(struct compiler *compiler, const char *word)
{
    uint32_t mask = compiler->slot_count - 1;
    uint32_t slot = avt_lexicon_hash(word) & mask;
    for (int probe = 0; probe < LEX_PROBES_MAX; probe++) {
        uint32_t *entry = compiler->slots + (size_t)slot * 2;
        if (entry[0] == 0 || strcmp(compiler->pool.data + entry[0], word) == 0)
            return entry;
        slot = (slot + 1) & mask;
    }
    return NULL;
}

static enum avt_code add_word(struct compiler *compiler, const char *word, json_t *value,
                              bool silver, struct avt_error *reterr)
{
    size_t length = strlen(word);
    bool variants = json_is_object(value);
    const char *plain = variants ? "" : phonemes_of(value);
    if (length == 0 || length > AVT_LEXICON_KEY_MAX || !plain ||
        (variants &&
         (!json_object_get(value, "DEFAULT") || json_object_size(value) > LEX_VALUE_VARIANTS)))
        return bad_word(compiler, word, reterr);
    uint32_t *slot = find_slot(compiler, word);
    if (!slot)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the dictionary '%s' cannot be packed: too many words "
                        "fall on one place",
                        compiler->path);
    if (slot[0] != 0)
        return AVT_OK; /* gold was first */
    slot[0] = (uint32_t)compiler->pool.size;
    avt_buf_append(&compiler->pool, word, length + 1);
    slot[1] = (uint32_t)compiler->pool.size;
    size_t count = variants ? json_object_size(value) : 0;
    avt_buf_append_char(&compiler->pool,
                        (char)(LEX_VALUE_MARK | (silver ? LEX_VALUE_SILVER : 0) | (int)count));
    if (!variants)
        avt_buf_append(&compiler->pool, plain, strlen(plain) + 1);
    else if (!append_variants(compiler, value))
        return bad_word(compiler, word, reterr);
    compiler->count++;
    return AVT_OK;
}

static enum avt_code add_dictionary(struct compiler *compiler, const char *path, json_t *json,
                                    bool silver, struct avt_error *reterr)
{
    compiler->path = path;
    const char *word;
    json_t *value;
    json_object_foreach(json, word, value)
    {
        enum avt_code code = add_word(compiler, word, value, silver, reterr);
        if (code != AVT_OK)
            return code;
    }
    return AVT_OK;
}

static void append_u32(struct avt_buf *buf, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                              (uint8_t)(value >> 24)};
    avt_buf_append(buf, bytes, sizeof bytes);
}

static enum avt_code write_file(const struct compiler *compiler, const char *out_path,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(AVT_LEXICON_BYTES_MAX);
    avt_buf_append(&out, LEX_MAGIC, sizeof LEX_MAGIC - 1);
    append_u32(&out, compiler->count);
    append_u32(&out, compiler->slot_count);
    append_u32(&out, (uint32_t)compiler->pool.size);
    append_u32(&out, 0);
    for (size_t i = 0; i < (size_t)compiler->slot_count * 2; i++)
        append_u32(&out, compiler->slots[i]);
    avt_buf_append(&out, compiler->pool.data, compiler->pool.size);
    if (out.overflowed || compiler->pool.overflowed)
        return avt_fail(reterr, AVT_ELIMIT, "the dictionary '%s' is too large to be compiled",
                        compiler->path);
    return avt_file_write(out_path, out.data, out.size, reterr);
}

static enum avt_code read_dictionary(const char *path, json_t **ret_json, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *json = NULL;
    enum avt_code code = avt_json_read_file(path, AVT_JSON_BYTES_MAX, &json, reterr);
    if (code != AVT_OK)
        return code;
    if (!json_is_object(json) || json_object_size(json) > AVT_LEXICON_ENTRIES_MAX / 2)
        return avt_fail(reterr, AVT_EFORMAT, "'%s' is not a pronunciation dictionary", path);
    *ret_json = AVT_TAKE(json);
    return AVT_OK;
}

static void compiler_done(struct compiler *compiler)
{
    avt_buf_done(&compiler->pool);
    avt_free(compiler->slots);
}

enum avt_code avt_lexicon_compile(const char *gold_json, const char *silver_json,
                                  const char *out_path, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_json_decrefp) json_t *gold = NULL;
    AVT_CLEANUP(avt_json_decrefp) json_t *silver = NULL;
    enum avt_code code = read_dictionary(gold_json, &gold, reterr);
    if (code == AVT_OK)
        code = read_dictionary(silver_json, &silver, reterr);
    if (code != AVT_OK)
        return code;

    AVT_CLEANUP(compiler_done) struct compiler compiler = {.slot_count = 1024};
    avt_buf_init(&compiler.pool, AVT_LEXICON_BYTES_MAX / 2);
    size_t words = json_object_size(gold) + json_object_size(silver);
    /* At most three quarters full, so that chains stay short. */
    while ((size_t)compiler.slot_count * 3 < words * 4)
        compiler.slot_count *= 2;
    compiler.slots = avt_new0(uint32_t, (size_t)compiler.slot_count * 2);
    avt_buf_append_char(&compiler.pool, '\0'); /* offset 0 means an empty slot */

    code = add_dictionary(&compiler, gold_json, gold, false, reterr);
    if (code == AVT_OK)
        code = add_dictionary(&compiler, silver_json, silver, true, reterr);
    return code != AVT_OK ? code : write_file(&compiler, out_path, reterr);
}
