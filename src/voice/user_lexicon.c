/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/user_lexicon.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/voices.h"
#include "voice/ipa.h"
#include "voice/markup.h"

struct word {
    const char *word, *language; /* language "": every one */
    struct avt_pronunciation pronunciation;
};

struct avt_user_lexicon {
    char *text; /* what the words point into */
    struct word *words;
    size_t count, capacity;
};

void avt_user_lexicon_free(struct avt_user_lexicon *lexicon)
{
    if (!lexicon)
        return;
    avt_free(lexicon->words);
    avt_free(lexicon->text);
    avt_free(lexicon);
}

static char *trim(char *text)
{
    text += strspn(text, " \r");
    size_t size = strlen(text);
    while (size > 0 && strchr(" \r", text[size - 1]))
        text[--size] = '\0';
    return text;
}

/* A line of the file that is being read. */
struct place {
    const char *name; /* of the file */
    const char *start;
    size_t number;
};

/* Columns are counted in characters. */
static size_t column_of(const struct place *place, const char *at)
{
    size_t column = 1;
    for (const char *byte = place->start; byte < at; byte++)
        column += ((unsigned char)*byte & 0xc0) != 0x80;
    return column;
}

static enum avt_code bad_line(const struct place *place, const char *at, const char *why,
                              const char *what, struct avt_error *reterr)
{
    return avt_fail(reterr, AVT_EFORMAT, "'%s', line %zu, column %zu: %s%.60s%s", place->name,
                    place->number, column_of(place, at), why, what, *what ? "'" : "");
}

/* "en" stands for both; else one that can be spoken. */
static bool known_language(const char *language)
{
    return avt_str_equal(language, "") || avt_str_equal(language, "en") ||
           avt_language_find(language) != NULL;
}

/* Symbols are checked here, so that a slip shows before anything is spoken. */
static enum avt_code check_ipa(const struct word *word, const struct place *place,
                               struct avt_error *reterr)
{
    AVT_CLEANUP(avt_freep) char *phonemes = NULL;
    struct avt_error error = {0};
    const struct avt_language *language = avt_language_find(word->language);
    if (avt_ipa_to_phonemes(word->pronunciation.text, language ? language->tag : "en-us",
                            &phonemes, &error) == AVT_OK)
        return AVT_OK;
    return avt_fail(reterr, AVT_EFORMAT, "'%s', line %zu, column %zu: %.300s", place->name,
                    place->number, column_of(place, word->pronunciation.text), error.message);
}

/* One field, taken off *rest: NULL if there is none. */
static char *field(char **rest)
{
    return *rest ? trim(strsep(rest, "\t")) : NULL;
}

/* What stands between the slashes of a pronunciation. */
static enum avt_code take_ipa(struct word *word, char *said, const struct place *place,
                              struct avt_error *reterr)
{
    size_t size = strlen(said);
    if (size < 3 || said[size - 1] != '/')
        return bad_line(place, said, "IPA stands between two slashes, not '", said, reterr);
    said[size - 1] = '\0';
    word->pronunciation = (struct avt_pronunciation){.text = said + 1, .ipa = true};
    return check_ipa(word, place, reterr);
}

static enum avt_code add_line(struct avt_user_lexicon *lexicon, char *line,
                              const struct place *place, struct avt_error *reterr)
{
    if (*trim(line) == '\0' || line[0] == '#')
        return AVT_OK;
    char *rest = line, *word = field(&rest), *said = field(&rest), *language = field(&rest);
    if (!said || !*said)
        return bad_line(place, said ? said : word + strlen(word),
                        "a word, a tab and its pronunciation are expected, not '", line, reterr);
    if (rest)
        return bad_line(place, rest, "there are more than three fields", "", reterr);
    size_t size = strlen(word);
    if (size == 0 || size > AVT_USER_LEXICON_WORD_MAX || strchr(word, ' '))
        return bad_line(place, word, "this is not one word: '", word, reterr);
    if (language && !known_language(language))
        return bad_line(place, language, "this language cannot be spoken: '", language, reterr);
    struct word entry = {.word = word, .language = language ? language : "",
                         .pronunciation = {.text = said}};
    enum avt_code code = said[0] == '/' ? take_ipa(&entry, said, place, reterr) : AVT_OK;
    if (code != AVT_OK)
        return code;
    if (lexicon->count == AVT_USER_LEXICON_WORDS_MAX)
        return avt_fail(reterr, AVT_ELIMIT, "'%s' has more than %d words", place->name,
                        AVT_USER_LEXICON_WORDS_MAX);
    if (lexicon->count == lexicon->capacity) {
        lexicon->capacity = lexicon->capacity ? lexicon->capacity * 2 : 64;
        lexicon->words = avt_realloc(lexicon->words, lexicon->capacity, sizeof *lexicon->words);
    }
    lexicon->words[lexicon->count++] = entry;
    return AVT_OK;
}

