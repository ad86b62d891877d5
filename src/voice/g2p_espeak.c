/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/g2p_espeak.h"

#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/alphabet.h"

enum {
    /* Room for a last word as long as the lexer makes them. */
    CLAUSE_BYTES_MAX = AVT_PHONEMIZER_PHRASE_MAX - 1,
    CLAUSE_WORDS_MAX = 64,
    SNAP_SYMBOLS = 2, /* a space this near to a cut is where it belongs */
};

/* Symbols of a string without its spaces. */
struct symbols {
    const char **at; /* [count + 1] */
    bool *space_before;
    size_t count;
};

static struct symbols symbols_of(const char *text)
{
    size_t size = strlen(text);
    struct symbols symbols = {.at = avt_new0(const char *, size + 1),
                              .space_before = avt_new0(bool, size + 1)};
    bool space = false;
    for (const char *at = text; *at; at += avt_alphabet_symbol_size(at)) {
        if (*at == ' ') {
            space = true;
            continue;
        }
        symbols.at[symbols.count] = at;
        symbols.space_before[symbols.count++] = space;
        space = false;
    }
    symbols.at[symbols.count] = text + size;
    symbols.space_before[symbols.count] = true;
    return symbols;
}

static void symbols_done(struct symbols *symbols)
{
    avt_free(symbols->at);
    avt_free(symbols->space_before);
}

static bool same_symbol(const char *a, const char *b)
{
    size_t size = avt_alphabet_symbol_size(a);
    return size == avt_alphabet_symbol_size(b) && memcmp(a, b, size) == 0;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edit distances of all beginnings of a and b: [a.count + 1][b.count + 1]. */
static unsigned short *distances(const struct symbols *a, const struct symbols *b)
{
    size_t width = b->count + 1;
    unsigned short *cost = avt_new0(unsigned short, (a->count + 1) * width);
    for (size_t i = 0; i <= a->count; i++) {
        for (size_t j = 0; j <= b->count; j++) {
            unsigned best = i == 0 ? (unsigned)j : (unsigned)i;
            if (i > 0 && j > 0) {
                unsigned differs = !same_symbol(a->at[i - 1], b->at[j - 1]);
                best = least(cost[(i - 1) * width + j - 1] + differs,
                             1 + least(cost[(i - 1) * width + j], cost[i * width + j - 1]));
            }
            cost[i * width + j] = (unsigned short)best;
        }
    }
    return cost;
}

/* match[i]: how many symbols of b go with the first i of a, along the cheapest way. */
static size_t *match_prefixes(const struct symbols *a, const struct symbols *b)
{
    size_t width = b->count + 1;
    AVT_CLEANUP(avt_freep) unsigned short *cost = distances(a, b);
    size_t *match = avt_new0(size_t, a->count + 1);
    size_t i = a->count, j = b->count;
    match[i] = j;
    while (i > 0) {
        if (j == 0) {
            match[--i] = 0;
            continue;
        }
        unsigned here = cost[i * width + j];
        unsigned differs = !same_symbol(a->at[i - 1], b->at[j - 1]);
        if (here == cost[(i - 1) * width + j - 1] + differs)
            match[--i] = --j;
        else if (here == cost[(i - 1) * width + j] + 1u)
            match[--i] = j;
        else
            j--;
    }
    return match;
}

/* The place for a cut near `at`: where a space is, else `at` itself. */
static size_t snap(const struct symbols *whole, size_t at, size_t from)
{
    for (size_t distance = 0; distance <= SNAP_SYMBOLS; distance++) {
        if (at + distance <= whole->count && whole->space_before[at + distance])
            return at + distance;
        if (at >= from + distance && whole->space_before[at - distance])
            return at - distance;
    }
    return at;
}

void avt_g2p_share_out(const char *whole, const char *const *parts, size_t count,
                       size_t *ret_cuts)
{
    avt_assert(whole && parts && ret_cuts && count > 0);
    AVT_CLEANUP(avt_buf_done) struct avt_buf joined = AVT_BUF_INIT(1 << 16);
    for (size_t i = 0; i < count; i++)
        avt_buf_append_str(&joined, parts[i]);
    AVT_CLEANUP(symbols_done) struct symbols wanted = symbols_of(avt_buf_str(&joined));
    AVT_CLEANUP(symbols_done) struct symbols found = symbols_of(whole);
    AVT_CLEANUP(avt_freep) size_t *match = match_prefixes(&wanted, &found);
    size_t passed = 0, last = 0;
    ret_cuts[0] = 0;
    for (size_t i = 0; i < count; i++) {
        for (const char *at = parts[i]; *at; at += avt_alphabet_symbol_size(at))
            passed += *at != ' ';
        size_t cut = passed >= wanted.count ? found.count : snap(&found, match[passed], last);
        last = cut > last ? cut : last;
        ret_cuts[i + 1] = (size_t)(found.at[last] - whole);
    }
    ret_cuts[count] = strlen(whole);
}

/* Words of one clause, [first, first + count) of the reading. */
struct clause {
    struct avt_phonemizer *phonemizer;
    struct avt_reading *reading;
    size_t first, count;
};

static struct avt_token *token_of(const struct clause *clause, size_t index)
{
    return &clause->reading->tokens.tokens[clause->reading->words[clause->first + index].token];
}

/* A part without the spaces at its ends. */
static char *trimmed(const char *from, const char *to)
{
    while (from < to && *from == ' ')
        from++;
    while (from < to && to[-1] == ' ')
        to--;
    return avt_strndup(from, (size_t)(to - from));
}

static enum avt_code speak_clause(const struct clause *clause, struct avt_error *reterr)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(CLAUSE_BYTES_MAX);
    char *alone[CLAUSE_WORDS_MAX] = {0};
    enum avt_code code = AVT_OK;
    for (size_t i = 0; code == AVT_OK && i < clause->count; i++) {
        const char *word = clause->reading->words[clause->first + i].text;
        if (i > 0)
            avt_buf_append_char(&text, ' ');
        avt_buf_append_str(&text, word);
        const char *phonemes = NULL;
        if (clause->count > 1)
            code = avt_phonemizer_word(clause->phonemizer, word, &phonemes, reterr);
        alone[i] = avt_strdup(phonemes ? phonemes : "");
    }
    AVT_CLEANUP(avt_freep) char *whole = NULL;
    if (code == AVT_OK)
        code = avt_phonemizer_phrase(clause->phonemizer, avt_buf_str(&text), &whole, reterr);
    if (code == AVT_OK) {
        size_t cuts[CLAUSE_WORDS_MAX + 1];
        avt_g2p_share_out(whole, (const char *const *)alone, clause->count, cuts);
        for (size_t i = 0; i < clause->count; i++) {
            struct avt_token *token = token_of(clause, i);
            token->phonemes = trimmed(whole + cuts[i], whole + cuts[i + 1]);
            size_t end = cuts[i + 1];
            bool parted = end == strlen(whole) || whole[end] == ' ' ||
                          (end > 0 && whole[end - 1] == ' ');
            token->space_after = token->space_after && parted;
        }
    }
    for (size_t i = 0; i < clause->count; i++)
        avt_free(alone[i]);
    return code;
}

