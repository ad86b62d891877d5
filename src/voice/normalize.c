/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/normalize.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/normalize_parts.h"

void avt_token_list_done(struct avt_token_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        avt_free(list->tokens[i].text);
        avt_free(list->tokens[i].phonemes);
    }
    avt_free(list->tokens);
    *list = (struct avt_token_list){0};
}

void avt_token_list_drop_silent(struct avt_token_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct avt_token *token = &list->tokens[i];
        if (token->punctuation || token->phonemes[0]) {
            list->tokens[kept++] = *token;
            continue;
        }
        if (kept > 0) {
            list->tokens[kept - 1].space_after |= token->space_after;
            list->tokens[kept - 1].sentence_end |= token->sentence_end;
        }
        avt_free(token->text);
        avt_free(token->phonemes);
    }
    list->count = kept;
}

void avt_reading_done(struct avt_reading *reading)
{
    for (size_t i = 0; i < reading->word_count; i++) {
        avt_free(reading->words[i].text);
        avt_free(reading->words[i].phonemes);
    }
    avt_free(reading->words);
    avt_token_list_done(&reading->tokens);
    *reading = (struct avt_reading){0};
}

static void add_word(struct reader *reader, const char *text, size_t size, unsigned flags)
{
    struct avt_reading *reading = reader->reading;
    if (reading->word_count == reading->word_capacity) {
        reading->word_capacity = reading->word_capacity ? reading->word_capacity * 2 : 128;
        reading->words =
            avt_realloc(reading->words, reading->word_capacity, sizeof *reading->words);
    }
    reading->words[reading->word_count++] = (struct avt_word){
        .text = avt_strndup(text, size), .flags = flags, .token = reading->tokens.count - 1};
}

void norm_say_flags(struct reader *reader, const char *words, unsigned flags)
{
    while (*words) {
        size_t size = strcspn(words, " ");
        if (size > 0)
            add_word(reader, words, size, flags);
        words += size;
        words += *words == ' ';
    }
}

void norm_say(struct reader *reader, const char *words)
{
    norm_say_flags(reader, words, 0);
}

void norm_say_spelled(struct reader *reader, const char *letters)
{
    norm_say_flags(reader, letters, AVT_WORD_SPELL);
}

const struct raw *norm_neighbour(const struct reader *reader, int offset)
{
    size_t at = reader->at + (size_t)offset;
    if (at >= reader->count)
        return NULL;
    const struct raw *from = offset < 0 ? &reader->raws[at] : &reader->raws[reader->at];
    for (int i = 0; i < (offset < 0 ? -offset : offset); i++)
        if (from[i].newlines_after >= 2)
            return NULL;
    return &reader->raws[at];
}

void norm_neighbour_word(const struct reader *reader, int offset, char ret_word[32])
{
    const struct raw *raw = norm_neighbour(reader, offset);
    ret_word[0] = '\0';
    if (!raw || raw->kind != RAW_WORD)
        return;
    norm_fold_lower(reader->text + raw->start, raw->end - raw->start, ret_word, 32);
    size_t size = strlen(ret_word);
    if (size > 0 && ret_word[size - 1] == '.')
        ret_word[size - 1] = '\0';
}

void norm_raw_text(const struct reader *reader, const struct raw *raw, char *ret_text, size_t size)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(size - 1);
    const char *text = reader->text;
    for (size_t at = raw->start; at < raw->end && !out.overflowed;) {
        struct norm_codepoint c = norm_char_at(text + at, raw->end - at);
        if (c.kind == NORM_LETTER && c.size > 0)
            avt_buf_append_utf8(&out, c.value);
        else if (c.kind == NORM_MARK)
            avt_buf_append(&out, text + at, c.size);
        else if (c.value == 0xb2 || c.value == 0xb3)
            avt_buf_append(&out, text + at, c.size);
        else if (c.kind == NORM_SYMBOL && c.ascii == 'o')
            avt_buf_append_str(&out, "°");
        else if (c.ascii)
            avt_buf_append_char(&out, c.ascii);
        at += c.size;
    }
    memcpy(ret_text, avt_buf_str(&out), out.size + 1);
}

