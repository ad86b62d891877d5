/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/spm.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "nn/onnx_bytes.h"

/* Fields of sentencepiece_model.proto. */
enum {
    MODEL_PIECES = 1, MODEL_TRAINER = 2, MODEL_NORMALIZER = 3,
    PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3,
    TRAINER_MODEL_TYPE = 3, TRAINER_SUFFIX = 24, TRAINER_BYTE_FALLBACK = 35,
    NORMALIZER_CHARSMAP = 2, NORMALIZER_DUMMY_PREFIX = 3, NORMALIZER_FOLD = 4, NORMALIZER_ESCAPE = 5,
};
enum piece_type { NORMAL = 1, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE };
enum { UNIGRAM = 1, BYTES = 256, NORMALIZED_BYTES_MAX = 1 << 20 };
#define SPACE "\xe2\x96\x81" /* U+2581 */
#define BAD "\xef\xbf\xbd"   /* U+FFFD */
#define UNKNOWN_PENALTY 10.0f

/* Text in `texts` of struct avt_spm. */
struct piece {
    uint32_t at, size;
    int32_t id;
    float score;
    enum piece_type type;
};

struct avt_spm {
    char *texts;           /* of all pieces, end to end */
    struct piece *pieces;  /* [count] sorted by text: those that a text can be cut into */
    size_t count;
    struct piece *users;   /* [user_count] of these, those that normalisation leaves alone */
    size_t user_count;
    size_t size;           /* ids */
    int32_t unknown, bytes[BYTES]; /* bytes: -1 where there is none */
    float score_min, score_max;
    uint32_t *units;       /* [unit_count] of the trie of replacements, a double array (Aoe 1989) */
    size_t unit_count;
    char *replacements;    /* [replacement_size] each ends with a NUL */
    size_t replacement_size;
    bool has_prefix, is_folding, is_escaping, is_suffix, has_byte_fallback;
};

/* --- the file --- */

static enum avt_code bad(struct avt_error *reterr, const char *what)
{
    return avt_fail(reterr, AVT_EMODELBAD, "this is no tokenizer.model of SentencePiece: %s", what);
}

/* Of a fixed32. */
static float float_of(struct avt_slice bytes)
{
    float value = NAN;
    if (bytes.size == sizeof(value))
        memcpy(&value, bytes.data, sizeof(value));
    return value;
}

/* "<0x0A>", or -1. */
static int byte_of(struct avt_slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *high, *low;
    if (text.size != 6 || memcmp(text.data, "<0x", 3) != 0 || text.data[5] != '>' || text.data[3] == 0 ||
        text.data[4] == 0 || !(high = strchr(digits, text.data[3])) || !(low = strchr(digits, text.data[4])))
        return -1;
    return (int)((high - digits) * 16 + (low - digits));
}

static enum avt_code read_piece(struct avt_spm *spm, struct avt_slice body, struct avt_buf *texts,
                                struct avt_error *reterr)
{
    struct avt_slice text = {0};
    struct avt_pb_field field;
    uint64_t type = NORMAL;
    float score = 0;
    bool is_damaged = false;
    while (avt_pb_next(&body, &field, &is_damaged)) {
        if (field.number == PIECE_TEXT && field.is_bytes)
            text = field.bytes;
        else if (field.number == PIECE_SCORE && !field.is_bytes)
            score = float_of(field.bytes);
        else if (field.number == PIECE_TYPE && !field.is_bytes)
            type = field.value;
    }
    if (is_damaged || text.size == 0 || text.size > AVT_SPM_PIECE_BYTES_MAX || type < NORMAL || type > BYTE ||
        !isfinite(score) || memchr(text.data, 0, text.size))
        return bad(reterr, "a piece is damaged");
    int32_t id = (int32_t)spm->size++;
    int byte = type == BYTE ? byte_of(text) : -1;
    if (type == BYTE && byte < 0)
        return bad(reterr, "a piece for a byte is called otherwise");
    if (type == BYTE)
        spm->bytes[byte] = id;
    if (type == UNKNOWN && spm->unknown >= 0)
        return bad(reterr, "two pieces are for what is unknown");
    if (type == UNKNOWN)
        spm->unknown = id;
    if (type == NORMAL) {
        spm->score_min = fminf(spm->score_min, score);
        spm->score_max = fmaxf(spm->score_max, score);
    }
    if (type == UNKNOWN || type == CONTROL || type == BYTE)
        return AVT_OK;
    spm->pieces[spm->count++] = (struct piece){.at = (uint32_t)texts->size, .size = (uint32_t)text.size, .id = id,
                                               .score = score, .type = (enum piece_type)type};
    return avt_buf_append(texts, text.data, text.size) ? AVT_OK : bad(reterr, "it is too large");
}

