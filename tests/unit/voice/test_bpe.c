/* SPDX-License-Identifier: Apache-2.0 */
/* Byte pair encoding: as the package tokenizers gives it, and the rules one by one. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "voice/bpe.h"

static char *tiny_path(const char *name)
{
    return avt_asprintf("%s/tiny_xtts_text/%s", getenv("GOLDEN"), name);
}

/* tokens.json: [["text", [ids]], …], by the package tokenizers. */
static void bpe__as_tokenizers(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) char *vocab = tiny_path("vocab.json");
    AVT_CLEANUP(avt_freep) char *path = tiny_path("tokens.json");
    AVT_CLEANUP(avt_json_decrefp) json_t *root = NULL;
    AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = NULL;
    struct avt_error error = {0};
    if (avt_bpe_open(vocab, &bpe, &error) != AVT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(avt_json_read_file(path, 1 << 20, &root, NULL), AVT_OK);
    size_t rows = 0;
    for (; rows < json_array_size(root); rows++) {
        const json_t *row = json_array_get(root, rows), *wanted = json_array_get(row, 1);
        const char *given = json_string_value(json_array_get(row, 0));
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        size_t count = 0;
        assert_int_equal(avt_bpe_encode(bpe, given, &ids, &count, NULL), AVT_OK);
        if (count != json_array_size(wanted))
            fail_msg("'%s': %zu tokens, not %zu", given, count, json_array_size(wanted));
        for (size_t i = 0; i < count; i++) {
            if (ids[i] != json_integer_value(json_array_get(wanted, i)))
                fail_msg("'%s': token %zu is %lld, not %lld", given, i, (long long)ids[i],
                         (long long)json_integer_value(json_array_get(wanted, i)));
        }
    }
    assert_true(rows >= 60);
}

/* --- files by hand --- */

#define VOCAB \
    "\"vocab\": {\"[UNK]\": 0, \"a\": 1, \"b\": 2, \"ab\": 3, \"aa\": 4, \"aba\": 5, \"!\": 6, \"a b\": 7, \" \": 8}"
#define MERGES "\"merges\": [\"a b\", [\"a\", \"a\"], \"ab a\"]"
#define MODEL "\"model\": {\"type\": \"BPE\", \"unk_token\": \"[UNK]\", " VOCAB ", " MERGES "}"
#define CUT "\"pre_tokenizer\": {\"type\": \"Whitespace\"}, "
#define ADDED(id, text, normalized) \
    "{\"id\": " #id ", \"content\": \"" text "\", \"special\": true, \"normalized\": " #normalized "}"

static enum avt_code parse(const char *json, struct avt_bpe **ret_bpe, struct avt_error *reterr)
{
    return avt_bpe_parse(json, strlen(json), ret_bpe, reterr);
}

