/* SPDX-License-Identifier: Apache-2.0 */
/* Text to tokens with what is to be said for each; any language but English. */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/intl.h"
#include "voice/normalize_parts.h"

struct lexer {
    const struct intl_language *language;
    const char *text;
    size_t size, at;
    size_t line_start;
    unsigned newlines; /* since the last token */
    struct avt_reading *reading;
};

/* What a position of the text holds. */
enum kind { KIND_SPACE, KIND_NEWLINE, KIND_LETTER, KIND_DIGIT, KIND_MARK, KIND_SIGN, KIND_NOTHING };
struct item {
    enum kind kind;
    uint32_t value;
    size_t size;
    char mark; /* of KIND_MARK, as in struct avt_token */
};

int intl_digit(uint32_t c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    if (c >= 0xff10 && c <= 0xff19)
        return (int)(c - 0xff10);
    return c >= 0x966 && c <= 0x96f ? (int)(c - 0x966) : -1; /* Devanagari */
}

static bool between(uint32_t c, uint32_t first, uint32_t last)
{
    return c >= first && c <= last;
}

enum intl_script intl_script(uint32_t c)
{
    if (between(c, 0x3041, 0x3096) || between(c, 0x30a1, 0x30fa) || c == 0x30fc ||
        between(c, 0x31f0, 0x31ff) || between(c, 0xff66, 0xff9f) || between(c, 0x309d, 0x309e) ||
        between(c, 0x30fd, 0x30fe))
        return INTL_KANA;
    if (between(c, 0x3400, 0x9fff) || between(c, 0xf900, 0xfaff) || between(c, 0x20000, 0x323af) ||
        c == 0x3005 || c == 0x3007)
        return INTL_HAN;
    bool latin = between(c, 'a', 'z') || between(c, 'A', 'Z') ||
                 (between(c, 0xc0, 0x2af) && c != 0xd7 && c != 0xf7);
    /* Greek to Thai and beyond, with their vowel signs; not general punctuation and symbols. */
    bool other = between(c, 0x370, 0x1fff) && c != 0x37e && c != 0x387 && c != 0x964 && c != 0x965 &&
                 c != 0x970 && intl_digit(c) < 0;
    return latin || other || between(c, 0xac00, 0xd7a3) || between(c, 0xff21, 0xff3a) ||
                   between(c, 0xff41, 0xff5a)
               ? INTL_ALPHABETIC
               : INTL_NO_LETTER;
}

/* Marks that normalize_chars.c, made for English, does not know. */
static char cjk_mark(uint32_t c)
{
    switch (c) {
    case 0x964: /* danda */
    case 0x965:
    case 0xff61:
        return '.';
    case 0xff64:
        return ',';
    case 0x300a:
    case 0x300b:
    case 0x3008:
    case 0x3009:
    case 0x3010:
    case 0x3011:
    case 0xff62:
    case 0xff63:
        return '"';
    case 0x301c:
        return '-';
    default:
        return 0;
    }
}

static struct item look(const struct lexer *lexer, size_t at)
{
    if (at >= lexer->size)
        return (struct item){.kind = KIND_NEWLINE, .size = 1};
    struct norm_codepoint c = norm_char_at(lexer->text + at, lexer->size - at);
    struct item item = {.kind = KIND_NOTHING, .value = c.value, .size = c.size};
    char mark = cjk_mark(c.value);
    if (mark) {
        item.kind = KIND_MARK;
        item.mark = mark;
    } else if (intl_digit(c.value) >= 0) {
        item.kind = KIND_DIGIT;
    } else if (c.kind == NORM_SPACE || c.value == 0x30fb) { /* ・ */
        item.kind = KIND_SPACE;
    } else if (c.kind == NORM_NEWLINE) {
        item.kind = KIND_NEWLINE;
    } else if (intl_script(c.value) != INTL_NO_LETTER) {
        item.kind = KIND_LETTER;
    } else if (c.kind == NORM_PUNCTUATION) {
        item.kind = KIND_MARK;
        item.mark = c.ascii;
    } else if (c.kind == NORM_APOSTROPHE) {
        item.kind = KIND_MARK;
        item.mark = '\'';
    } else if (c.kind == NORM_SYMBOL || c.kind == NORM_CURRENCY) {
        item.kind = KIND_SIGN;
    }
    return item;
}

