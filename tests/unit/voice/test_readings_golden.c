/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, dates, money and heteronyms of tests/golden/readings_en_us.tsv (ARGV[1]), whose first
 * lines tell its form. What is right was written down before the program was asked, so a few of
 * them may fail; each that does is printed. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/frontend.h"

enum { FILE_BYTES_MAX = 1 << 20, CASES_MIN = 300, RIGHT_PERCENT_MIN = 98, PHONEMES_MAX = 1 << 16 };

static const char *golden_path;

/* The sounds of `text`, marks left out; of the words that are `only` if that is not NULL. */
static void speak(struct avt_frontend *frontend, const char *text, const char *only,
                  struct avt_buf *out)
{
    struct avt_error error = {0};
    struct avt_token_list list = {0};
    if (avt_frontend_run(frontend, text, strlen(text), &list, &error) != AVT_OK)
        fail_msg("%s: %s", text, error.message);
    for (size_t i = 0; i < list.count; i++)
        if (!list.tokens[i].punctuation &&
            (!only || avt_str_casecmp(list.tokens[i].text, only) == 0))
            avt_buf_printf(out, "%s%s", out->size ? " " : "", list.tokens[i].phonemes);
    avt_token_list_done(&list);
}

static bool is_right(struct avt_frontend *frontend, char kind, const char *text, char *expected)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf said = AVT_BUF_INIT(PHONEMES_MAX);
    AVT_CLEANUP(avt_buf_done) struct avt_buf wanted = AVT_BUF_INIT(PHONEMES_MAX);
    bool right;
    if (kind == 'h') {
        char *sounds = strchr(expected, ' ');
        assert_non_null(sounds);
        *sounds++ = '\0';
        speak(frontend, text, expected, &said);
        avt_buf_append_str(&wanted, sounds);
        right = strstr(avt_buf_str(&said), sounds) != NULL;
    } else {
        speak(frontend, text, NULL, &said);
        speak(frontend, expected, NULL, &wanted);
        right = avt_str_equal(avt_buf_str(&said), avt_buf_str(&wanted));
    }
    if (!right)
        print_message("%c %s\n  wanted %s\n  said   %s\n", kind, text, avt_buf_str(&wanted),
                      avt_buf_str(&said));
    return right;
}

static void golden__numbers_dates_money_and_heteronyms_are_read_right(void **state)
{
    (void)state;
    struct avt_error error = {0};
    AVT_CLEANUP(avt_frontend_freep) struct avt_frontend *frontend = NULL;
    AVT_CLEANUP(avt_freep) char *file = NULL;
    if (avt_frontend_new("en-us", &frontend, &error) != AVT_OK ||
        avt_file_read_text(golden_path, FILE_BYTES_MAX, &file, &error) != AVT_OK)
        fail_msg("%s", error.message);
    size_t cases = 0, right = 0;
    char *rest = file;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (line[0] == '#' || line[0] == '\0')
            continue;
        char *kind = strsep(&line, "\t"), *text = strsep(&line, "\t");
        assert_non_null(line);
        assert_non_null(strchr("nhdm", kind[0]));
        cases++;
        right += is_right(frontend, kind[0], text, line);
    }
    print_message("%zu of %zu are read right\n", right, cases);
    assert_true(cases >= CASES_MIN);
    assert_true(right * 100 >= cases * RIGHT_PERCENT_MIN);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    golden_path = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden__numbers_dates_money_and_heteronyms_are_read_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