static void rules__one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *json, *text, *ids;
    } ROWS[] = {
        {"nothing is nothing", "{" CUT MODEL "}", "", ""},
        {"white space is dropped", "{" CUT MODEL "}", " \t\n\xe2\x80\x83", ""},
        {"the merge that is first in the list goes first", "{" CUT MODEL "}", "aab", "1 3"},
        {"of equal ones the leftmost", "{" CUT MODEL "}", "aaa", "4 1"},
        {"what was merged merges again", "{" CUT MODEL "}", "abab aba", "3 3 5"},
        {"runs of signs are words of their own", "{" CUT MODEL "}", "ab!!ab", "3 6 6 3"},
        {"an unknown character is the unknown token, each of them", "{" CUT MODEL "}", "xyа", "0 0 0"},
        {"two unknown ones are one with fuse_unk",
         "{" CUT "\"model\": {\"type\": \"BPE\", \"unk_token\": \"[UNK]\", \"fuse_unk\": true, " VOCAB ", " MERGES "}}",
         "axya x", "1 0 1 0"},
        {"without an unknown token it is nothing", "{" CUT "\"model\": {\"type\": \"BPE\", " VOCAB ", " MERGES "}}",
         "axb", "3"},
        {"no UTF-8 is an unknown character", "{" CUT MODEL "}", "a\xff", "1 0"},
        {"without a pre_tokenizer blanks stay", "{\"pre_tokenizer\": null, " MODEL "}", "ab a", "3 8 1"},
        {"with ignore_merges a word of the vocab is itself",
         "{\"model\": {\"type\": \"BPE\", \"ignore_merges\": true, " VOCAB ", " MERGES "}}", "a b", "7"},
        {"added tokens are cut out of words", "{" CUT MODEL ", \"added_tokens\": [" ADDED(9, "[x]", false) "]}",
         "a[x]b[x][x]", "1 9 2 9 9"},
        {"the longest that begins there",
         "{" CUT MODEL ", \"added_tokens\": [" ADDED(4, "aa", false) ", " ADDED(10, "aab", false) "]}", "aabaa",
         "10 4"},
        {"one that is not normalized goes before one that is",
         "{" CUT MODEL ", \"added_tokens\": [" ADDED(9, "xb", true) ", " ADDED(10, "bx", false) "]}", "xbxb xb",
         "0 10 2 9"},
        {"an added token of the vocab keeps its number",
         "{" CUT MODEL ", \"added_tokens\": [" ADDED(3, "ab", false) "]}", "aab", "1 3"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = NULL;
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        AVT_CLEANUP(avt_buf_done) struct avt_buf got = AVT_BUF_INIT(1024);
        struct avt_error error = {0};
        size_t count = 0;
        if (parse(ROWS[i].json, &bpe, &error) != AVT_OK)
            fail_msg("%s: %s", ROWS[i].rule, error.message);
        assert_int_equal(avt_bpe_encode(bpe, ROWS[i].text, &ids, &count, NULL), AVT_OK);
        for (size_t k = 0; k < count; k++)
            avt_buf_printf(&got, "%s%lld", k ? " " : "", (long long)ids[k]);
        if (!avt_str_equal(avt_buf_str(&got), ROWS[i].ids))
            fail_msg("%s: '%s', not '%s'", ROWS[i].rule, avt_buf_str(&got), ROWS[i].ids);
    }
}

