/* SPDX-License-Identifier: Apache-2.0 */
/* The whole front end against tests/golden/phonemes_*.tsv: ARGV[1] is the language, ARGV[2] the
 * file. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/frontend.h"
#include "voice/kokoro_vocab.h"

enum { FILE_BYTES_MAX = 1 << 20, LINES_MIN = 30 };

static const char *language, *golden_path;

/* One line of text in the form of the golden file. */
static void render(const struct avt_token_list *list, struct avt_buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct avt_token *token = &list->tokens[i];
        if (token->punctuation)
            avt_buf_append_char(out, token->punctuation);
        else
            avt_buf_append_str(out, token->phonemes);
        if (token->sentence_end)
            avt_buf_append_char(out, '|');
        if (token->space_after)
            avt_buf_append_char(out, ' ');
    }
}

/* Every token must hold exactly its own bytes of the text, in order, and only what the model knows.
 */
static void check_tokens(const char *text, const struct avt_token_list *list)
{
    size_t end = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct avt_token *token = &list->tokens[i];
        size_t size = token->text_end - token->text_start;
        assert_true(token->text_start >= end && token->text_end <= strlen(text) && size > 0);
        assert_int_equal(strlen(token->text), size);
        assert_memory_equal(token->text, text + token->text_start, size);
        assert_true(token->text[0] != ' ' && token->text[size - 1] != ' ');
        assert_true((token->punctuation != 0) == (token->phonemes[0] == '\0'));
        end = token->text_end;
        for (const char *at = token->phonemes; *at;) {
            uint32_t symbol = 0;
            size_t bytes = avt_utf8_decode(at, strlen(at), &symbol);
            assert_true(bytes > 0 && avt_kokoro_symbol_id(symbol) > 0);
            at += bytes;
        }
    }
}

static bool line_holds(struct avt_frontend *frontend, const char *text, const char *expected)
{
    struct avt_error error = {0};
    struct avt_token_list list = {0};
    AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(1 << 16);
    if (avt_frontend_run(frontend, text, strlen(text), &list, &error) != AVT_OK) {
        print_error("%s\n  %s\n", text, error.message);
        return false;
    }
    render(&list, &out);
    check_tokens(text, &list);
    avt_token_list_done(&list);
    if (avt_str_equal(avt_buf_str(&out), expected))
        return true;
    print_error("%s\n  expected %s\n  got      %s\n", text, expected, avt_buf_str(&out));
    return false;
}

static void golden__every_line_is_spoken_as_judged(void **state)
{
    (void)state;
    struct avt_error error = {0};
    AVT_CLEANUP(avt_frontend_freep) struct avt_frontend *frontend = NULL;
    AVT_CLEANUP(avt_freep) char *file = NULL;
    if (avt_frontend_new(language, &frontend, &error) != AVT_OK ||
        avt_file_read_text(golden_path, FILE_BYTES_MAX, &file, &error) != AVT_OK)
        fail_msg("%s", error.message);
    size_t lines = 0, wrong = 0;
    char *rest = file;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        char *tab = strchr(line, '\t');
        if (line[0] == '#' && line[1] == ' ')
            continue;
        if (!tab)
            continue;
        *tab = '\0';
        lines++;
        wrong += !line_holds(frontend, line, tab + 1);
    }
    assert_true(lines >= LINES_MIN);
    assert_int_equal(wrong, 0);
}

static void frontend__says_what_it_cannot_speak(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct avt_frontend *none = NULL;
    assert_int_equal(avt_frontend_new("xx-yy", &none, &error), AVT_EVOICE);
    assert_non_null(strstr(error.message, "xx-yy"));
    assert_null(none);

    static const char *const SILENT[] = {"",         " \n\t",    "...", "?!",  "\xf0\x9f\x98\x80",
                                         "\x01\x02", "\xcc\x81", "***", "\xff"};
    AVT_CLEANUP(avt_frontend_freep) struct avt_frontend *frontend = NULL;
    assert_int_equal(avt_frontend_new(language, &frontend, &error), AVT_OK);
    for (size_t i = 0; i < sizeof SILENT / sizeof SILENT[0]; i++) {
        struct avt_token_list list = {0};
        assert_int_equal(avt_frontend_run(frontend, SILENT[i], strlen(SILENT[i]), &list, &error),
                         AVT_ETEXT);
        assert_non_null(strstr(error.message, "nothing to speak"));
        assert_int_equal(list.count, 0);
    }
}

/* What no speaker could read still comes out in tokens that the model can take. */
static void frontend__odd_words_stay_within_the_model(void **state)
{
    (void)state;
    enum { SYMBOLS_MAX = 510, REPEATS = 400 };
    static const char *const PIECES[] = {"a",  "Z",  "7",  "xq", "\xc3\xa9",
                                         "9.", "A.", "w-", "_b", "ab@"};
    struct avt_error error = {0};
    AVT_CLEANUP(avt_frontend_freep) struct avt_frontend *frontend = NULL;
    assert_int_equal(avt_frontend_new(language, &frontend, &error), AVT_OK);
    for (size_t i = 0; i < sizeof PIECES / sizeof PIECES[0]; i++) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf text = AVT_BUF_INIT(1 << 16);
        for (int n = 0; n < REPEATS; n++)
            avt_buf_append_str(&text, PIECES[i]);
        struct avt_token_list list = {0};
        assert_int_equal(avt_frontend_run(frontend, text.data, text.size, &list, &error), AVT_OK);
        for (size_t t = 0; t < list.count; t++)
            if (avt_utf8_count(list.tokens[t].phonemes) > SYMBOLS_MAX)
                fail_msg("'%s': %zu symbols", list.tokens[t].text,
                         avt_utf8_count(list.tokens[t].phonemes));
        check_tokens(text.data, &list);
        avt_token_list_done(&list);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    language = argv[1];
    golden_path = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden__every_line_is_spoken_as_judged),
        cmocka_unit_test(frontend__says_what_it_cannot_speak),
        cmocka_unit_test(frontend__odd_words_stay_within_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
