/* SPDX-License-Identifier: Apache-2.0 */
#include "portrait/clip_tokenizer.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/merges.h"
#include "base/str.h"
#include "portrait/clip_chars.h"

/* CLIP's own are 0.9 and 0.5 MB. */
enum { VOCAB_BYTES_MAX = 16 << 20, MERGES_BYTES_MAX = 16 << 20, CONFIG_BYTES_MAX = 1 << 20 };
/* In the vocabulary this stands behind the last letter of a word. */
#define WORD_END "</w>"
#define BEGIN_NAME "<|startoftext|>"
#define END_NAME "<|endoftext|>"

struct avt_clip_tokenizer {
    int32_t inner[256], last[256]; /* tokens of a byte inside a word, and at its end */
    int32_t begin, end, pad;
    char *pad_name;
    int size;
    struct avt_merges merges;
};

/* Vocabularies are text, so bytes that are no printable characters are written as ones from U+0100 on. */
static void write_byte(unsigned byte, char out[8])
{
    bool is_itself = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    unsigned before = 0; /* moved ones before this */
    for (unsigned b = 0; b < byte; b++)
        before += !((b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae);
    size_t length = avt_utf8_encode(is_itself ? byte : 0x100 + before, out);
    out[length] = '\0';
}

static int32_t token_id(const json_t *vocab, const char *token)
{
    const json_t *value = json_object_get(vocab, token);
    json_int_t id = json_is_integer(value) ? json_integer_value(value) : -1;
    return id >= 0 && id < AVT_CLIP_VOCAB_MAX ? (int32_t)id : -1;
}

static enum avt_code read_vocab(struct avt_clip_tokenizer *tokenizer, json_t *vocab, struct avt_error *reterr)
{
    if (!json_is_object(vocab) || json_object_size(vocab) > AVT_CLIP_VOCAB_MAX)
        return avt_fail(reterr, AVT_EMODELBAD, "vocab.json is not an object of at most %d tokens", AVT_CLIP_VOCAB_MAX);
    const char *token;
    json_t *value;
    json_object_foreach(vocab, token, value) {
        int32_t id = token_id(vocab, token);
        if (id < 0)
            return avt_fail(reterr, AVT_EMODELBAD, "vocab.json has no number from 0 to %d for '%.40s'",
                            AVT_CLIP_VOCAB_MAX - 1, token);
        if (id >= tokenizer->size)
            tokenizer->size = id + 1;
    }
    tokenizer->begin = token_id(vocab, BEGIN_NAME);
    tokenizer->end = token_id(vocab, END_NAME);
    if (tokenizer->begin < 0 || tokenizer->end < 0)
        return avt_fail(reterr, AVT_EMODELBAD, "vocab.json is not CLIP's: it has no " BEGIN_NAME " or no " END_NAME);
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[16];
        write_byte(byte, text);
        int32_t inner = token_id(vocab, text);
        memcpy(text + strlen(text), WORD_END, sizeof(WORD_END));
        int32_t last = token_id(vocab, text);
        /* The end token also stands for what is unknown. */
        tokenizer->inner[byte] = inner < 0 ? tokenizer->end : inner;
        tokenizer->last[byte] = last < 0 ? tokenizer->end : last;
    }
    return AVT_OK;
}

/* "left right" of one line; false if it is not that. */
static bool split_pair(const char *line, size_t size, char left[AVT_CLIP_TOKEN_BYTES_MAX],
                       char right[AVT_CLIP_TOKEN_BYTES_MAX])
{
    const char *space = memchr(line, ' ', size);
    if (!space)
        return false;
    size_t left_size = (size_t)(space - line), right_size = size - left_size - 1;
    if (left_size == 0 || right_size == 0 || left_size >= AVT_CLIP_TOKEN_BYTES_MAX ||
        right_size >= AVT_CLIP_TOKEN_BYTES_MAX || memchr(space + 1, ' ', right_size))
        return false;
    memcpy(left, line, left_size);
    memcpy(right, space + 1, right_size);
    left[left_size] = right[right_size] = '\0';
    return true;
}

