/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/bpe.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/merges.h"
#include "base/str.h"
#include "voice/word_chars_table.h"

struct added {
    char *text; /* owned, not empty */
    size_t size;
    int32_t id;
    bool is_late; /* "normalized": looked for after the others */
};

struct avt_bpe {
    json_t *vocab; /* token: id, all within AVT_BPE_TOKENS_MAX */
    struct avt_merges merges;
    struct added added[AVT_BPE_ADDED_MAX];
    size_t added_count, size;
    int32_t unknown; /* -1: there is none */
    bool fuses_unknown, ignores_merges, cuts_words;
};

/* ---- reading the file ------------------------------------------------------------------------ */

static int32_t id_of(const json_t *value)
{
    json_int_t id = json_is_integer(value) ? json_integer_value(value) : -1;
    return id >= 0 && id < AVT_BPE_TOKENS_MAX ? (int32_t)id : -1;
}

static int32_t token_id(const struct avt_bpe *bpe, const char *token)
{
    return id_of(json_object_get(bpe->vocab, token));
}

static enum avt_code read_vocab(struct avt_bpe *bpe, const json_t *model, struct avt_error *reterr)
{
    json_t *vocab = json_object_get(model, "vocab");
    if (!json_is_object(vocab) || json_object_size(vocab) == 0 || json_object_size(vocab) > AVT_BPE_TOKENS_MAX)
        return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's vocab is no object of 1 to %d tokens",
                        AVT_BPE_TOKENS_MAX);
    const char *token;
    json_t *value;
    json_object_foreach(vocab, token, value) {
        int32_t id = id_of(value);
        if (id < 0)
            return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's vocab has no number from 0 to %d for '%.40s'",
                            AVT_BPE_TOKENS_MAX - 1, token);
        if (strlen(token) >= AVT_BPE_TOKEN_BYTES_MAX)
            return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's token '%.40s...' has more than %d bytes", token,
                            AVT_BPE_TOKEN_BYTES_MAX - 1);
        if ((size_t)id >= bpe->size)
            bpe->size = (size_t)id + 1;
    }
    bpe->vocab = json_incref(vocab);
    return AVT_OK;
}

/* "a b" or ["a", "b"]; false if it is neither. */
static bool read_pair(const json_t *entry, char left[AVT_BPE_TOKEN_BYTES_MAX], char right[AVT_BPE_TOKEN_BYTES_MAX])
{
    const char *first = json_string_value(json_is_array(entry) ? json_array_get(entry, 0) : entry), *second = NULL;
    if (!first)
        return false;
    size_t first_size = strlen(first);
    if (json_is_array(entry)) {
        second = json_array_size(entry) == 2 ? json_string_value(json_array_get(entry, 1)) : NULL;
    } else {
        const char *space = strchr(first, ' ');
        second = space && !strchr(space + 1, ' ') ? space + 1 : NULL;
        first_size = space ? (size_t)(space - first) : 0;
    }
    if (!second || first_size == 0 || first_size >= AVT_BPE_TOKEN_BYTES_MAX || !*second ||
        strlen(second) >= AVT_BPE_TOKEN_BYTES_MAX)
        return false;
    memcpy(left, first, first_size);
    left[first_size] = '\0';
    memcpy(right, second, strlen(second) + 1);
    return true;
}

static enum avt_code add_merge(struct avt_bpe *bpe, const json_t *entry, int32_t rank, struct avt_error *reterr)
{
    char left[AVT_BPE_TOKEN_BYTES_MAX], right[AVT_BPE_TOKEN_BYTES_MAX], whole[2 * AVT_BPE_TOKEN_BYTES_MAX];
    if (!read_pair(entry, left, right))
        return avt_fail(reterr, AVT_EMODELBAD, "merge %d of the tokenizer is not two tokens", rank + 1);
    size_t left_size = strlen(left);
    memcpy(whole, left, left_size);
    memcpy(whole + left_size, right, strlen(right) + 1);
    struct avt_merge made = {token_id(bpe, left), token_id(bpe, right), rank, token_id(bpe, whole)};
    if (made.left < 0 || made.right < 0 || made.whole < 0)
        return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's merges do not go with its vocab, which lacks '%.40s', "
                        "'%.40s' or both as one", left, right);
    avt_merges_add(&bpe->merges, &made);
    return AVT_OK;
}

