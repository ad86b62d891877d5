/* SPDX-License-Identifier: Apache-2.0 */
#include "voice/chunk.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/str.h"

void avt_symbol_row_done(struct avt_symbol_row *row)
{
    avt_free(row->symbols);
    *row = (struct avt_symbol_row){0};
}

static void push(struct avt_symbol_row *row, uint32_t codepoint, int32_t token)
{
    if (row->count == row->capacity) {
        row->capacity = row->capacity ? row->capacity * 2 : 256;
        row->symbols = avt_realloc(row->symbols, row->capacity, sizeof(*row->symbols));
    }
    row->symbols[row->count++] = (struct avt_symbol){.codepoint = codepoint, .token = token};
}

/* A cut after the last symbol, at least as good as what is there. */
static void mark_cut(struct avt_symbol_row *row, enum avt_cut cut, int pause_ms)
{
    if (row->count == 0)
        return;
    struct avt_symbol *last = &row->symbols[row->count - 1];
    if (cut > last->cut)
        last->cut = (uint8_t)cut;
    pause_ms = pause_ms < AVT_PAUSE_MAX ? pause_ms : AVT_PAUSE_MAX;
    if (pause_ms > last->pause_ms)
        last->pause_ms = (uint16_t)pause_ms;
}

static void push_word(struct avt_symbol_row *row, const struct avt_token *token, int32_t index)
{
    const char *rest = token->phonemes;
    size_t size = strlen(rest);
    while (size > 0) {
        uint32_t codepoint = 0;
        size_t length = avt_utf8_decode(rest, size, &codepoint);
        if (length == 0)
            return; /* phonemes are ours, and valid */
        if (codepoint == ' ')
            mark_cut(row, AVT_CUT_SPACE, AVT_PAUSE_WORD);
        push(row, codepoint, index);
        rest += length;
        size -= length;
    }
}

/* What the engine reads for a mark; 0 for one that it does not know. */
static uint32_t mark_symbol(char mark, bool opening)
{
    switch (mark) {
    case 'e':
        return 0x2026; /* … */
    case '-':
        return 0x2014; /* — */
    case '"':
        return opening ? 0x201C : 0x201D;
    case '\'':
        return 0;
    default:
        return (uint32_t)(unsigned char)mark;
    }
}

static void mark_pause(struct avt_symbol_row *row, const struct avt_token *token)
{
    switch (token->punctuation) {
    case '.':
    case '!':
    case '?':
        /* A dot that ends no sentence belongs to an abbreviation. */
        if (token->sentence_end)
            mark_cut(row, AVT_CUT_SENTENCE, AVT_PAUSE_SENTENCE);
        break;
    case 'e':
        if (token->sentence_end)
            mark_cut(row, AVT_CUT_SENTENCE, AVT_PAUSE_TRAIL);
        else
            mark_cut(row, AVT_CUT_CLAUSE, AVT_PAUSE_FALTER);
        break;
    case ';':
    case ':':
        mark_cut(row, AVT_CUT_CLAUSE, AVT_PAUSE_SEMICOLON);
        break;
    case ',':
    case '-':
        mark_cut(row, AVT_CUT_CLAUSE, AVT_PAUSE_CLAUSE);
        break;
    default:
        break;
    }
}

static bool last_is_space(const struct avt_symbol_row *row)
{
    return row->count == 0 || row->symbols[row->count - 1].token < 0;
}

/* The front end gives ". ..." as one token. */
static bool has_mark_before(const struct avt_token *token)
{
    return token->text[0] != '\0' && strchr(".!?", token->text[0]) && token->text[1] != '.' &&
           token->text[1] != '\0';
}

/* "..." standing alone is a pause. The tone that goes with it is that of the mark before it, else
 * that of trailing off. */
static void push_lone_ellipsis(struct avt_symbol_row *row, const struct avt_token *token,
                               int32_t index)
{
    if (row->count > 0 && last_is_space(row))
        row->count--;
    if (row->count == 0)
        return;
    if (has_mark_before(token))
        push(row, (uint32_t)(unsigned char)token->text[0], index);
    else if (row->symbols[row->count - 1].cut < AVT_CUT_CLAUSE)
        push(row, mark_symbol('e', false), index);
    mark_cut(row, AVT_CUT_ALWAYS, AVT_PAUSE_ELLIPSIS);
}

static void push_mark(struct avt_symbol_row *row, const struct avt_token *token, int32_t index)
{
    if (token->punctuation == 'e' && (last_is_space(row) || has_mark_before(token))) {
        push_lone_ellipsis(row, token, index);
        return;
    }
    uint32_t codepoint = mark_symbol(token->punctuation, last_is_space(row));
    if (codepoint) {
        /* A quote that closes after a full stop takes the place to cut along. */
        struct avt_symbol before = {0};
        if (row->count > 0) {
            before = row->symbols[row->count - 1];
            row->symbols[row->count - 1].cut = AVT_CUT_NONE;
        }
        push(row, codepoint, index);
        mark_cut(row, (enum avt_cut)before.cut, before.pause_ms);
    }
    mark_pause(row, token);
}

