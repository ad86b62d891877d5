/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/xtts_text.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/bpe.h"
#include "voice/hangul.h"
#include "voice/hanzi.h"
#include "voice/intl.h"
#include "voice/kana.h"
#include "voice/vits_text.h"
#include "voice/xtts_numbers.h"
#include "voice/xtts_words.h"

#define SPACE_NAME "[SPACE]"
enum { WORDS_BYTES_MAX = 32 * AVT_XTTS_PIECE_BYTES_MAX, SHOWN_BYTES = 24 };

struct avt_xtts_text {
    struct avt_bpe *bpe;
    const struct avt_lexicon *hanzi;
};

/* @param bpe  Taken, also on failure. */
static enum avt_code make_text(struct avt_bpe *bpe, const struct avt_lexicon *hanzi, struct avt_xtts_text **ret_text,
                               struct avt_error *reterr)
{
    if (avt_bpe_id(bpe, SPACE_NAME) < 0) {
        avt_bpe_free(bpe);
        return avt_fail(reterr, AVT_EMODELBAD, "the vocabulary is not that of XTTS: it has no " SPACE_NAME);
    }
    struct avt_xtts_text *text = avt_new0(struct avt_xtts_text, 1);
    text->bpe = bpe;
    text->hanzi = hanzi;
    *ret_text = text;
    return AVT_OK;
}

enum avt_code avt_xtts_text_open(const char *vocab, const struct avt_lexicon *hanzi, struct avt_xtts_text **ret_text,
                                 struct avt_error *reterr)
{
    struct avt_bpe *bpe = NULL;
    struct avt_error why = {0};
    enum avt_code code = avt_bpe_open(vocab, &bpe, reterr);
    if (code != AVT_OK)
        return code;
    code = make_text(bpe, hanzi, ret_text, &why);
    return code == AVT_OK ? code : avt_fail(reterr, code, "'%.200s' cannot be used: %.200s", vocab, why.message);
}

enum avt_code avt_xtts_text_parse(const char *json, size_t size, const struct avt_lexicon *hanzi,
                                  struct avt_xtts_text **ret_text, struct avt_error *reterr)
{
    struct avt_bpe *bpe = NULL;
    enum avt_code code = avt_bpe_parse(json, size, &bpe, reterr);
    return code == AVT_OK ? make_text(bpe, hanzi, ret_text, reterr) : code;
}

void avt_xtts_text_free(struct avt_xtts_text *text)
{
    if (!text)
        return;
    avt_bpe_free(text->bpe);
    avt_free(text);
}

static const struct avt_xtts_language *find_language(const struct avt_xtts_text *text, const char *tag)
{
    const struct avt_xtts_language *language = avt_xtts_language_find(tag);
    return language && avt_bpe_id(text->bpe, language->mark) >= 0 ? language : NULL;
}

bool avt_xtts_text_speaks(const struct avt_xtts_text *text, const char *language)
{
    return find_language(text, language) != NULL;
}

/* ---- signs ----------------------------------------------------------------------------------- */

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool is_quotation(uint32_t c)
{
    static const uint32_t MARKS[] = {'"', '`', '[', ']', 0xab, 0xbb, 0x201a, 0x201c, 0x201d, 0x201e, 0x201f, 0x2033,
                                     0x2039, 0x203a, 0x300c, 0x300d, 0x300e, 0x300f, 0x301d, 0x301e, 0x301f, 0xff02,
                                     0xff62, 0xff63};
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        if (MARKS[i] == c)
            return true;
    }
    return false;
}

static bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == 0x2018 || c == 0x2019 || c == 0x201b || c == 0x2bc || c == 0xff07;
}

/* Seen by nobody: controls, zero widths, byte order marks; not the joiners, which Hindi is written with. */
static bool is_hidden(uint32_t c)
{
    return (c < 0x20 && !is_space(c)) || (c >= 0x7f && c < 0xa0 && c != 0x85) || c == 0xad || c == 0x200b ||
           c == 0x200e || c == 0x200f || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f);
}

static int digit_of(uint32_t c)
{
    if (c >= 0x660 && c <= 0x669)
        return (int)(c - 0x660);
    return c >= 0x6f0 && c <= 0x6f9 ? (int)(c - 0x6f0) : intl_digit(c);
}

