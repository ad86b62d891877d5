/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "voice/kokoro_vocab.h"
#include "voice/tts.h"

static void table__is_whole_and_unambiguous(void **state)
{
    (void)state;
    static const struct {
        char letter;
        const char *language;
    } LETTERS[] = {{'a', "en-us"}, {'b', "en-gb"}, {'e', "es"}, {'f', "fr"},   {'h', "hi"},
                   {'i', "it"},    {'j', "ja"},    {'p', "pt-br"}, {'z', "zh"}};
    assert_int_equal(avt_voice_count(), 54);
    for (size_t i = 0; i < avt_voice_count(); i++) {
        const struct avt_voice *voice = avt_voice_get(i), *found = NULL;
        assert_int_equal(avt_voice_find(voice->id, &found, NULL), AVT_OK);
        assert_ptr_equal(found, voice);
        assert_int_equal(avt_language_check(voice->language, NULL), AVT_OK);
        /* The first letter of the id is the language, the second the gender. */
        const char *language = NULL;
        for (size_t l = 0; l < sizeof(LETTERS) / sizeof(*LETTERS); l++)
            language = LETTERS[l].letter == voice->id[0] ? LETTERS[l].language : language;
        assert_non_null(language);
        assert_string_equal(voice->language, language);
        assert_string_equal(voice->gender, voice->id[1] == 'f' ? "female" : "male");
        assert_true(voice->lateness_s > 0.02 && voice->lateness_s < 0.1);
    }
}

/* The overall grades that the model was published with, in VOICES.md beside it. */
static void grades__are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *id, *grade;
    } ROWS[] = {
        {"af_heart", "A"}, {"af_alloy", "C"}, {"af_aoede", "C+"}, {"af_bella", "A-"},
        {"af_jessica", "D"}, {"af_kore", "C+"}, {"af_nicole", "B-"}, {"af_nova", "C"},
        {"af_river", "D"}, {"af_sarah", "C+"}, {"af_sky", "C-"}, {"am_adam", "F+"},
        {"am_echo", "D"}, {"am_eric", "D"}, {"am_fenrir", "C+"}, {"am_liam", "D"},
        {"am_michael", "C+"}, {"am_onyx", "D"}, {"am_puck", "C+"}, {"am_santa", "D-"},
        {"bf_alice", "D"}, {"bf_emma", "B-"}, {"bf_isabella", "C"}, {"bf_lily", "D"},
        {"bm_daniel", "D"}, {"bm_fable", "C"}, {"bm_george", "C"}, {"bm_lewis", "D+"},
        {"ef_dora", ""}, {"em_alex", ""}, {"em_santa", ""}, {"ff_siwis", "B-"}, {"hf_alpha", "C"},
        {"hf_beta", "C"}, {"hm_omega", "C"}, {"hm_psi", "C"}, {"if_sara", "C"}, {"im_nicola", "C"},
        {"jf_alpha", "C+"}, {"jf_gongitsune", "C"}, {"jf_nezumi", "C-"}, {"jf_tebukuro", "C"},
        {"jm_kumo", "C-"}, {"pf_dora", ""}, {"pm_alex", ""}, {"pm_santa", ""}, {"zf_xiaobei", "D"},
        {"zf_xiaoni", "D"}, {"zf_xiaoxiao", "D"}, {"zf_xiaoyi", "D"}, {"zm_yunjian", "D"},
        {"zm_yunxi", "D"}, {"zm_yunxia", "D"}, {"zm_yunyang", "D"},
    };
    assert_int_equal(sizeof(ROWS) / sizeof(*ROWS), avt_voice_count());
    for (size_t i = 0; i < avt_voice_count(); i++) {
        assert_string_equal(avt_voice_get(i)->id, ROWS[i].id);
        if (strcmp(avt_voice_get(i)->grade, ROWS[i].grade) != 0)
            fail_msg("%s has '%s', not '%s'", ROWS[i].id, avt_voice_get(i)->grade, ROWS[i].grade);
    }
}

static void languages__have_a_voice_and_other_names(void **state)
{
    (void)state;
    assert_int_equal(avt_language_count(), 9);
    for (size_t i = 0; i < avt_language_count(); i++) {
        const struct avt_language *language = avt_language_get(i);
        const struct avt_voice *voice = NULL;
        assert_int_equal(avt_voice_find(language->voice, &voice, NULL), AVT_OK);
        assert_string_equal(voice->language, language->tag);
        assert_ptr_equal(avt_language_find(language->tag), language);
        /* A sentence of its own, two in English. */
        assert_true(strlen(language->sample) > 60);
        for (size_t k = 2; k < i; k++)
            assert_string_not_equal(language->sample, avt_language_get(k)->sample);
    }
    assert_string_equal(avt_language_find("en")->tag, "en-us");
    assert_string_equal(avt_language_find("fr-FR")->tag, "fr");
    assert_string_equal(avt_language_find("PT")->tag, "pt-br");
    assert_null(avt_language_find("xx"));
    assert_int_equal(avt_language_check("xx", NULL), AVT_EVOICE);
    assert_int_equal(avt_language_check("", NULL), AVT_EVOICE);
}

static void find__suggests_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *id, *part;
    } rows[] = {
        {"af_hart", "'af_heart'"}, {"AF_HEART", "'af_heart'"}, {"heart", "'af_heart'"},
        {"Emma", "'bf_emma'"},     {"bf-emma", "'bf_emma'"},   {"micheal", "'am_michael'"},
        {"", "voice list"},        {"zzzzzzzz", "voice list"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct avt_voice *voice = NULL;
        struct avt_error error = {0};
        assert_int_equal(avt_voice_find(rows[i].id, &voice, &error), AVT_EVOICE);
        assert_null(voice);
        if (!strstr(error.message, rows[i].part))
            fail_msg("'%s': %s", rows[i].id, error.message);
    }
}

static void vocabulary__numbers_symbols(void **state)
{
    (void)state;
    static const struct {
        uint32_t codepoint;
        int id;
    } rows[] = {
        {' ', 16},     {';', 1},     {'.', 4},       {'A', 24},     {0x2026, 10},
        {0x02C8, 156}, {0x0261, 92}, {0x1D7B, 177},  {0x0279, 123}, {'g', -1},
        {'B', -1},     {0, -1},      {0x10FFFF, -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(avt_kokoro_symbol_id(rows[i].codepoint), rows[i].id);
    int known = 0;
    for (uint32_t c = 0; c < 0x3000; c++)
        known += avt_kokoro_symbol_id(c) >= 0;
    for (uint32_t c = 0xA000; c < 0xB000; c++)
        known += avt_kokoro_symbol_id(c) >= 0;
    assert_int_equal(known, 114);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table__is_whole_and_unambiguous),
        cmocka_unit_test(grades__are_the_published_ones),
        cmocka_unit_test(languages__have_a_voice_and_other_names),
        cmocka_unit_test(find__suggests_what_was_meant),
        cmocka_unit_test(vocabulary__numbers_symbols),
    };
    return cmocka_run_group_tests_name("voices", tests, NULL, NULL);
}