static enum avt_code read_merges(struct avt_bpe *bpe, const json_t *model, struct avt_error *reterr)
{
    const json_t *merges = json_object_get(model, "merges");
    size_t count = json_array_size(merges);
    if (!json_is_array(merges) || count > AVT_BPE_MERGES_MAX)
        return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's merges are no list of at most %d", AVT_BPE_MERGES_MAX);
    if (!avt_merges_init(&bpe->merges, count))
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while reading a tokenizer");
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < count; i++)
        code = add_merge(bpe, json_array_get(merges, i), (int32_t)i, reterr);
    return code;
}

static enum avt_code unsupported(const char *what, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EUNSUPPORTED,
                    "the tokenizer has %s, which is not known here: byte pair encoding with the pre_tokenizer "
                    "Whitespace or none is", what);
}

/* Whether a key is as if it were not there: null, false, 0, "" or missing. */
static bool is_unset(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return !value || json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_number(value) && json_number_value(value) == 0);
}

static enum avt_code read_model(struct avt_bpe *bpe, const json_t *model, struct avt_error *reterr)
{
    const char *type = json_string_value(json_object_get(model, "type"));
    if (!json_is_object(model) || (type && !avt_str_equal(type, "BPE")))
        return unsupported("another model than BPE", reterr);
    static const char *const UNKNOWN_KEYS[] = {"dropout", "continuing_subword_prefix", "end_of_word_suffix",
                                               "byte_fallback"};
    for (size_t i = 0; i < sizeof(UNKNOWN_KEYS) / sizeof(UNKNOWN_KEYS[0]); i++) {
        if (!is_unset(model, UNKNOWN_KEYS[i]))
            return unsupported(UNKNOWN_KEYS[i], reterr);
    }
    bpe->fuses_unknown = json_is_true(json_object_get(model, "fuse_unk"));
    bpe->ignores_merges = json_is_true(json_object_get(model, "ignore_merges"));
    enum avt_code code = read_vocab(bpe, model, reterr);
    if (code == AVT_OK)
        code = read_merges(bpe, model, reterr);
    const char *unknown = json_string_value(json_object_get(model, "unk_token"));
    bpe->unknown = code == AVT_OK && unknown ? token_id(bpe, unknown) : -1;
    if (code == AVT_OK && unknown && bpe->unknown < 0)
        return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's unk_token '%.40s' is not in its vocab", unknown);
    return code;
}

static enum avt_code add_added(struct avt_bpe *bpe, const json_t *entry, struct avt_error *reterr)
{
    static const char *const CONDITIONS[] = {"single_word", "lstrip", "rstrip"};
    const char *text = json_string_value(json_object_get(entry, "content"));
    int32_t id = id_of(json_object_get(entry, "id"));
    if (!text || id < 0 || strlen(text) >= AVT_BPE_TOKEN_BYTES_MAX)
        return avt_fail(reterr, AVT_EMODELBAD,
                        "an added token of the tokenizer lacks its content or id, or is too long");
    for (size_t i = 0; i < sizeof(CONDITIONS) / sizeof(CONDITIONS[0]); i++) {
        if (!is_unset(entry, CONDITIONS[i]))
            return unsupported(CONDITIONS[i], reterr);
    }
    int32_t known = token_id(bpe, text);
    if (known >= 0 && known != id)
        return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's added token '%.40s' is %d and in its vocab %d", text,
                        id, known);
    if ((size_t)id >= bpe->size)
        bpe->size = (size_t)id + 1;
    if (!*text)
        return AVT_OK;
    bpe->added[bpe->added_count++] = (struct added){avt_strdup(text), strlen(text), id,
                                                    json_is_true(json_object_get(entry, "normalized"))};
    return AVT_OK;
}

static enum avt_code read_added(struct avt_bpe *bpe, const json_t *root, struct avt_error *reterr)
{
    const json_t *list = json_object_get(root, "added_tokens");
    if (json_array_size(list) > AVT_BPE_ADDED_MAX || (list && !json_is_array(list) && !json_is_null(list)))
        return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's added_tokens are no list of at most %d",
                        AVT_BPE_ADDED_MAX);
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < json_array_size(list); i++)
        code = add_added(bpe, json_array_get(list, i), reterr);
    return code;
}

