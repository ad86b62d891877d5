/* SPDX-License-Identifier: Apache-2.0 */
/* Text to ids by Coqui's steps: a row for each rule. Needs the helper and espeak-ng's data. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "voice/vits_text.h"

static struct avt_vits_config *make(const char *rest)
{
    struct avt_vits_config *config = avt_new0(struct avt_vits_config, 1);
    AVT_CLEANUP(avt_freep) char *json = avt_asprintf("{\"model\": \"vits\"%s%s}", *rest ? ", " : "", rest);
    struct avt_error error = {0};
    if (avt_vits_config_parse(json, strlen(json), config, &error) != AVT_OK)
        fail_msg("%s", error.message);
    return config;
}

#define ENGLISH "\"use_phonemes\": true, \"phoneme_language\": \"en\""

static struct avt_phonemizer *helper(const struct avt_vits_config *config)
{
    return avt_phonemizer_new(
        &(struct avt_phonemizer_options){.language = config->language, .raw = true, .hyphens = true});
}

static void cleaners__do_what_their_names_say(void **state)
{
    (void)state;
    static const struct {
        const char *cleaner, *text, *cleaned;
    } ROWS[] = {
        {"basic_cleaners", "  ÀB \t\u00a0c\n-(D) ", "àb c -(d)"},
        {"transliteration_cleaners", "É", "é"},
        {"basic_german_cleaners", "GRÜẞE", "grüße"},
        {"basic_turkish_cleaners", "IŞIK İ", "ışık i\u0307"},
        {"english_cleaners", "A-b; c: (D) & \"e\" <f>[g]", "a b, c, d and e fg"},
        {"french_cleaners", "L'Été & moi", "l'été et moi"},
        {"portuguese_cleaners", "Pão & água", "pão e água"},
        {"multilingual_cleaners", "A & B-C", "a & b c"},
        {"phoneme_cleaners", "A-B & C; (x)", "A B and C, x"},
        {"multilingual_phoneme_cleaners", "A & B:", "A & B,"},
        {"chinese_mandarin_cleaners", " A \n", " A \n"},
        {"no_cleaners", " A\n B", " A B"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_freep) char *json = avt_asprintf("\"text_cleaner\": \"%s\"", ROWS[i].cleaner);
        AVT_CLEANUP(avt_freep) struct avt_vits_config *config = make(json);
        AVT_CLEANUP(avt_freep) char *cleaned = avt_vits_clean(config, ROWS[i].text);
        if (!avt_str_equal(cleaned, ROWS[i].cleaned))
            fail_msg("%s: '%s', not '%s'", ROWS[i].cleaner, cleaned, ROWS[i].cleaned);
    }
}

static void small_letters__are_pythons(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"AZ[", "az["},     {"ÀÖ×ØÞ", "àö×øþ"}, {"ĀĹŸŽ", "āĺÿž"},     {"İ", "i\u0307"},      {"ΆΏΩ", "άώω"},
        {"ΟΔΟΣ ΣΑΣ Σ", "οδος σας σ"},            {"ЀЯѠҊӀӁ", "ѐяѡҋӏӂ"}, {"ԱՖ", "աֆ"},         {"ẞẠỸ", "ßạỹ"},
        {"ſß漢", "ſß漢"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_freep) char *found = avt_vits_lower(ROWS[i][0]);
        assert_string_equal(found, ROWS[i][1]);
    }
}

static void marks__stay_where_they_stood(void **state)
{
    (void)state;
    static const struct {
        const char *text, *read;
    } ROWS[] = {
        {"Hello, world!", "həlˈoʊ, wˈɜːld!"},
        {"  Hello \u2014 world ?  ", "həlˈoʊ \u2014 wˈɜːld ?"},
        {"\u00bfHello? \u201cWorld.\u201d", "\u00bfhəlˈoʊ? \u201cwˈɜːld.\u201d"},
        {"\u00a1Hello", "\u00a1həlˈoʊ"}, /* whose words Coqui loses */
        {"...", "..."},
        {"", ""},
    };
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = make(ENGLISH);
    AVT_CLEANUP(avt_phonemizer_freep) struct avt_phonemizer *phonemizer = helper(config);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        AVT_CLEANUP(avt_freep) char *read = NULL;
        struct avt_error error = {0};
        if (avt_vits_read(config, phonemizer, ROWS[i].text, &read, &error) != AVT_OK)
            fail_msg("%s", error.message);
        assert_string_equal(read, ROWS[i].read);
    }
}

static void liaisons__are_marked(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config =
        make("\"use_phonemes\": true, \"phoneme_language\": \"fr-fr\"");
    AVT_CLEANUP(avt_phonemizer_freep) struct avt_phonemizer *phonemizer = helper(config);
    AVT_CLEANUP(avt_freep) char *read = NULL;
    assert_int_equal(avt_vits_read(config, phonemizer, "Les enfants.", &read, NULL), AVT_OK);
    assert_string_equal(read, "le-z ɑ̃fˈɑ̃.");
}

static void gruut__has_no_stress(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config =
        make("\"use_phonemes\": true, \"phoneme_language\": \"en-us\", \"phonemizer\": \"gruut\"");
    AVT_CLEANUP(avt_phonemizer_freep) struct avt_phonemizer *phonemizer = helper(config);
    AVT_CLEANUP(avt_freep) char *read = NULL;
    assert_int_equal(avt_vits_read(config, phonemizer, "Be, see.", &read, NULL), AVT_OK);
    assert_string_equal(read, "bi, si.");
}

