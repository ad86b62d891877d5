/* SPDX-License-Identifier: Apache-2.0 */
/* Words among those of the tables: found, or found nearly. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "portrait/prompt_reader.h"

enum {
    WORD_MAX = 24,
    NEAR_FROM = 5,   /* letters of a word in which one may be wrong */
    FAR_FROM = 8,    /* and of one in which two may be */
};

int avt_word_is(const char *token, const char *word, size_t size)
{
    if (strncmp(token, word, size) == 0) {
        const char *rest = token + size;
        if (*rest == '\0')
            return 2;
        return size >= 3 && (avt_str_equal(rest, "s") || avt_str_equal(rest, "es"));
    }
    return size >= 4 && word[size - 1] == 'y' && strncmp(token, word, size - 1) == 0 &&
           avt_str_equal(token + size - 1, "ies");
}

static bool is_known(const char *token)
{
    for (size_t t = 0; t < AVT_WORD_TABLES; t++) {
        const struct avt_word_table *table = avt_word_table(t);
        for (size_t i = 0; i < table->count; i++)
            for (const char *word = table->words[i].phrase; *word;) {
                size_t size = strcspn(word, " ");
                if (avt_word_is(token, word, size))
                    return true;
                word += size + (word[size] == ' ');
            }
    }
    return false;
}

static bool has_same_letters(const char *a, const char *b)
{
    int counts[256] = {0};
    for (; *a; a++)
        counts[(unsigned char)*a]++;
    for (; *b; b++)
        counts[(unsigned char)*b]--;
    for (int i = 0; i < 256; i++)
        if (counts[i])
            return false;
    return true;
}

/* The only word of the tables that is nearest to this one, and near. False if there is none. */
static bool correct(const char *token, bool is_name, char best[WORD_MAX])
{
    size_t length = strlen(token), allowed = length >= FAR_FROM ? 2 : 1, least = SIZE_MAX;
    bool unique = false;
    for (size_t t = 0; t < AVT_WORD_TABLES; t++) {
        const struct avt_word_table *table = avt_word_table(t);
        if (is_name && table != &avt_words_from) /* with a capital: a nation, or somebody's name */
            continue;
        for (size_t i = 0; i < table->count; i++)
            for (const char *at = table->words[i].phrase; *at;) {
                size_t size = strcspn(at, " ");
                const char *word = at;
                at += size + (at[size] == ' ');
                /* A first letter is rarely wrong, and short words are near to everything. */
                if (size < NEAR_FROM - 1 || size + 1 >= WORD_MAX || word[0] != token[0] || size > length + 2 ||
                    length > size + 3)
                    continue;
                char form[WORD_MAX];
                snprintf(form, sizeof(form), "%.*s", (int)size, word);
                size_t distance = avt_edit_distance(token, form);
                char plural[WORD_MAX + 1];
                snprintf(plural, sizeof(plural), "%ss", form);
                size_t distance_plural = avt_edit_distance(token, plural);
                distance = distance_plural < distance ? distance_plural : distance;
                if (distance > allowed || (size < FAR_FROM - 1 && distance > 1))
                    continue;
                /* Of two as near, letters in the wrong order are likeliest, then a wrong one inside. */
                size_t score = 4 * distance + (has_same_letters(token, form) ? 0 : 2) +
                               (token[length - 1] == form[size - 1] ? 0 : 1);
                if (score < least) {
                    memcpy(best, form, sizeof(form));
                    least = score;
                    unique = true;
                } else if (score == least && strncmp(form, best, size) == 0) {
                    memcpy(best, form, sizeof(form)); /* the stem of both */
                } else if (score == least && strncmp(form, best, strlen(best)) != 0) {
                    unique = false;
                }
            }
    }
    return unique;
}

/* Do most words begin with a capital, as in a title? */
static bool is_titled(const struct avt_reader *reader)
{
    size_t capitals = 0;
    for (size_t i = 0; i < reader->count; i++)
        capitals += reader->prompt[reader->tokens[i].from] >= 'A' && reader->prompt[reader->tokens[i].from] <= 'Z';
    return capitals * 2 > reader->count;
}