static struct avt_token *last_token(const struct lexer *lexer)
{
    struct avt_token_list *list = &lexer->reading->tokens;
    return list->count ? &list->tokens[list->count - 1] : NULL;
}

static bool is_upper(struct item item)
{
    return between(item.value, 'A', 'Z') || between(item.value, 0xc0, 0xde);
}

/* A line that ended before the token that begins at lexer->at may have ended a sentence too. */
static void settle_line(struct lexer *lexer, struct item first)
{
    struct avt_token *before = last_token(lexer);
    if (lexer->newlines == 0)
        return;
    size_t line_bytes = before ? before->text_end - lexer->line_start : 0;
    bool capital = first.kind == KIND_DIGIT || is_upper(first) || first.value >= 0x900;
    if (before && lexer->newlines >= 2) {
        before->sentence_end = true;
        before->pause_ms += NORM_PARAGRAPH_PAUSE_MS;
    } else if (before && !before->punctuation && line_bytes < NORM_HEADING_BYTES_MAX && capital) {
        before->sentence_end = true;
        before->pause_ms += NORM_LINE_PAUSE_MS;
    }
    lexer->newlines = 0;
    lexer->line_start = lexer->at;
}

static void add(struct lexer *lexer, size_t end, char punctuation, const char *spoken)
{
    settle_line(lexer, look(lexer, lexer->at));
    struct avt_token_list *list = &lexer->reading->tokens;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->tokens = avt_realloc(list->tokens, list->capacity, sizeof *list->tokens);
    }
    list->tokens[list->count++] =
        (struct avt_token){.text = avt_strndup(lexer->text + lexer->at, end - lexer->at),
                           .text_start = lexer->at,
                           .text_end = end,
                           .punctuation = punctuation};
    lexer->at = end;
    if (punctuation)
        return;
    struct avt_reading *reading = lexer->reading;
    if (reading->word_count == reading->word_capacity) {
        reading->word_capacity = reading->word_capacity ? reading->word_capacity * 2 : 64;
        reading->words =
            avt_realloc(reading->words, reading->word_capacity, sizeof *reading->words);
    }
    reading->words[reading->word_count++] =
        (struct avt_word){.text = avt_strdup(spoken), .token = list->count - 1};
}

/* "Sr.", "EE. UU.": the longest of the table that stands here as a whole. Bytes, 0 for none. */
static size_t abbreviation(const struct lexer *lexer, const char **ret_spoken)
{
    size_t best = 0;
    for (const struct intl_pair *pair = lexer->language->abbreviations; pair && pair->written;
         pair++) {
        size_t size = strlen(pair->written);
        if (size <= best || size > lexer->size - lexer->at)
            continue;
        bool same = true;
        for (size_t i = 0; same && i < size; i++) {
            char c = lexer->text[lexer->at + i];
            same = (norm_is_upper(c) ? (char)(c - 'A' + 'a') : c) == pair->written[i];
        }
        /* A word that only starts so is another one ("st" and "stage"). */
        bool whole = pair->written[size - 1] == '.' ||
                     look(lexer, lexer->at + size).kind != KIND_LETTER;
        if (same && whole) {
            best = size;
            *ret_spoken = pair->spoken;
        }
    }
    return best;
}

static struct item look_past_space(const struct lexer *lexer, size_t at)
{
    struct item item = look(lexer, at);
    for (int i = 0; i < 8 && at < lexer->size && item.kind == KIND_SPACE; i++) {
        at += item.size;
        item = look(lexer, at);
    }
    return item;
}

/* An abbreviation, whose dot may end the sentence as well: at the end of a line, and after "etc."
 * before a capital letter. */