static int by_word(const void *a, const void *b)
{
    const struct word *first = a, *second = b;
    int order = strcmp(first->word, second->word);
    /* Those for one language before those for all. */
    return order ? order : strcmp(second->language, first->language);
}

static enum avt_code parse(char *text, const char *name, struct avt_user_lexicon **ret_lexicon,
                           struct avt_error *reterr)
{
    AVT_CLEANUP(avt_user_lexicon_freep)
    struct avt_user_lexicon *lexicon = avt_new0(struct avt_user_lexicon, 1);
    lexicon->text = text;
    size_t bad = avt_utf8_invalid_at(text, strlen(text));
    if (bad != SIZE_MAX) {
        size_t line, column;
        avt_markup_place(text, bad, &line, &column);
        return avt_fail(reterr, AVT_EFORMAT, "'%s', line %zu, column %zu: this is not UTF-8", name,
                        line, column);
    }
    char *rest = text + (avt_str_starts(text, "\xef\xbb\xbf") ? 3 : 0);
    struct place place = {.name = name};
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        place.start = line;
        place.number++;
        enum avt_code code = add_line(lexicon, line, &place, reterr);
        if (code != AVT_OK)
            return code;
    }
    if (lexicon->count > 0)
        qsort(lexicon->words, lexicon->count, sizeof *lexicon->words, by_word);
    *ret_lexicon = AVT_TAKE(lexicon);
    return AVT_OK;
}

enum avt_code avt_user_lexicon_open(const char *path, struct avt_user_lexicon **ret_lexicon,
                                    struct avt_error *reterr)
{
    avt_assert(path && ret_lexicon);
    char *text = NULL;
    enum avt_code code = avt_file_read_text(path, AVT_USER_LEXICON_BYTES_MAX, &text, reterr);
    return code == AVT_OK ? parse(text, path, ret_lexicon, reterr) : code;
}

enum avt_code avt_user_lexicon_parse(const char *text, const char *name,
                                     struct avt_user_lexicon **ret_lexicon,
                                     struct avt_error *reterr)
{
    avt_assert(text && name && ret_lexicon);
    return parse(avt_strdup(text), name, ret_lexicon, reterr);
}

static bool speaks(const struct word *word, const char *language)
{
    const struct avt_language *own = avt_language_find(word->language);
    return word->language[0] == '\0' || (own && avt_str_equal(own->tag, language)) ||
           (avt_str_equal(word->language, "en") && avt_str_starts(language, "en-"));
}

static bool find_exact(const struct avt_user_lexicon *lexicon, const char *text,
                       const char *language, struct avt_pronunciation *ret_pronunciation)
{
    size_t low = 0, high = lexicon->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(lexicon->words[middle].word, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < lexicon->count && avt_str_equal(lexicon->words[low].word, text); low++) {
        if (speaks(&lexicon->words[low], language)) {
            *ret_pronunciation = lexicon->words[low].pronunciation;
            return true;
        }
    }
    return false;
}

bool avt_user_lexicon_find(const struct avt_user_lexicon *lexicon, const char *word,
                           const char *language, struct avt_pronunciation *ret_pronunciation)
{
    avt_assert(lexicon && word && language && ret_pronunciation);
    if (find_exact(lexicon, word, language, ret_pronunciation))
        return true;
    char lower[AVT_USER_LEXICON_WORD_MAX + 1];
    size_t size = strlen(word);
    if (size >= sizeof lower)
        return false;
    for (size_t i = 0; i <= size; i++)
        lower[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] - 'A' + 'a') : word[i];
    return find_exact(lexicon, lower, language, ret_pronunciation);
}