/* "horsewoman", "marksman": who it is, of a trade that is not in the tables. NULL if it is no such word. A "-man" needs
 * an s before it, since a Roman or a shaman may be anybody. */
static const char *person_of_trade(const char *word)
{
    static const struct {
        const char *ending, *person;
    } endings[] = {{"woman", "woman"}, {"women", "woman"}, {"sman", "man"}, {"smen", "man"},
                   {"person", "person"}, {"people", "person"}};
    size_t length = strlen(word);
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        size_t size = strlen(endings[i].ending);
        if (length > size + 2 && memcmp(word + length - size, endings[i].ending, size) == 0)
            return endings[i].person;
    }
    return NULL;
}

void avt_reader_spell(struct avt_reader *reader)
{
    bool titled = is_titled(reader);
    for (size_t i = 0; i < reader->count; i++) {
        struct avt_token *token = &reader->tokens[i];
        size_t length = strlen(token->text);
        char best[WORD_MAX];
        bool is_name = reader->prompt[token->from] >= 'A' && reader->prompt[token->from] <= 'Z' && i > 0 &&
                       !token->stop && !titled;
        const char *slip = avt_word_slip(token->text);
        if (slip)
            snprintf(best, sizeof(best), "%s", slip);
        bool plain = strspn(token->text, "abcdefghijklmnopqrstuvwxyz") == length;
        if (!slip && (length < NEAR_FROM || length + 1 >= WORD_MAX || !plain ||
            is_known(token->text) || avt_word_is_other(token->text)))
            continue;
        if (!slip && !correct(token->text, is_name, best)) {
            const char *person = is_name ? NULL : person_of_trade(token->text);
            if (!person)
                continue;
            snprintf(best, sizeof(best), "%s", person);
        }
        avt_reader_note(reader, "\"%.*s\" is read as \"%s\"", (int)(token->to - token->from),
                        reader->prompt + token->from, best);
        memcpy(token->text, best, sizeof(best));
    }
}

/* Words of `phrase` that stand at `at`: their number, 0 if they do not. */
static size_t stands_at(const struct avt_reader *reader, const char *phrase, size_t at, bool *ret_exact)
{
    size_t words = 0;
    *ret_exact = true;
    while (*phrase) {
        size_t size = strcspn(phrase, " ");
        if (at + words >= reader->count)
            return 0;
        const struct avt_token *token = &reader->tokens[at + words];
        int is = words && (token->comma || token->stop) ? 0 : avt_word_is(token->text, phrase, size);
        if (!is)
            return 0;
        *ret_exact = *ret_exact && is == 2;
        phrase += size + (phrase[size] == ' ');
        words++;
    }
    return words;
}

static void match_at(const struct avt_reader *reader, size_t at, struct avt_match *match)
{
    const char *phrase = NULL;
    bool exact = false;
    for (size_t t = 0; t < AVT_WORD_TABLES; t++) {
        const struct avt_word_table *table = avt_word_table(t);
        for (size_t i = 0; i < table->count; i++) {
            if (table->words[i].phrase[0] != reader->tokens[at].text[0])
                continue;
            bool this_exact;
            size_t words = stands_at(reader, table->words[i].phrase, at, &this_exact);
            if (words > match->words || (words && words == match->words && this_exact && !exact)) {
                match->words = words;
                phrase = table->words[i].phrase;
                exact = this_exact;
            }
        }
    }
    for (size_t t = 0; t < AVT_WORD_TABLES && phrase; t++) {
        const struct avt_word_table *table = avt_word_table(t);
        for (size_t i = 0; i < table->count && match->count < AVT_MATCH_ROWS_MAX; i++)
            if (avt_str_equal(table->words[i].phrase, phrase))
                match->rows[match->count++] = &table->words[i];
    }
}

void avt_reader_match(struct avt_reader *reader)
{
    reader->matches = avt_new0(struct avt_match, reader->count + 1);
    for (size_t i = 0; i < reader->count; i++)
        match_at(reader, i, &reader->matches[i]);
}