/* Without quotation marks; an apostrophe stays inside a word; digits of every script as 0 to 9. */
static void append_plain(const char *text, struct avt_buf *out)
{
    uint32_t codepoint = 0, before = 0, after = 0;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size) {
        const char *next = text + size;
        bool has_next = avt_utf8_decode(next, strlen(next), &after) > 0;
        if (is_quotation(codepoint) || is_hidden(codepoint))
            continue;
        if (is_apostrophe(codepoint)) {
            if (avt_xtts_is_letter(before) && has_next && avt_xtts_is_letter(after))
                avt_buf_append_char(out, '\'');
        } else if (digit_of(codepoint) >= 0) {
            avt_buf_append_char(out, (char)('0' + digit_of(codepoint)));
        } else {
            avt_buf_append(out, text, size);
        }
        before = codepoint;
    }
}

static void append_collapsed(const char *text, struct avt_buf *out)
{
    uint32_t codepoint = 0;
    bool space = false;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size) {
        if (is_space(codepoint)) {
            space = true;
            continue;
        }
        if (space && out->size > 0)
            avt_buf_append_char(out, ' ');
        space = false;
        avt_buf_append(out, text, size);
    }
}

static void append_symbols(const struct avt_xtts_language *language, const char *text, struct avt_buf *out)
{
    static const char *const SIGNS[AVT_XTTS_SYMBOLS] = {"&", "@", "%", "#", "°", "€"};
    while (*text) {
        size_t size = 0;
        for (size_t i = 0; i < AVT_XTTS_SYMBOLS && size == 0; i++) {
            if (!language->symbols[i] || !avt_str_starts(text, SIGNS[i]))
                continue;
            size = strlen(SIGNS[i]);
            avt_buf_append_char(out, ' ');
            avt_buf_append_str(out, language->symbols[i]);
            if (!text[size] || !strchr(".,;:!?)", text[size]))
                avt_buf_append_char(out, ' ');
        }
        if (size == 0)
            avt_buf_append_char(out, *text);
        text += size ? size : 1;
    }
}

/* ---- words ----------------------------------------------------------------------------------- */

static void append_abbreviations(const struct avt_xtts_language *language, const char *text, struct avt_buf *out)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        size_t length = 0;
        const char *spoken = avt_xtts_abbreviation(language, text, size, at, &length);
        if (spoken)
            avt_buf_append_str(out, spoken);
        else
            avt_buf_append_char(out, text[at]);
        at += spoken ? length : 1;
    }
}

/* Python's lower(), in Turkish by its own rule for the two letters i. Owned by the caller. */
static char *lower(const struct avt_xtts_language *language, const char *text)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf turned = AVT_BUF_INIT(WORDS_BYTES_MAX);
    uint32_t codepoint = 0;
    if (!avt_str_equal(language->code, "tr"))
        return avt_vits_lower(text);
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size)
        avt_buf_append_utf8(&turned, codepoint == 'I' ? 0x131 : codepoint == 0x130 ? 'i' : codepoint);
    return avt_vits_lower(avt_buf_str(&turned));
}

/* ---- Chinese and Japanese -------------------------------------------------------------------- */

static enum intl_script script_of(const char *text)
{
    uint32_t codepoint = 0;
    (void)avt_utf8_decode(text, strlen(text), &codepoint);
    return intl_script(codepoint);
}

static void append_pinyin(const struct avt_lexicon *hanzi, const char *text, struct avt_buf *out)
{
    size_t size = strlen(text);
    for (size_t start = 0; start < size;) {
        size_t ends[AVT_HANZI_RUN_MAX], words = avt_hanzi_words(hanzi, text + start, size - start, ends);
        for (size_t i = 0, from = 0; i < words; from = ends[i++])
            avt_hanzi_pinyin(hanzi, text + start + from, ends[i] - from, out);
        start += ends[words - 1];
    }
}

/* A blank between words that are not parted in writing. */
static void append_kana(const char *text, bool is_written, struct avt_buf *out)
{
    size_t size = strlen(text);
    for (size_t from = 0, to; from < size; from = to) {
        to = is_written ? from + avt_kana_word(text + from, size - from) : size;
        if (from > 0)
            avt_buf_append_char(out, ' ');
        avt_kana_romaji(text + from, to - from, is_written && to - from == size, out);
    }
}