static void long_texts__lose_nothing(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = make(ENGLISH);
    AVT_CLEANUP(avt_phonemizer_freep) struct avt_phonemizer *phonemizer = helper(config);
    enum { WORDS = 700 };
    AVT_CLEANUP(avt_freep) char *text = avt_new0(char, 4 * WORDS + 1);
    for (size_t i = 0; i < WORDS; i++)
        memcpy(text + 4 * i, "see ", 4);
    AVT_CLEANUP(avt_freep) char *read = NULL;
    assert_int_equal(avt_vits_read(config, phonemizer, text, &read, NULL), AVT_OK);
    size_t words = 0;
    for (const char *at = read; (at = strstr(at, "iː")); at++)
        words++;
    assert_int_equal(words, WORDS);
    AVT_CLEANUP(avt_freep) char *longer = avt_new0(char, AVT_VITS_TEXT_BYTES_MAX + 2);
    memset(longer, 'a', AVT_VITS_TEXT_BYTES_MAX + 1);
    char *none = NULL;
    assert_int_equal(avt_vits_read(config, phonemizer, longer, &none, NULL), AVT_ELIMIT);
}

struct id_row {
    const char *fact, *json, *text;
    int64_t ids[16];
    size_t count;
};
#define ALPHABET "\"characters\": {\"pad\": \"_\", \"eos\": \"~\", \"bos\": \"^\", \"blank\": \"#\", " \
                 "\"characters\": \"abc\", \"punctuations\": \" \"}"
static const struct id_row IDS[] = {
    {"blanks before, between and behind", ALPHABET, "ab", {3, 4, 3, 5, 3}, 5},
    {"no blanks", ALPHABET ", \"add_blank\": false", "ab", {4, 5}, 2},
    {"ends around the blanks", ALPHABET ", \"enable_eos_bos_chars\": true", "a", {2, 3, 4, 3, 1}, 5},
    {"ends without blanks", ALPHABET ", \"add_blank\": false, \"enable_eos_bos_chars\": true", "a", {2, 4, 1}, 3},
    {"what is unknown gets neither id nor blank", ALPHABET, "aé7b", {3, 4, 3, 5, 3}, 5},
    {"a space is a symbol", ALPHABET, "a b", {3, 4, 3, 7, 3, 5, 3}, 7},
};

static void ids__follow_the_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(IDS) / sizeof(IDS[0]); i++) {
        AVT_CLEANUP(avt_freep) struct avt_vits_config *config = make(IDS[i].json);
        AVT_CLEANUP(avt_freep) int64_t *ids = NULL;
        size_t count = 0;
        int places[8];
        assert_int_equal(avt_vits_ids(config, IDS[i].text, &ids, &count, places, NULL), AVT_OK);
        if (count != IDS[i].count || memcmp(ids, IDS[i].ids, count * sizeof(*ids)) != 0)
            fail_msg("%s: %zu ids, the first %lld", IDS[i].fact, count, (long long)ids[0]);
        uint32_t codepoint = 0;
        const char *at = IDS[i].text;
        for (size_t k = 0, size; (size = avt_utf8_decode(at, strlen(at), &codepoint)) > 0; at += size, k++) {
            if (places[k] >= 0)
                assert_int_equal(ids[places[k]], avt_vits_symbol(config, codepoint));
            else
                assert_int_equal(avt_vits_symbol(config, codepoint), -1);
        }
    }
}

static void texts_without_symbols__and_too_long_ones_are_refused(void **state)
{
    (void)state;
    AVT_CLEANUP(avt_freep) struct avt_vits_config *config = make(ALPHABET);
    int64_t *ids = NULL;
    size_t count = 0;
    assert_int_equal(avt_vits_ids(config, "", &ids, &count, NULL, NULL), AVT_ETEXT);
    assert_int_equal(avt_vits_ids(config, "123", &ids, &count, NULL, NULL), AVT_ETEXT);
    AVT_CLEANUP(avt_freep) char *text = avt_new0(char, AVT_VITS_IDS_MAX);
    memset(text, 'a', AVT_VITS_IDS_MAX / 2);
    assert_int_equal(avt_vits_ids(config, text, &ids, &count, NULL, NULL), AVT_ELIMIT);
    text[AVT_VITS_IDS_MAX / 2 - 1] = '\0';
    assert_int_equal(avt_vits_ids(config, text, &ids, &count, NULL, NULL), AVT_OK);
    assert_int_equal(count, AVT_VITS_IDS_MAX - 1);
    avt_free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleaners__do_what_their_names_say),
        cmocka_unit_test(small_letters__are_pythons),
        cmocka_unit_test(marks__stay_where_they_stood),
        cmocka_unit_test(liaisons__are_marked),
        cmocka_unit_test(gruut__has_no_stress),
        cmocka_unit_test(long_texts__lose_nothing),
        cmocka_unit_test(ids__follow_the_rules),
        cmocka_unit_test(texts_without_symbols__and_too_long_ones_are_refused),
    };
    return cmocka_run_group_tests_name("vits_text", tests, NULL, NULL);
}