static struct avt_token *add_token(struct reader *reader, size_t start, size_t end,
                                   char punctuation)
{
    struct avt_token_list *list = &reader->reading->tokens;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->tokens = avt_realloc(list->tokens, list->capacity, sizeof *list->tokens);
    }
    struct avt_token *token = &list->tokens[list->count++];
    *token = (struct avt_token){.text = avt_strndup(reader->text + start, end - start),
                                .text_start = start,
                                .text_end = end,
                                .punctuation = punctuation};
    return token;
}

/* Words that seldom stand anywhere but at the start of a sentence with a capital letter: after an
 * abbreviation they tell that its dot was a full stop too. */
bool norm_starts_sentence(const char *word)
{
    static const char *const STARTERS[] = {
        "the",     "it",    "he",    "she", "they", "we",    "you",   "i",   "this", "that",
        "these",   "those", "in",    "on",  "at",   "but",   "and",   "a",   "an",   "there",
        "however", "when",  "what",  "if",  "as",   "for",   "after", "our", "my",   "his",
        "her",     "their", "its",   "so",  "then", "while", "no",    "not", "yes",  "who",
        "why",     "how",   "where", "now", "some", "many",  "most",  "all", "one",  "please",
        "let",     "do",    "is",    "are", "was"};
    for (size_t i = 0; i < sizeof STARTERS / sizeof STARTERS[0]; i++)
        if (avt_str_equal(word, STARTERS[i]))
            return true;
    return false;
}

bool norm_after_name(const struct reader *reader)
{
    const struct raw *before = norm_neighbour(reader, -1), *first = norm_neighbour(reader, -2);
    return before && before->kind == RAW_WORD && !before->abbreviation_dot &&
           norm_is_upper(reader->text[before->start]) && first && first->kind != RAW_PUNCT;
}

/* Whether the dot of an abbreviation is the full stop of its sentence as well. */
static bool dot_ends_sentence(const struct reader *reader, const struct raw *raw)
{
    const struct raw *next = norm_neighbour(reader, 1);
    if (!next)
        return true;
    if (next->kind != RAW_WORD || !norm_is_upper(reader->text[next->start]))
        return false;
    char word[32], own[32];
    norm_neighbour_word(reader, 1, word);
    norm_neighbour_word(reader, 0, own);
    /* A title goes on with a name, whatever it is ("Dr. No"), unless it ends a street's name. */
    bool street = (avt_str_equal(own, "dr") || avt_str_equal(own, "st")) && norm_after_name(reader);
    if (!street && norm_is_title(own))
        return false;
    return norm_starts_sentence(word) && !avt_str_equal(own, "vs") && raw->end - raw->start > 2;
}

static void read_raw(struct reader *reader, const struct raw *raw)
{
    switch (raw->kind) {
    case RAW_WORD:
        norm_read_word(reader, raw);
        break;
    case RAW_NUMBER:
        norm_read_number(reader, raw);
        break;
    case RAW_ADDRESS:
        norm_read_address(reader, raw);
        break;
    case RAW_HASHTAG:
    case RAW_HANDLE:
        norm_read_hashtag(reader, raw);
        break;
    case RAW_SYMBOL:
        norm_say(reader, raw->name);
        break;
    case RAW_PUNCT:
        break;
    }
}

/* A token without words would be a hole in the speech; what could not be read is left out. */
static bool drop_empty_token(struct reader *reader, size_t first_word)
{
    struct avt_token_list *list = &reader->reading->tokens;
    if (reader->reading->word_count > first_word)
        return false;
    avt_free(list->tokens[--list->count].text);
    return true;
}

/* "four point two million" has been said; now "dollars". */
static void say_pending(struct reader *reader, const struct raw *raw)
{
    static const char *const LARGE[] = {
        "hundred", "thousand", "million", "billion", "trillion", "bn", "tn", "mn", "m", "b", "k"};
    if (!reader->pending || raw->kind != RAW_WORD)
        return;
    char word[32], next[32];
    norm_neighbour_word(reader, 0, word);
    norm_neighbour_word(reader, 1, next);
    bool more = false, here = false;
    for (size_t i = 0; i < sizeof LARGE / sizeof LARGE[0]; i++) {
        more |= avt_str_equal(next, LARGE[i]) && strlen(next) > 2;
        here |= avt_str_equal(word, LARGE[i]);
    }
    if (here && !more) {
        norm_say(reader, reader->pending);
        reader->pending = NULL;
    }
}