static bool lex_abbreviation(struct lexer *lexer)
{
    const char *spoken = NULL;
    size_t size = abbreviation(lexer, &spoken);
    if (size == 0)
        return false;
    size_t end = lexer->at + size;
    struct item next = look_past_space(lexer, end);
    bool dot = lexer->text[end - 1] == '.';
    bool closing = avt_str_starts(spoken, "et") || avt_str_starts(spoken, "ecc");
    bool ends = dot && (next.kind == KIND_NEWLINE || (closing && is_upper(next)));
    add(lexer, end - ends, 0, spoken);
    if (ends)
        add(lexer, end, '.', NULL);
    return true;
}

/* Whether the sign at `at` joins what stands before and after it to one word. */
static bool joins(const struct lexer *lexer, size_t at, struct item sign)
{
    struct item next = look(lexer, at + sign.size);
    if (sign.value == 0x200d || sign.value == 0x200c || between(sign.value, 0x300, 0x36f))
        return true; /* joiners of Indic scripts, accents apart from their letter */
    if (next.kind != KIND_LETTER && (next.kind != KIND_DIGIT || sign.mark == '\''))
        return false; /* "all'1:15" is two words */
    return sign.mark == '\'' || sign.value == '-' || sign.value == 0x2010 || sign.value == 0x2011 ||
           sign.value == 0xb7 || sign.value == '_' || sign.value == '@' || sign.value == '/' ||
           /* Addresses: info@example.com, www.example.com. */
           (sign.value == '.' && next.kind == KIND_LETTER);
}

static void append_spoken(struct avt_buf *spoken, const struct lexer *lexer, size_t at,
                          struct item item)
{
    if (item.mark == '\'')
        avt_buf_append_char(spoken, '\'');
    else if (item.value == 0x2010 || item.value == 0x2011)
        avt_buf_append_char(spoken, '-');
    else if (item.value == '_' || item.value == '/' || item.value == 0xb7)
        avt_buf_append_char(spoken, ' ');
    else
        avt_buf_append(spoken, lexer->text + at, item.size);
}

/* A single capital letter and a dot before a name: its dot is its own. */
static bool is_initial(const struct lexer *lexer, size_t end)
{
    struct item first = look(lexer, lexer->at);
    return is_upper(first) && end == lexer->at + first.size && look(lexer, end).value == '.' &&
           look(lexer, end + 1).kind == KIND_SPACE && is_upper(look_past_space(lexer, end + 1));
}

/* "S.A." in the middle of a sentence: the last dot is one of its own. */
static bool is_initialism(const struct lexer *lexer, size_t end)
{
    if (end < lexer->at + 3 || lexer->text[end - 2] != '.' || look(lexer, end).value != '.')
        return false;
    struct item next = look_past_space(lexer, end + 1);
    return next.kind == KIND_LETTER && !is_upper(next);
}

static void lex_word(struct lexer *lexer)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf spoken = AVT_BUF_INIT(INTL_SPOKEN_BYTES_MAX);
    enum intl_script script = intl_script(look(lexer, lexer->at).value);
    size_t end = lexer->at;
    for (size_t letters = 0; letters < INTL_WORD_LETTERS_MAX && end < lexer->size; letters++) {
        struct item item = look(lexer, end);
        bool same = item.kind == KIND_LETTER && intl_script(item.value) == script;
        bool digit = item.kind == KIND_DIGIT && script == INTL_ALPHABETIC;
        if (!same && !digit && !(script == INTL_ALPHABETIC && joins(lexer, end, item)))
            break;
        append_spoken(&spoken, lexer, end, item);
        end += item.size;
    }
    if (is_initial(lexer, end) || is_initialism(lexer, end))
        end++;
    add(lexer, end, 0, avt_buf_str(&spoken));
}