static enum avt_code read_steps(struct avt_bpe *bpe, const json_t *root, struct avt_error *reterr)
{
    static const char *const STEPS[] = {"normalizer", "post_processor", "truncation", "padding"};
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        const json_t *step = json_object_get(root, STEPS[i]);
        const char *type = json_string_value(json_object_get(step, "type"));
        AVT_CLEANUP(avt_freep) char *what = avt_asprintf("a %s%s%.40s", STEPS[i], type ? " " : "", type ? type : "");
        if (!is_unset(root, STEPS[i]))
            return unsupported(what, reterr);
    }
    const char *cutter = json_string_value(json_object_get(json_object_get(root, "pre_tokenizer"), "type"));
    if (is_unset(root, "pre_tokenizer"))
        return AVT_OK;
    if (!cutter || !avt_str_equal(cutter, "Whitespace"))
        return unsupported("another pre_tokenizer", reterr);
    bpe->cuts_words = true;
    return AVT_OK;
}

enum avt_code avt_bpe_parse(const char *json, size_t size, struct avt_bpe **ret_bpe, struct avt_error *reterr)
{
    avt_assert(json && ret_bpe);
    json_error_t where;
    AVT_CLEANUP(avt_json_decrefp) json_t *root = json_loadb(json, size, 0, &where);
    if (!json_is_object(root))
        return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer is no JSON object: %s at line %d, column %d",
                        root ? "something else" : where.text, root ? 1 : where.line, root ? 1 : where.column);
    AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = avt_new0(struct avt_bpe, 1);
    enum avt_code code = read_steps(bpe, root, reterr);
    if (code == AVT_OK)
        code = read_model(bpe, json_object_get(root, "model"), reterr);
    if (code == AVT_OK)
        code = read_added(bpe, root, reterr);
    if (code == AVT_OK)
        *ret_bpe = AVT_TAKE(bpe);
    return code;
}

enum avt_code avt_bpe_open(const char *path, struct avt_bpe **ret_bpe, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *json = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, AVT_BPE_FILE_BYTES_MAX, &json, &size, reterr);
    if (code == AVT_ENOENT)
        return avt_fail(reterr, AVT_EMODEL, "the tokenizer's file '%s' is missing", path);
    if (code == AVT_ELIMIT)
        return avt_fail(reterr, AVT_EMODELBAD, "'%s' is larger than %d bytes", path, AVT_BPE_FILE_BYTES_MAX);
    if (code != AVT_OK)
        return code;
    struct avt_error why = {0};
    code = avt_bpe_parse(json, size, ret_bpe, &why);
    return code == AVT_OK ? code : avt_fail(reterr, code, "'%.150s' cannot be used: %.300s", path, why.message);
}

void avt_bpe_free(struct avt_bpe *bpe)
{
    if (!bpe)
        return;
    for (size_t i = 0; i < bpe->added_count; i++)
        avt_free(bpe->added[i].text);
    avt_merges_done(&bpe->merges);
    json_decref(bpe->vocab);
    avt_free(bpe);
}

size_t avt_bpe_size(const struct avt_bpe *bpe)
{
    return bpe->size;
}

int64_t avt_bpe_id(const struct avt_bpe *bpe, const char *token)
{
    for (size_t i = 0; i < bpe->added_count; i++) {
        if (avt_str_equal(bpe->added[i].text, token))
            return bpe->added[i].id;
    }
    return token_id(bpe, token);
}

/* ---- encoding -------------------------------------------------------------------------------- */

struct encoding {
    const struct avt_bpe *bpe;
    int64_t *ids;            /* [bytes of the text]: no id stands for less than one */
    int32_t *symbols, *ranks; /* of one word, [bytes of the text] */
    size_t count;
};

/* The word's characters as tokens; how many. */
static size_t read_characters(const struct encoding *encoding, const char *word, size_t size)
{
    const struct avt_bpe *bpe = encoding->bpe;
    size_t count = 0;
    bool was_unknown = false;
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t codepoint = 0;
        char text[5] = {0};
        length = avt_utf8_decode(word + at, size - at, &codepoint);
        memcpy(text, length ? word + at : "\xef\xbf\xbd", length ? length : 3);
        length = length ? length : 1;
        int32_t id = token_id(bpe, text);
        bool is_unknown = id < 0;
        if (is_unknown && (bpe->unknown < 0 || (bpe->fuses_unknown && was_unknown)))
            continue;
        was_unknown = is_unknown;
        encoding->symbols[count++] = is_unknown ? bpe->unknown : id;
    }
    return count;
}

