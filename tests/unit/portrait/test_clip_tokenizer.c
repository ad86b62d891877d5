/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "portrait/clip_tokenizer.h"

/* A made-up vocabulary, and what transformers makes of texts with it (tools/check_sd_tokenizer.py --golden). */
static char *golden_path(const char *name)
{
    return avt_asprintf("%s/clip_tokens%s", getenv("GOLDEN"), name);
}

static struct avt_clip_tokenizer *open_golden(void)
{
    AVT_CLEANUP(avt_freep) char *folder = golden_path("");
    struct avt_error error = {0};
    struct avt_clip_tokenizer *tokenizer = NULL;
    if (avt_clip_tokenizer_open(folder, &tokenizer, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return tokenizer;
}

static void tokenizer__as_transformers(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_clip_tokenizer_freep) struct avt_clip_tokenizer *tokenizer = open_golden();
    AVT_CLEANUP(avt_freep) char *path = golden_path("/expected.json");
    AVT_CLEANUP(avt_json_decrefp) json_t *rows = NULL;
    assert_int_equal(avt_json_read_file(path, 1 << 20, &rows, NULL), AVT_OK);
    assert_true(json_array_size(rows) >= 100);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i), *expected = json_array_get(row, 1);
        const char *text = json_string_value(json_array_get(row, 0));
        int32_t ids[AVT_CLIP_TOKENS];
        bool is_cut = false;
        assert_int_equal(avt_clip_tokenizer_encode(tokenizer, text, ids, &is_cut, NULL), AVT_OK);
        for (size_t k = 0; k < AVT_CLIP_TOKENS; k++) {
            /* Pads at the end are left out of the file. */
            json_int_t id = k < json_array_size(expected) ? json_integer_value(json_array_get(expected, k))
                                                          : avt_clip_tokenizer_pad(tokenizer);
            if (ids[k] != id)
                fail_msg("'%s': token %zu is %d, not %d", text, k, ids[k], (int)id);
        }
    }
}

static void tokenizer__says_when_it_cuts(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_clip_tokenizer_freep) struct avt_clip_tokenizer *tokenizer = open_golden();
    char text[2 * AVT_CLIP_TOKENS + 1] = "";
    for (size_t words = 74; words <= 77; words++) {
        for (size_t i = 0; i < words; i++)
            memcpy(text + 2 * i, "q ", 3);
        int32_t ids[AVT_CLIP_TOKENS];
        bool is_cut = false;
        assert_int_equal(avt_clip_tokenizer_encode(tokenizer, text, ids, &is_cut, NULL), AVT_OK);
        assert_int_equal(is_cut, words > AVT_CLIP_TOKENS - 2);
        assert_int_equal(ids[words < 75 ? words + 1 : 76], avt_clip_tokenizer_size(tokenizer) - 1);
    }
}

static void tokenizer__refuses_bad_text(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_clip_tokenizer_freep) struct avt_clip_tokenizer *tokenizer = open_golden();
    int32_t ids[AVT_CLIP_TOKENS];
    bool is_cut = false;
    struct avt_error error = {0};
    assert_int_equal(avt_clip_tokenizer_encode(tokenizer, "a\xc3(", ids, &is_cut, &error), AVT_ETEXT);
    AVT_CLEANUP(avt_freep) char *text = avt_new0(char, AVT_CLIP_TEXT_BYTES_MAX + 2);
    memset(text, 'x', AVT_CLIP_TEXT_BYTES_MAX + 1);
    assert_int_equal(avt_clip_tokenizer_encode(tokenizer, text, ids, &is_cut, &error), AVT_ELIMIT);
    text[AVT_CLIP_TEXT_BYTES_MAX] = '\0';
    assert_int_equal(avt_clip_tokenizer_encode(tokenizer, text, ids, &is_cut, &error), AVT_OK);
    assert_true(is_cut);
}

#define SPECIALS "\"<|startoftext|>\":8,\"<|endoftext|>\":9"

static const struct {
    const char *vocab, *merges, *config, *message;
} bad_files[] = {
    {"{", "", NULL, "vocab.json"},
    {"[]", "", NULL, "object"},
    {"{\"a\":\"b\"," SPECIALS "}", "", NULL, "number"},
    {"{\"a\":-1," SPECIALS "}", "", NULL, "number"},
    {"{\"a\":4000000000," SPECIALS "}", "", NULL, "number"},
    {"{\"a\":1}", "", NULL, "CLIP"},
    {"{\"a\":1," SPECIALS "}", "#version: 0.2\na b\n", NULL, "does not go with"},
    {"{\"a\":1," SPECIALS "}", "a\n", NULL, "merge 1 is not two tokens"},
    {"{\"a\":1," SPECIALS "}", "a a a\n", NULL, "merge 1 is not two tokens"},
    {"{\"a\":1," SPECIALS "}", " a\n", NULL, "merge 1 is not two tokens"},
    {"{\"a\":1," SPECIALS "}", "", "[", "JSON"},
    {"{\"a\":1," SPECIALS "}", "", "{\"pad_token\":\"?\"}", "'?'"},
};

static void tokenizer__refuses_bad_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++) {
        struct avt_clip_files files = {bad_files[i].vocab, strlen(bad_files[i].vocab), bad_files[i].merges,
                                       strlen(bad_files[i].merges), bad_files[i].config,
                                       bad_files[i].config ? strlen(bad_files[i].config) : 0};
        struct avt_error error = {0};
        struct avt_clip_tokenizer *tokenizer = NULL;
        assert_int_equal(avt_clip_tokenizer_parse(&files, &tokenizer, &error), AVT_EMODELBAD);
        assert_null(tokenizer);
        if (!strstr(error.message, bad_files[i].message))
            fail_msg("row %zu: %s", i, error.message);
    }
}

static void tokenizer__needs_its_files(void **state)
{
    (void)state;
    struct avt_error error = {0};
    struct avt_clip_tokenizer *tokenizer = NULL;
    assert_int_equal(avt_clip_tokenizer_open("/nowhere", &tokenizer, &error), AVT_EMODEL);
    assert_non_null(strstr(error.message, "/nowhere/vocab.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokenizer__as_transformers), cmocka_unit_test(tokenizer__says_when_it_cuts),
        cmocka_unit_test(tokenizer__refuses_bad_text), cmocka_unit_test(tokenizer__refuses_bad_files),
        cmocka_unit_test(tokenizer__needs_its_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
