/* SPDX-License-Identifier: Apache-2.0 */
/* What tools/check_xtts_text.py compares with tokenizers, num2words and Coqui's code. Texts come on the standard input,
 * a NUL behind each; a line is printed for each.
 *
 *   print_xtts_text ids VOCAB.JSON
 *   print_xtts_text numbers LANGUAGE     cardinal, ordinal, or decimal of "c 21", "o 21", "d 3.05"
 *   print_xtts_text clean VOCAB.JSON LANGUAGE [HANZI.LEX]     as the model reads it, or "! " and why not
 *   print_xtts_text split VOCAB.JSON LANGUAGE [HANZI.LEX]     its pieces, " | " between them */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/bpe.h"
#include "voice/numerals.h"
#include "voice/xtts_text.h"

enum { INPUT_BYTES_MAX = 64 << 20 };

static int print_ids(const char *path, const char *texts, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = NULL;
    enum avt_code code = avt_bpe_open(path, &bpe, &error);
    for (size_t at = 0; code == AVT_OK && at < size; at += strlen(texts + at) + 1) {
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        size_t count = 0;
        code = avt_bpe_encode(bpe, texts + at, &ids, &count, &error);
        for (size_t i = 0; i < count; i++)
            printf("%s%" PRId64, i ? " " : "", ids[i]);
        printf("\n");
    }
    if (code != AVT_OK)
        fprintf(stderr, "%s\n", error.message);
    return code == AVT_OK ? 0 : 1;
}

static int print_numbers(const char *language, const char *texts, size_t size)
{
    const struct avt_numerals *numerals = avt_numerals_find(language);
    for (size_t at = 0; numerals && at < size; at += strlen(texts + at) + 1) {
        AVT_CLEANUP(avt_buf_done) struct avt_buf out = AVT_BUF_INIT(1 << 16);
        const char *digits = texts + at + 2;
        size_t count = strcspn(digits, ".");
        if (texts[at] == 'c')
            avt_numerals_cardinal(numerals, digits, count, &out);
        else if (texts[at] == 'o')
            avt_numerals_ordinal(numerals, digits, count, &out);
        else
            avt_numerals_decimal(numerals, digits, count, digits + count + 1, strlen(digits + count + 1), &out);
        printf("%s\n", avt_buf_str(&out));
    }
    return numerals ? 0 : 1;
}

static void print_cleaned(const struct avt_xtts_text *text, const char *language, const char *words)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) char *cleaned = NULL;
    if (avt_xtts_text_clean(text, language, words, &cleaned, &error) == AVT_OK)
        printf("%s\n", cleaned);
    else
        printf("! %s\n", error.message);
}

static void print_split(const struct avt_xtts_text *text, const char *language, const char *words)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_freep) struct avt_xtts_piece *pieces = NULL;
    size_t count = 0;
    if (avt_xtts_text_split(text, language, words, &pieces, &count, &error) != AVT_OK)
        printf("! %s", error.message);
    for (size_t i = 0; i < count; i++)
        printf("%s%.*s", i ? " | " : "", (int)(pieces[i].end - pieces[i].start), words + pieces[i].start);
    printf("\n");
}

static int print_texts(int count, char **arguments, const char *texts, size_t size)
{
    struct avt_error error = {0};
    AVT_CLEANUP(avt_lexicon_freep) struct avt_lexicon *hanzi = NULL;
    AVT_CLEANUP(avt_xtts_text_freep) struct avt_xtts_text *text = NULL;
    enum avt_code code = count > 4 ? avt_lexicon_open(arguments[4], &hanzi, &error) : AVT_OK;
    if (code == AVT_OK)
        code = avt_xtts_text_open(arguments[2], hanzi, &text, &error);
    if (code != AVT_OK)
        fprintf(stderr, "%s\n", error.message);
    for (size_t at = 0; code == AVT_OK && at < size; at += strlen(texts + at) + 1)
        (avt_str_equal(arguments[1], "clean") ? print_cleaned : print_split)(text, arguments[3], texts + at);
    return code == AVT_OK ? 0 : 1;
}

int main(int count, char **arguments)
{
    AVT_CLEANUP(avt_buf_done) struct avt_buf texts = AVT_BUF_INIT(INPUT_BYTES_MAX);
    char part[4096];
    for (size_t size; (size = fread(part, 1, sizeof part, stdin)) > 0;)
        avt_buf_append(&texts, part, size);
    if (count == 3 && avt_str_equal(arguments[1], "ids"))
        return print_ids(arguments[2], avt_buf_str(&texts), texts.size);
    if (count == 3 && avt_str_equal(arguments[1], "numbers"))
        return print_numbers(arguments[2], avt_buf_str(&texts), texts.size);
    if (count >= 4 && (avt_str_equal(arguments[1], "clean") || avt_str_equal(arguments[1], "split")))
        return print_texts(count, arguments, avt_buf_str(&texts), texts.size);
    fprintf(stderr, "usage: print_xtts_text ids VOCAB.JSON | numbers LANGUAGE | clean|split VOCAB.JSON LANGUAGE "
                    "[HANZI.LEX]\n");
    return 2;
}