static void encode_word(struct encoding *encoding, const char *word, size_t size)
{
    const struct avt_bpe *bpe = encoding->bpe;
    int32_t *symbols = encoding->symbols, *ranks = encoding->ranks;
    if (bpe->ignores_merges && size < AVT_BPE_TOKEN_BYTES_MAX) {
        AVT_CLEANUP(avt_freep) char *whole = avt_strndup(word, size);
        int32_t id = token_id(bpe, whole);
        if (id >= 0) {
            encoding->ids[encoding->count++] = id;
            return;
        }
    }
    size_t count = read_characters(encoding, word, size);
    count = avt_merges_apply(&bpe->merges, symbols, ranks, count);
    for (size_t i = 0; i < count; i++)
        encoding->ids[encoding->count++] = symbols[i];
}

enum kind { SPACE, WORD, OTHER };

static enum kind kind_of(uint32_t c)
{
    if ((c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
        c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000)
        return SPACE;
    size_t low = 0, high = sizeof(word_chars) / sizeof(word_chars[0]);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c > word_chars[middle][1])
            low = middle + 1;
        else if (c < word_chars[middle][0])
            high = middle;
        else
            return WORD;
    }
    return OTHER;
}

/* Bytes of the run of one kind that text[0..size), not empty, begins with. */
static size_t run_size(const char *text, size_t size, enum kind *ret_kind)
{
    size_t at = 0;
    while (at < size) {
        uint32_t codepoint = 0xfffd;
        size_t length = avt_utf8_decode(text + at, size - at, &codepoint);
        enum kind kind = kind_of(length ? codepoint : 0xfffd);
        if (at > 0 && kind != *ret_kind)
            break;
        *ret_kind = kind;
        at += length ? length : 1;
    }
    return at;
}

static void encode_words(struct encoding *encoding, const char *text, size_t size)
{
    if (!encoding->bpe->cuts_words && size > 0)
        encode_word(encoding, text, size);
    for (size_t at = 0, run; encoding->bpe->cuts_words && at < size; at += run) {
        enum kind kind = SPACE;
        run = run_size(text + at, size - at, &kind);
        if (kind != SPACE)
            encode_word(encoding, text + at, run);
    }
}

/* The longest added token that text[0..size) begins with, or NULL. */
static const struct added *added_at(const struct avt_bpe *bpe, const char *text, size_t size, bool is_late)
{
    const struct added *best = NULL;
    for (size_t i = 0; i < bpe->added_count; i++) {
        const struct added *added = &bpe->added[i];
        if (added->is_late == is_late && added->size <= size && added->text[0] == text[0] &&
            memcmp(added->text, text, added->size) == 0 && (!best || added->size > best->size))
            best = added;
    }
    return best;
}

/* Parted at the added tokens of this kind; what stands between goes to the next kind, and then to the words. */
static void encode_part(struct encoding *encoding, const char *text, size_t size, bool is_late)
{
    size_t from = 0;
    for (size_t at = 0; at <= size;) {
        const struct added *added = at < size ? added_at(encoding->bpe, text + at, size - at, is_late) : NULL;
        if (!added && at < size) {
            at++;
            continue;
        }
        if (is_late)
            encode_words(encoding, text + from, at - from);
        else
            encode_part(encoding, text + from, at - from, true);
        if (!added)
            break;
        encoding->ids[encoding->count++] = added->id;
        from = at += added->size;
    }
}

enum avt_code avt_bpe_encode(const struct avt_bpe *bpe, const char *text, int64_t **ret_ids, size_t *ret_count,
                             struct avt_error *reterr)
{
    avt_assert(bpe && text && ret_ids && ret_count);
    size_t size = strlen(text);
    if (size > AVT_BPE_TEXT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "a piece of text has more than %d bytes", AVT_BPE_TEXT_BYTES_MAX);
    AVT_CLEANUP(avt_freep) int64_t *ids = avt_try_new0(int64_t, size + 1);
    AVT_CLEANUP(avt_freep) int32_t *symbols = avt_try_new0(int32_t, size + 1);
    AVT_CLEANUP(avt_freep) int32_t *ranks = avt_try_new0(int32_t, size + 1);
    if (!ids || !symbols || !ranks)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while reading a text");
    struct encoding encoding = {.bpe = bpe, .ids = ids, .symbols = symbols, .ranks = ranks};
    encode_part(&encoding, text, size, false);
    *ret_ids = AVT_TAKE(ids);
    *ret_count = encoding.count;
    return AVT_OK;
}
