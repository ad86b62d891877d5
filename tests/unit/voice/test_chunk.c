/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "voice/chunk.h"

enum { TOKENS_MAX = 512 };

/* Tokens of a text in which words are their own phonemes, "~" is "...", "=" is ". ..." in one token
 * and
 * "/" ends a paragraph. */
struct sample {
    struct avt_token tokens[TOKENS_MAX];
    size_t count;
    char words[TOKENS_MAX][256];
};

static void read_sample(struct sample *sample, const char *text)
{
    memset(sample, 0, sizeof(*sample));
    for (size_t at = 0; text[at] != '\0';) {
        struct avt_token *token = &sample->tokens[sample->count];
        char *word = sample->words[sample->count];
        if (text[at] == ' ' || text[at] == '/') {
            if (sample->count > 0) {
                struct avt_token *last = &sample->tokens[sample->count - 1];
                last->space_after = true;
                last->pause_ms = text[at] == '/' ? 350 : last->pause_ms;
            }
            at++;
            continue;
        }
        token->text_start = at;
        size_t size = 0;
        while (isalpha((unsigned char)text[at]) || text[at] == '_')
            word[size++] = text[at++] == '_' ? ' ' : text[at - 1];
        if (size == 0) {
            bool ellipsis = text[at] == '~' || text[at] == '=';
            token->punctuation = ellipsis ? 'e' : text[at];
            token->sentence_end = strchr(".!?=", text[at]) != NULL;
            token->pause_ms = ellipsis ? 250 : 0;
            (void)snprintf(word, sizeof(sample->words[0]), "%s",
                           text[at] == '='   ? ". ..."
                           : text[at] == '~' ? "..."
                                             : "");
            at++;
        }
        static char none[] = "";
        token->text = word;
        token->phonemes = token->punctuation ? none : word;
        token->text_end = at;
        sample->count++;
    }
}

static void join(const struct avt_symbol_row *row, size_t from, size_t to, struct avt_buf *out)
{
    for (size_t i = from; i < to; i++)
        (void)avt_buf_append_utf8(out, row->symbols[i].codepoint);
}

#define A10 "aaaaaaaaa "
#define A40 A10 A10 A10 A10
#define B9  "bbbbbbbbb"

static void chunks__are_cut_at_the_best_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *chunks; /* with "|" and the pause between them */
    } rows[] = {
        {"ab cd.", "ab cd.|400"},
        {"ab", "ab|400"},
        /* A first sentence that is too short takes the next along. */
        {"ab. cd.", "ab. cd.|400"},
        {A10 A10 "ab. cd ef gh.", A10 A10 "ab.|400|cd ef gh.|400"},
        /* Later ones are bundled up to 50 symbols, and what a paragraph has left goes along. */
        {A10 A10 "ab. " A10 "a. " A10 "b. " A40 "c. d.",
         A10 A10 "ab.|400|" A10 "a. " A10 "b. " A40 "c. d.|400"},
        {"ab. cd./ef.", "ab. cd.|750|ef.|400"},
        {"ab/cd.", "ab|750|cd.|400"},
        /* "..." between spaces is a pause; within a sentence it lets the voice trail off. */
        {"ab. ~ cd", "ab.|850|cd|400"},
        {"ab ~ cd", "ab\u2026|850|cd|400"},
        {"~ ab", "ab|400"},
        {"ab= cd", "ab.|850|cd|400"},
        {"ab~ cd", "ab\u2026 cd|400"},
        {"ab. ~ ~ cd", "ab.|850|cd|400"},
        /* Quotes open and close, and the cut comes after them. */
        {"\"" A10 A10 "ab.\" cd", "\u201C" A10 A10 "ab.\u201D|400|cd|400"},
        {"ab - cd", "ab \u2014 cd|400"},
        {"ab_cd ef", "ab cd ef|400"},
        /* A long sentence: at the clause mark, else at the space that parts it best. */
        {A40 A40 B9 ", " A40 A10 B9 ".", A40 A40 B9 ",|170|" A40 A10 B9 ".|400"},
        {A40 B9 ", " A40 B9 ", " A40 B9 ", " B9 ".",
         A40 B9 ", " A40 B9 ",|170|" A40 B9 ", " B9 ".|400"},
        {A40 A40 A40 A40 "b.", A40 A10 A10 A10 "aaaaaaaaa|20|" A40 A40 "b.|400"},
        {". , !", ""},
        {"", ""},
    };
    for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
        struct sample *sample = avt_new0(struct sample, 1);
        read_sample(sample, rows[r].text);
        const struct avt_token_list list = {sample->tokens, sample->count, sample->count};
        struct avt_symbol_row row = {0};
        struct avt_buf got = AVT_BUF_INIT(4096);
        if (avt_symbol_row_build(&list, &row)) {
            size_t from = 0, to = 0, next = 0;
            for (size_t at = 0; avt_chunk_next(&row, at, &from, &to, &next); at = next) {
                if (got.size > 0)
                    (void)avt_buf_append_char(&got, '|');
                join(&row, from, to, &got);
                (void)avt_buf_printf(&got, "|%d", row.symbols[to - 1].pause_ms);
                assert_true(to - from <= AVT_CHUNK_SYMBOLS_MAX);
                assert_true(next >= to && next > at);
            }
        }
        assert_string_equal(avt_buf_str(&got), rows[r].chunks);
        avt_buf_done(&got);
        avt_symbol_row_done(&row);
        avt_free(sample);
    }
}

static void chunks__cut_an_endless_word(void **state)
{
    (void)state;
    char word[1000];
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    struct avt_token token = {.text = word, .phonemes = word, .text_end = sizeof(word) - 1};
    const struct avt_token_list list = {&token, 1, 1};
    struct avt_symbol_row row = {0};
    assert_true(avt_symbol_row_build(&list, &row));
    size_t from = 0, to = 0, next = 0, total = 0;
    for (size_t at = 0; avt_chunk_next(&row, at, &from, &to, &next); at = next) {
        assert_true(to - from <= AVT_CHUNK_SYMBOLS_MAX);
        total += to - from;
    }
    assert_int_equal(total, sizeof(word) - 1);
    avt_symbol_row_done(&row);
}

static void row__knows_whose_each_symbol_is(void **state)
{
    (void)state;
    struct sample *sample = avt_new0(struct sample, 1);
    read_sample(sample, "ab, c.");
    const struct avt_token_list list = {sample->tokens, sample->count, sample->count};
    struct avt_symbol_row row = {0};
    assert_true(avt_symbol_row_build(&list, &row));
    static const int expected[] = {0, 0, 1, -1, 2, 3};
    assert_int_equal(row.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(row.symbols[i].token, expected[i]);
    assert_int_equal(row.symbols[2].cut, AVT_CUT_CLAUSE);
    assert_int_equal(row.symbols[5].cut, AVT_CUT_ALWAYS);
    avt_symbol_row_done(&row);
    avt_free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks__are_cut_at_the_best_place),
        cmocka_unit_test(chunks__cut_an_endless_word),
        cmocka_unit_test(row__knows_whose_each_symbol_is),
    };
    return cmocka_run_group_tests_name("chunk", tests, NULL, NULL);
}
