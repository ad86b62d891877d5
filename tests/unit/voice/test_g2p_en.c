/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include "base/buf.h"
#include "base/str.h"
#include "lexicon_fixture.h"
#include "voice/alphabet.h"
#include "voice/g2p_en.h"
#include "voice/tagger.h"

static const char GOLD[] =
    "{\"A\": \"ˈA\", \"B\": \"bˈi\", \"C\": \"sˈi\", \"I\": \"ˈI\", \"N\": \"ˈɛn\", \"S\": \"ˈɛs\","
    " \"T\": \"tˈi\", \"H\": \"ˈAʧ\", \"M\": \"ˈɛm\", \"L\": \"ˈɛl\", \"U\": \"jˈu\", \"to\": "
    "\"tu\","
    " \"am\": \"æm\", \"used\": {\"DEFAULT\": \"jˈuzd\", \"VBD\": \"jˈust\"},"
    " \"US\": {\"DEFAULT\": \"ˌʌs\", \"NOUN\": null}, \"us\": \"ˌʌs\","
    " \"cat\": \"kˈæt\", \"bus\": \"bˈʌs\", \"dog\": \"dˈɔɡ\", \"baby\": \"bˈAbi\", \"want\": "
    "\"wˈɑnt\","
    " \"wait\": \"wˈAt\", \"walk\": \"wˈɔk\", \"load\": \"lˈOd\", \"stop\": \"stˈɑp\", \"make\": "
    "\"mˈAk\","
    " \"well\": \"wˈɛl\", \"known\": \"nˈOn\", \"end\": \"ˈɛnd\", \"Paris\": \"pˈɛɹəs\","
    " \"NASA\": \"nˈæsə\", \"be\": {\"DEFAULT\": \"bi\", \"None\": \"bˈi\"}, \"open\": \"ˈOpᵊn\","
    " \"cafe\": \"kæfˈA\", \"it\": \"ɪt\", \"is\": \"ɪz\", \"and\": \"ænd\", \"of\": \"ʌv\"}";

struct setup {
    struct lexicon_fixture fixture;
    struct avt_lexicon *lexicon;
    struct avt_phonemizer *phonemizer;
};

static void open_setup(struct setup *setup)
{
    struct avt_error error = {0};
    fixture_open(&setup->fixture);
    assert_int_equal(fixture_compile(&setup->fixture, GOLD, "{}", &error), AVT_OK);
    assert_int_equal(avt_lexicon_open(setup->fixture.compiled, &setup->lexicon, &error), AVT_OK);
    /* No helper: a word that only it could know is an error here. */
    const struct avt_phonemizer_options options = {.language = "en-us", .program = "/nonexistent/helper"};
    setup->phonemizer = avt_phonemizer_new(&options);
}

static void close_setup(struct setup *setup)
{
    avt_phonemizer_free(setup->phonemizer);
    avt_lexicon_free(setup->lexicon);
    fixture_close(&setup->fixture);
}

/* All tokens of a text, a space between them; "" and a message on failure. */
static void speak(struct setup *setup, const char *text, bool british, char *out, size_t size,
                  struct avt_error *error)
{
    const struct avt_g2p g2p = {setup->lexicon, setup->phonemizer, british};
    AVT_CLEANUP(avt_reading_done) struct avt_reading reading = {0};
    AVT_CLEANUP(avt_buf_done) struct avt_buf line = AVT_BUF_INIT(1 << 20);
    assert_int_equal(avt_normalize(text, strlen(text), british, &reading, error), AVT_OK);
    avt_tagger_run(&reading);
    out[0] = '\0';
    if (avt_g2p_run(&g2p, &reading, error) != AVT_OK)
        return;
    for (size_t i = 0; i < reading.tokens.count; i++) {
        if (reading.tokens.tokens[i].punctuation)
            continue;
        avt_buf_append_str(&line, line.size ? " " : "");
        avt_buf_append_str(&line, reading.tokens.tokens[i].phonemes);
    }
    snprintf(out, size, "%s", avt_buf_str(&line));
}