static void read_token(struct reader *reader)
{
    const struct raw *raw = &reader->raws[reader->at];
    bool full_stop = raw->abbreviation_dot && dot_ends_sentence(reader, raw);
    size_t end = raw->end - full_stop, first_word = reader->reading->word_count;
    struct avt_token *token = add_token(reader, raw->start, end, raw->punctuation);
    token->space_after = raw->space_after && !full_stop;
    if (raw->kind != RAW_PUNCT) {
        read_raw(reader, raw);
        say_pending(reader, raw);
        if (drop_empty_token(reader, first_word))
            return;
    }
    if (full_stop)
        add_token(reader, end, raw->end, '.')->space_after = raw->space_after;
}

static bool is_closer(const struct avt_token *token)
{
    return token->punctuation != '\0' && strchr(")\"'", token->punctuation);
}

static bool starts_lower(const struct avt_token *token)
{
    return norm_is_lower(token->text[0]);
}

/* Mark where sentences end: on the last of the marks that close one. */
void norm_mark_sentence_ends(struct avt_token_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        char mark = list->tokens[i].punctuation;
        if (mark == '\0' || !strchr(".!?e", mark))
            continue;
        size_t last = i;
        while (last + 1 < list->count && !list->tokens[last].space_after &&
               (is_closer(&list->tokens[last + 1]) ||
                (list->tokens[last + 1].punctuation &&
                 strchr(".!?e", list->tokens[last + 1].punctuation))))
            last++;
        const struct avt_token *next = last + 1 < list->count ? &list->tokens[last + 1] : NULL;
        bool goes_on = next && starts_lower(next);
        /* A full stop ends a sentence even if a small letter follows, unless a quotation just ended
         * ("Fine." he said) or nothing separates them. */
        if (mark == '.' && goes_on)
            goes_on = last > i || !list->tokens[last].space_after;
        if (!goes_on)
            list->tokens[last].sentence_end = true;
        i = last;
    }
    if (list->count > 0)
        list->tokens[list->count - 1].sentence_end = true;
}

/* Ends of lines and paragraphs, which may stand for a full stop. */
static void mark_line_end(struct reader *reader, const struct raw *raw, size_t line_bytes)
{
    struct avt_token_list *list = &reader->reading->tokens;
    if (list->count == 0)
        return;
    struct avt_token *token = &list->tokens[list->count - 1];
    const struct raw *next = raw + 1 < reader->raws + reader->count ? raw + 1 : NULL;
    if (raw->newlines_after >= 2) {
        token->sentence_end = true;
        token->pause_ms += NORM_PARAGRAPH_PAUSE_MS;
    } else if (raw->newlines_after == 1 && next && raw->kind != RAW_PUNCT &&
               line_bytes < NORM_HEADING_BYTES_MAX &&
               (norm_is_upper(reader->text[next->start]) || next->kind == RAW_NUMBER)) {
        token->sentence_end = true;
        token->pause_ms += NORM_LINE_PAUSE_MS;
    }
}

/* "cats&dogs", "10^6": words that nothing parts in writing are still words of their own. */
static void part_words(struct avt_token_list *list)
{
    for (size_t i = 0; i + 1 < list->count; i++)
        if (!list->tokens[i].punctuation && !list->tokens[i + 1].punctuation)
            list->tokens[i].space_after = true;
}

static void read_all(struct reader *reader)
{
    size_t line_start = 0;
    for (reader->at = 0; reader->at < reader->count; reader->at++) {
        const struct raw *raw = &reader->raws[reader->at];
        if (raw->line_start)
            line_start = raw->start;
        read_token(reader);
        if (raw->newlines_after > 0)
            mark_line_end(reader, raw, raw->end - line_start);
    }
    norm_mark_sentence_ends(&reader->reading->tokens);
    part_words(&reader->reading->tokens);
}

static void raw_list_done(struct raw_list *list)
{
    avt_free(list->items);
}

enum avt_code avt_normalize(const char *text, size_t size, bool british,
                            struct avt_reading *ret_reading, struct avt_error *reterr)
{
    avt_assert(text && ret_reading);
    AVT_CLEANUP(raw_list_done) struct raw_list raws = {0};
    enum avt_code code = norm_lex(text, size, &raws, reterr);
    if (code != AVT_OK)
        return code;
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    struct reader reader = {.text = text,
                            .raws = raws.items,
                            .count = raws.count,
                            .british = british,
                            .reading = &reading};
    read_all(&reader);
    *ret_reading = reading;
    reading = (struct avt_reading){0};
    return AVT_OK;
}