static enum avt_code append_cjk_word(const struct avt_lexicon *hanzi, const struct avt_token *token, const char *spoken,
                                     struct avt_buf *out, struct avt_error *reterr)
{
    enum intl_script script = script_of(spoken);
    if (script == INTL_HAN && !hanzi) {
        size_t size = strlen(token->text);
        size = size < SHOWN_BYTES ? size : SHOWN_BYTES - SHOWN_BYTES % 3; /* whole characters */
        return avt_fail(reterr, AVT_ETEXT, "the kanji '%.*s' cannot be read: write Japanese in kana, with spaces "
                        "between words", (int)size, token->text);
    }
    if (script == INTL_HAN)
        append_pinyin(hanzi, spoken, out);
    else if (script == INTL_KANA && !hanzi)
        append_kana(spoken, avt_str_equal(spoken, token->text), out);
    else
        avt_buf_append_str(out, spoken);
    return AVT_OK;
}

/* As the model was given them: in Chinese all marks alike, in Japanese those of its romanisation. */
static void append_mark(const struct avt_lexicon *hanzi, const struct avt_token *token, struct avt_buf *out)
{
    if (hanzi)
        avt_buf_append_char(out, ',');
    else if (token->punctuation == 'e')
        avt_buf_append_str(out, "...");
    else
        avt_buf_append_char(out, token->punctuation);
}

