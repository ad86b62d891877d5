/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "base/buf.h"
#include "base/rng.h"
#include "lexicon_fixture.h"

static const char GOLD[] =
    "{\"read\": {\"DEFAULT\": \"ɹˈid\", \"VBD\": \"ɹˈɛd\", \"ADJ\": \"ɹˈɛd\"},"
    " \"US\": {\"DEFAULT\": \"ˌʌs\", \"NOUN\": null}, \"be\": {\"DEFAULT\": \"bi\", \"None\": "
    "\"bˈi\"},"
    " \"Paris\": \"pˈɛɹəs\", \"hello\": \"həlˈO\"}";
static const char SILVER[] = "{\"hello\": \"hˈɛlO\", \"zyzzyva\": \"zˈɪzəvə\"}";

static struct avt_lexicon *open_sample(struct lexicon_fixture *fixture)
{
    struct avt_error error = {0};
    struct avt_lexicon *lexicon = NULL;
    fixture_open(fixture);
    assert_int_equal(fixture_compile(fixture, GOLD, SILVER, &error), AVT_OK);
    assert_int_equal(avt_lexicon_open(fixture->compiled, &lexicon, &error), AVT_OK);
    return lexicon;
}

static void lexicon__words_are_found_with_their_variants(void **state)
{
    (void)state;
    struct lexicon_fixture fixture;
    AVT_CLEANUP(avt_lexicon_freep) struct avt_lexicon *lexicon = open_sample(&fixture);
    struct avt_lexicon_entry entry;
    assert_int_equal(avt_lexicon_count(lexicon), 6);
    assert_true(avt_lexicon_find(lexicon, "read", &entry));
    assert_string_equal(entry.phonemes[AVT_POS_DEFAULT], "ɹˈid");
    assert_string_equal(entry.phonemes[AVT_POS_VBD], "ɹˈɛd");
    assert_string_equal(entry.phonemes[AVT_POS_ADJ], "ɹˈɛd");
    assert_null(entry.phonemes[AVT_POS_NOUN]);
    assert_true(avt_lexicon_find(lexicon, "US", &entry));
    assert_string_equal(entry.phonemes[AVT_POS_NOUN], ""); /* to be spelled */
    assert_true(avt_lexicon_find(lexicon, "be", &entry));
    assert_string_equal(entry.phonemes[AVT_POS_PAUSE], "bˈi");
    assert_true(avt_lexicon_find(lexicon, "hello", &entry));
    assert_string_equal(entry.phonemes[AVT_POS_DEFAULT], "həlˈO"); /* gold before silver */
    assert_false(entry.silver);
    assert_true(avt_lexicon_find(lexicon, "zyzzyva", &entry) && entry.silver);
    static const char *const MISSING[] = {"", "paris", "Hello", "rea", "readx", "\xff"};
    for (size_t i = 0; i < sizeof MISSING / sizeof MISSING[0]; i++)
        assert_false(avt_lexicon_find(lexicon, MISSING[i], &entry));
    fixture_close(&fixture);
}

/* True if a mapping of this process is of that file. */
static bool is_mapped(const char *path)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    char line[512];
    bool found = false;
    while (fgets(line, sizeof line, maps))
        found = found || strstr(line, path);
    (void)fclose(maps);
    return found;
}

/* As long as it is open, and what it gives lies in the file itself: nothing is parsed at start. */
static void lexicon__is_mapped_not_read(void **state)
{
    (void)state;
    struct lexicon_fixture fixture;
    struct avt_lexicon *lexicon = open_sample(&fixture);
    assert_true(is_mapped(fixture.compiled));
    struct avt_lexicon_entry entry;
    assert_true(avt_lexicon_find(lexicon, "hello", &entry));
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    char line[512];
    bool inside = false;
    while (fgets(line, sizeof line, maps)) {
        char *end = NULL;
        uintptr_t from = strtoul(line, &end, 16), to = strtoul(end + 1, NULL, 16);
        uintptr_t at = (uintptr_t)entry.phonemes[AVT_POS_DEFAULT];
        inside = inside || (at >= from && at < to && strstr(line, fixture.compiled));
    }
    (void)fclose(maps);
    assert_true(inside);
    avt_lexicon_free(lexicon);
    assert_false(is_mapped(fixture.compiled));
    fixture_close(&fixture);
}