/* How many words from `first` on are spoken in one breath: up to a mark, or what one question may
 * hold. */
static size_t clause_words(const struct avt_reading *reading, size_t first)
{
    size_t bytes = 0, count = 0;
    for (size_t i = first; i < reading->word_count && count < CLAUSE_WORDS_MAX; i++) {
        bytes += strlen(reading->words[i].text) + 1;
        bool follows = i == first || reading->words[i].token == reading->words[i - 1].token + 1;
        bool breaks = i > first &&
                      reading->tokens.tokens[reading->words[i - 1].token].sentence_end;
        if (i > first && (!follows || breaks || bytes >= CLAUSE_BYTES_MAX))
            break;
        count++;
    }
    return count;
}

enum avt_code avt_g2p_espeak_run(struct avt_phonemizer *phonemizer, struct avt_reading *reading,
                                 struct avt_error *reterr)
{
    avt_assert(phonemizer && reading);
    for (size_t i = 0; i < reading->tokens.count; i++)
        if (reading->tokens.tokens[i].punctuation)
            reading->tokens.tokens[i].phonemes = avt_strdup("");
    struct clause clause = {.phonemizer = phonemizer, .reading = reading};
    for (; clause.first < reading->word_count; clause.first += clause.count) {
        clause.count = clause_words(reading, clause.first);
        enum avt_code code = speak_clause(&clause, reterr);
        if (code != AVT_OK)
            return code;
    }
    avt_token_list_drop_silent(&reading->tokens);
    return AVT_OK;
}