/* "-1.234,5", "12:30": digits with single marks between them, as they stand. */
static size_t plain_number(const struct lexer *lexer, struct avt_buf *spoken)
{
    size_t end = lexer->at + (look(lexer, lexer->at).kind == KIND_DIGIT
                                  ? 0
                                  : look(lexer, lexer->at).size);
    for (struct item item; end - lexer->at < INTL_WORD_LETTERS_MAX; end += item.size) {
        item = look(lexer, end);
        bool mark = item.size == 1 && item.value < 0x80 && strchr(".,:", (int)item.value);
        if (item.kind != KIND_DIGIT && !(mark && look(lexer, end + 1).kind == KIND_DIGIT))
            break;
    }
    avt_buf_append(spoken, lexer->text + lexer->at, end - lexer->at);
    return end - lexer->at;
}

static void lex_number(struct lexer *lexer)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf spoken = AVT_BUF_INIT(INTL_SPOKEN_BYTES_MAX);
    size_t size = lexer->language->plain
                      ? plain_number(lexer, &spoken)
                      : intl_number(lexer->language, lexer->text + lexer->at,
                                    lexer->size - lexer->at, &spoken);
    if (size == 0) {
        lexer->at += look(lexer, lexer->at).size;
        return;
    }
    add(lexer, lexer->at + size, 0, avt_buf_str(&spoken));
}

/* Whether a number may begin with the sign here: "-5", "€5", not the hyphen of "A-5". */
static bool starts_number(const struct lexer *lexer, struct item sign)
{
    struct avt_token *before = last_token(lexer);
    bool attached = before && before->text_end == lexer->at && !before->punctuation &&
                    (unsigned char)before->text[0] < 0xe3; /* not to a Chinese word or kana */
    struct item next = look(lexer, lexer->at + sign.size);
    if (sign.value == '-' || sign.value == 0x2212)
        return next.kind == KIND_DIGIT && !attached;
    if (sign.kind != KIND_SIGN && sign.kind != KIND_LETTER)
        return false;
    /* A currency of the table before a number. */
    AVT_CLEANUP(avt_buf_done) struct avt_buf spoken = AVT_BUF_INIT(INTL_SPOKEN_BYTES_MAX);
    for (const struct intl_currency *c = lexer->language->currencies; c && c->sign; c++) {
        size_t size = strlen(c->sign);
        if (size <= lexer->size - lexer->at &&
            memcmp(lexer->text + lexer->at, c->sign, size) == 0 &&
            intl_number(lexer->language, lexer->text + lexer->at, lexer->size - lexer->at,
                        &spoken) > size)
            return true;
    }
    return false;
}

static void lex_sign(struct lexer *lexer, struct item sign)
{
    for (const struct intl_pair *pair = lexer->language->symbols; pair && pair->written; pair++) {
        size_t size = strlen(pair->written);
        if (size == sign.size && memcmp(lexer->text + lexer->at, pair->written, size) == 0 &&
            *pair->spoken) {
            add(lexer, lexer->at + size, 0, pair->spoken);
            return;
        }
    }
    if (lexer->language->plain) {
        AVT_CLEANUP(avt_freep) char *itself = avt_strndup(lexer->text + lexer->at, sign.size);
        add(lexer, lexer->at + sign.size, 0, itself);
        return;
    }
    lexer->at += sign.size;
}

static size_t run_of(const struct lexer *lexer, char a, char b)
{
    size_t end = lexer->at;
    for (struct item item = look(lexer, end);
         end < lexer->size && item.kind == KIND_MARK && (item.mark == a || item.mark == b);
         item = look(lexer, end))
        end += item.size;
    return end;
}

static void lex_mark(struct lexer *lexer, struct item mark)
{
    struct item next = look(lexer, lexer->at + mark.size);
    struct avt_token *before = last_token(lexer);
    bool attached = before && before->text_end == lexer->at;
    size_t end = lexer->at + mark.size;
    switch (mark.mark) {
    case '.':
    case 'e':
        end = run_of(lexer, '.', 'e');
        add(lexer, end, mark.mark == '.' && end == lexer->at + mark.size ? '.' : 'e', NULL);
        return;
    case '!':
    case '?': {
        end = run_of(lexer, '!', '?');
        const char *question = memchr(lexer->text + lexer->at, '?', end - lexer->at);
        add(lexer, end, question || mark.mark == '?' ? '?' : '!', NULL);
        return;
    }
    case '-':
        /* A hyphen that touches a word, and a bullet, make no pause. */
        end = run_of(lexer, '-', '-');
        if ((mark.value == '-' && end == lexer->at + 1 && (attached || next.kind != KIND_SPACE)) ||
            lexer->newlines > 0 || !before)
            lexer->at = end;
        else
            add(lexer, end, '-', NULL);
        return;
    case '\'':
        /* The model has no single quotation mark, and "l' " is no quotation. */
        lexer->at = end;
        return;
    default:
        add(lexer, end, mark.mark, NULL);
    }
}

