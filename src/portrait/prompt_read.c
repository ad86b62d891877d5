/* SPDX-License-Identifier: Apache-2.0 */
/* A prompt into words, each in the form in which the tables have it. */
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "portrait/prompt_reader.h"

/* Letters with accents to those without: Latin-1 supplement from U+00C0 on; '\0' where it is no letter of ours. */
static char plain_letter(uint32_t codepoint)
{
    static const char plain[] = "aaaaaaaceeeeiiiidnooooo\0ouuuuytsaaaaaaaceeeeiiiidnooooo\0ouuuuyty";
    if (codepoint < 0x80)
        return codepoint >= 'A' && codepoint <= 'Z' ? (char)(codepoint - 'A' + 'a') : (char)codepoint;
    return codepoint >= 0xC0 && codepoint <= 0xFF ? plain[codepoint - 0xC0] : '\0';
}

static bool is_apostrophe(uint32_t codepoint)
{
    return codepoint == '\'' || codepoint == 0x2019 || codepoint == 0x2018 || codepoint == '`';
}

static bool is_letter(uint32_t codepoint)
{
    return (codepoint >= 'a' && codepoint <= 'z') || (codepoint >= 'A' && codepoint <= 'Z') ||
           (codepoint >= '0' && codepoint <= '9') || (codepoint >= 0xC0 && codepoint != 0xD7 && codepoint != 0xF7 &&
                                                      !(codepoint >= 0x2000 && codepoint <= 0x2BFF) &&
                                                      !(codepoint >= 0x3000 && codepoint <= 0x303F) &&
                                                      !(codepoint >= 0xFE00 && codepoint <= 0xFE0F) &&
                                                      !(codepoint >= 0xFF00 && codepoint <= 0xFF0F));
}

static bool is_dash(uint32_t codepoint)
{
    return codepoint == '-' || codepoint == 0x2010 || codepoint == 0x2011;
}

static void mark(struct avt_token *next, uint32_t codepoint, const char *before)
{
    static const char *const titles[] = {"mr", "mrs", "ms", "dr", "st", "approx"};
    bool after_title = AVT_STR_AMONG(before, titles), after_letter = before[0] && !before[1];
    if (is_dash(codepoint) || (codepoint == '/' && after_letter)) /* "w/o" */
        next->hyphen = true;
    else if (codepoint == ':' || codepoint == '=')
        next->colon = next->comma = true;
    else if (codepoint == '.' && !after_title)
        next->stop = true;
    else if (codepoint == '!' || codepoint == '?' || codepoint == '\n' || codepoint == 0x3002)
        next->stop = true;
    else if (codepoint != ' ' && codepoint != '\t' && codepoint != '.' && codepoint != '\r' && codepoint != '+' &&
             codepoint != '*' && codepoint != '"' && codepoint != 0x201C && codepoint != 0x201D && codepoint != '_')
        next->comma = true;
}

/* "isn't" is "not", "chef's" is "chef", "30's" is "30s". */
static void finish(struct avt_token *token, size_t apostrophe)
{
    size_t size = strlen(token->text);
    bool is_number = token->text[0] >= '0' && token->text[0] <= '9';
    if (apostrophe && apostrophe + 1 == size && token->text[apostrophe] == 's' && !is_number)
        token->text[apostrophe] = '\0';
    else if (size > 3 && apostrophe && apostrophe + 1 == size && avt_str_ends(token->text, "nt"))
        snprintf(token->text, sizeof(token->text), "not");
    const char *spelling = avt_word_spelling(token->text);
    if (spelling)
        snprintf(token->text, sizeof(token->text), "%s", spelling);
}

/* "longhaired" is two words. */
static void split(struct avt_reader *reader)
{
    static const char *const tails[] = {"haired", "skinned", "eyed", "coloured"};
    struct avt_token *last = &reader->tokens[reader->count - 1];
    size_t size = strlen(last->text);
    for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
        size_t tail = strlen(tails[i]);
        if (size < tail + 3 || !avt_str_ends(last->text, tails[i]) || last->to - last->from != size)
            continue;
        struct avt_token *second = &reader->tokens[reader->count++];
        *second = (struct avt_token){.from = last->to - tail, .to = last->to, .hyphen = true};
        snprintf(second->text, sizeof(second->text), "%s", tails[i]);
        last->text[size - tail] = '\0';
        last->to -= tail;
        finish(last, 0);
        return;
    }
}