static enum avt_code add_merge(struct avt_clip_tokenizer *tokenizer, const json_t *vocab, const char *line,
                               size_t size, int32_t rank, struct avt_error *reterr)
{
    char left[AVT_CLIP_TOKEN_BYTES_MAX], right[AVT_CLIP_TOKEN_BYTES_MAX], whole[2 * AVT_CLIP_TOKEN_BYTES_MAX];
    if (!split_pair(line, size, left, right))
        return avt_fail(reterr, AVT_EMODELBAD, "merges.txt: merge %d is not two tokens", rank + 1);
    size_t left_size = strlen(left);
    memcpy(whole, left, left_size);
    memcpy(whole + left_size, right, strlen(right) + 1);
    struct avt_merge made = {token_id(vocab, left), token_id(vocab, right), rank, token_id(vocab, whole)};
    if (made.left < 0 || made.right < 0 || made.whole < 0)
        return avt_fail(reterr, AVT_EMODELBAD, "merges.txt does not go with vocab.json, which lacks '%.40s', '%.40s' "
                        "or both as one", left, right);
    avt_merges_add(&tokenizer->merges, &made);
    return AVT_OK;
}

static enum avt_code read_merges(struct avt_clip_tokenizer *tokenizer, const json_t *vocab,
                                 const struct avt_clip_files *files, struct avt_error *reterr)
{
    size_t lines = 1;
    for (size_t i = 0; i < files->merges_size; i++)
        lines += files->merges[i] == '\n';
    if (lines > AVT_CLIP_MERGES_MAX)
        return avt_fail(reterr, AVT_EMODELBAD, "merges.txt has more than %d lines", AVT_CLIP_MERGES_MAX);
    if (!avt_merges_init(&tokenizer->merges, lines))
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while reading merges.txt");
    const char *p = files->merges, *end = p + files->merges_size;
    int32_t rank = 0;
    enum avt_code code = AVT_OK;
    while (code == AVT_OK && p && p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t size = (size_t)((newline ? newline : end) - p);
        if (size > 0 && p[size - 1] == '\r')
            size--;
        bool is_version = p == files->merges && size >= 8 && memcmp(p, "#version", 8) == 0;
        if (size > 0 && !is_version)
            code = add_merge(tokenizer, vocab, p, size, rank++, reterr);
        p = newline ? newline + 1 : end;
    }
    return code;
}

/* {"pad_token": "!"} or {"pad_token": {"content": "!"}}; without it, or without a config, the end token. */
static enum avt_code read_pad(struct avt_clip_tokenizer *tokenizer, const json_t *vocab,
                              const struct avt_clip_files *files, struct avt_error *reterr)
{
    tokenizer->pad = tokenizer->end;
    if (!files->config)
        return AVT_OK;
    AVT_CLEANUP(avt_json_decrefp) json_t *config = json_loadb(files->config, files->config_size, 0, NULL);
    if (!json_is_object(config))
        return avt_fail(reterr, AVT_EMODELBAD, "the tokenizer's configuration is not a JSON object");
    const json_t *pad = json_object_get(config, "pad_token");
    if (json_is_object(pad))
        pad = json_object_get(pad, "content");
    if (!json_is_string(pad))
        return AVT_OK;
    tokenizer->pad = token_id(vocab, json_string_value(pad));
    const char *name = json_string_value(pad);
    if (tokenizer->pad < 0 || !*name)
        return avt_fail(reterr, AVT_EMODELBAD, "the pad token '%.40s' is not in vocab.json", name);
    tokenizer->pad_name = avt_strdup(name);
    return AVT_OK;
}

enum avt_code avt_clip_tokenizer_parse(const struct avt_clip_files *files, struct avt_clip_tokenizer **ret_tokenizer,
                                       struct avt_error *reterr)
{
    avt_assert(files && files->vocab && files->merges && ret_tokenizer);
    json_error_t where;
    AVT_CLEANUP(avt_json_decrefp) json_t *vocab = json_loadb(files->vocab, files->vocab_size, 0, &where);
    if (!vocab)
        return avt_fail(reterr, AVT_EMODELBAD, "vocab.json: %s at line %d, column %d", where.text, where.line,
                        where.column);
    AVT_CLEANUP(avt_clip_tokenizer_freep)
    struct avt_clip_tokenizer *tokenizer = avt_new0(struct avt_clip_tokenizer, 1);
    enum avt_code code = read_vocab(tokenizer, vocab, reterr);
    if (code == AVT_OK)
        code = read_merges(tokenizer, vocab, files, reterr);
    if (code == AVT_OK)
        code = read_pad(tokenizer, vocab, files, reterr);
    if (code == AVT_OK)
        *ret_tokenizer = AVT_TAKE(tokenizer);
    return code;
}