static enum avt_code read_charsmap(struct avt_spm *spm, struct avt_slice map, struct avt_error *reterr)
{
    if (map.size == 0)
        return AVT_OK;
    uint32_t trie_size = 0;
    if (map.size >= sizeof(trie_size))
        memcpy(&trie_size, map.data, sizeof(trie_size)); /* little-endian, as every machine that this runs on */
    size_t rest = map.size - sizeof(trie_size);
    if (map.size < sizeof(trie_size) || trie_size == 0 || trie_size % sizeof(uint32_t) != 0 || trie_size >= rest ||
        map.data[map.size - 1] != 0)
        return bad(reterr, "its table of characters is damaged");
    avt_free(spm->units);
    avt_free(spm->replacements);
    spm->unit_count = trie_size / sizeof(uint32_t);
    spm->replacement_size = rest - trie_size;
    spm->units = avt_try_new0(uint32_t, spm->unit_count);
    spm->replacements = avt_try_new0(char, spm->replacement_size);
    if (!spm->units || !spm->replacements)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while a tokenizer was read");
    memcpy(spm->units, map.data + sizeof(trie_size), trie_size);
    memcpy(spm->replacements, map.data + sizeof(trie_size) + trie_size, spm->replacement_size);
    return AVT_OK;
}

static enum avt_code read_normalizer(struct avt_spm *spm, struct avt_slice body, struct avt_error *reterr)
{
    struct avt_pb_field field;
    bool is_damaged = false;
    enum avt_code code = AVT_OK;
    while (code == AVT_OK && avt_pb_next(&body, &field, &is_damaged)) {
        if (field.number == NORMALIZER_CHARSMAP && field.is_bytes)
            code = read_charsmap(spm, field.bytes, reterr);
        else if (field.number == NORMALIZER_DUMMY_PREFIX)
            spm->has_prefix = field.value != 0;
        else if (field.number == NORMALIZER_FOLD)
            spm->is_folding = field.value != 0;
        else if (field.number == NORMALIZER_ESCAPE)
            spm->is_escaping = field.value != 0;
    }
    return code == AVT_OK && is_damaged ? bad(reterr, "its normaliser is damaged") : code;
}

static enum avt_code read_trainer(struct avt_spm *spm, struct avt_slice body, struct avt_error *reterr)
{
    struct avt_pb_field field;
    bool is_damaged = false;
    while (avt_pb_next(&body, &field, &is_damaged)) {
        if (field.number == TRAINER_MODEL_TYPE && field.value != UNIGRAM)
            return bad(reterr, "it is of another kind than unigram");
        if (field.number == TRAINER_BYTE_FALLBACK)
            spm->has_byte_fallback = field.value != 0;
        else if (field.number == TRAINER_SUFFIX)
            spm->is_suffix = field.value != 0;
    }
    return is_damaged ? bad(reterr, "its settings are damaged") : AVT_OK;
}