void avt_reader_tokenize(struct avt_reader *reader)
{
    const char *text = reader->prompt;
    size_t size = strlen(text), at = 0;
    /* A word has a byte at least and one between it and the next; one that is split has many. */
    reader->tokens = avt_new0(struct avt_token, size + 2);
    struct avt_token next = {0};
    while (at < size) {
        uint32_t codepoint;
        size_t step = avt_utf8_decode(text + at, size - at, &codepoint);
        if (step == 0) /* callers see to that */
            return;
        if (!is_letter(codepoint)) {
            const char *before = reader->count ? reader->tokens[reader->count - 1].text : "";
            if (codepoint == '&')
                reader->tokens[reader->count++] =
                    (struct avt_token){.text = "and", .from = at, .to = at + 1, .comma = next.comma, .stop = next.stop};
            else if (!is_apostrophe(codepoint))
                mark(&next, codepoint, before);
            if (codepoint == '&')
                next = (struct avt_token){0};
            at += step;
            continue;
        }
        struct avt_token *token = &reader->tokens[reader->count++];
        *token = next;
        token->from = at;
        size_t length = 0, apostrophe = 0;
        while (at < size) {
            step = avt_utf8_decode(text + at, size - at, &codepoint);
            bool decimal = codepoint == '.' && length > 0 && token->text[length - 1] >= '0' &&
                           token->text[length - 1] <= '9' && at + 1 < size && text[at + 1] >= '0' &&
                           text[at + 1] <= '9';
            if (step == 0 || (!is_letter(codepoint) && !is_apostrophe(codepoint) && !decimal))
                break;
            char plain = plain_letter(codepoint);
            if (is_apostrophe(codepoint))
                apostrophe = length;
            else if (plain && length + 1 < AVT_TOKEN_BYTES)
                token->text[length++] = plain;
            else if (length + step < AVT_TOKEN_BYTES) {
                memcpy(token->text + length, text + at, step);
                length += step;
            }
            at += step;
            if (!is_apostrophe(codepoint))
                token->to = at;
        }
        finish(token, apostrophe);
        if (!token->text[0])
            snprintf(token->text, sizeof(token->text), "'");
        split(reader);
        next = (struct avt_token){0};
    }
}

void avt_reader_unknown(struct avt_reader *reader, struct avt_span span)
{
    char word[AVT_TOKEN_BYTES];
    size_t size = 0;
    while (span.from + size < span.to) {
        uint32_t codepoint;
        size_t step = avt_utf8_decode(reader->prompt + span.from + size, span.to - span.from - size, &codepoint);
        if (step == 0 || size + step >= sizeof(word))
            break;
        memcpy(word + size, reader->prompt + span.from + size, step);
        size += step;
    }
    word[size] = '\0';
    if (reader->unknown_count < sizeof(reader->first_unknown) / sizeof(*reader->first_unknown))
        memcpy(reader->first_unknown[reader->unknown_count], word, sizeof(word));
    reader->unknown_count++;
    struct avt_prompt_words *unknown = reader->unknown;
    for (size_t i = 0; unknown && i < unknown->count; i++)
        if (avt_str_equal(unknown->words[i], word))
            return;
    if (unknown && unknown->count < AVT_PROMPT_UNKNOWN_MAX)
        memcpy(unknown->words[unknown->count++], word, sizeof(word));
    else if (unknown)
        unknown->more++;
}

void avt_reader_note(struct avt_reader *reader, const char *format, ...)
{
    if (!reader->notes)
        return;
    char line[512];
    va_list ap;
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    avt_buf_printf(reader->notes, "%s\n", line);
}

void avt_reader_run(struct avt_reader *reader)
{
    for (size_t slot = 0; slot < AVT_SLOT_COUNT; slot++)
        reader->phrase[slot] = SIZE_MAX;
    avt_reader_tokenize(reader);
    avt_reader_spell(reader);
    avt_reader_match(reader);
    avt_reader_bind(reader);
}

void avt_reader_done(struct avt_reader *reader)
{
    avt_free(reader->tokens);
    avt_free(reader->matches);
    reader->tokens = NULL;
    reader->matches = NULL;
}