/* Words parted, numbers read, all in Latin letters. @param hanzi  NULL: it is Japanese. */
static enum avt_code append_cjk(const struct avt_lexicon *hanzi, const char *text, struct avt_buf *out,
                                struct avt_error *reterr)
{
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    enum avt_code code = intl_normalize(text, strlen(text), intl_language(hanzi ? "zh" : "ja"), &reading, reterr);
    size_t word = 0, end = 0;
    for (size_t i = 0; code == AVT_OK && i < reading.tokens.count; i++) {
        const struct avt_token *token = &reading.tokens.tokens[i];
        bool is_gap = i > 0 && memchr(text + end, ' ', token->text_start - end) != NULL;
        bool is_parted = !hanzi && i > 0 && !token->punctuation;
        if (is_gap || is_parted)
            avt_buf_append_char(out, ' ');
        if (token->punctuation)
            append_mark(hanzi, token, out);
        else
            code = append_cjk_word(hanzi, token, reading.words[word++].text, out, reterr);
        end = token->text_end;
    }
    return code;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool has_words(const char *text)
{
    uint32_t codepoint = 0;
    for (size_t size; (size = avt_utf8_decode(text, strlen(text), &codepoint)) > 0; text += size) {
        if (avt_xtts_is_letter(codepoint))
            return true;
    }
    return false;
}

static bool is_cjk(const struct avt_xtts_language *language)
{
    return avt_str_equal(language->code, "zh") || avt_str_equal(language->code, "ja");
}

static enum avt_code read_words(const struct avt_xtts_text *text, const struct avt_xtts_language *language,
                                const char *words, struct avt_buf *out, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf plain = AVT_BUF_INIT(WORDS_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf read = AVT_BUF_INIT(WORDS_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf full = AVT_BUF_INIT(WORDS_BYTES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf spelled = AVT_BUF_INIT(WORDS_BYTES_MAX);
    bool is_chinese = avt_str_equal(language->code, "zh");
    append_plain(words, &plain);
    if (is_cjk(language)) {
        append_symbols(language, avt_buf_str(&plain), &full);
        enum avt_code code = append_cjk(is_chinese ? text->hanzi : NULL, avt_buf_str(&full), &spelled, reterr);
        if (code != AVT_OK)
            return code;
    } else {
        avt_xtts_read_numbers(language, avt_buf_str(&plain), &read);
        append_abbreviations(language, avt_buf_str(&read), &full);
        append_symbols(language, avt_buf_str(&full), &spelled);
    }
    AVT_CLEANUP(avt_freep) char *small = lower(language, avt_buf_str(&spelled));
    if (avt_str_equal(language->code, "ko")) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf latin = AVT_BUF_INIT(WORDS_BYTES_MAX);
        avt_hangul_romanise(small, &latin);
        append_collapsed(avt_buf_str(&latin), out);
    } else {
        append_collapsed(small, out);
    }
    if (!plain.overflowed && !read.overflowed && !full.overflowed && !spelled.overflowed && !out->overflowed)
        return AVT_OK;
    return avt_fail(reterr, AVT_ELIMIT, "a piece of text is too long when its numbers are read");
}

/* ret_cleaned: "" if there is nothing to say. */
static enum avt_code clean(const struct avt_xtts_text *text, const struct avt_xtts_language *language,
                           const char *words, char **ret_cleaned, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(WORDS_BYTES_MAX);
    if (strlen(words) > AVT_XTTS_PIECE_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "more than %d bytes of text cannot be spoken at once",
                        AVT_XTTS_PIECE_BYTES_MAX);
    if (avt_utf8_invalid_at(words, strlen(words)) != SIZE_MAX)
        return avt_fail(reterr, AVT_ETEXT, "the text is not UTF-8");
    if (avt_str_equal(language->code, "zh") && !text->hanzi)
        return avt_fail(reterr, AVT_EMODEL, "Chinese needs the dictionary of Chinese, which is not installed");
    enum avt_code code = read_words(text, language, words, &out, reterr);
    if (code != AVT_OK)
        return code;
    if (!has_words(avt_buf_str(&out)))
        avt_buf_clear(&out);
    else if (avt_xtts_is_letter(avt_xtts_before(out.data, out.size)))
        avt_buf_append_str(&out, language->full_stop);
    *ret_cleaned = avt_buf_take(&out);
    return AVT_OK;
}

static enum avt_code no_language(const char *language, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EVOICE, "XTTS does not speak '%.20s'; it speaks ar, cs, de, en, es, fr, hi, hu, it, "
                    "ja, ko, nl, pl, pt, ru, tr and zh", language);
}

enum avt_code avt_xtts_text_clean(const struct avt_xtts_text *text, const char *language, const char *words,
                                  char **ret_cleaned, struct avt_error *reterr)
{
    avt_assert(text && language && words && ret_cleaned);
    const struct avt_xtts_language *known = find_language(text, language);
    AVT_CLEANUP(avt_freep) char *cleaned = NULL;
    if (!known)
        return no_language(language, reterr);
    enum avt_code code = clean(text, known, words, &cleaned, reterr);
    if (code == AVT_OK && !*cleaned)
        return avt_fail(reterr, AVT_ETEXT, "there is nothing to say in a piece of the text");
    if (code == AVT_OK)
        *ret_cleaned = AVT_TAKE(cleaned);
    return code;
}

/* ---- ids ------------------------------------------------------------------------------------- */

/* A plain sign for one that the vocabulary lacks. */
static const char *plain_sign(uint32_t codepoint)
{
    static const struct {
        uint32_t codepoint;
        const char *plain;
    } SIGNS[] = {
        {0x2026, "..."}, {0x2010, "-"}, {0x2011, "-"}, {0x2012, "-"}, {0x2013, "-"}, {0x2014, "-"}, {0x2015, "-"},
        {0x2212, "-"},   {0x3002, "."}, {0xff0e, "."}, {0x964, "."},  {0x965, "."},  {0x6d4, "."},  {0xff0c, ","},
        {0x3001, ","},   {0x60c, ","},  {0x61b, ";"},  {0xff1b, ";"}, {0xff1a, ":"}, {0xff01, "!"}, {0xff1f, "?"},
        {0x61f, "?"},    {0xff08, "("}, {0xff09, ")"},
    };
    for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
        if (SIGNS[i].codepoint == codepoint)
            return SIGNS[i].plain;
    }
    return "";
}

static bool knows(const struct avt_bpe *bpe, const char *character, size_t size)
{
    AVT_CLEANUP(avt_freep) char *token = avt_strndup(character, size);
    return avt_bpe_id(bpe, token) >= 0;
}

/* "[en]hello,[SPACE]you." */
static void append_prompt(const struct avt_xtts_text *text, const struct avt_xtts_language *language,
                          const char *cleaned, struct avt_buf *out)
{
    uint32_t codepoint = 0;
    avt_buf_append_str(out, language->mark);
    for (size_t size; (size = avt_utf8_decode(cleaned, strlen(cleaned), &codepoint)) > 0; cleaned += size) {
        if (codepoint == ' ') {
            avt_buf_append_str(out, SPACE_NAME);
            continue;
        }
        if (avt_xtts_is_letter(codepoint) || knows(text->bpe, cleaned, size)) {
            avt_buf_append(out, cleaned, size);
            continue;
        }
        const char *plain = plain_sign(codepoint);
        if (*plain && knows(text->bpe, plain, 1))
            avt_buf_append_str(out, plain);
    }
}

/* *ret_count 0: there is nothing to say. */
static enum avt_code encode(const struct avt_xtts_text *text, const struct avt_xtts_language *language,
                            const char *words, int64_t **ret_ids, size_t *ret_count, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *cleaned = NULL;
    AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
    AVT_CLEANUP(avt_buf_done) struct avt_buf prompt = AVT_BUF_INIT(AVT_BPE_TEXT_BYTES_MAX);
    size_t count = 0;
    enum avt_code code = clean(text, language, words, &cleaned, reterr);
    if (code != AVT_OK)
        return code;
    *ret_count = 0;
    if (!*cleaned)
        return AVT_OK;
    append_prompt(text, language, cleaned, &prompt);
    if (!prompt.overflowed)
        code = avt_bpe_encode(text->bpe, avt_buf_str(&prompt), &ids, &count, reterr);
    if (code == AVT_OK && (prompt.overflowed || count > AVT_XTTS_IDS_MAX))
        return avt_fail(reterr, AVT_ELIMIT, "a piece of text has more than the %d symbols that XTTS says at once",
                        AVT_XTTS_IDS_MAX);
    if (code != AVT_OK)
        return code;
    *ret_ids = AVT_TAKE(ids);
    *ret_count = count;
    return AVT_OK;
}

enum avt_code avt_xtts_text_ids(const struct avt_xtts_text *text, const char *language, const char *words,
                                int64_t **ret_ids, size_t *ret_count, struct avt_error *reterr)
{
    avt_assert(text && language && words && ret_ids && ret_count);
    const struct avt_xtts_language *known = find_language(text, language);
    size_t count = 0;
    if (!known)
        return no_language(language, reterr);
    enum avt_code code = encode(text, known, words, ret_ids, &count, reterr);
    if (code == AVT_OK && count == 0)
        return avt_fail(reterr, AVT_ETEXT, "there is nothing to say in a piece of the text");
    if (code == AVT_OK)
        *ret_count = count;
    return code;
}

/* ---- splitting ------------------------------------------------------------------------------- */

struct splitter {
    const struct avt_xtts_text *text;
    const struct avt_xtts_language *language;
    const char *words;
    size_t size;
    struct avt_xtts_piece *pieces;
    size_t count, capacity;
    struct avt_error *reterr;
};

static size_t character_at(const struct splitter *splitter, size_t at, uint32_t *ret_codepoint)
{
    size_t size = avt_utf8_decode(splitter->words + at, splitter->size - at, ret_codepoint);
    return size ? size : 1;
}

static bool is_among(uint32_t codepoint, const uint32_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == codepoint)
            return true;
    }
    return false;
}
#define AMONG(codepoint, list) is_among((codepoint), (list), sizeof(list) / sizeof((list)[0]))