/* A missing file is a model that is not whole. `is_needed` false: *ret_data stays NULL then. */
static enum avt_code read_part(const char *folder, const char *name, size_t size_max, bool is_needed,
                               char **ret_data, size_t *ret_size, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *path = avt_asprintf("%s/%s", folder, name);
    enum avt_code code = avt_file_read(path, size_max, ret_data, ret_size, reterr);
    if (code == AVT_ENOENT && !is_needed)
        return AVT_OK;
    if (code == AVT_ENOENT)
        return avt_fail(reterr, AVT_EMODEL, "the tokenizer's file '%s' is missing", path);
    return code == AVT_ELIMIT ? avt_fail(reterr, AVT_EMODELBAD, "'%s' is larger than %zu bytes", path, size_max) : code;
}

enum avt_code avt_clip_tokenizer_open(const char *folder, struct avt_clip_tokenizer **ret_tokenizer,
                                      struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *vocab = NULL;
    AVT_CLEANUP(avt_freep) char *merges = NULL;
    AVT_CLEANUP(avt_freep) char *config = NULL;
    struct avt_clip_files files = {0};
    enum avt_code code = read_part(folder, "vocab.json", VOCAB_BYTES_MAX, true, &vocab, &files.vocab_size, reterr);
    if (code == AVT_OK)
        code = read_part(folder, "merges.txt", MERGES_BYTES_MAX, true, &merges, &files.merges_size, reterr);
    static const char *const configs[] = {"tokenizer_config.json", "special_tokens_map.json"};
    for (size_t i = 0; code == AVT_OK && !config && i < 2; i++)
        code = read_part(folder, configs[i], CONFIG_BYTES_MAX, false, &config, &files.config_size, reterr);
    if (code != AVT_OK)
        return code;
    files.vocab = vocab, files.merges = merges, files.config = config;
    struct avt_error why = {0};
    code = avt_clip_tokenizer_parse(&files, ret_tokenizer, &why);
    return code == AVT_OK ? code : avt_fail(reterr, code, "the tokenizer in '%.150s' is damaged: %.300s", folder,
                                            why.message);
}

void avt_clip_tokenizer_free(struct avt_clip_tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    avt_merges_done(&tokenizer->merges);
    avt_free(tokenizer->pad_name);
    avt_free(tokenizer);
}

int avt_clip_tokenizer_size(const struct avt_clip_tokenizer *tokenizer)
{
    return tokenizer->size;
}

int avt_clip_tokenizer_pad(const struct avt_clip_tokenizer *tokenizer)
{
    return tokenizer->pad;
}

/* The numbers so far; what comes after `limit` is not kept, only noticed. */
struct tokens {
    int32_t *ids;
    size_t count, limit;
    bool is_cut;
};

static void push(struct tokens *tokens, int32_t id)
{
    if (tokens->count < tokens->limit)
        tokens->ids[tokens->count++] = id;
    else
        tokens->is_cut = true;
}

/* One word: its bytes, and what pairs of them become. @param symbols, ranks  Room for `size`. */
static void encode_word(const struct avt_clip_tokenizer *tokenizer, const char *word, size_t size, int32_t *symbols,
                        int32_t *ranks, struct tokens *tokens)
{
    size_t count = size;
    for (size_t i = 0; i < size; i++)
        symbols[i] = i + 1 < size ? tokenizer->inner[(uint8_t)word[i]] : tokenizer->last[(uint8_t)word[i]];
    count = avt_merges_apply(&tokenizer->merges, symbols, ranks, count);
    for (size_t i = 0; i < count; i++)
        push(tokens, symbols[i]);
}