/* qsort_r's last argument is the texts. */
static int compare_pieces(const void *left, const void *right, void *texts)
{
    const struct piece *a = left, *b = right;
    size_t shorter = a->size < b->size ? a->size : b->size;
    int order = memcmp((const char *)texts + a->at, (const char *)texts + b->at, shorter);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

static enum avt_code finish(struct avt_spm *spm, struct avt_error *reterr)
{
    if (spm->unknown < 0)
        return bad(reterr, "no piece is for what is unknown");
    for (int i = 0; spm->has_byte_fallback && i < BYTES; i++) {
        if (spm->bytes[i] < 0)
            return bad(reterr, "not every byte has a piece");
    }
    if (spm->count == 0 || spm->score_min > spm->score_max)
        return bad(reterr, "it has no pieces");
    qsort_r(spm->pieces, spm->count, sizeof(spm->pieces[0]), compare_pieces, spm->texts);
    for (size_t i = 1; i < spm->count; i++) {
        if (compare_pieces(&spm->pieces[i - 1], &spm->pieces[i], spm->texts) == 0)
            return bad(reterr, "it has a piece twice");
    }
    spm->users = avt_try_new0(struct piece, spm->count);
    if (!spm->users)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while a tokenizer was read");
    for (size_t i = 0; i < spm->count; i++) {
        if (spm->pieces[i].type == USER_DEFINED)
            spm->users[spm->user_count++] = spm->pieces[i];
    }
    return AVT_OK;
}

static size_t count_pieces(struct avt_slice rest)
{
    struct avt_pb_field field;
    bool is_damaged = false;
    size_t count = 0;
    while (avt_pb_next(&rest, &field, &is_damaged))
        count += field.number == MODEL_PIECES && field.is_bytes;
    return is_damaged ? 0 : count;
}

static enum avt_code read_model(struct avt_spm *spm, struct avt_slice rest, struct avt_buf *texts,
                                struct avt_error *reterr)
{
    struct avt_pb_field field;
    bool is_damaged = false;
    enum avt_code code = AVT_OK;
    while (code == AVT_OK && avt_pb_next(&rest, &field, &is_damaged)) {
        if (field.number == MODEL_PIECES && field.is_bytes)
            code = read_piece(spm, field.bytes, texts, reterr);
        else if (field.number == MODEL_TRAINER && field.is_bytes)
            code = read_trainer(spm, field.bytes, reterr);
        else if (field.number == MODEL_NORMALIZER && field.is_bytes)
            code = read_normalizer(spm, field.bytes, reterr);
    }
    return code;
}

enum avt_code avt_spm_parse(const void *data, size_t size, struct avt_spm **ret_spm, struct avt_error *reterr)
{
    struct avt_slice file = {data, size};
    size_t count = size <= AVT_SPM_FILE_BYTES_MAX ? count_pieces(file) : 0;
    if (count == 0 || count > AVT_SPM_PIECES_MAX)
        return bad(reterr, "it is damaged, or too large");
    AVT_CLEANUP(avt_spm_freep) struct avt_spm *spm = avt_new0(struct avt_spm, 1);
    spm->has_prefix = spm->is_folding = spm->is_escaping = true; /* where the file does not say */
    spm->unknown = -1;
    spm->score_min = FLT_MAX;
    spm->score_max = -FLT_MAX;
    for (int i = 0; i < BYTES; i++)
        spm->bytes[i] = -1;
    spm->pieces = avt_try_new0(struct piece, count);
    if (!spm->pieces)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while a tokenizer was read");
    AVT_CLEANUP(avt_buf_done) struct avt_buf texts = AVT_BUF_INIT(AVT_SPM_FILE_BYTES_MAX);
    enum avt_code code = read_model(spm, file, &texts, reterr);
    if (code != AVT_OK)
        return code;
    spm->texts = avt_buf_take(&texts);
    code = finish(spm, reterr);
    if (code == AVT_OK)
        *ret_spm = AVT_TAKE(spm);
    return code;
}

enum avt_code avt_spm_open(const char *path, struct avt_spm **ret_spm, struct avt_error *reterr)
{
    if (!avt_file_exists(path))
        return avt_fail(reterr, AVT_EMODEL, "the tokenizer '%.300s' is missing", path);
    AVT_CLEANUP(avt_freep) char *data = NULL;
    size_t size = 0;
    enum avt_code code = avt_file_read(path, AVT_SPM_FILE_BYTES_MAX, &data, &size, reterr);
    if (code == AVT_ELIMIT)
        return avt_fail(reterr, AVT_EMODELBAD, "'%.300s' is too large for a tokenizer", path);
    struct avt_error why = {0};
    if (code == AVT_OK && (code = avt_spm_parse(data, size, ret_spm, &why)) != AVT_OK)
        return avt_fail(reterr, code, "'%.300s': %s", path, why.message);
    return code;
}

void avt_spm_free(struct avt_spm *spm)
{
    if (!spm)
        return;
    avt_free(spm->texts);
    avt_free(spm->pieces);
    avt_free(spm->users);
    avt_free(spm->units);
    avt_free(spm->replacements);
    avt_free(spm);
}

size_t avt_spm_size(const struct avt_spm *spm)
{
    return spm->size;
}

/* --- pieces that a text begins with --- */

/* Those of a sorted list that agree with what was read so far. */
struct walk {
    const struct piece *list;
    size_t low, high, depth;
};

static uint8_t byte_at(const struct avt_spm *spm, const struct piece *piece, size_t depth)
{
    return (uint8_t)spm->texts[piece->at + depth];
}

/* The first of the walk's pieces whose next byte is at least `byte`. */
static size_t bound_of(const struct avt_spm *spm, const struct walk *walk, unsigned byte)
{
    size_t low = walk->low, high = walk->high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (byte_at(spm, &walk->list[middle], walk->depth) < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Reads one byte more. False: nothing begins so. */
static bool walk_on(const struct avt_spm *spm, struct walk *walk, uint8_t byte)
{
    /* The one that ends here, if any, sorts before all that go on. */
    while (walk->low < walk->high && walk->list[walk->low].size == walk->depth)
        walk->low++;
    size_t low = bound_of(spm, walk, byte), high = bound_of(spm, walk, byte + 1u);
    walk->low = low;
    walk->high = high;
    walk->depth++;
    return low < high;
}

/* The piece that is just what was read, or NULL. */
static const struct piece *walk_found(const struct walk *walk)
{
    return walk->low < walk->high && walk->list[walk->low].size == walk->depth ? &walk->list[walk->low] : NULL;
}

/* --- normalisation --- */

/* Bytes of the longest symbol of the user's that `text` begins with. */
static size_t match_user(const struct avt_spm *spm, const char *text, size_t size)
{
    struct walk walk = {spm->users, 0, spm->user_count, 0};
    size_t longest = 0;
    for (size_t i = 0; i < size && walk_on(spm, &walk, (uint8_t)text[i]); i++) {
        if (walk_found(&walk))
            longest = i + 1;
    }
    return longest;
}

/* Units of a darts-clone double array: bits 0-7 the byte that leads here, bit 8 whether a value hangs below, bit 9
 * whether the offset is in steps of 256, bits 10-30 the offset; a value is bits 0-30 of its unit, with bit 31 set. */
static size_t unit_offset(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 1u << 9) >> 6);
}

/* Bytes of the longest text with a replacement that `text` begins with, 0 for none. */
static size_t match_replacement(const struct avt_spm *spm, const char *text, size_t size, const char **ret_replacement)
{
    if (spm->unit_count == 0)
        return 0;
    size_t node = unit_offset(spm->units[0]), longest = 0;
    for (size_t i = 0; i < size; i++) {
        node ^= (uint8_t)text[i];
        if (node >= spm->unit_count || (spm->units[node] & (1u << 31 | 0xffu)) != (uint8_t)text[i])
            break;
        uint32_t unit = spm->units[node];
        node ^= unit_offset(unit);
        if (!(unit >> 8 & 1))
            continue;
        size_t value = node < spm->unit_count ? spm->units[node] & 0x7fffffffu : SIZE_MAX;
        if (value >= spm->replacement_size)
            break;
        longest = i + 1;
        *ret_replacement = spm->replacements + value;
    }
    return longest;
}

/* What comes next, normalised, and how many bytes of the text that was. */
static size_t take_next(const struct avt_spm *spm, const char *text, size_t size, struct avt_slice *ret_next)
{
    const char *replacement = NULL;
    size_t used = match_user(spm, text, size);
    *ret_next = (struct avt_slice){(const uint8_t *)text, used};
    if (used > 0)
        return used;
    used = match_replacement(spm, text, size, &replacement);
    if (used > 0) {
        *ret_next = (struct avt_slice){(const uint8_t *)replacement, strlen(replacement)};
        return used;
    }
    uint32_t codepoint;
    used = avt_utf8_decode(text, size, &codepoint);
    *ret_next = used ? (struct avt_slice){(const uint8_t *)text, used} : (struct avt_slice){(const uint8_t *)BAD, 3};
    return used ? used : 1;
}

static void cut_end(struct avt_buf *out, const char *space)
{
    size_t size = strlen(space);
    while (out->size >= size && memcmp(out->data + out->size - size, space, size) == 0)
        out->size -= size;
}

static void normalize(const struct avt_spm *spm, const char *text, size_t size, struct avt_buf *out)
{
    const char *space = spm->is_escaping ? SPACE : " ";
    struct avt_slice next;
    while (spm->is_folding && size > 0) {
        size_t used = take_next(spm, text, size, &next);
        if (next.size != 1 || next.data[0] != ' ')
            break;
        text += used;
        size -= used;
    }
    if (size == 0)
        return;
    if (spm->has_prefix && !spm->is_suffix)
        avt_buf_append_str(out, space);
    bool is_after_space = spm->is_folding;
    while (size > 0) {
        size_t used = take_next(spm, text, size, &next);
        while (is_after_space && next.size > 0 && next.data[0] == ' ')
            next = (struct avt_slice){next.data + 1, next.size - 1};
        for (size_t i = 0; i < next.size; i++) {
            if (next.data[i] == ' ')
                avt_buf_append_str(out, space);
            else
                avt_buf_append_char(out, (char)next.data[i]);
        }
        if (next.size > 0)
            is_after_space = spm->is_folding && next.data[next.size - 1] == ' ';
        text += used;
        size -= used;
    }
    if (spm->is_folding)
        cut_end(out, space);
    if (spm->has_prefix && spm->is_suffix)
        avt_buf_append_str(out, space);
}

/* --- the best path --- */

/* The best way to a place in the text. */
struct place {
    float score;
    int32_t id;
    uint32_t from; /* UINT32_MAX: not reached yet */
};

static void offer(struct place *place, uint32_t from, int32_t id, double score)
{
    if (place->from == UINT32_MAX || score > (double)place->score)
        *place = (struct place){(float)score, id, from};
}

static size_t character_size(char lead)
{
    static const uint8_t sizes[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
    return sizes[(uint8_t)lead >> 4];
}

static void find_path(const struct avt_spm *spm, const char *text, size_t size, struct place *places)
{
    const float unknown_score = spm->score_min - UNKNOWN_PENALTY;
    for (size_t i = 1; i <= size; i++)
        places[i].from = UINT32_MAX;
    for (size_t at = 0; at < size;) {
        size_t character = character_size(text[at]);
        if (character > size - at)
            character = size - at;
        bool is_known = false;
        struct walk walk = {spm->pieces, 0, spm->count, 0};
        const float score = places[at].score;
        for (size_t i = at; i < size && walk_on(spm, &walk, (uint8_t)text[i]); i++) {
            const struct piece *piece = walk_found(&walk);
            if (!piece || piece->type == UNUSED)
                continue;
            /* One of the user's wins over all others of its length. */
            double own = piece->type == USER_DEFINED ? (double)((float)piece->size * spm->score_max) - .1
                                                     : (double)piece->score;
            offer(&places[i + 1], (uint32_t)at, piece->id, own + (double)score);
            is_known |= piece->size == character;
        }
        if (!is_known)
            offer(&places[at + character], (uint32_t)at, spm->unknown, (double)(unknown_score + score));
        at += character;
    }
}

/* From the end of the path to its start; turned round by the caller. */
static size_t collect(const struct avt_spm *spm, const char *text, size_t size, const struct place *places,
                      int32_t *ids)
{
    size_t count = 0;
    bool is_unknown = false;
    for (size_t at = size; at > 0; at = places[at].from) {
        bool was_unknown = is_unknown;
        is_unknown = places[at].id == spm->unknown;
        if (is_unknown && spm->has_byte_fallback) {
            for (size_t i = at; i > places[at].from; i--)
                ids[count++] = spm->bytes[(uint8_t)text[i - 1]];
        } else if (!is_unknown || !was_unknown) {
            ids[count++] = places[at].id;
        }
    }
    return count;
}

enum avt_code avt_spm_encode(const struct avt_spm *spm, const char *text, int32_t **ret_ids, size_t *ret_count,
                             struct avt_error *reterr)
{
    size_t size = strlen(text);
    AVT_CLEANUP(avt_buf_done) struct avt_buf normal = AVT_BUF_INIT(NORMALIZED_BYTES_MAX);
    if (size <= AVT_SPM_TEXT_BYTES_MAX)
        normalize(spm, text, size, &normal);
    if (size > AVT_SPM_TEXT_BYTES_MAX || normal.overflowed)
        return avt_fail(reterr, AVT_ELIMIT, "a text of more than %d bytes cannot be cut into tokens",
                        AVT_SPM_TEXT_BYTES_MAX);
    AVT_CLEANUP(avt_freep) struct place *places = avt_try_new0(struct place, normal.size + 1);
    AVT_CLEANUP(avt_freep) int32_t *ids = avt_try_new0(int32_t, normal.size + 1);
    if (!places || !ids)
        return avt_fail(reterr, AVT_ENOMEM, "out of memory while a text was cut into tokens");
    const char *data = avt_buf_str(&normal);
    find_path(spm, data, normal.size, places);
    size_t count = collect(spm, data, normal.size, places, ids);
    for (size_t i = 0; i < count / 2; i++) {
        int32_t id = ids[i];
        ids[i] = ids[count - 1 - i];
        ids[count - 1 - i] = id;
    }
    *ret_ids = AVT_TAKE(ids);
    *ret_count = count;
    return AVT_OK;
}