/* Ends of sentences; the wide ones need no blank behind them. */
static bool is_end(uint32_t c, bool *ret_wide)
{
    static const uint32_t WIDE[] = {0x3002, 0xff01, 0xff1f, 0xff61}, NARROW[] = {'.', '!', '?', 0x2026, 0x61f, 0x964,
                                                                                0x965, 0x6d4};
    *ret_wide = AMONG(c, WIDE);
    return *ret_wide || AMONG(c, NARROW);
}

static bool is_clause(uint32_t c, bool *ret_wide)
{
    static const uint32_t WIDE[] = {0x3001, 0xff0c, 0xff1b, 0xff1a}, NARROW[] = {',', ';', ':', 0x60c, 0x61b, 0x2014};
    *ret_wide = AMONG(c, WIDE);
    return *ret_wide || AMONG(c, NARROW);
}

static bool is_closing(uint32_t c)
{
    return c == ')' || c == 0xff09 || is_apostrophe(c) || (is_quotation(c) && c != '[');
}

/* Whether the dot at `at` ends no sentence: of a short form, an initial or an ordinal. */
static bool is_inner_dot(const struct splitter *splitter, size_t at)
{
    size_t start = at, digits = 0, length = 0;
    while (start > 0 && splitter->words[start - 1] >= '0' && splitter->words[start - 1] <= '9')
        start--, digits++;
    if (avt_xtts_dot_is_ordinal(splitter->language, splitter->words, splitter->size, at, digits))
        return true;
    if (digits > 0)
        return false;
    while (start > 0 && avt_xtts_is_letter(avt_xtts_before(splitter->words, start))) {
        start--;
        while (start > 0 && ((unsigned char)splitter->words[start] & 0xc0) == 0x80)
            start--;
    }
    if (at - start == 1 && splitter->words[start] >= 'A' && splitter->words[start] <= 'Z' && start > 0)
        return true; /* "J. R. Brown", "U.S. Army" */
    return avt_xtts_abbreviation(splitter->language, splitter->words, splitter->size, start, &length) != NULL;
}