static void lexicon__many_words_all_found(void **state)
{
    (void)state;
    struct lexicon_fixture fixture;
    fixture_open(&fixture);
    AVT_CLEANUP(avt_buf_done) struct avt_buf json = AVT_BUF_INIT(1 << 20);
    enum { WORDS = 5000 };
    for (int i = 0; i < WORDS; i++)
        avt_buf_printf(&json, "%s\"w%d\": \"%s\"", i ? "," : "{", i, i % 2 ? "bˈɛt" : "ˈA");
    avt_buf_append_str(&json, "}");
    struct avt_error error = {0};
    assert_int_equal(fixture_compile(&fixture, avt_buf_str(&json), "{}", &error), AVT_OK);
    AVT_CLEANUP(avt_lexicon_freep) struct avt_lexicon *lexicon = NULL;
    assert_int_equal(avt_lexicon_open(fixture.compiled, &lexicon, &error), AVT_OK);
    for (int i = 0; i < WORDS; i++) {
        char word[16];
        struct avt_lexicon_entry entry;
        snprintf(word, sizeof word, "w%d", i);
        assert_true(avt_lexicon_find(lexicon, word, &entry));
        assert_string_equal(entry.phonemes[AVT_POS_DEFAULT], i % 2 ? "bˈɛt" : "ˈA");
    }
    fixture_close(&fixture);
}

static void compile__bad_sources_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *gold;
        const char *message; /* part of it */
    } ROWS[] = {
        {"", "JSON"},
        {"[]", "not a pronunciation dictionary"},
        {"{\"a\": 1}", "'a'"},
        {"{\"a\": \"qqq\"}", "'a'"},
        {"{\"a\": {\"VERB\": \"ˈA\"}}", "'a'"},
        {"{\"a\": {\"DEFAULT\": \"ˈA\", \"XYZ\": \"ˈA\"}}", "'a'"},
        {"{\"a\": {\"DEFAULT\": 5}}", "'a'"},
        {"{\"\": \"ˈA\"}", "no usable pronunciation"},
        {"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": "
         "\"ˈA\"}",
         "no usable pronunciation"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct lexicon_fixture fixture;
        struct avt_error error = {0};
        fixture_open(&fixture);
        assert_int_equal(fixture_compile(&fixture, ROWS[i].gold, "{}", &error), AVT_EFORMAT);
        if (!strstr(error.message, ROWS[i].message))
            fail_msg("'%s' does not say '%s'", error.message, ROWS[i].message);
        assert_false(avt_file_exists(fixture.compiled));
        fixture_close(&fixture);
    }
}

static void open__missing_and_cut_short(void **state)
{
    (void)state;
    struct lexicon_fixture fixture;
    avt_lexicon_free(open_sample(&fixture));
    struct avt_error error = {0};
    char *data = NULL;
    size_t size = 0;
    struct avt_lexicon *lexicon = NULL;
    assert_int_equal(avt_lexicon_open("/nonexistent.lex", &lexicon, &error), AVT_EMODEL);
    assert_int_equal(avt_file_read(fixture.compiled, 1 << 20, &data, &size, &error), AVT_OK);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(avt_lexicon_open_data(data, cut, &lexicon, &error), AVT_EMODELBAD);
    avt_free(data);
    fixture_close(&fixture);
}

/* Whatever bytes change: refused, or every look-up stays inside the file (as ASan would tell). */
static void open__damaged_bytes_never_reach_outside(void **state)
{
    (void)state;
    struct lexicon_fixture fixture;
    avt_lexicon_free(open_sample(&fixture));
    struct avt_error error = {0};
    char *data = NULL;
    size_t size = 0, opened = 0;
    assert_int_equal(avt_file_read(fixture.compiled, 1 << 20, &data, &size, &error), AVT_OK);
    struct avt_rng rng;
    avt_rng_init(&rng, 7);
    for (int round = 0; round < 4000; round++) {
        char *copy = avt_alloc0(size, 1);
        memcpy(copy, data, size);
        for (int i = 0; i < 1 + round % 8; i++)
            copy[avt_rng_u32(&rng) % size] = (char)avt_rng_u32(&rng);
        struct avt_lexicon *lexicon = NULL;
        if (avt_lexicon_open_data(copy, size, &lexicon, &error) == AVT_OK) {
            static const char *const WORDS[] = {"read",  "US",      "be", "Paris",
                                                "hello", "zyzzyva", "x"};
            for (size_t w = 0; w < sizeof WORDS / sizeof WORDS[0]; w++) {
                struct avt_lexicon_entry entry;
                if (avt_lexicon_find(lexicon, WORDS[w], &entry))
                    assert_true(strlen(entry.phonemes[AVT_POS_DEFAULT]) < size);
            }
            opened++;
        }
        avt_lexicon_free(lexicon);
        avt_free(copy);
    }
    assert_true(opened > 0);
    avt_free(data);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lexicon__words_are_found_with_their_variants),
        cmocka_unit_test(lexicon__is_mapped_not_read),
        cmocka_unit_test(lexicon__many_words_all_found),
        cmocka_unit_test(compile__bad_sources_are_refused),
        cmocka_unit_test(open__missing_and_cut_short),
        cmocka_unit_test(open__damaged_bytes_never_reach_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