/* Bytes of the word that text[0..size) begins with: an English ending, letters, one digit, or other signs. */
static size_t word_size(const char *text, size_t size, enum avt_clip_class *ret_class)
{
    static const char *const endings[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    *ret_class = AVT_CLIP_OTHER;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t length = strlen(endings[i]);
        if (size >= length && memcmp(text, endings[i], length) == 0)
            return length;
    }
    uint32_t c = 0;
    size_t used = avt_utf8_decode(text, size, &c);
    *ret_class = avt_clip_class(c);
    if (*ret_class == AVT_CLIP_NUMBER || *ret_class == AVT_CLIP_SPACE)
        return used;
    while (used < size) {
        size_t length = avt_utf8_decode(text + used, size - used, &c);
        if (avt_clip_class(c) != *ret_class)
            break;
        used += length;
    }
    return used;
}

static void encode_part(const struct avt_clip_tokenizer *tokenizer, const char *text, size_t size, int32_t *symbols,
                        int32_t *ranks, struct tokens *tokens)
{
    while (size > 0 && !tokens->is_cut) {
        enum avt_clip_class class;
        size_t length = word_size(text, size, &class);
        if (class != AVT_CLIP_SPACE)
            encode_word(tokenizer, text, length, symbols, ranks, tokens);
        text += length;
        size -= length;
    }
}

/* The first of the tokens that are found by name wherever they stand: begin, end, and the pad token (so that with
 * OpenCLIP's, each exclamation mark is 0). NULL if there is none. */
static const char *find_name(const struct avt_clip_tokenizer *tokenizer, const char *text, size_t *ret_size,
                             int32_t *ret_id)
{
    const char *const names[] = {BEGIN_NAME, END_NAME, tokenizer->pad_name};
    const int32_t ids[] = {tokenizer->begin, tokenizer->end, tokenizer->pad};
    const char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        const char *at = names[i] ? strstr(text, names[i]) : NULL;
        if (at && (!first || at < first)) {
            first = at;
            *ret_size = strlen(names[i]);
            *ret_id = ids[i];
        }
    }
    return first;
}

static void encode_text(const struct avt_clip_tokenizer *tokenizer, const char *text, int32_t *symbols, int32_t *ranks,
                        struct tokens *tokens)
{
    while (*text && !tokens->is_cut) {
        size_t size = 0;
        int32_t id = 0;
        const char *name = find_name(tokenizer, text, &size, &id);
        encode_part(tokenizer, text, name ? (size_t)(name - text) : strlen(text), symbols, ranks, tokens);
        if (!name)
            break;
        push(tokens, id);
        text = name + size;
    }
}

enum avt_code avt_clip_tokenizer_encode(const struct avt_clip_tokenizer *tokenizer, const char *text,
                                        int32_t ret_ids[AVT_CLIP_TOKENS], bool *ret_cut, struct avt_error *reterr)
{
    avt_assert(tokenizer && text && ret_ids && ret_cut);
    size_t size = strnlen(text, AVT_CLIP_TEXT_BYTES_MAX + 1);
    if (size > AVT_CLIP_TEXT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the prompt is longer than %d bytes", AVT_CLIP_TEXT_BYTES_MAX);
    if (avt_utf8_invalid_at(text, size) != SIZE_MAX)
        return avt_fail(reterr, AVT_ETEXT, "the prompt is not UTF-8");
    /* Lower case and form C lengthen a text threefold at most. */
    AVT_CLEANUP(avt_buf_done) struct avt_buf normal = AVT_BUF_INIT(4 * AVT_CLIP_TEXT_BYTES_MAX);
    bool is_normal = avt_clip_normalize(text, size, &normal);
    AVT_CLEANUP(avt_freep) int32_t *symbols = avt_try_new0(int32_t, 2 * (normal.size + 1));
    if (!is_normal || !symbols)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while reading the prompt");
    ret_ids[0] = tokenizer->begin;
    struct tokens tokens = {.ids = ret_ids + 1, .limit = AVT_CLIP_TOKENS - 2};
    encode_text(tokenizer, avt_buf_str(&normal), symbols, symbols + normal.size + 1, &tokens);
    ret_ids[1 + tokens.count] = tokenizer->end;
    for (size_t i = tokens.count + 2; i < AVT_CLIP_TOKENS; i++)
        ret_ids[i] = tokenizer->pad;
    *ret_cut = tokens.is_cut;
    return AVT_OK;
}