/* Where the sentence ends that begins at `at`, with what closes it. */
static size_t sentence_end(const struct splitter *splitter, size_t at)
{
    bool wide = false;
    while (at < splitter->size) {
        uint32_t codepoint = 0;
        size_t here = at;
        at += character_at(splitter, at, &codepoint);
        if (codepoint == '\n')
            return at;
        if (!is_end(codepoint, &wide) || (codepoint == '.' && is_inner_dot(splitter, here)))
            continue;
        bool is_wide = wide;
        for (size_t size; at < splitter->size; at += size) {
            size = character_at(splitter, at, &codepoint);
            if (!is_closing(codepoint) && !is_end(codepoint, &wide))
                break;
        }
        if (is_wide || at == splitter->size || is_space(codepoint))
            return at;
    }
    return at;
}

static size_t count_characters(const struct splitter *splitter, size_t start, size_t end)
{
    size_t count = 0;
    for (size_t at = start; at < end; at++)
        count += ((unsigned char)splitter->words[at] & 0xc0) != 0x80;
    return count;
}

/* *ret_ids: how many, 0 for nothing to say, SIZE_MAX for too many. */
static enum avt_code measure(const struct splitter *splitter, size_t start, size_t end, size_t *ret_ids)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
    if (count_characters(splitter, start, end) > splitter->language->characters_max) {
        *ret_ids = SIZE_MAX;
        return AVT_OK;
    }
    AVT_CLEANUP(avt_freep) char *part = avt_strndup(splitter->words + start, end - start);
    enum avt_code code = encode(splitter->text, splitter->language, part, &ids, ret_ids, &error);
    if (code == AVT_ELIMIT)
        *ret_ids = SIZE_MAX;
    return code == AVT_ELIMIT ? AVT_OK : code == AVT_OK ? code : avt_fail(splitter->reterr, code, "%s", error.message);
}

/* The best place to cut within `limit` characters: behind a comma and its like, else a blank, else anywhere. */
static size_t cut_within(const struct splitter *splitter, size_t start, size_t end, size_t limit)
{
    size_t clause = 0, blank = 0, at = start;
    for (size_t count = 0; at < end && count < limit; count++) {
        uint32_t codepoint = 0, after = 0;
        bool wide = false;
        at += character_at(splitter, at, &codepoint);
        (void)character_at(splitter, at, &after);
        if (is_clause(codepoint, &wide) && (wide || at == end || is_space(after)))
            clause = at;
        if (is_space(codepoint))
            blank = at;
    }
    if (at >= end)
        return end;
    return clause > start ? clause : blank > start ? blank : at;
}

static void trim(const struct splitter *splitter, size_t *start, size_t *end)
{
    uint32_t codepoint = 0;
    for (size_t size; *start < *end; *start += size) {
        size = character_at(splitter, *start, &codepoint);
        if (!is_space(codepoint))
            break;
    }
    while (*end > *start && is_space(avt_xtts_before(splitter->words, *end))) {
        (*end)--;
        while (*end > *start && ((unsigned char)splitter->words[*end] & 0xc0) == 0x80)
            (*end)--;
    }
}

