/* SPDX-License-Identifier: Apache-2.0 */
#include "../cmocka_all.h"

#include <string.h>

#include "voice/kokoro_vocab.h"
#include "voice/tts.h"

static void table__is_whole_and_unambiguous(void **state)
{
    (void)state;
    assert_int_equal(avt_voice_count(), 28);
    for (size_t i = 0; i < avt_voice_count(); i++) {
        const struct avt_voice *voice = avt_voice_get(i), *found = NULL;
        assert_int_equal(avt_voice_find(voice->id, &found, NULL), AVT_OK);
        assert_ptr_equal(found, voice);
        assert_int_equal(avt_language_check(voice->language, NULL), AVT_OK);
        /* The first letter of the id is the language, the second the gender. */
        assert_string_equal(voice->language, voice->id[0] == 'a' ? "en-us" : "en-gb");
        assert_string_equal(voice->gender, voice->id[1] == 'f' ? "female" : "male");
        assert_true(voice->lateness_s > 0.02 && voice->lateness_s < 0.1);
    }
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
    assert_int_equal(avt_language_check("fr-fr", NULL), AVT_EVOICE);
    assert_int_equal(avt_language_check("", NULL), AVT_EVOICE);
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
        cmocka_unit_test(find__suggests_what_was_meant),
        cmocka_unit_test(vocabulary__numbers_symbols),
    };
    return cmocka_run_group_tests_name("voices", tests, NULL, NULL);
}