static void files__that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum avt_code code;
        const char *says;
    } ROWS[] = {
        {"", AVT_EMODELBAD, "no JSON object"},
        {"[]", AVT_EMODELBAD, "no JSON object"},
        {"{}", AVT_EUNSUPPORTED, "another model"},
        {"{\"model\": {\"type\": \"Unigram\", " VOCAB ", " MERGES "}}", AVT_EUNSUPPORTED, "another model"},
        {"{\"normalizer\": {\"type\": \"NFKC\"}, " MODEL "}", AVT_EUNSUPPORTED, "normalizer NFKC"},
        {"{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, " MODEL "}", AVT_EUNSUPPORTED, "pre_tokenizer"},
        {"{\"post_processor\": {\"type\": \"TemplateProcessing\"}, " MODEL "}", AVT_EUNSUPPORTED, "post_processor"},
        {"{\"truncation\": {\"max_length\": 5}, " MODEL "}", AVT_EUNSUPPORTED, "truncation"},
        {"{\"model\": {\"byte_fallback\": true, " VOCAB ", " MERGES "}}", AVT_EUNSUPPORTED, "byte_fallback"},
        {"{\"model\": {\"dropout\": 0.1, " VOCAB ", " MERGES "}}", AVT_EUNSUPPORTED, "dropout"},
        {"{\"model\": {\"end_of_word_suffix\": \"</w>\", " VOCAB ", " MERGES "}}", AVT_EUNSUPPORTED, "end_of_word"},
        {"{\"model\": {\"vocab\": {}, " MERGES "}}", AVT_EMODELBAD, "vocab"},
        {"{\"model\": {\"vocab\": {\"a\": -1}, \"merges\": []}}", AVT_EMODELBAD, "no number from 0"},
        {"{\"model\": {\"vocab\": {\"a\": 262144}, \"merges\": []}}", AVT_EMODELBAD, "no number from 0"},
        {"{\"model\": {" VOCAB "}}", AVT_EMODELBAD, "merges"},
        {"{\"model\": {" VOCAB ", \"merges\": [\"ab\"]}}", AVT_EMODELBAD, "merge 1"},
        {"{\"model\": {" VOCAB ", \"merges\": [\"a b a\"]}}", AVT_EMODELBAD, "merge 1"},
        {"{\"model\": {" VOCAB ", \"merges\": [[\"a\", \"b\", \"a\"]]}}", AVT_EMODELBAD, "merge 1"},
        {"{\"model\": {" VOCAB ", \"merges\": [\"b b\"]}}", AVT_EMODELBAD, "do not go with"},
        {"{\"model\": {\"unk_token\": \"<unk>\", " VOCAB ", " MERGES "}}", AVT_EMODELBAD, "unk_token"},
        {"{" MODEL ", \"added_tokens\": [{\"id\": 9}]}", AVT_EMODELBAD, "added token"},
        {"{" MODEL ", \"added_tokens\": [" ADDED(9, "ab", false) "]}", AVT_EMODELBAD, "is 9 and in its vocab 3"},
        {"{" MODEL ", \"added_tokens\": [{\"id\": 9, \"content\": \"x\", \"lstrip\": true}]}", AVT_EUNSUPPORTED,
         "lstrip"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = NULL;
        struct avt_error error = {0};
        enum avt_code code = parse(ROWS[i].json, &bpe, &error);
        if (code != ROWS[i].code || !strstr(error.message, ROWS[i].says))
            fail_msg("%s: %d '%s', not %d '%s'", ROWS[i].json, code, error.message, ROWS[i].code, ROWS[i].says);
        assert_null(bpe);
    }
    AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = NULL;
    struct avt_error error = {0};
    assert_int_equal(avt_bpe_open("/nowhere/vocab.json", &bpe, &error), AVT_EMODEL);
    assert_non_null(strstr(error.message, "/nowhere/vocab.json"));
}

static void texts__have_a_limit(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = NULL;
    AVT_CLEANUP(avt_freep) char *text = avt_new0(char, AVT_BPE_TEXT_BYTES_MAX + 2);
    AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
    size_t count = 0;
    assert_int_equal(parse("{" CUT MODEL "}", &bpe, NULL), AVT_OK);
    memset(text, 'b', AVT_BPE_TEXT_BYTES_MAX);
    assert_int_equal(avt_bpe_encode(bpe, text, &ids, &count, NULL), AVT_OK);
    assert_int_equal(count, AVT_BPE_TEXT_BYTES_MAX);
    text[AVT_BPE_TEXT_BYTES_MAX] = 'b';
    AVT_CLEANUP(avt_freep) int64_t *more = NULL;
    assert_int_equal(avt_bpe_encode(bpe, text, &more, &count, NULL), AVT_ELIMIT);
    assert_null(more);
}

static void names__are_found(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_bpe_freep) struct avt_bpe *bpe = NULL;
    assert_int_equal(parse("{" MODEL ", \"added_tokens\": [" ADDED(12, "[x]", false) "]}", &bpe, NULL), AVT_OK);
    assert_int_equal(avt_bpe_size(bpe), 13);
    assert_int_equal(avt_bpe_id(bpe, "[x]"), 12);
    assert_int_equal(avt_bpe_id(bpe, "ab"), 3);
    assert_int_equal(avt_bpe_id(bpe, "abc"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bpe__as_tokenizers),      cmocka_unit_test(rules__one_by_one),
        cmocka_unit_test(files__that_are_refused), cmocka_unit_test(texts__have_a_limit),
        cmocka_unit_test(names__are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