bool avt_symbol_row_build(const struct avt_token_list *tokens, struct avt_symbol_row *ret_row)
{
    avt_assert(tokens && ret_row);
    struct avt_symbol_row row = {0};
    bool speakable = false;
    for (size_t i = 0; i < tokens->count; i++) {
        const struct avt_token *token = &tokens->tokens[i];
        if (token->punctuation) {
            push_mark(&row, token, (int32_t)i);
        } else {
            speakable = speakable || token->phonemes[0] != '\0';
            push_word(&row, token, (int32_t)i);
        }
        if (token->sentence_end)
            mark_cut(&row, AVT_CUT_SENTENCE, AVT_PAUSE_SENTENCE);
        if (token->pause_ms > 0 && token->punctuation != 'e')
            mark_cut(&row, AVT_CUT_ALWAYS, AVT_PAUSE_SENTENCE + token->pause_ms);
        if (token->space_after && !last_is_space(&row)) {
            mark_cut(&row, AVT_CUT_SPACE, AVT_PAUSE_WORD);
            push(&row, ' ', -1);
        }
    }
    if (!speakable) {
        avt_symbol_row_done(&row);
        return false;
    }
    mark_cut(&row, AVT_CUT_ALWAYS, AVT_PAUSE_SENTENCE);
    *ret_row = row;
    return true;
}

/* A letter or sound, not a space or mark. */
static bool is_spoken(const struct avt_symbol *symbol)
{
    uint32_t codepoint = symbol->codepoint;
    if (symbol->token < 0 || codepoint == ' ')
        return false;
    if (codepoint < 0x80)
        return strchr(".,;:!?()", (int)codepoint) == NULL;
    return codepoint < 0x2010 || codepoint > 0x2027; /* dashes, quotes, ellipsis */
}

/* What the search for a good place to cut has seen. Places are counts of symbols before them, 0 for
 * none. */
struct search {
    size_t enough;        /* first end of a sentence that makes a chunk long enough */
    size_t sentence;      /* last end of a sentence within reach */
    size_t always;        /* the place that must be cut, if within reach */
    size_t aim;           /* where a sentence that is too long would be parted evenly */
    size_t clause, space; /* nearest to the aim, within reach */
};

/* Pieces as even as can be: nothing is left over that is too short to sound well. */
static size_t even_part(const struct avt_symbol_row *row, size_t from)
{
    size_t count = 0;
    for (size_t i = from; i < row->count && count < 4 * (size_t)AVT_CHUNK_SYMBOLS_MAX; i++) {
        count++;
        if (row->symbols[i].cut >= AVT_CUT_SENTENCE)
            break;
    }
    size_t parts = (count + AVT_CHUNK_SYMBOLS_MAX - 1) / AVT_CHUNK_SYMBOLS_MAX;
    return parts ? count / parts : 0;
}

static size_t nearer(size_t aim, size_t a, size_t b)
{
    size_t distance_a = a > aim ? a - aim : aim - a, distance_b = b > aim ? b - aim : aim - b;
    return a == 0 || distance_b < distance_a ? b : a;
}

static struct search look_ahead(const struct avt_symbol_row *row, size_t from, size_t enough_count)
{
    struct search found = {.aim = even_part(row, from)};
    for (size_t i = from; i < row->count && i - from < AVT_CHUNK_SYMBOLS_MAX; i++) {
        size_t count = i - from + 1;
        enum avt_cut cut = (enum avt_cut)row->symbols[i].cut;
        if (cut >= AVT_CUT_SPACE)
            found.space = nearer(found.aim, found.space, count);
        if (cut >= AVT_CUT_CLAUSE)
            found.clause = nearer(found.aim, found.clause, count);
        if (cut >= AVT_CUT_SENTENCE)
            found.sentence = count;
        if (cut >= AVT_CUT_SENTENCE && !found.enough && count >= enough_count)
            found.enough = count;
        if (cut == AVT_CUT_ALWAYS) {
            found.always = count;
            break;
        }
    }
    return found;
}

static size_t choose(const struct search *found, bool first)
{
    /* What would be left over before a paragraph's end is taken along rather than left short. */
    if (found->always &&
        (!found->enough || (!first && found->always < found->enough + AVT_CHUNK_SYMBOLS_GOOD)))
        return found->always;
    if (found->enough)
        return found->enough;
    if (found->sentence >= AVT_CHUNK_SYMBOLS_FIRST)
        return found->sentence;
    if (found->clause >= AVT_CHUNK_SYMBOLS_FIRST)
        return found->clause;
    if (found->space > 0)
        return found->space;
    return AVT_CHUNK_SYMBOLS_MAX; /* one endless word */
}

bool avt_chunk_next(const struct avt_symbol_row *row, size_t at, size_t *ret_from, size_t *ret_to,
                    size_t *ret_next)
{
    avt_assert(row && ret_from && ret_to && ret_next);
    for (bool first = at == 0; at < row->count;) {
        while (at < row->count && row->symbols[at].codepoint == ' ')
            at++;
        struct search found =
            look_ahead(row, at, first ? AVT_CHUNK_SYMBOLS_FIRST : AVT_CHUNK_SYMBOLS_GOOD);
        size_t next = at + choose(&found, first);
        next = next < row->count ? next : row->count;
        size_t to = next;
        while (to > at && row->symbols[to - 1].codepoint == ' ')
            to--;
        bool spoken = false;
        for (size_t i = at; i < to && !spoken; i++)
            spoken = is_spoken(&row->symbols[i]);
        if (spoken) {
            *ret_from = at;
            *ret_to = to;
            *ret_next = next;
            return true;
        }
        at = next;
    }
    return false;
}
