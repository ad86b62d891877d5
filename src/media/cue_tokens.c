/* SPDX-License-Identifier: Apache-2.0 */
#include "media/cue_tokens.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

/* East Asian wide blocks (Unicode TR 11, W and F), coarse: what matters is that they count double.
 */
static int width_of(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},  {0x3041, 0xA4CF}, {0xAC00, 0xD7A3},
                {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},  {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6},
                {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
    for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
        if (c >= wide[i].first && c <= wide[i].last)
            return 2;
    }
    /* Combining marks and joiners take no room. */
    bool none = (c >= 0x300 && c <= 0x36F) || c == 0x200B || c == 0x200C || c == 0x200D ||
                c == 0x2060 || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF;
    return none ? 0 : 1;
}

/* Length of a space at the start of `text`, 0 if it is none. No-break spaces hold words together.
 */
static size_t space_at(const char *text)
{
    unsigned char c = (unsigned char)*text;
    if (c == ' ' || (c >= '\t' && c <= '\r') || c == 0x1C || c == 0x1F)
        return 1;
    if (avt_str_starts(text, "\u3000"))
        return 3;
    /* U+2000..U+200A, U+2028, U+2029, without U+2007. */
    if (c == 0xE2 && (unsigned char)text[1] == 0x80) {
        unsigned char last = (unsigned char)text[2];
        bool space = (last >= 0x80 && last <= 0x8A && last != 0x87) || last == 0xA8 || last == 0xA9;
        return space ? 3 : 0;
    }
    return 0;
}

/* A full stop that ends no sentence. */
static bool is_abbreviation(const char *text)
{
    static const char *const known[] = {"mr.",   "mrs.", "ms.",  "dr.", "prof.", "st.",
                                        "vs.",   "e.g.", "i.e.", "no.", "gen.",  "sgt.",
                                        "capt.", "lt.",  "col.", "jr.", "sr."};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (avt_str_casecmp(text, known[i]) == 0)
            return true;
    }
    bool initial = text[0] >= 'A' && text[0] <= 'Z' && text[1] == '.' && text[2] == '\0';
    return initial && text[0] != 'I';
}

static enum avt_cue_end end_of(const char *text)
{
    static const char *const closers[] = {"\"", "'", ")", "]", "\u201D", "\u2019", "\u00BB"};
    static const char *const sentence[] = {".", "!", "?", "\u2026", "\u3002", "\uFF01", "\uFF1F"};
    static const char *const clause[] = {",",      ";",      ":",      "\u2014",
                                         "\u2013", "\u3001", "\uFF0C", "-"};
    AVT_CLEANUP(avt_freep) char *core = avt_strdup(text);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < sizeof(closers) / sizeof(*closers); i++) {
            if (avt_str_ends(core, closers[i])) {
                core[strlen(core) - strlen(closers[i])] = '\0';
                again = true;
            }
        }
    }
    for (size_t i = 0; i < sizeof(sentence) / sizeof(*sentence); i++) {
        if (avt_str_ends(core, sentence[i]))
            return is_abbreviation(core) ? AVT_CUE_PLAIN : AVT_CUE_SENTENCE;
    }
    for (size_t i = 0; i < sizeof(clause) / sizeof(*clause); i++) {
        if (avt_str_ends(core, clause[i]))
            return AVT_CUE_CLAUSE;
    }
    return strlen(core) < strlen(text) ? AVT_CUE_CLAUSE : AVT_CUE_PLAIN;
}

static void append(struct avt_cue_tokens *tokens, size_t *capacity, struct avt_cue_token token)
{
    if (tokens->count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 64;
        tokens->items = avt_realloc(tokens->items, *capacity, sizeof(*tokens->items));
    }
    tokens->items[tokens->count++] = token;
}

/* Copy of text[0..size) without control characters. */
static char *clean_copy(const char *text, size_t size)
{
    char *copy = avt_new0(char, size + 1);
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] >= ' ' && text[i] != 0x7F)
            copy[count++] = text[i];
    }
    return copy;
}

/* Bytes of the longest head of `text` that is at most `columns_max` wide (at least one character),
 * and how wide it is. */
static size_t head_of(const char *text, int columns_max, int *ret_columns)
{
    size_t at = 0;
    int columns = 0;
    while (text[at] != '\0') {
        uint32_t c = '?';
        size_t length = avt_utf8_decode(text + at, strlen(text + at), &c);
        int width = width_of(c);
        if (at > 0 && columns + width > columns_max)
            break;
        columns += width;
        at += length ? length : 1;
    }
    *ret_columns = columns;
    return at;
}

/* One written word to one token, or to several if it is wider than a line (a web address, a script
 * without spaces); these share its time by their width. */