static void push(struct splitter *splitter, size_t start, size_t end)
{
    if (splitter->count == splitter->capacity) {
        splitter->capacity = splitter->capacity ? 2 * splitter->capacity : 16;
        splitter->pieces = avt_realloc(splitter->pieces, splitter->capacity, sizeof(*splitter->pieces));
    }
    splitter->pieces[splitter->count++] = (struct avt_xtts_piece){start, end};
}

/* Characters below which a piece is very short: 20 of Latin letters, 5 of kana. */
static size_t short_characters(const struct splitter *splitter)
{
    return splitter->language->characters_max / AVT_XTTS_SHORT_SHARE;
}

/* Onto the last piece, if one of the two is very short and both can be said at once. */
static enum avt_code join(struct splitter *splitter, size_t start, size_t end, bool *ret_joined)
{
    size_t ids = 0;
    *ret_joined = false;
    if (splitter->count == 0)
        return AVT_OK;
    struct avt_xtts_piece *last = &splitter->pieces[splitter->count - 1];
    bool is_short = count_characters(splitter, last->start, last->end) < short_characters(splitter) ||
                    (end == splitter->size && count_characters(splitter, start, end) < short_characters(splitter));
    if (!is_short)
        return AVT_OK;
    enum avt_code code = measure(splitter, last->start, end, &ids);
    if (code == AVT_OK && ids != SIZE_MAX) {
        last->end = end;
        *ret_joined = true;
    }
    return code;
}

/* A sentence, whole or in parts. */
static enum avt_code add_sentence(struct splitter *splitter, size_t start, size_t end)
{
    bool is_joined = false;
    trim(splitter, &start, &end);
    if (start == end)
        return AVT_OK;
    while (start < end) {
        size_t limit = splitter->language->characters_max, cut = end, ids = 0;
        enum avt_code code = measure(splitter, start, cut, &ids);
        while (code == AVT_OK && ids == SIZE_MAX) {
            cut = cut_within(splitter, start, end, limit);
            code = measure(splitter, start, cut, &ids);
            limit = limit * 3 / 4;
            if (limit == 0)
                return avt_fail(splitter->reterr, AVT_ELIMIT, "a piece of text has too many symbols");
        }
        size_t from = start, to = cut;
        trim(splitter, &from, &to);
        if (code == AVT_OK && ids > 0 && cut == end)
            code = join(splitter, from, to, &is_joined);
        if (code != AVT_OK)
            return code;
        if (ids > 0 && !is_joined)
            push(splitter, from, to);
        start = cut;
    }
    return AVT_OK;
}

enum avt_code avt_xtts_text_split(const struct avt_xtts_text *text, const char *language, const char *words,
                                  struct avt_xtts_piece **ret_pieces, size_t *ret_count, struct avt_error *reterr)
{
    avt_assert(text && language && words && ret_pieces && ret_count);
    struct splitter splitter = {.text = text, .language = find_language(text, language), .words = words,
                                .size = strlen(words), .reterr = reterr};
    if (!splitter.language)
        return no_language(language, reterr);
    if (splitter.size > AVT_XTTS_TEXT_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "the text has more than %d bytes", AVT_XTTS_TEXT_BYTES_MAX);
    if (avt_utf8_invalid_at(words, splitter.size) != SIZE_MAX)
        return avt_fail(reterr, AVT_ETEXT, "the text is not UTF-8");
    enum avt_code code = AVT_OK;
    size_t start = 0;
    trim(&splitter, &start, &splitter.size);
    for (size_t at = start, end; code == AVT_OK && at < splitter.size; at = end) {
        end = sentence_end(&splitter, at);
        code = add_sentence(&splitter, at, end);
    }
    if (code == AVT_OK && splitter.count == 0)
        code = avt_fail(reterr, AVT_ETEXT, "there is nothing to say in the text");
    if (code == AVT_OK) {
        *ret_pieces = splitter.pieces;
        *ret_count = splitter.count;
    } else {
        avt_free(splitter.pieces);
    }
    return code;
}