static void g2p__endings_context_initials_compounds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool british;
        const char *phonemes;
    } ROWS[] = {
        {"cats", false, "kˈæts"},
        {"dogs", false, "dˈɔɡz"},
        {"buses", false, "bˈʌsᵻz"},
        {"buses", true, "bˈʌsɪz"},
        {"babies", false, "bˈAbiz"},
        {"cat's", false, "kˈæts"},
        {"the dogs' cat", false, "ðə dˈɔɡz kˈæt"},
        {"walked", false, "wˈɔkt"},
        {"opened", false, "ˈOpᵊnd"},
        {"loaded", false, "lˈOdᵻd"},
        {"waited", false, "wˈATᵻd"},
        {"waited", true, "wˈAtɪd"},
        {"wanted", false, "wˈɑntᵻd"},
        {"stopped", false, "stˈɑpt"},
        {"waiting", false, "wˈATɪŋ"},
        {"making", false, "mˈAkɪŋ"},
        {"stopping", false, "stˈɑpɪŋ"},
        {"the end", false, "ði ˈɛnd"},
        {"the cat", false, "ðə kˈæt"},
        {"the \"end\"", false, "ði ˈɛnd"},
        {"to end", false, "tʊ ˈɛnd"},
        {"to walk", false, "tə wˈɔk"},
        {"walk to.", false, "wˈɔk tu"},
        {"a cat", false, "ɐ kˈæt"},
        {"an end", false, "ɐn ˈɛnd"},
        {"I am.", false, "ˌI æm"},
        {"I am open", false, "ˌI ɐm ˈOpᵊn"},
        {"I used to walk", false, "ˌI jˈust tə wˈɔk"},
        {"I used it", false, "ˌI jˈuzd ɪt"},
        {"be open", false, "bi ˈOpᵊn"},
        {"it is to be.", false, "ɪt ɪz tə bˈi"},
        {"NASA", false, "nˈæsə"},
        {"HTML", false, "ˌAʧtˌiˌɛmˈɛl"},
        {"the US and us", false, "ðə jˌuˈɛs ænd ˌʌs"},
        {"CAT", false, "kˈæt"},
        {"Cat", false, "kˈæt"},
        {"paris", false, "pˈɛɹəs"},
        {"well-known", false, "wˌɛlnˈOn"},
        {"end-to-end", false, "ˈɛndtʊˈɛnd"},
        {"café", false, "kæfˈA"},
        {"OpenCat", false, "ˈOpᵊnkˌæt"},
        {"cat'll", false, "kˈætəl"},
    };
    struct setup setup = {0};
    open_setup(&setup);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char got[256];
        struct avt_error error = {0};
        speak(&setup, ROWS[i].text, ROWS[i].british, got, sizeof got, &error);
        if (strcmp(got, ROWS[i].phonemes) != 0)
            fail_msg("'%s' is %s, not %s %s", ROWS[i].text, got, ROWS[i].phonemes, error.message);
    }
    close_setup(&setup);
}

static void g2p__unknown_word_needs_the_helper(void **state)
{
    (void)state;
    struct setup setup = {0};
    open_setup(&setup);
    char got[64];
    struct avt_error error = {0};
    speak(&setup, "qwertyuiop", false, got, sizeof got, &error);
    assert_int_equal(error.code, AVT_EHELPER);
    assert_string_equal(got, "");
    close_setup(&setup);
}

static void alphabet__stress_moves_to_the_vowel(void **state)
{
    (void)state;
    static const struct {
        const char *phonemes;
        enum avt_stress stress;
        const char *expected;
    } ROWS[] = {
        {"kˈæt", AVT_STRESS_KEEP, "kˈæt"},
        {"kˈætˌo", AVT_STRESS_NONE, "kæto"},
        {"kˈætˌo", AVT_STRESS_LOWER, "kˌæto"},
        {"kˌæt", AVT_STRESS_LOWER, "kæt"},
        {"kˈæt", AVT_STRESS_SOFTEN, "kˌæt"},
        {"kˌæt", AVT_STRESS_SOFTEN, "kˌæt"},
        {"stɹæt", AVT_STRESS_SECONDARY_AT_LEAST, "stɹˌæt"},
        {"kˌæt", AVT_STRESS_RAISE, "kˈæt"},
        {"kæt", AVT_STRESS_RAISE, "kˌæt"},
        {"kæt", AVT_STRESS_PRIMARY_AT_LEAST, "kˈæt"},
        {"kˌæt", AVT_STRESS_PRIMARY_AT_LEAST, "kˈæt"},
        {"pst", AVT_STRESS_PRIMARY_AT_LEAST, "pst"},
        {"", AVT_STRESS_PRIMARY_AT_LEAST, ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_freep) char *got = avt_alphabet_stress(ROWS[i].phonemes, ROWS[i].stress);
        assert_string_equal(got, ROWS[i].expected);
    }
}

static void alphabet__nothing_foreign_comes_out(void **state)
{
    (void)state;
    static const struct {
        const char *phonemes, *expected;
    } ROWS[] = {
        {"bˈʌʔn ɾ", "bˈʌtn T"}, {"g漢\x01ɡ", "ɡ"}, {"\xe2\x82", ""}, {"", ""}, {"a ə", "a ə"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        AVT_CLEANUP(avt_freep) char *got = avt_alphabet_finish(ROWS[i].phonemes);
        assert_string_equal(got, ROWS[i].expected);
    }
    assert_true(avt_alphabet_all_known("ˌAʧtˌiˌɛmˈɛl"));
    assert_false(avt_alphabet_all_known("g"));
    assert_int_equal(avt_alphabet_weight("ʧA"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g2p__endings_context_initials_compounds),
        cmocka_unit_test(g2p__unknown_word_needs_the_helper),
        cmocka_unit_test(alphabet__stress_moves_to_the_vowel),
        cmocka_unit_test(alphabet__nothing_foreign_comes_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
