/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "voice/alphabet.h"
#include "voice/lexicon.h"
#include "voice/lexicon_format.h"
#include "voice/lexicon_pack.h"

struct compiler {
    struct avt_lexicon_pack pack;
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
        avt_buf_append_char(&compiler->pack.pool, (char)('A' + pos));
        avt_buf_append(&compiler->pack.pool, text, strlen(text) + 1);
    }
    return true;
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
    uint32_t *slot = avt_lexicon_pack_slot(&compiler->pack, word);
    if (!slot)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the dictionary '%s' cannot be packed: too many words "
                        "fall on one place",
                        compiler->path);
    if (slot[0] != 0)
        return AVT_OK; /* gold was first */
    avt_lexicon_pack_begin(&compiler->pack, slot, word);
    size_t count = variants ? json_object_size(value) : 0;
    avt_buf_append_char(&compiler->pack.pool,
                        (char)(LEX_VALUE_MARK | (silver ? LEX_VALUE_SILVER : 0) | (int)count));
    if (!variants)
        avt_buf_append(&compiler->pack.pool, plain, strlen(plain) + 1);
    else if (!append_variants(compiler, value))
        return bad_word(compiler, word, reterr);
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
    avt_lexicon_pack_done(&compiler->pack);
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

    AVT_CLEANUP(compiler_done) struct compiler compiler = {0};
    avt_lexicon_pack_init(&compiler.pack, json_object_size(gold) + json_object_size(silver));
    code = add_dictionary(&compiler, gold_json, gold, false, reterr);
    if (code == AVT_OK)
        code = add_dictionary(&compiler, silver_json, silver, true, reterr);
    return code != AVT_OK
               ? code
               : avt_lexicon_pack_write(&compiler.pack, out_path, compiler.path, reterr);
}