static void lex_space(struct lexer *lexer, struct item item)
{
    struct avt_token *before = last_token(lexer);
    if (before)
        before->space_after = true;
    if (item.kind == KIND_NEWLINE) {
        bool pair = item.value == '\r' && look(lexer, lexer->at + 1).value == '\n';
        lexer->newlines += pair ? 0 : 1;
    }
    lexer->at += item.size;
}

static void lex_one(struct lexer *lexer)
{
    struct item item = look(lexer, lexer->at);
    switch (item.kind) {
    case KIND_SPACE:
    case KIND_NEWLINE:
        lex_space(lexer, item);
        break;
    case KIND_LETTER:
        if (!lex_abbreviation(lexer)) {
            if (starts_number(lexer, item))
                lex_number(lexer);
            else
                lex_word(lexer);
        }
        break;
    case KIND_DIGIT:
        lex_number(lexer);
        break;
    case KIND_MARK:
        if (starts_number(lexer, item))
            lex_number(lexer);
        else
            lex_mark(lexer, item);
        break;
    case KIND_SIGN:
        if (starts_number(lexer, item))
            lex_number(lexer);
        else
            lex_sign(lexer, item);
        break;
    case KIND_NOTHING:
        lexer->at += item.size;
        break;
    }
}

/* 」 and ” after a full stop, and another mark, stay with it. */
static bool is_closing(const struct avt_token *token)
{
    static const char *const CLOSERS[] = {"”", "」", "』", "）", "》", "】", "\"", ")", "»"};
    if (token->punctuation && !strchr("\"(", token->punctuation))
        return true;
    for (size_t i = 0; i < sizeof CLOSERS / sizeof CLOSERS[0]; i++)
        if (avt_str_equal(token->text, CLOSERS[i]))
            return true;
    return false;
}

/* Words that nothing parts in writing ("5G") are still words of their own. */
static void part_words(struct avt_token_list *list)
{
    for (size_t i = 0; i + 1 < list->count; i++)
        if (!list->tokens[i].punctuation && !list->tokens[i + 1].punctuation)
            list->tokens[i].space_after = true;
    /* 、and 。 need no space after them in writing; the model wants one after every mark. */
    for (size_t i = 0; i + 1 < list->count; i++)
        if (list->tokens[i].punctuation && strchr(".,;:!?e", list->tokens[i].punctuation) &&
            (!list->tokens[i + 1].punctuation || (unsigned char)list->tokens[i].text[0] >= 0xe3))
            list->tokens[i].space_after = !is_closing(&list->tokens[i + 1]);
}

enum avt_code intl_normalize(const char *text, size_t size, const struct intl_language *language,
                             struct avt_reading *ret_reading, struct avt_error *reterr)
{
    avt_assert(text && language && ret_reading);
    if (size > AVT_NORMALIZE_BYTES_MAX)
        return avt_fail(reterr, AVT_ELIMIT,
                        "the text has %zu bytes, more than the %d that can be read in one go; "
                        "split it",
                        size, AVT_NORMALIZE_BYTES_MAX);
    struct avt_reading reading = {0};
    struct lexer lexer = {.language = language, .text = text, .size = size, .reading = &reading};
    while (lexer.at < size)
        lex_one(&lexer);
    norm_mark_sentence_ends(&reading.tokens);
    part_words(&reading.tokens);
    *ret_reading = reading;
    return AVT_OK;
}