static void append_word(struct avt_cue_tokens *tokens, size_t *capacity, const char *text,
                        size_t size, double start, double end, int columns_max)
{
    AVT_CLEANUP(avt_freep) char *clean = clean_copy(text, size);
    int total = 0, columns = 0;
    (void)head_of(clean, INT32_MAX, &total);
    int before = 0;
    for (const char *rest = clean; *rest != '\0';) {
        size_t length = head_of(rest, columns_max, &columns);
        struct avt_cue_token token = {.text = avt_strndup(rest, length), .columns = columns};
        token.glued = rest != clean;
        token.ends = end_of(token.text);
        token.start = start + (end - start) * before / (total ? total : 1);
        before += columns;
        token.end = start + (end - start) * before / (total ? total : 1);
        append(tokens, capacity, token);
        rest += length;
    }
}

static void split_text(struct avt_cue_tokens *tokens, const struct avt_timeline *timeline,
                       int columns_max)
{
    const char *text = timeline->text;
    size_t capacity = 0, word = 0;
    double now = 0;
    for (size_t at = 0; text[at] != '\0';) {
        size_t space = space_at(text + at);
        if (space) {
            at += space;
            continue;
        }
        size_t end = at;
        while (text[end] != '\0' && space_at(text + end) == 0)
            end++;
        /* All words that begin inside it: "twenty-one" may be two. A dash alone has none. */
        double first = now, last = now;
        bool any = false;
        for (; word < timeline->word_count && timeline->words[word].text_start < end; word++) {
            first = any ? first : timeline->words[word].start;
            last = timeline->words[word].end;
            any = true;
        }
        first = fmin(fmax(first, now), timeline->duration);
        last = fmin(fmax(last, first), timeline->duration);
        append_word(tokens, &capacity, text + at, end - at, first, last, columns_max);
        now = last;
        at = end;
    }
}

/* A timeline that only has words. */
static void split_words(struct avt_cue_tokens *tokens, const struct avt_timeline *timeline,
                        int columns_max)
{
    size_t capacity = 0;
    double now = 0;
    for (size_t i = 0; i < timeline->word_count; i++) {
        const struct avt_word *word = &timeline->words[i];
        double first = fmin(fmax(word->start, now), timeline->duration);
        now = fmin(fmax(word->end, first), timeline->duration);
        append_word(tokens, &capacity, word->text, strlen(word->text), first, now, columns_max);
    }
}

struct avt_cue_tokens *avt_cue_tokens_new(const struct avt_timeline *timeline, int columns_max)
{
    struct avt_cue_tokens *tokens = avt_new0(struct avt_cue_tokens, 1);
    if (timeline->word_count == 0)
        return tokens;
    if (timeline->text && timeline->text[0] != '\0')
        split_text(tokens, timeline, columns_max);
    else
        split_words(tokens, timeline, columns_max);
    return tokens;
}

void avt_cue_tokens_free(struct avt_cue_tokens *tokens)
{
    if (!tokens)
        return;
    for (size_t i = 0; i < tokens->count; i++)
        avt_free(tokens->items[i].text);
    avt_free(tokens->items);
    avt_free(tokens);
}

static bool is_one_of(const char *text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (avt_str_casecmp(text, names[i]) == 0)
            return true;
    }
    return false;
}

double avt_cue_break_cost(const struct avt_cue_tokens *tokens, size_t at)
{
    avt_assert(at > 0 && at < tokens->count);
    /* Words that begin a phrase, and words that must not end a line. */
    static const char *const openers[] = {
        "and",   "but",   "or",    "nor", "so",     "yet",   "because", "although", "though",
        "while", "when",  "where", "if",  "unless", "until", "since",   "that",     "which",
        "who",   "whose", "than",  "as",  "before", "after", "whether"};
    static const char *const prepositions[] = {
        "in",      "on",     "at",   "by",    "for",     "with",   "without", "from",
        "to",      "into",   "of",   "about", "over",    "under",  "through", "between",
        "against", "during", "near", "upon",  "towards", "across", "behind",  "beyond"};
    static const char *const leaders[] = {
        "a",     "an",    "the", "my",  "your", "his", "her", "its",   "our", "their", "this",
        "these", "those", "no",  "mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "very",  "not"};
    const struct avt_cue_token *left = &tokens->items[at - 1];
    const struct avt_cue_token *right = &tokens->items[at];
    if (right->glued)
        return 4;
    if (is_one_of(left->text, leaders, sizeof(leaders) / sizeof(*leaders)))
        return 9;
    if (left->ends == AVT_CUE_SENTENCE)
        return 0;
    if (left->ends == AVT_CUE_CLAUSE)
        return 1;
    bool left_opens =
        is_one_of(left->text, openers, sizeof(openers) / sizeof(*openers)) ||
        is_one_of(left->text, prepositions, sizeof(prepositions) / sizeof(*prepositions));
    if (left_opens)
        return 8;
    if (is_one_of(right->text, openers, sizeof(openers) / sizeof(*openers)))
        return 2;
    if (is_one_of(right->text, prepositions, sizeof(prepositions) / sizeof(*prepositions)))
        return 3;
    return 5;
}
